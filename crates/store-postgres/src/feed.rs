use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use model::{Collection, Database};
use store::{Key, Now, Recorded, Result, StoreError, Stored};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_postgres::AsyncMessage;

use crate::jsonb::{escape_text, unescape_text};
use crate::link::{Fault, Link, Parameter, Patience, Session};
use crate::read;
use crate::sql::qualified;

const PAGE: usize = 500;
/// How often the table is looked at, in case a notification was lost.
const POLL: Duration = Duration::from_secs(1);
const RECONNECT: Duration = Duration::from_millis(500);

/// What a database's feed is known to have reached.
pub(crate) struct Feed {
    link: Arc<Link>,
    database: Database,
    /// The last sequence that somebody has told of.
    fed: watch::Sender<u64>,
    /// The task that listens for what other processes commit, once somebody follows the feed.
    listener: OnceLock<AbortHandle>,
}

impl Feed {
    pub(crate) fn new(link: Arc<Link>, database: Database, fed: watch::Sender<u64>) -> Self {
        Self { link, database, fed, listener: OnceLock::new() }
    }

    pub(crate) fn tail(&self, after: u64) -> Tail {
        self.listener.get_or_init(|| {
            let listening = listen(Arc::clone(&self.link), self.database, self.fed.clone());
            #[expect(clippy::disallowed_methods, reason = "the task that listens; it ends with the feed")]
            tokio::spawn(listening).abort_handle()
        });
        let (link, fed) = (Arc::clone(&self.link), self.fed.subscribe());
        Tail { link, database: self.database, fed, after, ahead: VecDeque::new(), ended: false }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

/// The channel on which commits of a database are told.
pub(crate) fn channel(database: Database) -> String {
    format!("mystage_{}", database.name())
}

/// A connection of its own that only listens, made again whenever it breaks.
async fn listen(link: Arc<Link>, database: Database, fed: watch::Sender<u64>) {
    loop {
        if let Err(error) = hear(&link, database, &fed).await {
            tracing::debug!(%error, database = database.name(), "notifications are interrupted");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn hear(link: &Link, database: Database, fed: &watch::Sender<u64>) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = link.address.connect().await?;
    let listen = format!("LISTEN {}", channel(database));
    let asked = client.batch_execute(&listen);
    let told = async {
        while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message?
                && let Ok(last) = notification.payload().parse::<u64>()
            {
                fed.send_if_modified(|fed| std::mem::replace(fed, last.max(*fed)) < last);
            }
        }
        Ok(())
    };
    futures::try_join!(asked, told).map(|_| ())
}

/// A position in the feed with what was read ahead of it.
pub(crate) struct Tail {
    link: Arc<Link>,
    database: Database,
    fed: watch::Receiver<u64>,
    after: u64,
    ahead: VecDeque<Recorded>,
    ended: bool,
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
    /// The next change; waits for it. Nothing after an error.
    pub(crate) async fn next(&mut self) -> Option<Result<Recorded>> {
        if self.ended {
            return None;
        }
        let mut patience = Patience::new();
        loop {
            if let Some(recorded) = self.ahead.pop_front() {
                self.after = recorded.sequence;
                return Some(Ok(recorded));
            }
            self.fed.mark_unchanged();
            match look(&self.link, self.database, self.after).await {
                Ok(look) if look.trimmed > self.after => {
                    self.ended = true;
                    return Some(Err(StoreError::FeedTrimmed { after: self.after, first: look.trimmed + 1 }));
                }
                Ok(look) if look.until > self.after => {
                    self.after = look.until;
                    self.ahead = look.entries;
                }
                // Woken by this process's commits and by notifications; both only hasten the next look.
                Ok(_) => drop(tokio::time::timeout(POLL, self.fed.changed()).await),
                // Whoever follows waits for as long as it takes.
                Err(Fault::Away(source)) => {
                    if patience.wait(Fault::Away(source)).await.is_err() {
                        tracing::warn!(database = self.database.name(), "the feed cannot be read");
                        patience = Patience::new();
                    }
                }
                Err(fault) => {
                    self.ended = true;
                    return Some(Err(fault.into()));
                }
            }
        }
    }
}

/// A row of the feed.
struct Row {
    sequence: u64,
    /// `None` if this program no longer knows the collection.
    key: Option<Key>,
    revision: u64,
    deleted: bool,
    was: Option<String>,
}

/// A page of the feed with the documents that it tells of, all of one moment.
async fn look(link: &Link, database: Database, after: u64) -> Result<Look, Fault> {
    let session = link.reader().await?;
    let clock = format!("SELECT trimmed FROM {}", qualified(database, "_clock"));
    // One more than the page has tells whether the page's last entry is the last of its commit.
    let feed = format!(
        "SELECT sequence,collection,id,revision,deleted,was FROM {} WHERE sequence > $1 ORDER BY sequence LIMIT {}",
        qualified(database, "_feed"),
        PAGE + 1
    );
    let answers = session
        .ask(&[
            session.request("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Vec::new()).await?,
            session.request(&clock, Vec::new()).await?,
            session.request(&feed, vec![Box::new(after.cast_signed())]).await?,
        ])
        .await?;
    let trimmed = answers[1].first().map(|row| row.try_get::<_, i64>(0)).transpose()?.unwrap_or_default();
    let rows = answers[2].iter().map(|row| row_of(database, row)).collect::<Result<Vec<Row>, Fault>>()?;
    let documents = documents(&session, rows.iter().take(PAGE)).await?;
    session.finish();
    Ok(page(trimmed.unsigned_abs(), after, rows, &documents))
}

fn row_of(database: Database, row: &tokio_postgres::Row) -> Result<Row, Fault> {
    let id = unescape_text(row.try_get(2)?);
    Ok(Row {
        sequence: row.try_get::<_, i64>(0)?.unsigned_abs(),
        key: Collection::named(database, row.try_get(1)?).map(|collection| Key::new(collection, id)),
        revision: row.try_get::<_, i64>(3)?.unsigned_abs(),
        deleted: row.try_get(4)?,
        was: row.try_get(5)?,
    })
}

/// The documents of the rows as they stand in this snapshot, which ends here.
async fn documents(session: &Session, rows: impl Iterator<Item = &Row>) -> Result<HashMap<Key, Stored>, Fault> {
    let mut wanted: BTreeMap<Collection, Vec<String>> = BTreeMap::new();
    for key in rows.filter(|row| !row.deleted).filter_map(|row| row.key.as_ref()) {
        wanted.entry(key.collection).or_default().push(escape_text(&key.id).into_owned());
    }
    let collections: Vec<Collection> = wanted.keys().copied().collect();
    let mut requests = Vec::with_capacity(wanted.len() + 1);
    for (collection, ids) in wanted {
        let ids: Vec<Parameter> = vec![Box::new(ids)];
        requests.push(session.request(&read::of_ids(collection, 0, 1), ids).await?);
    }
    requests.push(session.request("COMMIT", Vec::new()).await?);
    let answers = session.ask(&requests).await?;
    let mut documents = HashMap::new();
    for (collection, rows) in collections.into_iter().zip(&answers) {
        for row in rows {
            let stored = read::stored(row, 0, collection)?;
            documents.insert(stored.key.clone(), stored);
        }
    }
    Ok(documents)
}

fn page(trimmed: u64, after: u64, rows: Vec<Row>, documents: &HashMap<Key, Stored>) -> Look {
    let revisions: Vec<u64> = rows.iter().map(|row| row.revision).collect();
    let mut look = Look { trimmed, until: after, entries: VecDeque::with_capacity(rows.len()) };
    for (n, row) in rows.into_iter().take(PAGE).enumerate() {
        look.until = row.sequence;
        let Some(key) = row.key else { continue };
        let now = match documents.get(&key) {
            _ if row.deleted => Now::Deleted,
            Some(stored) if stored.revision == row.revision => Now::Document(stored.clone()),
            _ => Now::Superseded,
        };
        // The snapshot ends with a commit, unless a next row says otherwise.
        let last = revisions.get(n + 1) != Some(&row.revision);
        look.entries.push_back(Recorded {
            sequence: row.sequence,
            key,
            revision: row.revision,
            last,
            was: row.was,
            now,
        });
    }
    look
}

/// Forgets the feed up to a sequence.
pub(crate) async fn trim(link: &Link, database: Database, until: u64) -> Result<(), Fault> {
    let (clock, feed) = (qualified(database, "_clock"), qualified(database, "_feed"));
    let session = link.writer().await?;
    let note = format!("UPDATE {clock} SET trimmed = greatest(trimmed, least($1, sequence)) RETURNING trimmed");
    let rows = session.ask_one(&note, vec![Box::new(until.cast_signed())]).await?;
    let trimmed: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    // In steps, so that none lasts long.
    let delete = format!(
        "DELETE FROM {feed} WHERE sequence <= least($1, (SELECT min(sequence) + 9999 FROM {feed})) RETURNING 1"
    );
    while !session.ask_one(&delete, vec![Box::new(trimmed)]).await?.is_empty() {}
    session.finish();
    Ok(())
}
