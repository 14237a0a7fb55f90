//! Listeners on real files, above a database that goes away or changes at the worst moment.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod listening;
mod moody;

use store_sqlite::SqliteBackend;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract_of_listeners() {
    let folder = tempfile::tempdir().unwrap();
    store::contract::run_listening(SqliteBackend::open_all(folder.path()).unwrap()).await;
}
