//! The embedded backend: one SQLite file a database, write-ahead log, `synchronous=FULL`.
//!
//! One thread writes. It takes every commit that waits, runs each in a savepoint of one transaction and syncs once, so
//! that many small commits cost one disk flush (group commit). Readers have connections of their own. A collection is a
//! table; its declared indexes are expression indexes on the JSON, so the files are read with common tools.
//!
//! Several processes may open the same file: SQLite's locks order their writes, and the feed is polled for what others
//! wrote.

mod backend;
mod feed;
mod maintenance;
pub mod raw;
mod read;
mod schema;
mod sql;
mod write;
mod writer;

pub use backend::SqliteBackend;
pub use maintenance::SqliteMaintenance;
