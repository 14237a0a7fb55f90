use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use model::{Collection, Database};
use rusqlite::Connection;
use store::{Key, Recorded, Result};
use tokio::sync::watch;

use crate::read::Readers;

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
            self.ahead = crate::backend::blocking(move || readers.with(|c| read(c, database, after))).await?;
            if self.ahead.is_empty() {
                // Woken by this process's own commits at once, by those of others within the poll.
                let _ = tokio::time::timeout(POLL, self.committed.changed()).await;
            }
        }
    }
}

fn read(connection: &Connection, database: Database, after: u64) -> rusqlite::Result<VecDeque<Recorded>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence,collection,id,revision,deleted FROM _feed WHERE sequence>?1 ORDER BY sequence LIMIT ?2",
    )?;
    let mut rows = statement.query(rusqlite::params![after.cast_signed(), PAGE.cast_signed()])?;
    let mut page = VecDeque::new();
    while let Some(row) = rows.next()? {
        // A collection that this program no longer knows is not for this reader.
        let Some(collection) = Collection::named(database, &row.get::<_, String>(1)?) else { continue };
        page.push_back(Recorded {
            sequence: row.get::<_, i64>(0)?.unsigned_abs(),
            key: Key::new(collection, row.get::<_, String>(2)?),
            revision: row.get::<_, i64>(3)?.unsigned_abs(),
            deleted: row.get(4)?,
        });
    }
    Ok(page)
}
