mod claim;
mod work;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{Collection, Database, TaskDoc};
use store::{Batch, Bound, Direction, Precondition, Query, Result, Store};
use tokio::sync::{Semaphore, watch};

use crate::{Clock, Queue, Registry};

/// How often a queue looks for tasks that other processes committed or whose time has come.
const POLL: Duration = Duration::from_millis(200);

/// Works off the queues of a registry until it is told to stop.
pub struct Runner {
    store: Store,
    registry: Registry,
    clock: Clock,
    /// Unique to this process: whose leases are whose.
    worker: String,
    state: Arc<State>,
    /// Raised when this process has committed something that may have caused tasks.
    wake: watch::Sender<u64>,
}

/// What a runner is doing, for those who watch.
#[derive(Debug, Default)]
pub struct State {
    running: AtomicUsize,
    started: AtomicU64,
    /// Steps that came to their end.
    pub done: AtomicU64,
    /// Tries that failed and will be repeated.
    pub retried: AtomicU64,
    /// Tasks that became dead letters.
    pub dead: AtomicU64,
    spent: Mutex<BTreeMap<String, Spent>>,
}

/// What the steps of one kind have taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub tasks: u64,
    /// From the beginning of a step to its commit, added up over all that ran at the same time.
    pub time: Duration,
}

impl Runner {
    /// `worker` must differ between processes.
    pub fn new(store: Store, registry: Registry, clock: Clock, worker: impl Into<String>) -> Self {
        let state = Arc::default();
        Self { store, registry, clock, worker: worker.into(), state, wake: watch::Sender::new(0) }
    }

    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Gives back every lease. Only for a process that knows it is the only one on the store: the leases it finds are
    /// of processes that died.
    ///
    /// # Errors
    /// The store fails.
    pub async fn release_all(&self) -> Result<usize> {
        let now = (self.clock)();
        let mut released = 0;
        for database in Database::ALL {
            let collection = Collection::Tasks(database);
            let leased = Query::of(collection)
                .order("worker", Direction::Ascending)
                .from(Bound::Excluding("".into()))
                .limit(1_000);
            for chunk in self.store.list_all::<TaskDoc>(leased).await?.chunks(500) {
                let mut batch = Batch::new(database, now);
                for found in chunk {
                    let mut task = TaskDoc { database: Some(database), ..found.document.clone() };
                    task.due_at = TaskDoc::due(task.rank, now);
                    task.worker.clear();
                    task.lapses += 1;
                    batch.put(&task, Precondition::AtRevision(found.revision))?;
                    released += 1;
                }
                self.store.commit(batch).await?;
            }
        }
        Ok(released)
    }

    /// Works until `stop` turns true, then finishes the steps that run.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let mut loops = tokio::task::JoinSet::new();
        for queue in self.registry.queues.clone() {
            loops.spawn(Arc::clone(&self).work_off(queue, stop.clone()));
        }
        while loops.join_next().await.is_some() {}
    }

    /// Whether nothing runs and nothing is due. Tasks that wait for their time do not count.
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
            let due = Query::of(Collection::Tasks(database))
                .order("due_at", Direction::Ascending)
                .to(Bound::Including((self.clock)().0.into()))
                .limit(1);
            let leased = Query::of(Collection::Tasks(database))
                .order("worker", Direction::Ascending)
                .from(Bound::Excluding("".into()))
                .limit(1);
            for query in [due, leased] {
                if !self.store.list::<TaskDoc>(&query).await?.documents.is_empty() {
                    return Ok(false);
                }
            }
        }
        Ok(quiet())
    }

    async fn work_off(self: Arc<Self>, queue: Queue, mut stop: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(queue.policy.max_concurrent));
        let mut wake = self.wake.subscribe();
        let mut steps = tokio::task::JoinSet::new();
        let mut waiting_since = None;
        while !*stop.borrow() {
            wake.mark_unchanged();
            while steps.try_join_next().is_some() {}
            let Ok(free) = Arc::clone(&slots).acquire_owned().await else { break };
            let room = match queue.policy.rate {
                Some(_) => 1,
                None => (slots.available_permits() + 1) * queue.policy.bulk + queue.policy.ahead,
            };
            let claimed = match self.turn(&queue, room, &mut waiting_since).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::error!(
                        queue = queue.name,
                        error = &error as &dyn std::error::Error,
                        "no task can be taken"
                    );
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    Vec::new()
                }
            };
            if claimed.is_empty() {
                drop(free);
                tokio::select! {
                    _ = wake.changed() => {}
                    _ = stop.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
                continue;
            }
            let mut first = Some(free);
            for group in claim::groups(claimed, queue.policy.bulk) {
                let slot = match first.take() {
                    Some(slot) => Ok(slot),
                    None => Arc::clone(&slots).acquire_owned().await,
                };
                let Ok(slot) = slot else { break };
                let runner = Arc::clone(&self);
                steps.spawn(async move {
                    runner.work(&queue, group).await;
                    drop(slot);
                });
            }
            if let Some(rate) = queue.policy.rate {
                tokio::time::sleep(Duration::from_secs_f64(1.0 / rate.0.max(0.001))).await;
            }
        }
        while steps.join_next().await.is_some() {}
    }
}

impl State {
    /// What each kind of task has taken so far.
    pub fn spent(&self) -> BTreeMap<String, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add_spent(&self, kind: &str, tasks: u64, time: Duration) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match spent.get_mut(kind) {
            Some(entry) => entry,
            None => spent.entry(kind.to_owned()).or_default(),
        };
        entry.tasks += tasks;
        entry.time += time;
    }

    /// Steps that run at this moment.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }
}
