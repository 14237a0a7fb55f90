use model::Collection;
use serde_json::{Number, Value, json};

use super::given::{chat, message, page, put, put_raw};
use crate::Direction::{Ascending, Descending};
use crate::{Query, Store};

const CHATS: Collection = Collection::Chats;

pub(super) async fn counts_and_sums_span_all_pages(store: &Store) {
    let chats: Vec<_> = (0..25_i64)
        .map(|n| chat(&format!("c{n:02}"), if n % 5 == 0 { &["a", "b"] } else { &["b", "c"] }, n, n * 10))
        .collect();
    put(store, &chats).await;
    let by_time = |query: Query| query.order("last_message_at", Ascending).limit(3);
    let middle = page(store, &by_time(Query::of(CHATS))).await.next;
    let kind = |query: Query| query.order("last_message_at", Descending).order("message_count", Ascending);
    for (query, count, sum) in [
        (Query::of(CHATS), 25, 3_000),
        (by_time(Query::of(CHATS)), 25, 3_000),
        (by_time(Query::of(CHATS)).after(middle.clone()), 25, 3_000),
        (by_time(Query::of(CHATS)).before(middle), 25, 3_000),
        (by_time(Query::of(CHATS).at_least("last_message_at", 20)), 5, 1_100),
        (by_time(Query::of(CHATS).contains("members", "a")), 5, 500),
        (by_time(Query::of(CHATS).contains_any("members", ["a", "b", "c"])), 25, 3_000),
        (by_time(Query::of(CHATS).contains_any("members", ["a", "x"])), 5, 500),
        (Query::of(CHATS).contains_any("members", ["c", "b"]).is_in("last_message_at", [0, 1, 2, 99]), 3, 30),
        (kind(Query::of(CHATS).is_in("kind", ["group", "direct"])), 25, 3_000),
        (Query::of(CHATS).is_in("last_message_at", [1, 2, 2]), 2, 30),
        (Query::of(CHATS).is_in("last_message_at", [0; 0]), 0, 0),
        (Query::of(CHATS).above("last_message_at", 100), 0, 0),
    ] {
        let measured = store.measure(&query, &["message_count", "kind", "never"]).await.unwrap();
        assert_eq!(measured.count, count, "{query:?}");
        assert_eq!(store.count(&query).await.unwrap(), count, "{query:?}");
        assert_eq!(measured.sums, [Number::from(sum), 0.into(), 0.into()], "{query:?}");
    }
    put(store, &[message("c/1", "a", 5), message("c/2", "b", 6), message("d/1", "a", 7)]).await;
    for (query, count, sum) in [
        (Query::under(Collection::Messages, "c"), 2, 11),
        (Query::of(Collection::Messages).equal("sender", "a").order("sent_at", Ascending), 2, 12),
    ] {
        let measured = store.measure(&query, &["sent_at"]).await.unwrap();
        assert_eq!((measured.count, measured.sums), (count, vec![sum.into()]), "{query:?}");
    }
}

pub(super) async fn sums_know_their_numbers(store: &Store) {
    let query = Query::of(CHATS);
    for (values, sum) in [
        (vec![json!(1), json!(2)], json!(3)),
        (vec![json!(1), json!(0.5)], json!(1.5)),
        (vec![json!(0.25), json!(-0.5)], json!(-0.25)),
        (vec![json!(1), json!("2"), json!(true), Value::Null, json!([4]), json!({ "a": 8 })], json!(1)),
        (vec![json!("2")], json!(0)),
        (vec![json!(i64::MAX), json!(-1)], json!(i64::MAX - 1)),
        (vec![json!(i64::MIN), json!(i64::MAX)], json!(-1)),
    ] {
        super::given::clear(store).await;
        let documents: Vec<(String, Value)> =
            values.iter().enumerate().map(|(n, value)| (n.to_string(), json!({ "n": value }))).collect();
        put_raw(store, CHATS, &documents).await;
        let measured = store.measure(&query, &["n"]).await.unwrap();
        assert_eq!(Value::from(measured.sums[0].clone()), sum, "{values:?}");
        assert_eq!(measured.count, u64::try_from(values.len()).unwrap());
    }
    super::given::clear(store).await;
    let documents = ["1", "2", "3"].map(|id| (id.to_owned(), json!({ "n": i64::MAX })));
    put_raw(store, CHATS, &documents).await;
    let sum = store.measure(&query, &["n"]).await.unwrap().sums[0].as_f64().unwrap();
    let expected = 3.0 * 9_223_372_036_854_775_807.0;
    assert!((sum / expected - 1.0_f64).abs() < 1e-9, "beyond the integers it goes on as a real: {sum}");
}
