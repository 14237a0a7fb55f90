use std::collections::BTreeSet;

use matching::normalise::dates::minutes_apart;
use matching::{ArtistFeatures, Comparison, PerformanceFeatures};
use model::{EntityId, EntityKind, When};
use store::Store;
use tasks::Failure;

use super::Desk;
use super::candidates::Settled;
use super::features::Features;
use super::plan::{Plan, Show};
use super::refine::Joint;
use super::rereading::Wording;

/// What one page lists this many minutes apart are two shows, not doors and stage times of one.
const TWO_SHOWS: u32 = 60;

impl Desk {
    /// Reads what may be meant by the shows and artists of the page, once their venues are known.
    pub(super) async fn fetch_shows(&mut self, store: &Store, plans: &[Plan]) -> Result<(), Failure> {
        let (mut keys, mut festival_keys, mut festivals) = (Vec::new(), Vec::new(), Vec::new());
        let mut artists: Vec<&ArtistFeatures> = Vec::new();
        let mut names: Vec<EntityId> = Vec::new();
        for (index, plan) in plans.iter().enumerate() {
            match (plan, self.resolutions[index].venue.clone()) {
                (Plan::Artist(artist), _) => artists.push(artist),
                (Plan::Show(show), Some(venue)) => {
                    keys.extend(show.performance(venue).blocks());
                    artists.extend(&show.artists);
                    artists.extend(show.joints.values().flat_map(Joint::acts));
                    artists.extend(show.mended.values().flatten().map(|(_, act)| act));
                    names.extend(show.wordings.iter().flat_map(Wording::acts).map(Features::seed));
                    festival_keys.extend(show.festival.iter().flat_map(Features::blocks));
                    festivals.extend(show.festival.iter().map(Features::seed));
                }
                _ => {}
            }
        }
        self.performances.fetch(store, keys, Vec::new()).await?;
        self.festivals.fetch(store, festival_keys, festivals).await?;
        let mut ids: Vec<EntityId> = artists.iter().map(|artist| artist.seed()).chain(names).collect();
        for (index, show) in plans.iter().enumerate().filter_map(|(index, plan)| Some((index, plan.show()?))) {
            if let Some(venue) = self.resolutions[index].venue.clone() {
                ids.extend(self.billed(&show.performance(venue)));
            }
        }
        let keys = artists.iter().flat_map(|artist| artist.blocks()).collect();
        self.artists.fetch(store, keys, ids).await
    }

    /// Everybody on the bills of that evening at that venue, as known before.
    fn billed(&self, show: &PerformanceFeatures) -> BTreeSet<EntityId> {
        let candidates = self.performances.find(show);
        let evening =
            candidates.iter().filter_map(|id| self.performances.features(id)).filter(|p| p.same_evening(show));
        evening.flat_map(|performance| performance.artists.iter().cloned()).collect()
    }

