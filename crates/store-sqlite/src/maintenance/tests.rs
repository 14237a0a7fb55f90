use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use model::{Collection, Database, Run, RunScope, Time};
use rusqlite::Connection;
use serde_json::json;
use store::maintenance::{
    DifferenceKind, Maintenance, Presence, RESTORED_GAP, Source, Told, back_up, inspect_documents, restore,
};
use store::{Backend, Change, Commit, Direction, Key, Precondition, Query, StoreError, Write};

use super::{SqliteMaintenance, clear, file, rebuild, replace, working};
use crate::SqliteBackend;

const CHATS: Collection = Collection::Chats;

fn quiet() -> Told {
    Arc::new(|_, _, _| {})
}

fn chat(n: usize) -> Write {
    let id = format!("chat-{n:06}");
    let data = json!({
        "id": id, "kind": "group", "members": [format!("m{}", n % 7), format!("n{}", n % 11)],
        "created_at": 1, "last_message_at": n, "message_count": n, "about": "x".repeat(300),
    });
    put(Key::new(CHATS, id), data.to_string())
}

fn put(key: Key, data: String) -> Write {
    Write { key, change: Change::Put { version: 1, data }, precondition: Precondition::Any }
}

async fn commit(backend: &dyn Backend, writes: Vec<Write>) -> u64 {
    backend.commit(Commit { writes, reads: Vec::new() }).await.unwrap()
}

async fn filled(folder: &Path, chats: usize) -> [Arc<dyn Backend>; 3] {
    let backends = SqliteBackend::open_all(folder).unwrap();
    for first in (0..chats).step_by(500) {
        commit(&*backends[1], (first..chats.min(first + 500)).map(chat).collect()).await;
    }
    backends
}

async fn findings(maintenance: &SqliteMaintenance) -> Vec<String> {
    let mut found = Vec::new();
    for database in Database::ALL {
        found.extend(maintenance.inspect(Source::Databases, database, quiet()).await.unwrap());
    }
    for collection in Collection::ALL {
        found.extend(inspect_documents(maintenance, Source::Databases, collection, 10, &quiet()).await.unwrap());
    }
    found.into_iter().map(|found| format!("{}: {} → {}", found.place, found.what, found.remedy)).collect()
}

async fn found(backend: &dyn Backend, query: Query) -> u64 {
    backend.measure(&query, &[]).await.unwrap().count
}

