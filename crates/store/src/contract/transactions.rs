use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::join_all;
use model::{Chat, Collection, Database};
use tokio::sync::Barrier;

use super::given::{NOW, chat, chat_of, delete, put};
use crate::Direction::Ascending;
use crate::{Precondition, Query, Result, Store, StoreError};

const CHATS: Collection = Collection::Chats;

pub(super) async fn transfers_keep_the_sum(store: &Store) {
    let accounts: Vec<_> = (0..4).map(|n| chat(&format!("account {n}"), &[], 0, 100)).collect();
    put(store, &accounts).await;
    let transfers = (0..24_u32).map(|n| async move {
        let (from, to) = (n % 4, (n + 1 + n / 4 % 3) % 4);
        transfer(store, &format!("account {from}"), &format!("account {to}"), i64::from(n % 7) + 1).await
    });
    let moved: Vec<bool> = join_all(transfers).await.into_iter().map(Result::unwrap).collect();
    assert!(moved.iter().all(|moved| *moved), "nobody runs dry");
    let mut expected = [100; 4];
    for n in 0..24 {
        expected[n % 4] -= i64::try_from(n % 7).unwrap() + 1;
        expected[(n + 1 + n / 4 % 3) % 4] += i64::try_from(n % 7).unwrap() + 1;
    }
    for (n, expected) in expected.into_iter().enumerate() {
        assert_eq!(chat_of(store, &format!("account {n}")).await.unwrap().document.message_count, expected);
    }
    assert!(!transfer(store, "account 0", "account 1", 1_000).await.unwrap(), "the body decides");
}

async fn transfer(store: &Store, from: &str, to: &str, amount: i64) -> Result<bool> {
    let (from, to) = (from.to_owned(), to.to_owned());
    store
        .transact(Database::Main, NOW, move |transaction| {
            let (from, to) = (from.clone(), to.clone());
            Box::pin(async move {
                let mut giver = transaction.get::<Chat>(CHATS, &from).await?.unwrap().document;
                let mut taker = transaction.get::<Chat>(CHATS, &to).await?.unwrap().document;
                if giver.message_count < amount {
                    return Ok::<_, StoreError>(false);
                }
                giver.message_count -= amount;
                taker.message_count += amount;
                transaction.batch.put(&giver, Precondition::Any)?;
                transaction.batch.put(&taker, Precondition::Any)?;
                Ok(true)
            })
        })
        .await
}

pub(super) async fn write_skew_is_impossible(store: &Store) {
    for round in 0..5 {
        put(store, &[chat("on call 0", &[], 0, 1), chat("on call 1", &[], 0, 1)]).await;
        // Both have read before one of them commits.
        let (both, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
        let leave = |me: usize| {
            let (both, runs) = (Arc::clone(&both), Arc::clone(&runs));
            store.transact(Database::Main, NOW, move |transaction| {
                let (both, runs) = (Arc::clone(&both), Arc::clone(&runs));
                Box::pin(async move {
                    let mut on_call = Vec::new();
                    for n in 0..2 {
                        on_call.push(transaction.get::<Chat>(CHATS, &format!("on call {n}")).await?.unwrap().document);
                    }
                    if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                        both.wait().await;
                    }
                    if on_call.iter().map(|chat| chat.message_count).sum::<i64>() == 2 {
                        on_call[me].message_count = 0;
                        transaction.batch.put(&on_call[me], Precondition::Any)?;
                    }
                    Ok::<_, StoreError>(())
                })
            })
        };
        let (one, other) = futures::join!(leave(0), leave(1));
        one.unwrap();
        other.unwrap();
        let left = [chat_of(store, "on call 0").await, chat_of(store, "on call 1").await];
        let left: i64 = left.map(|chat| chat.unwrap().document.message_count).iter().sum();
        assert_eq!(left, 1, "one stays, in round {round}");
        assert_eq!(runs.load(Ordering::SeqCst), 3, "the second one had to look again");
    }
}

/// What others do between the first reads of a transaction and its commit.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Nothing,
    Put(&'static str, i64),
    Delete(&'static str),
}

impl Meanwhile {
    async fn happens(self, store: &Store) {
        match self {
            Self::Nothing => {}
            Self::Put(id, at) => drop(put(store, &[chat(id, &["a"], at, 1)]).await),
            Self::Delete(id) => drop(delete(store, CHATS, id).await),
        }
    }
}

async fn three_chats(store: &Store) {
    super::given::clear(store).await;
    put(store, &["b", "c", "d"].map(|id| chat(id, &["a"], 10, 1))).await;
}

pub(super) async fn whatever_was_read_holds_until_the_commit(store: &Store) {
    for (read, meanwhile, runs) in [
        ("b", Meanwhile::Nothing, 1),
        ("b", Meanwhile::Put("b", 10), 2),
        ("b", Meanwhile::Delete("b"), 2),
        ("b", Meanwhile::Put("c", 20), 1),
        ("absent", Meanwhile::Put("absent", 10), 2),
        ("absent", Meanwhile::Delete("absent"), 1),
    ] {
        three_chats(store).await;
        let ran = Arc::new(AtomicU32::new(0));
        let context = (store.clone(), Arc::clone(&ran));
        let seen = store.transact(Database::Main, NOW, move |transaction| {
            let (store, ran) = context.clone();
            Box::pin(async move {
                let found = transaction.get::<Chat>(CHATS, read).await?.map(|found| found.revision);
                if ran.fetch_add(1, Ordering::SeqCst) == 0 {
                    meanwhile.happens(&store).await;
                }
                transaction.batch.put(&chat("written", &[], 0, 0), Precondition::Any)?;
                Ok::<_, StoreError>(found)
            })
        });
        let seen = seen.await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), runs, "{read} {meanwhile:?}");
        assert_eq!(seen, chat_of(store, read).await.map(|found| found.revision), "{read} {meanwhile:?}");
        assert!(chat_of(store, "written").await.is_some());
    }
}

