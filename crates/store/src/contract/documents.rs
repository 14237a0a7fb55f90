use model::{Collection, Database, FailedTask, Funnel, Message, Run, RunScope, Time};
use serde_json::json;

use super::given::{batch, chat, chat_of, delete, message, put, put_raw, update, value};
use crate::{Batch, Change, Commit, Fields, Key, Precondition, Store, StoreError, Write};

const CHATS: Collection = Collection::Chats;

pub(super) async fn reads_what_was_written(store: &Store) {
    let written = chat("a", &["\"ünï'code\"\u{1F3B8}", ""], 7, 3);
    let revision = put(store, std::slice::from_ref(&written)).await;
    let read = chat_of(store, "a").await.unwrap();
    assert_eq!((read.document, read.revision), (written, revision));
    assert!(chat_of(store, "b").await.is_none());
    let many = store.get_many::<model::Chat>(CHATS, &["b", "a", "b", "a"]).await.unwrap();
    assert_eq!(many.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false, true]);
    assert!(store.get_many::<model::Chat>(CHATS, &[""; 0]).await.unwrap().is_empty());

    let shorter = chat("a", &[], 7, 0);
    let second = put(store, std::slice::from_ref(&shorter)).await;
    assert!(second > revision, "revisions grow");
    assert_eq!(chat_of(store, "a").await.unwrap().document, shorter, "nothing is left of what it was");
    assert!(delete(store, CHATS, "a").await > second, "revisions grow");
    assert!(chat_of(store, "a").await.is_none());
}

pub(super) async fn documents_have_at_most_one_mebibyte(store: &Store) {
    let of_bytes = |bytes: usize| {
        let empty = message("c/m", "a", 1);
        let around = serde_json::to_string(&empty).unwrap().len();
        Message { text: "x".repeat(bytes - around), ..empty }
    };
    let largest = of_bytes(Batch::DOCUMENT_MAX);
    put(store, std::slice::from_ref(&largest)).await;
    let found = store.get::<Message>(Collection::Messages, "c/m").await.unwrap().unwrap();
    assert!(found.document == largest, "all of it is there");

    let error = batch().put(&of_bytes(Batch::DOCUMENT_MAX + 1), Precondition::Any).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { bytes, .. } if bytes == Batch::DOCUMENT_MAX + 1), "{error}");

    let mut grown = batch();
    let fields = Fields::default().set("text", largest.text.clone() + "x");
    grown.update::<Message>(Collection::Messages, "c/m", fields, Precondition::Any).unwrap();
    grown.put(&chat("beside", &[], 0, 0), Precondition::Any).unwrap();
    let error = store.commit(grown).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "no document grows beyond it: {error}");
    assert!(chat_of(store, "beside").await.is_none(), "nothing of a refused batch is there");
    let found = store.get::<Message>(Collection::Messages, "c/m").await.unwrap().unwrap();
    assert!(found.document == largest, "as it was");
}

pub(super) async fn a_batch_may_be_large(store: &Store) {
    let chats: Vec<_> = (0..1_000).map(|n| chat(&format!("c{n:04}"), &["a", "b"], n, n)).collect();
    let revision = put(store, &chats).await;
    let keys: Vec<String> = chats.iter().rev().map(|chat| chat.id.clone()).chain(["absent".to_owned()]).collect();
    let found = store.get_many::<model::Chat>(CHATS, &keys).await.unwrap();
    assert!(found[1_000].is_none());
    for (found, chat) in found.iter().flatten().zip(chats.iter().rev()) {
        assert_eq!((&found.document, found.revision), (chat, revision));
    }
}

pub(super) async fn what_cannot_be_read_is_said_so(store: &Store) {
    put_raw(store, Collection::Runs, &[("r".to_owned(), json!({ "id": "r" }))]).await;
    let error = store.get::<FailedTask>(Collection::Runs, "r").await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");

    let key = Key::new(Collection::Runs, "new");
    let data = json!({ "id": "new", "started_at": 1, "scope": "all", "finished_at": null }).to_string();
    let write = Write { key, change: Change::Put { version: 99, data }, precondition: Precondition::Any };
    let commit = Commit { writes: vec![write], reads: Vec::new() };
    store.backend(Database::Pipeline).commit(commit).await.unwrap();
    let error = store.get::<Run>(Collection::Runs, "new").await.unwrap_err();
    assert!(matches!(error, StoreError::FromTheFuture { found: 99, known: 1, .. }), "{error}");
}

pub(super) async fn databases_are_apart(store: &Store) {
    for database in Database::ALL {
        let mut counted = Batch::new(database, Time(5));
        counted.trace.run_id = "run".to_owned();
        counted.count(database.name(), 3);
        store.commit(counted).await.unwrap();
    }
    for database in Database::ALL {
        let funnel = store.get::<Funnel>(Collection::Funnels(database), "run").await.unwrap().unwrap().document;
        assert_eq!(funnel.counts.len(), 1, "{funnel:?}");
        assert_eq!(funnel.counts[database.name()], 3);
    }
}

pub(super) async fn bad_batches_are_refused(store: &Store) {
    let mut twice = batch();
    twice.put(&chat("a", &[], 0, 0), Precondition::Any).unwrap();
    twice.delete(CHATS, "a", Precondition::Any).unwrap();
    assert!(matches!(store.commit(twice).await, Err(StoreError::WrittenTwice { .. })));

    for id in ["", "a/b", "a\nb", "a\0b", &"x".repeat(201)] {
        let error = batch().put(&chat(id, &[], 0, 0), Precondition::Any).unwrap_err();
        assert!(matches!(error, StoreError::InvalidId { .. }), "{id:?}: {error}");
    }
    for id in ["m", "c/", "/m", "c/m/n"] {
        let error = batch().put(&message(id, "a", 0), Precondition::Any).unwrap_err();
        assert!(matches!(error, StoreError::InvalidId { .. }), "{id:?}: {error}");
    }
    let run = Run { id: "r".to_owned(), started_at: Time(1), scope: RunScope::All, finished_at: None };
    let error = batch().put(&run, Precondition::Any).unwrap_err();
    assert!(matches!(error, StoreError::WrongDatabase { .. }), "a commit touches one database: {error}");
    assert!(update(store, "a", Fields::default(), Precondition::Exists).await.is_err());
    assert_eq!(value(store, CHATS, "a").await, None);
}
