use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{Collection, Database};
use store::{Commit, Result, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::before::read_under_lock;
use crate::group::{Decision, Written, may_follow};
use crate::link::{Fault, Link, Parameter, Patience, Session};
use crate::sql::qualified;
use crate::statements::statements;

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
        let before = read_under_lock(&session, self.database, group).await?;
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

    /// Writes and commits. [`Fault::Away`]: there was no answer.
    async fn end(&self, session: &Session, sequence: i64, last: i64, written: &Written) -> Result<(), Fault> {
        let mut requests = Vec::new();
        let mut statements = statements(self.database, sequence, written);
        if !statements.is_empty() {
            statements.push(self.mark(last));
        }
        for (text, parameters) in statements {
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
