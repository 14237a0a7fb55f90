//! The same work as the backend's by SQL written by hand for one collection: what `mystage bench store` compares the
//! backend with. Not for use.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// A file with one table of documents, its two indexes and a feed.
pub struct Raw {
    path: PathBuf,
}

/// A connection of its own, as every writer and reader has by hand.
pub struct RawConnection(Connection);

impl Raw {
    /// # Errors
    /// The file cannot be made.
    pub fn create(folder: &Path) -> rusqlite::Result<Self> {
        let raw = Self { path: folder.join("raw.db") };
        raw.connect()?.0.execute_batch(
            "CREATE TABLE documents(
               id TEXT PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL);
             CREATE INDEX by_venue ON documents(json_extract(data,'$.venue_id'), json_extract(data,'$.start'), id);
             CREATE INDEX by_start ON documents(json_extract(data,'$.start'), id);
             CREATE TABLE feed(sequence INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, id TEXT NOT NULL,
               revision INTEGER NOT NULL, deleted INTEGER NOT NULL, was TEXT);
             CREATE TABLE clock(revision INTEGER NOT NULL);
             INSERT INTO clock VALUES (0);",
        )?;
        Ok(raw)
    }

    /// # Errors
    /// The file cannot be opened.
    pub fn connect(&self) -> rusqlite::Result<RawConnection> {
        let connection = Connection::open(&self.path)?;
        crate::schema::configure(&connection)?;
        Ok(RawConnection(connection))
    }
}

impl RawConnection {
    /// Documents and what the feed says of them, in one durable transaction.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&mut self, documents: &[(String, String)]) -> rusqlite::Result<()> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let revision: i64 = transaction
                .prepare_cached("UPDATE clock SET revision=revision+1 RETURNING revision")?
                .query_row([], |row| row.get(0))?;
            let mut was = transaction.prepare_cached(
                "SELECT json_object('venue_id',data->'$.venue_id','start',data->'$.start') FROM documents WHERE id=?1",
            )?;
            let mut put = transaction.prepare_cached(
                "INSERT INTO documents(id,revision,version,data) VALUES (?1,?2,1,?3)
                 ON CONFLICT(id) DO UPDATE SET revision=?2, data=?3",
            )?;
            let mut tell = transaction.prepare_cached(
                "INSERT INTO feed(collection,id,revision,deleted,was) VALUES ('documents',?1,?2,0,?3)",
            )?;
            for (id, data) in documents {
                let was: Option<String> = was.query_row([id], |row| row.get(0)).optional()?;
                put.execute(params![id, revision, data])?;
                tell.execute(params![id, revision, was])?;
            }
        }
        transaction.commit()
    }

    /// # Errors
    /// The file cannot be read.
    pub fn get(&self, id: &str) -> rusqlite::Result<Option<String>> {
        self.0
            .prepare_cached("SELECT id,revision,version,data FROM documents WHERE id=?1")?
            .query_row([id], |row| row.get(3))
            .optional()
    }

    /// The first documents of a venue, by their start.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn list(&self, venue: &str, limit: usize) -> rusqlite::Result<Vec<String>> {
        self.0
            .prepare_cached(
                "SELECT id,revision,version,data FROM documents
                 WHERE json_extract(data,'$.venue_id')=?1 AND json_extract(data,'$.start') IS NOT NULL
                 ORDER BY json_extract(data,'$.start'), id LIMIT ?2",
            )?
            .query_map(params![venue, limit.cast_signed()], |row| row.get(3))?
            .collect()
    }
}
