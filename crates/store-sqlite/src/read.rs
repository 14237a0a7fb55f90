use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, types::ValueRef};
use serde_json::Value;
use store::{Cursor, Key, Page, Query, Result, Stored};

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
    let transaction = connection.unchecked_transaction()?;
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let mut statement = transaction.prepare_cached(&sql::get(key.collection))?;
        found.push(statement.query_row([&key.id], |row| stored(row, key.collection)).optional()?);
    }
    transaction.finish()?;
    Ok(found)
}

pub(crate) fn list(connection: &Connection, query: &Query) -> rusqlite::Result<Page> {
    let (text, parameters) = sql::select(query);
    let mut statement = connection.prepare_cached(&text)?;
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    let mut page = Page::default();
    let mut last = Value::Null;
    while let Some(row) = rows.next()? {
        if page.documents.len() == query.limit {
            let id = page.documents.last().map(|stored| stored.key.id.clone()).unwrap_or_default();
            page.next = Some(Cursor { value: last, id });
            break;
        }
        page.documents.push(stored(row, query.collection)?);
        last = json_value(row.get_ref(4)?);
    }
    Ok(page)
}

fn stored(row: &Row<'_>, collection: model::Collection) -> rusqlite::Result<Stored> {
    Ok(Stored {
        key: Key::new(collection, row.get::<_, String>(0)?),
        revision: row.get::<_, i64>(1)?.unsigned_abs(),
        version: row.get(2)?,
        data: row.get(3)?,
    })
}

fn json_value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(real) => real.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
    }
}
