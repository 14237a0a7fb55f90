use serde::{Deserialize, Serialize};

use crate::{
    block::{distinct, key, name_keys},
    comparison::{Comparison, Tally, both},
    features::{note, unite},
    normalise::{
        names::{NameParts, fold},
        words::FESTIVAL_COMMON,
    },
    similarity::{NameLevel, match_names},
    venue::describe,
};

/// What is known of one edition of a festival. Distinct folded values in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FestivalFeatures {
    /// Without the year.
    pub names: Vec<String>,
    pub years: Vec<i16>,
}

const CAP: usize = 8;
const PRIOR: f64 = -7.0;
const OTHER: f64 = -6.0;

impl FestivalFeatures {
    /// The edition of a named festival; a year in the name counts before `year`, that of the record's date.
    pub fn of(name: &str, year: Option<i16>) -> Self {
        let folded = fold(name);
        let said = folded.split([' ', '(', ')']).find_map(year_of);
        let kept: Vec<&str> =
            folded.split(' ').filter(|token| year_of(token.trim_matches(['(', ')'])).is_none()).collect();
        let name = if kept.is_empty() { folded.clone() } else { kept.join(" ") };
        let mut features = Self::default();
        note(&mut features.names, Some(name).filter(|name| !name.is_empty()), CAP);
        note(&mut features.years, said.or(year), CAP);
        features
    }

    /// The keys under which it is found: the name up to a typo, and its telling words in the year.
    pub fn blocks(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for name in &self.names {
            name_keys("f:", name, &mut keys);
            let parts = NameParts::of(name);
            let telling: String =
                parts.tokens.iter().filter(|word| !FESTIVAL_COMMON.contains(&word.as_str())).cloned().collect();
            if !telling.is_empty() {
                keys.push(key("f:n:", &telling));
            }
        }
        distinct(keys)
    }

    /// Takes over what `other` knows. Whether anything was new. Commutative and idempotent.
    pub fn absorb(&mut self, other: &Self) -> bool {
        unite(&mut self.names, &other.names, CAP) | unite(&mut self.years, &other.years, CAP)
    }

    /// Whether both are one edition of one festival. Symmetric.
    pub fn compare(&self, other: &Self) -> Comparison {
        let mut tally = Tally::from_prior(PRIOR);
        let weigh = |word: &str| if FESTIVAL_COMMON.contains(&word) { 0.25 } else { 1.0 };
        let pairs = self.names.iter().flat_map(|x| other.names.iter().map(move |y| (x, y)));
        let best = pairs
            .map(|(x, y)| (match_names(&NameParts::of(x), &NameParts::of(y), weigh), both(x, y)))
            .max_by(|(a, x), (b, y)| (a.level, a.telling).cmp(&(b.level, b.telling)).then(y.cmp(x)));
        if let Some((matched, names)) = best {
            let weight = match matched.level {
                NameLevel::Equal => 12.0,
                NameLevel::Typo => 10.5,
                NameLevel::Extended if matched.telling => 10.0,
                NameLevel::ShortTypo => 7.0,
                NameLevel::Extended | NameLevel::Contained => 4.0,
                NameLevel::Overlap => 0.0,
                NameLevel::Unlike => -8.0,
            };
            tally.add("name", format!("names {names} {}", describe(matched.level)), weight);
        }
        let apart = !self.years.iter().any(|year| other.years.contains(year));
        if apart && !self.years.is_empty() && !other.years.is_empty() {
            tally.cap("year", "different years", OTHER);
        }
        tally.finish()
    }
}

fn year_of(token: &str) -> Option<i16> {
    (token.len() == 4).then(|| token.parse().ok()).flatten().filter(|year| (1950..2100).contains(year))
}

#[cfg(test)]
mod tests {
    use super::FestivalFeatures;
    use crate::decide::{Decision, decide};

    #[test]
    fn editions() {
        let of = FestivalFeatures::of;
        for (a, b, expected) in [
            (of("Harbour Fest 2026", None), of("The Harbour Festival", Some(2026)), "same"),
            (of("Harbour Lights", None), of("Harbour Lights 2026", None), "same"),
            (of("Harbour Ligths", Some(2026)), of("Harbour Lights", Some(2026)), "same"),
            (of("Harbour Lights 2025", Some(2026)), of("Harbour Lights", Some(2026)), "new"),
            (of("Jazz Festival", Some(2026)), of("Rock Festival", Some(2026)), "new"),
        ] {
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
}
