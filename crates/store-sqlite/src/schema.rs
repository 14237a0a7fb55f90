pub(crate) mod objects;

use model::{Collection, Database};
use rusqlite::Connection;
pub(crate) use store::sql::declared;

use objects::Present;

/// The most pages of the write-ahead log before SQLite copies them into the file: large, because a checkpoint in the
/// middle of a burst halves the write speed.
const CHECKPOINT_PAGES: u32 = 50_000;

/// The layout of the file that this program writes, in the file's own `user_version`. 1: the feed tells what a document
/// was before a change.
pub(crate) const LAYOUT: i64 = 1;

/// Sets up a connection. Durability does not depend on who opens the file: every connection syncs fully.
pub(crate) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(20))?;
    connection.set_prepared_statement_cache_capacity(512);
    connection.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY;
         PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}; PRAGMA cache_size=-32768; PRAGMA mmap_size=268435456;"
    ))
}

/// Creates what is missing: a table a collection, what stands for each declared index, the feed and the revision
/// counter.
pub(crate) fn migrate(connection: &Connection, database: Database) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let made = make(connection, database);
    connection.execute_batch(if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    made
}

fn make(connection: &Connection, database: Database) -> rusqlite::Result<()> {
    let layout: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if layout > LAYOUT {
        let why = format!("the file has layout {layout}, newer than the {LAYOUT} known here: update this program");
        return Err(rusqlite::Error::ToSqlConversionFailure(why.into()));
    }
    let is_new = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))? == 0;
    if !is_new && layout == 0 {
        // Its entries do not say what was before: who listens begins anew.
        connection.execute_batch(
            "ALTER TABLE _clock ADD COLUMN trimmed INTEGER NOT NULL DEFAULT 0;
             ALTER TABLE _feed ADD COLUMN was TEXT;
             UPDATE _clock SET trimmed=coalesce((SELECT max(sequence) FROM _feed),0);
             DELETE FROM _feed;",
        )?;
    }
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS _clock(
           one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, trimmed INTEGER NOT NULL DEFAULT 0);
         INSERT OR IGNORE INTO _clock(one, revision) VALUES (1, 0);
         CREATE TABLE IF NOT EXISTS _feed(
           sequence INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, id TEXT NOT NULL,
           revision INTEGER NOT NULL, deleted INTEGER NOT NULL, was TEXT);",
    )?;
    for collection in of(database) {
        connection.execute_batch(&table(collection, collection.name()))?;
        let present = Present::read(connection)?;
        for index in declared(collection) {
            objects::make(connection, &present, collection, &index)?;
        }
    }
    if layout != LAYOUT {
        connection.execute_batch(&format!("PRAGMA user_version={LAYOUT}"))?;
    }
    // Nothing else was written to a file that is as it should be: it can be opened on a full disk.
    Ok(())
}

/// The collections of a database.
pub(crate) fn of(database: Database) -> impl Iterator<Item = Collection> {
    Collection::ALL.into_iter().filter(move |collection| collection.database() == database)
}

/// The table of a collection's documents, under any name.
pub(crate) fn table(collection: Collection, name: &str) -> String {
    // The parent is what stands before the last slash of the id.
    let parent = match collection.parent() {
        Some(_) => {
            ", parent TEXT GENERATED ALWAYS AS (substr(id, 1, length(rtrim(id, replace(id, '/', ''))) - 1)) VIRTUAL"
        }
        None => "",
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {name}(
           id TEXT PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL{parent});"
    )
}
