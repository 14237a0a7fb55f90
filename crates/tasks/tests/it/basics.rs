use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::{Collection, Database, Fact, FailedTaskStatus, Run, TaskDoc, Time};
use store::{Batch, Precondition};
use tasks::{Attempt, Failure, Policy};
use tokio::sync::watch;

use crate::bench::{Bench, Visit, Working, noted, quick, until, work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_and_its_end_are_one_commit() {
    let mut bench = Bench::new(quick());
    bench.registry.step(|visit: Visit, attempt: Attempt| async move {
        let mut batch = noted(&visit.scrape_id, attempt.now);
        batch.count("visited", 1);
        if visit.scrape_id == "first" {
            batch.fact(Fact::PageScraped { scrape_id: "second".to_owned() });
        }
        Ok(batch)
    });
    bench.cause(&["first"]).await;
    work(&[bench.runner("a")]).await;
    assert_eq!(bench.runs().await.len(), 2, "the task and the one that it caused");
    assert!(bench.tasks().await.is_empty());
    let funnel = bench.store.get::<model::Funnel>(Collection::Funnels(Database::Pipeline), "run").await.unwrap();
    assert_eq!(funnel.unwrap().document.counts["visited"], 2, "counted once each, in the run's name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_tried_again_with_growing_waits_and_then_given_up() {
    let mut bench = Bench::new(quick());
    let healed = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&healed);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        let healed = seen.load(Ordering::SeqCst) > 0;
        async move {
            if healed { Ok(noted(&visit.scrape_id, attempt.now)) } else { Err(anyhow::anyhow!("no answer").into()) }
        }
    });
    bench.cause(&["page"]).await;
    let runner = bench.runner("a");
    let mut waits = Vec::new();
    while bench.letters().await.is_empty() {
        work(&[Arc::clone(&runner)]).await;
        for task in bench.tasks().await {
            let wait = task.due_at.since(Time(bench.now.load(Ordering::SeqCst)));
            waits.push(wait.as_secs());
            bench.advance(wait);
        }
    }
    assert_eq!(waits, [10, 20, 40, 80]);
    let letter = bench.letters().await.remove(0);
    assert_eq!((letter.status, letter.retry_count), (FailedTaskStatus::Failed, 5));
    assert_eq!((letter.pipeline_stage.as_str(), letter.error_message.as_str()), ("visits", "no answer"));
    assert!(letter.first_failed_at < letter.last_failed_at);
    assert!(bench.tasks().await.is_empty(), "a dead letter is no task any more");

    let now = Time(bench.now.load(Ordering::SeqCst));
    assert!(tasks::retry(&bench.store, &letter.id, "ada", now).await.unwrap());
    assert!(!tasks::retry(&bench.store, &letter.id, "ada", now).await.unwrap(), "it is being retried already");
    healed.store(1, Ordering::SeqCst);
    work(&[runner]).await;
    let letter = bench.letters().await.remove(0);
    assert_eq!((letter.status, letter.resolved_by.as_deref()), (FailedTaskStatus::Resolved, Some("ada")));
    assert_eq!(bench.runs().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_mended_is_given_up_at_once() {
    let mut bench = Bench::new(quick());
    bench.registry.step(|visit: Visit, attempt: Attempt| async move {
        match visit.scrape_id.as_str() {
            "hopeless" => Err(Failure::permanent(anyhow::anyhow!("not a page"))),
            "panics" => panic!("out of bounds"),
            _ => Ok(noted(&visit.scrape_id, attempt.now)),
        }
    });
    bench.cause(&["hopeless", "panics", "good"]).await;
    work(&[bench.runner("a")]).await;
    assert_eq!(bench.letters().await.len(), 1);
    assert_eq!(bench.runs().await.len(), 1, "the others are not held up");
    let waiting = bench.tasks().await;
    assert!(waiting[0].last_error.as_ref().unwrap().contains("out of bounds"), "{waiting:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runners_do_every_task_once() {
    let mut bench = Bench::new(Policy { max_concurrent: 3, ..quick() });
    let started = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&started);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move {
            let mut batch = noted(&visit.scrape_id, attempt.now);
            batch.count("visited", 1);
            Ok(batch)
        }
    });
    let ids: Vec<String> = (0..200).map(|n| format!("p{n}")).collect();
    bench.cause(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    work(&[bench.runner("a"), bench.runner("b")]).await;
    assert_eq!(bench.runs().await.len(), 200);
    assert_eq!(started.load(Ordering::SeqCst), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_whose_reading_was_changed_begins_again() {
    let mut bench = Bench::new(quick());
    let store = bench.store.clone();
    bench.registry.step(move |_: Visit, attempt: Attempt| {
        let store = store.clone();
        async move {
            let read = store.get::<Run>(Collection::Runs, "counter").await?.unwrap();
            let mut batch = Batch::new(Database::Pipeline, attempt.now);
            let next = Run { started_at: Time(read.document.started_at.0 + 1), ..read.document };
            batch.put(&next, Precondition::AtRevision(read.revision))?;
            Ok(batch)
        }
    });
    bench.store.commit(noted("counter", Time(0))).await.unwrap();
    let ids: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
    bench.cause(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let runner = bench.runner("a");
    while !bench.tasks().await.is_empty() {
        work(&[Arc::clone(&runner)]).await;
        bench.advance(Duration::from_secs(300));
    }
    assert_eq!(bench.runs().await[0].started_at, Time(40), "no update is lost");
    assert!(bench.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_cause_is_not_lost_while_the_older_one_is_worked_on() {
    let mut bench = Bench::new(quick());
    let (began, mut begun) = watch::channel(0);
    let (release, released) = watch::channel(false);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        began.send_modify(|times| *times += 1);
        let mut released = released.clone();
        async move {
            released.wait_for(|released| *released).await.unwrap();
            Ok(noted(&format!("{}-{}", visit.scrape_id, attempt.trace.run_id), attempt.now))
        }
    });
    bench.cause(&["page"]).await;
    let runner = bench.runner("a");
    let working = Working::begin(&runner);
    begun.wait_for(|times| *times == 1).await.unwrap();
    bench.cause(&["page"]).await;
    release.send_replace(true);
    until(async || runner.is_idle().await.unwrap()).await;
    working.end().await;
    assert_eq!(*begun.borrow(), 2, "done again from what is true now");
    assert_eq!(bench.runs().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_task_of_a_bulk_does_not_hold_up_the_others() {
    let mut bench = Bench::new(Policy { bulk: 50, max_concurrent: 1, ..quick() });
    bench.registry.bulk(|visits: Vec<Visit>, attempt: Attempt| async move {
        let mut batch = Batch::new(Database::Main, attempt.now);
        if visits.iter().any(|visit| visit.scrape_id == "bad") {
            return Err(anyhow::anyhow!("one is bad").into());
        }
        batch.count("visited", i64::try_from(visits.len()).unwrap());
        Ok(batch)
    });
    bench.cause(&["a", "b", "bad", "c"]).await;
    work(&[bench.runner("a")]).await;
    let left: Vec<String> = bench.tasks().await.into_iter().map(|task| task.id).collect();
    assert_eq!(left, ["visit:bad"]);
    let funnel = bench.store.get::<model::Funnel>(Collection::Funnels(Database::Main), "run").await.unwrap();
    assert_eq!(funnel.unwrap().document.counts["visited"], 3, "committed in another database than the tasks'");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_of_the_dead_lapse_or_are_given_back() {
    let mut bench = Bench::new(quick());
    bench.registry.step(|visit: Visit, attempt: Attempt| async move { Ok(noted(&visit.scrape_id, attempt.now)) });
    bench.cause(&["lapses", "given back"]).await;
    for task in bench.tasks().await {
        let mut batch = Batch::new(Database::Pipeline, Time(0));
        let due_at = Time(1_000_000) + Duration::from_secs(120);
        batch.put(&TaskDoc { worker: "dead.0".to_owned(), lapses: 1, due_at, ..task }, Precondition::Any).unwrap();
        bench.store.commit(batch).await.unwrap();
    }
    let runner = bench.runner("a");
    assert!(!runner.is_idle().await.unwrap(), "somebody seems to work on them");
    assert_eq!(runner.release_all().await.unwrap(), 2);
    assert!(bench.tasks().await.iter().all(|task| task.worker.is_empty() && task.lapses == 1));
    work(&[runner]).await;
    assert_eq!(bench.runs().await.len(), 2);
}
