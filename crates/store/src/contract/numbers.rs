use model::Collection;
use serde_json::{Value, json};

use super::given::{ids, put_raw, value, walk};
use crate::Direction::{Ascending, Descending};
use crate::{Fields, Precondition, Query, Store};

const CHATS: Collection = Collection::Chats;
const DUPLICATES: Collection = Collection::VenueDuplicates;

pub(super) async fn integers_have_their_whole_range(store: &Store) {
    const P53: i64 = 1 << 53;
    let sorted =
        [i64::MIN, i64::MIN + 1, -P53 - 1, -P53, -1, 0, 1, 255, 65_536, P53, P53 + 1, P53 + 2, i64::MAX - 1, i64::MAX];
    let documents: Vec<(String, Value)> =
        sorted.iter().map(|n| (n.to_string(), json!({ "last_message_at": n, "members": ["a"] }))).collect();
    put_raw(store, CHATS, &documents).await;
    let expected: Vec<String> = sorted.iter().map(ToString::to_string).collect();
    let by_time = || Query::of(CHATS).order("last_message_at", Ascending);
    assert_eq!(walk(store, &by_time().limit(3)).await, expected);
    assert_eq!(walk(store, &by_time().contains("members", "a").limit(2)).await, expected);
    for (n, integer) in sorted.iter().enumerate() {
        assert_eq!(value(store, CHATS, &expected[n]).await.unwrap()["last_message_at"], json!(integer));
        assert_eq!(ids(store, &Query::of(CHATS).equal("last_message_at", *integer)).await, [expected[n].as_str()]);
        assert_eq!(ids(store, &by_time().above("last_message_at", *integer)).await, expected[n + 1..]);
        assert_eq!(ids(store, &by_time().at_most("last_message_at", *integer)).await, expected[..=n]);
    }
    for (id, by, sum) in [("1", i64::MAX, i64::MAX), ("-1", i64::MIN, i64::MIN), ("0", P53 + 1, P53 + 1)] {
        let fields = Fields::default().increment("last_message_at", by);
        super::given::update(store, id, fields, Precondition::Exists).await.unwrap();
        assert_eq!(value(store, CHATS, id).await.unwrap()["last_message_at"], json!(sum), "stays in its range");
    }
    // Beyond the range it is no integer, but it is kept.
    put_raw(store, CHATS, &[("huge".to_owned(), json!({ "last_message_at": u64::MAX, "n": u64::MAX }))]).await;
    assert_eq!(value(store, CHATS, "huge").await.unwrap()["n"], json!(u64::MAX));
    assert_eq!(ids(store, &Query::of(CHATS).equal("last_message_at", Value::Null)).await, ["huge"]);
}

pub(super) async fn reals_are_exact(store: &Store) {
    // Uneven ones need all 17 digits.
    let uneven = (1..40).map(|n| f64::from(n).sqrt() * 10_f64.powi(n * 7 - 150));
    let mut sorted = vec![
        f64::MIN,
        -1e16,
        -1.0,
        -0.1,
        -f64::MIN_POSITIVE,
        -5e-324,
        5e-324,
        f64::MIN_POSITIVE,
        1e-7,
        0.1,
        0.1 + 0.2,
        1.0,
        1.0 + f64::EPSILON,
        123_456_789.012_345_67,
        1e15,
        1e16,
        1e21,
        1e22,
        9_007_199_254_740_993.0,
        1e300,
        f64::MAX,
    ];
    sorted.extend(uneven);
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let documents: Vec<(String, Value)> = sorted
        .iter()
        .enumerate()
        .map(|(n, real)| (format!("{n:03}"), json!({ "status": "suggested", "confidence": real })))
        .collect();
    put_raw(store, DUPLICATES, &documents).await;
    let all = || Query::of(DUPLICATES).equal("status", "suggested");
    let expected: Vec<String> = documents.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(walk(store, &all().order("confidence", Ascending).limit(3)).await, expected);
    for (n, real) in sorted.iter().enumerate() {
        let found = value(store, DUPLICATES, &expected[n]).await.unwrap()["confidence"].as_f64().unwrap();
        assert_eq!(found.to_bits(), real.to_bits(), "{real:e} is read as {found:e}");
        assert_eq!(ids(store, &all().equal("confidence", *real)).await, [expected[n].as_str()], "{real:e}");
        let below = all().below("confidence", *real).order("confidence", Descending).limit(1);
        assert_eq!(ids(store, &below).await, expected[n.saturating_sub(1)..n], "below {real:e}");
    }
}
