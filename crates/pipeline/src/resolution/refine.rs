use std::collections::BTreeMap;

use matching::normalise::names::{fold, without_article};
use matching::{ArtistFeatures, SAME};
use model::{ArtistClaims, EntityId, EventClaims, Record, SourceVenue, Stated, VenueClaims};

use super::Desk;
use super::features::Features;
use super::plan::is_somebody;

/// What stands between the acts of a bill, and in some names.
pub(super) const JOINERS: &[&str] = &[
    " & ",
    " + ",
    " / ",
    " and ",
    ", ",
    " w/ ",
    " feat. ",
    " ft. ",
    " with ",
    " und ",
    " y ",
    ": ",
    " (support: ",
    " (with ",
    " (w/ ",
    " (feat. ",
    " (+ ",
];

/// The most pieces of a name that are tried as acts.
const PIECES_MAX: usize = 6;

/// An act's name that may be the names of several: every run of its pieces.
pub(super) struct Joint {
    pieces: usize,
    /// Whether the first piece ends with a colon or "with": it may be the name of the night.
    titled: bool,
    runs: BTreeMap<(usize, usize), (String, ArtistFeatures)>,
}

impl Joint {
    /// `None` for a name without a joiner.
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut cuts: Vec<(usize, usize)> = JOINERS
            .iter()
            .flat_map(|joiner| name.match_indices(joiner).map(|(at, found)| (at, at + found.len())))
            .collect();
        cuts.sort_unstable();
        cuts.dedup_by(|next, before| next.0 < before.1);
        if cuts.is_empty() || cuts.len() >= PIECES_MAX {
            return None;
        }
        let starts: Vec<usize> = std::iter::once(0).chain(cuts.iter().map(|cut| cut.1)).collect();
        let ends: Vec<usize> = cuts.iter().map(|cut| cut.0).chain([name.len()]).collect();
        let pieces = starts.len();
        let mut runs = BTreeMap::new();
        for from in 0..pieces {
            for to in from..pieces {
                let text = name[starts[from]..ends[to]].trim();
                let text = if text.contains('(') { text } else { text.trim_end_matches(')') };
                let claims =
                    ArtistClaims { name: Some(Stated::new(text.to_owned(), "", "")), ..ArtistClaims::default() };
                if (from, to) != (0, pieces - 1) && is_somebody(&claims) {
                    runs.insert((from, to), (text.to_owned(), ArtistFeatures::of(&claims)));
                }
            }
        }
        Some(Self { pieces, titled: [": ", " with ", " w/ "].iter().any(|end| name[..starts[1]].ends_with(end)), runs })
    }

    /// The acts that the runs of pieces would be.
    pub(super) fn acts(&self) -> impl Iterator<Item = &ArtistFeatures> {
        self.runs.values().map(|(_, act)| act)
    }

    /// The fewest known acts that make up the name, in its order.
    pub(super) fn divide(&self, known: impl Fn(&ArtistFeatures) -> bool) -> Option<Vec<&(String, ArtistFeatures)>> {
        let from_the = |first: usize| {
            let mut best: Vec<Option<Vec<&(String, ArtistFeatures)>>> = vec![None; self.pieces + 1];
            best[first] = Some(Vec::new());
            for (&(from, to), run) in &self.runs {
                let Some(before) = best[from].clone() else { continue };
                let shorter = best[to + 1].as_ref().is_none_or(|known| known.len() > before.len() + 1);
                if shorter && known(&run.1) {
                    best[to + 1] = Some(before.into_iter().chain([run]).collect());
                }
            }
            best.pop().flatten()
        };
        from_the(0).or_else(|| self.titled.then(|| from_the(1)).flatten())
    }
}

impl Desk {
    /// Whether an artist is known beyond doubt.
    pub(super) fn is_known(&self, artist: &ArtistFeatures) -> bool {
        self.known(artist).is_some()
    }

    fn known(&self, artist: &ArtistFeatures) -> Option<EntityId> {
        let candidates = self.artists.find(artist);
        let comparisons = self.artists.compare(artist, &candidates, Features::compare);
        let found = candidates.into_iter().zip(comparisons).find(|(_, comparison)| comparison.probability >= SAME);
        self.artists.living(&artist.seed()).or(found.map(|(id, _)| id))
    }

