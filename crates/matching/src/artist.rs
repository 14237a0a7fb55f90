use model::ArtistClaims;
use serde::{Deserialize, Serialize};

use crate::{
    block::{distinct, key, name_keys},
    comparison::{Comparison, Tally, both},
    features::{note, unite},
    normalise::{
        hosts::fold_site,
        names::{NameParts, fold, is_placeholder},
        words::ARTIST_COMMON,
    },
    similarity::{NameLevel, NameMatch, match_names},
    venue::describe,
};

/// What is known of an artist as far as it tells artists apart. Distinct folded values in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArtistFeatures {
    pub names: Vec<String>,
    pub hosts: Vec<String>,
}

const CAP: usize = 8;

/// About one in 500 pairs that share a block is one artist.
const PRIOR: f64 = -9.0;

/// From here on a constraint leaves no doubt: it is another one.
const OTHER: f64 = -6.0;

/// Two names on the bills of one evening at one place: 30 times likelier for one act than for two.
const SAME_BILL: f64 = 5.0;

impl ArtistFeatures {
    /// What a page states of an artist. No name for a placeholder such as "special guests".
    pub fn of(claims: &ArtistClaims) -> Self {
        let mut features = Self::default();
        let name = claims.name.as_ref().map(|name| name.value.as_str()).filter(|name| !is_placeholder(name));
        note(&mut features.names, name.map(fold), CAP);
        note(&mut features.hosts, claims.website.as_ref().and_then(|site| fold_site(&site.value)), CAP);
        features
    }

    /// The keys under which the artist is found: the name up to a typo and in any order of words, the site.
    pub fn blocks(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.hosts.iter().map(|host| key("a:w:", host)).collect();
        for name in &self.names {
            name_keys("a:", name, &mut keys);
        }
        distinct(keys)
    }

    /// Takes over what `other` knows. Whether anything was new. Commutative and idempotent.
    pub fn absorb(&mut self, other: &Self) -> bool {
        unite(&mut self.names, &other.names, CAP) | unite(&mut self.hosts, &other.hosts, CAP)
    }

    /// Whether both are one artist. Symmetric.
    pub fn compare(&self, other: &Self) -> Comparison {
        self.tally(other).finish()
    }

    /// Whether both are one artist, given that both are billed at one venue on one day.
    pub fn compare_on_one_bill(&self, other: &Self) -> Comparison {
        let mut tally = self.tally(other);
        tally.add("bill", "billed at the same venue on the same day", SAME_BILL);
        tally.finish()
    }

    fn tally(&self, other: &Self) -> Tally {
        let mut tally = Tally::from_prior(PRIOR);
        if let Some((weight, names, matched, parts)) = self.best_names(other) {
            tally.add("name", format!("names {names} {}", describe(matched.level)), weight);
            constrain(&parts, &mut tally);
        }
        if !self.hosts.is_empty() && !other.hosts.is_empty() {
            let same = self.hosts.iter().any(|host| other.hosts.contains(host));
            tally.add("website", if same { "same site" } else { "other site" }, if same { 5.0 } else { -1.0 });
        }
        tally
    }

    fn best_names(&self, other: &Self) -> Option<(f64, String, NameMatch, [NameParts; 2])> {
        let weigh = |word: &str| if ARTIST_COMMON.contains(&word) { 0.25 } else { 1.0 };
        let mut best: Option<(f64, String, NameMatch, [NameParts; 2])> = None;
        for x in &self.names {
            for y in &other.names {
                let parts = [NameParts::of(x), NameParts::of(y)];
                let matched = match_names(&parts[0], &parts[1], weigh);
                let (weight, words) = (name_weight(matched.level), both(x, y));
                if best.as_ref().is_none_or(|(most, said, ..)| (weight, said) > (*most, &words)) {
                    best = Some((weight, words, matched, parts));
                }
            }
        }
        best
    }
}

