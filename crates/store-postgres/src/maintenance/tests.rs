use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use model::{Collection, Database};
use serde_json::json;
use store::maintenance::{
    DifferenceKind, Maintenance, Presence, RESTORED_GAP, Source, Told, back_up, inspect_documents, restore,
};
use store::{Backend, Change, Commit, Direction, Key, Precondition, Query, StoreError, Write};
use testing::Postgres;

use super::PostgresMaintenance;
use crate::PostgresBackend;

const CHATS: Collection = Collection::Chats;

fn quiet() -> Told {
    Arc::new(|_, _, _| {})
}

fn chat(n: usize) -> Write {
    let id = format!("chat-{n:06}");
    let data = json!({
        "id": id, "kind": "group", "members": [format!("m{}", n % 7), format!("n{}\0", n % 11)],
        "created_at": 1, "last_message_at": n, "message_count": n, "about": "tab\t back\\ new\nline \0\u{1}",
    });
    let change = Change::Put { version: 1, data: data.to_string() };
    Write { key: Key::new(CHATS, id), change, precondition: Precondition::Any }
}

async fn commit(backend: &dyn Backend, writes: Vec<Write>) -> u64 {
    backend.commit(Commit { writes, reads: Vec::new() }).await.unwrap()
}

async fn filled(url: &str, chats: usize) -> [Arc<dyn Backend>; 3] {
    let backends = PostgresBackend::open_all(url).await.unwrap();
    for first in (0..chats).step_by(500) {
        commit(&*backends[1], (first..chats.min(first + 500)).map(chat).collect()).await;
    }
    backends
}

async fn findings(maintenance: &PostgresMaintenance, source: Source<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for database in Database::ALL {
        found.extend(maintenance.inspect(source, database, quiet()).await.unwrap());
    }
    for collection in Collection::ALL {
        found.extend(inspect_documents(maintenance, source, collection, 10, &quiet()).await.unwrap());
    }
    found.into_iter().map(|found| format!("{}: {} → {}", found.place, found.what, found.remedy)).collect()
}

