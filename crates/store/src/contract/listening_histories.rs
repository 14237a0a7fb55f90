//! Random commits, and listeners that come, go and stay behind at random: each is told of moments that there were, in
//! their order, and in the end of the last one.

use model::{Chat, ChatKind, Collection};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::prop_oneof;

use super::given::{batch, chat, clear, message};
use super::random;
use super::watching::{Found, Watcher, another, found};
use crate::Direction::{Ascending, Descending};
use crate::{Batch, Fields, Precondition, Query, Store};

const CHATS: Collection = Collection::Chats;
const KEYS: u8 = 14;

#[derive(Clone, Copy, Debug)]
enum Write {
    Put { key: u8, at: i64, members: u8 },
    Message { key: u8, at: i64, sender: u8 },
    Update { key: u8, by: i64, joins: bool },
    Leave { key: u8 },
    Delete { key: u8 },
    DeleteMessage { key: u8 },
}

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Write>),
    /// A listener takes in everything up to now.
    Watch(usize),
    Leave(usize),
}

pub(super) async fn listeners_replay_what_happened(store: &Store) {
    let steps = vec(step(), 4..40);
    random::check("listening histories", 12, 40, &steps, async |steps| one(store, steps).await);
}

fn queries() -> Vec<Query> {
    let chats = || Query::of(CHATS);
    let time = "last_message_at";
    vec![
        chats(),
        chats().at_least(time, 3).below(time, 8),
        chats().contains("members", "a").order(time, Descending),
        chats().contains_any("members", ["a", "b"]).order(time, Ascending).limit(2),
        chats().order(time, Descending).limit(3),
        chats().equal("kind", "group").order(time, Ascending).order("message_count", Descending).limit(1),
        Query::under(Collection::Messages, "c0").order("sent_at", Ascending),
        Query::of(Collection::Messages).equal("sender", "s0").order("sent_at", Descending).limit(2),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let listener = || 0..queries().len();
    prop_oneof![
        6 => vec(write(), 1..5).prop_map(Step::Commit),
        3 => listener().prop_map(Step::Watch),
        2 => listener().prop_map(Step::Leave),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let key = || 0..KEYS;
    prop_oneof![
        3 => (key(), 0..12_i64, 0..4_u8).prop_map(|(key, at, members)| Write::Put { key, at, members }),
        2 => (key(), 0..12_i64, 0..2_u8).prop_map(|(key, at, sender)| Write::Message { key, at, sender }),
        3 => (key(), -4..5_i64, any::<bool>()).prop_map(|(key, by, joins)| Write::Update { key, by, joins }),
        1 => key().prop_map(|key| Write::Leave { key }),
        2 => key().prop_map(|key| Write::Delete { key }),
        1 => key().prop_map(|key| Write::DeleteMessage { key }),
    ]
}

impl Write {
    fn add_to(self, batch: &mut Batch) {
        let id = |key: u8| format!("c{key}");
        let message_id = |key: u8| format!("c{}/m{}", key % 2, key / 2);
        let update = |batch: &mut Batch, key: u8, fields: Fields| {
            batch.update::<Chat>(CHATS, &id(key), fields, Precondition::Any).unwrap();
        };
        match self {
            Self::Put { key, at, members } => {
                let members: &[&str] = [&[][..], &["a"], &["b"], &["b", "a"]][usize::from(members)];
                let kind = if at % 3 == 0 { ChatKind::Direct } else { ChatKind::Group };
                batch.put(&Chat { kind, ..chat(&id(key), members, at, at % 2) }, Precondition::Any).unwrap();
            }
            Self::Message { key, at, sender } => {
                batch.put(&message(&message_id(key), &format!("s{sender}"), at), Precondition::Any).unwrap();
            }
            Self::Update { key, by, joins: true } => {
                update(batch, key, Fields::default().increment("last_message_at", by).union("members", ["a"]));
            }
            Self::Update { key, by, joins: false } => {
                update(batch, key, Fields::default().increment("message_count", by));
            }
            Self::Leave { key } => {
                update(batch, key, Fields::default().without("members", ["a"]).remove("last_message_at"));
            }
            Self::Delete { key } => batch.delete(CHATS, &id(key), Precondition::Any).unwrap(),
            Self::DeleteMessage { key } => {
                batch.delete(Collection::Messages, &message_id(key), Precondition::Any).unwrap();
            }
        }
    }
}

/// A listener, and every result that its query has had.
struct Followed {
    watcher: Watcher,
    moments: Vec<Found>,
    /// The moment that it has been told of last.
    seen: usize,
}

impl Followed {
    /// Takes in what is told until it is up to date. Everything it is shown on the way was the result once.
    async fn catch_up(&mut self) {
        let last = self.moments.len() - 1;
        while self.watcher.token.is_none() || self.watcher.shown != self.moments[last] {
            let first = self.watcher.token.is_none();
            self.watcher.see().await;
            let from = if first { self.seen } else { self.seen + 1 };
            let moment = (from..=last).find(|moment| self.moments[*moment] == self.watcher.shown);
            self.seen = moment.unwrap_or_else(|| {
                panic!("{:?} never was {:?} after {from}: {:#?}", self.watcher.query, self.watcher.shown, self.moments)
            });
        }
    }
}

async fn one(store: &Store, steps: Vec<Step>) {
    clear(store).await;
    let stores = [store.clone(), another(store)];
    let mut followed = Vec::new();
    for query in queries() {
        let moments = vec![found(store, &query).await];
        followed.push(Followed { watcher: Watcher::new(store, query), moments, seen: 0 });
    }
    for (n, step) in steps.into_iter().enumerate() {
        match step {
            Step::Commit(writes) => {
                commit(store, &writes).await;
                for listener in &mut followed {
                    listener.moments.push(found(store, &listener.watcher.query).await);
                }
            }
            Step::Leave(listener) => followed[listener].watcher.leave(),
            Step::Watch(listener) => {
                let listener = &mut followed[listener];
                if listener.watcher.is_away() {
                    listener.watcher.resume(&stores[n % 2]);
                }
                listener.catch_up().await;
            }
        }
    }
    for listener in &mut followed {
        if listener.watcher.is_away() {
            listener.watcher.resume(&stores[1]);
        }
        listener.catch_up().await;
    }
}

async fn commit(store: &Store, writes: &[Write]) {
    let mut batch = batch();
    for write in writes {
        let mut one = super::given::batch();
        write.add_to(&mut one);
        // A batch writes each document once.
        batch.writes.extend(
            one.writes.into_iter().filter(|new| batch.writes.iter().all(|old| old.key != new.key)).collect::<Vec<_>>(),
        );
    }
    store.commit(batch).await.unwrap();
}
