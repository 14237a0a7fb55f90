//! Several processes on one database: here several backends, which share nothing.

use futures::StreamExt;
use futures::future::join_all;
use model::{Collection, Database};
use store::{Now, Recorded};

use crate::given::{count, get, open, run, server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revisions_and_feeds_are_in_order_whoever_commits() {
    let url = server().fresh();
    let (one, other, third) = (open(&url).await, open(&url).await, open(&url).await);
    let mut told = third.tail(Database::Pipeline, 0);
    let commits = (0..200).map(|n| {
        let store = if n % 2 == 0 { &one } else { &other };
        async move {
            let own = store.commit(run(&format!("r{n}"), n)).await.unwrap();
            (own, store.commit(count()).await.unwrap())
        }
    });
    let (mut revisions, seen) = futures::join!(join_all(commits), async {
        let mut seen: Vec<Recorded> = Vec::new();
        while seen.len() < 400 {
            seen.push(told.next().await.unwrap().unwrap());
        }
        seen
    });
    assert!(revisions.iter().all(|(own, later)| own < later), "revisions grow for who commits one after the other");
    let mut all: Vec<u64> = revisions.drain(..).flat_map(|(own, later)| [own, later]).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 400, "no revision is given twice");
    assert!(seen.windows(2).all(|pair| pair[0].sequence + 1 == pair[1].sequence), "without holes");
    assert_eq!(seen.iter().map(|entry| entry.revision).collect::<Vec<_>>(), all, "in the order of the commits");
    assert!(seen.iter().all(|entry| entry.last), "each is a commit of its own");
    let sums = seen.iter().filter(|entry| entry.key.id == "sum" && entry.now != Now::Superseded);
    assert!(sums.count() >= 1);
    assert_eq!(get(&third, "sum").await, Some(200), "no addition is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_are_claimed_once_by_many() {
    let url = server().fresh();
    let (one, other) = (open(&url).await, open(&url).await);
    let mut batch = run("r", 0);
    for n in 0..300 {
        let data = serde_json::json!({ "queue": "q", "priority": 0, "due_at": n }).to_string();
        let key = store::Key::new(Collection::Tasks(Database::Pipeline), format!("t{n}"));
        let change = store::Change::Put { version: 1, data };
        batch.writes.push(store::Write { key, change, precondition: store::Precondition::Absent });
    }
    one.commit(batch).await.unwrap();
    let backends = [
        store_postgres::PostgresBackend::open_all(&url).await.unwrap(),
        store_postgres::PostgresBackend::open_all(&url).await.unwrap(),
    ];
    let due = store::Query::of(Collection::Tasks(Database::Pipeline))
        .equal("queue", "q")
        .order("priority", store::Direction::Ascending)
        .at_most("due_at", 1_000)
        .limit(7);
    let later = store::Fields::default().set("due_at", 5_000);
    let workers = (0..8).map(|n| {
        let (backend, due, later) = (&backends[n % 2][0], &due, &later);
        async move {
            let mut mine = Vec::new();
            loop {
                let claimed = backend.claim(due, later).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|stored| stored.key.id));
            }
        }
    });
    let mut claimed: Vec<String> = join_all(workers).await.into_iter().flatten().collect();
    let count = claimed.len();
    claimed.sort_unstable();
    claimed.dedup();
    // Whoever finds all due tasks in others' hands has nothing to do at that moment.
    assert_eq!((count, claimed.len()), (300, 300), "each task once");
    drop(other);
}
