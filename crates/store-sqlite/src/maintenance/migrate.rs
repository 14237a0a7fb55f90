use std::path::Path;

use model::{Collection, Database};
use rusqlite::Connection;
use store::Result;
use store::maintenance::{Difference, DifferenceKind, Told};
use store::sql::index_name;

use super::{clear, file, finish, rebuild, working};
use crate::backend::failed;
use crate::schema;
use crate::schema::objects::{self, Present, Side};

/// Documents from which on a missing index is made in steps, beside the others, instead of at once.
pub(super) const LARGE: i64 = 20_000;

pub(super) fn absent(database: Database) -> Vec<Difference> {
    vec![Difference { database, name: "*".to_owned(), kind: DifferenceKind::NoDatabase }]
}

pub(super) fn differences(connection: &Connection, database: Database) -> rusqlite::Result<Vec<Difference>> {
    let present = Present::read(connection)?;
    let layout: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut found = Vec::new();
    let mut differs = |name: String, kind| found.push(Difference { database, name, kind });
    if layout < schema::LAYOUT || !present.has_table("_clock") || !present.has_table("_feed") {
        differs(format!("layout {layout}"), DifferenceKind::OldLayout);
    }
    for collection in schema::of(database) {
        if !present.has_table(collection.name()) {
            differs(collection.name().to_owned(), DifferenceKind::MissingTable);
            continue;
        }
        for index in schema::declared(collection) {
            if let Some(kind) = missing(&present, collection, &index) {
                differs(index_name(collection, &index), kind);
            }
        }
    }
    for (_, name) in undeclared(&present, database) {
        differs(name, DifferenceKind::UndeclaredIndex);
    }
    for name in present.tables.iter().filter(|name| clear::is_leftover(name)) {
        differs(name.clone(), DifferenceKind::Leftover);
    }
    for name in present.tables.iter().filter(|name| is_foreign(name, database)) {
        differs(name.clone(), DifferenceKind::UndeclaredTable);
    }
    Ok(found)
}

fn missing(present: &Present, collection: Collection, index: &model::Index) -> Option<DifferenceKind> {
    let label = index_name(collection, index);
    let Some(side) = Side::of(collection, index) else {
        let is_there = present.index(collection.name(), &objects::columns(index)).is_some();
        return (!is_there).then_some(DifferenceKind::MissingIndex);
    };
    let is_there = |(_, columns): &(&str, String)| present.index(&label, columns).is_some();
    if !present.has_table(&label) || !side.indexes().iter().all(is_there) {
        return Some(DifferenceKind::MissingIndex);
    }
    (!present.keeps(&side, &label, collection.name())).then_some(DifferenceKind::OutdatedIndex)
}

/// Indexes, and tables that stand for one, on collections of today that nobody declares: table and name.
pub(super) fn undeclared(present: &Present, database: Database) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for collection in schema::of(database) {
        let table = collection.name();
        let declared = schema::declared(collection);
        let sides: Vec<Side> = declared.iter().filter_map(|index| Side::of(collection, index)).collect();
        let plain: Vec<String> =
            declared.iter().filter(|index| Side::of(collection, index).is_none()).map(objects::columns).collect();
        for (name, on, columns) in &present.indexes {
            let of_side = sides.iter().find(|side| side.name() == *on);
            let is_declared = match of_side {
                Some(side) => side.indexes().iter().any(|(_, declared)| declared == columns),
                None => plain.contains(columns),
            };
            if (on == table || of_side.is_some()) && !is_declared {
                found.push((table.to_owned(), name.clone()));
            }
        }
        for name in &present.tables {
            if name.strip_prefix(table).is_some_and(|rest| rest.starts_with("__"))
                && !sides.iter().any(|side| side.name() == *name)
            {
                found.push((table.to_owned(), name.clone()));
            }
        }
    }
    found
}

/// Whether a table is of no collection that is known here.
fn is_foreign(name: &str, database: Database) -> bool {
    let of_known = |collection: Collection| {
        name.strip_prefix(collection.name()).is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
    };
    !clear::is_leftover(name) && !["_clock", "_feed"].contains(&name) && !schema::of(database).any(of_known)
}

pub(super) fn migrate(folder: &Path, database: Database, prune: bool, told: &Told) -> Result<Vec<Difference>> {
    std::fs::create_dir_all(folder).map_err(failed("folder cannot be made"))?;
    let _alone = clear::alone(folder)?;
    finish(folder)?;
    let path = file(folder, database);
    if !path.exists() {
        drop(Connection::open(&path).map_err(failed("file cannot be opened"))?);
        let connection = working(&path)?;
        schema::migrate(&connection, database).map_err(failed("tables cannot be made"))?;
        return Ok(absent(database));
    }
    let connection = working(&path)?;
    settle(&connection, database, prune, told).map_err(failed("could not be migrated"))
}

fn settle(connection: &Connection, database: Database, prune: bool, told: &Told) -> rusqlite::Result<Vec<Difference>> {
    let before = differences(connection, database)?;
    clear::leftovers(connection, told)?;
    let present = Present::read(connection)?;
    for collection in schema::of(database).filter(|collection| present.has_table(collection.name())) {
        let lacks = schema::declared(collection).iter().any(|index| missing(&present, collection, index).is_some());
        if lacks && is_large(connection, collection)? {
            rebuild::rebuild(connection, collection, told)?;
        }
    }
    schema::migrate(connection, database)?;
    if prune {
        let present = Present::read(connection)?;
        for (_, name) in undeclared(&present, database) {
            let triggers = ["insert", "update", "delete"].map(|deed| format!("DROP TRIGGER IF EXISTS {name}__{deed};"));
            let kind = if present.has_table(&name) { "TABLE" } else { "INDEX" };
            // An index goes with its table.
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {} DROP {kind} IF EXISTS {name}; COMMIT",
                triggers.concat()
            ))?;
        }
    }
    let after = differences(connection, database)?;
    Ok(before.into_iter().filter(|difference| !after.contains(difference)).collect())
}

fn is_large(connection: &Connection, collection: Collection) -> rusqlite::Result<bool> {
    let text = format!("SELECT 1 FROM {} LIMIT 1 OFFSET {LARGE}", collection.name());
    connection.prepare(&text)?.exists([])
}
