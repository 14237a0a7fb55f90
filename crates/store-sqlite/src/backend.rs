use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::Database;
use rusqlite::Connection;
use store::{
    Backend, BoxFuture, BoxStream, Commit, Fields, Key, Measured, Page, Query, Recorded, Result, Store, StoreError,
    Stored,
};
use tokio::sync::watch;

use crate::feed::Tail;
use crate::read::{self, Readers};
use crate::schema;
use crate::sql::DIALECT;
use crate::writer::{Done, Job, Writer};

/// One database in one file.
pub struct SqliteBackend {
    database: Database,
    writer: Writer,
    readers: Arc<Readers>,
    committed: watch::Receiver<u64>,
}

impl SqliteBackend {
    /// Opens or creates `{directory}/{database}.db` and brings its tables and indexes up to the declared ones.
    ///
    /// # Errors
    /// The folder cannot be written, or the file is no SQLite database.
    pub fn open(directory: &Path, database: Database) -> Result<Self> {
        std::fs::create_dir_all(directory).map_err(failed("folder cannot be made"))?;
        crate::maintenance::finish(directory)?;
        let path: PathBuf = directory.join(format!("{}.db", database.name()));
        let connection = Connection::open(&path).map_err(failed("file cannot be opened"))?;
        schema::configure(&connection).map_err(failed("file is not usable"))?;
        schema::migrate(&connection, database).map_err(failed("tables cannot be made"))?;
        let (sender, committed) = watch::channel(0);
        let writer = Writer::start(connection, database.name(), sender).map_err(failed("thread cannot be started"))?;
        Ok(Self { database, writer, readers: Arc::new(Readers::new(path)), committed })
    }

    /// The three databases of a folder.
    ///
    /// # Errors
    /// As [`SqliteBackend::open`].
    pub fn open_all(directory: &Path) -> Result<[Arc<dyn Backend>; 3]> {
        let [pipeline, main, admin] = Database::ALL.map(|database| Self::open(directory, database));
        Ok([Arc::new(pipeline?), Arc::new(main?), Arc::new(admin?)])
    }

    /// A typed store on the three databases of a folder.
    ///
    /// # Errors
    /// As [`SqliteBackend::open`].
    pub fn store(directory: &Path, reactions: store::Reactions) -> Result<Store> {
        Ok(Store::new(Self::open_all(directory)?, reactions))
    }
}

impl Backend for SqliteBackend {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Stored>>>> {
        // Where it stands: a read takes microseconds out of the page cache, less than the way to another thread, and
        // in a write-ahead log it never waits for a writer.
        Box::pin(async { self.readers.with(|connection| read::get(connection, keys)) })
    }

    fn list<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Page>> {
        Box::pin(async {
            let (plan, select) = (query.plan()?, store::sql::select(&DIALECT, query)?);
            self.readers.with(|connection| read::list(connection, query, &plan, &select))
        })
    }

    fn measure<'a>(&'a self, query: &'a Query, sums: &'a [&'a str]) -> BoxFuture<'a, Result<Measured>> {
        Box::pin(async {
            let measure = store::sql::measure(&DIALECT, query, sums)?;
            self.readers.with(|connection| read::measure(connection, sums.len(), &measure))
        })
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async {
            match self.writer.run(Job::Commit(commit)).await? {
                Done::Committed(revision) => Ok(revision),
                Done::Claimed(_) | Done::Trimmed => Err(StoreError::Closed),
            }
        })
    }

    fn claim<'a>(&'a self, query: &'a Query, fields: &'a Fields) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async {
            // Looked at first where it costs nothing: a claim that finds nothing shall not cost a flush.
            let (plan, select) = (query.plan()?, store::sql::select(&DIALECT, query)?);
            if self.readers.with(|connection| read::list(connection, query, &plan, &select))?.documents.is_empty() {
                return Ok(Vec::new());
            }
            match self.writer.run(Job::Claim(query.clone(), fields.clone())).await? {
                Done::Claimed(claimed) => Ok(claimed),
                Done::Committed(_) | Done::Trimmed => Err(StoreError::Closed),
            }
        })
    }

    fn trim(&self, until: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.writer.run(Job::Trim(until)).await.map(|_| ()) })
    }

    fn tail(&self, after: u64) -> BoxStream<'_, Result<Recorded>> {
        let tail = Tail {
            readers: Arc::clone(&self.readers),
            committed: self.committed.clone(),
            database: self.database,
            after,
            ahead: VecDeque::new(),
        };
        Box::pin(futures::stream::unfold(Some(tail), |tail| async move {
            let mut tail = tail?;
            let next = tail.next().await;
            let ends = matches!(next, Err(StoreError::FeedTrimmed { .. }));
            Some((next, (!ends).then_some(tail)))
        }))
    }
}

/// Runs what waits for the disk where it holds up no other task.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}

/// Names what failed; the cause stays its source.
pub(crate) fn failed<E>(what: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| StoreError::Backend { what: what.to_owned(), source: Box::new(source) }
}
