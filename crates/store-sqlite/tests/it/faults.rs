//! What is left after a kill, on a full disk, and in damaged files.

mod damaged;
mod full;
mod killed;

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use store::{Backend, Store};
use store_sqlite::SqliteBackend;
use testing::faults::{Account, Step, check, play, reactions};

/// The child's part: orders are the folder, the first of its writers, how many, whether it listens, and from which
/// token on.
fn play_orders(orders: &[String]) {
    let [folder, first, count, listens, token] = orders else { panic!("{orders:?}") };
    let (first, count): (u32, u32) = (first.parse().unwrap(), count.parse().unwrap());
    let store = SqliteBackend::store(Path::new(folder), reactions).unwrap();
    let token = Some(token.as_str()).filter(|token| !token.is_empty());
    runtime().block_on(play(&store, first..first + count, token, listens == "listens"));
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
