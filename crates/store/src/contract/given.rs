//! Documents to begin with, and short ways to write and read them.

use model::{Chat, ChatKind, Collection, Database, Document, Message, Time};
use serde_json::Value;

use crate::{
    Batch, Change, Commit, Cursor, Fields, Key, Page, Precondition, Query, Result, Store, StoreError, Stored,
    Versioned, Write,
};

pub(super) const NOW: Time = Time(1_000);

pub(super) fn chat(id: &str, members: &[&str], at: i64, count: i64) -> Chat {
    Chat {
        id: id.to_owned(),
        kind: ChatKind::Group,
        members: members.iter().map(|&member| member.to_owned()).collect(),
        created_at: Time(0),
        last_message_at: Time(at),
        message_count: count,
    }
}

pub(super) fn message(id: &str, sender: &str, at: i64) -> Message {
    Message {
        id: id.to_owned(),
        sender: sender.to_owned(),
        text: String::new(),
        sent_at: Time(at),
        root_message: None,
        referenced_message: None,
    }
}

pub(super) fn batch() -> Batch {
    Batch::new(Database::Main, NOW)
}

pub(super) async fn put<D: Document>(store: &Store, documents: &[D]) -> u64 {
    let mut batch = Batch::new(documents[0].collection().database(), NOW);
    for document in documents {
        batch.put(document, Precondition::Any).unwrap();
    }
    store.commit(batch).await.unwrap()
}

/// Documents that no type of `model` would let pass.
pub(super) async fn put_raw(store: &Store, collection: Collection, documents: &[(String, Value)]) -> u64 {
    let writes = documents.iter().map(|(id, value)| raw(collection, id, value)).collect();
    store.backend(collection.database()).commit(Commit { writes, reads: Vec::new() }).await.unwrap()
}

pub(super) fn raw(collection: Collection, id: &str, value: &Value) -> Write {
    let change = Change::Put { version: 1, data: value.to_string() };
    Write { key: Key::new(collection, id), change, precondition: Precondition::Any }
}

/// Changes fields of a chat.
pub(super) async fn update(store: &Store, id: &str, fields: Fields, precondition: Precondition) -> Result<u64> {
    let mut batch = batch();
    batch.update::<Chat>(Collection::Chats, id, fields, precondition).unwrap();
    store.commit(batch).await
}

pub(super) async fn delete(store: &Store, collection: Collection, id: &str) -> u64 {
    let mut batch = Batch::new(collection.database(), NOW);
    batch.delete(collection, id, Precondition::Any).unwrap();
    store.commit(batch).await.unwrap()
}

pub(super) async fn chat_of(store: &Store, id: &str) -> Option<Versioned<Chat>> {
    store.get::<Chat>(Collection::Chats, id).await.unwrap()
}

/// A document as JSON.
pub(super) async fn value(store: &Store, collection: Collection, id: &str) -> Option<Value> {
    let found = store.backend(collection.database()).get(&[Key::new(collection, id)]).await.unwrap();
    found[0].as_ref().map(json)
}

pub(super) fn json(stored: &Stored) -> Value {
    serde_json::from_str(&stored.data).unwrap()
}

pub(super) async fn page(store: &Store, query: &Query) -> Page {
    let page = store.backend(query.collection.database()).list(query).await;
    page.unwrap_or_else(|error| panic!("{error:?}\n{query:#?}"))
}

pub(super) fn ids_of(page: &Page) -> Vec<String> {
    page.documents.iter().map(|stored| stored.key.id.clone()).collect()
}

/// The ids of one page.
pub(super) async fn ids(store: &Store, query: &Query) -> Vec<String> {
    ids_of(&page(store, query).await)
}

pub(super) async fn refusal(store: &Store, query: &Query) -> StoreError {
    store.backend(query.collection.database()).list(query).await.unwrap_err()
}

/// All pages forwards, then backwards; both ways find the same pages and know their ends.
pub(super) async fn walk(store: &Store, query: &Query) -> Vec<String> {
    let mut query = query.clone();
    let mut pages: Vec<Vec<String>> = Vec::new();
    let last = loop {
        let page = page(store, &query).await;
        assert_eq!(page.previous.is_some(), !pages.is_empty(), "there is a page before: {query:?}");
        assert!(page.next.is_none() || page.documents.len() == query.page(), "only the last page is short: {query:?}");
        assert!(!page.documents.is_empty() || pages.is_empty(), "no page is empty behind another: {query:?}");
        pages.push(ids_of(&page));
        match &page.next {
            Some(next) => query.after = Some(through_text(next)),
            None => break page,
        }
    };
    query.after = None;
    let mut backwards = vec![ids_of(&last)];
    let mut previous = last.previous;
    while let Some(cursor) = previous {
        query.before = Some(through_text(&cursor));
        let page = page(store, &query).await;
        assert!(page.next.is_some(), "there is a page behind: {query:?}");
        backwards.push(ids_of(&page));
        assert!(backwards.len() <= pages.len(), "the way back ends: {query:?}");
        previous = page.previous;
    }
    backwards.reverse();
    assert_eq!(backwards, pages, "backwards as forwards: {query:?}");
    pages.concat()
}

/// As a client would hand it back.
pub(super) fn through_text(cursor: &Cursor) -> Cursor {
    let back = Cursor::from_text(&cursor.to_text()).unwrap();
    assert_eq!(&back, cursor);
    back
}

/// Where the feed stands.
pub(super) async fn position(store: &Store) -> u64 {
    page(store, &Query::of(Collection::Chats).limit(1)).await.position
}

/// Empties every collection.
pub(super) async fn clear(store: &Store) {
    for database in Database::ALL {
        let mut batch = Batch::new(database, NOW);
        for collection in Collection::ALL.into_iter().filter(|collection| collection.database() == database) {
            for id in ids(store, &Query::of(collection).limit(Query::LIMIT_MAX)).await {
                batch.delete(collection, &id, Precondition::Any).unwrap();
            }
        }
        if !batch.is_empty() {
            store.commit(batch).await.unwrap();
        }
    }
}
