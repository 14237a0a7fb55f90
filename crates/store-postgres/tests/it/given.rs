use std::sync::OnceLock;

use model::{Collection, Database, Run, RunScope, Time};
use store::{Batch, Precondition, Store};
use store_postgres::PostgresBackend;
use testing::Postgres;

/// One server for all tests that do not stop theirs. It ends with this process.
pub(crate) fn server() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(Postgres::quick)
}

pub(crate) async fn open(url: &str) -> Store {
    PostgresBackend::store(url, |_| Vec::new()).await.unwrap()
}

pub(crate) fn run(id: &str, at: i64) -> Batch {
    let mut batch = Batch::new(Database::Pipeline, Time(1));
    let run = Run { id: id.to_owned(), started_at: Time(at), scope: RunScope::All, finished_at: None };
    batch.put(&run, Precondition::Any).unwrap();
    batch
}

pub(crate) async fn get(store: &Store, id: &str) -> Option<i64> {
    store.get::<Run>(Collection::Runs, id).await.unwrap().map(|found| found.document.started_at.0)
}

/// Counts a commit in the document `sum`.
pub(crate) fn count() -> Batch {
    let mut batch = Batch::new(Database::Pipeline, Time(1));
    let fields = store::Fields::default().increment("started_at", 1).set("scope", "all");
    batch.update::<Run>(Collection::Runs, "sum", fields, Precondition::Any).unwrap();
    batch
}
