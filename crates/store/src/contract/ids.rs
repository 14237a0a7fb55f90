use model::{Collection, Time, hash_id, ordered_id};

use super::given::{batch, chat, chat_of, ids, put, walk};
use crate::{Precondition, Query, Store};

const CHATS: Collection = Collection::Chats;

pub(super) async fn ids_are_told_apart_and_ordered_by_bytes(store: &Store) {
    let longest = "x".repeat(200);
    let mut odd = [
        "a",
        "A",
        "a ",
        " a",
        "é",
        "e\u{301}",
        "%",
        "_",
        "a_",
        "ab",
        "'",
        "\"",
        "\\",
        "\\0",
        "\u{5D0}\u{5D1}",
        "ß",
        "ss",
        "\u{FFFD}",
        "\u{E000}",
        "\u{1F3B8}",
        "\u{10FFFF}",
        "日本",
        "-1",
        "10",
        "9",
        &longest,
    ];
    let documents: Vec<_> = odd.iter().map(|id| chat(id, &[], 0, 0)).collect();
    put(store, &documents).await;
    for id in odd {
        assert_eq!(chat_of(store, id).await.unwrap().document.id, id);
    }
    odd.sort_unstable();
    assert_eq!(walk(store, &Query::of(CHATS).limit(4)).await, odd);
}

pub(super) async fn the_same_content_has_one_id_and_new_ids_sort_by_time(store: &Store) {
    for created in [true, false] {
        let mut step = batch();
        step.put(&chat(&hash_id(&["ann", "bob"]), &["ann", "bob"], 0, 0), Precondition::Absent).unwrap();
        assert_eq!(store.commit(step).await.is_ok(), created, "a repeated step writes nothing new");
    }
    assert_eq!(ids(store, &Query::of(CHATS)).await.len(), 1);

    let new: Vec<String> = (0..20_u8)
        .map(|n| ordered_id(Time(1_763_800_000_000 + i64::from(n) * 997), [n.wrapping_mul(201); 10]))
        .collect();
    let mut documents: Vec<_> = new.iter().map(|id| chat(id, &[], 0, 0)).collect();
    documents.reverse();
    super::given::clear(store).await;
    put(store, &documents).await;
    assert_eq!(walk(store, &Query::of(CHATS).limit(3)).await, new, "by id is by time");
}
