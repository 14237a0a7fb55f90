//! Random histories: tasks commit and transact at once over a few documents. Whatever they saw and left must be what
//! they would have seen and left one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures::StreamExt;
use model::{Collection, Database};
use proptest::collection::vec;
use tokio::task::JoinSet;

use super::given::{chat, clear, page, position, put};
use super::operations::{Done, Operation, operation};
use super::random;
use super::replay::{Replay, State};
use crate::{Page, Query, Recorded, Store};

/// Written last.
const END: &str = "the end";

pub(super) async fn random_histories_are_serializable(store: &Store) {
    let tasks = vec(vec(operation(), 1..8), 2..7);
    // What is shown by chance is not made smaller by running it again.
    random::check("random histories", 16, 0, &tasks, async |tasks| one(store, tasks).await);
}

async fn one(store: &Store, tasks: Vec<Vec<Operation>>) {
    clear(store).await;
    let start = position(store).await;
    let watched = Arc::new(AtomicBool::new(true));
    let mut watchers = JoinSet::new();
    watchers.spawn(listed(store.clone(), Arc::clone(&watched)));
    let mut followers = JoinSet::new();
    followers.spawn(followed(store.clone(), start));

    let mut running = JoinSet::new();
    let acknowledged = Arc::new(AtomicU64::new(0));
    for (n, operations) in tasks.into_iter().enumerate() {
        running.spawn(run(store.clone(), n, operations, Arc::clone(&acknowledged)));
    }
    let history: Vec<Done> = running.join_all().await.concat();
    watched.store(false, Ordering::SeqCst);
    let pages = watchers.join_all().await.concat();
    let before_end = state(store).await;
    put(store, &[chat(END, &[], 0, 0)]).await;

    let replay = Replay::of(&history);
    assert_eq!(&before_end, replay.last(), "what is left");
    let live = followers.join_all().await.concat();
    let feed = read_feed(store, start).await;
    replay.is_told_by(&feed);
    replay.is_told_by(&live);
    for page in pages {
        replay.has_page(&page, &feed);
    }
}

async fn run(store: Store, n: usize, operations: Vec<Operation>, acknowledged: Arc<AtomicU64>) -> Vec<Done> {
    let mut history = Vec::new();
    for (m, operation) in operations.into_iter().enumerate() {
        let before = acknowledged.load(Ordering::SeqCst);
        let Some(done) = operation.run(&store, &format!("{n}-{m}")).await else { continue };
        if let Some(revision) = done.revision {
            assert!(revision > before, "a commit comes behind those that were acknowledged before it began");
            acknowledged.fetch_max(revision, Ordering::SeqCst);
        }
        history.push(done);
    }
    history
}

/// Pages of all chats while the others write.
async fn listed(store: Store, watched: Arc<AtomicBool>) -> Vec<Page> {
    let mut pages = Vec::new();
    while watched.load(Ordering::SeqCst) && pages.len() < 200 {
        pages.push(page(&store, &Query::of(Collection::Chats)).await);
        tokio::task::yield_now().await;
    }
    pages
}

/// The feed as it comes.
async fn followed(store: Store, start: u64) -> Vec<Recorded> {
    let entries = store.tail(Database::Main, start).map(Result::unwrap);
    entries.take_while(|entry| std::future::ready(entry.key.id != END)).collect().await
}

/// The feed as it stands afterwards.
async fn read_feed(store: &Store, start: u64) -> Vec<Recorded> {
    followed(store.clone(), start).await
}

async fn state(store: &Store) -> State {
    let mut state = State::new();
    for collection in [Collection::Chats, Collection::Messages] {
        for stored in page(store, &Query::of(collection).limit(Query::LIMIT_MAX)).await.documents {
            let value = super::given::json(&stored);
            state.insert(stored.key, (stored.revision, value));
        }
    }
    state
}
