use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Collection, Database};
use store::{Commit, Fields, Key, Query, StoreError};
use store_postgres::PostgresBackend;
use testing::Stall;
use testing::faults::{Account, Part};

use super::load::{LEASE, all_is_there, both_go_on, moment, runtime, under_load};
use crate::given::server;

fn through(stall: &Stall, name: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{}/{name}", stall.port())
}

/// The server takes the lock from a process that is not heard of (`idle_in_transaction_session_timeout`).
#[test]
fn who_is_stalled_holds_nobody_up() {
    let url = server().create_database("stalled");
    let stall = Stall::before(server().port());
    let account = Arc::new(Account::default());
    let works = Some((LEASE, Duration::ZERO));
    let parts = [
        (through(&stall, "stalled"), Part { writers: 0..2, listens: Some(None), works }),
        (url.clone(), Part { writers: 2..4, works, ..Part::default() }),
    ];
    under_load(&parts, &account, || {
        for _ in 0..2 {
            both_go_on(&account);
            moment();
            stall.stall();
            account.wait_for_steps(2..4, 5, Duration::from_secs(12));
            stall.flow();
        }
        for _ in 0..6 {
            both_go_on(&account);
            moment();
            stall.cut();
        }
        both_go_on(&account);
    });
    let told = account.lock();
    assert!(told.refused.is_empty() && told.unread.is_empty(), "nobody had to be told of it: {}", told.summary());
    drop(told);
    all_is_there(&url, &account);
}

/// Longer than all time-outs: each call ends by itself and says why, and the next ones succeed when the way is free.
#[test]
fn no_call_waits_for_ever() {
    let database = Database::Main;
    let stall = Stall::before(server().port());
    server().create_database("silent");
    let patience = Duration::from_secs(50);
    runtime().block_on(async {
        let [_, main, _] = PostgresBackend::open_all(&through(&stall, "silent")).await.unwrap();
        let tasks = Query::of(Collection::Tasks(database));
        let (none, fields) = (Commit::default(), Fields::default().set("worker", "w"));
        let keys = [Key::new(Collection::Chats, "a")];
        main.commit(none.clone()).await.unwrap();
        stall.stall();
        let since = Instant::now();
        let calls = async {
            futures::join!(main.get(&keys), main.list(&tasks), main.claim(&tasks, &fields), main.commit(none.clone()))
        };
        let (got, listed, claimed, committed) = tokio::time::timeout(patience, calls).await.unwrap();
        for error in [got.map(drop), listed.map(drop), claimed.map(drop)].map(Result::unwrap_err) {
            assert!(error.to_string().contains("cannot be reached"), "{error:?}");
        }
        let error = committed.unwrap_err();
        let is_told = matches!(error, StoreError::Unknown) || error.to_string().contains("cannot be reached");
        assert!(is_told, "{error:?} after {:?}", since.elapsed());
        stall.flow();
        let calls = async {
            futures::try_join!(main.get(&keys), main.list(&tasks), main.claim(&tasks, &fields), main.commit(none))
        };
        tokio::time::timeout(patience, calls).await.unwrap().unwrap();
    });
}
