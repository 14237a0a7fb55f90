use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use matching::{Comparison, PerformanceFeatures, SAME, VenueFeatures};
use model::{EntityId, EntityKind};
use store::Store;
use tasks::Failure;

use super::Desk;
use super::features::seed_of_venue;
use super::plan::Plan;

/// Below so many bits no shared show makes two venues one.
const HOPELESS: f64 = -8.0;

/// The records of a page that describe a venue in the same words.
struct Described<'a> {
    venue: &'a VenueFeatures,
    records: Vec<usize>,
}

impl Desk {
    /// Finds or creates the venue of every record. The fullest descriptions come first: what a sparse one means shows
    /// best against them.
    pub(super) async fn resolve_venues(&mut self, store: &Store, plans: &[Plan]) -> Result<(), Failure> {
        let described = self.described(plans);
        let keys = described.iter().flat_map(|described| described.venue.blocks()).collect();
        let seeds = described.iter().map(|described| seed_of_venue(described.venue, &self.source_id)).collect();
        self.venues.fetch(store, keys, seeds).await?;
        let keys = described.iter().flat_map(|described| self.keys_of_doubts(described, plans)).collect();
        self.performances.fetch(store, keys, Vec::new()).await?;
        for Described { venue, records } in described {
            let seed = seed_of_venue(venue, &self.source_id);
            let candidates = self.venues.find(venue);
            let mut comparisons = self.venues.compare(venue, &candidates, VenueFeatures::compare);
            for (id, comparison) in candidates.iter().zip(&mut comparisons) {
                if is_doubtful(comparison) {
                    let shared = self.shared_shows(id, &records, plans);
                    let known = self.venues.features(id).unwrap_or(venue);
                    *comparison = known.compare_with_shows(venue, shared);
                }
            }
            let settled = self.venues.settle_among(venue, seed, &candidates, &comparisons);
            let id = self.note(EntityKind::Venue, settled);
            for index in records {
                self.resolutions[index].venue = Some(id.clone());
            }
        }
        Ok(())
    }

    fn described<'a>(&self, plans: &'a [Plan]) -> Vec<Described<'a>> {
        let mut described: BTreeMap<EntityId, Vec<Described<'a>>> = BTreeMap::new();
        for (index, venue) in plans.iter().enumerate().filter_map(|(index, plan)| Some((index, plan.venue()?))) {
            let alike = described.entry(seed_of_venue(venue, &self.source_id)).or_default();
            match alike.iter_mut().find(|known| known.venue == venue) {
                Some(known) => known.records.push(index),
                None => alike.push(Described { venue, records: vec![index] }),
            }
        }
        let mut described: Vec<Described<'a>> = described.into_values().flatten().collect();
        described.sort_by_key(|described| (Reverse(described.venue.stated()), described.records[0]));
        described
    }

    /// The block keys of the shows that would settle whether a doubtful candidate is meant.
    fn keys_of_doubts(&self, described: &Described<'_>, plans: &[Plan]) -> Vec<String> {
        let candidates = self.venues.find(described.venue);
        let comparisons = self.venues.compare(described.venue, &candidates, VenueFeatures::compare);
        let doubtful = candidates.iter().zip(&comparisons).filter(|(_, comparison)| is_doubtful(comparison));
        let shows = || described.records.iter().filter_map(|index| plans[*index].show());
        doubtful.flat_map(|(id, _)| shows().flat_map(move |show| show.performance(id.clone()).blocks())).collect()
    }

    /// How many of these records' shows are known at the venue: on that day with one of the acts.
    fn shared_shows(&self, venue: &EntityId, records: &[usize], plans: &[Plan]) -> usize {
        let known_there = |index: &usize| {
            let Some(show) = plans[*index].show() else { return false };
            let here = show.performance(venue.clone());
            let acts: HashSet<&String> = here.acts.iter().collect();
            let shares_act = |known: &PerformanceFeatures| known.acts.iter().any(|act| acts.contains(act));
            let candidates = self.performances.find(&here);
            candidates
                .iter()
                .filter_map(|id| self.performances.features(id))
                .any(|known| known.same_evening(&here) && shares_act(known))
        };
        records.iter().filter(|index| known_there(index)).count()
    }
}

fn is_doubtful(comparison: &Comparison) -> bool {
    comparison.probability < SAME && comparison.bits > HOPELESS
}
