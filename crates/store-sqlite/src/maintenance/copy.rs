use std::path::Path;
use std::time::{Duration, Instant};

use model::Database;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use store::maintenance::{State, Told};
use store::{Result, StoreError};

use super::{file, finish, immutable, looking, state, working};
use crate::backend::failed;

/// Pages copied between two reports.
const PAGES: std::ffi::c_int = 1_024;

/// Copies the files as they are at one moment, the same for all three.
///
/// A step has its documents in one database and its task in another, the documents first: copies of different moments
/// could lack both.
pub(super) fn copy(from: &Path, to: &Path, told: &Told) -> Result<Vec<State>> {
    finish(from)?;
    for database in Database::ALL {
        let path = file(from, database);
        if !path.exists() {
            return Err(StoreError::Refused { why: format!("there is no database {}", path.display()) });
        }
    }
    let snapshots = snapshots(from)?;
    Database::ALL
        .into_iter()
        .zip(&snapshots)
        .map(|(database, snapshot)| {
            let path = file(to, database);
            write(snapshot, &path, database, told).map_err(failed("could not be copied"))?;
            state::state(&immutable(&path)?, &path, database)
        })
        .collect()
}

/// Read transactions of one moment: nobody writes while they begin, for less than a millisecond or two.
fn snapshots(folder: &Path) -> Result<Vec<Connection>> {
    let writers = Database::ALL.into_iter().map(|it| working(&file(folder, it))).collect::<Result<Vec<_>>>()?;
    let readers = Database::ALL.into_iter().map(|it| looking(&file(folder, it))).collect::<Result<Vec<_>>>()?;
    let begin = || -> rusqlite::Result<()> {
        for writer in &writers {
            writer.execute_batch("BEGIN IMMEDIATE")?;
        }
        for reader in &readers {
            reader.execute_batch("BEGIN")?;
            reader.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
        }
        for writer in &writers {
            writer.execute_batch("ROLLBACK")?;
        }
        Ok(())
    };
    begin().map_err(failed("could not be held for a moment"))?;
    Ok(readers)
}

fn write(snapshot: &Connection, path: &Path, database: Database, told: &Told) -> rusqlite::Result<()> {
    let mut copy = Connection::open(path)?;
    // Synced by whoever names the folder, as a whole.
    copy.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF")?;
    {
        let backup = Backup::new(snapshot, &mut copy)?;
        let since = Instant::now();
        loop {
            let step = backup.step(PAGES)?;
            let progress = backup.progress();
            let (all, left) = (progress.pagecount.unsigned_abs().into(), u64::from(progress.remaining.unsigned_abs()));
            told(&format!("copying the pages of {}", database.name()), all - left, Some(all));
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // Cannot be, for the snapshot is held and nobody else has the copy.
                _ if since.elapsed() > Duration::from_secs(60) => return Err(rusqlite::Error::InvalidQuery),
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
    copy.close().map_err(|(_, error)| error)
}
