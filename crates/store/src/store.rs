use std::collections::HashSet;
use std::sync::Arc;

use model::{Collection, Database, Document, Fact, NewTask, TaskDoc, Trace};

use crate::live::Hub;
use crate::{
    Backend, Batch, BoxStream, Commit, Cursor, Fields, Key, Measured, Precondition, Query, Recorded, Result,
    StoreError, Stored,
};

/// Which tasks a fact causes: `app::reactions`, handed in at the start.
pub type Reactions = fn(&Fact) -> Vec<NewTask>;

/// The typed face of the three databases.
#[derive(Clone)]
pub struct Store {
    backends: [Arc<dyn Backend>; 3],
    reactions: Reactions,
    /// Who listens to each of them.
    hubs: [Arc<Hub>; 3],
}

/// A document with the revision at which it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<D> {
    pub document: D,
    pub revision: u64,
}

/// One page of documents.
#[derive(Clone, Debug)]
pub struct Listed<D> {
    pub documents: Vec<Versioned<D>>,
    /// Where the next page begins; absent at the end.
    pub next: Option<Cursor>,
    /// What the page before ends in front of; absent at the beginning.
    pub previous: Option<Cursor>,
}

impl Store {
    /// The backends stand in the order of [`Database::ALL`].
    pub fn new(backends: [Arc<dyn Backend>; 3], reactions: Reactions) -> Self {
        let hubs = [0, 1, 2].map(|n: usize| Hub::new(Arc::clone(&backends[n])));
        Self { backends, reactions, hubs }
    }

    pub(crate) fn backend(&self, database: Database) -> &Arc<dyn Backend> {
        match database {
            Database::Pipeline => &self.backends[0],
            Database::Main => &self.backends[1],
            Database::Admin => &self.backends[2],
        }
    }

    pub(crate) fn hub(&self, database: Database) -> &Arc<Hub> {
        match database {
            Database::Pipeline => &self.hubs[0],
            Database::Main => &self.hubs[1],
            Database::Admin => &self.hubs[2],
        }
    }

    /// The document of that id, or `None`.
    ///
    /// # Errors
    /// The database fails, or the stored JSON is not a `D`.
    pub async fn get<D: Document>(&self, collection: Collection, id: &str) -> Result<Option<Versioned<D>>> {
        let keys = [Key::new(collection, id)];
        let found = self.backend(collection.database()).get(&keys).await?;
        found.into_iter().next().flatten().map(|stored| read(&stored)).transpose()
    }