/// Writes one document after the other until told to stop; returns how many, and how long the slowest took.
async fn write_until(backend: &dyn Backend, from: usize, stop: &AtomicBool) -> (usize, Duration) {
    let (mut n, mut longest) = (0, Duration::ZERO);
    while !stop.load(Ordering::Relaxed) {
        let since = Instant::now();
        let mut writes = vec![chat(from + n), chat(n)];
        if n % 5 == 4 {
            let gone = chat(from + n - 1).key;
            writes.push(Write { key: gone, change: Change::Delete, precondition: Precondition::Exists });
        }
        commit(backend, writes).await;
        longest = longest.max(since.elapsed());
        n += 1;
    }
    (n, longest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn writers_go_on_while_indexes_are_made_anew() {
    const CHATS_BEFORE: usize = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let backends = filled(folder.path(), CHATS_BEFORE).await;
    let main = Arc::clone(&backends[1]);

    let stop = AtomicBool::new(false);
    let undisturbed = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.store(true, Ordering::Relaxed);
    };
    let ((before, usual), ()) = tokio::join!(write_until(&*main, CHATS_BEFORE, &stop), undisturbed);

    stop.store(false, Ordering::Relaxed);
    let maintenance = SqliteMaintenance::new(folder.path());
    let reindex = async {
        let since = Instant::now();
        let indexes = maintenance.reindex(CHATS, quiet()).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        (indexes, since.elapsed())
    };
    let from = CHATS_BEFORE + before;
    let ((during, longest), (indexes, took)) = tokio::join!(write_until(&*main, from, &stop), reindex);

    println!("{indexes} indexes in {took:?}; {during} commits meanwhile, the longest {longest:?}, usually {usual:?}");
    assert_eq!(indexes, 3);
    assert!(during > 20, "writers went on");
    assert!(longest < took / 3 || longest < 10 * usual, "{longest:?} of {took:?}, usually {usual:?}");
    let all = u64::try_from(CHATS_BEFORE + before - before / 5 + during - during / 5).unwrap();
    assert_eq!(found(&*main, Query::of(CHATS)).await, all);
    for query in [
        Query::of(CHATS).order("last_message_at", Direction::Ascending),
        Query::of(CHATS)
            .contains_any("members", (0..7).map(|n| format!("m{n}")))
            .order("last_message_at", Direction::Ascending),
    ] {
        assert_eq!(found(&*main, query).await, all);
    }
    assert_eq!(findings(&maintenance).await, [] as [&str; 0]);
    let state = maintenance.state(Database::Main).await.unwrap().unwrap();
    assert!(state.indexes.iter().all(|index| index.state == Presence::Present), "{:?}", state.indexes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_rebuild_leaves_databases_that_work() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 300).await);
    let maintenance = SqliteMaintenance::new(folder.path());
    for stop in 0..4 {
        let path = file(folder.path(), Database::Main);
        let connection = working(&path).unwrap();
        rebuild::begin(&connection, CHATS).unwrap();
        if stop > 0 {
            rebuild::copy(&connection, CHATS, "", 100).unwrap();
        }
        if stop > 1 {
            rebuild::copy(&connection, CHATS, &chat(99).key.id, 1_000).unwrap();
        }
        if stop > 2 {
            rebuild::swap(&connection, CHATS).unwrap();
        }
        drop(connection);

        let backends = SqliteBackend::open_all(folder.path()).unwrap();
        commit(&*backends[1], vec![chat(1_000 + stop), chat(50)]).await;
        let gone = Write { key: chat(stop).key, change: Change::Delete, precondition: Precondition::Exists };
        commit(&*backends[1], vec![gone]).await;
        assert_eq!(found(&*backends[1], Query::of(CHATS)).await, 300);
        let by_time = Query::of(CHATS).order("last_message_at", Direction::Ascending);
        assert_eq!(found(&*backends[1], by_time).await, 300);
        let differences = maintenance.differences(Database::Main).await.unwrap();
        assert!(differences.iter().any(|it| it.kind == DifferenceKind::Leftover), "{differences:?}");
        maintenance.migrate(Database::Main, false, quiet()).await.unwrap();
        assert_eq!(findings(&maintenance).await, [] as [&str; 0], "killed at {stop}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_and_migrating_settle_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let maintenance = SqliteMaintenance::new(folder.path());
    assert_eq!(maintenance.differences(Database::Main).await.unwrap()[0].kind, DifferenceKind::NoDatabase);
    drop(filled(folder.path(), 10).await);
    assert_eq!(maintenance.differences(Database::Main).await.unwrap(), []);
    let connection = Connection::open(file(folder.path(), Database::Main)).unwrap();
    connection
        .execute_batch(
            "DROP INDEX chats__last_message_at;
             DROP TRIGGER chats__members__last_message_at__insert;
             CREATE INDEX chats__about ON chats(json_extract(data,'$.about'));
             CREATE TABLE chats__about__kind(about, kind, id);
             CREATE TABLE songs(id);",
        )
        .unwrap();
    drop(connection);
    let kinds = |differences: &[store::maintenance::Difference]| {
        differences.iter().map(|it| (it.name.clone(), it.kind)).collect::<BTreeSet<_>>()
    };
    let all = BTreeSet::from([
        ("chats__last_message_at".to_owned(), DifferenceKind::MissingIndex),
        ("chats__members__last_message_at".to_owned(), DifferenceKind::OutdatedIndex),
        ("chats__about".to_owned(), DifferenceKind::UndeclaredIndex),
        ("chats__about__kind".to_owned(), DifferenceKind::UndeclaredIndex),
        ("songs".to_owned(), DifferenceKind::UndeclaredTable),
    ]);
    assert_eq!(kinds(&maintenance.differences(Database::Main).await.unwrap()), all);
    let settled = maintenance.migrate(Database::Main, false, quiet()).await.unwrap();
    assert_eq!(kinds(&settled).len(), 2, "{settled:?}");
    let settled = maintenance.migrate(Database::Main, true, quiet()).await.unwrap();
    assert_eq!(kinds(&settled).len(), 2, "{settled:?}");
    let left = maintenance.differences(Database::Main).await.unwrap();
    assert_eq!(kinds(&left).first().unwrap().1, DifferenceKind::UndeclaredTable, "documents are never dropped");
}

/// Two databases whose commits follow each other as those of a step do: no copy has the second without the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_backup_is_of_one_moment_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let backends = filled(folder.path(), 3_000).await;
    let stop = AtomicBool::new(false);
    let run = |n: usize| {
        let id = format!("r-{n:06}");
        let run = Run { id: id.clone(), started_at: Time(1), scope: RunScope::All, finished_at: None };
        put(Key::new(Collection::Runs, id), serde_json::to_string(&run).unwrap())
    };
    let writer = async {
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            commit(&*backends[1], vec![chat(10_000 + n)]).await;
            commit(&*backends[0], vec![run(n)]).await;
            n += 1;
        }
        n
    };
    let maintenance = SqliteMaintenance::new(folder.path());
    let backup = folder.path().join("backup");
    let made = async {
        for round in 0..5 {
            let to = folder.path().join(format!("backup-{round}"));
            let manifest = back_up(&maintenance, &to, "test", "now".to_owned(), &quiet()).await.unwrap();
            let count = |database: usize, name: &str| manifest.databases[database].documents[name];
            let (chats, runs) = (count(1, "chats") - 3_000, count(0, "runs"));
            assert!(chats == runs || chats == runs + 1, "{chats} chats and {runs} runs");
            std::fs::rename(&to, &backup).unwrap_or_else(|_| {
                std::fs::remove_dir_all(&backup).unwrap();
                std::fs::rename(&to, &backup).unwrap();
            });
        }
        stop.store(true, Ordering::Relaxed);
    };
    let (written, ()) = tokio::join!(writer, made);
    assert!(written > 5, "the writer went on");

    let position = backends[1].list(&Query::of(CHATS).limit(1)).await.unwrap().position;
    let refused = restore(&maintenance, &backup, false, &quiet()).await.unwrap_err().to_string();
    assert!(refused.contains("--replace"), "{refused}");
    let refused = restore(&maintenance, &backup, true, &quiet()).await.unwrap_err().to_string();
    assert!(refused.contains("in use"), "{refused}");

    let elsewhere = tempfile::tempdir().unwrap();
    let restored = SqliteMaintenance::new(elsewhere.path());
    let manifest = restore(&restored, &backup, false, &quiet()).await.unwrap();
    assert_eq!(findings(&restored).await, [] as [&str; 0]);
    let opened = SqliteBackend::open_all(elsewhere.path()).unwrap();
    let revision = commit(&*opened[1], vec![chat(1)]).await;
    assert_eq!(revision, manifest.databases[1].revision + RESTORED_GAP + 1);
    let first = opened[1].tail(position).next().await.unwrap();
    assert!(matches!(first, Err(StoreError::FeedTrimmed { .. })), "{first:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_was_ready_is_finished_by_who_opens() {
    let folder = tempfile::tempdir().unwrap();
    let maintenance = SqliteMaintenance::new(folder.path());
    drop(filled(folder.path(), 20).await);
    let backup = folder.path().join("backup");
    back_up(&maintenance, &backup, "test", "now".to_owned(), &quiet()).await.unwrap();
    drop(filled(folder.path(), 50).await);

    replace::stage(&backup, folder.path(), &quiet()).unwrap();
    assert_eq!(maintenance.state(Database::Main).await.unwrap().unwrap().documents["chats"], 50, "not ready yet");
    replace::declare_ready(folder.path()).unwrap();
    // One of the three is in its place already.
    std::fs::rename(folder.path().join("restored/pipeline.db"), file(folder.path(), Database::Pipeline)).unwrap();
    let backends = SqliteBackend::open_all(folder.path()).unwrap();
    assert_eq!(found(&*backends[1], Query::of(CHATS)).await, 20);
    assert!(!folder.path().join("restored").exists());
    assert_eq!(findings(&maintenance).await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 2_500).await);
    let maintenance = SqliteMaintenance::new(folder.path());
    assert_eq!(findings(&maintenance).await, [] as [&str; 0]);
    let connection = Connection::open(file(folder.path(), Database::Main)).unwrap();
    let schema = "FROM sqlite_master WHERE name='chats__last_message_at'";
    connection
        .execute_batch(&format!(
            "DELETE FROM chats__members__last_message_at WHERE id='chat-000007';
             INSERT INTO chats__members__last_message_at VALUES ('ghost', 1, 'chat-002000');
             UPDATE chats SET data=json_set(data,'$.message_count','many') WHERE id='chat-000011';
             UPDATE _clock SET revision=1;
             CREATE TEMP TABLE kept AS SELECT * {schema};
             PRAGMA writable_schema=ON;
             DELETE {schema};"
        ))
        .unwrap();
    drop(connection);
    let connection = Connection::open(file(folder.path(), Database::Main)).unwrap();
    let lost = "INSERT INTO chats(id,revision,version,data) SELECT 'lost',1,1,data FROM chats LIMIT 1";
    connection.execute_batch(lost).unwrap();
    let found = findings(&maintenance).await.join("\n");
    for expected in [
        "main/chats/chat-000007: the index chats__members__last_message_at lacks it → `mystage db reindex --collection",
        "main/chats/chat-002000: the index chats__members__last_message_at finds it by what it has not",
        "main/chats/chat-000011: it cannot be read as its type",
        "main/chats/lost: it says that its id is",
        "main/chats: it has revision",
        "main/_feed: it has revisions behind",
        "chats__last_message_at: the index is missing → `mystage db migrate`",
    ] {
        assert!(found.contains(expected), "{expected} is not in\n{found}");
    }
    maintenance.reindex(CHATS, quiet()).await.unwrap();
    let found = findings(&maintenance).await.join("\n");
    assert!(!found.contains("index"), "{found}");
    assert!(clear::leftovers(&connection, &quiet()).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_of_older_versions_are_written_as_of_today() {
    let folder = tempfile::tempdir().unwrap();
    let backends = SqliteBackend::open_all(folder.path()).unwrap();
    let letters = Collection::FailedTasks;
    let old = include_str!("../../../../databases/fixtures/failed_tasks/v1-failed.json");
    let old: serde_json::Value = serde_json::from_str(old).unwrap();
    let document = old.get("data").unwrap_or(&old).to_string();
    let writes = (0..250).map(|n| put(Key::new(letters, format!("f-{n:03}")), document.clone())).collect();
    commit(&*backends[0], writes).await;
    let first = store::maintenance::rewrite(&backends[0], letters, &quiet()).await.unwrap();
    assert_eq!((first.read, first.rewritten, first.overtaken), (250, 250, 0));
    let again = store::maintenance::rewrite(&backends[0], letters, &quiet()).await.unwrap();
    assert_eq!((again.read, again.rewritten), (250, 0));
    let stored = backends[0].get(&[Key::new(letters, "f-007")]).await.unwrap();
    let stored = stored[0].as_ref().unwrap();
    assert_eq!(stored.version, letters.version());
    let expected = letters.restate(1, serde_json::from_str(&document).unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stored.data).unwrap(), expected);
}

/// Large enough for the index to be made in steps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_index_of_a_large_collection_is_made_in_steps() {
    let folder = tempfile::tempdir().unwrap();
    let chats = usize::try_from(super::migrate::LARGE).unwrap() + 10;
    drop(filled(folder.path(), chats).await);
    let connection = Connection::open(file(folder.path(), Database::Main)).unwrap();
    connection.execute_batch("DROP INDEX chats__last_message_at; DROP TABLE chats__members__last_message_at").unwrap();
    for deed in ["insert", "update", "delete"] {
        let name = format!("chats__members__last_message_at__{deed}");
        connection.execute_batch(&format!("DROP TRIGGER IF EXISTS {name}")).unwrap();
    }
    drop(connection);
    let steps = Arc::new(AtomicBool::new(false));
    let told: Told = Arc::new({
        let steps = Arc::clone(&steps);
        move |what, _, _| {
            steps.fetch_or(what.starts_with("reindexing"), Ordering::Relaxed);
        }
    });
    let maintenance = SqliteMaintenance::new(folder.path());
    let settled = maintenance.migrate(Database::Main, false, told).await.unwrap();
    assert_eq!(settled.len(), 2, "{settled:?}");
    assert!(steps.load(Ordering::Relaxed));
    assert_eq!(findings(&maintenance).await, [] as [&str; 0]);
}
