use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use model::{Chat, Collection, Database};

use super::given::{batch, chat, delete, message, position, put, update};
use super::watching::{Watcher, another, found};
use crate::Direction::{Ascending, Descending};
use crate::live::{Change, Token};
use crate::{Batch, Cursor, Fields, Precondition, Query, Store, StoreError};

const CHATS: Collection = Collection::Chats;

fn of_a() -> Query {
    Query::of(CHATS).contains("members", "a").order("last_message_at", Ascending)
}

fn latest(limit: usize) -> Query {
    Query::of(CHATS).order("last_message_at", Descending).limit(limit)
}

pub(super) async fn first_the_result_then_each_commit(store: &Store) {
    let mut watcher = Watcher::new(store, of_a());
    assert_eq!(watcher.see().await, "", "an empty result is told too");
    put(store, &[chat("x", &["a"], 2, 0), chat("y", &["b", "a"], 1, 0), chat("z", &["b"], 3, 0)]).await;
    assert_eq!(watcher.see().await, "+x +y", "one commit, one item");
    put(store, &[chat("z", &["b"], 4, 0)]).await;
    put(store, &[message("x/m", "a", 0)]).await;
    update(store, "x", Fields::default().increment("message_count", 1), Precondition::Any).await.unwrap();
    assert_eq!(watcher.see().await, "~x", "what is not in the result is not told");
    let mut both = batch();
    both.put(&chat("z", &["a"], 4, 0), Precondition::Any).unwrap();
    both.delete(CHATS, "x", Precondition::Any).unwrap();
    both.put(&chat("y", &["b"], 1, 0), Precondition::Any).unwrap();
    store.commit(both).await.unwrap();
    assert_eq!(watcher.see().await, "+z -x -y");
    let mut late = Watcher::new(store, of_a());
    assert_eq!(late.see().await, "+z");
    assert_eq!(late.shown, watcher.shown);
    let unordered = Fields::default().remove("last_message_at");
    update(store, "z", unordered, Precondition::Any).await.unwrap();
    assert_eq!([watcher.see().await, late.see().await], ["-z", "-z"], "without the field of the order");
}

pub(super) async fn documents_come_as_their_type(store: &Store) {
    put(store, &[chat("x", &["a"], 2, 7)]).await;
    let mut chats = [(); 2].map(|()| store.listen::<Chat>(of_a(), None));
    let mut told = Vec::new();
    for stream in &mut chats {
        told.push(stream.next().await.unwrap().unwrap());
    }
    let [Change::Added(one)] = &told[0].changes[..] else { panic!("{told:?}") };
    assert_eq!(one.document, chat("x", &["a"], 2, 7));
    let revision = put(store, &[chat("x", &["a"], 2, 8)]).await;
    let mut shared = Vec::new();
    for stream in &mut chats {
        let item = stream.next().await.unwrap().unwrap();
        let [Change::Modified(now)] = &item.changes[..] else { panic!("{item:?}") };
        assert_eq!((now.document.message_count, now.revision), (8, revision));
        shared.push(Arc::clone(now));
    }
    assert!(Arc::ptr_eq(&shared[0], &shared[1]), "parsed once for all");
}

pub(super) async fn tokens_resume_without_loss_or_repetition(store: &Store) {
    put(store, &[chat("x", &["a"], 2, 0), chat("y", &["a"], 1, 0)]).await;
    let mut watchers = [Watcher::new(store, of_a()), Watcher::new(store, latest(2))];
    for watcher in &mut watchers {
        watcher.see().await;
        watcher.leave();
    }
    update(store, "x", Fields::default().increment("message_count", 1), Precondition::Any).await.unwrap();
    put(store, &[chat("z", &["a"], 3, 0)]).await;
    delete(store, CHATS, "y").await;
    let elsewhere = another(store);
    for watcher in &mut watchers {
        watcher.resume(&elsewhere);
        while watcher.shown != found(store, &watcher.query).await {
            watcher.see().await;
        }
        watcher.resume(store);
    }
    put(store, &[chat("v", &["a"], 9, 0)]).await;
    assert_eq!(watchers[0].see().await, "+v", "nothing was told again");
    assert_eq!(watchers[1].see().await, "-x +v");
}