async fn found(backend: &dyn Backend, query: Query) -> u64 {
    backend.measure(&query, &[]).await.unwrap().count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn writers_go_on_while_indexes_are_made_anew() {
    let server = Postgres::quick();
    let url = server.fresh();
    let backends = filled(&url, 10_000).await;
    let maintenance = PostgresMaintenance::new(&url).unwrap();
    let stop = AtomicBool::new(false);
    let writer = async {
        let (mut n, mut longest) = (0, Duration::ZERO);
        while !stop.load(Ordering::Relaxed) {
            let since = Instant::now();
            commit(&*backends[1], vec![chat(10_000 + n), chat(n)]).await;
            longest = longest.max(since.elapsed());
            n += 1;
        }
        (n, longest)
    };
    let reindex = async {
        let since = Instant::now();
        for _ in 0..3 {
            assert_eq!(maintenance.reindex(CHATS, quiet()).await.unwrap(), 3);
        }
        stop.store(true, Ordering::Relaxed);
        since.elapsed()
    };
    let ((during, longest), took) = tokio::join!(writer, reindex);
    println!("three times 3 indexes in {took:?}; {during} commits meanwhile, the longest {longest:?}");
    assert!(during > 20 && longest < took / 2, "{during} commits, the longest {longest:?} of {took:?}");
    let all = 10_000 + u64::try_from(during).unwrap();
    let by_time = Query::of(CHATS).order("last_message_at", Direction::Ascending);
    assert_eq!(found(&*backends[1], by_time).await, all);
    assert_eq!(findings(&maintenance, Source::Databases).await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_made_and_what_is_undeclared_dropped() {
    let server = Postgres::quick();
    let url = server.fresh();
    let maintenance = PostgresMaintenance::new(&url).unwrap();
    assert_eq!(maintenance.state(Database::Main).await.unwrap(), None);
    let kinds = async |maintenance: &PostgresMaintenance| {
        let differences = maintenance.differences(Database::Main).await.unwrap();
        differences.into_iter().map(|it| (it.name, it.kind)).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&maintenance).await, [("*".to_owned(), DifferenceKind::NoDatabase)]);
    maintenance.migrate(Database::Main, false, quiet()).await.unwrap();
    assert_eq!(kinds(&maintenance).await, []);
    drop(filled(&url, 50).await);
    let name = url.rsplit_once('/').unwrap().1;
    server.execute(
        name,
        "DROP INDEX main.chats__last_message_at; DROP TABLE main.chats__members__last_message_at CASCADE;
         CREATE INDEX chats__about ON main.chats((data->>'about')); CREATE TABLE main.songs(id text);
         DROP FUNCTION main.chats__members__last_message_at__changed() CASCADE;",
    );
    let mut found = kinds(&maintenance).await;
    found.sort();
    let expected = [
        ("chats__about", DifferenceKind::UndeclaredIndex),
        ("chats__last_message_at", DifferenceKind::MissingIndex),
        ("chats__members__last_message_at", DifferenceKind::MissingIndex),
        ("songs", DifferenceKind::UndeclaredTable),
    ];
    assert_eq!(found, expected.map(|(name, kind)| (name.to_owned(), kind)));
    maintenance.migrate(Database::Main, true, quiet()).await.unwrap();
    assert_eq!(kinds(&maintenance).await, [("songs".to_owned(), DifferenceKind::UndeclaredTable)]);
    assert_eq!(findings(&maintenance, Source::Databases).await, [] as [&str; 0]);
    let state = maintenance.state(Database::Main).await.unwrap().unwrap();
    assert!(state.indexes.iter().all(|index| index.state == Presence::Present), "{:?}", state.indexes);
    assert_eq!(state.documents["chats"], 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_comes_back_while_nobody_is_connected() {
    let server = Postgres::quick();
    let (url, other) = (server.fresh(), server.fresh());
    let backends = filled(&url, 1_500).await;
    let position = backends[1].list(&Query::of(CHATS).limit(1)).await.unwrap().position;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let maintenance = PostgresMaintenance::new(&url).unwrap();
    let stop = AtomicBool::new(false);
    let writer = async {
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            commit(&*backends[1], vec![chat(2_000 + n)]).await;
            n += 1;
        }
    };
    let made = async {
        let manifest = back_up(&maintenance, &backup, "test", "now".to_owned(), &quiet()).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        manifest
    };
    let ((), manifest) = tokio::join!(writer, made);
    assert_eq!(findings(&maintenance, Source::Copy(&backup)).await, [] as [&str; 0]);
    let copied = maintenance.read(Source::Copy(&backup), CHATS, "chat-000009", 1).await.unwrap();
    let stored = backends[1].get(&[chat(10).key]).await.unwrap();
    let json = |data: &str| serde_json::from_str::<serde_json::Value>(data).unwrap();
    assert_eq!(json(&copied[0].data), json(&stored[0].as_ref().unwrap().data));

    let restored = PostgresMaintenance::new(&other).unwrap();
    restore(&restored, &backup, false, &quiet()).await.unwrap();
    let opened = PostgresBackend::open_all(&other).await.unwrap();
    assert_eq!(found(&*opened[1], Query::of(CHATS)).await, manifest.databases[1].documents["chats"]);
    assert_eq!(findings(&restored, Source::Databases).await, [] as [&str; 0]);
    assert!(commit(&*opened[1], vec![chat(1)]).await > manifest.databases[1].revision + RESTORED_GAP);
    let first = opened[1].tail(position).next().await.unwrap();
    assert!(matches!(first, Err(StoreError::FeedTrimmed { .. })), "{first:?}");
    let refused = restore(&restored, &backup, true, &quiet()).await.unwrap_err().to_string();
    assert!(refused.contains("in use"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_is_found() {
    let server = Postgres::quick();
    let url = server.fresh();
    let backends = filled(&url, 300).await;
    let maintenance = PostgresMaintenance::new(&url).unwrap();
    let name = url.rsplit_once('/').unwrap().1;
    let ready = |ready| {
        format!("UPDATE pg_index SET indisready = {ready} WHERE indexrelid = 'main.chats__last_message_at'::regclass")
    };
    server.execute(
        name,
        "DELETE FROM main.chats__members__last_message_at WHERE id = 'chat-000007';
         INSERT INTO main.chats__members__last_message_at VALUES ('ghost', 1, 'chat-000020');
         UPDATE main.chats SET data = data || '{\"message_count\":\"many\"}' WHERE id = 'chat-000011';
         UPDATE main.chats SET revision = 99999 WHERE id = 'chat-000012';",
    );
    server.execute(name, &ready(false));
    server.execute(
        name,
        "INSERT INTO main.chats(id,revision,version,data) SELECT 'lost',1,1,data FROM main.chats LIMIT 1",
    );
    server.execute(name, &ready(true));
    let said = findings(&maintenance, Source::Databases).await.join("\n");
    for expected in [
        "main/chats/chat-000007: the index chats__members__last_message_at lacks it → `mystage db reindex --collection",
        "main/chats/chat-000020: the index chats__members__last_message_at finds it by what it has not",
        "main/chats/chat-000011: it cannot be read as its type",
        "main/chats/lost: it says that its id is",
        "main/chats: it has revisions behind",
        "main/chats__last_message_at: the index does not have what the documents have",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    maintenance.reindex(CHATS, quiet()).await.unwrap();
    let said = findings(&maintenance, Source::Databases).await.join("\n");
    assert!(!said.contains("the index"), "{said}");
    drop(backends);
}
