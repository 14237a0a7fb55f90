use futures::StreamExt;
use model::{Collection, Database, Message, Time};
use serde_json::{Value, json};

use super::given::{batch, chat, delete, message, page, position, put, put_raw, update};
use crate::Direction::Ascending;
use crate::{Batch, Fields, Now, Precondition, Query, Recorded, Result, Store, StoreError};

const CHATS: Collection = Collection::Chats;

/// The next entries after a position.
pub(super) async fn entries(store: &Store, after: u64, count: usize) -> Vec<Recorded> {
    store.tail(Database::Main, after).take(count).map(Result::unwrap).collect().await
}

pub(super) async fn the_feed_tells_every_change_in_order(store: &Store) {
    let start = position(store).await;
    let first = put(store, &[chat("a", &[], 0, 0), chat("b", &[], 0, 0)]).await;
    let second = put(store, &[chat("a", &[], 1, 0)]).await;
    let mut unrecorded = batch();
    unrecorded.trace.run_id = "run".to_owned();
    unrecorded.count("x", 1);
    store.commit(unrecorded).await.unwrap();
    let mut both = batch();
    both.delete(CHATS, "b", Precondition::Any).unwrap();
    both.delete(CHATS, "never there", Precondition::Any).unwrap();
    both.put(&message("a/m", "x", 0), Precondition::Any).unwrap();
    let third = store.commit(both).await.unwrap();
    let mut refused = batch();
    refused.put(&chat("refused", &[], 0, 0), Precondition::Exists).unwrap();
    store.commit(refused).await.unwrap_err();

    let seen = entries(store, start, 5).await;
    let told: Vec<_> = seen.iter().map(|entry| (entry.key.id.as_str(), entry.revision, entry.last)).collect();
    let expected =
        [("a", first, false), ("b", first, true), ("a", second, true), ("b", third, false), ("a/m", third, true)];
    assert_eq!(told, expected);
    assert!(seen.windows(2).all(|pair| pair[0].sequence < pair[1].sequence) && seen[0].sequence > start);
    for after in 0..5 {
        let resumed = entries(store, seen[after].sequence, 4 - after).await;
        let keys = |entries: &[Recorded]| entries.iter().map(|e| (e.sequence, e.key.clone())).collect::<Vec<_>>();
        assert_eq!(keys(&resumed), keys(&seen[after + 1..]), "each position resumes");
    }

    let mut waiting = store.tail(Database::Main, seen[4].sequence);
    let late = [chat("late", &[], 0, 0)];
    let (later, revision) = futures::join!(waiting.next(), put(store, &late));
    let later = later.unwrap().unwrap();
    assert_eq!((later.key.id.as_str(), later.revision), ("late", revision), "a waiting reader is woken");
}

pub(super) async fn entries_tell_what_was_and_what_is(store: &Store) {
    let start = position(store).await;
    put(store, &[chat("a", &["x"], 1, 5)]).await;
    let fields = Fields::default().increment("message_count", 1).union("members", ["y"]).set("kind", "support");
    let changed = update(store, "a", fields, Precondition::Any).await.unwrap();
    delete(store, CHATS, "a").await;
    put(store, &[chat("a", &[], 3, 0)]).await;
    put_raw(store, CHATS, &[("b".to_owned(), json!({ "id": "b", "other": 1 }))]).await;
    let last = put(store, &[chat("b", &[], 4, 0)]).await;
    put(store, &[Message { text: "t".to_owned(), ..message("a/m", "x\0", 9) }]).await;
    delete(store, Collection::Messages, "a/m").await;

    let seen = entries(store, start, 8).await;
    let was: Vec<Option<Value>> =
        seen.iter().map(|entry| entry.was.as_deref().map(|was| serde_json::from_str(was).unwrap())).collect();
    let expected = [
        None,
        Some(json!({ "kind": "group", "members": ["x"], "last_message_at": 1, "message_count": 5 })),
        Some(json!({ "kind": "support", "members": ["x", "y"], "last_message_at": 1, "message_count": 6 })),
        None,
        None,
        Some(json!({})),
        None,
        Some(json!({ "sender": "x\0", "sent_at": 9 })),
    ];
    for (n, (was, expected)) in was.iter().zip(&expected).enumerate() {
        assert_eq!(was.is_some(), expected.is_some(), "entry {n}: {was:?}");
        for field in seen[n].key.collection.indexed_fields() {
            let value = |of: &Option<Value>| of.as_ref().and_then(|of| of.get(field.name).cloned()).unwrap_or_default();
            assert_eq!(value(was), value(expected), "{} of entry {n}", field.name);
        }
    }
    let now: Vec<&Now> = seen.iter().map(|entry| &entry.now).collect();
    assert_eq!(now[..2], [&Now::Superseded, &Now::Superseded]);
    assert!(matches!(now[2], Now::Deleted | Now::Superseded));
    assert_eq!((now[4], now[6], now[7]), (&Now::Superseded, &Now::Superseded, &Now::Deleted));
    for (entry, expected) in [(&seen[3], chat("a", &[], 3, 0)), (&seen[5], chat("b", &[], 4, 0))] {
        let Now::Document(stored) = &entry.now else { panic!("{entry:?}") };
        assert_eq!((&stored.key, stored.revision), (&entry.key, entry.revision));
        assert_eq!(serde_json::from_str::<model::Chat>(&stored.data).unwrap(), expected);
    }
    assert_eq!((seen[1].revision, seen[5].revision), (changed, last));
}