    /// The documents of these ids, in their order.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn get_many<D: Document>(
        &self,
        collection: Collection,
        ids: &[impl AsRef<str>],
    ) -> Result<Vec<Option<Versioned<D>>>> {
        let keys: Vec<Key> = ids.iter().map(|id| Key::new(collection, id.as_ref())).collect();
        let found = self.backend(collection.database()).get(&keys).await?;
        found.iter().map(|stored| stored.as_ref().map(read).transpose()).collect()
    }

    /// One page of a query.
    ///
    /// # Errors
    /// [`StoreError::NoIndex`] when no declared index answers it; otherwise as [`Store::get`].
    pub async fn list<D: Document>(&self, query: &Query) -> Result<Listed<D>> {
        let page = self.backend(query.collection.database()).list(query).await?;
        let documents = page.documents.iter().map(read).collect::<Result<_>>()?;
        Ok(Listed { documents, next: page.next, previous: page.previous })
    }

    /// Forgets the part of a database's feed up to this sequence: who listens from there begins anew.
    ///
    /// # Errors
    /// The database fails.
    pub async fn trim(&self, database: Database, until: u64) -> Result<()> {
        self.backend(database).trim(until).await
    }

    /// Every document of a query, page after page. For bounded results: what one entity or one page has.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn list_all<D: Document>(&self, mut query: Query) -> Result<Vec<Versioned<D>>> {
        let mut all = Vec::new();
        loop {
            let page = self.list(&query).await?;
            all.extend(page.documents);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// How many documents a query finds on all its pages.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn count(&self, query: &Query) -> Result<u64> {
        Ok(self.measure(query, &[]).await?.count)
    }

    /// How many documents a query finds on all its pages, and what these top-level fields of theirs add up to.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn measure(&self, query: &Query, sums: &[&str]) -> Result<Measured> {
        self.backend(query.collection.database()).measure(query, sums).await
    }

    /// Changes fields of the first documents of a query that nobody else is changing, and returns them as they are then:
    /// how workers take tasks without waiting for each other.
    ///
    /// # Errors
    /// As [`Store::list`]; the collection is one that the feed records.
    pub async fn claim<D: Document>(&self, query: &Query, fields: &Fields) -> Result<Vec<Versioned<D>>> {
        if query.collection.is_recorded() {
            let why = "its changes are recorded in the feed: change it by a commit".to_owned();
            return Err(StoreError::InvalidQuery { collection: query.collection, why });
        }
        let claimed = self.backend(query.collection.database()).claim(query, fields).await?;
        claimed.iter().map(read).collect()
    }

    /// Writes the batch, the tasks that its facts cause and its counts: all or nothing. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a precondition does not hold.
    pub async fn commit(&self, mut batch: Batch) -> Result<u64> {
        let tasks = self.tasks_of(&batch);
        for task in tasks {
            batch.put(&task, Precondition::Any)?;
        }
        let counts = batch.counts_write();
        batch.writes.extend(counts);
        let mut seen = HashSet::with_capacity(batch.writes.len());
        if let Some(twice) = batch.writes.iter().find(|write| !seen.insert(&write.key)) {
            return Err(StoreError::WrittenTwice { key: twice.key.clone() });
        }
        self.backend(batch.database).commit(Commit { writes: batch.writes, reads: batch.reads }).await
    }

    /// The recorded changes of a database after a position of its feed, and then those to come.
    pub fn tail(&self, database: Database, after: u64) -> BoxStream<'_, Result<Recorded>> {
        self.backend(database).tail(after)
    }

    fn tasks_of(&self, batch: &Batch) -> Vec<TaskDoc> {
        let mut tasks: Vec<TaskDoc> = Vec::new();
        let mut ids = HashSet::new();
        let caused = batch.facts.iter().flat_map(|(fact, trace)| {
            (self.reactions)(fact).into_iter().map(move |new| (new, trace.as_ref().unwrap_or(&batch.trace)))
        });
        for (new, trace) in caused {
            let id = TaskDoc::id_of(new.kind, &new.key);
            if ids.insert(id.clone()) {
                let due_at = TaskDoc::due(new.rank, model::Time(batch.now.0.saturating_add(new.delay_ms)));
                let trace = match batch.begins_traces || trace.trace_id.is_empty() {
                    true => Trace::begin(&trace.run_id, &[&id]),
                    false => trace.clone(),
                };
                tasks.push(TaskDoc {
                    id,
                    kind: new.kind.to_owned(),
                    queue: new.queue.to_owned(),
                    payload: new.payload,
                    trace,
                    due_at,
                    rank: new.rank,
                    priority: new.priority,
                    rate_key: new.rate_key,
                    slot: None,
                    created_at: batch.now,
                    worker: String::new(),
                    failures: 0,
                    lapses: 0,
                    first_failed_at: None,
                    last_error: None,
                    failed_task: None,
                    database: Some(batch.database),
                });
            }
        }
        tasks
    }
}

pub(crate) fn read<D: Document>(stored: &Stored) -> Result<Versioned<D>> {
    if stored.version > D::VERSION {
        return Err(StoreError::FromTheFuture { key: stored.key.clone(), found: stored.version, known: D::VERSION });
    }
    let unreadable =
        |source| StoreError::Unreadable { key: stored.key.clone(), type_name: std::any::type_name::<D>(), source };
    let document = if stored.version < D::VERSION {
        let old = serde_json::from_str(&stored.data).map_err(unreadable)?;
        serde_json::from_value(stored.key.collection.upcast(stored.version, old)).map_err(unreadable)?
    } else {
        serde_json::from_str(&stored.data).map_err(unreadable)?
    };
    Ok(Versioned { document, revision: stored.revision })
}

#[cfg(test)]
mod tests {
    use model::{Collection, ErrorType, FailedTask};

    use super::read;
    use crate::{Key, StoreError, Stored};

    #[test]
    fn a_document_of_an_older_version_is_read_as_one_of_today() {
        let data = include_str!("../../../databases/fixtures/failed_tasks/v1-timed-out.json");
        let key = Key::new(Collection::FailedTasks, "3c5e7g9j1m3p5r7t9w1y3a5c");
        let stored = |version| Stored { key: key.clone(), revision: 7, version, data: data.to_owned() };
        let found = read::<FailedTask>(&stored(1)).unwrap();
        assert_eq!((found.document.error_type, found.revision), (ErrorType::TimedOut, 7));
        assert!(matches!(read::<FailedTask>(&stored(2)), Err(StoreError::Unreadable { .. })));
        assert!(matches!(read::<FailedTask>(&stored(3)), Err(StoreError::FromTheFuture { .. })));
    }
}
