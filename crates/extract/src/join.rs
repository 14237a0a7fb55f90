//! One record for each event, however often and in however many forms a page states it.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use model::{EventClaims, Record, VenueClaims};

/// Puts together what several readers of one page found. Earlier readers are believed over later ones, which fill what
/// is missing. `append`: whether events that only a later reader found are events of the page.
pub(crate) fn join(first: Vec<Record>, later: Vec<Record>, append: bool) -> Vec<Record> {
    let mut joined = Joined::default();
    for record in first {
        joined.add(record, Source::Same);
    }
    for record in later {
        joined.add(record, if append { Source::Later } else { Source::FillOnly });
    }
    joined.records
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The same reader: other clock times of a title are other shows.
    Same,
    Later,
    FillOnly,
}

#[derive(Default)]
struct Joined {
    records: Vec<Record>,
    by_day: HashMap<Date, Vec<usize>>,
    places: HashSet<String>,
}

impl Joined {
    fn add(&mut self, record: Record, source: Source) {
        match record {
            Record::Event(event) => self.event(event, source),
            Record::Venue(venue) => {
                let key = venue.name.as_ref().map(|name| format!("v{}", words(&name.value).join(" ")));
                if source != Source::FillOnly && key.is_none_or(|key| self.places.insert(key)) {
                    self.records.push(Record::Venue(venue));
                }
            }
            Record::Artist(artist) => {
                let key = artist.name.as_ref().map(|name| format!("a{}", words(&name.value).join(" ")));
                if source != Source::FillOnly && key.is_none_or(|key| self.places.insert(key)) {
                    self.records.push(Record::Artist(artist));
                }
            }
        }
    }

    fn event(&mut self, event: Box<EventClaims>, source: Source) {
        let Some(day) = event.start.as_ref().map(|start| start.value.date) else { return };
        if let Some(at) = self.find(&event, day, source) {
            if let Record::Event(known) = &mut self.records[at] {
                fill(known, *event);
            }
        } else if source != Source::FillOnly {
            self.by_day.entry(day).or_default().push(self.records.len());
            self.records.push(Record::Event(event));
        }
    }

    /// The known event that this is, with the one of the same clock time first.
    fn find(&self, event: &EventClaims, day: Date, source: Source) -> Option<usize> {
        let mut best = None;
        for &at in self.by_day.get(&day)?.iter().take(200) {
            let Record::Event(known) = &self.records[at] else { continue };
            let times =
                (known.start.as_ref().and_then(|s| s.value.time), event.start.as_ref().and_then(|s| s.value.time));
            let same_time = times.0 == times.1;
            let other_time = matches!(times, (Some(a), Some(b)) if a != b);
            if other_time && source == Source::Same || elsewhere(known, event) {
                continue;
            }
            let same_page = known.url.is_some() && value(known.url.as_ref()) == value(event.url.as_ref());
            if !(same_page && !other_time || titles_agree(known, event, source)) {
                continue;
            }
            if same_time {
                return Some(at);
            }
            best = best.or(Some(at));
        }
        best
    }
}

fn value(stated: Option<&model::Stated<String>>) -> Option<&str> {
    stated.map(|s| s.value.as_str())
}

/// Both name a place, and not the same one.
fn elsewhere(a: &EventClaims, b: &EventClaims) -> bool {
    let name = |event: &EventClaims| Some(words(&event.venue.as_ref()?.name.as_ref()?.value));
    let (Some(a), Some(b)) = (name(a), name(b)) else { return false };
    !a.iter().any(|word| b.contains(word))
}

fn titles_agree(a: &EventClaims, b: &EventClaims, source: Source) -> bool {
    let (Some(a), Some(b)) = (&a.title, &b.title) else { return false };
    let (a, b) = (words(&a.value), words(&b.value));
    if a == b {
        return true;
    }
    if source == Source::Same || a.is_empty() || b.is_empty() {
        return false;
    }
    let shared = a.iter().filter(|word| b.contains(word)).count();
    shared == a.len().min(b.len()) || shared * 2 > a.len().max(b.len())
}

