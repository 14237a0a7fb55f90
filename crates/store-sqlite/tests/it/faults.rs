//! What is left after a kill, on a full disk, and in damaged files.

mod damaged;
mod full;
mod killed;
mod workers;

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use store::{Backend, Store};
use store_sqlite::SqliteBackend;
use testing::faults::{Account, Child, Part, Step, check, reactions};

/// The child's part: orders are the folder and what to do there.
fn play_orders(orders: &[String]) {
    let part = Part::read(&orders[1]).unwrap();
    let store = store(Path::new(&orders[0]));
    runtime().block_on(part.play(&store));
}

fn start(test: &str, folder: &Path, part: &Part, account: &Arc<Account>) -> Child {
    start_under(&[], test, folder, part, account)
}

fn start_under(wrapper: &[&str], test: &str, folder: &Path, part: &Part, account: &Arc<Account>) -> Child {
    Child::start_under(wrapper, test, &[folder.to_str().unwrap(), &part.to_words()], account)
}

/// Writes, and nothing else.
fn writing(writers: std::ops::Range<u32>) -> Part {
    Part { writers, ..Part::default() }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Opens the folder as a next process would, and checks everything in it.
fn check_folder(folder: &Path, account: &Account) -> Vec<Step> {
    let backends: [Arc<dyn Backend>; 3] = SqliteBackend::open_all(folder).unwrap();
    let heads = runtime().block_on(check(&backends, account));
    assert_eq!(integrity(&main_file(folder)).unwrap(), "ok");
    heads
}

fn main_file(folder: &Path) -> std::path::PathBuf {
    folder.join("main.db")
}

fn integrity(file: &Path) -> rusqlite::Result<String> {
    Connection::open(file)?.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
}

/// Another number at each call, below `end`.
fn random(end: u64) -> u64 {
    RandomState::new().hash_one(0) % end
}

fn store(folder: &Path) -> Store {
    SqliteBackend::store(folder, reactions).unwrap()
}
