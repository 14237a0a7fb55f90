use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{Collection, Database, Fact, NewTask, QueueLease};
use serde::{Deserialize, Serialize};
use store::Batch;
use tasks::{Attempt, Policy, Queue, Runner, Task};
use tokio::sync::watch;

use crate::bench::{Bench, Visit, Working, noted, quick, until, work};

fn alone() -> Policy {
    Policy { max_concurrent: 1, ahead: 7, exclusive: true, ..quick() }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("p{n}")).collect()
}

async fn cause(bench: &Bench, names: &[String]) {
    bench.cause(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

async fn holder(bench: &Bench) -> Option<String> {
    let lease = bench.store.get::<QueueLease>(Collection::Leases(Database::Pipeline), Visit::QUEUE).await.unwrap();
    lease.map(|lease| lease.document.holder)
}

/// Steps note whether another one runs at the same time; which runner they belong to cannot be seen from inside.
fn watched(bench: &mut Bench) -> Arc<AtomicUsize> {
    let (running, overlaps) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&overlaps);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        let (running, overlaps) = (Arc::clone(&running), Arc::clone(&seen));
        async move {
            overlaps.fetch_add(running.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            tokio::task::yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(noted(&visit.scrape_id, attempt.now))
        }
    });
    overlaps
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_at_a_time_works_the_queue() {
    let mut bench = Bench::new(alone());
    let overlaps = watched(&mut bench);
    let runners = ["a", "b", "c"].map(|name| bench.runner(name));
    let working = runners.each_ref().map(Working::begin);
    for round in 0..5 {
        let names: Vec<String> = names(30).iter().map(|name| format!("{round}-{name}")).collect();
        cause(&bench, &names).await;
    }
    until(async || runners[0].is_idle().await.unwrap()).await;
    let worked: Vec<u64> = runners.iter().map(|runner| runner.state().done.load(Ordering::SeqCst)).collect();
    for one in working {
        one.end().await;
    }
    assert_eq!(overlaps.load(Ordering::SeqCst), 0);
    assert_eq!(bench.runs().await.len(), 150);
    assert_eq!(worked.iter().filter(|done| **done > 0).count(), 1, "{worked:?}");
    assert_eq!(holder(&bench).await, None, "given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_takes_over_when_the_one_stops_or_dies() {
    let mut bench = Bench::new(alone());
    let hang = Arc::new(Mutex::new(BTreeSet::from(["hangs".to_owned()])));
    let (began, mut begun) = watch::channel(false);
    let hanging = Arc::clone(&hang);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        let hangs = hanging.lock().unwrap().remove(&visit.scrape_id);
        let began = began.clone();
        async move {
            if hangs {
                began.send_replace(true);
                std::future::pending::<()>().await;
            }
            Ok(noted(&visit.scrape_id, attempt.now))
        }
    });
    let (a, b) = (bench.runner("a"), bench.runner("b"));
    work(std::slice::from_ref(&a)).await;
    cause(&bench, &names(3)).await;
    work(std::slice::from_ref(&a)).await;
    cause(&bench, &["q".to_owned()]).await;
    work(&[b]).await;
    assert_eq!(bench.runs().await.len(), 4, "who stops lets go of the queue");

    bench.cause(&["hangs", "waits"]).await;
    let dying = Working::begin(&a);
    begun.wait_for(|begun| *begun).await.unwrap();
    dying.kill().await;
    assert_eq!(holder(&bench).await.as_deref(), Some("a"));
    bench.advance(Duration::from_secs(31));
    work(&[bench.runner("c")]).await;
    assert_eq!(bench.runs().await.len(), 6);
}

/// While the lease of the queue is another's, a step that still runs commits nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_the_queue_commits_nothing() {
    let mut bench = Bench::new(alone());
    let store = bench.store.clone();
    let now = bench.now();
    let thieves = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&thieves);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        let (store, first) = (store.clone(), counted.fetch_add(1, Ordering::SeqCst) == 0);
        async move {
            if first {
                let mut batch = Batch::new(Database::Pipeline, now);
                let until = now + Duration::from_secs(30);
                let stolen =
                    QueueLease { id: Visit::QUEUE.to_owned(), holder: "thief".to_owned(), until, database: None };
                batch.put(&stolen, store::Precondition::Exists)?;
                store.commit(batch).await?;
            }
            Ok(noted(&visit.scrape_id, attempt.now))
        }
    });
    bench.cause(&["page"]).await;
    let runner = bench.runner("a");
    let working = Working::begin(&runner);
    until(async || thieves.load(Ordering::SeqCst) == 1 && runner.state().running() == 0).await;
    assert!(bench.runs().await.is_empty());
    // Its lease and that of the task lapse.
    bench.advance(Duration::from_secs(61));
    until(async || bench.runs().await.len() == 1).await;
    working.end().await;
}

#[derive(Serialize, Deserialize)]
struct Gather {
    key: String,
}

impl Task for Gather {
    const KIND: &'static str = "gather";
    const QUEUE: &'static str = "gathering";

    fn key(&self) -> String {
        self.key.clone()
    }
}

fn chained(fact: &Fact) -> Vec<NewTask> {
    match fact {
        Fact::PageScraped { scrape_id } => vec![Visit { scrape_id: scrape_id.clone() }.new_task()],
        Fact::PageRouted { scrape_id } => vec![Gather { key: scrape_id.clone() }.new_task()],
        _ => Vec::new(),
    }
}

/// A queue that comes after others sees the work of all processes, and of chains that hop from queue to queue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_waits_for_all_processes() {
    let mut bench = Bench::new(Policy { max_concurrent: 2, ..quick() }).reacting(chained);
    let policy = Policy { after: &["visits"], ..alone() };
    bench.registry.queue(Queue { name: Gather::QUEUE, database: Database::Pipeline, policy });
    let visits = Arc::new(AtomicUsize::new(0));
    let (counted, early) = (Arc::clone(&visits), Arc::new(AtomicUsize::new(0)));
    let too_early = Arc::clone(&early);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let mut batch = Batch::new(Database::Pipeline, attempt.now);
            // Each visit leads to the next, and leaves something to gather.
            let (chain, left) = visit.scrape_id.split_once('-').unwrap();
            let left: u32 = left.parse().unwrap();
            batch.fact(Fact::PageRouted { scrape_id: visit.scrape_id.clone() });
            if left > 0 {
                batch.fact(Fact::PageScraped { scrape_id: format!("{chain}-{}", left - 1) });
            }
            Ok(batch)
        }
    });
    bench.registry.step(move |_: Gather, attempt: Attempt| {
        too_early.fetch_add(usize::from(visits.load(Ordering::SeqCst) < 120), Ordering::SeqCst);
        async move { Ok(Batch::new(Database::Pipeline, attempt.now)) }
    });
    bench.cause(&["a-39", "b-39", "c-39"]).await;
    let runners: Vec<Arc<Runner>> = ["a", "b"].map(|name| bench.runner(name)).into();
    work(&runners).await;
    assert_eq!(early.load(Ordering::SeqCst), 0);
    assert!(bench.tasks().await.is_empty());
}
