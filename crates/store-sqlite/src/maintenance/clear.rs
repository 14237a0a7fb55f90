//! What a rebuild keeps in the file while it runs, and how that is taken away again.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use store::maintenance::Told;
use store::{Result, StoreError};

use crate::schema::objects::Present;

const SHADOW: &str = "_shadow__";
const OLD: &str = "_old__";
const MIRROR: &str = "_mirror__";

/// The table that is being filled.
pub(super) fn shadow(table: &str) -> String {
    format!("{SHADOW}{table}")
}

/// The table that was replaced.
pub(super) fn old(table: &str) -> String {
    format!("{OLD}{table}")
}

/// The trigger that repeats writes on the shadow.
pub(super) fn mirror(table: &str, deed: &str) -> String {
    format!("{MIRROR}{table}__{deed}")
}

pub(super) fn is_leftover(name: &str) -> bool {
    [SHADOW, OLD, MIRROR].iter().any(|prefix| name.starts_with(prefix))
}

/// Held by whoever rebuilds: two at once would take each other's shadows for leftovers.
pub(super) struct Alone(#[expect(dead_code, reason = "held, never read")] File);

pub(super) fn alone(folder: &Path) -> Result<Alone> {
    let path = folder.join("maintenance.lock");
    let failed = |source| StoreError::File { path: path.clone(), what: "made", source };
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Alone(file)),
        Err(TryLockError::WouldBlock) => {
            let why = format!("another mystage db command changes {}: wait for its end", folder.display());
            Err(StoreError::Refused { why })
        }
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Work in short transactions: as many rows at once as take this long, and then a pause in which others who wait to
/// write get their turn.
pub(super) struct Pace {
    pub(super) rows: i64,
    most: i64,
}

const STEP: Duration = Duration::from_millis(10);
/// Longer than SQLite's first waits for a lock (1, 2 and 5 ms): who waited during the step comes in.
const PAUSE: Duration = Duration::from_millis(8);

impl Pace {
    pub(super) fn new(most: i64) -> Self {
        Self { rows: 64.min(most), most }
    }

    /// One step, then the pause.
    pub(super) fn step<T>(
        &mut self,
        connection: &Connection,
        work: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let since = Instant::now();
        let done = work(&transaction, self.rows)?;
        let took = since.elapsed();
        transaction.commit()?;
        if took > STEP {
            self.rows = (self.rows / 2).max(1);
        } else if took < STEP / 2 {
            self.rows = (self.rows * 2).min(self.most);
        }
        std::thread::sleep(PAUSE);
        Ok(done)
    }
}

/// Takes away what rebuilds have left, in steps that keep nobody waiting.
pub(super) fn leftovers(connection: &Connection, told: &Told) -> rusqlite::Result<Vec<String>> {
    let present = Present::read(connection)?;
    let tables: Vec<String> = present.tables.iter().filter(|name| is_leftover(name)).cloned().collect();
    // Side tables of a shadow are kept by triggers on it: those have its prefix too.
    let triggers: String = present
        .triggers
        .keys()
        .filter(|name| is_leftover(name))
        .map(|name| format!("DROP TRIGGER IF EXISTS {name};"))
        .collect();
    if !triggers.is_empty() {
        Pace::new(1).step(connection, |connection, _| connection.execute_batch(&triggers))?;
    }
    for table in &tables {
        let (mut pace, mut gone) = (Pace::new(10_000), 0);
        loop {
            let text = format!("DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} LIMIT ?1)");
            let deleted = pace.step(connection, |connection, rows| connection.execute(&text, [rows]))?;
            gone += deleted as u64;
            told("clearing", gone, None);
            if deleted == 0 {
                break;
            }
        }
        Pace::new(1).step(connection, |connection, _| connection.execute_batch(&format!("DROP TABLE {table}")))?;
    }
    Ok(tables)
}
