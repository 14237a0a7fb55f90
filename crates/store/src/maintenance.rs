//! Looking after the databases: what an administrator asks of them, whichever engine holds them.

mod backup;
mod inspect;
mod rewrite;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use model::{Collection, Database};
use serde::{Deserialize, Serialize};

use crate::{BoxFuture, Result, Stored};

pub use backup::{Manifest, back_up, check_backup, restore};
pub use inspect::inspect_documents;
pub use rewrite::{Rewritten, rewrite};

/// What differs by engine. One stands for the three databases; none of its deeds needs them to be open, or opens them
/// for the program.
pub trait Maintenance: Send + Sync + 'static {
    /// The engine's name, as in `STORE_URL`.
    fn engine(&self) -> &'static str;

    /// Where the databases are, without a password.
    fn place(&self) -> String;

    /// The newest layout of tables that this program knows.
    fn layout(&self) -> u32;

    /// What a database holds; `None` when it has not been made yet.
    fn state(&self, database: Database) -> BoxFuture<'_, Result<Option<State>>>;

    /// Documents behind an id, by id, straight out of the table.
    fn read<'a>(
        &'a self,
        source: Source<'a>,
        collection: Collection,
        after: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Stored>>>;

    /// How a database differs from what this program declares.
    fn differences(&self, database: Database) -> BoxFuture<'_, Result<Vec<Difference>>>;

    /// Makes what is missing while others read and write, and drops what is undeclared if `prune` says so. Returns what
    /// it has changed. Clears what a killed [`Maintenance::reindex`] left.
    fn migrate(&self, database: Database, prune: bool, told: Told) -> BoxFuture<'_, Result<Vec<Difference>>>;

    /// Makes every index of a collection anew while others read and write. Returns how many.
    fn reindex(&self, collection: Collection, told: Told) -> BoxFuture<'_, Result<usize>>;

    /// What is wrong with a database as the engine sees it: damaged pages, indexes that do not agree with the
    /// documents, a feed that is out of order.
    fn inspect<'a>(&'a self, source: Source<'a>, database: Database, told: Told)
    -> BoxFuture<'a, Result<Vec<Finding>>>;

    /// Writes files into an empty folder that hold the databases as they are at one moment, the same for all three,
    /// while others read and write. Returns what they hold.
    fn copy<'a>(&'a self, folder: &'a Path, told: Told) -> BoxFuture<'a, Result<Vec<State>>>;

    /// Puts what a folder holds in the place of the databases: all or nothing, however it ends. Revisions and the
    /// feed's sequences go on far behind those of the copy, and its feed is trimmed: whoever has seen what the copy does
    /// not know begins anew. Refused while others use the databases.
    fn replace<'a>(&'a self, folder: &'a Path, told: Told) -> BoxFuture<'a, Result<()>>;
}

/// How far revisions and sequences jump when a backup is restored: further than any database goes between two backups.
pub const RESTORED_GAP: u64 = 1 << 32;

/// Where documents are read: in the databases, or in a folder that [`Maintenance::copy`] wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    Databases,
    Copy(&'a Path),
}

/// Is told how far long work has come: what is done, how much of it, and of how much if that is known.
pub type Told = Arc<dyn Fn(&str, u64, Option<u64>) + Send + Sync>;

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub database: String,
    pub layout: u32,
    /// On disk.
    pub bytes: u64,
    /// That of the last commit.
    pub revision: u64,
    /// Documents by collection.
    pub documents: BTreeMap<String, u64>,
    pub tasks: TaskCounts,
    pub feed: Feed,
    pub indexes: Vec<IndexState>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// Those that nobody works on.
    pub waiting: u64,
    pub leased: u64,
    /// When the first of those that wait may be taken, in milliseconds since 1970.
    pub oldest_due: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    pub entries: u64,
    /// The sequence of the first entry that is there.
    pub first: Option<u64>,
    /// The last sequence that was given.
    pub last: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexState {
    pub collection: String,
    pub index: String,
    pub state: Presence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Present,
    /// Declared, but not there: queries on it read the whole collection.
    Missing,
    /// There, but declared no more.
    Undeclared,
    /// Being built, or left behind by what was killed while building it.
    Building,
}

/// One difference between a database and what this program declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub database: Database,
    /// A table, an index, a trigger: its name in the database.
    pub name: String,
    pub kind: DifferenceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// The whole database.
    NoDatabase,
    /// Tables as an earlier program made them.
    OldLayout,
    MissingTable,
    MissingIndex,
    /// What keeps an index on elements is not as declared.
    OutdatedIndex,
    UndeclaredIndex,
    /// Never dropped: it may hold documents that a newer program knows.
    UndeclaredTable,
    /// Left behind by a [`Maintenance::reindex`] that was killed.
    Leftover,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            DifferenceKind::NoDatabase => "the database is not there",
            DifferenceKind::OldLayout => "the layout is an earlier one",
            DifferenceKind::MissingTable => "the table is missing",
            DifferenceKind::MissingIndex => "the index is missing",
            DifferenceKind::OutdatedIndex => "the index is not as declared",
            DifferenceKind::UndeclaredIndex => "the index is undeclared",
            DifferenceKind::UndeclaredTable => "the table is undeclared",
            DifferenceKind::Leftover => "left behind by a rebuild that did not end",
        };
        write!(f, "{}/{}: {what}", self.database.name(), self.name)
    }
}

/// Something that is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A document, an index, a table, a file.
    pub place: String,
    pub what: String,
    pub remedy: String,
}

impl Finding {
    pub fn new(place: impl fmt::Display, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place: place.to_string(), what: what.into(), remedy: remedy.into() }
    }
}
