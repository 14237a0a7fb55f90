use std::time::Duration;

use model::{Collection, Database, Document, Time};

use crate::{Batch, BoxFuture, Key, Listed, Query, Read, Result, Store, StoreError, Versioned};

/// How often a transaction is tried again because others changed what it had read.
const TRIES_MAX: u32 = 24;

/// Reads that hold until the commit, and then writes: as if nobody else had been there in between.
///
/// Optimistic: nothing is locked. At the commit everything that was read must still be as it was read, the pages of
/// queries too, so that no document can slip in; else the body runs again. Reads come before writes.
pub struct Transaction<'a> {
    store: &'a Store,
    /// What will be committed.
    pub batch: Batch,
}

impl Transaction<'_> {
    /// As [`Store::get`].
    ///
    /// # Errors
    /// As [`Store::get`], and after a write.
    pub async fn get<D: Document>(&mut self, collection: Collection, id: &str) -> Result<Option<Versioned<D>>> {
        let key = Key::new(collection, id);
        self.may_read(collection, || key.to_string())?;
        let found = self.store.get::<D>(collection, id).await?;
        self.batch.reads.push(Read::Document { key, revision: found.as_ref().map(|found| found.revision) });
        Ok(found)
    }

    /// As [`Store::list`].
    ///
    /// # Errors
    /// As [`Store::list`], and after a write.
    pub async fn list<D: Document>(&mut self, query: &Query) -> Result<Listed<D>> {
        self.may_read(query.collection, || query.collection.to_string())?;
        let page = self.store.list::<D>(query).await?;
        let found = page.documents.iter().map(|found| (found.document.id().to_owned(), found.revision)).collect();
        self.batch.reads.push(Read::Listed { query: query.clone(), found });
        Ok(page)
    }

    fn may_read(&self, collection: Collection, what: impl Fn() -> String) -> Result<()> {
        if !self.batch.writes.is_empty() {
            return Err(StoreError::ReadAfterWrite { key: what() });
        }
        if collection.database() != self.batch.database {
            return Err(StoreError::WrongDatabase { key: Key::new(collection, ""), database: self.batch.database });
        }
        Ok(())
    }
}

impl Store {
    /// Runs `body` and commits what it leaves in the transaction's batch. Runs it again, with growing pauses, when
    /// others changed what it had read. Returns what the body returned last.
    ///
    /// # Errors
    /// The body's own, those of [`Store::commit`], and [`StoreError::Conflict`] when the body was overtaken every time.
    pub async fn transact<T: Send, E: From<StoreError> + Send>(
        &self,
        database: Database,
        now: Time,
        mut body: impl for<'t> FnMut(&'t mut Transaction<'_>) -> BoxFuture<'t, Result<T, E>> + Send,
    ) -> Result<T, E> {
        let mut tries = 0;
        loop {
            let mut transaction = Transaction { store: self, batch: Batch::new(database, now) };
            let value = body(&mut transaction).await?;
            match self.commit(transaction.batch).await {
                Ok(_) => return Ok(value),
                Err(error) if error.is_conflict() && tries < TRIES_MAX => {
                    // Not all at once again: each waits a time of its own.
                    let spread = u64::from(std::process::id()) ^ (std::ptr::from_ref(&tries).addr() as u64 >> 4);
                    let millis = (1 << tries.min(6)) + spread % (2 << tries.min(6));
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                    tries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
