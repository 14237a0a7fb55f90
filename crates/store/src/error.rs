use model::{Collection, Database};

use crate::Key;

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What can go wrong between a caller and a database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A precondition did not hold: nothing of the batch was written. Read again and try again.
    #[error("{key} is not as the batch expects it: nothing was written")]
    Conflict { key: Key },
    #[error(
        "no declared index answers this query on {collection}; declare Index(&{fields:?}) in model::Collection::indexes"
    )]
    NoIndex { collection: Collection, fields: Vec<String> },
    #[error("{key} cannot be read as {type_name}")]
    Unreadable { key: Key, type_name: &'static str, source: serde_json::Error },
    #[error("{key} has version {found}, newer than the {known} known here: update this program")]
    FromTheFuture { key: Key, found: u32, known: u32 },
    #[error("a document for {key} cannot be written as JSON")]
    Unwritable { key: Key, source: serde_json::Error },
    #[error("{key} has {bytes} bytes; a document has at most {limit}")]
    TooLarge { key: Key, bytes: usize, limit: usize },
    #[error("{id:?} is no document id: 1 to 200 bytes without '/' or control characters")]
    InvalidId { id: String },
    #[error("{key} belongs to another database than the batch on {database:?}")]
    WrongDatabase { key: Key, database: Database },
    #[error("a batch writes {key} twice")]
    WrittenTwice { key: Key },
    #[error("this is no cursor of this query: {cursor:?}")]
    InvalidCursor { cursor: String },
    #[error("the database {what}")]
    Backend { what: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same call may succeed after reading again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}
