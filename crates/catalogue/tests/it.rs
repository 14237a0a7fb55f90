//! The catalogue on a real store and a real index.
#![expect(clippy::unwrap_used, reason = "the functions that tests share may panic as tests do")]

use std::sync::Arc;

use catalogue::{Catalogue, EntryDocument, Reading};
use model::{Artist, Database, Deleted, Document, EntityId, EntityKind, Performance, Time, Venue};
use search::{Card, Index, Query, SearchDoc};
use serde_json::json;
use store::{Batch, Precondition, Store};
use store_sqlite::SqliteBackend;
use tempfile::TempDir;

struct Room {
    store: Store,
    catalogue: Catalogue,
    index: Arc<Index>,
    _folder: TempDir,
}

fn room() -> Room {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteBackend::store(folder.path(), |_| Vec::new()).unwrap();
    let index = Arc::new(Index::in_memory().unwrap());
    let catalogue = Catalogue::new(store.clone(), Arc::clone(&index));
    Room { store, catalogue, index, _folder: folder }
}

impl Room {
    async fn put(&self, document: &impl Document) -> u64 {
        let mut batch = Batch::new(Database::Main, Time(1));
        batch.put(document, Precondition::Any).unwrap();
        self.store.commit(batch).await.unwrap()
    }
}

fn id(kind: EntityKind, name: &str) -> EntityId {
    EntityId::mint(kind, &[name])
}

fn artist(name: &str, deleted: Option<Deleted>) -> Artist {
    let fields = json!({ "id": id(EntityKind::Artist, name), "name": name, "created_at": 1, "updated_at": 1 });
    Artist { deleted, ..serde_json::from_value(fields).unwrap() }
}

fn deleted(survivor: Option<&str>) -> Option<Deleted> {
    let survivor = survivor.map(|name| id(EntityKind::Artist, name));
    Some(Deleted { at: Time(9), reason: "twice".into(), survivor })
}

#[tokio::test]
async fn merged_ids_lead_to_the_survivor_and_deleted_ones_are_gone() {
    let room = room();
    room.put(&artist("one", None)).await;
    room.put(&artist("two", deleted(Some("one")))).await;
    room.put(&artist("three", deleted(Some("two")))).await;
    room.put(&artist("four", deleted(None))).await;
    room.put(&artist("five", deleted(Some("four")))).await;
    room.put(&artist("six", deleted(Some("seven")))).await;
    room.put(&artist("seven", deleted(Some("six")))).await;
    room.put(&artist("eight", deleted(Some("never written")))).await;
    let read = |name: &str| {
        let id = id(EntityKind::Artist, name);
        let catalogue = room.catalogue.clone();
        async move { catalogue.read(&id).await.unwrap() }
    };
    assert!(matches!(read("one").await, Reading::Present(_)));
    for merged in ["two", "three"] {
        let Reading::Merged { survivor } = read(merged).await else { panic!("{merged}") };
        assert_eq!(survivor, id(EntityKind::Artist, "one"));
    }
    for gone in ["four", "five", "six", "eight"] {
        assert!(matches!(read(gone).await, Reading::Gone(_)), "{gone}");
    }
    assert!(matches!(read("nine").await, Reading::Unknown));
}

#[tokio::test]
async fn a_performance_names_its_venue_and_artists() {
    let room = room();
    let venue: Venue = serde_json::from_value(
        json!({ "id": id(EntityKind::Venue, "v"), "name": "Willow Hall", "created_at": 1, "updated_at": 1 }),
    )
    .unwrap();
    let performance: Performance = serde_json::from_value(json!({
        "id": id(EntityKind::Performance, "p"), "title": "Spring night", "start": "2026-07-01T20:00",
        "venue_id": venue.id, "artist_ids": [id(EntityKind::Artist, "Blackbird"), id(EntityKind::Artist, "unknown")],
        "created_at": 1, "updated_at": 1
    }))
    .unwrap();
    room.put(&venue).await;
    room.put(&artist("Blackbird", None)).await;
    room.put(&performance).await;
    let read = || async {
        match room.catalogue.read(&performance.id).await.unwrap() {
            Reading::Present(entry) => *entry,
            other => panic!("{other:?}"),
        }
    };
    let entry = read().await;
    let EntryDocument::Performance { venue: named, artists, festival, .. } = entry.document else { panic!() };
    assert_eq!(named.as_deref(), Some("Willow Hall"));
    assert_eq!(artists, [Some("Blackbird".to_owned()), None]);
    assert_eq!(festival, None);
    room.put(&Venue { name: Some("Willow House".into()), ..venue }).await;
    assert_ne!(read().await.state, entry.state, "a renamed venue is another state of its shows");
}

#[tokio::test]
async fn what_is_indexed_is_found_with_its_card() {
    let room = room();
    let card = Card { title: "Blackbird".into(), city: Some("Porto".into()), ..Card::default() };
    let document = SearchDoc {
        id: id(EntityKind::Artist, "Blackbird"),
        revision: 1,
        title: card.title.clone(),
        names: Vec::new(),
        text: String::new(),
        city: card.city.clone(),
        genre: None,
        point: None,
        start: None,
        refers_to: Vec::new(),
        stored: card.to_value(),
    };
    room.index.apply(&[document], &[]).unwrap();
    let found = room.catalogue.find(Query { words: "blakbird porto".into(), ..Query::default() }).await.unwrap();
    assert_eq!((found.total, found.hits.len()), (1, 1));
    assert_eq!(found.hits[0].card, card);
    let counts = room.catalogue.collections().await.unwrap();
    assert_eq!(counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [0, 1, 0, 0]);
    let refused = room.catalogue.find(Query { limit: 5000, ..Query::default() }).await;
    assert!(matches!(refused, Err(catalogue::Error::Search(search::Error::InvalidQuery(_)))));
}

#[tokio::test]
async fn every_statement_about_an_entity_is_listed() {
    let room = room();
    let entity = id(EntityKind::Artist, "Blackbird");
    let mut batch = Batch::new(Database::Pipeline, Time(1));
    for (url, priority, withdrawn) in
        [("https://b.test/", 40, None), ("https://a.test/", 90, None), ("https://c.test/", 95, Some(7))]
    {
        let source: model::EntitySource = serde_json::from_value(json!({
            "id": model::EntitySource::id_of(&entity, &model::Url::id_of(url)), "entity_id": entity,
            "source_id": "s", "url_id": model::Url::id_of(url), "url": url, "extraction_id": "e",
            "content_hash": "c", "priority": priority, "detail": true,
            "fields": { "name": { "value": "Blackbird", "at": "h1", "quote": "Blackbird" } },
            "first_seen_at": 1, "changed_at": 1, "withdrawn_at": withdrawn
        }))
        .unwrap();
        batch.put(&source, Precondition::Absent).unwrap();
    }
    room.store.commit(batch).await.unwrap();
    let statements = room.catalogue.evidence(&entity).await.unwrap();
    let urls: Vec<&str> = statements.iter().map(|statement| statement.url.as_str()).collect();
    assert_eq!(urls, ["https://a.test/", "https://b.test/", "https://c.test/"]);
    assert_eq!(statements[0].stated.evidence.quote, "Blackbird");
}
