use model::{Collection, Database, Index};
use rusqlite::Connection;

/// The most pages of the write-ahead log before SQLite copies them into the file: large, because a checkpoint in the
/// middle of a burst halves the write speed.
const CHECKPOINT_PAGES: u32 = 50_000;

/// Sets up a connection. Durability does not depend on who opens the file: every connection syncs fully.
pub(crate) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(20))?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY;
         PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}; PRAGMA cache_size=-32768; PRAGMA mmap_size=268435456;"
    ))
}

/// Creates what is missing: a table a collection, an index for each declared one, the feed and the revision counter.
pub(crate) fn migrate(connection: &Connection, database: Database) -> rusqlite::Result<()> {
    let mut sql = String::from(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS _clock(one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL);
         INSERT OR IGNORE INTO _clock VALUES (1, 0);
         CREATE TABLE IF NOT EXISTS _feed(
           sequence INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, id TEXT NOT NULL,
           revision INTEGER NOT NULL, deleted INTEGER NOT NULL);",
    );
    for collection in Collection::ALL.into_iter().filter(|collection| collection.database() == database) {
        let table = collection.name();
        sql.push_str(&format!(
            "CREATE TABLE IF NOT EXISTS {table}(
               id TEXT PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL);"
        ));
        for index in collection.indexes() {
            let expressions: Vec<String> = index.0.iter().map(|field| expression(field)).collect();
            sql.push_str(&format!(
                "CREATE INDEX IF NOT EXISTS {} ON {table}({}, id);",
                index_name(table, index),
                expressions.join(", ")
            ));
        }
    }
    sql.push_str("COMMIT;");
    connection.execute_batch(&sql)
}

fn index_name(table: &str, index: &Index) -> String {
    format!("{table}__{}", index.0.join("__"))
}

/// The SQL that reads a top-level field. An index and the queries on it must spell it alike. Field names are constants
/// of `model`, never input.
pub(crate) fn expression(field: &str) -> String {
    format!("json_extract(data,'$.{field}')")
}
