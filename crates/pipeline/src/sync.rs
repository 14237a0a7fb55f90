//! Keeps the search index equal to the canonical entities.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context;
use model::{Artist, Collection, Database, EntityId, EntityKind, Festival, Performance, Venue};
use search::{Card, SearchDoc};
use serde::{Deserialize, Serialize};
use store::{Batch, Query, Versioned};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;

/// The queue of the index: worked off where the index lies.
pub const QUEUE: &str = "sync";

/// Brings the index up to one entity.
#[derive(Serialize, Deserialize)]
pub struct SyncEntity {
    pub entity: EntityId,
}

impl Task for SyncEntity {
    const KIND: &'static str = "sync";
    const QUEUE: &'static str = QUEUE;

    fn key(&self) -> String {
        self.entity.to_string()
    }
}

/// Brings the index up to the entities that show the name of one.
#[derive(Serialize, Deserialize)]
pub struct SyncReferring {
    pub entity: EntityId,
}

impl Task for SyncReferring {
    const KIND: &'static str = "sync-referring";
    const QUEUE: &'static str = QUEUE;

    fn key(&self) -> String {
        self.entity.to_string()
    }
}

/// Indexes entities as they stand now, in one commit of the index.
///
/// # Errors
/// The store or the index fails.
pub async fn sync(pipeline: &Pipeline, tasks: Vec<SyncEntity>, attempt: Attempt) -> Result<Batch, Failure> {
    index(pipeline, tasks.into_iter().map(|task| task.entity).collect(), attempt).await
}

/// # Errors
/// The store or the index fails.
pub async fn sync_referring(
    pipeline: &Pipeline,
    tasks: Vec<SyncReferring>,
    attempt: Attempt,
) -> Result<Batch, Failure> {
    let mut referring = BTreeSet::new();
    for task in tasks {
        referring.extend(pipeline.index.referring_to(&task.entity)?);
    }
    index(pipeline, referring, attempt).await
}

async fn index(pipeline: &Pipeline, entities: BTreeSet<EntityId>, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Main, attempt.now);
    let (upserts, removals) = documents(pipeline, entities).await?;
    batch.count("index.upserted", i64::try_from(upserts.len()).unwrap_or(i64::MAX));
    batch.count("index.removed", i64::try_from(removals.len()).unwrap_or(i64::MAX));
    let index = std::sync::Arc::clone(&pipeline.index);
    tokio::task::spawn_blocking(move || index.apply(&upserts, &removals)).await.context("the index stopped")??;
    Ok(batch)
}

