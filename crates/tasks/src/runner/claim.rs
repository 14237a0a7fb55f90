use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use model::{Collection, Database, ErrorType, Priority, TaskDoc, Time};
use store::{Batch, Direction, Fields, Query, Read, Result, Store};

use super::held::{Claimed, Lease};
use crate::{Queue, Runner, dead_letter};

/// Leases that may end without a word before the task is held to be what kills its workers.
const LAPSES_MAX: u32 = 20;
/// Each so many claims of a queue begin with the least urgent tasks, so that those move too.
const UPWARDS_EVERY: u32 = 8;

/// What a queue remembers from claim to claim.
#[derive(Default)]
pub(super) struct Turns {
    waiting_since: Option<Instant>,
    claims: u32,
}

impl Runner {
    /// Leases up to `room` due tasks when it is the queue's turn: not while another process has the queue for itself, and
    /// not while the queues that come first have work, unless that takes longer than its patience.
    pub(super) async fn turn(&self, queue: &Queue, room: usize, turns: &mut Turns) -> Result<Vec<Claimed>> {
        if !is_due(&self.store, queue.database, &[queue.name], (self.clock)()).await? || !self.may_work(queue).await? {
            return Ok(Vec::new());
        }
        if queue.policy.after.is_empty() || !self.has_work(queue.database, queue.policy.after).await? {
            turns.waiting_since = None;
            return self.claim(queue, room, turns).await;
        }
        let since = turns.waiting_since.get_or_insert_with(Instant::now);
        if since.elapsed() < queue.policy.patience {
            return Ok(Vec::new());
        }
        let claimed = self.claim(queue, room, turns).await?;
        if claimed.is_empty() {
            // All that had gathered is done: let it gather again.
            turns.waiting_since = Some(Instant::now());
        }
        Ok(claimed)
    }

    /// Whether queues have tasks that are due or leased. Those that wait for a later try do not count.
    ///
    /// A task may go from one queue to the next while they are looked at: that nothing was found is checked to have been
    /// so at one moment.
    pub(super) async fn has_work(&self, database: Database, queues: &[&'static str]) -> Result<bool> {
        let now = (self.clock)();
        let looked = [due(database, queues, now), leased(database, queues)].map(|query| query.limit(1));
        let mut batch = Batch::new(database, now);
        for query in looked {
            if !self.store.list::<TaskDoc>(&query).await?.documents.is_empty() {
                return Ok(true);
            }
            batch.reads.push(Read::Listed { query, found: Vec::new() });
        }
        match self.store.commit(batch).await {
            Ok(_) => Ok(false),
            Err(error) if error.is_conflict() => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Leases up to `room` due tasks of the queue: the most urgent first, of those the oldest. The count of running
    /// steps includes them from before the claim on.
    async fn claim(&self, queue: &Queue, room: usize, turns: &mut Turns) -> Result<Vec<Claimed>> {
        turns.claims = turns.claims.wrapping_add(1);
        let mut levels = Priority::ALL;
        if turns.claims.is_multiple_of(UPWARDS_EVERY) {
            levels.reverse();
        }
        self.state.started.fetch_add(1, Ordering::SeqCst);
        self.state.running.fetch_add(room, Ordering::SeqCst);
        let claimed = self.claim_levels(queue, room, levels).await;
        let count = claimed.as_ref().map_or(0, Vec::len);
        self.state.running.fetch_sub(room - count, Ordering::SeqCst);
        claimed
    }

    async fn claim_levels(&self, queue: &Queue, room: usize, levels: [Priority; 3]) -> Result<Vec<Claimed>> {
        let mut claimed = Vec::new();
        for level in levels {
            match self.claim_level(queue, room - claimed.len(), level).await {
                Ok(found) => claimed.extend(found),
                Err(error) if claimed.is_empty() => return Err(error),
                // What is leased already is worked on.
                Err(_) => break,
            }
        }
        self.held.add(&claimed);
        let begin = match self.bury_dying(queue, claimed.clone()).await {
            Ok(living) => self.pace(queue, living).await,
            Err(error) => Err(error),
        };
        let begun = begin.as_deref().unwrap_or_default();
        let rest: Vec<Claimed> = claimed.into_iter().filter(|one| !begun.iter().any(|b| Arc::ptr_eq(b, one))).collect();
        // After an error their leases lapse.
        self.held.remove(&rest);
        begin
    }

    async fn claim_level(&self, queue: &Queue, room: usize, level: Priority) -> Result<Vec<Claimed>> {
        let now = (self.clock)();
        let due = Query::of(Collection::Tasks(queue.database))
            .equal("queue", queue.name)
            .equal("priority", level.level())
            .at_most("due_at", now.0)
            .order("due_at", Direction::Ascending);
        // Looking is cheaper than claiming nothing.
        if room == 0 || self.store.list::<TaskDoc>(&due.clone().limit(1)).await?.documents.is_empty() {
            return Ok(Vec::new());
        }
        let lease = format!("{}.{}", self.worker, self.claims.fetch_add(1, Ordering::Relaxed));
        let fields = Fields::default().set("worker", lease).set("due_at", (now + self.lease).0).increment("lapses", 1);
        let mut found = self.store.claim::<TaskDoc>(&due.limit(room), &fields).await?;
        found.sort_by_key(|task| (task.document.rank.is_none(), task.document.rank, task.document.created_at));
        Ok(found.into_iter().map(|found| Lease::new(found, queue.database)).collect())
    }

    /// Takes out the tasks that have cost too many workers.
    async fn bury_dying(&self, queue: &Queue, claimed: Vec<Claimed>) -> Result<Vec<Claimed>> {
        let (living, dying): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|lease| lease.document.lapses <= LAPSES_MAX);
        for lease in &dying {
            let lost = lease.document.lapses - 1;
            let why = format!("{lost} workers ended without a word while they had this task");
            let now = (self.clock)();
            let letter = dead_letter::letter(&lease.document, queue.database, ErrorType::WorkersLost, &why, now);
            self.bury(queue, lease, letter).await?;
        }
        Ok(living)
    }
}

/// Whether tasks of these queues may be taken.
pub(super) async fn is_due(store: &Store, database: Database, queues: &[&'static str], now: Time) -> Result<bool> {
    Ok(!store.list::<TaskDoc>(&due(database, queues, now).limit(1)).await?.documents.is_empty())
}

pub(super) fn due(database: Database, queues: &[&'static str], now: Time) -> Query {
    Query::of(Collection::Tasks(database))
        .is_in("queue", queues.iter().copied())
        .is_in("priority", Priority::ALL.map(Priority::level))
        .at_most("due_at", now.0)
        .order("due_at", Direction::Ascending)
}

/// The tasks that somebody has.
pub(super) fn leased(database: Database, queues: &[&'static str]) -> Query {
    Query::of(Collection::Tasks(database)).is_in("queue", queues.iter().copied()).above("worker", "")
}

/// Tasks of one kind that one step works on together.
pub(super) fn groups(claimed: Vec<Claimed>, bulk: usize) -> Vec<Vec<Claimed>> {
    let mut groups: Vec<Vec<Claimed>> = Vec::new();
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
