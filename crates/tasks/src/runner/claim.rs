use std::sync::atomic::Ordering;
use std::time::Instant;

use model::{Collection, Database, ErrorType, TaskDoc};
use store::{Batch, Bound, Direction, Precondition, Query, Result, Versioned};

use crate::{Queue, Runner, dead_letter};

/// Leases that may end without a word before the task is held to be what kills its workers.
const LAPSES_MAX: u32 = 20;

impl Runner {
    /// Leases tasks when it is the queue's turn: not while the queues that come first have work, unless that takes
    /// longer than its patience.
    pub(super) async fn turn(
        &self,
        queue: &Queue,
        room: usize,
        waiting_since: &mut Option<Instant>,
    ) -> Result<Vec<Versioned<TaskDoc>>> {
        for first in queue.policy.after {
            if self.has_work(queue.database, first).await? {
                let since = waiting_since.get_or_insert_with(Instant::now);
                if since.elapsed() < queue.policy.patience {
                    return Ok(Vec::new());
                }
                let claimed = self.claim(queue, room).await?;
                if claimed.is_empty() {
                    // All that had gathered is done: let it gather again.
                    *waiting_since = Some(Instant::now());
                }
                return Ok(claimed);
            }
        }
        *waiting_since = None;
        self.claim(queue, room).await
    }

    /// Whether a queue has tasks that are due or leased. Those that wait for a later try do not count.
    async fn has_work(&self, database: Database, queue: &'static str) -> Result<bool> {
        let now = (self.clock)();
        let earliest = Query::of(Collection::Tasks(database))
            .equal("queue", queue)
            .order("due_at", Direction::Ascending)
            .limit(64);
        let found = self.store.list::<TaskDoc>(&earliest).await?.documents;
        Ok(found.iter().any(|task| task.document.due_at <= now || !task.document.worker.is_empty()))
    }

    /// Leases up to `room` due tasks of the queue, oldest first. The count of running steps includes them from before
    /// the commit on.
    pub(super) async fn claim(&self, queue: &Queue, room: usize) -> Result<Vec<Versioned<TaskDoc>>> {
        let now = (self.clock)();
        let due = Query::of(Collection::Tasks(queue.database))
            .equal("queue", queue.name)
            .order("due_at", Direction::Ascending)
            .to(Bound::Including(now.0.into()))
            .limit(room);
        let mut found = self.store.list::<TaskDoc>(&due).await?.documents;
        if found.is_empty() {
            return Ok(found);
        }
        let mut batch = Batch::new(queue.database, now);
        let mut dying = Vec::new();
        found.retain_mut(|task| {
            let document = &mut task.document;
            document.database = Some(queue.database);
            if !document.worker.is_empty() {
                document.lapses += 1;
            }
            if document.lapses >= LAPSES_MAX {
                dying.push(task.clone());
                return false;
            }
            document.worker.clone_from(&self.worker);
            document.due_at = now + queue.policy.lease;
            true
        });
        for task in &found {
            batch.put(&task.document, Precondition::AtRevision(task.revision))?;
        }
        self.state.running.fetch_add(found.len(), Ordering::SeqCst);
        self.state.started.fetch_add(1, Ordering::SeqCst);
        let claimed = match self.store.commit(batch).await {
            Ok(revision) => {
                found.iter_mut().for_each(|task| task.revision = revision);
                found
            }
            Err(error) => {
                self.state.running.fetch_sub(found.len(), Ordering::SeqCst);
                // Another worker was faster, or a newer cause replaced one of them: look again.
                if !error.is_conflict() {
                    return Err(error);
                }
                Vec::new()
            }
        };
        for task in dying {
            let letter = dead_letter::letter(
                &task.document,
                queue.database,
                ErrorType::WorkersLost,
                &format!("{} workers ended without a word while they had this task", task.document.lapses),
                now,
            );
            self.bury(queue, &task, letter).await?;
        }
        Ok(claimed)
    }
}

/// Tasks of one kind that one step works on together.
pub(super) fn groups(claimed: Vec<Versioned<TaskDoc>>, bulk: usize) -> Vec<Vec<Versioned<TaskDoc>>> {
    let mut groups: Vec<Vec<Versioned<TaskDoc>>> = Vec::new();
    for task in claimed {
        let fitting = groups.iter_mut().find(|group| {
            group.len() < bulk && group[0].document.kind == task.document.kind && task.document.failures == 0
        });
        match fitting {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups
}
