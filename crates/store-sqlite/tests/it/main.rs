//! The contract suite on SQLite, and what only this backend promises.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod faults;

use std::sync::Arc;

use model::{Collection, Database, Run, Time};
use store::{Batch, Precondition, Query, Store};
use store_sqlite::SqliteBackend;

fn open(directory: &std::path::Path) -> Store {
    SqliteBackend::store(directory, |_| Vec::new()).unwrap()
}

fn run(id: &str) -> Batch {
    let mut batch = Batch::new(Database::Pipeline, Time(1));
    batch
        .put(
            &Run { id: id.to_owned(), started_at: Time(1), scope: model::RunScope::All, finished_at: None },
            Precondition::Any,
        )
        .unwrap();
    batch
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    store::contract::run(SqliteBackend::open_all(folder.path()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let revision = first.commit(run("a")).await.unwrap();
    drop(first);
    let second = open(folder.path());
    assert_eq!(second.get::<Run>(Collection::Runs, "a").await.unwrap().unwrap().revision, revision);
    assert!(second.commit(run("b")).await.unwrap() > revision, "revisions go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Arc::new(open(folder.path())), Arc::new(open(folder.path())));
    let writers = (0..40).map(|n| {
        let store = Arc::clone(if n % 2 == 0 { &one } else { &other });
        async move { store.commit(run(&format!("r{n}"))).await }
    });
    let mut revisions: Vec<u64> = futures::future::join_all(writers).await.into_iter().map(Result::unwrap).collect();
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), 40, "no revision is given twice");
    assert_eq!(other.list_all::<Run>(Query::of(Collection::Runs)).await.unwrap().len(), 40);
}

#[test]
fn a_file_that_is_no_database_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.db"), b"hello, I am a text file, not a database at all. ".repeat(40))
        .unwrap();
    let error = SqliteBackend::open(folder.path(), Database::Main).err().unwrap();
    assert!(error.to_string().contains("file is not usable"), "{error}");
}