/// log2(m/u) by level. Most artists are known by a name alone, so equal names suffice.
fn name_weight(level: NameLevel) -> f64 {
    match level {
        NameLevel::Equal => 13.0,
        NameLevel::Typo => 12.0,
        NameLevel::ShortTypo => 8.0,
        NameLevel::Extended => 7.5,
        NameLevel::Contained => 3.0,
        NameLevel::Overlap => -2.0,
        NameLevel::Unlike => -8.0,
    }
}

fn constrain([x, y]: &[NameParts; 2], tally: &mut Tally) {
    if x.tribute != y.tribute {
        tally.cap("name", "only one is a tribute", OTHER);
    }
    if !x.numerals.is_empty() && !y.numerals.is_empty() && x.numerals != y.numerals {
        tally.cap("name", "the names bear different numbers", OTHER);
    }
    match (&x.origin, &y.origin) {
        (Some(from), Some(to)) if from != to => tally.cap("origin", "namesakes from different countries", OTHER),
        (Some(_), None) | (None, Some(_)) => tally.add("origin", "only one names its country", -1.0),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::ArtistFeatures;
    use crate::{
        decide::{Decision, decide},
        normalise::names::fold,
    };

    fn artist(name: &str) -> ArtistFeatures {
        let (name, host) = name.split_once(" @ ").unwrap_or((name, ""));
        let hosts = if host.is_empty() { vec![] } else { vec![host.to_owned()] };
        ArtistFeatures { names: vec![fold(name)], hosts }
    }

    fn check(expected: &str, on_one_bill: bool, pairs: &[(&str, &str)]) {
        for (a, b) in pairs {
            let (a, b) = (artist(a), artist(b));
            let comparison = if on_one_bill { a.compare_on_one_bill(&b) } else { a.compare(&b) };
            let decided = match decide(std::slice::from_ref(&comparison)) {
                Decision::Same { .. } => "same",
                Decision::Suspect { .. } => "suspect",
                Decision::New => "new",
            };
            assert_eq!(decided, expected, "{a:?}\n{b:?}\n{comparison:#?}");
        }
    }

    #[test]
    fn one_artist() {
        check(
            "same",
            false,
            &[
                ("The Beatles", "beatles"),
                ("Björk", "BJORK"),
                ("Mumford & Sons", "Mumford and Sons"),
                ("Foo Fighters (live)", "Foo Fighters"),
                ("Nirvana (US)", "Nirvana"),
                ("Kaiser Chiefs", "Kaiser Cheifs"),
                ("AC/DC", "ACDC"),
                ("R.E.M.", "REM"),
                ("Smith, John", "John Smith"),
                ("The The", "The The"),
                ("!!!", "!!!"),
                ("Foo Fighters @ foo.test", "Foo Fighters @ other.test"),
                ("Marina @ marina.test", "Marino @ marina.test"),
            ],
        );
    }

    #[test]
    fn two_artists() {
        check(
            "new",
            false,
            &[
                ("Muse", "Muse Tribute"),
                ("Nirvana (UK)", "Nirvana (US)"),
                ("Blink 182", "Blink 183"),
                ("Sum 41", "Sum 42"),
                ("Nick Cave", "Nick Cave & The Bad Seeds"),
                ("John Smith", "Jane Smith"),
                ("Plan A", "Plan B"),
                ("!!!", "???"),
                ("Oberon", "Titania"),
                ("The Band", "The Stage"),
            ],
        );
    }

    #[test]
    fn a_person_should_look() {
        check(
            "suspect",
            false,
            &[("Marina", "Marino"), ("Dave Matthews", "Dave Matthews Trio"), ("DJ Shadow", "Shadow")],
        );
    }

    #[test]
    fn a_shared_bill_settles_small_doubts_but_not_great_ones() {
        check("same", true, &[("Marina", "Marino"), ("Dave Matthews", "Dave Matthews Trio")]);
        check("suspect", true, &[("Nick Cave", "Nick Cave & The Bad Seeds")]);
        check("new", true, &[("Muse", "Muse Tribute"), ("Oberon", "Titania"), ("Sum 41", "Sum 42")]);
    }
}
