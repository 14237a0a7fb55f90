use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::{Collection, Database, Fact, FailedTask, Funnel, NewTask, Run, RunScope, TaskDoc, Time};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition, Query, Reactions, Store};
use store_sqlite::SqliteBackend;
use tasks::{Attempt, Clock, Policy, Queue, Registry, Runner, Task};
use tokio::sync::watch;
use tokio::task::JoinHandle;

#[derive(Serialize, Deserialize)]
pub(crate) struct Visit {
    pub(crate) scrape_id: String,
}

impl Task for Visit {
    const KIND: &'static str = "visit";
    const QUEUE: &'static str = "visits";

    fn key(&self) -> String {
        self.scrape_id.clone()
    }

    /// `host~page`.
    fn rate_key(&self) -> Option<String> {
        self.scrape_id.split_once('~').map(|(host, _)| host.to_owned())
    }
}

fn reactions(fact: &Fact) -> Vec<NewTask> {
    match fact {
        Fact::PageScraped { scrape_id } => vec![Visit { scrape_id: scrape_id.clone() }.new_task()],
        Fact::ScheduleFired { name, delay_ms } => {
            let delay = Duration::from_millis(delay_ms.unsigned_abs());
            vec![Visit { scrape_id: name.clone() }.new_task_after(delay)]
        }
        _ => Vec::new(),
    }
}

/// A store, a clock that stands still until it is moved, and a registry with one queue.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) now: Arc<AtomicI64>,
    pub(crate) registry: Registry,
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(policy: Policy) -> Self {
        Self::with(policy, Database::Pipeline)
    }

    pub(crate) fn with(policy: Policy, database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteBackend::store(folder.path(), reactions).unwrap();
        let mut registry = Registry::default();
        registry.queue(Queue { name: Visit::QUEUE, database, policy });
        Self { store, now: Arc::new(AtomicI64::new(1_000_000)), registry, folder }
    }

    /// The same databases with other reactions.
    pub(crate) fn reacting(mut self, reactions: Reactions) -> Self {
        self.store = SqliteBackend::store(self.folder.path(), reactions).unwrap();
        self
    }

    /// Registers a step that notes the visit's id as a run.
    pub(crate) fn noting(mut self) -> Self {
        self.registry.step(|visit: Visit, attempt: Attempt| async move { Ok(noted(&visit.scrape_id, attempt.now)) });
        self
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Arc::new(move || Time(now.load(Ordering::SeqCst)))
    }

    pub(crate) fn now(&self) -> Time {
        (self.clock())()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.now.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn runner(&self, worker: &str) -> Arc<Runner> {
        Arc::new(self.plain_runner(worker))
    }

    pub(crate) fn plain_runner(&self, worker: &str) -> Runner {
        Runner::new(self.store.clone(), self.registry.clone(), self.clock(), worker)
    }

    pub(crate) async fn cause(&self, ids: &[&str]) {
        self.cause_in(Database::Pipeline, ids).await;
    }

    pub(crate) async fn cause_in(&self, database: Database, ids: &[&str]) {
        let mut batch = Batch::new(database, self.now());
        batch.trace.run_id = "run".to_owned();
        for id in ids {
            batch.fact(Fact::PageScraped { scrape_id: (*id).to_owned() });
        }
        self.store.commit(batch).await.unwrap();
    }

    pub(crate) async fn tasks(&self) -> Vec<TaskDoc> {
        let all = Query::of(Collection::Tasks(Database::Pipeline));
        self.store.list_all(all).await.unwrap().into_iter().map(|found| found.document).collect()
    }

    pub(crate) async fn letters(&self) -> Vec<FailedTask> {
        let all = Query::of(Collection::FailedTasks);
        self.store.list_all(all).await.unwrap().into_iter().map(|found| found.document).collect()
    }

    pub(crate) async fn runs(&self) -> Vec<Run> {
        let all = Query::of(Collection::Runs);
        self.store.list_all(all).await.unwrap().into_iter().map(|found| found.document).collect()
    }

    pub(crate) async fn count(&self, database: Database, name: &str) -> i64 {
        let funnel = self.store.get::<Funnel>(Collection::Funnels(database), "run").await.unwrap();
        funnel.and_then(|funnel| funnel.document.counts.get(name).copied()).unwrap_or(0)
    }
}

pub(crate) fn quick() -> Policy {
    Policy { rate: None, ..Policy::default() }
}

pub(crate) fn noted(id: &str, now: Time) -> Batch {
    let mut batch = Batch::new(Database::Pipeline, now);
    batch.put(&run(id, now), Precondition::Any).unwrap();
    batch
}

pub(crate) fn run(id: &str, now: Time) -> Run {
    Run { id: id.to_owned(), started_at: now, scope: RunScope::All, finished_at: None }
}

/// A runner at work.
pub(crate) struct Working {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Working {
    pub(crate) fn begin(runner: &Arc<Runner>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(Arc::clone(runner).run(stopped));
        Self { stop, running }
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn end(self) {
        self.stop.send_replace(true);
        tokio::time::timeout(Duration::from_secs(60), self.running).await.expect("it stops").unwrap();
    }

    /// As if its process were killed.
    pub(crate) async fn kill(self) {
        self.running.abort();
        assert!(self.running.await.unwrap_err().is_cancelled());
    }
}

/// Runs until nothing is due.
pub(crate) async fn work(runners: &[Arc<Runner>]) {
    let working: Vec<Working> = runners.iter().map(Working::begin).collect();
    for runner in runners {
        until(async || runner.is_idle().await.unwrap()).await;
    }
    for one in working {
        one.end().await;
    }
}

pub(crate) async fn until(condition: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    waited.await.expect("the condition holds within a minute");
}
