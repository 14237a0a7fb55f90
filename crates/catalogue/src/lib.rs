//! Reads of the canonical entities for the doors: finding by words, place and day, and one entity with the reason for
//! every field.
//!
//! Search answers from the index, everything else from the store, so a page that shows an entity never lags behind its
//! writer. Deliberately absent: writing (that is `pipeline::writers`), who may see what, and the wire's shapes.

mod error;
mod evidence;
mod find;
mod read;

use std::sync::Arc;

use search::Index;
use store::Store;

pub use error::{Error, Result};
pub use evidence::Statement;
pub use find::{Found, FoundHit};
pub use read::{Entry, EntryDocument, Reading};

/// The entities, read.
#[derive(Clone)]
pub struct Catalogue {
    store: Store,
    index: Arc<Index>,
}

impl Catalogue {
    pub fn new(store: Store, index: Arc<Index>) -> Self {
        Self { store, index }
    }
}
