//! What every backend must do. A backend's own tests call [`run`] with a way to make fresh, empty databases.
#![expect(clippy::unwrap_used, reason = "a test suite")]

use std::sync::Arc;

use futures::StreamExt;
use model::{
    Collection, Database, Document, Fact, FailedTask, FailedTaskStatus, NewTask, Run, TaskDoc, Time, Trace, Url,
    UrlStatus,
};
use serde_json::json;

use crate::{Backend, Batch, Direction, Now, Precondition, Query, Store, StoreError};

/// Runs the whole suite, each test on databases of its own.
///
/// # Panics
/// When the backend breaks the contract.
pub async fn run(mut fresh: impl FnMut() -> [Arc<dyn Backend>; 3]) {
    let mut store = || Store::new(fresh(), reactions);
    reads_what_was_written(&store()).await;
    a_batch_is_all_or_nothing(&store()).await;
    preconditions_hold_under_a_race(&store()).await;
    queries_page_in_order(&store()).await;
    queries_without_an_index_are_refused(&store()).await;
    facts_leave_their_tasks(&store()).await;
    counts_add_up(&store()).await;
    the_feed_tells_every_change_in_order(&store()).await;
    databases_are_apart(&store()).await;
    bad_batches_are_refused(&store()).await;
}

fn reactions(fact: &Fact) -> Vec<NewTask> {
    match fact {
        Fact::PageScraped { scrape_id } => vec![NewTask {
            kind: "route",
            queue: "routing",
            key: scrape_id.clone(),
            payload: json!({ "scrape_id": scrape_id }),
            delay_ms: 500,
            rank: None,
        }],
        _ => Vec::new(),
    }
}

fn url(id: &str, source: &str, next: i64) -> Url {
    Url {
        id: id.to_owned(),
        url: format!("https://{source}.test/{id}"),
        source_id: source.to_owned(),
        status: UrlStatus::Active,
        depth: 0,
        found_on: None,
        class: None,
        next_scrape_at: Time(next),
        last_scrape_id: None,
        etag: None,
        last_modified: None,
        content_hash: None,
        fingerprint: None,
        extraction_id: None,
        extractor: 0,
    }
}

fn batch() -> Batch {
    Batch::new(Database::Pipeline, Time(1_000))
}

async fn put(store: &Store, documents: &[Url]) -> u64 {
    let mut batch = batch();
    for document in documents {
        batch.put(document, Precondition::Any).unwrap();
    }
    store.commit(batch).await.unwrap()
}

async fn reads_what_was_written(store: &Store) {
    let written = Url { etag: Some("\"ünï'code\"\u{1F3B8}".to_owned()), ..url("a", "s", 7) };
    let revision = put(store, std::slice::from_ref(&written)).await;
    let read = store.get::<Url>(Collection::Urls, "a").await.unwrap().unwrap();
    assert_eq!((read.document, read.revision), (written, revision));
    assert!(store.get::<Url>(Collection::Urls, "b").await.unwrap().is_none());
    let many = store.get_many::<Url>(Collection::Urls, &["b", "a", "b", "a"]).await.unwrap();
    assert_eq!(many.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false, true]);

    let mut delete = batch();
    delete.delete(Collection::Urls, "a", Precondition::AtRevision(revision)).unwrap();
    assert!(store.commit(delete).await.unwrap() > revision, "revisions grow");
    assert!(store.get::<Url>(Collection::Urls, "a").await.unwrap().is_none());
}

