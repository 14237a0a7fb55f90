//! Documents in collections, on any of several databases.
//!
//! [`Store`] is the typed face: documents of `model`, queries on declared indexes, atomic batches with preconditions,
//! transactions, and a change feed. [`Backend`] is what a database must be able to do; it knows documents only as JSON.
//! Tasks are documents too, so a fact's tasks are committed with the documents that cause them.
//!
//! Deliberately absent: joins, free-form filters, and any query that no declared index answers.

mod backend;
mod batch;
#[cfg(feature = "testing")]
pub mod contract;
mod cursor;
mod error;
mod fields;
mod limits;
pub mod live;
pub mod maintenance;
mod matching;
mod plan;
mod query;
pub mod sql;
mod store;
mod transaction;
pub mod transfer;

pub use backend::{
    Backend, BoxFuture, BoxStream, Change, Commit, Key, Measured, Now, Page, Precondition, Read, Recorded, Stored,
    Write,
};
pub use batch::Batch;
pub use cursor::Cursor;
pub use error::{Result, StoreError};
pub use fields::{FieldChange, Fields};
pub use matching::parent_of;
pub use plan::Plan;
pub use query::{Direction, Query, Test};
pub use store::{Listed, Reactions, Store, Versioned};
pub use transaction::Transaction;
