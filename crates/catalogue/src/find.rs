use std::sync::Arc;

use model::{EntityId, EntityKind};
use search::{Card, Query};

use crate::{Catalogue, Error, Result};

/// One page of what was found, best first.
#[derive(Clone, Debug)]
pub struct Found {
    pub hits: Vec<FoundHit>,
    /// All that match.
    pub total: u64,
    /// How many match of each kind, whichever kinds were asked for.
    pub kinds: Vec<(EntityKind, u64)>,
}

#[derive(Clone, Debug)]
pub struct FoundHit {
    pub id: EntityId,
    pub card: Card,
    /// Metres from the place asked about.
    pub distance_m: Option<f64>,
}

impl Catalogue {
    /// What matches the query, as the index shows it: soft-deleted entities are not in it.
    ///
    /// # Errors
    /// [`search::Error::InvalidQuery`] says what to change about the query; anything else is ours.
    pub async fn find(&self, query: Query) -> Result<Found> {
        let index = Arc::clone(&self.index);
        let found = tokio::task::spawn_blocking(move || index.search(&query)).await;
        let hits = found.map_err(|_| Error::Interrupted)??;
        let shown = hits.hits.into_iter().map(|hit| {
            let card = serde_json::from_value(hit.stored)
                .map_err(|error| search::Error::Document(format!("{}: {error}", hit.id)))?;
            Ok(FoundHit { id: hit.id, card, distance_m: hit.distance_m })
        });
        Ok(Found { hits: shown.collect::<Result<_>>()?, total: hits.total, kinds: hits.kinds })
    }

    /// How many entities of each kind can be found.
    ///
    /// # Errors
    /// As [`Catalogue::find`].
    pub async fn collections(&self) -> Result<Vec<(EntityKind, u64)>> {
        let found = self.find(Query { limit: 0, ..Query::default() }).await?;
        Ok(EntityKind::ALL.into_iter().map(|kind| (kind, count_of(&found.kinds, kind))).collect())
    }
}

fn count_of(kinds: &[(EntityKind, u64)], kind: EntityKind) -> u64 {
    kinds.iter().find(|(counted, _)| *counted == kind).map_or(0, |(_, count)| *count)
}
