use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use model::Database;
use store::{
    Backend, BoxFuture, BoxStream, Commit, Fields, Key, Measured, Page, Query, Recorded, Result, Store, StoreError,
    Stored,
};
use store_sqlite::SqliteBackend;
use tokio::sync::watch;

/// A database on a file that can be made to go away, and to change between the pages of a query.
pub(crate) struct Moody {
    file: SqliteBackend,
    away: watch::Sender<bool>,
    /// Whether its feed is not read.
    deaf: watch::Sender<bool>,
    /// Made one by one, before each page but the first.
    pub(crate) between: Mutex<VecDeque<Commit>>,
    /// Tails that are open.
    pub(crate) tails: watch::Sender<usize>,
    /// Tails that were ever opened.
    pub(crate) opened: AtomicUsize,
}

impl Moody {
    /// The database `main`, and a store on it.
    pub(crate) fn open(folder: &Path) -> (Arc<Self>, Store) {
        let main = Arc::new(Self {
            file: SqliteBackend::open(folder, Database::Main).unwrap(),
            away: watch::Sender::new(false),
            deaf: watch::Sender::new(false),
            between: Mutex::default(),
            tails: watch::Sender::new(0),
            opened: AtomicUsize::new(0),
        });
        let [pipeline, _, admin] = SqliteBackend::open_all(folder).unwrap();
        let store = Store::new([pipeline, Arc::clone(&main) as Arc<dyn Backend>, admin], |_| Vec::new());
        (main, store)
    }

    pub(crate) fn go(&self) {
        self.away.send_replace(true);
    }

    pub(crate) fn come_back(&self) {
        self.away.send_replace(false);
    }

    /// Breaks the tails off. Those to come wait until it hears again.
    pub(crate) fn stop_hearing(&self) {
        self.deaf.send_replace(true);
    }

    pub(crate) fn hear(&self) {
        self.deaf.send_replace(false);
    }

    fn check(&self) -> Result<()> {
        if *self.away.borrow() { Err(gone()) } else { Ok(()) }
    }
}

fn gone() -> StoreError {
    StoreError::Backend { what: "is away".to_owned(), source: "in a mood".into() }
}

/// Counts a tail for as long as it is kept.
struct Open(watch::Sender<usize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl Backend for Moody {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Stored>>>> {
        self.file.get(keys)
    }

    fn list<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Page>> {
        Box::pin(async {
            self.check()?;
            let change = if query.after.is_some() { self.between.lock().unwrap().pop_front() } else { None };
            if let Some(change) = change {
                self.file.commit(change).await?;
            }
            self.file.list(query).await
        })
    }

    fn measure<'a>(&'a self, query: &'a Query, sums: &'a [&'a str]) -> BoxFuture<'a, Result<Measured>> {
        self.file.measure(query, sums)
    }

    /// Works while it is away: others write.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<u64>> {
        self.file.commit(commit)
    }

    fn claim<'a>(&'a self, query: &'a Query, fields: &'a Fields) -> BoxFuture<'a, Result<Vec<Stored>>> {
        self.file.claim(query, fields)
    }

    fn tail(&self, after: u64) -> BoxStream<'_, Result<Recorded>> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        self.tails.send_modify(|open| *open += 1);
        let mut deaf = self.deaf.subscribe();
        let state = (self.file.tail(after), self.away.subscribe(), self.deaf.subscribe(), Open(self.tails.clone()));
        let told = futures::stream::unfold(state, |(mut tail, mut away, mut deaf, open)| async move {
            let next = tokio::select! {
                biased;
                _ = away.wait_for(|away| *away) => Err(gone()),
                _ = deaf.wait_for(|deaf| *deaf) => Err(gone()),
                next = tail.next() => next?,
            };
            Some((next, (tail, away, deaf, open)))
        });
        let hears = async move {
            let _ = deaf.wait_for(|deaf| !*deaf).await;
            told
        };
        Box::pin(futures::stream::once(hears).flatten())
    }

    fn trim(&self, until: u64) -> BoxFuture<'_, Result<()>> {
        self.file.trim(until)
    }
}
