mod full;
mod load;
mod stalled;
mod stopped;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, join};
use model::{Collection, Database};
use store::{Change, Commit, Key, Precondition, StoreError, Write};
use store_postgres::PostgresBackend;
use testing::Postgres;

use crate::given::{count, get, open, run, server};

/// Commits by 16 writers until `disturb` is over. How many were acknowledged, and how many may be there or not.
async fn under_load(store: &store::Store, disturb: impl Future<Output = ()>) -> (i64, i64) {
    let (ended, acknowledged, unknown) = (AtomicBool::new(false), AtomicI64::new(0), AtomicI64::new(0));
    let writers = (0..16).map(|writer| {
        let (ended, acknowledged, unknown) = (&ended, &acknowledged, &unknown);
        async move {
            for n in 0.. {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                // The document and the count in one commit: both or none.
                let mut both = run(&format!("w{writer}n{n}"), n);
                both.writes.extend(count().writes);
                match store.commit(both).await {
                    Ok(_) => acknowledged.fetch_add(1, Ordering::Relaxed),
                    Err(StoreError::Unknown) => unknown.fetch_add(1, Ordering::Relaxed),
                    Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
                };
            }
        }
    });
    join!(join_all(writers), async {
        disturb.await;
        ended.store(true, Ordering::Relaxed);
    });
    (acknowledged.into_inner(), unknown.into_inner())
}

/// Until the writers have committed so much more.
async fn progress(store: &store::Store, more: i64) {
    let target = get(store, "sum").await.unwrap_or_default() + more;
    while get(store, "sum").await.unwrap_or_default() < target {
        tokio::task::yield_now().await;
    }
}

async fn all_is_there(store: &store::Store, acknowledged: i64, unknown: i64) {
    let sum = get(store, "sum").await.unwrap();
    assert!((acknowledged..=acknowledged + unknown).contains(&sum), "{acknowledged} + {unknown} unknown, {sum} there");
    let runs = store.count(&store::Query::of(Collection::Runs)).await.unwrap();
    assert_eq!(i64::try_from(runs).unwrap(), sum + 1, "no commit is half there");
    let told: Vec<_> = store.tail(Database::Pipeline, 0).take(usize::try_from(sum * 2).unwrap()).collect().await;
    assert!(told.iter().all(Result::is_ok));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connections_lose_nothing_that_was_acknowledged() {
    let url = server().create_database("broken");
    let store = open(&url).await;
    let (acknowledged, unknown) = under_load(&store, async {
        for _ in 0..10 {
            progress(&store, 20).await;
            let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                       WHERE datname = 'broken' AND pid <> pg_backend_pid()";
            tokio::task::block_in_place(|| server().execute("broken", end));
        }
        progress(&store, 20).await;
    })
    .await;
    assert_eq!(unknown, 0, "the server is there to be asked what became of it");
    all_is_there(&store, acknowledged, unknown).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_and_comes_back_has_all_that_was_acknowledged() {
    let mut server = Postgres::start();
    let url = server.create_database("killed");
    let store = open(&url).await;
    let mut followed = store.tail(Database::Pipeline, 0);
    let (acknowledged, unknown) = under_load(&store, async {
        for round in 0..4 {
            progress(&store, 20).await;
            tokio::task::block_in_place(|| {
                if round % 2 == 0 {
                    server.kill();
                }
                server.restart();
            });
        }
        progress(&store, 20).await;
    })
    .await;
    all_is_there(&store, acknowledged, unknown).await;
    let sum = get(&store, "sum").await.unwrap();
    let mut last = 0;
    for _ in 0..sum * 2 {
        let entry = followed.next().await.unwrap().unwrap();
        assert_eq!(entry.sequence, last + 1, "who follows misses nothing and sees nothing twice");
        last = entry.sequence;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_is_told_of() {
    let mut server = Postgres::quick();
    let url = server.create_database("away");
    let store = open(&url).await;
    server.stop();
    let runs = store::Query::of(Collection::Runs);
    let (read, written) = join!(store.count(&runs), store.commit(run("a", 1)));
    for error in [read.unwrap_err(), written.unwrap_err()] {
        assert!(error.to_string().contains("cannot be reached"), "{error}");
    }
    server.restart();
    store.commit(run("a", 2)).await.unwrap();
    assert_eq!(get(&store, "a").await, Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_the_server_refuses_leaves_its_neighbours_alone() {
    let backends = PostgresBackend::open_all(&server().fresh()).await.unwrap();
    let commits = (0..50).map(|n| {
        // Longer than an index can hold, and without repetitions that could be compressed away.
        let noise = std::iter::successors(Some(1_u64), |x| Some(x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1)));
        let noise = noise.map(|x| char::from(b'!' + (x >> 57) as u8 % 90)).take(6_000);
        let queue = if n == 25 { noise.collect() } else { "q".to_owned() };
        let data = serde_json::json!({ "queue": queue, "due_at": n }).to_string();
        let key = Key::new(Collection::Tasks(Database::Pipeline), format!("t{n}"));
        let write = Write { key, change: Change::Put { version: 1, data }, precondition: Precondition::Any };
        backends[0].commit(Commit { writes: vec![write], reads: Vec::new() })
    });
    let results = join_all(commits).await;
    let refused: Vec<usize> = (0..50).filter(|n| results[*n].is_err()).collect();
    assert_eq!(refused, [25]);
    assert!(results[25].as_ref().unwrap_err().to_string().contains("refused"), "{:?}", results[25]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_of_another_process_wake_who_follows() {
    let url = server().fresh();
    let (one, other) = (open(&url).await, open(&url).await);
    let mut told = other.tail(Database::Pipeline, 0);
    one.commit(run("first", 1)).await.unwrap();
    told.next().await.unwrap().unwrap();
    // Without notifications each would take the second between two looks at the table.
    let since = tokio::time::Instant::now();
    for n in 0..10 {
        one.commit(run("again", n)).await.unwrap();
        told.next().await.unwrap().unwrap();
    }
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_do_not_tell_the_password() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = server().port();
    for url in [
        format!("postgres://postgres:hunter2@127.0.0.1:{closed}/db"),
        format!("postgres://postgres:hunter2@127.0.0.1:{port}/not_there"),
        format!("postgres://nobody:hunter2@127.0.0.1:{port}/postgres"),
        format!("postgres://postgres:hunter2@127.0.0.1:{port}/postgres?sslmode=require"),
        format!("postgres://postgres:hunter2@127.0.0.1:{port}/postgres?hunter2=1"),
    ] {
        let error = PostgresBackend::open_all(&url).await.err().unwrap();
        let mut told = format!("{error:?}");
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            told.push_str(&format!(" {error}"));
            cause = error.source();
        }
        assert!(!told.contains("hunter2"), "{told}");
    }
}
