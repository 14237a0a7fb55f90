use model::Time;
use rusqlite::{Connection, OptionalExtension, params};
use store::{Change, Commit, Fields, Key, Precondition, Query, Read, Result, StoreError, Stored, Write};

use crate::read;
use crate::sql::{DIALECT, indexed};

/// Why a job of a group is not done.
pub(crate) enum Refused {
    /// The database failed: nothing of the group can be relied on.
    Failed(rusqlite::Error),
    /// This job alone cannot be done.
    Because(StoreError),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Because(error)
    }
}

/// The writes of one commit, if what was read is still so.
pub(crate) fn commit(connection: &Connection, commit: &Commit, revision: u64, time: Time) -> Result<(), Refused> {
    for read in &commit.reads {
        check(connection, read)?;
    }
    for write in &commit.writes {
        let before = before(connection, write)?;
        if !write.precondition.holds(before.as_ref().map(|before| before.revision)) {
            return Err(StoreError::Conflict { key: write.key.clone() }.into());
        }
        if apply(connection, write, revision, time)? && write.key.collection.is_recorded() {
            record(
                connection,
                &write.key,
                revision,
                &write.change,
                before.as_ref().and_then(|before| before.indexed.as_deref()),
            )?;
        }
    }
    Ok(())
}

fn check(connection: &Connection, read: &Read) -> Result<(), Refused> {
    match read {
        Read::Document { key, revision } => {
            let text = format!("SELECT revision FROM {} WHERE id=?1", key.collection.name());
            let mut statement = connection.prepare_cached(&text)?;
            let current: Option<i64> = statement.query_row([&key.id], |row| row.get(0)).optional()?;
            if current.map(i64::unsigned_abs) != *revision {
                return Err(StoreError::Conflict { key: key.clone() }.into());
            }
        }
        Read::Listed { query, found } => {
            let rows = read::rows(connection, query, &store::sql::select(&DIALECT, query)?)?;
            let page = query.plan()?.page(query, rows);
            let now = page.documents.iter().map(|row| (row.key.id.as_str(), row.revision));
            if !now.eq(found.iter().map(|(id, revision)| (id.as_str(), *revision))) {
                return Err(StoreError::Outdated { collection: query.collection }.into());
            }
        }
    }
    Ok(())
}

/// A document before a write, as far as that matters.
struct Before {
    revision: u64,
    /// Its indexed fields, if the change is recorded.
    indexed: Option<String>,
}

fn before(connection: &Connection, write: &Write) -> rusqlite::Result<Option<Before>> {
    let collection = write.key.collection;
    let recorded = collection.is_recorded();
    if write.precondition == Precondition::Any && !recorded {
        return Ok(None);
    }
    let was = if recorded { indexed(collection) } else { "NULL".to_owned() };
    let text = format!("SELECT revision,{was} FROM {} WHERE id=?1", collection.name());
    connection
        .prepare_cached(&text)?
        .query_row([&write.key.id], |row| {
            Ok(Before { revision: row.get::<_, i64>(0)?.unsigned_abs(), indexed: row.get(1)? })
        })
        .optional()
}

fn record(
    connection: &Connection,
    key: &Key,
    revision: u64,
    change: &Change,
    was: Option<&str>,
) -> rusqlite::Result<()> {
    let deleted = matches!(change, Change::Delete);
    connection
        .prepare_cached("INSERT INTO _feed(collection,id,revision,deleted,was) VALUES (?1,?2,?3,?4,?5)")?
        .execute(params![key.collection.name(), key.id, revision.cast_signed(), deleted, was])?;
    Ok(())
}

/// Whether anything changed: deleting what is not there changes nothing.
fn apply(connection: &Connection, write: &Write, revision: u64, time: Time) -> Result<bool, Refused> {
    let key = &write.key;
    match &write.change {
        Change::Put { version, data } => put(connection, key, revision, *version, data)?,
        Change::Delete => {
            let text = format!("DELETE FROM {} WHERE id=?1", key.collection.name());
            return Ok(connection.prepare_cached(&text)?.execute([&key.id])? > 0);
        }
        Change::Update { version, fields } => {
            let before = read::document(connection, key)?;
            let (version, data) = fields.update(before.as_ref(), key, *version, time)?;
            put(connection, key, revision, version, &data)?;
        }
    }
    Ok(true)
}

fn put(connection: &Connection, key: &Key, revision: u64, version: u32, data: &str) -> rusqlite::Result<()> {
    let text = format!(
        "INSERT INTO {}(id,revision,version,data) VALUES (?1,?2,?3,?4)
         ON CONFLICT(id) DO UPDATE SET revision=?2, version=?3, data=?4",
        key.collection.name()
    );
    connection.prepare_cached(&text)?.execute(params![key.id, revision.cast_signed(), version, data])?;
    Ok(())
}

pub(crate) fn claim(
    connection: &Connection,
    query: &Query,
    fields: &Fields,
    revision: u64,
    time: Time,
) -> Result<Vec<Stored>, Refused> {
    let select = store::sql::select(&DIALECT, query)?;
    let rows = read::rows(connection, query, &select)?;
    let mut claimed = query.plan()?.page(query, rows).documents;
    for found in &mut claimed {
        let (version, data) = fields.update(Some(found), &found.key, found.version, time)?;
        put(connection, &found.key, revision, version, &data)?;
        *found = Stored { revision, version, data, key: found.key.clone() };
    }
    Ok(claimed)
}

pub(crate) fn trim(connection: &Connection, until: u64) -> Result<(), Refused> {
    let until = until.min(read::position(connection)?).cast_signed();
    connection.prepare_cached("DELETE FROM _feed WHERE sequence<=?1")?.execute([until])?;
    connection.prepare_cached("UPDATE _clock SET trimmed=max(trimmed,?1)")?.execute([until])?;
    Ok(())
}
