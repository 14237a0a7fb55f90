use std::any::Any;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use model::Document;

use crate::live::Token;
use crate::{Result, Stored, Versioned};

/// What a listener is told at once.
#[derive(Clone, Debug)]
pub struct Changes<T = Arc<Snapshot>> {
    /// Each document at most once.
    pub changes: Vec<Change<T>>,
    /// Where to resume after this item.
    pub token: Token,
}

/// What happened to one document of a query's result.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<T = Arc<Snapshot>> {
    Added(T),
    Modified(T),
    /// The id of a document that is in the result no longer: deleted, changed, or pushed out of the window.
    Removed(String),
}

/// A document at one revision, shared by all who listen.
#[derive(Debug)]
pub struct Snapshot {
    stored: Stored,
    parsed: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Snapshot {
    pub(super) fn new(stored: Stored) -> Arc<Self> {
        Arc::new(Self { stored, parsed: OnceLock::new() })
    }

    /// The document as its type. Parsed at the first call.
    ///
    /// # Errors
    /// As [`crate::Store::get`].
    pub fn read<D: Document>(&self) -> Result<Arc<Versioned<D>>> {
        if let Some(parsed) = self.parsed.get().and_then(|parsed| Arc::clone(parsed).downcast().ok()) {
            return Ok(parsed);
        }
        let parsed: Arc<Versioned<D>> = Arc::new(crate::store::read(&self.stored)?);
        // Somebody else may have been first.
        let _ = self.parsed.set(Arc::clone(&parsed) as Arc<dyn Any + Send + Sync>);
        Ok(parsed)
    }
}

impl Deref for Snapshot {
    type Target = Stored;

    fn deref(&self) -> &Stored {
        &self.stored
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.stored == other.stored
    }
}

impl Changes {
    pub(super) fn read<D: Document>(&self) -> Result<Changes<Arc<Versioned<D>>>> {
        let read = |change: &Change| {
            Ok(match change {
                Change::Added(snapshot) => Change::Added(snapshot.read()?),
                Change::Modified(snapshot) => Change::Modified(snapshot.read()?),
                Change::Removed(id) => Change::Removed(id.clone()),
            })
        };
        Ok(Changes { changes: self.changes.iter().map(read).collect::<Result<_>>()?, token: self.token.clone() })
    }
}
