//! [`store::Backend`] on PostgreSQL: the three databases are three schemas of one, each with a table a collection, its
//! documents as JSONB, and expression indexes from the declared ones.
//!
//! - All commits that wait in a process share one transaction and one flush. Commits of a database are serialised by a
//!   lock on one row (`_clock`), so that revisions and the feed's sequences grow in the order of the commits, whichever
//!   process they come from.
//! - Tasks are claimed with SKIP LOCKED, in transactions of their own that do not wait for the disk.
//! - Whoever follows the feed is woken by NOTIFY, and finds the truth in the table.
//!
//! Triggers (indexes on elements), LISTEN and advisory locks (migrations) are what some engines that speak PostgreSQL's
//! protocol lack; everything else keeps to what they have. A pooler in between must keep sessions apart.
//!
//! Deliberately absent: SQL for anybody else.

mod address;
mod backend;
mod before;
mod claim;
mod encryption;
mod feed;
mod group;
mod jsonb;
mod link;
mod maintenance;
mod migrate;
#[cfg(test)]
mod plans;
pub mod raw;
mod read;
mod schema;
mod sql;
mod statements;
mod writer;

pub use backend::PostgresBackend;
pub use maintenance::PostgresMaintenance;
