use super::PerformanceFeatures;
use crate::{
    comparison::{Comparison, Tally},
    normalise::{
        dates::{minutes_apart, same_day},
        names::{NameParts, without_article},
        words::TITLE_COMMON,
    },
    similarity::{NameLevel, match_names},
};

/// Of pairs that share a block, hardly one in 1,000 is one show before place and day are looked at; with both the same
/// it is more than an even chance: most venues have one show a day.
const PRIOR: f64 = -10.0;
const SAME_EVENING: f64 = 11.0;
const OTHER: f64 = -8.0;

pub(super) fn compare(a: &PerformanceFeatures, b: &PerformanceFeatures) -> Comparison {
    let mut tally = Tally::from_prior(PRIOR);
    let shares = |x: &[String], y: &[String]| x.iter().any(|value| y.contains(value));
    if shares(&a.keys, &b.keys) {
        // Day, time and place of a record may change; it stays the same record.
        tally.add("key", "the same record at the same source", 16.0);
        return tally.finish();
    }
    if !a.venues.iter().any(|venue| b.venues.contains(venue)) {
        tally.cap("venue", "different venues", OTHER);
    } else if !on_one_day(a, b) {
        tally.cap("start", "different days", OTHER);
    } else {
        tally.add("venue", "the same venue on the same day", SAME_EVENING);
        if shares(&a.urls, &b.urls) {
            tally.add("url", "the same page of its own", 4.0);
        }
        compare_starts(a, b, &mut tally);
        compare_bills(a, b, &mut tally);
        compare_titles(a, b, &mut tally);
    }
    tally.finish()
}

pub(super) fn on_one_day(a: &PerformanceFeatures, b: &PerformanceFeatures) -> bool {
    a.starts.iter().any(|x| b.starts.iter().any(|y| same_day(*x, *y)))
}

fn compare_starts(a: &PerformanceFeatures, b: &PerformanceFeatures, tally: &mut Tally) {
    let closest = a.starts.iter().flat_map(|x| b.starts.iter().filter_map(|y| minutes_apart(*x, *y))).min();
    let Some(minutes) = closest else { return };
    let (weight, words) = match minutes {
        0 => (5.0, "the same start".to_owned()),
        // Doors and stage times are confused.
        1..=60 => (3.0, format!("starts {minutes} minutes apart")),
        61..=180 => (-2.0, format!("starts {minutes} minutes apart")),
        _ => (-5.0, format!("starts {} hours apart", minutes / 60)),
    };
    tally.add("start", words, weight);
}

fn compare_bills(a: &PerformanceFeatures, b: &PerformanceFeatures, tally: &mut Tally) {
    if a.artists.is_empty() || b.artists.is_empty() {
        return;
    }
    let shared = a.artists.iter().filter(|artist| b.artists.contains(artist)).count();
    if shared > 0 {
        tally.add("artists", format!("{shared} on both bills"), 8.0);
    } else if names_within(a, b) || names_within(b, a) {
        // A bill that was not divided into its acts.
        tally.add("artists", "an act of one bill is named within the other", 6.0);
    } else {
        tally.add("artists", "nobody on both bills", -6.0);
    }
}

/// Whether an act of `a` stands, as whole words, within a longer name of `b`.
fn names_within(a: &PerformanceFeatures, b: &PerformanceFeatures) -> bool {
    let padded: Vec<String> = b.acts.iter().chain(&b.titles).map(|name| format!(" {name} ")).collect();
    a.acts.iter().map(|act| without_article(act)).filter(|act| act.len() >= 4).any(|act| {
        let words = format!(" {act} ");
        padded.iter().any(|name| name.contains(&words))
    })
}

fn compare_titles(a: &PerformanceFeatures, b: &PerformanceFeatures, tally: &mut Tally) {
    let weigh = |word: &str| if TITLE_COMMON.contains(&word) { 0.1 } else { 1.0 };
    let names = |show: &'_ PerformanceFeatures| show.titles.iter().chain(&show.acts).cloned().collect::<Vec<_>>();
    let (x, y) = (names(a), names(b));
    let pairs = x.iter().flat_map(|x| y.iter().map(move |y| (x, y)));
    let best = pairs
        .map(|(x, y)| match_names(&NameParts::of(x), &NameParts::of(y), weigh))
        .map(|matched| if matched.telling { matched.level } else { NameLevel::Unlike })
        .max();
    match best {
        None => {}
        Some(NameLevel::Unlike) => tally.add("title", "other titles", -0.5),
        Some(_) => tally.add("title", "titles share what tells", 4.0),
    }
}

