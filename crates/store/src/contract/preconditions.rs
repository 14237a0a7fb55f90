use futures::future::join_all;
use model::{Chat, Collection, Database, Fact, TaskDoc};

use super::given::{batch, chat, chat_of, ids, put, update};
use crate::{Fields, Precondition, Query, Store, StoreError};

const CHATS: Collection = Collection::Chats;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Put,
    Update,
    Delete,
}

pub(super) async fn each_holds_or_refuses(store: &Store) {
    let before = put(store, &[chat("x", &[], 1, 1)]).await;
    for deed in [Deed::Put, Deed::Update, Deed::Delete] {
        for (there, precondition, holds) in [
            (true, Precondition::Any, true),
            (true, Precondition::Absent, false),
            (true, Precondition::Exists, true),
            (true, Precondition::AtRevision(u64::MAX), true),
            (true, Precondition::AtRevision(before), false),
            (false, Precondition::Any, true),
            (false, Precondition::Absent, true),
            (false, Precondition::Exists, false),
            (false, Precondition::AtRevision(before), false),
        ] {
            super::given::clear(store).await;
            let revision = if there { put(store, &[chat("x", &[], 1, 1)]).await } else { 0 };
            let precondition = match precondition {
                // Stands for the revision of just now.
                Precondition::AtRevision(u64::MAX) => Precondition::AtRevision(revision),
                other => other,
            };
            one(store, deed, precondition, there.then_some(revision), holds).await;
        }
    }
}

async fn one(store: &Store, deed: Deed, precondition: Precondition, before: Option<u64>, holds: bool) {
    let case = format!("{deed:?} {precondition:?} of {before:?}");
    let mut batch = batch();
    match deed {
        Deed::Put => batch.put(&chat("x", &[], 2, 2), precondition).unwrap(),
        Deed::Delete => batch.delete(CHATS, "x", precondition).unwrap(),
        Deed::Update => batch.update::<Chat>(CHATS, "x", whole(), precondition).unwrap(),
    }
    let result = store.commit(batch).await;
    let after = chat_of(store, "x").await;
    if holds {
        let revision = result.unwrap_or_else(|error| panic!("{case}: {error}"));
        match deed {
            Deed::Delete => assert!(after.is_none(), "{case}"),
            _ => assert_eq!(after.map(|after| (after.revision, after.document.message_count)), Some((revision, 2))),
        }
    } else {
        let error = result.expect_err(&case);
        assert!(matches!(&error, StoreError::Conflict { key } if key.id == "x" && key.collection == CHATS), "{error}");
        assert_eq!(after.map(|after| after.revision), before, "{case}: nothing was written");
    }
}

/// Everything that a chat has but its id.
fn whole() -> Fields {
    Fields::default()
        .set("kind", "group")
        .set("members", Vec::<String>::new())
        .set("created_at", 0)
        .set("last_message_at", 2)
        .set("message_count", 2)
}

pub(super) async fn a_batch_is_all_or_nothing(store: &Store) {
    put(store, &[chat("there", &[], 0, 0)]).await;
    let mut refused = batch();
    refused.put(&chat("new", &["a"], 0, 0), Precondition::Any).unwrap();
    refused.update::<Chat>(CHATS, "other", whole(), Precondition::Any).unwrap();
    refused.put(&chat("there", &[], 9, 0), Precondition::Absent).unwrap();
    refused.trace.run_id = "refused".to_owned();
    refused.count("x.y", 1);
    refused.fact(Fact::PageScraped { scrape_id: "x".to_owned() });
    let error = store.commit(refused).await.unwrap_err();
    assert!(error.is_conflict() && error.to_string().contains("main/chats/there"), "{error}");
    assert_eq!(ids(store, &Query::of(CHATS)).await, ["there"]);
    let tasks = store.list::<TaskDoc>(&Query::of(Collection::Tasks(Database::Main))).await.unwrap();
    assert!(tasks.documents.is_empty(), "no task of a commit that did not happen");
    assert!(ids(store, &Query::of(Collection::Funnels(Database::Main))).await.is_empty());
    assert_eq!(chat_of(store, "there").await.unwrap().document.last_message_at.0, 0);
    let by_member = Query::of(CHATS).contains("members", "a").order("last_message_at", crate::Direction::Ascending);
    assert!(ids(store, &by_member).await.is_empty(), "no index knows of it");
}

pub(super) async fn one_of_many_wins(store: &Store) {
    let revision = put(store, &[chat("contended", &[], 0, 0)]).await;
    for (id, precondition) in [("contended", Precondition::AtRevision(revision)), ("created", Precondition::Absent)] {
        let racers = (0..32).map(|n| {
            let mut batch = batch();
            batch.put(&chat(id, &[], n, n), precondition).unwrap();
            store.commit(batch)
        });
        let results = join_all(racers).await;
        let won: Vec<usize> = (0..32).filter(|n| results[*n].is_ok()).collect();
        assert_eq!(won.len(), 1, "one winner");
        assert!(results.iter().filter_map(|result| result.as_ref().err()).all(StoreError::is_conflict));
        assert_eq!(chat_of(store, id).await.unwrap().document.message_count, i64::try_from(won[0]).unwrap());
    }
    let deletes = join_all((0..8).map(|_| async {
        let mut batch = batch();
        batch.delete(CHATS, "created", Precondition::Exists).unwrap();
        store.commit(batch).await
    }));
    assert_eq!(deletes.await.iter().filter(|result| result.is_ok()).count(), 1, "one deletes it");
    let stale =
        update(store, "contended", Fields::default().increment("message_count", 1), Precondition::AtRevision(revision));
    assert!(stale.await.unwrap_err().is_conflict());
}
