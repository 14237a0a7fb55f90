//! What the tasks of a random history do, and what each of them saw and wrote.

use model::{Chat, Collection, Database};
use proptest::prelude::{Strategy, any};
use proptest::prop_oneof;
use serde_json::Value;

use super::given::{NOW, batch, chat, message};
use crate::Direction::Ascending;
use crate::{Batch, Fields, Precondition, Query, Result, Store, StoreError, Transaction, Versioned, Write};

const CHATS: Collection = Collection::Chats;
/// Documents that are contended for.
const KEYS: [&str; 5] = ["k0", "k1", "k2", "k3", "k4"];
const MEMBERS: [&str; 2] = ["a", "b"];

#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Put {
        key: u8,
        value: i64,
    },
    /// One of the two may refuse, and then neither is there.
    Pair {
        put: u8,
        create: u8,
        value: i64,
    },
    Delete {
        key: u8,
        exists: bool,
    },
    Add {
        key: u8,
        by: i64,
    },
    /// Reads, then writes if it is still so.
    Swap {
        key: u8,
        value: i64,
    },
    Move {
        from: u8,
        to: u8,
        by: i64,
    },
    /// Writes what it has found by a query.
    Tally {
        member: u8,
        into: u8,
    },
    Look {
        first: u8,
        second: u8,
        member: u8,
    },
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    use Operation::{Add, Delete, Look, Move, Pair, Put, Swap, Tally};
    let key = || 0..5_u8;
    let value = || 0..30_i64;
    prop_oneof![
        2 => (key(), value()).prop_map(|(key, value)| Put { key, value }),
        1 => (key(), key(), value()).prop_map(|(put, create, value)| Pair { put, create, value }),
        1 => (key(), any::<bool>()).prop_map(|(key, exists)| Delete { key, exists }),
        2 => (key(), value()).prop_map(|(key, by)| Add { key, by }),
        1 => (key(), value()).prop_map(|(key, value)| Swap { key, value }),
        3 => (key(), 1..5_u8, value()).prop_map(|(from, on, by)| Move { from, to: (from + on) % 5, by }),
        3 => (0..2_u8, key()).prop_map(|(member, into)| Tally { member, into }),
        2 => (key(), key(), 0..2_u8).prop_map(|(first, second, member)| Look { first, second, member }),
    ]
}

/// A read that held at the commit.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Document { id: String, found: Option<(u64, Value)> },
    Listed { query: Query, found: Vec<(String, u64)> },
}

/// What became of an operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// Of its commit; `None` when it only read.
    pub(super) revision: Option<u64>,
    pub(super) seen: Vec<Seen>,
    pub(super) writes: Vec<Write>,
}

impl Operation {
    /// `None` when it was refused. `name` is unique in the history.
    pub(super) async fn run(self, store: &Store, name: &str) -> Option<Done> {
        let done = match self {
            Self::Put { .. } | Self::Pair { .. } | Self::Delete { .. } | Self::Add { .. } => {
                commit(store, self.batch(), Vec::new()).await
            }
            Self::Swap { key, value } => swap(store, key, value).await,
            Self::Move { .. } | Self::Tally { .. } | Self::Look { .. } => self.transact(store, name).await,
        };
        match done {
            Ok(done) => Some(done),
            Err(error) if error.is_conflict() => None,
            Err(error) => panic!("{self:?}: {error:?}"),
        }
    }

    fn batch(self) -> Batch {
        let mut batch = batch();
        let result = match self {
            Self::Put { key, value } => batch.put(&valued(key, value), Precondition::Any),
            Self::Pair { put, create, value } if put != create => batch
                .put(&valued(put, value), Precondition::Any)
                .and_then(|()| batch.put(&valued(create, value), Precondition::Absent)),
            Self::Pair { put, value, .. } => batch.put(&valued(put, value), Precondition::Absent),
            Self::Delete { key, exists } => {
                let precondition = if exists { Precondition::Exists } else { Precondition::Any };
                batch.delete(CHATS, KEYS[usize::from(key)], precondition)
            }
            Self::Add { key, by } => {
                let fields = Fields::default()
                    .set("kind", "group")
                    .set("created_at", 0)
                    .increment("last_message_at", by)
                    .increment("message_count", by)
                    .union("members", [MEMBERS[usize::from(by % 2 == 0)]]);
                batch.update::<Chat>(CHATS, KEYS[usize::from(key)], fields, Precondition::Any)
            }
            _ => Ok(()),
        };
        result.unwrap();
        batch
    }