async fn a_batch_is_all_or_nothing(store: &Store) {
    put(store, &[url("there", "s", 0)]).await;
    let mut refused = batch();
    refused.put(&url("new", "s", 0), Precondition::Any).unwrap();
    refused.put(&url("there", "s", 9), Precondition::Absent).unwrap();
    refused.fact(Fact::PageScraped { scrape_id: "x".to_owned() });
    let error = store.commit(refused).await.unwrap_err();
    assert!(error.is_conflict() && error.to_string().contains("pipeline/urls/there"), "{error}");
    assert!(store.get::<Url>(Collection::Urls, "new").await.unwrap().is_none());
    let tasks = store.list::<TaskDoc>(&Query::of(Collection::Tasks(Database::Pipeline))).await.unwrap();
    assert!(tasks.documents.is_empty(), "no task of a commit that did not happen");
    let there = store.get::<Url>(Collection::Urls, "there").await.unwrap().unwrap();
    assert_eq!(there.document.next_scrape_at, Time(0));
}

async fn preconditions_hold_under_a_race(store: &Store) {
    let revision = put(store, &[url("contended", "s", 0)]).await;
    let racers = (0..32).map(|n| {
        let mut batch = batch();
        batch.put(&url("contended", "s", n), Precondition::AtRevision(revision)).unwrap();
        store.commit(batch)
    });
    let results = futures::future::join_all(racers).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "one winner");
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(StoreError::is_conflict));

    let creators = (0..32).map(|n| {
        let mut batch = batch();
        batch.put(&url("created once", "s", n), Precondition::Absent).unwrap();
        store.commit(batch)
    });
    let results = futures::future::join_all(creators).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "one creator");
}

async fn queries_page_in_order(store: &Store) {
    let documents: Vec<Url> =
        (0..23).map(|n| url(&format!("u{n:02}"), if n % 2 == 0 { "even" } else { "odd" }, n / 3)).collect();
    put(store, &documents).await;
    for limit in [1, 2, 5, 100] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let query = Query::of(Collection::Urls).order("next_scrape_at", direction).limit(limit);
            let ids: Vec<String> =
                store.list_all::<Url>(query).await.unwrap().into_iter().map(|v| v.document.id).collect();
            let mut expected: Vec<String> = documents.iter().map(|d| d.id.clone()).collect();
            if direction == Direction::Descending {
                expected.reverse();
            }
            assert_eq!(ids, expected, "pages of {limit}, {direction:?}");
        }
    }
    let odd = store.list_all::<Url>(Query::of(Collection::Urls).equal("source_id", "odd").limit(4)).await.unwrap();
    assert_eq!(odd.len(), 11);
    let range = Query::of(Collection::Urls)
        .order("next_scrape_at", Direction::Ascending)
        .above("next_scrape_at", 1)
        .at_most("next_scrape_at", 3);
    let range = store.list_all::<Url>(range).await.unwrap();
    assert_eq!(range.len(), 6);
    assert!(range.iter().all(|v| (2..=3).contains(&v.document.next_scrape_at.0)));
    assert_eq!(store.list_all::<Url>(Query::of(Collection::Urls).limit(7)).await.unwrap().len(), 23);
}

async fn queries_without_an_index_are_refused(store: &Store) {
    let query = Query::of(Collection::Urls).equal("depth", 0);
    let error = store.list::<Url>(&query).await.unwrap_err();
    assert!(matches!(error, StoreError::NoIndex { .. }), "{error}");
}

async fn facts_leave_their_tasks(store: &Store) {
    for trace in ["first", "second"] {
        let mut caused = batch();
        caused.trace = Trace { run_id: "r".to_owned(), trace_id: trace.to_owned() };
        caused.fact(Fact::PageScraped { scrape_id: "s1".to_owned() });
        caused.fact(Fact::PageGone { scrape_id: "u1".to_owned() });
        caused.fact(Fact::PageScraped { scrape_id: "s1".to_owned() });
        store.commit(caused).await.unwrap();
    }
    let due = Query::of(Collection::Tasks(Database::Pipeline))
        .equal("queue", "routing")
        .order("due_at", Direction::Ascending);
    let tasks = store.list::<TaskDoc>(&due).await.unwrap().documents;
    assert_eq!(tasks.len(), 1, "the same cause twice is one task");
    let task = &tasks[0].document;
    assert_eq!((task.id.as_str(), task.due_at), ("route:s1", Time(1_500)));
    assert_eq!(task.trace.trace_id, "second");
    assert_eq!(task.payload, json!({ "scrape_id": "s1" }));
}

