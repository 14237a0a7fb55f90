//! Looking after the files of a folder.

mod clear;
mod copy;
mod inspect;
mod migrate;
mod rebuild;
mod replace;
mod state;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use model::{Collection, Database};
use rusqlite::{Connection, OpenFlags};
use store::maintenance::{Difference, Finding, Maintenance, Source, State, Told};
use store::{BoxFuture, Key, Result, Stored};

use crate::backend::{blocking, failed};
use crate::schema;

pub(crate) use replace::finish;

/// The three files of a folder, as an administrator looks after them.
pub struct SqliteMaintenance {
    folder: PathBuf,
}

impl SqliteMaintenance {
    /// Nothing is opened or made by this.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// A database's file, if it is there.
    fn file(&self, database: Database) -> impl FnOnce() -> Result<Option<PathBuf>> + Send + use<> {
        let folder = self.folder.clone();
        move || {
            finish(&folder)?;
            let path = file(&folder, database);
            Ok(path.exists().then_some(path))
        }
    }
}

impl Maintenance for SqliteMaintenance {
    fn engine(&self) -> &'static str {
        "sqlite"
    }

    fn place(&self) -> String {
        self.folder.display().to_string()
    }

    fn layout(&self) -> u32 {
        u32::try_from(schema::LAYOUT).unwrap_or_default()
    }

    fn state(&self, database: Database) -> BoxFuture<'_, Result<Option<State>>> {
        let file = self.file(database);
        Box::pin(blocking(move || match file()? {
            Some(file) => state::state(&looking(&file)?, &file, database).map(Some),
            None => Ok(None),
        }))
    }

    fn read<'a>(
        &'a self,
        source: Source<'a>,
        collection: Collection,
        after: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        let opened = self.opened(source, collection.database());
        let after = after.to_owned();
        Box::pin(blocking(move || {
            opened()?.map_or(Ok(Vec::new()), |connection| {
                read(&connection, collection, &after, limit).map_err(failed("could not be read"))
            })
        }))
    }

    fn differences(&self, database: Database) -> BoxFuture<'_, Result<Vec<Difference>>> {
        let file = self.file(database);
        Box::pin(blocking(move || match file()? {
            Some(file) => migrate::differences(&looking(&file)?, database).map_err(failed("could not be read")),
            None => Ok(migrate::absent(database)),
        }))
    }

    fn migrate(&self, database: Database, prune: bool, told: Told) -> BoxFuture<'_, Result<Vec<Difference>>> {
        let folder = self.folder.clone();
        Box::pin(blocking(move || migrate::migrate(&folder, database, prune, &told)))
    }

    fn reindex(&self, collection: Collection, told: Told) -> BoxFuture<'_, Result<usize>> {
        let folder = self.folder.clone();
        Box::pin(blocking(move || {
            let _alone = clear::alone(&folder)?;
            finish(&folder)?;
            let connection = working(&file(&folder, collection.database()))?;
            clear::leftovers(&connection, &told).map_err(failed("could not be cleared"))?;
            rebuild::rebuild(&connection, collection, &told).map_err(failed("could not be reindexed"))
        }))
    }

    fn inspect<'a>(
        &'a self,
        source: Source<'a>,
        database: Database,
        told: Told,
    ) -> BoxFuture<'a, Result<Vec<Finding>>> {
        let opened = self.opened(source, database);
        Box::pin(blocking(move || {
            opened()?.map_or(Ok(Vec::new()), |connection| Ok(inspect::inspect(&connection, database, &told)))
        }))
    }

    fn copy<'a>(&'a self, folder: &'a Path, told: Told) -> BoxFuture<'a, Result<Vec<State>>> {
        let (from, to) = (self.folder.clone(), folder.to_owned());
        Box::pin(blocking(move || copy::copy(&from, &to, &told)))
    }

    fn replace<'a>(&'a self, folder: &'a Path, told: Told) -> BoxFuture<'a, Result<()>> {
        let (to, from) = (self.folder.clone(), folder.to_owned());
        Box::pin(blocking(move || replace::replace(&from, &to, &told)))
    }
}

impl SqliteMaintenance {
    /// Opens a database for reading, if it is there.
    fn opened(
        &self,
        source: Source<'_>,
        database: Database,
    ) -> impl FnOnce() -> Result<Option<Connection>> + Send + use<> {
        let database_file = self.file(database);
        let copy = match source {
            Source::Databases => None,
            Source::Copy(folder) => Some(file(folder, database)),
        };
        move || match copy {
            Some(path) if path.exists() => immutable(&path).map(Some),
            Some(_) => Ok(None),
            None => database_file()?.map(|path| looking(&path)).transpose(),
        }
    }
}

pub(crate) fn file(folder: &Path, database: Database) -> PathBuf {
    folder.join(format!("{}.db", database.name()))
}

/// A connection that only looks.
fn looking(path: &Path) -> Result<Connection> {
    let connection = working(path)?;
    connection.pragma_update(None, "query_only", true).map_err(failed("file is not usable"))?;
    Ok(connection)
}

/// A connection that also writes, to a file that is there.
fn working(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed("file cannot be opened"))?;
    schema::configure(&connection).map_err(failed("file is not usable"))?;
    connection.busy_handler(Some(wait)).map_err(failed("file is not usable"))?;
    // Copied into the file bit by bit, so that no commit of others has to carry it all.
    connection.pragma_update(None, "wal_autocheckpoint", 1_000).map_err(failed("file is not usable"))?;
    Ok(connection)
}

/// Waits for those who write. SQLite's own waits grow to 100 ms, and who commits without a break would let nobody in.
fn wait(times: i32) -> bool {
    std::thread::sleep(std::time::Duration::from_millis(1));
    times < 20_000
}

/// A connection to a file that nobody writes, and that nothing is made beside.
fn immutable(path: &Path) -> Result<Connection> {
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags).map_err(failed("file cannot be opened"))
}

fn read(connection: &Connection, collection: Collection, after: &str, limit: usize) -> rusqlite::Result<Vec<Stored>> {
    let name = collection.name();
    if !connection.prepare_cached("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?1")?.exists([name])? {
        return Ok(Vec::new());
    }
    let text = format!("SELECT id,revision,version,data FROM {name} WHERE id>?1 ORDER BY id LIMIT ?2");
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map(rusqlite::params![after, limit.cast_signed()], |row| {
        Ok(Stored {
            key: Key::new(collection, row.get::<_, String>(0)?),
            revision: row.get::<_, i64>(1)?.unsigned_abs(),
            version: row.get(2)?,
            data: row.get(3)?,
        })
    })?;
    rows.collect()
}