/// The words of a name in lower case, without signs and articles.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>())
        .filter(|word| !word.is_empty() && !matches!(word.as_str(), "the" | "a" | "and" | "of"))
        .collect()
}

/// Takes from `other` what `event` does not state.
fn fill(event: &mut EventClaims, other: EventClaims) {
    if let (Some(start), Some(better)) = (&event.start, &other.start)
        && start.value.time.is_none()
        && better.value.time.is_some()
    {
        event.start = other.start;
    }
    event.key = event.key.take().or(other.key);
    event.end = event.end.take().or(other.end);
    event.doors = event.doors.take().or(other.doors);
    let weak = event.status.as_ref().is_none_or(|s| s.value == model::EventStatus::Scheduled);
    if weak && other.status.is_some() {
        event.status = other.status;
    }
    if event.price_min.is_none() {
        event.price_min = other.price_min;
        event.price_max = other.price_max;
        event.currency = event.currency.take().or(other.currency);
    }
    event.ticket_url = event.ticket_url.take().or(other.ticket_url);
    event.url = event.url.take().or(other.url);
    event.image = event.image.take().or(other.image);
    event.description = event.description.take().or(other.description);
    event.festival = event.festival.take().or(other.festival);
    event.music = event.music.take().or(other.music);
    if event.artists.is_empty() {
        event.artists = other.artists;
    }
    match (&mut event.venue, other.venue) {
        (Some(venue), Some(other)) => fill_venue(venue, other),
        (venue @ None, other) => *venue = other,
        _ => {}
    }
}

fn fill_venue(venue: &mut VenueClaims, other: VenueClaims) {
    macro_rules! fill {
        ($($field:ident)*) => { $( venue.$field = venue.$field.take().or(other.$field); )* };
    }
    fill!(name street city region postal_code country lat lon phone website image description);
}

#[cfg(test)]
mod tests {
    use model::{EventClaims, Record, Stated};

    use super::join;

    fn show(title: &str, start: &str, url: &str) -> Record {
        Record::Event(Box::new(EventClaims {
            title: Some(Stated::new(title.to_owned(), "h1", title)),
            start: Some(Stated::new(start.parse().unwrap(), "time", start)),
            url: (!url.is_empty()).then(|| Stated::new(url.to_owned(), "a", url)),
            ..EventClaims::default()
        }))
    }

    fn titles(records: &[Record]) -> Vec<String> {
        let event = |record: &Record| match record {
            Record::Event(event) => {
                format!("{} {}", event.title.as_ref().unwrap().value, event.start.as_ref().unwrap().value)
            }
            _ => String::new(),
        };
        records.iter().map(event).collect()
    }

    #[test]
    fn statements_about_one_event_become_one_record() {
        let markup =
            || vec![show("The Lanterns", "2026-09-01T19:30", "https://a.test/1"), show("Owls", "2026-09-01", "")];
        for (later, append, expected) in [
            (
                show("The Lanterns + Support", "2026-09-01", ""),
                true,
                vec!["The Lanterns 2026-09-01T19:30", "Owls 2026-09-01"],
            ),
            (
                show("OWLS", "2026-09-01T20:00", ""),
                true,
                vec!["The Lanterns 2026-09-01T19:30", "Owls 2026-09-01T20:00"],
            ),
            (
                show("Owls", "2026-09-02", ""),
                true,
                vec!["The Lanterns 2026-09-01T19:30", "Owls 2026-09-01", "Owls 2026-09-02"],
            ),
            (show("Owls", "2026-09-02", ""), false, vec!["The Lanterns 2026-09-01T19:30", "Owls 2026-09-01"]),
        ] {
            assert_eq!(titles(&join(markup(), vec![later], append)), expected);
        }
    }

    #[test]
    fn two_shows_of_one_day_stay_two() {
        let shows = vec![
            show("Owls", "2026-09-01T15:00", ""),
            show("Owls", "2026-09-01T20:00", ""),
            show("Owls", "2026-09-01T20:00", ""),
        ];
        assert_eq!(titles(&join(shows, vec![], true)), ["Owls 2026-09-01T15:00", "Owls 2026-09-01T20:00"]);
    }
}
