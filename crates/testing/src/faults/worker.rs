use std::sync::Arc;
use std::time::Duration;

use model::{Chat, Collection, Database, TaskDoc};
use store::{Batch, Fields, Precondition, Query, Store};
use tasks::{Policy, Queue, Registry, Runner, Task};
use tokio::sync::watch;

use crate::faults::step::{Route, Step};

/// Between looks at what is left.
const LOOK: Duration = Duration::from_millis(20);

/// Works off the steps' tasks, until told to stop. Each task takes `work`, and leaves a chat that counts how often it was
/// done.
pub async fn work_off(store: &Store, name: &str, lease: Duration, work: Duration, stop: watch::Receiver<bool>) {
    let mut registry = Registry::default();
    let policy = Policy {
        rate: None,
        max_concurrent: 4,
        ahead: 4,
        max_attempts: 1_000,
        min_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_millis(100),
        ..Policy::default()
    };
    registry.queue(Queue { name: Route::QUEUE, database: Database::Main, policy });
    registry.step(move |route: Route, attempt| async move {
        tokio::time::sleep(work).await;
        let mut batch = Batch::new(Database::Main, attempt.now);
        let effect = Fields::default().set("kind", "group").set("created_at", 0).set("last_message_at", 0);
        let effect = effect.union::<&str>("members", []).increment("message_count", 1);
        batch.update::<Chat>(Collection::Chats, &Step::effect_id(&route.scrape_id), effect, Precondition::Any)?;
        Ok(batch)
    });
    let runner = Runner::new(store.clone(), registry, tasks::system_clock(), name).with_lease(lease);
    Arc::new(runner.with_grace(Duration::ZERO)).run(stop).await;
}

/// Works until no task is left, whoever had them.
///
/// # Panics
/// When that takes longer than `patience`.
pub async fn drain(store: &Store, patience: Duration) {
    let (stop, stopped) = watch::channel(false);
    let left = async || store.count(&Query::of(Collection::Tasks(Database::Main))).await.expect("a count");
    let empty = async {
        while left().await > 0 {
            tokio::time::sleep(LOOK).await;
        }
        stop.send_replace(true);
    };
    let name = format!("drain-{}", std::process::id());
    let working = work_off(store, &name, Duration::from_secs(5), Duration::ZERO, stopped);
    let both = futures::future::join(working, empty);
    if tokio::time::timeout(patience, both).await.is_err() {
        let some = store.list::<TaskDoc>(&Query::of(Collection::Tasks(Database::Main)).limit(3)).await;
        panic!("{} tasks are left after {patience:?}: {some:?}", left().await);
    }
}
