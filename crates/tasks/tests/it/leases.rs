use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::{Collection, Database, ErrorType, TaskDoc, Time};
use serde_json::Value;
use store::{Batch, Precondition};
use tasks::{Attempt, Policy};
use tokio::sync::watch;

use crate::bench::{Bench, Visit, Working, noted, quick, until, work};

const LEASE: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_lives_as_long_as_its_step() {
    let mut bench = Bench::new(quick());
    let started = Arc::new(AtomicUsize::new(0));
    let (release, released) = watch::channel(false);
    let counter = Arc::clone(&started);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        counter.fetch_add(1, Ordering::SeqCst);
        let mut released = released.clone();
        async move {
            released.wait_for(|released| *released).await.unwrap();
            Ok(noted(&visit.scrape_id, attempt.now))
        }
    });
    bench.cause(&["long"]).await;
    let runners = ["a", "b"].map(|name| {
        let runner = bench.plain_runner(name).with_lease(LEASE);
        Arc::new(runner)
    });
    let working = runners.each_ref().map(Working::begin);
    until(async || started.load(Ordering::SeqCst) == 1).await;
    let lease = bench.tasks().await[0].worker.clone();
    // The clock goes on for ten times the lease, never faster than the lease is renewed.
    for _ in 0..20 {
        bench.advance(LEASE / 2);
        let renewed = bench.now() + LEASE;
        until(async || bench.tasks().await[0].due_at >= renewed).await;
    }
    assert_eq!(bench.tasks().await[0].worker, lease, "nobody else took it");
    release.send_replace(true);
    until(async || runners[0].is_idle().await.unwrap()).await;
    for one in working {
        one.end().await;
    }
    assert_eq!((started.load(Ordering::SeqCst), bench.runs().await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tasks_of_the_killed_go_to_others_when_their_leases_lapse() {
    let mut bench = Bench::new(Policy { max_concurrent: 4, ahead: 4, ..quick() });
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
    bench.cause(&["1", "2", "3", "4", "5", "6", "7", "8"]).await;
    let killed = Working::begin(&bench.runner("killed"));
    until(async || started.load(Ordering::SeqCst) == 4).await;
    killed.kill().await;
    release.send_replace(true);

    let heir = bench.runner("heir");
    let working = Working::begin(&heir);
    bench.cause(&["new"]).await;
    until(async || bench.runs().await.len() == 1).await;
    assert_eq!(bench.runs().await[0].id, "new", "leases hold until they lapse");
    bench.advance(Duration::from_secs(31));
    until(async || heir.is_idle().await.unwrap()).await;
    working.end().await;
    assert_eq!(bench.runs().await.len(), 9, "all are done, and the ones that never began too");
    assert!(bench.tasks().await.is_empty() && bench.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_was_away_commits_nothing_of_what_others_took() {
    let mut bench = Bench::new(quick());
    let (began, mut begun) = watch::channel(0);
    let (release, released) = watch::channel(false);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        began.send_modify(|times| *times += 1);
        let (first, mut released) = (*began.borrow() == 1, released.clone());
        async move {
            if first {
                // Not even a lease that is looked after may matter here: the thread itself hangs.
                tokio::task::block_in_place(|| {
                    while !*released.borrow_and_update() && released.has_changed().is_ok() {
                        std::thread::park_timeout(Duration::from_millis(1));
                    }
                });
                return Ok(noted("too late", attempt.now));
            }
            Ok(noted(&visit.scrape_id, attempt.now))
        }
    });
    bench.cause(&["page"]).await;
    // Its lease is long in coming up for renewal, as if the whole process stood still.
    let away = Working::begin(&bench.runner("away"));
    begun.wait_for(|times| *times == 1).await.unwrap();
    bench.advance(Duration::from_secs(31));
    work(&[bench.runner("heir")]).await;
    assert_eq!(bench.runs().await.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["page"]);
    release.send_replace(true);
    away.end().await;
    assert_eq!(bench.runs().await.len(), 1, "nothing was added");
    assert!(bench.tasks().await.is_empty() && bench.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_blocks_its_thread_keeps_its_task_no_longer_than_it_may() {
    let mut bench = Bench::new(Policy { timeout: Duration::from_millis(20), ..quick() });
    let started = Arc::new(AtomicUsize::new(0));
    let (release, released) = watch::channel(false);
    let counter = Arc::clone(&started);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        let (first, released) = (counter.fetch_add(1, Ordering::SeqCst) == 0, released.clone());
        async move {
            if first {
                tokio::task::block_in_place(|| {
                    while !*released.borrow() && released.has_changed().is_ok() {
                        std::thread::park_timeout(Duration::from_millis(1));
                    }
                });
                return Ok(noted("too late", attempt.now));
            }
            Ok(noted(&visit.scrape_id, attempt.now))
        }
    });
    bench.cause(&["page"]).await;
    let [blocked, heir] = ["blocked", "heir"].map(|name| Arc::new(bench.plain_runner(name).with_lease(LEASE)));
    let blocked = Working::begin(&blocked);
    until(async || started.load(Ordering::SeqCst) == 1).await;
    let working = Working::begin(&heir);
    until(async || {
        // Slower than the clock that renewals go by: a lease that is renewed does not lapse.
        bench.advance(Duration::from_millis(1));
        !bench.runs().await.is_empty()
    })
    .await;
    release.send_replace(true);
    working.end().await;
    blocked.end().await;
    assert_eq!(bench.runs().await.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["page"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kills_its_workers_is_given_up() {
    let bench = Bench::new(quick()).noting();
    bench.cause(&["fatal", "unlucky"]).await;
    for task in bench.tasks().await {
        let lapses = if task.id == "visit:fatal" { 20 } else { 19 };
        let mut batch = Batch::new(Database::Pipeline, Time(0));
        let lapsed = TaskDoc { worker: "dead.1".to_owned(), due_at: Time(999_999), lapses, ..task };
        batch.put(&lapsed, Precondition::Any).unwrap();
        bench.store.commit(batch).await.unwrap();
    }
    work(&[bench.runner("a")]).await;
    let letters = bench.letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].error_type, letters[0].retry_count), (ErrorType::WorkersLost, 0));
    assert!(letters[0].error_message.starts_with("20 workers ended"), "{letters:?}");
    assert_eq!(bench.runs().await.len(), 1);
    assert!(bench.tasks().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_a_word() {
    let mut bench = Bench::new(Policy { max_attempts: 60, ..quick() });
    bench.registry.step(|_: Visit, _: Attempt| async move { Err(anyhow::anyhow!("no").into()) });
    bench.cause(&["page"]).await;
    let runner = bench.runner("a");
    for failures in 1..=25 {
        work(&[Arc::clone(&runner)]).await;
        let task = bench.tasks().await.remove(0);
        assert_eq!((task.failures, task.lapses), (failures, 0));
        bench.advance(Duration::from_secs(301));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_before_there_were_priorities_are_found() {
    let bench = Bench::new(quick()).noting();
    bench.cause(&["old"]).await;
    let mut batch = Batch::new(Database::Pipeline, Time(0));
    let without = store::Fields::default().remove("priority").set("extra", Value::Null);
    batch.update::<TaskDoc>(Collection::Tasks(Database::Pipeline), "visit:old", without, Precondition::Exists).unwrap();
    bench.store.commit(batch).await.unwrap();
    let runner = bench.runner("a");
    assert_eq!(runner.release_all().await.unwrap(), 0, "it was nobody's");
    work(&[runner]).await;
    assert_eq!(bench.runs().await.len(), 1);
}
