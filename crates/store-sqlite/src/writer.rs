use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::{Connection, OptionalExtension, params};
use store::{Change, Key, Precondition, Result, StoreError, Write};
use tokio::sync::{oneshot, watch};

use crate::backend::failed;

/// The most commits that share one flush.
const GROUP_MAX: usize = 512;
/// Commits that may wait before callers are held back.
const QUEUE_MAX: usize = 4096;

/// A commit on its way to the writer thread.
pub(crate) struct Job {
    writes: Vec<Write>,
    reply: oneshot::Sender<Result<u64>>,
}

/// The way to the one thread that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: SyncSender<Job>,
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

    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<u64> {
        let (reply, answer) = oneshot::channel();
        let mut job = Job { writes, reply };
        loop {
            match self.jobs.try_send(job) {
                Ok(()) => break,
                Err(std::sync::mpsc::TrySendError::Full(back)) => {
                    job = back;
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
            }
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

fn write_groups(connection: &Connection, waiting: &Receiver<Job>, committed: &watch::Sender<u64>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(job) = waiting.try_recv()
        {
            group.push(job);
        }
        let (replies, writes): (Vec<_>, Vec<_>) = group.into_iter().map(|job| (job.reply, job.writes)).unzip();
        let results = match run_group(connection, &writes, committed) {
            Ok(results) => results,
            Err(error) if writes.len() == 1 => vec![Err(error)],
            // One commit must not take its neighbours down: each by itself.
            Err(_) => writes
                .chunks(1)
                .flat_map(|one| run_group(connection, one, committed).unwrap_or_else(|error| vec![Err(error)]))
                .collect(),
        };
        for (reply, result) in replies.into_iter().zip(results) {
            // A caller that no longer waits has given up on the answer, not on the commit.
            let _ = reply.send(result);
        }
    }
}

/// Runs the group in one transaction. An error means that nothing of it is there, for instance on a full disk.
fn run_group(
    connection: &Connection,
    group: &[Vec<Write>],
    committed: &watch::Sender<u64>,
) -> Result<Vec<Result<u64>>> {
    match write_group(connection, group) {
        Ok((results, revision)) => {
            committed.send_replace(revision);
            Ok(results)
        }
        Err(error) => {
            // Fails when SQLite has rolled back already, which is what is wanted.
            let _ = connection.execute_batch("ROLLBACK");
            Err(failed("could not be written")(error))
        }
    }
}

/// One transaction, one flush; each commit in a savepoint, so that a failed precondition touches only its own.
fn write_group(connection: &Connection, group: &[Vec<Write>]) -> rusqlite::Result<(Vec<Result<u64>>, u64)> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let start: i64 = connection.prepare_cached("SELECT revision FROM _clock")?.query_row([], |row| row.get(0))?;
    let mut revision = start.unsigned_abs();
    let mut results = Vec::with_capacity(group.len());
    for writes in group {
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        match write_all(connection, writes, revision + 1)? {
            Ok(()) => {
                revision += 1;
                results.push(Ok(revision));
            }
            Err(key) => {
                connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
                results.push(Err(StoreError::Conflict { key }));
            }
        }
        connection.prepare_cached("RELEASE one")?.execute([])?;
    }
    connection.prepare_cached("UPDATE _clock SET revision=?1")?.execute([revision.cast_signed()])?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok((results, revision))
}

/// The writes of one commit. The inner error names the document whose precondition does not hold.
fn write_all(connection: &Connection, writes: &[Write], revision: u64) -> rusqlite::Result<Result<(), Key>> {
    for write in writes {
        if !holds(connection, write)? {
            return Ok(Err(write.key.clone()));
        }
        let existed = apply(connection, write, revision)?;
        if write.key.collection.is_recorded() && existed {
            let deleted = matches!(write.change, Change::Delete);
            connection
                .prepare_cached("INSERT INTO _feed(collection,id,revision,deleted) VALUES (?1,?2,?3,?4)")?
                .execute(params![write.key.collection.name(), write.key.id, revision.cast_signed(), deleted])?;
        }
    }
    Ok(Ok(()))
}

fn holds(connection: &Connection, write: &Write) -> rusqlite::Result<bool> {
    if write.precondition == Precondition::Any {
        return Ok(true);
    }
    let table = write.key.collection.name();
    let current: Option<i64> = connection
        .prepare_cached(&format!("SELECT revision FROM {table} WHERE id=?1"))?
        .query_row([&write.key.id], |row| row.get(0))
        .optional()?;
    Ok(match write.precondition {
        Precondition::Any => true,
        Precondition::Absent => current.is_none(),
        Precondition::AtRevision(expected) => current == Some(expected.cast_signed()),
    })
}

/// Whether anything changed: deleting what is not there changes nothing.
fn apply(connection: &Connection, write: &Write, revision: u64) -> rusqlite::Result<bool> {
    let (table, id) = (write.key.collection.name(), &write.key.id);
    let revision = revision.cast_signed();
    match &write.change {
        Change::Put { version, data } => connection
            .prepare_cached(&format!(
                "INSERT INTO {table}(id,revision,version,data) VALUES (?1,?2,?3,?4)
                 ON CONFLICT(id) DO UPDATE SET revision=?2, version=?3, data=?4"
            ))?
            .execute(params![id, revision, version, data]),
        Change::Delete => connection.prepare_cached(&format!("DELETE FROM {table} WHERE id=?1"))?.execute([id]),
        Change::Add(amounts) => {
            connection
                .prepare_cached(&format!(
                    "INSERT INTO {table}(id,revision,version,data) VALUES (?1,?2,1,json_object('id',?1))
                     ON CONFLICT(id) DO UPDATE SET revision=?2"
                ))?
                .execute(params![id, revision])?;
            for (field, amount) in amounts {
                connection
                    .prepare_cached(&format!(
                        "UPDATE {table} SET data=json_set(data,?2,coalesce(json_extract(data,?2),0)+?3) WHERE id=?1"
                    ))?
                    .execute(params![id, format!("$.\"{field}\""), amount])?;
            }
            Ok(1)
        }
    }
    .map(|changed| changed > 0)
}
