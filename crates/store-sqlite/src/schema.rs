use model::{Collection, Database, Field, Index, Kind, PARENT};
use rusqlite::Connection;
use store::sql::{elements_of, index_name};

use crate::sql::field;

/// The most pages of the write-ahead log before SQLite copies them into the file: large, because a checkpoint in the
/// middle of a burst halves the write speed.
const CHECKPOINT_PAGES: u32 = 50_000;

/// The layout of the file that this program writes, in the file's own `user_version`. 1: the feed tells what a document
/// was before a change.
const LAYOUT: i64 = 1;

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
    for collection in Collection::ALL.into_iter().filter(|collection| collection.database() == database) {
        connection.execute_batch(&table(collection))?;
        for index in declared(collection) {
            match elements_of(&index) {
                Some(elements) => side_table(connection, collection, &index, elements)?,
                None => connection.execute_batch(&plain_index(collection, &index))?,
            }
        }
    }
    if layout != LAYOUT {
        connection.execute_batch(&format!("PRAGMA user_version={LAYOUT}"))?;
    }
    // Nothing else was written to a file that is as it should be: it can be opened on a full disk.
    Ok(())
}

/// The declared indexes, and of a subcollection the one of its parents.
pub(crate) fn declared(collection: Collection) -> Vec<Index> {
    let of_parents = collection.parent().map(|_| Index(&[PARENT]));
    collection.indexes().iter().copied().chain(of_parents).collect()
}

fn table(collection: Collection) -> String {
    // The parent is what stands before the last slash of the id.
    let parent = match collection.parent() {
        Some(_) => {
            ", parent TEXT GENERATED ALWAYS AS (substr(id, 1, length(rtrim(id, replace(id, '/', ''))) - 1)) VIRTUAL"
        }
        None => "",
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {}(
           id TEXT PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL{parent});",
        collection.name()
    )
}

fn plain_index(collection: Collection, index: &Index) -> String {
    let column = |field: &Field| {
        let value = if *field == PARENT { "parent".to_owned() } else { self::field(field) };
        if field.descending { format!("{value} DESC") } else { value }
    };
    let mut columns: Vec<String> = index.0.iter().map(column).collect();
    columns.push(id_column(index).to_owned());
    let (name, table) = (index_name(collection, index), collection.name());
    format!("CREATE INDEX IF NOT EXISTS {name} ON {table}({});", columns.join(", "))
}

/// The id runs in the direction of the last field.
fn id_column(index: &Index) -> &'static str {
    if index.0.last().is_some_and(|field| field.descending) { "id DESC" } else { "id" }
}

/// An index on the elements of an array is a table of its own, one row an element, that triggers keep.
fn side_table(
    connection: &Connection,
    collection: Collection,
    index: &Index,
    elements: &Field,
) -> rusqlite::Result<()> {
    let (name, table) = (index_name(collection, index), collection.name());
    let known = "SELECT count(*) FROM sqlite_master WHERE type='table' AND name=?1";
    if connection.query_row(known, [&name], |row| row.get::<_, i64>(0))? > 0 {
        return Ok(());
    }
    let columns: Vec<&str> = index.0.iter().map(|field| field.name).collect();
    let columns = columns.join(",");
    let values = |data: &str| {
        let value = |field: &Field| match field.kind {
            Kind::Elements => "e.value".to_owned(),
            _ => self::field(field).replace("data", data),
        };
        index.0.iter().map(value).collect::<Vec<_>>().join(",")
    };
    let rows = |data: &str, id: &str, from: &str| {
        let array = format!("json_each({data},'$.{}') e", elements.name);
        let is_array = format!("json_type({data},'$.{}')='array' AND e.type='text'", elements.name);
        format!(
            "INSERT INTO {name}({columns},id) SELECT DISTINCT {},{id} FROM {from}{array} WHERE {is_array};",
            values(data)
        )
    };
    let (of_new, of_all) = (rows("new.data", "new.id", ""), rows("d.data", "d.id", &format!("{table} d, ")));
    let index_columns: Vec<String> = index
        .0
        .iter()
        .map(|field| if field.descending { format!("{} DESC", field.name) } else { field.name.to_owned() })
        .collect();
    connection.execute_batch(&format!(
        "CREATE TABLE {name}({columns}, id TEXT NOT NULL);
         CREATE INDEX {name}__found ON {name}({}, {});
         CREATE INDEX {name}__id ON {name}(id);
         {of_all}
         CREATE TRIGGER {name}__insert AFTER INSERT ON {table} BEGIN {of_new} END;
         CREATE TRIGGER {name}__update AFTER UPDATE OF data ON {table} BEGIN
           DELETE FROM {name} WHERE id=old.id; {of_new} END;
         CREATE TRIGGER {name}__delete AFTER DELETE ON {table} BEGIN DELETE FROM {name} WHERE id=old.id; END;",
        index_columns.join(", "),
        id_column(index),
    ))
}
