use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tasks::{Attempt, Policy};
use tokio::sync::watch;

use crate::bench::{Bench, Visit, Working, noted, quick, until, work};

/// A bench whose steps wait until they are released, and how many have begun.
fn waiting(policy: Policy) -> (Bench, watch::Sender<bool>, Arc<AtomicUsize>) {
    let mut bench = Bench::new(policy);
    let (release, released) = watch::channel(false);
    let started = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&started);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        counter.fetch_add(1, Ordering::SeqCst);
        let mut released = released.clone();
        async move {
            released.wait_for(|released| *released).await.unwrap();
            Ok(noted(&visit.scrape_id, attempt.now))
        }
    });
    (bench, release, started)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_gives_back_what_has_not_begun_and_finishes_what_has() {
    let (bench, release, started) = waiting(Policy { max_concurrent: 1, ahead: 3, ..quick() });
    bench.cause(&["1", "2", "3", "4", "5"]).await;
    let working = Working::begin(&bench.runner("a"));
    until(async || started.load(Ordering::SeqCst) == 1).await;
    let leased = async || bench.tasks().await.iter().filter(|task| !task.worker.is_empty()).count();
    assert_eq!(leased().await, 4);
    let stopping = tokio::spawn(working.end());
    until(async || leased().await == 1).await;
    let free: Vec<_> = bench.tasks().await.into_iter().filter(|task| task.worker.is_empty()).collect();
    assert!(free.iter().all(|task| task.lapses == 0 && task.failures == 0 && task.due_at <= bench.now()), "{free:?}");
    assert!(!stopping.is_finished(), "the step that runs may finish");
    release.send_replace(true);
    stopping.await.unwrap();
    assert_eq!((bench.runs().await.len(), bench.tasks().await.len()), (1, 4));
    work(&[bench.runner("b")]).await;
    assert_eq!(bench.runs().await.len(), 5, "another goes on at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_outlasts_the_grace_is_left_to_others() {
    let (bench, release, started) = waiting(quick());
    bench.cause(&["slow"]).await;
    let working = Working::begin(&Arc::new(bench.plain_runner("a").with_grace(Duration::from_millis(20))));
    until(async || started.load(Ordering::SeqCst) == 1).await;
    working.end().await;
    let task = bench.tasks().await.remove(0);
    assert_eq!((task.worker.as_str(), task.failures, task.lapses), ("", 0, 0));
    assert!(bench.runs().await.is_empty());
    release.send_replace(true);
    work(&[bench.runner("b")]).await;
    assert_eq!((started.load(Ordering::SeqCst), bench.runs().await.len()), (2, 1));
}
