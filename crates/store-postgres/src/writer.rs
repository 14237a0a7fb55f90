use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{Collection, Database, Time};
use store::{Commit, Key, Read, Result, StoreError, Stored};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_postgres::Row;

use crate::group::{Decision, Entry, Needs, State, Written, may_follow, needs};
use crate::jsonb::{Document, Json, escape_text, unescape_text};
use crate::link::{Fault, Link, Parameter, Patience, Request, Session};
use crate::read;
use crate::sql::{self, qualified};

/// The most commits that share one flush, and the most bytes of documents.
const GROUP_MAX: usize = 512;
const GROUP_BYTES: usize = 8 << 20;
/// Commits that may wait before callers are held back.
const QUEUE_MAX: usize = 4096;

struct Waiting {
    commit: Commit,
    since: Instant,
    reply: oneshot::Sender<Result<u64>>,
}

/// The way to the one task of this process that writes to a database. It ends when the last `Writer` is dropped.
pub(crate) struct Writer {
    commits: mpsc::Sender<Waiting>,
}

impl Writer {
    /// `fed` is told the feed's last sequence after every commit.
    pub(crate) fn start(link: Arc<Link>, database: Database, fed: watch::Sender<u64>) -> Self {
        let (commits, waiting) = mpsc::channel(QUEUE_MAX);
        #[expect(clippy::disallowed_methods, reason = "the task that writes; it ends with its queue")]
        tokio::spawn(
            Groups { link, database, name: random_name(), mark: AtomicI64::new(0), fed, waiting, left: None }.run(),
        );
        Self { commits }
    }

    /// Durable when this returns.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<u64> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { commit, since: Instant::now(), reply };
        self.commits.send(waiting).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

struct Groups {
    link: Arc<Link>,
    database: Database,
    /// That of this writer in `_writers`, where the last group that it has committed leaves its mark.
    name: String,
    mark: AtomicI64,
    fed: watch::Sender<u64>,
    waiting: mpsc::Receiver<Waiting>,
    /// What did not fit into the last group.
    left: Option<Waiting>,
}

/// How a group failed.
enum Failed {
    /// Nothing of it is there.
    Before(Fault),
    /// It had been asked for, and there was no answer. If it was made, this is what it came to.
    Unknown(Fault, Committed),
}

/// What a group came to.
struct Committed {
    results: Vec<Result<u64>>,
    /// The feed's last sequence.
    last: u64,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Before(fault)
    }
}

