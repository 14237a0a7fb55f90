use futures::future::join_all;
use model::{Chat, Collection};
use serde_json::{Value, json};

use super::clock;
use super::given::{chat, chat_of, ids, put, put_raw, update, value};
use crate::{Direction, Fields, Precondition, Query, Store};

const CHATS: Collection = Collection::Chats;

pub(super) async fn fields_change_alone(store: &Store) {
    let before = json!({
        "id": "x", "kind": "group", "members": ["a", "b", "a", 1], "message_count": 2, "odd \"$.'[0]": { "deep": [1] },
        "half": 0.5, "gone": true, "text": "t", "null": null
    });
    put_raw(store, CHATS, &[("x".to_owned(), before)]).await;
    let fields = Fields::default()
        .union("members", [json!("b"), json!("c"), json!(2)])
        .without("members", [json!("a"), json!(1)])
        .increment("message_count", 40)
        .increment("message_count", -2)
        .increment("half", serde_json::Number::from_f64(0.25).unwrap())
        .increment("text", 5)
        .increment("null", 1)
        .union("union", ["only", "only"])
        .without("without", ["x"])
        .remove("gone")
        .remove("never")
        .set("odd \"$.'[0]", json!({ "deep": [2] }))
        .set("last_message_at", 3);
    let revision = update(store, "x", fields, Precondition::Exists).await.unwrap();
    let after = value(store, CHATS, "x").await.unwrap();
    let expected = json!({
        "id": "x", "kind": "group", "members": ["b", "c", 2], "message_count": 40, "odd \"$.'[0]": { "deep": [2] },
        "half": 0.75, "text": 5, "null": 1, "union": ["only"], "without": [], "last_message_at": 3
    });
    assert_eq!(after, expected);
    let by_member =
        |member: &str| Query::of(CHATS).contains("members", member).order("last_message_at", Direction::Ascending);
    assert_eq!(ids(store, &by_member("c")).await, ["x"], "indexes follow");
    assert!(ids(store, &by_member("a")).await.is_empty(), "indexes follow");
    let found = store.backend(CHATS.database()).get(&[crate::Key::new(CHATS, "x")]).await.unwrap();
    assert_eq!(found[0].as_ref().unwrap().revision, revision);
}

pub(super) async fn an_absent_document_comes_into_being(store: &Store) {
    let fields = Fields::default()
        .set("kind", "support")
        .union("members", ["a"])
        .without("others", ["a"])
        .server_time("last_message_at")
        .increment("message_count", 3)
        .remove("gone")
        .set("created_at", 0);
    update(store, "new", fields.clone(), Precondition::Any).await.unwrap();
    let created = chat_of(store, "new").await.unwrap().document;
    assert_eq!((created.id.as_str(), created.message_count), ("new", 3));
    assert_eq!(created.members, ["a"]);
    let raw = value(store, CHATS, "new").await.unwrap();
    assert_eq!((&raw["others"], raw.get("gone")), (&json!([]), None));

    let error = update(store, "absent", fields.clone(), Precondition::Exists).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(chat_of(store, "absent").await.is_none());
    assert!(update(store, "new", fields.clone(), Precondition::Absent).await.unwrap_err().is_conflict());
    super::given::delete(store, CHATS, "new").await;
    update(store, "new", fields, Precondition::Any).await.unwrap();
    assert_eq!(chat_of(store, "new").await.unwrap().document.message_count, 3, "nothing is left of what was deleted");
    assert_eq!(
        super::given::walk(store, &Query::of(CHATS).order("last_message_at", Direction::Ascending)).await,
        ["new"]
    );
}

pub(super) async fn no_change_is_lost_among_many(store: &Store) {
    put(store, &[chat("x", &["old"], 0, 0)]).await;
    let revisions = join_all((0..40).map(|n| {
        let fields = Fields::default()
            .increment("message_count", n)
            .union("members", [format!("m{}", n % 20)])
            .without("members", ["old"]);
        update(store, "x", fields, Precondition::Exists)
    }));
    let mut revisions: Vec<u64> = revisions.await.into_iter().map(Result::unwrap).collect();
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), 40, "each commit has a revision of its own");
    let Chat { message_count, mut members, .. } = chat_of(store, "x").await.unwrap().document;
    assert_eq!(message_count, (0..40).sum::<i64>());
    members.sort_unstable();
    let mut expected: Vec<String> = (0..20).map(|n| format!("m{n}")).collect();
    expected.sort_unstable();
    assert_eq!(members, expected);
}

pub(super) async fn server_time_is_plausible_and_never_goes_back(store: &Store) {
    const TOLERANCE_MS: i64 = 2_000;
    let mut last = clock::millis() - TOLERANCE_MS;
    for n in 0..30 {
        let fields = Fields::default().server_time("last_message_at").server_time("again").set("n", n);
        update(store, "x", fields, Precondition::Any).await.unwrap();
        let document = value(store, CHATS, "x").await.unwrap();
        let now = document["last_message_at"].as_i64().unwrap();
        assert!(now >= last, "{now} after {last}");
        assert!(now <= clock::millis() + TOLERANCE_MS, "{now}");
        assert_eq!(document["again"], Value::from(now), "one commit has one time");
        last = now;
    }
}
