use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use model::Collection;

use crate::{Cursor, Query, Result};

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
pub type BoxStream<'a, T> = Pin<Box<dyn futures::Stream<Item = T> + Send + 'a>>;

/// One database. Shaped for the weakest of those that will stand behind it.
pub trait Backend: Send + Sync + 'static {
    /// The documents of these keys, in their order.
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Stored>>>>;

    /// One page of a query. The caller has checked that a declared index answers it.
    fn list<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Page>>;

    /// All of the writes or none; returns the revision that they share. Durable when it returns.
    fn commit(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<u64>>;

    /// Every recorded change after `after` (0: from the beginning of the feed), in commit order, and then those to come.
    fn tail(&self, after: u64) -> BoxStream<'_, Result<Recorded>>;
}

/// Where a document stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub collection: Collection,
    pub id: String,
}

impl Key {
    pub fn new(collection: Collection, id: impl Into<String>) -> Self {
        Self { collection, id: id.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.collection, self.id)
    }
}

/// A document as a database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub key: Key,
    /// The revision of the commit that wrote it last: grows with every commit of its database.
    pub revision: u64,
    /// [`model::Document::VERSION`] of the writer.
    pub version: u32,
    /// JSON.
    pub data: String,
}

/// One page of a query's result.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub documents: Vec<Stored>,
    /// Where the next page begins; absent at the end.
    pub next: Option<Cursor>,
}

/// One write of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    pub key: Key,
    pub change: Change,
    pub precondition: Precondition,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Put {
        version: u32,
        data: String,
    },
    Delete,
    /// Adds to top-level numbers; an absent document or field counts as zero.
    Add(BTreeMap<String, i64>),
}

/// What must be true of a document for a batch to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    Any,
    Absent,
    AtRevision(u64),
}

/// A change of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Position in the feed: strictly growing in commit order. The cursor to resume after.
    pub sequence: u64,
    pub key: Key,
    pub revision: u64,
    pub deleted: bool,
}
