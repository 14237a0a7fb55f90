use model::{Collection, Database, Fact, Funnel, NewTask, Priority, TaskDoc, Time, Trace};
use serde_json::json;

use crate::{Batch, Direction, Query, Store};

pub(super) fn reactions(fact: &Fact) -> Vec<NewTask> {
    match fact {
        Fact::PageScraped { scrape_id } => vec![NewTask {
            kind: "route",
            queue: "routing",
            key: scrape_id.clone(),
            payload: json!({ "scrape_id": scrape_id }),
            delay_ms: 500,
            rank: None,
            priority: Priority::default(),
            rate_key: None,
        }],
        _ => Vec::new(),
    }
}

fn batch() -> Batch {
    Batch::new(Database::Pipeline, Time(1_000))
}

pub(super) async fn facts_leave_their_tasks(store: &Store) {
    for trace in ["first", "second"] {
        let mut caused = batch();
        caused.trace = Trace { run_id: "r".to_owned(), trace_id: trace.to_owned(), ..Trace::default() };
        caused.fact(Fact::PageScraped { scrape_id: "s1".to_owned() });
        caused.fact(Fact::PageGone { scrape_id: "u1".to_owned() });
        caused.fact(Fact::PageScraped { scrape_id: "s1".to_owned() });
        store.commit(caused).await.unwrap();
    }
    let due = Query::of(Collection::Tasks(Database::Pipeline))
        .equal("queue", "routing")
        .equal("priority", Priority::default().level())
        .order("due_at", Direction::Ascending);
    let tasks = store.list::<TaskDoc>(&due).await.unwrap().documents;
    assert_eq!(tasks.len(), 1, "the same cause twice is one task");
    let task = &tasks[0].document;
    assert_eq!((task.id.as_str(), task.due_at), ("route:s1", Time(1_500)));
    assert_eq!(task.trace.trace_id, "second");
    assert_eq!(task.payload, json!({ "scrape_id": "s1" }));
}

pub(super) async fn counts_add_up(store: &Store) {
    let adders = (0..20).map(|n| {
        let mut counted = batch();
        counted.trace.run_id = "run".to_owned();
        counted.count("scrape.fetched", 2);
        counted.count(format!("odd \"name\" {}", n % 2), 1);
        store.commit(counted)
    });
    for result in futures::future::join_all(adders).await {
        result.unwrap();
    }
    let funnels = Collection::Funnels(Database::Pipeline);
    let funnel = store.get::<Funnel>(funnels, "run").await.unwrap().unwrap().document;
    assert_eq!(funnel.counts["scrape.fetched"], 40);
    assert_eq!(funnel.counts.len(), 3, "{funnel:?}");
}
