use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use model::{Chat, ChatKind, Collection, Database, Document, Message, Time};
use store::live::{Change, Changes};
use store::{Backend, Batch, BoxStream, Commit, Direction, Precondition, Query, Result, Store, StoreError, Versioned};

use crate::moody::Moody;

const CHATS: Collection = Collection::Chats;

type Items = BoxStream<'static, Result<Arc<Changes>>>;
type Found = BTreeMap<String, u64>;

fn chat(n: usize, at: i64) -> Chat {
    Chat {
        id: format!("c{n:04}"),
        kind: ChatKind::Group,
        members: vec![format!("m{}", n % 30)],
        created_at: Time(0),
        last_message_at: Time(at),
        message_count: 0,
    }
}

fn by_time() -> Query {
    Query::of(CHATS).order("last_message_at", Direction::Ascending)
}

fn batch<D: Document>(documents: impl IntoIterator<Item = D>) -> Batch {
    let mut batch = Batch::new(Database::Main, Time(1));
    for document in documents {
        batch.put(&document, Precondition::Any).unwrap();
    }
    batch
}

fn without(mut batch: Batch, n: usize) -> Batch {
    batch.delete(CHATS, &chat(n, 0).id, Precondition::Any).unwrap();
    batch
}

async fn found(store: &Store, query: &Query) -> Vec<(String, u64)> {
    let found: Vec<Versioned<Chat>> = match query.limit {
        Some(_) => store.list(query).await.unwrap().documents,
        None => store.list_all(query.clone()).await.unwrap(),
    };
    found.into_iter().map(|found| (found.document.id, found.revision)).collect()
}

async fn next(items: &mut Items) -> Result<Arc<Changes>> {
    tokio::time::timeout(Duration::from_secs(30), items.next()).await.expect("something is told").unwrap()
}