pub(super) async fn phantoms_make_it_run_again(store: &Store) {
    let by_member = |member: &str| Query::of(CHATS).contains("members", member).order("last_message_at", Ascending);
    for (query, meanwhile, again) in [
        (by_member("a"), Meanwhile::Nothing, false),
        (by_member("a"), Meanwhile::Put("e", 10), true),
        (by_member("a"), Meanwhile::Delete("c"), true),
        (by_member("a"), Meanwhile::Put("c", 10), true),
        (by_member("a").limit(2), Meanwhile::Put("aa", 9), true),
        (by_member("a").at_least("last_message_at", 11), Meanwhile::Put("c", 12), true),
        (by_member("a").at_least("last_message_at", 11), Meanwhile::Put("c", 9), false),
        (by_member("z"), Meanwhile::Put("e", 10), false),
        (Query::of(CHATS), Meanwhile::Put("e", 10), true),
        (Query::of(CHATS).is_in("last_message_at", [10, 11]), Meanwhile::Put("e", 11), true),
    ] {
        three_chats(store).await;
        let ran = Arc::new(AtomicU32::new(0));
        let context = (store.clone(), Arc::clone(&ran), query.clone());
        let counted = store.transact(Database::Main, NOW, move |transaction| {
            let (store, ran, query) = context.clone();
            Box::pin(async move {
                let found = transaction.list::<Chat>(&query).await?.documents.len();
                if ran.fetch_add(1, Ordering::SeqCst) == 0 {
                    meanwhile.happens(&store).await;
                }
                let mut tally = chat("tally", &[], 999, 0);
                tally.message_count = i64::try_from(found).unwrap_or_default();
                transaction.batch.put(&tally, Precondition::Any)?;
                Ok::<_, StoreError>(found)
            })
        });
        let counted = counted.await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), if again { 2 } else { 1 }, "{meanwhile:?}, {query:?}");
        delete(store, CHATS, "tally").await;
        assert_eq!(super::given::ids(store, &query).await.len(), counted, "{meanwhile:?}, {query:?}");
    }
}

pub(super) async fn reading_alone_sees_one_moment(store: &Store) {
    put(store, &[chat("left", &[], 0, 0), chat("right", &[], 0, 0)]).await;
    let position = super::given::position(store).await;
    let writes = async {
        for n in 1..=30 {
            put(store, &[chat("left", &[], 0, n), chat("right", &[], 0, n)]).await;
        }
    };
    let reads = async {
        for _ in 0..10 {
            let seen = store.transact(Database::Main, NOW, |transaction| {
                Box::pin(async move {
                    let left = transaction.get::<Chat>(CHATS, "left").await?.unwrap().document.message_count;
                    tokio::task::yield_now().await;
                    let right = transaction.get::<Chat>(CHATS, "right").await?.unwrap().document.message_count;
                    Ok::<_, StoreError>((left, right))
                })
            });
            match seen.await {
                Ok((left, right)) => assert_eq!(left, right, "of one moment"),
                Err(error) => assert!(error.is_conflict(), "{error}"),
            }
        }
    };
    futures::join!(writes, reads);
    assert_eq!(super::given::position(store).await, position + 60, "reading leaves nothing in the feed");
}

pub(super) async fn what_a_transaction_may_not_do_is_refused(store: &Store) {
    let late = store.transact(Database::Main, NOW, |transaction| {
        Box::pin(async move {
            transaction.batch.put(&chat("x", &[], 0, 0), Precondition::Any)?;
            transaction.get::<Chat>(CHATS, "x").await.map(drop)
        })
    });
    assert!(matches!(late.await, Err(StoreError::ReadAfterWrite { .. })));
    let late = store.transact(Database::Main, NOW, |transaction| {
        Box::pin(async move {
            transaction.batch.delete(CHATS, "x", Precondition::Any)?;
            transaction.list::<Chat>(&Query::of(CHATS)).await.map(drop)
        })
    });
    assert!(matches!(late.await, Err(StoreError::ReadAfterWrite { .. })));
    let elsewhere = store.transact(Database::Pipeline, NOW, |transaction| {
        Box::pin(async move { transaction.get::<Chat>(CHATS, "x").await.map(drop) })
    });
    assert!(matches!(elsewhere.await, Err(StoreError::WrongDatabase { .. })));
    let own = store.transact(Database::Main, NOW, |transaction| {
        Box::pin(async move {
            transaction.batch.put(&chat("x", &[], 0, 0), Precondition::Any)?;
            Err::<(), _>(StoreError::Closed)
        })
    });
    assert!(matches!(own.await, Err(StoreError::Closed)), "the body's own error");
    assert!(chat_of(store, "x").await.is_none(), "nothing was written");
}
