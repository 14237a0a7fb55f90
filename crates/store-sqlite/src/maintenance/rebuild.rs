//! Indexes are made anew without stopping writes: SQLite has no such thing, so the collection's table is filled a second
//! time, with all its indexes, in steps of a few milliseconds. Triggers repeat on it what is written meanwhile. At the
//! end the two change their names in one short transaction, and the old one is emptied in steps.
//!
//! Killed at any moment, the file is whole: it has the one table or the other under the collection's name, and what is
//! left over is found by its prefix.

use model::Collection;
use rusqlite::{Connection, OptionalExtension, params};
use store::maintenance::Told;
use store::sql::index_name;

use super::clear::{self, Pace, mirror, old, shadow};
use crate::schema;
use crate::schema::objects::{self, LAST, Present, Side};

/// Rows of a step at most, whatever the speed.
const ROWS_MAX: i64 = 2_000;

/// Returns how many indexes were made. The caller has cleared leftovers.
pub(super) fn rebuild(connection: &Connection, collection: Collection, told: &Told) -> rusqlite::Result<usize> {
    let indexes = schema::declared(collection).len();
    Pace::new(1).step(connection, |connection, _| begin(connection, collection))?;
    let all: i64 =
        connection.query_row(&format!("SELECT count(*) FROM {}", collection.name()), [], |row| row.get(0))?;
    let (mut pace, mut after, mut copied) = (Pace::new(ROWS_MAX), Some(String::new()), 0);
    while let Some(from) = after {
        let step = pace.step(connection, |connection, rows| {
            let (copied, next) = copy(connection, collection, &from, rows)?;
            if next.is_none() {
                swap(connection, collection)?;
            }
            Ok((copied, next))
        })?;
        copied += step.0;
        told(&format!("reindexing {collection}"), copied, Some(all.unsigned_abs()));
        after = step.1;
    }
    clear::leftovers(connection, told)?;
    Ok(indexes)
}

fn sides(collection: Collection) -> impl Iterator<Item = Side> {
    schema::declared(collection).into_iter().filter_map(move |index| Side::of(collection, &index))
}

/// The empty table with its indexes, and the triggers that repeat writes on it.
pub(super) fn begin(connection: &Connection, collection: Collection) -> rusqlite::Result<()> {
    let (table, shadowed) = (collection.name(), shadow(collection.name()));
    connection.execute_batch(&schema::table(collection, &shadowed))?;
    let present = Present::read(connection)?;
    for index in schema::declared(collection) {
        let label = index_name(collection, &index);
        let Some(side) = Side::of(collection, &index) else {
            let (name, columns) = (present.free(&label), objects::columns(&index));
            connection.execute_batch(&format!("CREATE INDEX {name} ON {shadowed}{columns}"))?;
            continue;
        };
        let beside = shadow(&label);
        connection.execute_batch(&side.create(&beside))?;
        for (ending, columns) in side.indexes() {
            let name = present.free(&format!("{label}{ending}"));
            connection.execute_batch(&format!("CREATE INDEX {name} ON {beside}{columns}"))?;
        }
        for (_, statement) in side.triggers(&beside, &shadowed) {
            connection.execute_batch(&statement)?;
        }
    }
    let put = format!(
        "INSERT INTO {shadowed}(id,revision,version,data) VALUES (new.id,new.revision,new.version,new.data)
         ON CONFLICT(id) DO UPDATE SET revision=excluded.revision, version=excluded.version, data=excluded.data;"
    );
    for (deed, when, repeated) in [
        ("insert", "INSERT", put.as_str()),
        ("update", "UPDATE", put.as_str()),
        ("delete", "DELETE", &format!("DELETE FROM {shadowed} WHERE id=old.id;")),
    ] {
        let name = mirror(table, deed);
        connection.execute_batch(&format!("CREATE TRIGGER {name} AFTER {when} ON {table} BEGIN {repeated} END"))?;
    }
    Ok(())
}

/// The next rows. Returns how many, and behind which id it goes on, if it does.
pub(super) fn copy(
    connection: &Connection,
    collection: Collection,
    from: &str,
    rows: i64,
) -> rusqlite::Result<(u64, Option<String>)> {
    let (table, shadowed) = (collection.name(), shadow(collection.name()));
    let last = format!("SELECT id FROM {table} WHERE id>?1 ORDER BY id LIMIT 1 OFFSET ?2");
    let until: Option<String> =
        connection.prepare_cached(&last)?.query_row(params![from, rows - 1], |row| row.get(0)).optional()?;
    // What the triggers have put there already is as new.
    let insert = format!(
        "INSERT OR IGNORE INTO {shadowed}(id,revision,version,data)
         SELECT id,revision,version,data FROM {table} WHERE id>?1 AND id<=coalesce(?2,{LAST}) ORDER BY id"
    );
    let copied = connection.prepare_cached(&insert)?.execute(params![from, until])?;
    Ok((copied as u64, until))
}

/// The shadow becomes the collection.
pub(super) fn swap(connection: &Connection, collection: Collection) -> rusqlite::Result<()> {
    let table = collection.name();
    let present = Present::read(connection)?;
    let mut statements = Vec::new();
    let drop = |name: &str| format!("DROP TRIGGER IF EXISTS {name}");
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    statements.extend(["insert", "update", "delete"].map(|deed| drop(&mirror(table, deed))));
    for side in sides(collection) {
        let name = side.name();
        let beside = shadow(&name);
        statements.extend(side.triggers(&name, table).iter().map(|(trigger, _)| drop(trigger)));
        statements.extend(side.triggers(&beside, table).iter().map(|(trigger, _)| drop(trigger)));
        if present.has_table(&name) {
            statements.push(rename(&name, &old(&name)));
        }
        statements.push(rename(&beside, &name));
    }
    statements.extend([rename(table, &old(table)), rename(&shadow(table), table)]);
    for side in sides(collection) {
        statements.extend(side.triggers(&side.name(), table).map(|(_, statement)| statement));
    }
    connection.execute_batch(&statements.join(";\n"))
}
