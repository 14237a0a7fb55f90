mod compare;

use model::{EntityId, When};
use serde::{Deserialize, Serialize};

use crate::{
    block::{distinct, key},
    comparison::Comparison,
    features::{note, unite},
    normalise::{dates::listed_days, names::fold},
};

/// What is known of a performance as far as it tells performances apart. Distinct values in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PerformanceFeatures {
    /// More than one where a show moved, or where its venue was not recognised at first.
    pub venues: Vec<EntityId>,
    /// Local starts, without offset.
    pub starts: Vec<When>,
    /// Folded titles.
    pub titles: Vec<String>,
    /// Folded names on the bill.
    pub acts: Vec<String>,
    pub artists: Vec<EntityId>,
    /// Source id and record key: what makes it the same record at the same source.
    pub keys: Vec<String>,
    /// The performance's own pages.
    pub urls: Vec<String>,
}

const CAP: usize = 12;

impl PerformanceFeatures {
    /// A performance at a venue with a start; more is added by the `add_` deeds.
    pub fn at(venue: EntityId, start: When) -> Self {
        Self { venues: vec![venue], starts: vec![When { offset: None, ..start }], ..Self::default() }
    }

    /// Adds a name on the bill.
    pub fn add_act(&mut self, name: &str) {
        note(&mut self.acts, Some(fold(name)).filter(|name| !name.is_empty()), 4 * CAP);
    }

    /// Adds a title.
    pub fn add_title(&mut self, title: &str) {
        note(&mut self.titles, Some(fold(title)).filter(|title| !title.is_empty()), CAP);
    }

    pub fn add_artists(&mut self, artists: &[EntityId]) {
        unite(&mut self.artists, artists, 4 * CAP);
    }

    /// Adds the key that a source gives the record.
    pub fn add_key(&mut self, source_id: &str, record_key: &str) {
        note(&mut self.keys, Some(format!("{source_id} {record_key}")), CAP);
    }

    /// Adds the address of the performance's own page.
    pub fn add_url(&mut self, url: &str) {
        note(&mut self.urls, Some(url.to_owned()), CAP);
    }

    /// The keys under which it is found: the venue on the days under which it is listed, the record at its source, its
    /// own page.
    pub fn blocks(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.keys.iter().map(|record| key("p:k:", record)).collect();
        keys.extend(self.urls.iter().map(|url| key("p:u:", url)));
        for venue in &self.venues {
            let days = self.starts.iter().flat_map(|start| listed_days(*start));
            keys.extend(days.map(|day| key("p:d:", &format!("{venue}:{day}"))));
        }
        distinct(keys)
    }

    /// Takes over what `other` knows. Whether anything was new. Commutative and idempotent.
    pub fn absorb(&mut self, other: &Self) -> bool {
        let mut changed = unite(&mut self.venues, &other.venues, CAP);
        changed |= unite(&mut self.starts, &other.starts, CAP);
        changed |= unite(&mut self.titles, &other.titles, CAP);
        changed |= unite(&mut self.acts, &other.acts, 4 * CAP);
        changed |= unite(&mut self.artists, &other.artists, 4 * CAP);
        changed |= unite(&mut self.keys, &other.keys, CAP);
        changed | unite(&mut self.urls, &other.urls, CAP)
    }

    /// Whether both are one performance. Symmetric.
    pub fn compare(&self, other: &Self) -> Comparison {
        compare::compare(self, other)
    }

    /// Whether both are at one venue on one day.
    pub fn same_evening(&self, other: &Self) -> bool {
        self.venues.iter().any(|venue| other.venues.contains(venue)) && compare::on_one_day(self, other)
    }
}
