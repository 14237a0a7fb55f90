//! Processes that work off tasks and are killed, stopped or asked to end while they have some.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::{Collection, Database, TaskDoc};
use store::{Query, Store};
use tempfile::TempDir;
use testing::faults::{Account, Child, Part, drain, orders, write};

use super::{check_folder, play_orders, random, runtime, start, store};

const STEPS: u64 = 24;
const LEASE: Duration = Duration::from_millis(600);
const WORK: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(20);
/// So long that nobody waits for its end.
const LONG: Duration = Duration::from_secs(600);

/// A folder with a task of each step.
fn with_tasks() -> (TempDir, Arc<Account>) {
    let folder = tempfile::tempdir().unwrap();
    let (account, left) = (Arc::new(Account::default()), AtomicU64::new(STEPS));
    let tell = |note| {
        account.take(note);
        left.fetch_sub(1, Ordering::Relaxed);
    };
    let store = store(folder.path());
    runtime().block_on(write(&store, 0, || left.load(Ordering::Relaxed) > 0, tell));
    (folder, account)
}

fn tasks() -> Query {
    Query::of(Collection::Tasks(Database::Main))
}

async fn leased(store: &Store) -> u64 {
    store.count(&tasks().equal("queue", "routing").above("worker", "")).await.unwrap()
}

/// A process that has some of the tasks.
fn worker(test: &str, folder: &Path, lease: Duration, work: Duration) -> Child {
    let part = Part { works: Some((lease, work)), ..Part::default() };
    let child = start(test, folder, &part, &Arc::default());
    let store = store(folder);
    let has_some = async {
        while leased(&store).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    runtime().block_on(async { tokio::time::timeout(PATIENCE, has_some).await.unwrap() });
    child
}

fn drained(folder: &Path, account: &Account) {
    let store = store(folder);
    runtime().block_on(drain(&store, PATIENCE));
    drop(store);
    check_folder(folder, account);
}

#[test]
fn the_tasks_of_the_killed_are_done_once_each() {
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let test = "faults::workers::the_tasks_of_the_killed_are_done_once_each";
    let (folder, account) = with_tasks();
    for _ in 0..3 {
        let child = worker(test, folder.path(), LEASE, WORK);
        std::thread::sleep(Duration::from_micros(random(60_000)));
        child.kill();
        check_folder(folder.path(), &account);
    }
    drained(folder.path(), &account);
}

/// What a process that stood still for longer than its lease still wants to commit is refused.
#[test]
fn who_stands_still_loses_its_tasks_to_others() {
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let test = "faults::workers::who_stands_still_loses_its_tasks_to_others";
    let (folder, account) = with_tasks();
    let child = worker(test, folder.path(), LEASE, WORK);
    std::thread::sleep(Duration::from_micros(random(60_000)));
    stop_between_commits(&child, folder.path());
    drained(folder.path(), &account);
    child.signal("CONT");
    child.signal("TERM");
    assert!(child.wait().success());
    check_folder(folder.path(), &account);
}

/// A process that stands still in the middle of a commit holds the file: nobody can write then, for as long, on
/// SQLite. Here it is to have leases only.
fn stop_between_commits(child: &Child, folder: &Path) {
    loop {
        child.signal("STOP");
        let file = rusqlite::Connection::open(super::main_file(folder)).unwrap();
        if file.execute_batch("BEGIN IMMEDIATE; ROLLBACK;").is_ok() {
            return;
        }
        child.signal("CONT");
    }
}

#[test]
fn who_is_asked_to_end_gives_its_tasks_back_at_once() {
    if let Some(orders) = orders() {
        return play_orders(&orders);
    }
    let test = "faults::workers::who_is_asked_to_end_gives_its_tasks_back_at_once";
    let (folder, account) = with_tasks();
    let child = worker(test, folder.path(), LONG, LONG);
    child.signal("TERM");
    assert!(child.wait().success());
    let left = store(folder.path());
    runtime().block_on(async {
        assert_eq!(leased(&left).await, 0);
        let tasks = left.list_all::<TaskDoc>(tasks()).await.unwrap();
        assert!(tasks.len() as u64 == STEPS && tasks.iter().all(|task| task.document.lapses == 0), "{tasks:?}");
    });
    drop(left);
    drained(folder.path(), &account);
}
