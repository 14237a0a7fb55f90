use std::sync::Arc;

use model::{Database, Fact, NewTask, Priority};
use serde::{Deserialize, Serialize};
use store::Batch;
use tasks::{Attempt, Policy, Queue, Task};

use crate::bench::{Bench, Visit, noted, quick, work};

#[derive(Serialize, Deserialize)]
struct Sort {
    rank: u32,
}

impl Task for Sort {
    const KIND: &'static str = "sort";
    const QUEUE: &'static str = "sorting";

    fn key(&self) -> String {
        self.rank.to_string()
    }
}

/// The digits of an id are its rank.
fn ranked(fact: &Fact) -> Vec<NewTask> {
    let Fact::PageScraped { scrape_id } = fact else { return Vec::new() };
    match scrape_id.parse() {
        Ok(rank) => vec![Sort { rank }.new_task_ranked(rank)],
        Err(_) => vec![Visit { scrape_id: scrape_id.clone() }.new_task()],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ranked_tasks_wait_for_the_queues_before_them_and_come_in_their_order() {
    let mut bench = Bench::new(quick()).reacting(ranked);
    let policy = Policy { max_concurrent: 1, ahead: 3, after: &["visits"], ..quick() };
    bench.registry.queue(Queue { name: Sort::QUEUE, database: Database::Pipeline, policy });
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (visited, sorted) = (Arc::clone(&order), Arc::clone(&order));
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        visited.lock().unwrap().push(0);
        async move {
            let mut batch = noted(&visit.scrape_id, attempt.now);
            // Each visit causes a task that belongs before those that earlier ones caused.
            let rank = 10 - visit.scrape_id.len();
            batch.fact(Fact::PageScraped { scrape_id: rank.to_string() });
            Ok(batch)
        }
    });
    bench.registry.step(move |sort: Sort, attempt: Attempt| {
        sorted.lock().unwrap().push(sort.rank);
        async move { Ok(Batch::new(Database::Pipeline, attempt.now)) }
    });
    bench.cause(&["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]).await;
    work(&[bench.runner("a")]).await;
    assert_eq!(*order.lock().unwrap(), [0, 0, 0, 0, 0, 0, 4, 5, 6, 7, 8, 9]);
}

/// Ids tell how urgent their visits are.
fn urgent(fact: &Fact) -> Vec<NewTask> {
    let Fact::PageScraped { scrape_id } = fact else { return Vec::new() };
    let priority = match scrape_id.as_bytes()[0] {
        b'h' => Priority::High,
        b'l' => Priority::Low,
        _ => Priority::Normal,
    };
    vec![NewTask { priority, ..Visit { scrape_id: scrape_id.clone() }.new_task() }]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_urgent_come_first_and_the_others_move_too() {
    let mut bench = Bench::new(Policy { max_concurrent: 1, ..quick() }).reacting(urgent);
    let order = Arc::new(std::sync::Mutex::new(String::new()));
    let seen = Arc::clone(&order);
    bench.registry.step(move |visit: Visit, attempt: Attempt| {
        seen.lock().unwrap().push_str(&visit.scrape_id[..1]);
        async move { Ok(noted(&visit.scrape_id, attempt.now)) }
    });
    let ids: Vec<String> =
        ["l", "n", "h"].into_iter().flat_map(|level| (0..9).map(move |n| format!("{level}{n}"))).collect();
    bench.cause(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    work(&[bench.runner("a")]).await;
    assert_eq!(*order.lock().unwrap(), "hhhhhhhlhhnnnnnlnnnnlllllll", "each eighth claim begins at the bottom");
}
