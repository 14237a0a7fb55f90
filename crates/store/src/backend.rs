use std::fmt;
use std::future::Future;
use std::pin::Pin;

use model::Collection;

use crate::{Cursor, Fields, Query, Result};

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
pub type BoxStream<'a, T> = Pin<Box<dyn futures::Stream<Item = T> + Send + 'a>>;

/// One database. Shaped for the weakest of those that will stand behind it.
pub trait Backend: Send + Sync + 'static {
    /// The documents of these keys, in their order, all of one moment.
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Stored>>>>;

    /// One page of a query.
    fn list<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Page>>;

    /// How many documents a query finds in all, and what these fields of theirs add up to.
    fn measure<'a>(&'a self, query: &'a Query, sums: &'a [&'a str]) -> BoxFuture<'a, Result<Measured>>;

    /// All of the writes or none, and only if what was read is still so. Durable when it returns. Returns the revision
    /// that the writes share; revisions and the feed's sequences grow in the order of the commits.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<u64>>;

    /// Changes fields of the first documents of a query that nobody else is changing at this moment, and returns them as
    /// they are then. Two who claim at once never get the same document, nor wait for each other. The query's collection
    /// is one that the feed does not record.
    fn claim<'a>(&'a self, query: &'a Query, fields: &'a Fields) -> BoxFuture<'a, Result<Vec<Stored>>>;

    /// Every recorded change after `after` (0: from the beginning of the feed), in commit order, and then those to come.
    /// Ends with [`crate::StoreError::FeedTrimmed`] when the feed no longer reaches back that far.
    fn tail(&self, after: u64) -> BoxStream<'_, Result<Recorded>>;

    /// Forgets the part of the feed that nobody will ask for any more: all up to this sequence.
    fn trim(&self, until: u64) -> BoxFuture<'_, Result<()>>;
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
    /// What the page before ends in front of; absent at the beginning.
    pub previous: Option<Cursor>,
    /// The feed's last sequence at the moment of the page.
    pub position: u64,
}

/// What a query's documents come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    pub count: u64,
    /// In the order of the question. Values that are no numbers count as zero.
    pub sums: Vec<serde_json::Number>,
}

/// What is committed at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    pub writes: Vec<Write>,
    /// What must still be so.
    pub reads: Vec<Read>,
}

/// What a transaction has seen, in so far as it can change.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// The revision of a document, if it was there.
    Document { key: Key, revision: Option<u64> },
    /// The ids and revisions of a page.
    Listed { query: Query, found: Vec<(String, u64)> },
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
    /// The whole document.
    Put {
        version: u32,
        data: String,
    },
    Delete,
    /// Single fields. `version` is that of a document which comes into being by it.
    Update {
        version: u32,
        fields: Fields,
    },
}

/// What must be true of a document for a batch to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    Any,
    Absent,
    Exists,
    AtRevision(u64),
}

impl Precondition {
    /// Whether it holds for a document of this revision.
    pub fn holds(self, revision: Option<u64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => revision.is_none(),
            Self::Exists => revision.is_some(),
            Self::AtRevision(expected) => revision == Some(expected),
        }
    }
}

/// A change of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Position in the feed: strictly growing in commit order. The cursor to resume after.
    pub sequence: u64,
    pub key: Key,
    /// That of the commit: entries of one commit stand beside each other and share it.
    pub revision: u64,
    /// Whether it is the commit's last: listeners are told of commits as a whole, and nothing else may follow for hours.
    pub last: bool,
    /// The indexed fields of the document before the change, as a JSON object; `None` if it was not there.
    pub was: Option<String>,
    pub now: Now,
}

/// What a change left, seen from the moment at which the feed was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    Document(Stored),
    Deleted,
    /// The document was changed again since: a later entry tells it.
    Superseded,
}
