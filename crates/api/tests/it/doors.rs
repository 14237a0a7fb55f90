use std::sync::Arc;

use api::Doors;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use blobs::Blobs;
use catalogue::Catalogue;
use model::{Database, Document, EntityId, EntityKind, Time};
use search::{Card, Index, SearchDoc};
use serde_json::{Value, json};
use store::{Batch, Precondition, Store};
use store_sqlite::SqliteBackend;
use tempfile::TempDir;
use tower::ServiceExt;

/// 2026-06-01T12:00:00Z.
pub(crate) const NOW: Time = Time(1_780_315_200_000);

pub(crate) struct House {
    pub(crate) doors: Doors,
    pub(crate) router: Router,
    pub(crate) folder: TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// The problem's detail, after checking that the answer is a problem of that status and code.
    pub(crate) fn problem(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem = self.json();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
        problem["detail"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteBackend::store(folder.path(), |_| Vec::new()).unwrap();
    let search = Arc::new(Index::open(&folder.path().join("search")).unwrap());
    let doors = Doors {
        catalogue: Arc::new(Catalogue::new(store.clone(), Arc::clone(&search))),
        blobs: Arc::new(Blobs::open(folder.path().join("blobs").to_str().unwrap()).unwrap()),
        clock: Arc::new(|| NOW),
        store,
        search,
    };
    House { router: api::router_on(doors.clone()), doors, folder }
}

impl House {
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn put(&self, document: &impl Document) {
        put(&self.doors.store, document).await;
    }

    /// Puts things into the index as `sync` does.
    pub(crate) fn index(&self, docs: &[SearchDoc]) {
        self.doors.search.apply(docs, &[]).unwrap();
    }
}

async fn put(store: &Store, document: &impl Document) {
    let mut batch = Batch::new(document.collection().database(), NOW);
    batch.put(document, Precondition::Any).unwrap();
    store.commit(batch).await.unwrap();
}

pub(crate) async fn count(store: &Store, database: Database, run: &str, counts: &[(&str, i64)]) {
    let mut batch = Batch::new(database, NOW);
    batch.trace.run_id = run.to_owned();
    for (name, by) in counts {
        batch.count(name, *by);
    }
    store.commit(batch).await.unwrap();
}

pub(crate) fn id(kind: EntityKind, name: &str) -> EntityId {
    EntityId::mint(kind, &[name])
}

/// An entity of which these fields are known.
pub(crate) fn entity<E: Document>(kind: EntityKind, name: &str, fields: Value) -> E {
    let mut document = json!({ "id": id(kind, name), "created_at": NOW, "updated_at": NOW });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    document.as_object_mut().unwrap().extend(fields);
    serde_json::from_value(document).unwrap()
}

pub(crate) fn doc(kind: EntityKind, card: &Card) -> SearchDoc {
    SearchDoc {
        id: id(kind, &card.title),
        revision: 1,
        title: card.title.clone(),
        names: card.artists.iter().chain(&card.venue).cloned().collect(),
        text: String::new(),
        city: card.city.clone(),
        genre: card.genre.clone(),
        point: card.lat.zip(card.lon),
        start: card.start,
        refers_to: Vec::new(),
        stored: card.to_value(),
    }
}