impl Groups {
    async fn run(mut self) {
        while let Some(group) = self.gather().await {
            let since = group.iter().map(|one| one.since).min().unwrap_or_else(Instant::now);
            let (replies, commits): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.reply, one.commit)).unzip();
            let results = self.write(&commits, since).await;
            for (reply, result) in replies.into_iter().zip(results) {
                // A caller that no longer waits has given up on the answer, not on the commit.
                let _ = reply.send(result);
            }
            // Whoever commits in a loop joins the next group.
            tokio::task::yield_now().await;
        }
    }

    async fn gather(&mut self) -> Option<Vec<Waiting>> {
        let first = match self.left.take() {
            Some(left) => left,
            None => self.waiting.recv().await?,
        };
        let bytes = |one: &Waiting| -> usize { one.commit.writes.iter().map(size).sum() };
        let mut total = bytes(&first);
        let mut written: HashSet<Collection> = collections(&first.commit).collect();
        let mut group = vec![first];
        while group.len() < GROUP_MAX && total < GROUP_BYTES {
            let Ok(next) = self.waiting.try_recv() else { break };
            if !may_follow(&written, &next.commit) {
                self.left = Some(next);
                break;
            }
            total += bytes(&next);
            written.extend(collections(&next.commit));
            group.push(next);
        }
        Some(group)
    }

    async fn write(&self, group: &[Commit], since: Instant) -> Vec<Result<u64>> {
        let mut patience = Patience::since(since);
        loop {
            let fault = match self.write_once(group).await {
                Ok(committed) => return self.told(committed),
                Err(Failed::Before(fault)) => fault,
                Err(Failed::Unknown(fault, committed)) => match self.was_made().await {
                    Ok(true) => return self.told(committed),
                    Ok(false) => fault,
                    Err(_) => return group.iter().map(|_| Err(StoreError::Unknown)).collect(),
                },
            };
            match fault {
                Fault::Away(_) => {
                    if let Err(error) = patience.wait(fault).await {
                        return all_fail(group, error);
                    }
                }
                fault if group.len() == 1 => return vec![Err(fault.into())],
                // One commit must not take its neighbours down: each by itself.
                _ => {
                    let mut results = Vec::with_capacity(group.len());
                    for one in group.chunks(1) {
                        results.extend(Box::pin(self.write(one, since)).await);
                    }
                    return results;
                }
            }
        }
    }

    fn told(&self, Committed { results, last }: Committed) -> Vec<Result<u64>> {
        self.fed.send_if_modified(|fed| std::mem::replace(fed, last.max(*fed)) < last);
        results
    }

    /// One transaction, two ways to the server and back: reading under the lock, then writing.
    async fn write_once(&self, group: &[Commit]) -> Result<Committed, Failed> {
        let session = self.link.writer().await?;
        let before = self.begin(&session, group).await?;
        let mut decision = Decision::new(before.known, before.now);
        let mut results: Vec<Result<u64>> = Vec::with_capacity(group.len());
        for ((commit, revision), listed) in group.iter().zip(before.revisions).zip(before.outdated) {
            results.push(match listed {
                Some(outdated) => Err(outdated),
                None => decision.decide(commit, revision).map(|()| revision),
            });
        }
        let written = decision.finish();
        let last = before.sequence + i64::try_from(written.feed.len()).unwrap_or_default();
        let committed = Committed { results, last: last.unsigned_abs() };
        match self.end(&session, before.sequence, last, &written).await {
            Ok(()) => {
                session.finish();
                Ok(committed)
            }
            Err(fault @ Fault::Away(_)) => Err(Failed::Unknown(fault, committed)),
            Err(fault) => Err(Failed::Before(fault)),
        }
    }

    /// Whether the last group was committed that there was no answer for. Whoever has the lock knows that its
    /// transaction has ended: it held the lock too.
    async fn was_made(&self) -> Result<bool> {
        let clock = format!("SELECT 1 FROM {} FOR UPDATE", qualified(self.database, "_clock"));
        let mark = format!("SELECT mark FROM {} WHERE writer = $1", qualified(self.database, "_writers"));
        let ask = async || {
            let session = self.link.writer().await?;
            let requests = [
                session.request("BEGIN ISOLATION LEVEL READ COMMITTED", Vec::new()).await?,
                session.request(&clock, Vec::new()).await?,
                session.request(&mark, vec![Box::new(self.name.clone())]).await?,
                session.request("COMMIT", Vec::new()).await?,
            ];
            let answers = session.ask(&requests).await?;
            session.finish();
            let found = answers[2].first().map(|row| row.try_get::<_, i64>(0)).transpose()?;
            Ok::<_, Fault>(found == Some(self.mark.load(Ordering::Relaxed)))
        };
        let mut patience = Patience::new();
        loop {
            match ask().await {
                Ok(made) => return Ok(made),
                Err(fault) => patience.wait(fault).await?,
            }
        }
    }

    async fn begin(&self, session: &Session, group: &[Commit]) -> Result<Before, Fault> {
        let needs = needs(group.iter());
        let clock = format!("SELECT sequence FROM {} FOR UPDATE", qualified(self.database, "_clock"));
        let mut requests = vec![
            session.request("BEGIN ISOLATION LEVEL READ COMMITTED", Vec::new()).await?,
            session.request(&clock, Vec::new()).await?,
        ];
        let asked = ask_for(session, &needs, &mut requests).await?;
        let listed = ask_again(session, group, &mut requests).await?;
        // Behind the locks, so that revisions grow in the order of the commits.
        let revisions = format!(
            "SELECT nextval('{}'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM generate_series(1, $1)",
            qualified(self.database, "_revisions")
        );
        let count = i32::try_from(group.len()).unwrap_or(i32::MAX);
        requests.push(session.request(&revisions, vec![Box::new(count)]).await?);

        let mut answers = session.ask(&requests).await?.into_iter().skip(1);
        let mut next = || answers.next().unwrap_or_default();
        let sequence = next().first().map(|row| row.try_get::<_, i64>(0)).transpose()?.unwrap_or_default();
        let mut known = HashMap::new();
        for (collection, whole) in asked {
            for row in &next() {
                let (key, state) = state(row, collection, whole)?;
                known.insert(key, state);
            }
        }
        let mut outdated: Vec<Option<StoreError>> = group.iter().map(|_| None).collect();
        for (commit, read) in listed {
            if !still_so(read, &next())? {
                let Read::Listed { query, .. } = read else { continue };
                outdated[commit].get_or_insert(StoreError::Outdated { collection: query.collection });
            }
        }
        let rows = next();
        let revisions = rows.iter().map(|row| Ok(row.try_get::<_, i64>(0)?.unsigned_abs()));
        let now = Time(rows.first().map(|row| row.try_get(1)).transpose()?.unwrap_or_default());
        Ok(Before { sequence, known, outdated, revisions: revisions.collect::<Result<_, Fault>>()?, now })
    }

    /// Writes and commits. [`Fault::Away`]: there was no answer.
    async fn end(&self, session: &Session, sequence: i64, last: i64, written: &Written) -> Result<(), Fault> {
        let mut requests = Vec::new();
        for (text, parameters) in self.statements(sequence, last, written) {
            requests.push(session.request(&text, parameters).await?);
        }
        let before_commit = requests.len();
        requests.push(session.request("COMMIT", Vec::new()).await?);
        if !written.feed.is_empty() {
            // Behind the commit: inside of it, it would hold a lock of all databases until the flush is done. What is
            // lost with a process that dies in between, the next look at the table finds.
            let channel = Box::new(crate::feed::channel(self.database));
            let notify = session.request("SELECT pg_notify($1, $2)", vec![channel, Box::new(last.to_string())]);
            requests.push(notify.await?);
        }
        match session.send(&requests).await {
            (_, None) => Ok(()),
            // Only waking others has failed.
            (answers, Some(_)) if answers.len() > before_commit => Ok(()),
            (_, Some(fault)) => Err(fault),
        }
    }

    fn statements(&self, sequence: i64, last: i64, written: &Written) -> Vec<(String, Vec<Parameter>)> {
        let mut puts: BTreeMap<Collection, Vec<&Stored>> = BTreeMap::new();
        let mut deletes: BTreeMap<Collection, Vec<String>> = BTreeMap::new();
        for (key, document) in &written.documents {
            match document {
                Some(stored) => puts.entry(key.collection).or_default().push(stored),
                None => deletes.entry(key.collection).or_default().push(escape_text(&key.id).into_owned()),
            }
        }
        let deletes = deletes.into_iter().map(|(collection, ids)| {
            let ids: Vec<Parameter> = vec![Box::new(ids)];
            (format!("DELETE FROM {} WHERE id = ANY($1)", sql::table(collection)), ids)
        });
        let mut statements: Vec<_> = puts.into_iter().map(|(collection, stored)| upsert(collection, &stored)).collect();
        statements.extend(deletes);
        if !written.feed.is_empty() {
            statements.push(self.record(sequence, &written.feed));
        }
        if !statements.is_empty() {
            statements.push(self.mark(last));
        }
        statements
    }

    /// Moves the clock, and leaves a mark by which the group is known to have been committed.
    fn mark(&self, last: i64) -> (String, Vec<Parameter>) {
        let mark = self.mark.fetch_add(1, Ordering::Relaxed) + 1;
        let text = format!(
            "WITH marked AS (
               INSERT INTO {writers}(writer, mark) VALUES ($2, $3)
               ON CONFLICT (writer) DO UPDATE SET mark = excluded.mark, at = now())
             UPDATE {clock} SET sequence = $1",
            writers = qualified(self.database, "_writers"),
            clock = qualified(self.database, "_clock"),
        );
        (text, vec![Box::new(last), Box::new(self.name.clone()), Box::new(mark)])
    }

    fn record(&self, sequence: i64, feed: &[Entry]) -> (String, Vec<Parameter>) {
        let sequences: Vec<i64> = (sequence + 1..).take(feed.len()).collect();
        let collections: Vec<&'static str> = feed.iter().map(|entry| entry.key.collection.name()).collect();
        let ids: Vec<String> = feed.iter().map(|entry| escape_text(&entry.key.id).into_owned()).collect();
        let revisions: Vec<i64> = feed.iter().map(|entry| entry.revision.cast_signed()).collect();
        let deleted: Vec<bool> = feed.iter().map(|entry| entry.deleted).collect();
        let was: Vec<Option<String>> = feed.iter().map(|entry| entry.was.clone()).collect();
        let insert = format!(
            "INSERT INTO {}(sequence, collection, id, revision, deleted, was)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[])",
            qualified(self.database, "_feed")
        );
        let parameters: Vec<Parameter> = vec![
            Box::new(sequences),
            Box::new(collections),
            Box::new(ids),
            Box::new(revisions),
            Box::new(deleted),
            Box::new(was),
        ];
        (insert, parameters)
    }
}

