use model::Collection;
use serde_json::{Value, json};

use super::given::{ids, page, put_raw, refusal, walk};
use crate::Direction::{Ascending, Descending};
use crate::{Query, Store, StoreError, Test};

const CHATS: Collection = Collection::Chats;
const DUPLICATES: Collection = Collection::VenueDuplicates;

#[expect(clippy::needless_pass_by_value, reason = "written out in a table")]
fn chat(id: &str, kind: Value, members: Value, at: Value, count: Value) -> (String, Value) {
    let value = json!({ "id": id, "kind": kind, "members": members, "last_message_at": at, "message_count": count });
    (id.to_owned(), value)
}

async fn five_chats(store: &Store) {
    let documents = [
        chat("1", json!("direct"), json!(["a", "b"]), json!(10), json!(1)),
        chat("2", json!("direct"), json!(["a", "c", "a"]), json!(20), json!(1)),
        chat("3", json!("group"), json!(["a", "b", "c"]), json!(20), json!(3)),
        chat("4", json!("group"), json!([]), json!(30), json!(0)),
        chat("5", json!("group"), json!(["c", 7, null, ["a"]]), json!(-5), json!(2)),
    ];
    put_raw(store, CHATS, &documents).await;
}

pub(super) async fn each_test_finds_its_documents(store: &Store) {
    five_chats(store).await;
    let time = |test: Test| Query::of(CHATS).test("last_message_at", test);
    let kind = |query: Query| query.order("last_message_at", Descending).order("message_count", Ascending);
    let member = |query: Query| query.order("last_message_at", Ascending);
    let all = || Query::of(CHATS);
    for (query, expected) in [
        (all(), "12345"),
        (time(Test::Equal(20.into())), "23"),
        (time(Test::Equal(21.into())), ""),
        (time(Test::In(vec![30.into(), 10.into(), 99.into(), 10.into()])), "14"),
        (time(Test::In(vec![])), ""),
        (time(Test::NotEqual(20.into())), "514"),
        (time(Test::NotIn(vec![10.into(), 30.into()])), "523"),
        (time(Test::NotIn(vec![])), "51234"),
        (time(Test::AtLeast(20.into())), "234"),
        (time(Test::Above(20.into())), "4"),
        (time(Test::AtMost(20.into())), "5123"),
        (time(Test::Below(20.into())), "51"),
        (time(Test::Above((-5).into())).below("last_message_at", 30).not_equal("last_message_at", 10), "23"),
        (all().at_least("last_message_at", 10).order("last_message_at", Descending), "4321"),
        (kind(all().equal("kind", "group")), "435"),
        (kind(all().is_in("kind", ["group", "direct"])), "42315"),
        (kind(all().is_in("kind", ["direct", "none"])), "21"),
        (kind(all().equal("kind", "group").above("message_count", 0)), "35"),
        (kind(all().equal("kind", "group").not_in("message_count", [3, 2])), "4"),
        (member(all().contains("members", "a")), "123"),
        (member(all().contains("members", "c")), "523"),
        (member(all().contains("members", "x")), ""),
        (member(all().contains_any("members", ["b", "c", "b", "x"])), "5123"),
        (member(all().contains_any("members", [""; 0])), ""),
        (all().contains("members", "a").above("last_message_at", 10), "23"),
        (all().contains("members", "a").equal("last_message_at", 20), "23"),
        (all().contains_any("members", ["a", "b"]).is_in("last_message_at", [10, 20]), "123"),
        (all().contains("members", "a").order("last_message_at", Descending), "321"),
    ] {
        assert_eq!(walk(store, &query.clone().limit(2)).await.concat(), expected, "{query:?}");
    }
    let page = page(store, &time(Test::AtLeast(20.into()))).await;
    let stored = &page.documents[0];
    assert_eq!((super::given::json(stored)["message_count"].clone(), stored.version), (json!(1), 1), "whole documents");
}

pub(super) async fn absent_values_are_null(store: &Store) {
    let documents = [
        chat("absent", json!("group"), json!(["a"]), Value::Null, json!(1)),
        chat("present", json!("group"), json!(["a"]), json!(0), json!(1)),
        chat("text", json!("group"), json!(["a"]), json!("20"), json!(1)),
        chat("flag", json!("group"), json!("a"), json!(true), json!(1)),
        chat("array", json!("group"), json!({ "a": "a" }), json!([20]), json!(1)),
        chat("real", json!("group"), json!(["a"]), json!(20.5), json!(1)),
        chat("kind", Value::Null, Value::Null, json!(1), json!(1)),
        ("empty".to_owned(), json!({})),
    ];
    put_raw(store, CHATS, &documents).await;
    let time = |test: Test| Query::of(CHATS).test("last_message_at", test);
    let kind = |query: Query| query.order("last_message_at", Descending).order("message_count", Ascending);
    for (query, expected) in [
        (time(Test::Equal(Value::Null)), &["absent", "array", "empty", "flag", "real", "text"][..]),
        (time(Test::In(vec![Value::Null, 1.into()])), &["absent", "array", "empty", "flag", "kind", "real", "text"]),
        (time(Test::NotEqual(5.into())), &["present", "kind"]),
        (time(Test::NotIn(vec![5.into()])), &["present", "kind"]),
        (time(Test::AtMost(i64::MAX.into())), &["present", "kind"]),
        (Query::of(CHATS).order("last_message_at", Descending), &["kind", "present"]),
        (kind(Query::of(CHATS).equal("kind", Value::Null)), &["kind"]),
        (Query::of(CHATS).contains("members", "a").order("last_message_at", Ascending), &["present"]),
        (Query::of(CHATS).contains("members", "a").equal("last_message_at", Value::Null), &["absent", "real", "text"]),
    ] {
        assert_eq!(walk(store, &query.clone().limit(2)).await, expected, "{query:?}");
    }
}

