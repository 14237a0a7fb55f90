use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use model::{Collection, Database};
use rusqlite::Connection;
use store::{Key, Now, Recorded, Result, StoreError};
use tokio::sync::watch;

use crate::read::{self, Readers};

const PAGE: usize = 500;
/// How often the file is looked at for what other processes wrote.
const POLL: Duration = Duration::from_millis(200);

/// A position in the feed with what was read ahead of it.
pub(crate) struct Tail {
    pub(crate) readers: Arc<Readers>,
    pub(crate) committed: watch::Receiver<u64>,
    pub(crate) database: Database,
    pub(crate) after: u64,
    pub(crate) ahead: VecDeque<Recorded>,
}

/// What one look at the feed found.
struct Look {
    /// The last sequence that was trimmed away.
    trimmed: u64,
    /// The last sequence that was looked at.
    until: u64,
    entries: VecDeque<Recorded>,
}

impl Tail {
    /// The next change; waits for it.
    pub(crate) async fn next(&mut self) -> Result<Recorded> {
        loop {
            if let Some(recorded) = self.ahead.pop_front() {
                self.after = recorded.sequence;
                return Ok(recorded);
            }
            self.committed.mark_unchanged();
            let (readers, database, after) = (Arc::clone(&self.readers), self.database, self.after);
            let look = crate::backend::blocking(move || readers.with(|c| look(c, database, after))).await?;
            if look.trimmed > after {
                return Err(StoreError::FeedTrimmed { after, first: look.trimmed + 1 });
            }
            self.ahead = look.entries;
            if self.ahead.is_empty() && look.until > after {
                self.after = look.until;
            } else if self.ahead.is_empty() {
                // Woken by this process's own commits at once, by those of others within the poll.
                let _ = tokio::time::timeout(POLL, self.committed.changed()).await;
            }
        }
    }
}

/// A page of the feed with the documents that it tells of, all of one moment.
fn look(connection: &Connection, database: Database, after: u64) -> rusqlite::Result<Look> {
    let transaction = connection.unchecked_transaction()?;
    let trimmed: i64 = transaction.prepare_cached("SELECT trimmed FROM _clock")?.query_row([], |row| row.get(0))?;
    let mut entries = VecDeque::<Recorded>::new();
    let mut until = after;
    {
        let mut statement = transaction.prepare_cached(
            "SELECT sequence,collection,id,revision,deleted,was FROM _feed WHERE sequence>?1
             ORDER BY sequence LIMIT ?2",
        )?;
        // One more than the page has tells whether the page's last entry is the last of its commit.
        let mut rows = statement.query(rusqlite::params![after.cast_signed(), PAGE.cast_signed() + 1])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let revision = row.get::<_, i64>(3)?.unsigned_abs();
            if let Some(before) = entries.back_mut() {
                before.last = before.revision != revision;
            }
            read += 1;
            if read > PAGE {
                break;
            }
            until = row.get::<_, i64>(0)?.unsigned_abs();
            // A collection that this program no longer knows is not for this reader.
            let Some(collection) = Collection::named(database, &row.get::<_, String>(1)?) else { continue };
            let key = Key::new(collection, row.get::<_, String>(2)?);
            let now = if row.get(4)? { Now::Deleted } else { now(&transaction, &key, revision)? };
            // The snapshot ends with a commit, unless a next row says otherwise.
            entries.push_back(Recorded { sequence: until, key, revision, last: true, was: row.get(5)?, now });
        }
    }
    transaction.finish()?;
    Ok(Look { trimmed: trimmed.unsigned_abs(), until, entries })
}

fn now(connection: &Connection, key: &Key, revision: u64) -> rusqlite::Result<Now> {
    let found = read::document(connection, key)?.filter(|found| found.revision == revision);
    Ok(found.map_or(Now::Superseded, Now::Document))
}
