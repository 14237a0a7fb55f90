use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use model::Database;
use rusqlite::Connection;
use store::maintenance::{RESTORED_GAP, Told};
use store::{Result, StoreError};

use super::{clear, file};
use crate::backend::failed;
use crate::schema;

/// Where the copy is made ready: of no meaning until it is whole.
const STAGED: &str = "restoring";
/// What it is called once it is whole. From then on it takes the place of the databases, whoever opens them next.
const READY: &str = "restored";

/// Puts the files of `from` in the place of those of `folder`. Killed before the copy is ready, nothing has happened;
/// afterwards, it is finished by the next who opens the databases.
pub(super) fn replace(from: &Path, folder: &Path, told: &Told) -> Result<()> {
    fs::create_dir_all(folder).map_err(at(folder, "made"))?;
    let _alone = clear::alone(folder)?;
    finish(folder)?;
    stage(from, folder, told)?;
    for database in Database::ALL {
        unused(&file(folder, database))?;
    }
    declare_ready(folder)?;
    finish(folder)
}

pub(super) fn stage(from: &Path, folder: &Path, told: &Told) -> Result<()> {
    let staged = folder.join(STAGED);
    if staged.exists() {
        fs::remove_dir_all(&staged).map_err(at(&staged, "cleared"))?;
    }
    fs::create_dir(&staged).map_err(at(&staged, "made"))?;
    for database in Database::ALL {
        told(&format!("making {} ready", database.name()), 0, None);
        let (source, target) = (file(from, database), file(&staged, database));
        fs::copy(&source, &target).map_err(at(&source, "copied"))?;
        part(&target, database).map_err(failed("of the backup could not be made ready"))?;
        sync(&target)?;
    }
    sync(&staged)
}

pub(super) fn declare_ready(folder: &Path) -> Result<()> {
    let ready = folder.join(READY);
    fs::rename(folder.join(STAGED), &ready).map_err(at(&ready, "made"))?;
    sync(folder)
}

/// Moves a copy that is ready into its place.
pub(crate) fn finish(folder: &Path) -> Result<()> {
    let ready = folder.join(READY);
    if !ready.exists() {
        return Ok(());
    }
    for database in Database::ALL {
        let (source, target) = (file(&ready, database), file(folder, database));
        if !source.exists() {
            continue;
        }
        // The log of the file before does not belong to the new one.
        for ending in ["-wal", "-shm"] {
            let mut name = target.clone().into_os_string();
            name.push(ending);
            absent_is_well(fs::remove_file(&name)).map_err(at(Path::new(&name), "removed"))?;
        }
        absent_is_well(fs::rename(&source, &target)).map_err(at(&target, "put in place"))?;
        sync(folder)?;
    }
    absent_is_well(fs::remove_dir_all(&ready)).map_err(at(&ready, "removed"))?;
    sync(folder)
}

/// Sets the copy apart from what went on after it was made: who knows later revisions or sequences begins anew.
fn part(path: &Path, database: Database) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    schema::migrate(&connection, database)?;
    connection.execute_batch(&format!(
        "BEGIN;
         INSERT INTO sqlite_sequence(name,seq) SELECT '_feed',0
           WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name='_feed');
         DELETE FROM _feed;
         UPDATE sqlite_sequence SET seq=seq+{RESTORED_GAP} WHERE name='_feed';
         UPDATE _clock SET revision=revision+{RESTORED_GAP},
           trimmed=(SELECT seq FROM sqlite_sequence WHERE name='_feed');
         COMMIT;"
    ))?;
    connection.close().map_err(|(_, error)| error)
}

/// Refuses a file that others have open. SQLite leaves the write-ahead log only for who is alone.
fn unused(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let alone = || -> rusqlite::Result<()> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(2))?;
        connection.query_row("PRAGMA journal_mode=DELETE", [], |_| Ok(()))
    };
    match alone() {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Err(StoreError::Refused { why: format!("{} is in use: stop who uses it first", path.display()) })
        }
        // One that is damaged is in nobody's way.
        _ => Ok(()),
    }
}

fn absent_is_well(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|opened| opened.sync_all()).map_err(at(path, "written to the disk"))
}

fn at(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    let path: PathBuf = path.to_owned();
    move |source| StoreError::File { path, what, source }
}
