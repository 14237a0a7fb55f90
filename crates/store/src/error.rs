use model::{Collection, Database};

use crate::Key;

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What can go wrong between a caller and a database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A precondition did not hold: nothing of the batch was written. Read again and try again.
    #[error("{key} is not as the batch expects it: nothing was written")]
    Conflict { key: Key },
    /// A page that a transaction has listed is not the same any more: nothing of the batch was written.
    #[error("what a transaction listed of {collection} has changed: nothing was written")]
    Outdated { collection: Collection },
    #[error("no declared index answers this query on {collection}; add {declaration} to model::Collection::indexes")]
    NoIndex { collection: Collection, declaration: String },
    #[error("this query on {collection} cannot be answered: {why}")]
    InvalidQuery { collection: Collection, why: String },
    #[error("a transaction reads {key} after it has written")]
    ReadAfterWrite { key: String },
    /// Listeners begin anew with the whole result.
    #[error("the feed no longer reaches back to {after}; its first entry is {first}")]
    FeedTrimmed { after: u64, first: u64 },
    #[error("this is no token of a listener of this database: {token:?}")]
    InvalidToken { token: String },
    #[error("{key} cannot be read as {type_name}")]
    Unreadable { key: Key, type_name: &'static str, source: serde_json::Error },
    #[error("{key} has version {found}, newer than the {known} known here: update this program")]
    FromTheFuture { key: Key, found: u32, known: u32 },
    #[error("a document for {key} cannot be written as JSON")]
    Unwritable { key: Key, source: serde_json::Error },
    #[error("{key} has {bytes} bytes; a document has at most {limit}")]
    TooLarge { key: Key, bytes: usize, limit: usize },
    #[error("{field} of {key} has a text of {bytes} bytes; in an index it has at most {limit}")]
    IndexedTooLong { key: Key, field: &'static str, bytes: usize, limit: usize },
    #[error(
        "{id:?} is no document id of {collection}: {depth} parts between slashes, 1 to 200 bytes, no control characters"
    )]
    InvalidId { id: String, collection: Collection, depth: usize },
    #[error("{key} belongs to another database than the batch on {database:?}")]
    WrongDatabase { key: Key, database: Database },
    #[error("a batch writes {key} twice")]
    WrittenTwice { key: Key },
    #[error("this is no cursor of this query: {cursor:?}")]
    InvalidCursor { cursor: String },
    /// A line of an export, counted from 1.
    #[error("line {line}: {why}")]
    BadLine { line: u64, why: String },
    /// What an administrator asked for is not done.
    #[error("{why}")]
    Refused { why: String },
    #[error("{path} cannot be {what}", path = path.display())]
    File { path: std::path::PathBuf, what: &'static str, source: std::io::Error },
    #[error("the database {what}")]
    Backend { what: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// The connection broke between asking for a commit and its answer. What was read may tell.
    #[error("it is not known whether the commit was made: the database went away before it answered")]
    Unknown,
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same call may succeed after reading again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Outdated { .. })
    }
}