    async fn transact(self, store: &Store, name: &str) -> Result<Done> {
        // Written by nobody else: tells the commit's revision afterwards.
        let mark = format!("log/{name}");
        let marked = message(&mark, "log", 0);
        let mut done = store
            .transact(Database::Main, NOW, move |transaction| {
                let marked = marked.clone();
                Box::pin(async move {
                    let mut seen = Vec::new();
                    let writes = self.body(transaction, &mut seen).await?;
                    if writes {
                        transaction.batch.put(&marked, Precondition::Absent)?;
                    }
                    Ok::<_, StoreError>(Done { revision: None, seen, writes: transaction.batch.writes.clone() })
                })
            })
            .await?;
        let mark = store.get::<model::Message>(Collection::Messages, &mark).await?;
        done.revision = mark.map(|mark| mark.revision);
        assert_eq!(done.revision.is_some(), !done.writes.is_empty(), "what was committed is there: {self:?}");
        Ok(done)
    }

    /// Whether it writes.
    async fn body(self, transaction: &mut Transaction<'_>, seen: &mut Vec<Seen>) -> Result<bool> {
        match self {
            Self::Move { from, to, by } => {
                let from_before = look(transaction, from, seen).await?;
                let to_before = look(transaction, to, seen).await?;
                transaction.batch.put(&valued(from, from_before - by), Precondition::Any)?;
                transaction.batch.put(&valued(to, to_before + by), Precondition::Any)?;
                Ok(true)
            }
            Self::Tally { member, into } => {
                let found = list(transaction, member, seen).await?;
                transaction.batch.put(&valued(into, found), Precondition::Any)?;
                Ok(true)
            }
            Self::Look { first, second, member } => {
                look(transaction, first, seen).await?;
                list(transaction, member, seen).await?;
                look(transaction, second, seen).await?;
                Ok(false)
            }
            _ => Ok(false),
        }
    }
}

fn valued(key: u8, value: i64) -> Chat {
    let members: &[&str] = match value.rem_euclid(3) {
        0 => &["a"],
        1 => &["b", "a"],
        _ => &[],
    };
    chat(KEYS[usize::from(key)], members, value, value)
}

async fn commit(store: &Store, batch: Batch, seen: Vec<Seen>) -> Result<Done> {
    let writes = batch.writes.clone();
    let revision = store.commit(batch).await?;
    Ok(Done { revision: Some(revision), seen, writes })
}

async fn swap(store: &Store, key: u8, value: i64) -> Result<Done> {
    let id = KEYS[usize::from(key)];
    let found = store.get::<Chat>(CHATS, id).await?;
    let precondition = found.as_ref().map_or(Precondition::Absent, |found| Precondition::AtRevision(found.revision));
    let mut batch = batch();
    batch.put(&valued(key, value), precondition)?;
    commit(store, batch, vec![document(id, found)]).await
}

fn document(id: &str, found: Option<Versioned<Chat>>) -> Seen {
    let found = found.map(|found| (found.revision, serde_json::to_value(found.document).unwrap()));
    Seen::Document { id: id.to_owned(), found }
}

/// What the document counts.
async fn look(transaction: &mut Transaction<'_>, key: u8, seen: &mut Vec<Seen>) -> Result<i64> {
    let id = KEYS[usize::from(key)];
    let found = transaction.get::<Chat>(CHATS, id).await?;
    let count = found.as_ref().map_or(0, |found| found.document.message_count);
    seen.push(document(id, found));
    Ok(count)
}

/// What the first documents of a member count together.
async fn list(transaction: &mut Transaction<'_>, member: u8, seen: &mut Vec<Seen>) -> Result<i64> {
    let query =
        Query::of(CHATS).contains("members", MEMBERS[usize::from(member)]).order("last_message_at", Ascending).limit(3);
    let listed = transaction.list::<Chat>(&query).await?.documents;
    let found = listed.iter().map(|found| (found.document.id.clone(), found.revision)).collect();
    seen.push(Seen::Listed { query, found });
    Ok(listed.iter().map(|found| found.document.message_count).sum::<i64>() % 1_000 + 1)
}
