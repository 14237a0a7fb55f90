use model::Collection;
use serde_json::json;

use super::given::{chat, delete, ids, message, page, put, refusal, through_text, walk};
use crate::Direction::{Ascending, Descending};
use crate::{Cursor, Query, Store, StoreError};

const CHATS: Collection = Collection::Chats;

async fn nine_chats(store: &Store) {
    let chats: Vec<_> = (0..9_i64)
        .map(|n| {
            let members = [["a", "b"], ["b", "c"], ["c", "d"]][usize::try_from(n % 3).unwrap()];
            chat(&format!("c{n}"), &members, n / 2, n % 2)
        })
        .collect();
    put(store, &chats).await;
}

pub(super) async fn pages_of_every_size_run_both_ways(store: &Store) {
    nine_chats(store).await;
    let messages: Vec<_> =
        (0..9).map(|n| message(&format!("c{}/{n}", n % 2), ["x", "y"][n % 2], i64::try_from(n / 4).unwrap())).collect();
    put(store, &messages).await;
    let of = |collection| Query::of(collection);
    let kind = |query: Query| query.order("last_message_at", Descending).order("message_count", Ascending);
    let queries = [
        (of(CHATS), 9),
        (of(CHATS).order("last_message_at", Ascending), 9),
        (of(CHATS).order("last_message_at", Descending), 9),
        (of(CHATS).above("last_message_at", 0).not_equal("last_message_at", 2), 5),
        (kind(of(CHATS).equal("kind", "group")), 9),
        (kind(of(CHATS).is_in("kind", ["group", "direct"])), 9),
        (kind(of(CHATS).order("kind", Ascending)), 9),
        (of(CHATS).contains("members", "b").order("last_message_at", Descending), 6),
        (of(CHATS).contains_any("members", ["b", "c", "z"]).order("last_message_at", Ascending), 9),
        (of(CHATS).contains_any("members", ["a", "b"]).order("last_message_at", Descending), 6),
        (of(CHATS).is_in("last_message_at", [3, 1, 4]), 5),
        (of(CHATS).equal("last_message_at", 9), 0),
        (of(Collection::Messages), 9),
        (Query::under(Collection::Messages, "c1"), 4),
        (Query::under(Collection::Messages, "c1").order("sent_at", Descending), 4),
        (of(Collection::Messages).equal("sender", "x").order("sent_at", Descending), 5),
    ];
    for (query, found) in queries {
        let whole = ids(store, &query).await;
        assert_eq!(whole.len(), found, "{query:?}");
        for limit in 1..=found + 1 {
            assert_eq!(walk(store, &query.clone().limit(limit)).await, whole, "pages of {limit}: {query:?}");
        }
    }
}

pub(super) async fn cursors_bound_a_window(store: &Store) {
    nine_chats(store).await;
    for query in [
        Query::of(CHATS).order("last_message_at", Ascending),
        Query::of(CHATS).order("last_message_at", Descending),
        Query::of(CHATS).contains_any("members", ["a", "b", "c"]).order("last_message_at", Descending),
        Query::of(CHATS),
    ] {
        let plan = query.plan().unwrap();
        let whole = page(store, &query).await;
        let at = |n: usize| {
            let stored = &whole.documents[n];
            Some(through_text(&plan.position(&stored.key.id, &super::given::json(stored))))
        };
        let expected = ids(store, &query).await;
        for (from, to) in [(0, 8), (2, 6), (2, 4), (2, 3), (2, 2), (6, 2)] {
            let window = query.clone().after(at(from)).before(at(to));
            let inside = expected.get(from + 1..to).unwrap_or_default();
            assert_eq!(ids(store, &window).await, inside, "{from} to {to}: {query:?}");
            let last = inside.len().saturating_sub(2);
            assert_eq!(
                ids(store, &window.limit(2)).await,
                &inside[last..],
                "the last two of {from} to {to}: {query:?}"
            );
        }
    }
}

pub(super) async fn cursors_outlive_their_documents(store: &Store) {
    nine_chats(store).await;
    let query = Query::of(CHATS).order("last_message_at", Ascending).limit(3);
    let first = page(store, &query).await;
    delete(store, CHATS, "c2").await;
    put(store, &[chat("c3", &[], 0, 0), chat("c2a", &[], 1, 0)]).await;
    let second = query.clone().after(first.next);
    assert_eq!(ids(store, &second).await, ["c2a", "c4", "c5"], "goes on behind where the document stood");
    let previous = page(store, &second).await.previous;
    let back = page(store, &query.clone().before(previous)).await;
    assert_eq!(super::given::ids_of(&back), ["c0", "c1", "c3"]);
    assert!(back.previous.is_none() && back.next.is_some());
    let behind_all = query.clone().after(Some(Cursor { values: vec![json!(99)], id: "z".to_owned() }));
    assert!(ids(store, &behind_all).await.is_empty());

    for values in [vec![], vec![json!("0")], vec![json!(null)], vec![json!(0), json!(0)]] {
        let cursor = Some(Cursor { values, id: "c1".to_owned() });
        for refused in [query.clone().after(cursor.clone()), query.clone().before(cursor)] {
            let error = refusal(store, &refused).await;
            assert!(matches!(error, StoreError::InvalidCursor { .. }), "{error}");
        }
    }
}