pub(super) async fn several_values_find_a_document_once(store: &Store) {
    five_chats(store).await;
    let many: Vec<String> =
        ["a", "b", "c"].map(str::to_owned).into_iter().chain((0..27).map(|n| n.to_string())).collect();
    assert_eq!(many.len(), Query::ALTERNATIVES_MAX);
    let any = Query::of(CHATS).contains_any("members", many).order("last_message_at", Ascending);
    for limit in 1..6 {
        assert_eq!(walk(store, &any.clone().limit(limit)).await.concat(), "5123");
    }
    let real =
        |id: &str, confidence: Value| (id.to_owned(), json!({ "status": "suggested", "confidence": confidence }));
    put_raw(store, DUPLICATES, &[real("integer", json!(1)), real("real", json!(1.0)), real("half", json!(0.5))]).await;
    let ones = Query::of(DUPLICATES).equal("status", "suggested");
    let ones = ones.is_in("confidence", [json!(1), json!(1.0), json!(0.5), json!(0.5)]);
    assert_eq!(walk(store, &ones.clone().limit(2)).await, ["half", "integer", "real"], "1 and 1.0 are one number");
    assert_eq!(store.count(&ones).await.unwrap(), 3);
}

pub(super) async fn orders_run_in_their_directions(store: &Store) {
    let mut documents = Vec::new();
    for (n, kind) in ["direct", "group", "group"].into_iter().enumerate() {
        for (at, count) in [(1, 1), (1, 2), (1, 2), (2, 0), (2, 5)] {
            let id = format!("{kind} {at} {count} {n}-{}", documents.len());
            documents.push(chat(&id, json!(kind), json!([]), json!(at), json!(count)));
        }
    }
    put_raw(store, CHATS, &documents).await;
    let field = |id: &str, n: usize| id.split(' ').nth(n).unwrap().to_owned();
    for reversed in [false, true] {
        let turn = |direction: crate::Direction| if reversed { direction.reversed() } else { direction };
        let mut expected: Vec<String> = documents.iter().map(|(id, _)| id.clone()).collect();
        expected.sort_by(|a, b| {
            let (at, count, kind) =
                (field(b, 1).cmp(&field(a, 1)), field(a, 2).cmp(&field(b, 2)), field(a, 0).cmp(&field(b, 0)));
            kind.then(at).then(count).then(a.cmp(b))
        });
        if reversed {
            expected.reverse();
        }
        let mixed =
            |query: Query| query.order("last_message_at", turn(Descending)).order("message_count", turn(Ascending));
        let all = mixed(Query::of(CHATS).order("kind", turn(Ascending)));
        let groups = mixed(Query::of(CHATS).equal("kind", "group"));
        let only: Vec<String> = expected.iter().filter(|id| id.starts_with("group")).cloned().collect();
        for limit in [1, 2, 3, 7, 15, 16] {
            assert_eq!(walk(store, &all.clone().limit(limit)).await, expected, "pages of {limit}");
            assert_eq!(walk(store, &groups.clone().limit(limit)).await, only, "pages of {limit}");
        }
    }
}

pub(super) async fn queries_without_an_index_are_refused(store: &Store) {
    for (query, declaration) in [
        (Query::of(CHATS).equal("created_at", 0), r#"add Index(&[integer("created_at")])"#),
        (Query::of(CHATS).contains("members", "a"), r#"add Index(&[elements("members")])"#),
        (
            Query::of(Collection::Messages).order("sent_at", Descending),
            r#"add Index(&[integer("sent_at")]) to model::Collection::indexes"#,
        ),
        (
            Query::of(CHATS)
                .equal("kind", "group")
                .order("last_message_at", Ascending)
                .order("message_count", Ascending),
            r#"add Index(&[text("kind"), integer("last_message_at"), integer("message_count")])"#,
        ),
    ] {
        let error = refusal(store, &query).await;
        assert!(matches!(error, StoreError::NoIndex { .. }), "{error}");
        assert!(error.to_string().contains(declaration), "{error}");
        assert!(matches!(store.count(&query).await, Err(StoreError::NoIndex { .. })), "counts need it too");
    }
}

pub(super) async fn questions_of_another_kind_are_refused(store: &Store) {
    for query in [
        Query::of(CHATS).above("last_message_at", "yesterday"),
        Query::of(CHATS).equal("last_message_at", 0.5),
        Query::of(CHATS).equal("last_message_at", true),
        Query::of(CHATS).not_equal("last_message_at", Value::Null),
        Query::of(CHATS).not_in("last_message_at", [Value::Null]),
        Query::of(CHATS).equal("kind", 1).order("last_message_at", Descending).order("message_count", Ascending),
        Query::of(CHATS).equal("last_message_at", 1).equal("last_message_at", 2),
        Query::of(CHATS).equal("members", json!(["a"])).order("last_message_at", Ascending),
        Query::of(CHATS).contains("members", Value::Null).order("last_message_at", Ascending),
        Query::of(CHATS).order("members", Ascending).order("last_message_at", Ascending),
        Query::of(CHATS).is_in("last_message_at", 0..31),
    ] {
        let error = refusal(store, &query).await;
        assert!(matches!(error, StoreError::InvalidQuery { .. }), "{error}: {query:?}");
    }
    assert!(ids(store, &Query::of(CHATS).is_in("last_message_at", 0..30)).await.is_empty());
}
