//! Says of every record which canonical entities it speaks of: known ones, or new ones.
//!
//! A record is resolved in the order venue, artists, festival, performance, each against the living identities that share
//! a block with it. Every block and identity that is written carries the precondition that it is as it was read, so of
//! two workers that would create the same entity one conflicts, and finds the other's on its second try.

mod candidates;
mod duplicates;
mod features;
pub(crate) mod nights;
mod plan;
mod refine;
mod rereading;
mod shows;
mod venues;

use std::collections::BTreeMap;

use anyhow::Context;
use model::{ArtistClaims, Collection, Database, EntityId, EntityKind, EventClaims, Extraction, Fact, Source, Url};
use model::{PageClass, RecordResolution, When};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition, Store};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;
use candidates::{Candidates, Settled};
use duplicates::Suspicions;
use features::Features;
use plan::{Plan, Show};

/// Resolves the records of one part of an extraction.
#[derive(Serialize, Deserialize)]
pub struct ResolvePart {
    pub extraction_id: String,
}

impl Task for ResolvePart {
    const KIND: &'static str = "resolve";
    const QUEUE: &'static str = "resolution";

    fn key(&self) -> String {
        self.extraction_id.clone()
    }
}

/// The place of a page among those that wait to be resolved: what machines were meant to read comes before running text,
/// then the more trusted source. Pages that name their acts one by one are known before those that run them together.
pub(crate) fn rank(url: &Url, priority: u8) -> u32 {
    let loose = u32::from(!matches!(
        url.class,
        Some(PageClass::Structured | PageClass::Calendar | PageClass::Feed | PageClass::Json)
    ));
    // By host and path: the same pages come in the same order on whatever port they are served.
    let place = url::Url::parse(&url.url).ok();
    let place = place.as_ref().map_or("", |place| &place[url::Position::BeforePath..]);
    let spread = place.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) & 0xF_FFFF;
    loose << 27 | u32::from(100 - priority.min(100)) << 20 | spread
}

/// # Errors
/// The store fails, or the source is not known.
pub async fn resolve(pipeline: &Pipeline, task: ResolvePart, attempt: Attempt) -> Result<Batch, Failure> {
    resolve_part(&pipeline.store, &task.extraction_id, attempt.now).await
}

/// The acts of a record that are resolved: those that have a name which stands for somebody. Of a resolved extraction
/// these are all, in the order of [`RecordResolution::artists`].
pub(crate) fn resolvable(event: &EventClaims) -> impl Iterator<Item = &ArtistClaims> {
    event.artists.iter().filter(|artist| plan::is_somebody(artist))
}

async fn resolve_part(store: &Store, extraction_id: &str, now: model::Time) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, now);
    let Some(found) = store.get::<Extraction>(Collection::Extractions, extraction_id).await? else { return Ok(batch) };
    let mut extraction = found.document;
    let Some(url) = store.get::<Url>(Collection::Urls, &extraction.url_id).await? else { return Ok(batch) };
    if url.document.extraction_id.as_deref() != Some(extraction.base()) {
        batch.count("skip.superseded", 1);
        return Ok(batch);
    }
    let source = store
        .get::<Source>(Collection::Sources, &extraction.source_id)
        .await?
        .with_context(|| format!("the source {} is not known", extraction.source_id))
        .map_err(Failure::permanent)?
        .document;
    nights::strike(store, &mut extraction.records).await?;
    let plans = plan::of(&extraction, &url.document, &source);
    let mut desk = Desk {
        source_id: source.id.clone(),
        today: extraction.today.clone(),
        resolutions: vec![RecordResolution::default(); plans.len()],
        ..Desk::default()
    };
    desk.resolve_venues(store, &plans).await?;
    desk.fetch_shows(store, &plans).await?;
    for index in desk.order_of_shows(&plans) {
        desk.resolve_record(&plans[index], index);
    }
    desk.write(store, &mut batch).await?;
    desk.refine(&mut extraction.records, source.venue.as_ref());
    extraction.resolutions = desk.resolutions;
    batch.put(&extraction, Precondition::AtRevision(found.revision))?;
    batch.fact(Fact::RecordsResolved { extraction_id: extraction.id });
    Ok(batch)
}

/// What one step has read and found so far.
#[derive(Default)]
struct Desk {
    source_id: String,
    today: String,
    venues: Candidates<matching::VenueFeatures>,
    artists: Candidates<matching::ArtistFeatures>,
    festivals: Candidates<matching::FestivalFeatures>,
    performances: Candidates<matching::PerformanceFeatures>,
    suspicions: Suspicions,
    /// One for each record.
    resolutions: Vec<RecordResolution>,
    /// The shows of this page so far: what it lists at different times are different shows.
    listed: Vec<(EntityId, When)>,
    /// Record → act → the acts that its name turned out to be.
    divided: BTreeMap<usize, BTreeMap<usize, Vec<String>>>,
    counts: BTreeMap<String, i64>,
}

impl Desk {
    fn resolve_record(&mut self, plan: &Plan, index: usize) {
        self.count("resolve.records".to_owned());
        match plan {
            Plan::Skip(reason) => {
                self.count(format!("skip.{}", reason.replace(' ', "_")));
                self.resolutions[index].skipped = Some((*reason).to_owned());
            }
            Plan::Venue(_) => {}
            Plan::Artist(artist) => {
                let settled = self.artists.settle(artist, artist.seed());
                let id = self.note(EntityKind::Artist, settled);
                self.resolutions[index].artists = vec![id];
            }
            Plan::Show(show) => {
                let Some(venue) = self.resolutions[index].venue.clone() else { return };
                self.resolve_show(show, venue, index);
            }
        }
    }

    fn resolve_show(&mut self, show: &Show, venue: EntityId, index: usize) {
        let mut features = show.performance(venue);
        let artists = self.resolve_bill(show, &features, index);
        features.add_artists(&artists);
        self.resolutions[index].artists = artists;
        if let Some(festival) = &show.festival {
            let settled = self.festivals.settle(festival, festival.seed());
            self.resolutions[index].festival = Some(self.note(EntityKind::Festival, settled));
        }
        let towns = self.towns(&features);
        let names_town_only = self.resolutions[index].artists.is_empty()
            && !features.titles.is_empty()
            && features.titles.iter().all(|title| towns.contains(title));
        if show.is_whole_festival || names_town_only {
            return;
        }
        let performance = self.resolve_performance(show.start, &features);
        self.resolutions[index].performance = Some(performance);
    }

    /// Counts what came of a description and remembers what is suspected.
    fn note(&mut self, kind: EntityKind, settled: Settled) -> EntityId {
        let outcome = if settled.created { "created" } else { "merged" };
        self.count(format!("resolve.{outcome}"));
        self.count(format!("resolve.{outcome}_{kind}"));
        self.suspicions.add(&settled.id, settled.rivals);
        settled.id
    }

    fn count(&mut self, name: String) {
        *self.counts.entry(name).or_default() += 1;
    }

    async fn write(&mut self, store: &Store, batch: &mut Batch) -> Result<(), Failure> {
        self.venues.write(store, batch).await?;
        self.artists.write(store, batch).await?;
        self.festivals.write(store, batch).await?;
        self.performances.write(store, batch).await?;
        let suspected = self.suspicions.write(store, batch).await?;
        batch.count("resolve.suspected", suspected);
        for (name, by) in &self.counts {
            batch.count(name, *by);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
