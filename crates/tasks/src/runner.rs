mod claim;
mod exclusive;
mod held;
mod lease;
mod rate;
mod state;
mod tick;
mod work;
mod work_off;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::{Collection, Database, QueueLease, TaskDoc};
use store::{Batch, Direction, Precondition, Query, Result, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Clock, Registry, Schedules};
use exclusive::Exclusive;
use held::Held;
pub use state::{Spent, State};

/// How long the leases of a process last that is not heard of any more.
const LEASE: Duration = Duration::from_secs(30);
/// How long steps may go on when the process stops.
const GRACE: Duration = Duration::from_secs(20);
/// How long after that their leases may take to be given back.
const FAREWELL: Duration = Duration::from_secs(5);
/// The queues that one query may name.
const QUEUES_MAX: usize = 10;

/// Works off the queues of a registry until it is told to stop.
pub struct Runner {
    store: Store,
    registry: Registry,
    clock: Clock,
    /// Unique to this process: whose leases are whose.
    worker: String,
    lease: Duration,
    grace: Duration,
    schedules: Schedules,
    state: Arc<State>,
    held: Held,
    exclusive: Exclusive,
    /// Makes the name of each lease unique.
    claims: AtomicU64,
    /// Raised when this process has committed something that may have caused tasks.
    wake: watch::Sender<u64>,
}

impl Runner {
    /// `worker` must differ between processes.
    pub fn new(store: Store, registry: Registry, clock: Clock, worker: impl Into<String>) -> Self {
        Self {
            store,
            registry,
            clock,
            worker: worker.into(),
            lease: LEASE,
            grace: GRACE,
            schedules: Schedules::default(),
            state: Arc::default(),
            held: Held::default(),
            exclusive: Exclusive::default(),
            claims: AtomicU64::new(0),
            wake: watch::Sender::new(0),
        }
    }

    /// How long a lease lasts unless it is renewed, which happens at a third of it: when the process dies, others take
    /// its tasks after that. 30 seconds if nothing is said.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// How long steps may go on when the process stops, before they are broken off and left to others. 20 seconds if
    /// nothing is said.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Also fires these schedules, as one of any number of processes.
    #[must_use]
    pub fn with_schedules(self, schedules: Schedules) -> Self {
        Self { schedules, ..self }
    }

    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Gives back every lease. Only for a process that knows it is the only one on the store: the leases it finds are
    /// of processes that died. Others wait until they lapse.
    ///
    /// # Errors
    /// The store fails.
    pub async fn release_all(&self) -> Result<usize> {
        let now = (self.clock)();
        let mut released = 0;
        for queue in &self.registry.queues {
            let tasks = Query::of(Collection::Tasks(queue.database)).equal("queue", queue.name).limit(1_000);
            let leased = self.store.list_all::<TaskDoc>(tasks.clone().above("worker", "")).await?;
            // Tasks that were stored before there were priorities are in no order: they get one by being written again.
            let without = tasks.equal("priority", serde_json::Value::Null).order("due_at", Direction::Ascending);
            let old = self.store.list_all::<TaskDoc>(without).await?;
            let mut found = leased;
            found.retain(|task| task.document.worker != TaskDoc::PACED);
            released += found.len();
            found.extend(old.into_iter().filter(|task| task.document.worker.is_empty()));
            for chunk in found.chunks(500) {
                let mut batch = Batch::new(queue.database, now);
                for found in chunk {
                    let mut task = TaskDoc { database: Some(queue.database), ..found.document.clone() };
                    if !task.worker.is_empty() {
                        task.due_at = TaskDoc::due(task.rank, now);
                        task.worker.clear();
                    }
                    batch.put(&task, Precondition::AtRevision(found.revision))?;
                }
                self.store.commit(batch).await?;
            }
        }
        for database in Database::ALL {
            for lease in self.store.list_all::<QueueLease>(Query::of(Collection::Leases(database))).await? {
                let mut batch = Batch::new(database, now);
                batch.delete(Collection::Leases(database), &lease.document.id, Precondition::Any)?;
                self.store.commit(batch).await?;
            }
        }
        Ok(released)
    }

    /// Works until `stop` turns true. Then no more tasks are taken, those that have not begun are given back, and steps
    /// that run may go on for the grace period; what is not done by then is broken off and given back.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let halt = CancellationToken::new();
        let mut loops = tokio::task::JoinSet::new();
        for queue in self.registry.queues.clone() {
            loops.spawn(Arc::clone(&self).work_off(queue, stop.clone(), halt.clone()));
        }
        if !self.schedules.is_empty() {
            loops.spawn(Arc::clone(&self).fire_schedules(stop.clone()));
        }
        let ending = async {
            stopped(&mut stop).await;
            tokio::time::sleep(self.grace).await;
            halt.cancel();
            // A step that blocks its thread cannot be broken off.
            tokio::time::sleep(FAREWELL).await;
        };
        let working = async { while loops.join_next().await.is_some() {} };
        tokio::select! {
            () = working => {}
            () = ending => {}
            () = self.keep_leases() => {}
        }
        loops.abort_all();
        for database in Database::ALL {
            let left = self.held.older_than(Duration::ZERO, database);
            self.held.remove(&left);
            self.state.running.fetch_sub(left.len().min(self.state.running()), Ordering::SeqCst);
            if let Err(error) = self.give_back(left).await {
                tracing::error!(error = &error as &dyn std::error::Error, "tasks cannot be given back");
            }
        }
        if let Err(error) = self.give_queues_back().await {
            tracing::error!(error = &error as &dyn std::error::Error, "queues cannot be given back");
        }
    }

    /// Whether nothing runs and nothing is due in the queues of the registry, by whomever. Tasks that wait for their time
    /// do not count; those that wait for the rate of their key do.
    ///
    /// # Errors
    /// The store fails.
    pub async fn is_idle(&self) -> Result<bool> {
        let started = self.state.started.load(Ordering::SeqCst);
        let quiet =
            || self.state.running.load(Ordering::SeqCst) == 0 && self.state.started.load(Ordering::SeqCst) == started;
        if !quiet() {
            return Ok(false);
        }
        for database in Database::ALL {
            let queues: Vec<&str> = self
                .registry
                .queues
                .iter()
                .filter(|queue| queue.database == database)
                .map(|queue| queue.name)
                .collect();
            for queues in queues.chunks(QUEUES_MAX) {
                if self.has_work(database, queues).await? {
                    return Ok(false);
                }
            }
        }
        Ok(quiet())
    }
}

/// Ends when `stop` turns true, or can no longer.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