/// What was read under the lock.
struct Before {
    /// The feed's last.
    sequence: i64,
    known: HashMap<Key, State>,
    /// For each commit, that something it has listed is not the same any more.
    outdated: Vec<Option<StoreError>>,
    /// One a commit.
    revisions: Vec<u64>,
    now: Time,
}

/// Adds the questions for documents. Says of which collection each is, and whether it is for whole ones.
async fn ask_for(
    session: &Session,
    needs: &Needs<'_>,
    requests: &mut Vec<Request>,
) -> Result<Vec<(Collection, bool)>, Fault> {
    let mut asked = Vec::new();
    for (kind, whole) in [(&needs.heads, false), (&needs.wholes, true)] {
        for (&collection, ids) in kind {
            let ids: Vec<String> = ids.iter().map(|id| escape_text(id).into_owned()).collect();
            requests.push(session.request(&before(collection, whole), vec![Box::new(ids)]).await?);
            asked.push((collection, whole));
        }
    }
    Ok(asked)
}

fn before(collection: Collection, whole: bool) -> String {
    let columns = match (whole, collection.is_recorded()) {
        (true, _) => "version,data".to_owned(),
        (false, true) => sql::indexed(collection),
        (false, false) => "NULL::jsonb".to_owned(),
    };
    // What is not recorded can be claimed at any moment; everything else only changes under the lock that is held.
    let lock = if collection.is_recorded() { "" } else { " FOR UPDATE" };
    format!("SELECT id,revision,{columns} FROM {} WHERE id = ANY($1){lock}", sql::table(collection))
}