    /// Rewrites records as resolution understands them, each value with its evidence: a bill divided into its acts, a
    /// town told from the venue's name; names that stand for nobody, or only begin the source's `own`, are dropped.
    pub(super) fn refine(&self, records: &mut [Record], own: Option<&SourceVenue>) {
        for (index, record) in records.iter_mut().enumerate() {
            let Record::Event(event) = record else { continue };
            event.artists.retain(is_somebody);
            if let Some(divided) = self.divided.get(&index) {
                divide(event, divided);
            }
            if let (Some(own), Some(stated)) = (own, &mut event.venue) {
                stated.name = stated.name.take().filter(|name| !is_cut_short(&fold(&name.value), &fold(&own.name)));
            }
            if let Some(stated) = &mut event.venue
                && stated.street.is_none()
                && let Some(name) = &mut stated.name
            {
                name.value = without_company(&name.value).to_owned();
            }
            let venue = self.resolutions[index].venue.as_ref().and_then(|id| self.venues.features(id));
            if let (Some(known), Some(stated)) = (venue, &mut event.venue) {
                tell_town(stated, known);
            }
        }
    }
}

/// Whether a folded name is some words of another one, and not all.
pub(super) fn is_cut_short(name: &str, whole: &str) -> bool {
    let words: Vec<&str> = whole.split(' ').collect();
    let within = name.split(' ').all(|word| words.contains(&word));
    within && without_article(name) != without_article(whole)
}

/// The name of a place without who plays there: "The Old Mill with Oberon".
pub(super) fn without_company(name: &str) -> &str {
    let company = [" with ", " w/ ", " feat. ", " ft. "].iter().filter_map(|joiner| name.find(joiner)).min();
    company.map_or(name, |at| name[..at].trim_end())
}

fn divide(event: &mut EventClaims, divided: &BTreeMap<usize, Vec<String>>) {
    let acts = std::mem::take(&mut event.artists);
    for (at, act) in acts.into_iter().enumerate() {
        match (divided.get(&at), &act.name) {
            (Some(names), Some(stated)) => event.artists.extend(names.iter().map(|name| ArtistClaims {
                name: Some(Stated { value: name.clone(), evidence: stated.evidence.clone() }),
                ..ArtistClaims::default()
            })),
            _ => event.artists.push(act),
        }
    }
}

/// "The Blue Note Milton" without a town is "The Blue Note" in Milton, if others call it so. A town that is only the name
/// again is none.
fn tell_town(stated: &mut VenueClaims, known: &matching::VenueFeatures) {
    let same = |name: &Stated<String>, city: &Stated<String>| fold(&name.value) == fold(&city.value);
    if let (Some(name), Some(city)) = (&stated.name, &stated.city)
        && same(name, city)
    {
        stated.city = None;
    }
    let (Some(name), None) = (&mut stated.name, &stated.city) else { return };
    let folded = fold(&name.value);
    for city in &known.cities {
        let Some(rest) = folded.strip_suffix(city.as_str()).map(str::trim) else { continue };
        let called_so = |other: &String| other.trim_start_matches("the ") == rest.trim_start_matches("the ");
        let words: Vec<&str> = name.value.split_whitespace().collect();
        let of_town = city.split(' ').count();
        if rest.is_empty() || words.len() <= of_town || !known.names.iter().any(called_so) {
            continue;
        }
        let (before, town) = words.split_at(words.len() - of_town);
        if fold(&town.join(" ")) == *city {
            let evidence = name.evidence.clone();
            let town = town.join(" ");
            name.value = before.join(" ").trim_end_matches([',', '-', '–', '|', ' ']).to_owned();
            stated.city = Some(Stated { value: town, evidence });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Joint;
    use matching::normalise::names::fold;

    #[test]
    fn a_bill_divides_into_known_acts() {
        let known = ["salt and cedar", "wrenfall", "oberon", "slow slower still", "the and"];
        for (name, expected) in [
            ("Salt & Cedar + Wrenfall", Some(vec!["Salt & Cedar", "Wrenfall"])),
            ("Wrenfall, Oberon and Salt & Cedar", Some(vec!["Wrenfall", "Oberon", "Salt & Cedar"])),
            ("Slow Ballroom: Oberon / Wrenfall", Some(vec!["Oberon", "Wrenfall"])),
            ("Slow, Slower, Still & Oberon", Some(vec!["Slow, Slower, Still", "Oberon"])),
            ("Oberon & Strangers", None),
            ("Slow Ballroom with Salt & Cedar", Some(vec!["Salt & Cedar"])),
            ("Oberon (support: Wrenfall)", Some(vec!["Oberon", "Wrenfall"])),
            ("The And and Oberon", Some(vec!["The And", "Oberon"])),
        ] {
            let joint = Joint::of(name).unwrap();
            let divided = joint.divide(|act| act.names.iter().any(|name| known.contains(&name.as_str())));
            let names = divided.map(|acts| acts.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>());
            assert_eq!(names, expected, "{name} ({})", fold(name));
        }
        assert!(Joint::of("Oberon").is_none());
    }
}
