use std::collections::HashMap;
use std::time::Duration;

use futures::future::join_all;
use model::{Collection, Database, Priority, TaskDoc, Time};
use serde_json::json;

use super::given::{NOW, chat, put, put_raw, value};
use crate::Direction::Ascending;
use crate::{Batch, Fields, Precondition, Query, Store, StoreError, Versioned};

const TASKS: Collection = Collection::Tasks(Database::Pipeline);
const LEASED: i64 = 1_000_000;

fn task(id: &str, due: i64) -> TaskDoc {
    let trace = json!({ "run_id": "", "trace_id": "" });
    let task =
        json!({ "id": id, "kind": "k", "queue": "q", "payload": null, "trace": trace, "due_at": due, "created_at": 0 });
    serde_json::from_value(task).unwrap()
}

/// Those that are due.
fn due() -> Query {
    let normal = Priority::default().level();
    Query::of(TASKS).equal("queue", "q").equal("priority", normal).order("due_at", Ascending).at_most("due_at", 1_000)
}

async fn claim(store: &Store, worker: &str, limit: usize) -> Vec<Versioned<TaskDoc>> {
    let lease = Fields::default().set("worker", worker).set("due_at", LEASED).increment("lapses", 1);
    store.claim::<TaskDoc>(&due().limit(limit), &lease).await.unwrap()
}

pub(super) async fn each_task_is_claimed_once(store: &Store) {
    let tasks: Vec<_> = (0..200).map(|n| task(&format!("t{n}"), n % 50)).collect();
    put(store, &tasks).await;
    put(store, &[task("later", 1_001)]).await;
    let workers = (0..16).map(|n| async move {
        let worker = format!("w{n}");
        let mut mine = Vec::new();
        loop {
            let claimed = claim(store, &worker, 1 + n % 7).await;
            let others_may_hold_the_rest = claimed.is_empty() && store.count(&due()).await.unwrap() > 0;
            if claimed.is_empty() && !others_may_hold_the_rest {
                return (worker, mine);
            }
            assert!(claimed.len() <= 1 + n % 7);
            mine.extend(claimed);
        }
    });
    let claimed =
        tokio::time::timeout(Duration::from_secs(20), join_all(workers)).await.expect("nobody waits for ever");
    let mut owners: HashMap<String, String> = HashMap::new();
    for (worker, mine) in claimed {
        for Versioned { document, revision } in mine {
            assert_eq!(
                (&document.worker, document.due_at, document.lapses),
                (&worker, Time(LEASED), 1),
                "as it is then"
            );
            let now = store.get::<TaskDoc>(TASKS, &document.id).await.unwrap().unwrap();
            assert_eq!((&now.document, now.revision), (&document, revision), "nobody changed it since");
            assert!(owners.insert(document.id, worker.clone()).is_none(), "claimed once");
        }
    }
    assert_eq!(owners.len(), 200);
    assert_eq!(value(store, TASKS, "later").await.unwrap()["worker"], "");
    assert!(claim(store, "late", 10).await.is_empty());
}

pub(super) async fn claims_keep_the_order(store: &Store) {
    let tasks: Vec<_> = (0..20).map(|n| task(&format!("t{n:02}"), 100 - n * 3 % 7)).collect();
    put(store, &tasks).await;
    put_raw(store, TASKS, &[("raw".to_owned(), json!({ "queue": "other", "priority": 1, "due_at": 1 }))]).await;
    let mut expected: Vec<(i64, String)> = tasks.iter().map(|task| (task.due_at.0, task.id.clone())).collect();
    expected.sort();
    let mut found = Vec::new();
    while found.len() < 20 {
        found.extend(claim(store, "w", 3).await.into_iter().map(|claimed| claimed.document.id));
    }
    assert_eq!(found, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), "the first ones first");

    // The commit that carries the result takes the task away, unless somebody else has claimed it since.
    put(store, &[task("t00", 5)]).await;
    let first = claim(store, "first", 1).await.remove(0);
    let mut lapsed = Batch::new(Database::Pipeline, NOW);
    lapsed.update::<TaskDoc>(TASKS, "t00", Fields::default().set("due_at", 6), Precondition::Exists).unwrap();
    store.commit(lapsed).await.unwrap();
    let second = claim(store, "second", 1).await.remove(0);
    assert!(second.revision > first.revision);
    assert_eq!(second.document.lapses, 2);
    for (claimed, done) in [(first, false), (second, true)] {
        let mut result = Batch::new(Database::Pipeline, NOW);
        result.delete(TASKS, "t00", Precondition::AtRevision(claimed.revision)).unwrap();
        assert_eq!(store.commit(result).await.is_ok(), done);
    }
}

pub(super) async fn recorded_collections_are_not_claimed(store: &Store) {
    put(store, &[chat("c", &[], 0, 0)]).await;
    let query = Query::of(Collection::Chats).order("last_message_at", Ascending);
    let error = store.claim::<model::Chat>(&query, &Fields::default().set("message_count", 1)).await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidQuery { .. }), "{error}");
    assert_eq!(value(store, Collection::Chats, "c").await.unwrap()["message_count"], 0);
    let error = store.claim::<TaskDoc>(&Query::of(TASKS).equal("kind", "k"), &Fields::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoIndex { .. }), "{error}");
}