/// Makes the whole index anew from the store, page by page. Returns how many entities it holds.
///
/// # Errors
/// The store or the index fails.
pub async fn reindex(pipeline: &Pipeline) -> anyhow::Result<usize> {
    pipeline.index.clear()?;
    let mut indexed = 0;
    for kind in EntityKind::ALL {
        let mut query = Query::of(kind.collection()).limit(500);
        loop {
            let page = ids(pipeline, kind, &query).await?;
            let (upserts, _) = documents(pipeline, page.0).await?;
            indexed += upserts.len();
            let index = std::sync::Arc::clone(&pipeline.index);
            tokio::task::spawn_blocking(move || index.apply(&upserts, &[])).await??;
            match page.1 {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    pipeline.index.confirm_filled()?;
    Ok(indexed)
}

async fn ids(
    pipeline: &Pipeline,
    kind: EntityKind,
    query: &Query,
) -> Result<(BTreeSet<EntityId>, Option<store::Cursor>), store::StoreError> {
    let store = &pipeline.store;
    Ok(match kind {
        EntityKind::Venue => split(store.list::<Venue>(query).await?, |venue| venue.id),
        EntityKind::Artist => split(store.list::<Artist>(query).await?, |artist| artist.id),
        EntityKind::Performance => split(store.list::<Performance>(query).await?, |performance| performance.id),
        EntityKind::Festival => split(store.list::<Festival>(query).await?, |festival| festival.id),
    })
}

fn split<D>(page: store::Listed<D>, id: impl Fn(D) -> EntityId) -> (BTreeSet<EntityId>, Option<store::Cursor>) {
    (page.documents.into_iter().map(|found| id(found.document)).collect(), page.next)
}

/// The entities as the index knows them: those to put in, and those to take out.
async fn documents(
    pipeline: &Pipeline,
    entities: BTreeSet<EntityId>,
) -> Result<(Vec<SearchDoc>, Vec<EntityId>), store::StoreError> {
    let mut wanted = Entities::default();
    let of = |kind| entities.iter().filter(move |id| id.kind() == kind).collect::<Vec<_>>();
    wanted.performances = read(pipeline, Collection::EvtPerformances, of(EntityKind::Performance)).await?;
    wanted.festivals = read(pipeline, Collection::EvtFestivals, of(EntityKind::Festival)).await?;
    let mut venues: BTreeSet<EntityId> = of(EntityKind::Venue).into_iter().cloned().collect();
    let mut artists: BTreeSet<EntityId> = of(EntityKind::Artist).into_iter().cloned().collect();
    for performance in wanted.performances.values() {
        venues.extend(performance.document.venue_id.clone());
        artists.extend(performance.document.artist_ids.iter().flatten().cloned());
    }
    wanted.venues = read(pipeline, Collection::EvtVenues, venues.iter().collect()).await?;
    wanted.artists = read(pipeline, Collection::EvtArtists, artists.iter().collect()).await?;
    let mut upserts = Vec::new();
    let mut removals = Vec::new();
    for id in entities {
        match wanted.document(&id) {
            Some(document) => upserts.push(document),
            None => removals.push(id),
        }
    }
    Ok((upserts, removals))
}

async fn read<D: model::Document>(
    pipeline: &Pipeline,
    collection: Collection,
    ids: Vec<&EntityId>,
) -> Result<HashMap<EntityId, Versioned<D>>, store::StoreError> {
    let keys: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    let found = pipeline.store.get_many::<D>(collection, &keys).await?;
    Ok(ids.into_iter().cloned().zip(found).filter_map(|(id, found)| Some((id, found?))).collect())
}

/// Entities read together, to be shown with each other's names.
#[derive(Default)]
struct Entities {
    venues: HashMap<EntityId, Versioned<Venue>>,
    artists: HashMap<EntityId, Versioned<Artist>>,
    performances: HashMap<EntityId, Versioned<Performance>>,
    festivals: HashMap<EntityId, Versioned<Festival>>,
}

impl Entities {
    /// `None` for what is not there, deleted, or has nothing to be found by.
    fn document(&self, id: &EntityId) -> Option<SearchDoc> {
        let (revision, card, names, text, refers_to) = match id.kind() {
            EntityKind::Venue => self.venue(id)?,
            EntityKind::Artist => self.artist(id)?,
            EntityKind::Performance => self.performance(id)?,
            EntityKind::Festival => self.festival(id)?,
        };
        Some(SearchDoc {
            id: id.clone(),
            revision,
            title: card.title.clone(),
            names,
            text,
            city: card.city.clone(),
            genre: card.genre.clone(),
            point: card.lat.zip(card.lon),
            start: card.start,
            refers_to,
            stored: card.to_value(),
        })
    }

    fn venue(&self, id: &EntityId) -> Option<Parts> {
        let Versioned { document: venue, revision } = self.venues.get(id)?;
        let card = Card {
            title: venue.name.clone()?,
            city: venue.city.clone(),
            lat: venue.lat,
            lon: venue.lon,
            picture: venue.picture.clone(),
            ..Card::default()
        };
        let names = venue.street.iter().cloned().collect();
        venue.deleted.is_none().then(|| (*revision, card, names, venue.description.clone().unwrap_or_default(), vec![]))
    }

    fn artist(&self, id: &EntityId) -> Option<Parts> {
        let Versioned { document: artist, revision } = self.artists.get(id)?;
        let card = Card {
            title: artist.name.clone()?,
            genre: artist.genre.clone(),
            picture: artist.picture.clone(),
            ..Card::default()
        };
        let text = artist.description.clone().unwrap_or_default();
        artist.deleted.is_none().then(|| (*revision, card, vec![], text, vec![]))
    }

    fn performance(&self, id: &EntityId) -> Option<Parts> {
        let Versioned { document: performance, revision } = self.performances.get(id)?;
        let venue_id = performance.venue_id.clone();
        let venue = venue_id.as_ref().and_then(|id| self.venues.get(id)).map(|found| &found.document);
        let artist_ids = performance.artist_ids.clone().unwrap_or_default();
        let artists: Vec<String> = artist_ids
            .iter()
            .filter_map(|id| self.artists.get(id).and_then(|found| found.document.name.clone()))
            .collect();
        let card = Card {
            title: performance.title.clone().or_else(|| artists.first().cloned())?,
            start: performance.start,
            end: performance.end,
            status: performance.status,
            venue: venue.and_then(|venue| venue.name.clone()),
            venue_id: venue_id.clone(),
            artists: artists.clone(),
            city: venue.and_then(|venue| venue.city.clone()),
            genre: None,
            lat: venue.and_then(|venue| venue.lat),
            lon: venue.and_then(|venue| venue.lon),
            picture: performance.picture.clone(),
        };
        let names = artists.into_iter().chain(card.venue.clone()).collect();
        let refers_to = artist_ids.into_iter().chain(venue_id).collect();
        let text = performance.description.clone().unwrap_or_default();
        performance.deleted.is_none().then_some((*revision, card, names, text, refers_to))
    }

    fn festival(&self, id: &EntityId) -> Option<Parts> {
        let Versioned { document: festival, revision } = self.festivals.get(id)?;
        let card = Card {
            title: festival.name.clone()?,
            start: festival.start,
            end: festival.end,
            picture: festival.picture.clone(),
            ..Card::default()
        };
        let text = festival.description.clone().unwrap_or_default();
        festival.deleted.is_none().then(|| (*revision, card, vec![], text, vec![]))
    }
}

/// Revision, card, further names, running text, and what is referred to.
type Parts = (u64, Card, Vec<String>, String, Vec<EntityId>);
