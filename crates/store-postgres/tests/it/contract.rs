use store_postgres::PostgresBackend;

use crate::given::{get, open, run, server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let backends = PostgresBackend::open_all(&server().fresh()).await.unwrap();
    store::contract::run(backends).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_there_after_opening_again() {
    let url = server().fresh();
    let first = open(&url).await;
    let revision = first.commit(run("a", 1)).await.unwrap();
    drop(first);
    let second = open(&url).await;
    assert_eq!(get(&second, "a").await, Some(1));
    assert!(second.commit(run("b", 2)).await.unwrap() > revision, "revisions go on");
}
