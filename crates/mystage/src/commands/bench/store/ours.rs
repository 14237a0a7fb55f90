use std::sync::Arc;

use model::{Collection, Database, Performance, Time};
use store::{Backend, Batch, Direction, Precondition, Query, Store};

use super::work::{Connection, Side};

/// The typed store, as the use cases see it.
#[derive(Clone)]
pub(crate) struct Ours(pub(crate) Store);

impl Ours {
    pub(crate) fn new(backends: [Arc<dyn Backend>; 3]) -> Self {
        Self(Store::new(backends, |_| Vec::new()))
    }
}

impl Side for Ours {
    type Connection = Self;

    async fn connect(&self) -> anyhow::Result<Self> {
        Ok(self.clone())
    }
}

impl Connection for Ours {
    async fn put(&mut self, shows: &[Performance]) -> anyhow::Result<()> {
        let mut batch = Batch::new(Database::Main, Time(0));
        for show in shows {
            batch.put(show, Precondition::Any)?;
        }
        self.0.commit(batch).await?;
        Ok(())
    }

    async fn get(&mut self, id: &str) -> anyhow::Result<Option<Performance>> {
        Ok(self.0.get::<Performance>(Collection::EvtPerformances, id).await?.map(|found| found.document))
    }

    async fn list(&mut self, venue: &str, limit: usize) -> anyhow::Result<Vec<Performance>> {
        let query = Query::of(Collection::EvtPerformances)
            .equal("venue_id", venue)
            .order("start", Direction::Ascending)
            .limit(limit);
        let page = self.0.list::<Performance>(&query).await?;
        Ok(page.documents.into_iter().map(|found| found.document).collect())
    }
}