pub(super) async fn what_is_no_token_of_the_query_is_refused(store: &Store) {
    let mut watcher = Watcher::new(store, of_a());
    watcher.see().await;
    let token = watcher.token.clone().unwrap();
    let refused = async |query: Query, token: &Token| {
        let mut stream = store.listen_raw(query, Some(token));
        let error = stream.next().await.unwrap().unwrap_err();
        assert!(stream.next().await.is_none(), "an error is the last item");
        assert!(matches!(error, StoreError::InvalidToken { .. }), "{error:?}");
    };
    refused(of_a().limit(3), &token).await;
    refused(Query::of(Collection::Messages), &token).await;
    let text = token.to_text();
    let (known, sequence) = text.rsplit_once('.').unwrap();
    let future = format!("{known}.{}", sequence.parse::<u64>().unwrap() + 1_000_000);
    refused(of_a(), &Token::from_text(&future).unwrap()).await;
}

pub(super) async fn what_nobody_can_listen_to_is_refused(store: &Store) {
    let cursor = Some(Cursor { values: vec![1.into()], id: "x".to_owned() });
    let by_time = || Query::of(CHATS).order("last_message_at", Ascending);
    for (query, unindexed) in [
        (by_time().after(cursor.clone()), false),
        (by_time().before(cursor), false),
        (Query::of(Collection::Tasks(Database::Main)), false),
        (Query::of(CHATS).equal("created_at", 1), true),
    ] {
        let error = store.listen_raw(query.clone(), None).next().await.unwrap().unwrap_err();
        let is_unindexed = matches!(error, StoreError::NoIndex { .. });
        assert!(
            is_unindexed == unindexed && (unindexed || matches!(error, StoreError::InvalidQuery { .. })),
            "{query:?}"
        );
    }
}

pub(super) async fn others_follow_into_a_window(store: &Store) {
    let chats: Vec<Chat> = (0..40).map(|n| chat(&format!("c{n:02}"), &["a"], n, 0)).collect();
    put(store, &chats).await;
    let mut watcher = Watcher::new(store, latest(2));
    assert_eq!(watcher.see().await, "+c39 +c38");
    // More than are read ahead.
    for n in (3..40).rev() {
        delete(store, CHATS, &format!("c{n:02}")).await;
        assert_eq!(watcher.see().await, format!("-c{n:02} +c{:02}", n - 2));
    }
    put(store, &[chat("c00", &["a"], 0, 5)]).await;
    put(store, &[chat("c01", &["a"], 50, 0)]).await;
    assert_eq!(watcher.see().await, "~c01", "what is behind the window is not told");
    put(store, &[chat("c01", &["a"], -1, 0)]).await;
    assert_eq!(watcher.see().await, "-c01 +c00");
    put(store, &[chat("c03", &["a"], 3, 0), chat("c04", &["a"], 4, 0), chat("c05", &["a"], 5, 0)]).await;
    assert_eq!(watcher.see().await, "-c00 -c02 +c05 +c04");
    let mut all = batch();
    for id in ["c00", "c01", "c02", "c03", "c04"] {
        all.delete(CHATS, id, Precondition::Any).unwrap();
    }
    store.commit(all).await.unwrap();
    assert_eq!(watcher.see().await, "-c04", "a window may be short");
}

pub(super) async fn who_is_slow_catches_up(store: &Store) {
    let mut watchers = [Watcher::new(store, of_a()), Watcher::new(store, latest(3))];
    for watcher in &mut watchers {
        watcher.see().await;
    }
    // More than wait for anybody.
    let commits = (0..600_i64).map(|n| {
        let mut batch = batch();
        batch.put(&chat(&format!("c{n}"), &["a"], n, 0), Precondition::Absent).unwrap();
        store.commit(batch)
    });
    let revisions: Vec<u64> = join_all(commits).await.into_iter().map(Result::unwrap).collect();
    let all = found(store, &of_a()).await;
    assert_eq!(all.len(), revisions.len());
    let mut last = 0;
    while watchers[0].shown != all {
        let item = watchers[0].see().await;
        let id = item.strip_prefix('+').unwrap_or_else(|| panic!("one commit, one item: {item}"));
        assert!(all[id] > last, "in the order of the commits");
        last = all[id];
    }
    let first = found(store, &latest(3)).await;
    while watchers[1].shown != first {
        watchers[1].see().await;
    }
    delete(store, CHATS, "c599").await;
    assert_eq!(watchers[0].see().await, "-c599");
    assert_eq!(watchers[1].see().await, "-c599 +c596");
}

