use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{SystemTime, UNIX_EPOCH};

use model::Time;
use rusqlite::{Connection, ErrorCode, ffi};
use store::{Commit, Fields, Query, Result, StoreError, Stored};
use tokio::sync::{oneshot, watch};

use crate::backend::failed;
use crate::write::{self, Refused};

/// The most commits that share one flush.
const GROUP_MAX: usize = 512;
/// Commits that may wait before callers are held back.
const QUEUE_MAX: usize = 4096;

/// Something to write.
pub(crate) enum Job {
    Commit(Commit),
    Claim(Query, Fields),
    Trim(u64),
}

/// What became of it.
pub(crate) enum Done {
    Committed(u64),
    Claimed(Vec<Stored>),
    Trimmed,
}

struct Waiting {
    job: Job,
    reply: oneshot::Sender<Result<Done>>,
}

/// The way to the one thread that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: SyncSender<Waiting>,
}

impl Writer {
    /// Starts the thread. It ends when the last `Writer` is dropped.
    pub(crate) fn start(connection: Connection, name: &str, committed: watch::Sender<u64>) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(QUEUE_MAX);
        std::thread::Builder::new()
            .name(format!("write-{name}"))
            .spawn(move || write_groups(&connection, &waiting, &committed))?;
        Ok(Self { jobs })
    }

    /// Runs the job; what it wrote is durable when this returns.
    pub(crate) async fn run(&self, job: Job) -> Result<Done> {
        let (reply, answer) = oneshot::channel();
        let mut waiting = Waiting { job, reply };
        loop {
            match self.jobs.try_send(waiting) {
                Ok(()) => break,
                Err(std::sync::mpsc::TrySendError::Full(back)) => {
                    waiting = back;
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
            }
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

fn write_groups(connection: &Connection, waiting: &Receiver<Waiting>, committed: &watch::Sender<u64>) {
    let mut time = Time(0);
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        time = time.max(clock());
        let (replies, jobs): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.reply, one.job)).unzip();
        let results = match run_group(connection, &jobs, time, committed) {
            Ok(results) => results,
            Err(error) if jobs.len() == 1 => vec![Err(error)],
            // One commit must not take its neighbours down: each by itself.
            Err(_) => jobs
                .chunks(1)
                .flat_map(|one| run_group(connection, one, time, committed).unwrap_or_else(|error| vec![Err(error)]))
                .collect(),
        };
        for (reply, result) in replies.into_iter().zip(results) {
            // A caller that no longer waits has given up on the answer, not on the commit.
            let _ = reply.send(result);
        }
    }
}

/// The time of a commit: this thread is the database's server.
fn clock() -> Time {
    #[expect(clippy::disallowed_methods, reason = "the server's time is asked for by `FieldChange::ServerTime`")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Runs the group in one transaction. An error means that nothing of it is there, for instance on a full disk.
fn run_group(
    connection: &Connection,
    group: &[Job],
    time: Time,
    committed: &watch::Sender<u64>,
) -> Result<Vec<Result<Done>>> {
    match write_group(connection, group, time) {
        Ok((results, revision)) => {
            committed.send_replace(revision);
            Ok(results)
        }
        Err(error) => {
            // Fails when SQLite has rolled back already, which is what is wanted.
            let _ = connection.execute_batch("ROLLBACK");
            Err(failed(unwritten(&error))(error))
        }
    }
}

fn unwritten(error: &rusqlite::Error) -> &'static str {
    let Some(cause) = error.sqlite_error() else { return "could not be written" };
    match (cause.code, cause.extended_code) {
        (ErrorCode::DiskFull, _) => "could not be written: the disk is full",
        // SQLite does not tell what the system said: a quota and a limit on files look like a disk that fails.
        (_, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_TRUNCATE) => {
            "could not be written: the disk or a quota is full, or the disk fails"
        }
        _ => "could not be written",
    }
}

/// One transaction, one flush; each job in a savepoint, so that a failed precondition touches only its own.
fn write_group(connection: &Connection, group: &[Job], time: Time) -> rusqlite::Result<(Vec<Result<Done>>, u64)> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let start: i64 = connection.prepare_cached("SELECT revision FROM _clock")?.query_row([], |row| row.get(0))?;
    let mut revision = start.unsigned_abs();
    let mut results = Vec::with_capacity(group.len());
    for job in group {
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        match write_one(connection, job, revision + 1, time) {
            Ok(done) => {
                revision += 1;
                results.push(Ok(done));
            }
            Err(Refused::Failed(error)) => return Err(error),
            Err(Refused::Because(error)) => {
                connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
                results.push(Err(error));
            }
        }
        connection.prepare_cached("RELEASE one")?.execute([])?;
    }
    connection.prepare_cached("UPDATE _clock SET revision=?1")?.execute([revision.cast_signed()])?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok((results, revision))
}

fn write_one(connection: &Connection, job: &Job, revision: u64, time: Time) -> Result<Done, Refused> {
    match job {
        Job::Commit(commit) => write::commit(connection, commit, revision, time).map(|()| Done::Committed(revision)),
        Job::Claim(query, fields) => write::claim(connection, query, fields, revision, time).map(Done::Claimed),
        Job::Trim(until) => write::trim(connection, *until).map(|()| Done::Trimmed),
    }
}
