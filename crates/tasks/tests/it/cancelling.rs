use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use model::{Database, FailedTaskStatus};
use store::Batch;
use tasks::{Attempt, Failure, Policy, cancel, retry};
use tokio::sync::watch;

use crate::bench::{Bench, Visit, Working, noted, quick, until, work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_task_is_gone_when_it_is_cancelled() {
    let bench = Bench::new(quick()).noting();
    bench.cause(&["kept", "unwanted"]).await;
    assert!(cancel(&bench.store, Database::Pipeline, "visit:unwanted", "ada", bench.now()).await.unwrap());
    assert!(!cancel(&bench.store, Database::Pipeline, "visit:unwanted", "ada", bench.now()).await.unwrap());
    work(&[bench.runner("a")]).await;
    assert_eq!(bench.runs().await.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["kept"]);
    assert_eq!(bench.count(Database::Pipeline, "cancelled.visits").await, 1);
}

/// Whether a step was dropped before its end.
struct Ended(Arc<AtomicUsize>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_step_is_stopped_within_a_second_and_leaves_nothing() {
    let mut bench = Bench::new(quick());
    let (began, mut begun) = watch::channel(false);
    let ended = Arc::new(AtomicUsize::new(0));
    let guard = Arc::clone(&ended);
    bench.registry.step(move |_: Visit, _: Attempt| {
        let guard = Ended(Arc::clone(&guard));
        began.send_replace(true);
        async move {
            let _guard = guard;
            std::future::pending::<Result<Batch, Failure>>().await
        }
    });
    bench.cause(&["endless"]).await;
    let runner = bench.runner("a");
    let working = Working::begin(&runner);
    begun.wait_for(|begun| *begun).await.unwrap();
    let asked = Instant::now();
    assert!(cancel(&bench.store, Database::Pipeline, "visit:endless", "ada", bench.now()).await.unwrap());
    until(async || ended.load(Ordering::SeqCst) == 1).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    until(async || runner.is_idle().await.unwrap()).await;
    working.end().await;
    assert!(bench.letters().await.is_empty() && bench.tasks().await.is_empty() && bench.runs().await.is_empty());
    assert_eq!(bench.count(Database::Pipeline, "retried.visits").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_step_that_is_cancelled_at_its_end_nothing_is_committed() {
    let mut bench = Bench::new(Policy { bulk: 3, max_concurrent: 1, ..quick() });
    let store = bench.store.clone();
    bench.registry.bulk(move |visits: Vec<Visit>, attempt: Attempt| {
        let store = store.clone();
        async move {
            if visits.iter().any(|visit| visit.scrape_id == "unwanted") {
                assert!(cancel(&store, Database::Pipeline, "visit:unwanted", "ada", attempt.now).await?);
            }
            let mut batch = Batch::new(Database::Pipeline, attempt.now);
            for visit in visits {
                batch.writes.extend(noted(&visit.scrape_id, attempt.now).writes);
            }
            Ok(batch)
        }
    });
    bench.cause(&["kept", "unwanted", "other"]).await;
    work(&[bench.runner("a")]).await;
    assert_eq!(bench.runs().await.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["kept", "other"]);
    assert!(bench.tasks().await.is_empty() && bench.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_letter_of_a_cancelled_retry_can_be_retried_again() {
    let mut bench = Bench::new(quick());
    bench.registry.step(|_: Visit, _: Attempt| async move { Err(Failure::permanent(anyhow::anyhow!("no"))) });
    bench.cause(&["page"]).await;
    work(&[bench.runner("a")]).await;
    let letter = bench.letters().await.remove(0);
    assert!(retry(&bench.store, &letter.id, "ada", bench.now()).await.unwrap());
    let task = bench.tasks().await.remove(0);
    assert!(cancel(&bench.store, Database::Pipeline, &task.id, "bob", bench.now()).await.unwrap());
    assert_eq!(bench.letters().await[0].status, FailedTaskStatus::Failed);
    assert!(retry(&bench.store, &letter.id, "ada", bench.now()).await.unwrap());
}