#[cfg(test)]
mod tests {
    use model::{EntityId, EntityKind};

    use super::PerformanceFeatures;
    use crate::decide::{Decision, decide};

    /// `venue | start | title | artists | key`
    fn show(text: &str) -> PerformanceFeatures {
        let fields: Vec<&str> = text.split('|').map(str::trim).collect();
        let id = |kind, name: &str| EntityId::mint(kind, &[name]);
        let mut show = PerformanceFeatures::at(id(EntityKind::Venue, fields[0]), fields[1].parse().unwrap());
        show.add_title(fields.get(2).unwrap_or(&""));
        for artist in fields.get(3).unwrap_or(&"").split(',').map(str::trim).filter(|name| !name.is_empty()) {
            show.add_artists(&[id(EntityKind::Artist, artist)]);
            show.add_act(artist);
        }
        if let Some(key) = fields.get(4) {
            show.add_key("s", key);
        }
        show
    }

    fn check(expected: &str, pairs: &[(&str, &str)]) {
        for (a, b) in pairs {
            let (a, b) = (show(a), show(b));
            let comparison = a.compare(&b);
            let decided = match decide(std::slice::from_ref(&comparison)) {
                Decision::Same { .. } => "same",
                Decision::Suspect { .. } => "suspect",
                Decision::New => "new",
            };
            assert_eq!(decided, expected, "{a:?}\n{b:?}\n{comparison:#?}");
            assert_eq!(comparison, b.compare(&a));
        }
    }

    #[test]
    fn one_show() {
        check(
            "same",
            &[
                ("v | 2026-08-20T20:00 | Oberon | oberon", "v | 2026-08-20T20:00 | Oberon + Puck | oberon, puck"),
                ("v | 2026-08-20T20:00 | Oberon | oberon", "v | 2026-08-20 | Summer Night | oberon"),
                ("v | 2026-08-20T20:00 | Oberon | oberon", "v | 2026-08-20T19:00 | Oberon live |"),
                ("v | 2026-08-20T20:00 | Oberon | oberon", "v | 2026-08-20T20:00 | Jazz Night |"),
                ("v | 2026-08-20T07:30 | Oberon | oberon", "v | 2026-08-20T19:30 | Oberon | oberon"),
                ("v | 2026-08-20T20:00 | Oberon | oberon", "v | 2026-08-20T20:00 | Oberon | oberron"),
                ("v | 2026-08-20T20:00 | | oberon and puck", "v | 2026-08-20T19:00 | Oberon live | oberon, puck"),
                ("v | 2026-08-20T23:59 | Club Night |", "v | 2026-08-21T00:00 | Club Night |"),
                ("v | 2026-08-20 | Oberon | oberon", "v | 2026-08-20 | Oberon |"),
                ("v | 2026-08-20T20:00 | Oberon | oberon | k1", "v | 2026-09-30T19:00 | Oberon | oberon | k1"),
                ("v | 2026-08-20T20:00 | Oberon | oberon | k1", "w | 2026-08-20T20:00 | Oberon | oberon | k1"),
            ],
        );
    }

    #[test]
    fn two_shows() {
        check(
            "new",
            &[
                ("v | 2026-08-20T15:00 | Puck | puck", "v | 2026-08-20T20:00 | Oberon | oberon"),
                ("v | 2026-08-20T20:00 | Puck | puck", "v | 2026-08-20T20:30 | Oberon | oberon"),
                ("v | 2026-08-20T20:00 | Oberon | oberon", "v | 2026-08-21T20:00 | Oberon | oberon"),
                ("v | 2026-08-20T20:00 | Oberon | oberon", "w | 2026-08-20T20:00 | Oberon | oberon"),
                ("v | 2026-08-20T20:00 | Oberon | oberon | k1", "v | 2026-09-30T19:00 | Oberon | oberon | k2"),
                ("v | 2026-08-20T15:00 | Jazz Brunch |", "v | 2026-08-20T20:00 | Oberon | oberon"),
                ("v | 2026-08-20 | Puck | puck", "v | 2026-08-20 | Oberon | oberon"),
            ],
        );
    }

    #[test]
    fn a_person_should_look() {
        check(
            "suspect",
            &[
                ("v | 2026-08-20T20:00 | Puck | puck", "v | 2026-08-20T20:00 | Oberon | oberon"),
                ("v | 2026-08-20 | Jazz Night |", "v | 2026-08-20 | Oberon | oberon"),
            ],
        );
    }
}
