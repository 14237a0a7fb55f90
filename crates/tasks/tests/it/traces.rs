use std::sync::{Arc, Mutex};

use model::{Database, Fact, Trace};
use store::Batch;
use tasks::{Attempt, Policy};

use crate::bench::{Bench, Visit, quick, work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_goes_on_with_the_trace_of_its_cause() {
    let mut bench = Bench::new(Policy { max_concurrent: 1, ..quick() });
    let seen = Arc::new(Mutex::new(Vec::<Trace>::new()));
    let noted = Arc::clone(&seen);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        noted.lock().unwrap().push(attempt.trace.clone());
        async move {
            if visit.scrape_id == "first" && attempt.number == 1 {
                return Err(anyhow::anyhow!("once").into());
            }
            let mut batch = Batch::new(Database::Pipeline, attempt.now);
            if visit.scrape_id == "first" {
                batch.fact(Fact::PageScraped { scrape_id: "second".to_owned() });
            }
            Ok(batch)
        }
    });
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut batch = Batch::new(Database::Pipeline, bench.now());
    batch.trace = Trace::of_caller(Some(header), "run", &[]);
    batch.fact(Fact::PageScraped { scrape_id: "first".to_owned() });
    bench.store.commit(batch).await.unwrap();
    assert_eq!(bench.tasks().await[0].trace.traceparent(), header, "the caller's span is the task's parent");
    let runner = bench.runner("a");
    work(&[Arc::clone(&runner)]).await;
    bench.advance(std::time::Duration::from_secs(10));
    work(&[runner]).await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|trace| trace.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736" && trace.run_id == "run"));
    let mut spans: Vec<&str> = seen.iter().map(|trace| trace.span_id.as_str()).collect();
    assert!(spans.iter().all(|span| span.len() == 16), "{spans:?}");
    spans.sort_unstable();
    spans.dedup();
    assert_eq!(spans.len(), 3, "each try is a span of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_cause_while_the_first_waits_leaves_one_task() {
    let bench = Bench::new(quick()).noting();
    bench.cause(&["page"]).await;
    bench.cause(&["page", "page"]).await;
    assert_eq!(bench.tasks().await.len(), 1);
    let runner = bench.runner("a");
    work(&[Arc::clone(&runner)]).await;
    assert_eq!(runner.state().done.load(std::sync::atomic::Ordering::SeqCst), 1);
}
