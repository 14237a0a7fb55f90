use model::{Artist, Collection, Deleted, Entity, EntityId, EntityKind, Festival, Performance, Venue};
use store::Versioned;

use crate::{Catalogue, Result};

/// What is known under an id.
#[derive(Clone, Debug)]
pub enum Reading {
    Present(Box<Entry>),
    /// The entity was merged, possibly more than once; this living one took its place.
    Merged {
        survivor: EntityId,
    },
    /// Soft-deleted, and nothing took its place.
    Gone(Deleted),
    Unknown,
}

/// A living entity, with what is needed to show it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub document: EntryDocument,
    pub revision: u64,
    /// The revisions of all documents that the entry shows, its own first: another list is another state.
    pub state: Vec<u64>,
}

#[derive(Clone, Debug)]
pub enum EntryDocument {
    Venue(Venue),
    Artist(Artist),
    Performance {
        performance: Performance,
        /// The names of those it refers to; absent where they have none, or are gone.
        venue: Option<String>,
        /// As many as `artist_ids`, in the same order.
        artists: Vec<Option<String>>,
        festival: Option<String>,
    },
    Festival(Festival),
}

impl Catalogue {
    /// The entity of an id, or what became of it.
    ///
    /// # Errors
    /// The store fails.
    pub async fn read(&self, id: &EntityId) -> Result<Reading> {
        match id.kind() {
            EntityKind::Venue => self.read_as(id, |venue: &Venue| venue.deleted.as_ref(), EntryDocument::Venue).await,
            EntityKind::Artist => {
                self.read_as(id, |artist: &Artist| artist.deleted.as_ref(), EntryDocument::Artist).await
            }
            EntityKind::Festival => {
                self.read_as(id, |festival: &Festival| festival.deleted.as_ref(), EntryDocument::Festival).await
            }
            EntityKind::Performance => {
                let unnamed = |performance| EntryDocument::Performance {
                    performance,
                    venue: None,
                    artists: Vec::new(),
                    festival: None,
                };
                let reading = self.read_as(id, |p: &Performance| p.deleted.as_ref(), unnamed).await?;
                match reading {
                    Reading::Present(entry) => Ok(Reading::Present(Box::new(self.named(*entry).await?))),
                    other => Ok(other),
                }
            }
        }
    }

    async fn read_as<E: Entity>(
        &self,
        id: &EntityId,
        deleted: fn(&E) -> Option<&Deleted>,
        entry: impl FnOnce(E) -> EntryDocument,
    ) -> Result<Reading> {
        let Some(found) = self.store.get::<E>(E::KIND.collection(), id.as_str()).await? else {
            return Ok(Reading::Unknown);
        };
        let Versioned { document, revision } = found;
        let Some(first) = deleted(&document).cloned() else {
            return Ok(Reading::Present(Box::new(Entry {
                document: entry(document),
                revision,
                state: vec![revision],
            })));
        };
        self.follow(first, deleted).await
    }

    /// Follows merges to the living entity at their end.
    async fn follow<E: Entity>(&self, first: Deleted, deleted: fn(&E) -> Option<&Deleted>) -> Result<Reading> {
        // Merges form no circles; should a damaged store hold one, the walk ends all the same.
        const LONGEST: usize = 32;
        let mut last = first;
        for _ in 0..LONGEST {
            let Some(survivor) = last.survivor.clone() else { break };
            let Some(found) = self.store.get::<E>(E::KIND.collection(), survivor.as_str()).await? else { break };
            match deleted(&found.document) {
                None => return Ok(Reading::Merged { survivor }),
                Some(next) => last = next.clone(),
            }
        }
        Ok(Reading::Gone(last))
    }

    /// A performance with the names of those who play, where, and at which festival.
    async fn named(&self, mut entry: Entry) -> Result<Entry> {
        let EntryDocument::Performance { performance, venue, artists, festival } = &mut entry.document else {
            return Ok(entry);
        };
        let venue_ids = Vec::from_iter(performance.venue_id.clone());
        let festival_ids = Vec::from_iter(performance.festival_id.clone());
        let artist_ids = performance.artist_ids.clone().unwrap_or_default();
        let (venues, festivals, named) = futures::try_join!(
            self.names(Collection::EvtVenues, &venue_ids, |found: Venue| found.name),
            self.names(Collection::EvtFestivals, &festival_ids, |found: Festival| found.name),
            self.names(Collection::EvtArtists, &artist_ids, |found: Artist| found.name),
        )?;
        entry.state.extend([&venues, &festivals, &named].into_iter().flatten().map(|(_, revision)| revision));
        *venue = venues.into_iter().next().and_then(|(name, _)| name);
        *festival = festivals.into_iter().next().and_then(|(name, _)| name);
        *artists = named.into_iter().map(|(name, _)| name).collect();
        Ok(entry)
    }

    async fn names<E: Entity>(
        &self,
        collection: Collection,
        ids: &[EntityId],
        name: fn(E) -> Option<String>,
    ) -> Result<Vec<(Option<String>, u64)>> {
        let ids: Vec<&str> = ids.iter().map(EntityId::as_str).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.store.get_many::<E>(collection, &ids).await?;
        Ok(found
            .into_iter()
            .map(|found| found.map_or((None, 0), |found| (name(found.document), found.revision)))
            .collect())
    }
}