pub(super) async fn a_page_knows_its_place_in_the_feed(store: &Store) {
    let by_time = Query::of(CHATS).order("last_message_at", Ascending);
    let empty = page(store, &by_time).await.position;
    for n in 0..5 {
        put(store, &[chat(&format!("c{n}"), &[], n, 0)]).await;
    }
    let five = page(store, &by_time.clone().limit(2)).await.position;
    assert_eq!(entries(store, empty, 5).await[4].sequence, five, "up to here the page knows");
    let sixth = put(store, &[chat("c5", &[], 5, 0)]).await;
    let next = entries(store, five, 1).await;
    assert_eq!((next[0].key.id.as_str(), next[0].revision), ("c5", sixth), "from here on it does not");
    let mut elsewhere = Batch::new(Database::Pipeline, Time(0));
    let run = model::Run { id: "r".to_owned(), started_at: Time(1), scope: model::RunScope::All, finished_at: None };
    elsewhere.put(&run, Precondition::Any).unwrap();
    store.commit(elsewhere).await.unwrap();
    assert_eq!(page(store, &by_time).await.position, next[0].sequence, "each database has a feed of its own");
}

pub(super) async fn a_trimmed_feed_says_so(store: &Store) {
    let start = position(store).await;
    for n in 0..5 {
        put(store, &[chat(&format!("c{n}"), &[], n, 0)]).await;
    }
    let seen = entries(store, start, 5).await;
    store.trim(Database::Main, seen[2].sequence).await.unwrap();
    for after in [start, seen[0].sequence, seen[1].sequence] {
        let mut tail = store.tail(Database::Main, after);
        let error = tail.next().await.unwrap().unwrap_err();
        let StoreError::FeedTrimmed { after: asked, first } = error else { panic!("{error}") };
        assert_eq!((asked, first), (after, seen[3].sequence));
        assert!(tail.next().await.is_none(), "it ends with that");
    }
    assert_eq!(entries(store, seen[2].sequence, 2).await, seen[3..], "who has read that far goes on");
    store.trim(Database::Main, seen[0].sequence).await.unwrap();
    assert_eq!(entries(store, seen[2].sequence, 2).await, seen[3..], "what is forgotten stays forgotten");

    store.trim(Database::Main, seen[4].sequence).await.unwrap();
    let error = store.tail(Database::Main, seen[3].sequence).next().await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::FeedTrimmed { .. }), "an empty feed knows too: {error}");
    assert_eq!(position(store).await, seen[4].sequence, "the position stays");
    put(store, &[chat("new", &[], 0, 0)]).await;
    let next = entries(store, seen[4].sequence, 1).await;
    assert!(next[0].key.id == "new" && next[0].sequence > seen[4].sequence, "sequences go on");
}
