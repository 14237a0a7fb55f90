//! Tasks a second, of tasks that do nothing but commit one document: `cargo run --release -p tasks --example throughput`.

use std::sync::Arc;
use std::time::Instant;

use model::{Database, Fact, NewTask, ScheduledTask};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition};
use store_sqlite::SqliteBackend;
use tasks::{Attempt, Policy, Queue, Registry, Runner, Task, system_clock};
use tokio::sync::watch;
use tokio::task::JoinSet;

const TASKS: usize = 20_000;

#[derive(Serialize, Deserialize)]
struct Trivial {
    id: String,
}

impl Task for Trivial {
    const KIND: &'static str = "trivial";
    const QUEUE: &'static str = "trivial";

    fn key(&self) -> String {
        self.id.clone()
    }
}

fn reactions(fact: &Fact) -> Vec<NewTask> {
    match fact {
        Fact::PageScraped { scrape_id } => vec![Trivial { id: scrape_id.clone() }.new_task()],
        _ => Vec::new(),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    for (runners, writes) in [(1, false), (2, false), (1, true), (2, true)] {
        let (caused, done) = measure(runners, writes).await?;
        let what = if writes { "one document each" } else { "nothing else" };
        println!("{runners} runner(s), {what:>17}: {caused:>8.0} tasks/s caused, {done:>8.0} tasks/s done");
    }
    Ok(())
}

/// Tasks a second that are caused, and that are worked off.
async fn measure(runners: usize, writes: bool) -> anyhow::Result<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    let store = SqliteBackend::store(folder.path(), reactions)?;
    let clock = system_clock();
    let began = Instant::now();
    for chunk in 0..TASKS / 500 {
        let mut batch = Batch::new(Database::Pipeline, clock());
        for n in 0..500 {
            batch.fact(Fact::PageScraped { scrape_id: format!("{:05}", chunk * 500 + n) });
        }
        store.commit(batch).await?;
    }
    let caused = TASKS as f64 / began.elapsed().as_secs_f64();

    let mut registry = Registry::default();
    let policy = Policy { rate: None, max_concurrent: 128, ahead: 512, ..Policy::default() };
    registry.queue(Queue { name: Trivial::QUEUE, database: Database::Pipeline, policy });
    registry.step(move |task: Trivial, attempt: Attempt| async move {
        let mut batch = Batch::new(Database::Pipeline, attempt.now);
        if writes {
            let (run_id, url_id) = ("run".to_owned(), task.id.clone());
            batch.put(&ScheduledTask { id: task.id, run_id, url_id, due_at: attempt.now }, Precondition::Any)?;
        }
        Ok(batch)
    });
    let (stop, stopped) = watch::channel(false);
    let mut working = JoinSet::new();
    let began = Instant::now();
    let runners: Vec<Arc<Runner>> = (0..runners)
        .map(|n| Arc::new(Runner::new(store.clone(), registry.clone(), Arc::clone(&clock), format!("worker-{n}"))))
        .collect();
    for runner in &runners {
        working.spawn(Arc::clone(runner).run(stopped.clone()));
    }
    let done =
        || -> u64 { runners.iter().map(|runner| runner.state().done.load(std::sync::atomic::Ordering::Relaxed)).sum() };
    while (done() as usize) < TASKS {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let rate = TASKS as f64 / began.elapsed().as_secs_f64();
    stop.send_replace(true);
    while working.join_next().await.is_some() {}
    Ok((caused, rate))
}
