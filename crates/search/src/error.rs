use std::path::PathBuf;

use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenReadError};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the index could not do what it was asked to. `Clone`, because callers whose changes went into one commit share
/// its outcome.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The query cannot be meant; the text says what to change.
    #[error("{0}")]
    InvalidQuery(String),
    /// Another process writes to this index now.
    #[error("another process has the search index in {0:?} open for writing")]
    Locked(PathBuf),
    #[error("cannot use the folder {0:?} for the search index: {1}")]
    Folder(PathBuf, String),
    /// The commit that was to carry the changes broke off; apply them again.
    #[error("the commit of these changes was interrupted")]
    Interrupted,
    /// A stored document that is not what this version writes.
    #[error("the search index holds a document that cannot be read: {0}")]
    Document(String),
    #[error("the search engine failed")]
    Engine(#[from] TantivyError),
}

impl Error {
    pub(crate) fn folder(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Folder(path.to_owned(), error.to_string())
    }
}

/// Whether the engine refuses because another writer holds the lock.
pub(crate) fn is_locked(error: &TantivyError) -> bool {
    matches!(error, TantivyError::LockFailure(LockError::LockBusy, _))
}

/// Whether the files themselves are at fault, so that only building them anew helps. A full disk or a missing
/// permission is none of this.
pub(crate) fn is_damage(error: &TantivyError) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::DeserializeError(_)
        | TantivyError::SchemaError(_)
        | TantivyError::InternalError(_)
        | TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_)) => true,
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) | TantivyError::IoError(io_error) => {
            matches!(io_error.kind(), InvalidData | UnexpectedEof)
        }
        _ => false,
    }
}
