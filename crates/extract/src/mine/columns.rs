//! What the items of one list have in common: where their names stand, and which texts are only labels.

use std::collections::{HashMap, HashSet};

use model::Stated;

use super::fields::{Candidate, cut_out};

/// What the items of a list have in common, by place.
#[derive(Default)]
pub(super) struct Columns {
    /// How many items have the place, and how many different texts stand there.
    counts: HashMap<u64, (usize, HashSet<u64>)>,
    /// How many items show a text, wherever.
    texts: HashMap<u64, usize>,
    items: usize,
    /// Where most items have their name.
    names: Option<u64>,
    /// The page's title, squeezed: an artist's page repeats the artist's name in every row.
    about: String,
    /// What the page is about, where that can be an act.
    subject: Option<Stated<String>>,
}

impl Columns {
    pub(super) fn about(page_title: &str, subject: Option<&Stated<String>>) -> Self {
        Self { about: page_title.to_owned(), subject: subject.cloned(), ..Self::default() }
    }

    pub(super) fn subject(&self) -> Option<&Stated<String>> {
        self.subject.as_ref()
    }

    /// Learns where the names stand from a first choice for each item.
    pub(super) fn learn(&mut self, places: &[Option<u64>]) {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for place in places.iter().flatten() {
            *counts.entry(*place).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(place, count)| (*count, *place));
        self.names = most.filter(|(_, count)| *count > 2 && *count * 2 > places.len()).map(|(place, _)| place);
    }

    pub(super) fn is_name_place(&self, place: u64) -> bool {
        self.names == Some(place)
    }

    /// Whether the page is about what the text names.
    pub(super) fn is_about(&self, text: &str) -> bool {
        let name = super::squeeze(text);
        name.len() > 2 && self.about.starts_with(&name)
    }

    pub(super) fn add(&mut self, candidates: &[Candidate<'_>]) {
        self.items += 1;
        let mut seen = HashSet::new();
        let mut texts = HashSet::new();
        for candidate in candidates.iter().filter(|candidate| names_something(&candidate.text)) {
            if texts.insert(hash(&candidate.text)) {
                *self.texts.entry(hash(&candidate.text)).or_default() += 1;
            }
            let entry = self.counts.entry(candidate.place).or_default();
            entry.0 += usize::from(seen.insert(candidate.place));
            entry.1.insert(hash(&candidate.text));
        }
    }

    /// The share of items that have the place, and the share of different texts among them.
    pub(super) fn of(&self, place: u64) -> (f64, f64) {
        let Some((count, texts)) = self.counts.get(&place) else { return (0.0, 0.0) };
        #[expect(clippy::cast_precision_loss, reason = "counts of items are small")]
        let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
        (share(*count, self.items), share(texts.len(), *count).min(1.0))
    }

    /// The share of items that show just this text: high for labels.
    pub(super) fn commonness(&self, text: &str) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of items are small")]
        let share = self.texts.get(&hash(text)).copied().unwrap_or(0) as f64 / self.items.max(1) as f64;
        share
    }

    pub(super) fn items(&self) -> usize {
        self.items
    }
}

/// Whether a text is more than a date, a time or a price.
fn names_something(text: &str) -> bool {
    let cuts =
        crate::text::dates::find(text, jiff::civil::date(2000, 1, 1)).into_iter().map(|found| found.range).collect();
    text.len() > 60 || cut_out(text, cuts).chars().filter(|letter| letter.is_alphabetic()).count() > 1
}

fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