async fn counts_add_up(store: &Store) {
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
    let funnel =
        store.get::<model::Funnel>(Collection::Funnels(Database::Pipeline), "run").await.unwrap().unwrap().document;
    assert_eq!(funnel.counts["scrape.fetched"], 40);
    assert_eq!(funnel.counts.len(), 3, "{funnel:?}");
}

async fn the_feed_tells_every_change_in_order(store: &Store) {
    put(store, &[url("a", "s", 0), url("b", "s", 0)]).await;
    let revision = put(store, &[url("a", "s", 1)]).await;
    let mut delete = batch();
    delete.delete(Collection::Urls, "b", Precondition::Any).unwrap();
    delete.delete(Collection::Urls, "never there", Precondition::Any).unwrap();
    store.commit(delete).await.unwrap();
    let seen: Vec<_> = store.tail(Database::Pipeline, 0).take(4).map(Result::unwrap).collect().await;
    let told: Vec<_> = seen.iter().map(|recorded| (recorded.key.id.as_str(), recorded.now == Now::Deleted)).collect();
    assert_eq!(told, [("a", false), ("b", false), ("a", false), ("b", true)]);
    assert_eq!(seen[2].revision, revision);
    assert!(seen.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));

    let mut resumed = store.tail(Database::Pipeline, seen[1].sequence);
    assert_eq!(resumed.next().await.unwrap().unwrap(), seen[2]);
    assert_eq!(resumed.next().await.unwrap().unwrap(), seen[3]);
    let late = [url("late", "s", 0)];
    let (later, _) = futures::join!(resumed.next(), put(store, &late));
    assert_eq!(later.unwrap().unwrap().key.id, "late", "a waiting reader is woken");
}

async fn databases_are_apart(store: &Store) {
    put(store, &[url("a", "s", 0)]).await;
    let mut main = Batch::new(Database::Main, Time(5));
    assert!(main.put(&url("a", "s", 0), Precondition::Any).is_err(), "a commit touches one database");
    main.trace.run_id = "run".to_owned();
    main.count("index.upserted", 3);
    store.commit(main).await.unwrap();
    assert!(store.get::<model::Funnel>(Collection::Funnels(Database::Pipeline), "run").await.unwrap().is_none());
    assert!(store.get::<model::Funnel>(Collection::Funnels(Database::Main), "run").await.unwrap().is_some());
}

async fn bad_batches_are_refused(store: &Store) {
    let mut twice = batch();
    twice.put(&url("a", "s", 0), Precondition::Any).unwrap();
    twice.put(&url("a", "s", 1), Precondition::Any).unwrap();
    assert!(matches!(store.commit(twice).await, Err(StoreError::WrittenTwice { .. })));

    let mut bad = batch();
    for id in ["", "a/b", "a\nb", &"x".repeat(201)] {
        assert!(matches!(bad.put(&url(id, "s", 0), Precondition::Any), Err(StoreError::InvalidId { .. })), "{id:?}");
    }
    let mut huge = url("huge", "s", 0);
    huge.etag = Some("x".repeat(Batch::DOCUMENT_MAX));
    assert!(matches!(bad.put(&huge, Precondition::Any), Err(StoreError::TooLarge { .. })));

    let run = Run { id: "r".to_owned(), started_at: Time(1), scope: model::RunScope::All, finished_at: None };
    let mut wrong_type = batch();
    wrong_type.put(&run, Precondition::Any).unwrap();
    store.commit(wrong_type).await.unwrap();
    let error = store.get::<FailedTask>(run.collection(), "r").await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    assert_eq!(json!(FailedTaskStatus::Retrying), "retrying");
}
