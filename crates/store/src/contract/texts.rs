use model::{Collection, Message};
use serde_json::{Value, json};

use super::given::{batch, chat, ids, message, put, put_raw, value, walk};
use crate::Direction::{Ascending, Descending};
use crate::{Batch, Fields, Precondition, Query, Store, StoreError};

const MESSAGES: Collection = Collection::Messages;
const PERFORMANCES: Collection = Collection::EvtPerformances;

/// What databases stumble over.
const ODD: [&str; 30] = [
    "",
    " ",
    "\0",
    "\0\0",
    "\0a",
    "a\0",
    "a\0b",
    "a\u{1}",
    "\u{1}",
    "\u{1}0",
    "\u{2}",
    "a",
    "A",
    "ab",
    "b",
    "\\u0000",
    "\\0",
    "\\",
    "\"",
    "'; --",
    "%",
    "\n",
    "é",
    "e\u{301}",
    "\u{202E}\u{5E9}\u{5DC}",
    "\u{FEFF}",
    "\u{E000}",
    "\u{FFFF}",
    "\u{1F3B8}",
    "\u{10FFFF}",
];

pub(super) async fn texts_survive_and_are_ordered_by_bytes(store: &Store) {
    let messages: Vec<Message> = ODD
        .iter()
        .enumerate()
        .map(|(n, odd)| Message { text: format!("{odd}{odd}"), ..message(&format!("c/{n:02}"), odd, 1) })
        .collect();
    put(store, &messages).await;
    for message in &messages {
        let found = store.get::<Message>(MESSAGES, &message.id).await.unwrap().unwrap();
        assert_eq!(&found.document, message);
        let by_sender = Query::of(MESSAGES).equal("sender", message.sender.as_str()).order("sent_at", Ascending);
        assert_eq!(ids(store, &by_sender).await, std::slice::from_ref(&message.id), "{:?}", message.sender);
    }
    let nested = json!({ "id": "x", "k\0ey": { "\0": ["\0", "\\u0000"] }, "\u{10FFFF}": "\u{1}\0", "n": null });
    put_raw(store, MESSAGES, &[("c/nested".to_owned(), nested.clone())]).await;
    assert_eq!(value(store, MESSAGES, "c/nested").await.unwrap(), nested);

    let members: Vec<_> =
        ODD.iter().enumerate().map(|(n, odd)| chat(&format!("{n:02}"), &[odd, "all"], 0, 0)).collect();
    put(store, &members).await;
    for (odd, expected) in ODD.iter().zip(&members) {
        let by_member = Query::of(Collection::Chats).contains("members", *odd).order("last_message_at", Ascending);
        assert_eq!(ids(store, &by_member).await, [expected.id.as_str()], "{odd:?}");
    }

    let performances: Vec<(String, Value)> =
        ODD.iter().enumerate().map(|(n, odd)| (format!("{n:02}"), json!({ "venue_id": "v", "start": odd }))).collect();
    put_raw(store, PERFORMANCES, &performances).await;
    let mut sorted: Vec<(&str, String)> = ODD.into_iter().zip(performances.into_iter().map(|(id, _)| id)).collect();
    sorted.sort_unstable();
    let ids_from = |n: usize| sorted[n..].iter().map(|(_, id)| id.clone()).collect::<Vec<_>>();
    assert_eq!(walk(store, &Query::of(PERFORMANCES).order("start", Ascending).limit(4)).await, ids_from(0));
    for (n, (bound, _)) in sorted.iter().enumerate().step_by(3) {
        let from = Query::of(PERFORMANCES).at_least("start", *bound);
        assert_eq!(ids(store, &from).await, ids_from(n), "from {bound:?}");
        let behind = Query::of(PERFORMANCES).equal("venue_id", "v").above("start", *bound).order("start", Descending);
        let mut expected = ids_from(n + 1);
        expected.reverse();
        assert_eq!(walk(store, &behind.limit(7)).await, expected, "behind {bound:?}");
    }
}

pub(super) async fn indexed_texts_have_a_limit(store: &Store) {
    // Without repetitions that a database could compress away.
    let long = |bytes: usize| -> String {
        (0_u32..).map(|n| char::from(b'!' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 90)).take(bytes).collect()
    };
    let longest = long(Batch::INDEXED_TEXT_MAX);
    let id = "x".repeat(200);
    let fields = json!({ "run_id": longest, "outcome": longest, "url_id": longest, "at": 1 });
    let mut run = Batch::new(model::Database::Pipeline, super::given::NOW);
    run.writes.push(super::given::raw(Collection::Scrapes, &id, &fields));
    store.commit(run).await.unwrap();
    let both = Query::of(Collection::Scrapes).equal("run_id", longest.as_str()).equal("outcome", longest.as_str());
    assert_eq!(ids(store, &both).await, [id], "two of the longest stand in one index");
    put(store, &[chat("c", &[&longest, "b"], 0, 0)]).await;
    let member =
        |text: &str| Query::of(Collection::Chats).contains("members", text).order("last_message_at", Ascending);
    assert_eq!(ids(store, &member(&longest)).await, ["c"]);

    let longer = long(Batch::INDEXED_TEXT_MAX + 1);
    assert!(ids(store, &member(&longer)).await.is_empty(), "it may be asked for");
    let too_long = |error: StoreError, name: &str| {
        let StoreError::IndexedTooLong { field, bytes, .. } = error else { panic!("{error}") };
        assert_eq!((field, bytes), (name, longer.len()));
    };
    too_long(batch().put(&chat("d", &["a", &longer], 0, 0), Precondition::Any).unwrap_err(), "members");
    too_long(batch().put(&message("c/m", &longer, 0), Precondition::Any).unwrap_err(), "sender");
    for fields in
        [Fields::default().set("members", vec![longer.clone()]), Fields::default().union("members", ["a", &longer])]
    {
        too_long(super::given::update(store, "c", fields, Precondition::Any).await.unwrap_err(), "members");
    }
    let text = Message { text: longer.repeat(9), ..message("c/m", "a", 0) };
    put(store, std::slice::from_ref(&text)).await;
    assert!(store.get::<Message>(MESSAGES, "c/m").await.unwrap().unwrap().document == text, "others have none");
}