    /// The order in which the records are resolved: first those whose start is known to the minute or whose key is
    /// known, so that of two shows of an evening each finds its own; otherwise as on the page.
    pub(super) fn order_of_shows(&self, plans: &[Plan]) -> Vec<usize> {
        let known = |index: usize| {
            let (Some(show), Some(venue)) = (plans[index].show(), self.resolutions[index].venue.clone()) else {
                return false;
            };
            let features = show.performance(venue);
            self.performances.find(&features).iter().filter_map(|id| self.performances.features(id)).any(|candidate| {
                let to_the_minute = candidate.starts.iter().any(|start| minutes_apart(*start, show.start) == Some(0));
                to_the_minute || candidate.keys.iter().any(|key| features.keys.contains(key))
            })
        };
        let mut order: Vec<(bool, usize)> = (0..plans.len()).map(|index| (!known(index), index)).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, index)| index).collect()
    }

    /// The towns that the show's venue is said to be in.
    pub(super) fn towns(&self, show: &PerformanceFeatures) -> Vec<String> {
        show.venues
            .iter()
            .filter_map(|venue| self.venues.features(venue))
            .flat_map(|venue| venue.cities.clone())
            .collect()
    }

    /// The artists of a show in billing order. A name that is not known, but made up of known ones, is those. Any other
    /// name that leaves a doubt is compared again with those whom others bill at the venue on that day, except those
    /// whom this record names besides.
    pub(super) fn resolve_bill(&mut self, show: &Show, features: &PerformanceFeatures, index: usize) -> Vec<EntityId> {
        let mut found: Vec<Vec<EntityId>> = vec![Vec::new(); show.artists.len()];
        let mut doubtful = Vec::new();
        let mut reread = self.reread(show, &self.towns(features));
        for (at, artist) in show.artists.iter().enumerate() {
            if let Some(acts) = reread.remove(&at) {
                let names = acts.iter().map(|(name, _)| name.clone()).collect();
                self.divided.entry(index).or_default().insert(at, names);
                for (_, act) in &acts {
                    let settled = self.artists.settle(act, act.seed());
                    found[at].push(self.note(EntityKind::Artist, settled));
                }
            } else if self.is_known(artist) {
                let settled = self.artists.settle(artist, artist.seed());
                found[at] = vec![self.note(EntityKind::Artist, settled)];
            } else if let Some(acts) = show.joints.get(&at).and_then(|joint| joint.divide(|act| self.is_known(act))) {
                for (name, act) in acts {
                    self.divided.entry(index).or_default().entry(at).or_default().push(name.clone());
                    let settled = self.artists.settle(act, act.seed());
                    found[at].push(self.note(EntityKind::Artist, settled));
                }
            } else {
                doubtful.push(at);
            }
        }
        for at in doubtful {
            let taken: BTreeSet<&EntityId> = found.iter().flatten().collect();
            let billed: BTreeSet<EntityId> = self
                .billed(features)
                .iter()
                .filter_map(|id| self.artists.living(id))
                .filter(|id| !taken.contains(id))
                .collect();
            let settled = self.settle_on_bill(&show.artists[at], &billed);
            found[at] = vec![self.note(EntityKind::Artist, settled)];
        }
        found.into_iter().flatten().collect()
    }

    fn settle_on_bill(&mut self, artist: &ArtistFeatures, billed: &BTreeSet<EntityId>) -> Settled {
        let mut candidates: BTreeSet<EntityId> = self.artists.find(artist).into_iter().collect();
        candidates.extend(billed.iter().cloned());
        // Somebody billed whose features are not at hand is nobody to compare with.
        let candidates: Vec<EntityId> =
            candidates.into_iter().filter(|id| self.artists.features(id).is_some()).collect();
        let comparisons: Vec<Comparison> = candidates
            .iter()
            .filter_map(|id| {
                let known = self.artists.features(id)?;
                Some(if billed.contains(id) { known.compare_on_one_bill(artist) } else { known.compare(artist) })
            })
            .collect();
        self.artists.settle_among(artist, artist.seed(), &candidates, &comparisons)
    }

    /// Finds or creates the performance of a record.
    pub(super) fn resolve_performance(&mut self, start: When, features: &PerformanceFeatures) -> EntityId {
        let apart = |id: &EntityId, listed: &[(EntityId, When)]| {
            listed.iter().any(|(other, at)| other == id && minutes_apart(*at, start).is_some_and(|m| m > TWO_SHOWS))
        };
        let candidates: Vec<EntityId> =
            self.performances.find(features).into_iter().filter(|id| !apart(id, &self.listed)).collect();
        let comparisons = self.performances.compare(features, &candidates, |known, new| self.compare_show(known, new));
        let mut settled = self.performances.settle_among(features, features.seed(), &candidates, &comparisons);
        settled.rivals.retain(|(rival, _)| !apart(rival, &self.listed));
        self.listed.push((settled.id.clone(), start));
        self.note(EntityKind::Performance, settled)
    }

    /// A record that names another day than before has moved its show, unless that show is over: then it is the next of
    /// a series.
    fn compare_show(&self, known: &PerformanceFeatures, new: &PerformanceFeatures) -> Comparison {
        let over = known.starts.iter().all(|start| start.date.to_string() < self.today);
        if over && !known.same_evening(new) {
            let keyless = PerformanceFeatures { keys: Vec::new(), ..new.clone() };
            return known.compare(&keyless);
        }
        known.compare(new)
    }
}
