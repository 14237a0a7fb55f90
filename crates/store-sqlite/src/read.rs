use std::sync::{Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::{Number, Value};
use store::sql::Statement;
use store::{Key, Measured, Page, Plan, Query, Result, Stored};

use crate::backend::failed;
use crate::sql;

/// Connections that only read. Grows to the number of readers at once.
pub(crate) struct Readers {
    path: std::path::PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: std::path::PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    /// Runs `read` on a connection of its own. A connection is kept only when the read succeeded.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open(&self.path).map_err(failed("cannot be opened for reading"))?,
        };
        let result = read(&connection).map_err(failed("could not be read"))?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(result)
    }
}

fn open(path: &std::path::Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    crate::schema::configure(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// All in one read transaction, so that the documents are of one moment.
pub(crate) fn get(connection: &Connection, keys: &[Key]) -> rusqlite::Result<Vec<Option<Stored>>> {
    if let [key] = keys {
        return Ok(vec![document(connection, key)?]);
    }
    let transaction = connection.unchecked_transaction()?;
    let found = keys.iter().map(|key| document(&transaction, key)).collect::<rusqlite::Result<_>>()?;
    transaction.finish()?;
    Ok(found)
}

pub(crate) fn document(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Stored>> {
    let text = format!("SELECT id,revision,version,data FROM {} WHERE id=?1", key.collection.name());
    connection.prepare_cached(&text)?.query_row([&key.id], |row| stored(row, key.collection)).optional()
}

pub(crate) fn list(connection: &Connection, query: &Query, plan: &Plan, select: &Statement) -> rusqlite::Result<Page> {
    let transaction = connection.unchecked_transaction()?;
    let position = position(&transaction)?;
    let documents = rows(&transaction, query, select)?;
    transaction.finish()?;
    Ok(Page { position, ..plan.page(query, documents) })
}

/// The rows of a query, one more than the page has if there are more, in the order of the statement.
pub(crate) fn rows(connection: &Connection, query: &Query, select: &Statement) -> rusqlite::Result<Vec<Stored>> {
    let mut statement = connection.prepare_cached(&select.text)?;
    let parameters = rusqlite::params_from_iter(sql::parameters(&select.parameters));
    statement.query_map(parameters, |row| stored(row, query.collection))?.collect()
}

pub(crate) fn measure(connection: &Connection, sums: usize, measure: &Statement) -> rusqlite::Result<Measured> {
    match measured(connection, sums, &measure.text, measure) {
        // A sum of integers that leaves their range: it goes on as a real.
        Err(rusqlite::Error::SqliteFailure(_, Some(why))) if why == "integer overflow" => {
            measured(connection, sums, &measure.text.replace("sum(", "total("), measure)
        }
        result => result,
    }
}

fn measured(connection: &Connection, sums: usize, text: &str, measure: &Statement) -> rusqlite::Result<Measured> {
    let mut statement = connection.prepare_cached(text)?;
    statement.query_row(rusqlite::params_from_iter(sql::parameters(&measure.parameters)), |row| {
        let count: i64 = row.get(0)?;
        let sums = (1..=sums).map(|n| Ok(number(row.get_ref(n)?))).collect::<rusqlite::Result<_>>()?;
        Ok(Measured { count: count.unsigned_abs(), sums })
    })
}

/// The feed's last sequence.
pub(crate) fn position(connection: &Connection) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name='_feed'")?;
    let last: Option<i64> = statement.query_row([], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or_default().unsigned_abs())
}

fn stored(row: &Row<'_>, collection: model::Collection) -> rusqlite::Result<Stored> {
    Ok(Stored {
        key: Key::new(collection, row.get::<_, String>(0)?),
        revision: row.get::<_, i64>(1)?.unsigned_abs(),
        version: row.get(2)?,
        data: row.get(3)?,
    })
}

fn number(value: ValueRef<'_>) -> Number {
    match value {
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(real) => Value::from(real).as_number().cloned().unwrap_or_else(|| 0.into()),
        _ => 0.into(),
    }
}
