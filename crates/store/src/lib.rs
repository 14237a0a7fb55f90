//! Documents in collections, on any of several databases.
//!
//! [`Store`] is the typed face: documents of `model`, queries on declared indexes, atomic batches with preconditions,
//! and a change feed. [`Backend`] is what a database must be able to do; it knows documents only as JSON. Tasks are
//! documents too, so a fact's tasks are committed with the documents that cause them.
//!
//! Deliberately absent: joins, free-form filters, and any query that no declared index answers.

mod backend;
mod batch;
#[cfg(feature = "testing")]
pub mod contract;
mod error;
mod query;
mod store;

pub use backend::{Backend, BoxFuture, BoxStream, Change, Key, Page, Precondition, Recorded, Stored, Write};
pub use batch::Batch;
pub use error::{Result, StoreError};
pub use query::{Bound, Cursor, Direction, Query};
pub use store::{Listed, Reactions, Store, Versioned};
