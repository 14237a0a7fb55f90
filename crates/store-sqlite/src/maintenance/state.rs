use std::collections::BTreeMap;
use std::path::Path;

use model::{Collection, Database};
use rusqlite::{Connection, OptionalExtension};
use store::Result;
use store::maintenance::{Feed, IndexState, Presence, State, TaskCounts};
use store::sql::index_name;

use super::clear;
use crate::backend::failed;
use crate::schema;
use crate::schema::objects::{self, Present, Side};

/// What a file holds, all of one moment.
pub(super) fn state(connection: &Connection, path: &Path, database: Database) -> Result<State> {
    let bytes = ["", "-wal"].iter().filter_map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        Some(std::fs::metadata(name).ok()?.len())
    });
    let mut state = of(connection, database).map_err(failed("could not be read"))?;
    state.bytes = bytes.sum();
    Ok(state)
}

fn of(connection: &Connection, database: Database) -> rusqlite::Result<State> {
    let transaction = connection.unchecked_transaction()?;
    let present = Present::read(&transaction)?;
    let layout: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut documents = BTreeMap::new();
    for collection in schema::of(database).filter(|collection| present.has_table(collection.name())) {
        let text = format!("SELECT count(*) FROM {}", collection.name());
        let count: i64 = transaction.query_row(&text, [], |row| row.get(0))?;
        documents.insert(collection.name().to_owned(), count.unsigned_abs());
    }
    let (mut revision, mut feed, mut tasks) = (0, Feed::default(), TaskCounts::default());
    if present.has_table("_clock") {
        revision = transaction.query_row("SELECT revision FROM _clock", [], |row| row.get::<_, i64>(0))?.unsigned_abs();
        feed = self::feed(&transaction)?;
    }
    if present.has_table(Collection::Tasks(database).name()) {
        tasks = self::tasks(&transaction)?;
    }
    let indexes = indexes(&present, database);
    transaction.finish()?;
    Ok(State { database: database.name().to_owned(), layout, bytes: 0, revision, documents, tasks, feed, indexes })
}

fn feed(connection: &Connection) -> rusqlite::Result<Feed> {
    let last: Option<i64> =
        connection.query_row("SELECT seq FROM sqlite_sequence WHERE name='_feed'", [], |row| row.get(0)).optional()?;
    connection.query_row("SELECT count(*),min(sequence) FROM _feed", [], |row| {
        Ok(Feed {
            entries: row.get::<_, i64>(0)?.unsigned_abs(),
            first: row.get::<_, Option<i64>>(1)?.map(i64::unsigned_abs),
            last: last.unwrap_or_default().unsigned_abs(),
        })
    })
}

fn tasks(connection: &Connection) -> rusqlite::Result<TaskCounts> {
    connection.query_row(
        "SELECT count(*) FILTER (WHERE worker=''), count(*) FILTER (WHERE worker<>''), min(due) FILTER (WHERE worker='')
         FROM (SELECT coalesce(json_extract(data,'$.worker'),'') AS worker, json_extract(data,'$.due_at') AS due
               FROM tasks)",
        [],
        |row| {
            Ok(TaskCounts {
                waiting: row.get::<_, i64>(0)?.unsigned_abs(),
                leased: row.get::<_, i64>(1)?.unsigned_abs(),
                oldest_due: row.get(2)?,
            })
        },
    )
}

fn indexes(present: &Present, database: Database) -> Vec<IndexState> {
    let mut states = Vec::new();
    for collection in schema::of(database) {
        let building = present.has_table(&clear::shadow(collection.name()));
        for index in schema::declared(collection) {
            let is_there = match Side::of(collection, &index) {
                None => present.index(collection.name(), &objects::columns(&index)).is_some(),
                Some(side) => {
                    let name = side.name();
                    present.has_table(&name)
                        && present.keeps(&side, &name, collection.name())
                        && side.indexes().iter().all(|(_, columns)| present.index(&name, columns).is_some())
                }
            };
            let state = match (is_there, building) {
                (_, true) => Presence::Building,
                (true, false) => Presence::Present,
                (false, false) => Presence::Missing,
            };
            states.push(IndexState {
                collection: collection.name().to_owned(),
                index: index_name(collection, &index),
                state,
            });
        }
    }
    for (table, name) in super::migrate::undeclared(present, database) {
        states.push(IndexState { collection: table, index: name, state: Presence::Undeclared });
    }
    states
}
