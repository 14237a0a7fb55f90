use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{Database, TaskDoc};
use tasks::{Attempt, PerKey, Policy, Rate, Runner};

use crate::bench::{Bench, Visit, Working, noted, quick, until, work};

type Starts = Arc<Mutex<Vec<(i64, String)>>>;

/// Two starts at once and one a second of each host, at whatever process.
fn paced() -> (Bench, Starts) {
    let per_key = Some(PerKey { rate: Rate(1.0), burst: 2 });
    let mut bench = Bench::new(Policy { per_key, max_concurrent: 32, ..quick() });
    let starts = Starts::default();
    let seen = Arc::clone(&starts);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        seen.lock().unwrap().push((attempt.now.0, visit.scrape_id.clone()));
        async move { Ok(noted(&visit.scrape_id, attempt.now)) }
    });
    (bench, starts)
}

fn of_host(starts: &Starts, host: &str) -> Vec<i64> {
    let starts = starts.lock().unwrap();
    let mut times: Vec<i64> =
        starts.iter().filter(|(_, id)| id.starts_with(host)).map(|(at, _)| *at - 1_000_000).collect();
    times.sort_unstable();
    times
}

/// Moves the clock from one due task to the next until all are done.
async fn drain(bench: &Bench, runners: &[Arc<Runner>]) {
    let working: Vec<Working> = runners.iter().map(Working::begin).collect();
    until(async || {
        let tasks = bench.tasks().await;
        let taken = |task: &TaskDoc| !matches!(task.worker.as_str(), "" | TaskDoc::PACED);
        if !tasks.iter().any(|task| taken(task) || task.due_at <= bench.now())
            && let Some(next) = tasks.iter().map(|task| task.due_at).min()
        {
            bench.now.store(next.0, Ordering::SeqCst);
        }
        tasks.is_empty()
    })
    .await;
    for one in working {
        one.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_together_keep_the_rate_of_a_key() {
    let (bench, starts) = paced();
    bench.cause(&["a~1", "a~2", "a~3", "a~4", "a~5", "a~6", "a~7", "b~1", "free"]).await;
    drain(&bench, &[bench.runner("a"), bench.runner("b")]).await;
    assert_eq!(of_host(&starts, "a~"), [0, 0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    assert_eq!(of_host(&starts, "b~"), [0], "another key does not wait");
    assert_eq!(of_host(&starts, "free"), [0], "nor what bothers nobody");
    assert_eq!(bench.count(Database::Pipeline, "retried.visits").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_slot_counts_as_running_and_neither_failed_nor_lapsed() {
    let (bench, starts) = paced();
    bench.cause(&["a~1", "a~2", "a~3", "a~4"]).await;
    let runner = bench.runner("a");
    let working = Working::begin(&runner);
    until(async || bench.runs().await.len() == 2 && runner.state().running() == 0).await;
    assert!(!runner.is_idle().await.unwrap());
    let waiting = bench.tasks().await;
    assert_eq!(waiting.len(), 2);
    for task in &waiting {
        assert_eq!((task.worker.as_str(), task.failures, task.lapses), (TaskDoc::PACED, 0, 0));
        assert_eq!(task.slot, Some(task.due_at));
    }
    working.end().await;
    assert_eq!(runner.release_all().await.unwrap(), 0, "they are nobody's");
    assert_eq!(of_host(&starts, "a~").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_that_were_missed_are_not_made_up_at_once() {
    let (bench, starts) = paced();
    let runner = bench.runner("a");
    bench.cause(&["a~1", "a~2", "a~3", "a~4", "a~5", "a~6"]).await;
    let working = Working::begin(&runner);
    until(async || bench.runs().await.len() == 2 && runner.state().running() == 0).await;
    working.end().await;
    // Nobody works for an hour: four slots pass.
    bench.advance(Duration::from_secs(3_600));
    drain(&bench, &[runner]).await;
    assert_eq!(of_host(&starts, "a~"), [0, 0, 3_600_000, 3_600_000, 3_601_000, 3_602_000], "a burst, then the rate");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_without_a_limit_waits_for_nothing() {
    let bench = Bench::new(quick()).noting();
    bench.cause(&["a~1", "a~2", "a~3", "a~4"]).await;
    work(&[bench.runner("a")]).await;
    assert_eq!(bench.runs().await.len(), 4);
}