fn state(row: &Row, collection: Collection, whole: bool) -> Result<(Key, State), Fault> {
    if whole {
        let stored = read::stored(row, 0, collection)?;
        return Ok((stored.key.clone(), State::Whole(stored)));
    }
    let key = Key::new(collection, unescape_text(row.try_get(0)?));
    let indexed = row.try_get::<_, Option<Document>>(2)?.map(|document| document.0).unwrap_or_default();
    Ok((key, State::Head { revision: row.try_get::<_, i64>(1)?.unsigned_abs(), indexed }))
}

/// Adds the queries that transactions have read. Says of which commit each is.
async fn ask_again<'a>(
    session: &Session,
    group: &'a [Commit],
    requests: &mut Vec<Request>,
) -> Result<Vec<(usize, &'a Read)>, Fault> {
    let mut asked = Vec::new();
    for (n, commit) in group.iter().enumerate() {
        for read in &commit.reads {
            if let Read::Listed { query, .. } = read {
                let select = store::sql::select(&sql::dialect(query.collection.database()), query)?;
                requests.push(session.request(&select.text, sql::parameters(&select.parameters)).await?);
                asked.push((n, read));
            }
        }
    }
    Ok(asked)
}

/// Whether a query finds what it has found.
fn still_so(read: &Read, rows: &[Row]) -> Result<bool, Fault> {
    let Read::Listed { query, found } = read else { return Ok(true) };
    let rows: Result<Vec<Stored>, Fault> = rows.iter().map(|row| read::stored(row, 0, query.collection)).collect();
    let page = query.plan()?.page(query, rows?);
    let now = page.documents.iter().map(|row| (row.key.id.as_str(), row.revision));
    Ok(now.eq(found.iter().map(|(id, revision)| (id.as_str(), *revision))))
}

pub(crate) fn upsert(collection: Collection, stored: &[&Stored]) -> (String, Vec<Parameter>) {
    let text = format!(
        "INSERT INTO {}(id, revision, version, data)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::int[], $4::jsonb[])
         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, version = excluded.version, data = excluded.data",
        sql::table(collection)
    );
    let ids: Vec<String> = stored.iter().map(|one| escape_text(&one.key.id).into_owned()).collect();
    let revisions: Vec<i64> = stored.iter().map(|one| one.revision.cast_signed()).collect();
    let versions: Vec<i32> = stored.iter().map(|one| one.version.cast_signed()).collect();
    let data: Vec<Json> = stored.iter().map(|one| Json::of(&one.data)).collect();
    (text, vec![Box::new(ids), Box::new(revisions), Box::new(versions), Box::new(data)])
}

fn collections(commit: &Commit) -> impl Iterator<Item = Collection> {
    commit.writes.iter().map(|write| write.key.collection)
}

fn size(write: &store::Write) -> usize {
    match &write.change {
        store::Change::Put { data, .. } => data.len(),
        store::Change::Delete | store::Change::Update { .. } => 0,
    }
}

/// Like no other writer's: the keys of a `RandomState` come from the system's random numbers.
fn random_name() -> String {
    let half = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", half(), half())
}

/// The first caller gets the cause, the others its words.
fn all_fail(group: &[Commit], error: StoreError) -> Vec<Result<u64>> {
    let words = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
    let others = group
        .iter()
        .skip(1)
        .map(|_| Err(StoreError::Backend { what: "cannot be reached".to_owned(), source: words.clone().into() }));
    let others: Vec<_> = others.collect();
    std::iter::once(Err(error)).chain(others).collect()
}