fn take(changes: &Changes, shown: &mut Found) {
    for change in &changes.changes {
        match change {
            Change::Added(document) => {
                assert_eq!(shown.insert(document.key.id.clone(), document.revision), None);
            }
            Change::Modified(document) => {
                let before = shown.insert(document.key.id.clone(), document.revision);
                assert!(before.is_some_and(|before| before < document.revision));
            }
            Change::Removed(id) => assert!(shown.remove(id).is_some(), "{id}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_different_moments_are_one_result() {
    for query in [by_time(), by_time().limit(1_100), Query::of(CHATS)] {
        let folder = tempfile::tempdir().unwrap();
        let (moody, store) = Moody::open(folder.path());
        store.commit(batch((0..1_300).map(|n| chat(n, 1_000 + n as i64)))).await.unwrap();
        let between = [
            // From the first page to the last and back, changed in place, gone, new, twice in a row.
            without(batch([chat(3, 9_000), chat(1_299, 5), chat(7, 1_007), chat(2_000, 0), chat(600, 1)]), 10),
            without(batch([chat(600, 9_001), chat(2_000, 1_400), chat(4, 1_601), chat(1_150, 2)]), 1_200),
            batch([chat(4, 1_004), chat(2_001, 1)]),
        ];
        let commits = between.into_iter().map(|batch| Commit { writes: batch.writes, reads: batch.reads });
        *moody.between.lock().unwrap() = commits.collect();
        let mut items = store.listen_raw(query.clone(), None);
        let first = next(&mut items).await.unwrap();
        let told: Vec<(String, u64)> = first
            .changes
            .iter()
            .map(|change| match change {
                Change::Added(document) => (document.key.id.clone(), document.revision),
                other => panic!("{other:?}"),
            })
            .collect();
        let revisions: std::collections::BTreeSet<u64> = told.iter().map(|(_, revision)| *revision).collect();
        assert!(revisions.len() > 2, "it changed between the pages: {revisions:?}");
        let rest = std::mem::take(&mut *moody.between.lock().unwrap());
        assert_eq!(told, found(&store, &query).await, "{query:?}");
        let mut shown: Found = told.into_iter().collect();
        for commit in rest {
            store.commit(Batch { writes: commit.writes, ..Batch::new(Database::Main, Time(1)) }).await.unwrap();
        }
        store.commit(without(batch([chat(5, 0)]), 20)).await.unwrap();
        let last: Found = found(&store, &query).await.into_iter().collect();
        while shown != last {
            take(&next(&mut items).await.unwrap(), &mut shown);
        }
    }
}

/// What an item says, in its order.
fn said(changes: &Changes) -> String {
    let word = |change: &Change| match change {
        Change::Added(document) => format!("+{}", document.key.id),
        Change::Modified(document) => format!("~{}", document.key.id),
        Change::Removed(id) => format!("-{id}"),
    };
    changes.changes.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Two commits are told as one, and somebody's first result lies between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_between_two_commits_is_told_the_second() {
    for removed in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let (moody, store) = Moody::open(folder.path());
        let mut before = store.listen_raw(by_time(), None);
        assert_eq!(said(&next(&mut before).await.unwrap()), "");
        moody.stop_hearing();
        store.commit(batch([chat(1, 1)])).await.unwrap();
        let mut between = store.listen_raw(by_time(), None);
        assert_eq!(said(&next(&mut between).await.unwrap()), "+c0001");
        let second = if removed { without(batch::<Chat>([]), 1) } else { batch([chat(1, 2)]) };
        store.commit(second).await.unwrap();
        moody.hear();
        assert_eq!(said(&next(&mut between).await.unwrap()), if removed { "-c0001" } else { "~c0001" });
        store.commit(batch([chat(2, 1)])).await.unwrap();
        assert_eq!(said(&next(&mut between).await.unwrap()), "+c0002");
        let rest = if removed { "" } else { "+c0001" };
        for expected in [rest, "+c0002"].into_iter().filter(|expected| !expected.is_empty()) {
            assert_eq!(said(&next(&mut before).await.unwrap()), expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let (moody, store) = Moody::open(folder.path());
    store.commit(batch((0..60).map(|n| chat(n, n as i64)))).await.unwrap();
    let queries = [by_time(), by_time().limit(2)];
    let mut listeners: Vec<(Query, Items, Found)> = Vec::new();
    for query in queries {
        let mut items = store.listen_raw(query.clone(), None);
        let mut shown = Found::new();
        take(&next(&mut items).await.unwrap(), &mut shown);
        listeners.push((query, items, shown));
    }
    moody.go();
    assert!(matches!(next(&mut store.listen_raw(Query::of(CHATS), None)).await, Err(StoreError::Backend { .. })));
    // The window must be read anew.
    let gone = (0..50).fold(batch([chat(70, 70)]), without);
    store.commit(gone).await.unwrap();
    for n in 0..300 {
        store.commit(batch([chat(71, n)])).await.unwrap();
    }
    moody.come_back();
    for (query, items, shown) in &mut listeners {
        let last: Found = found(&store, query).await.into_iter().collect();
        while *shown != last {
            take(&next(items).await.unwrap(), shown);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_overtaken_by_a_trim_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (moody, store) = Moody::open(folder.path());
    let mut listeners = [by_time(), by_time().limit(2)].map(|query| store.listen_raw(query, None));
    for items in &mut listeners {
        next(items).await.unwrap();
    }
    moody.go();
    moody.tails.subscribe().wait_for(|open| *open == 0).await.unwrap();
    store.commit(batch((0..60).map(|n| chat(n, n as i64)))).await.unwrap();
    moody.trim(50).await.unwrap();
    moody.come_back();
    for items in &mut listeners {
        let error = next(items).await.unwrap_err();
        assert!(matches!(error, StoreError::FeedTrimmed { .. }), "{error:?}");
        assert!(items.next().await.is_none());
    }
    let mut anew = store.listen_raw(by_time().limit(2), None);
    assert_eq!(next(&mut anew).await.unwrap().changes.len(), 2);
    store.commit(batch([chat(99, -1)])).await.unwrap();
    assert_eq!(next(&mut anew).await.unwrap().changes.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_share_one_tail_while_anybody_listens() {
    let folder = tempfile::tempdir().unwrap();
    let (moody, store) = Moody::open(folder.path());
    let mut open = moody.tails.subscribe();
    for round in 1..=2 {
        let query = |n: usize| match n % 2 {
            0 => Query::of(CHATS)
                .contains("members", format!("m{}", n % 30))
                .order("last_message_at", Direction::Ascending),
            _ => by_time().limit(n % 7 + 1),
        };
        let mut listeners: Vec<Items> = (0..300).map(|n| store.listen_raw(query(n), None)).collect();
        for first in join_all(listeners.iter_mut().map(next)).await {
            first.unwrap();
        }
        assert_eq!((*open.borrow(), moody.opened.load(Ordering::SeqCst)), (1, round));
        listeners.truncate(1);
        store.commit(batch([chat(0, round as i64)])).await.unwrap();
        next(&mut listeners[0]).await.unwrap();
        listeners.clear();
        open.wait_for(|open| *open == 0).await.unwrap();
        store.commit(without(batch::<Chat>([]), 0)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hears_nothing_is_given_newer_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = Moody::open(folder.path());
    let mut listeners = [by_time(), by_time().limit(2)].map(|query| store.listen_raw(query, None));
    for items in &mut listeners {
        next(items).await.unwrap();
    }
    let message = |n: usize| Message {
        id: format!("c/{n}"),
        sender: String::new(),
        text: String::new(),
        sent_at: Time(0),
        root_message: None,
        referenced_message: None,
    };
    for part in 0..6 {
        store.commit(batch((0..2_000).map(|n| message(part * 2_000 + n)))).await.unwrap();
    }
    store.trim_before(Database::Main, 3_000).await.unwrap();
    for (query, items) in [by_time(), by_time().limit(2)].into_iter().zip(&mut listeners) {
        let quiet = next(items).await.unwrap();
        assert!(quiet.changes.is_empty());
        let mut resumed = store.listen_raw(query, Some(&quiet.token));
        store.commit(batch([chat(0, 0)])).await.unwrap();
        assert_eq!(next(&mut resumed).await.unwrap().changes.len(), 1);
        store.commit(without(batch::<Chat>([]), 0)).await.unwrap();
    }
}