pub(super) async fn thousands_hear_every_change(store: &Store) {
    const LISTENERS: usize = 2_000;
    const COMMITS: usize = 10;
    let ready = Arc::new(tokio::sync::Barrier::new(LISTENERS + 1));
    let mut listeners = tokio::task::JoinSet::new();
    for n in 0..LISTENERS {
        let (store, ready) = (store.clone(), Arc::clone(&ready));
        // Some listen to something else.
        let query = if n % 10 == 0 { latest(5) } else { of_a() };
        listeners.spawn(async move {
            let mut stream = store.listen_raw(query, None);
            assert!(stream.next().await.unwrap().unwrap().changes.is_empty());
            ready.wait().await;
            let mut revisions = Vec::new();
            while revisions.len() < COMMITS {
                for change in &stream.next().await.unwrap().unwrap().changes {
                    if let Change::Added(document) = change {
                        revisions.push(document.revision);
                    }
                }
            }
            revisions
        });
    }
    ready.wait().await;
    let mut revisions = Vec::new();
    for n in 0..COMMITS {
        // Each its own document: one that is changed again before the feed is read is told once.
        revisions.push(put(store, &[chat(&format!("c{n}"), &["a"], n as i64, 0)]).await);
    }
    while let Some(heard) = listeners.join_next().await {
        assert_eq!(heard.unwrap(), revisions);
    }
}

pub(super) async fn who_comes_after_a_trim_begins_anew(store: &Store) {
    put(store, &[chat("x", &["a"], 2, 0)]).await;
    for query in [of_a(), latest(2)] {
        let mut watcher = Watcher::new(store, query.clone());
        watcher.see().await;
        watcher.leave();
        for n in 0..5 {
            put(store, &[chat("x", &["a"], n, 0)]).await;
        }
        let kept = position(store).await - 3;
        assert_eq!(store.trim_before(Database::Main, 3).await.unwrap(), kept);
        watcher.resume(store);
        let error = watcher.next().await.unwrap_err();
        assert!(matches!(error, StoreError::FeedTrimmed { first, .. } if first == kept + 1), "{error:?}");
        let mut anew = Watcher::new(store, query);
        assert_eq!(anew.see().await, "+x");
        anew.leave();
        for n in 5..8 {
            put(store, &[chat("x", &["a"], n, 0)]).await;
        }
        store.trim_before(Database::Main, 3).await.unwrap();
        anew.resume(store);
        while anew.shown != found(store, &anew.query).await {
            anew.see().await;
        }
    }
    store.trim_before(Database::Main, 0).await.unwrap();
    assert_eq!(Watcher::new(store, of_a()).see().await, "+x", "nothing of the feed is needed to begin");
}

pub(super) async fn other_databases_are_not_heard(store: &Store) {
    let mut watcher = Watcher::new(store, Query::of(CHATS));
    watcher.see().await;
    let mut pipeline = Batch::new(Database::Pipeline, super::given::NOW);
    let run = model::Run {
        id: "x".to_owned(),
        started_at: super::given::NOW,
        scope: model::RunScope::All,
        finished_at: None,
    };
    pipeline.put(&run, Precondition::Any).unwrap();
    store.commit(pipeline).await.unwrap();
    put(store, &[chat("y", &[], 0, 0)]).await;
    assert_eq!(watcher.see().await, "+y");
    let quiet = tokio::time::timeout(Duration::from_millis(50), watcher.next()).await;
    assert!(quiet.is_err(), "nothing more happened");
}
