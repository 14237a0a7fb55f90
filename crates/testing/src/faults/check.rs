use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use model::{Chat, Collection, Database, Funnel, Message, Priority, TaskDoc};
use store::{Backend, Direction, Key, Now, Query, Recorded, Store, Versioned};
use tasks::Task;

use crate::faults::step::{EFFECT, Route, Step, TOTAL};
use crate::faults::work::listen;
use crate::faults::{Account, reactions};

const CHATS: Collection = Collection::Chats;
const MESSAGES: Collection = Collection::Messages;
const PATIENCE: Duration = Duration::from_secs(20);

/// Checks a database that nobody writes to: every acknowledged step is there and every step that is there is whole (its
/// documents, entries of the feed, task and count), the indexes find what the tables have, and the account's listener,
/// if there was one, is told the rest. Returns the last step of each writer.
///
/// # Panics
/// When something is not as it must be.
pub async fn check(backends: &[Arc<dyn Backend>; 3], account: &Account) -> Vec<Step> {
    assert!(account.lock().broken.is_empty(), "{:?}", account.lock().broken);
    let store = Store::new(backends.clone(), reactions);
    let feed = feed(&*backends[1]).await;
    let replayed = Replayed::of(&feed);
    replayed.has_acknowledged(account);
    let revisions = replayed.revisions;
    let heads = &replayed.heads;
    messages_are(&store, heads, &revisions).await;
    let worked = tasks_are(&store, heads).await;
    chats_are(&store, heads, &revisions, &worked).await;
    if account.token().is_some() {
        is_heard(&store, account).await;
    }
    replayed.heads
}

async fn feed(main: &dyn Backend) -> Vec<Recorded> {
    let position = main.list(&Query::of(CHATS).limit(1)).await.expect("a page").position;
    let mut feed = Vec::new();
    let mut tail = main.tail(0);
    while feed.last().map_or(0, |entry: &Recorded| entry.sequence) < position {
        let next = tokio::time::timeout(PATIENCE, tail.next()).await.expect("the feed goes up to its position");
        feed.push(next.expect("the feed has no end").expect("the feed can be read"));
    }
    feed
}

/// The feed, commit by commit.
struct Replayed {
    heads: Vec<Step>,
    done: HashMap<Step, u64>,
    /// Of each document that is there.
    revisions: BTreeMap<Key, u64>,
}

impl Replayed {
    fn of(feed: &[Recorded]) -> Self {
        assert!(feed.windows(2).all(|pair| pair[0].sequence < pair[1].sequence), "sequences grow");
        let mut replayed = Self { heads: Vec::new(), done: HashMap::new(), revisions: BTreeMap::new() };
        let mut before = 0;
        for commit in feed.chunk_by(|one, next| one.revision == next.revision) {
            assert!(before < commit[0].revision, "revisions grow: {before}, {:?}", commit[0]);
            before = commit[0].revision;
            replayed.replay(commit);
        }
        replayed.heads.sort_unstable();
        replayed
    }

    fn replay(&mut self, commit: &[Recorded]) {
        if let [entry] = commit
            && entry.key.id.starts_with(EFFECT)
        {
            assert_eq!((entry.last, &entry.was), (true, &None), "a task was done twice: {entry:?}");
            self.revisions.insert(entry.key.clone(), entry.revision);
            return;
        }
        let writer = commit.iter().find_map(|entry| entry.key.id.strip_prefix('w')?.parse::<u32>().ok());
        let writer = writer.unwrap_or_else(|| panic!("part of a commit: {commit:?}"));
        let head = match self.heads.iter_mut().find(|head| head.writer == writer) {
            Some(head) => head,
            None => {
                self.heads.push(Step { writer, number: 0 });
                self.heads.last_mut().expect("it was pushed")
            }
        };
        head.number += 1;
        let step = *head;
        let keys: BTreeSet<Key> = commit.iter().map(|entry| entry.key.clone()).collect();
        assert_eq!(keys, step.recorded(), "{step:?} is whole, and nothing is there twice");
        assert_eq!(keys.len(), commit.len(), "{step:?}");
        let deleted = step.deleted();
        for (n, entry) in commit.iter().enumerate() {
            assert_eq!(entry.last, n + 1 == commit.len(), "{entry:?}");
            let is_there = match entry.key.collection == MESSAGES && deleted.contains(&entry.key.id) {
                true => self.revisions.remove(&entry.key),
                false => self.revisions.insert(entry.key.clone(), entry.revision),
            };
            assert_eq!(entry.was.is_some(), is_there.is_some(), "{entry:?}");
            if let Now::Document(stored) = &entry.now {
                assert_eq!(stored.revision, entry.revision, "{entry:?}");
            }
        }
        self.done.insert(step, commit[0].revision);
    }

    fn has_acknowledged(&self, account: &Account) {
        let told = account.lock();
        for (step, revision) in &told.done {
            assert_eq!(self.done.get(step), Some(revision), "an acknowledged commit is there: {step:?}");
        }
    }
}

async fn all<D: model::Document>(store: &Store, collection: Collection) -> Vec<Versioned<D>> {
    let query = Query::of(collection).limit(2_000);
    store.list_all::<D>(query).await.unwrap_or_else(|error| panic!("{collection}: {error:?}"))
}

async fn chats_are(store: &Store, heads: &[Step], revisions: &BTreeMap<Key, u64>, worked: &[String]) {
    let mut balances: BTreeMap<String, i64> = BTreeMap::new();
    let steps = heads.iter().flat_map(|head| (1..=head.number).map(|number| Step { number, ..*head }));
    for (from, to, amount) in steps.filter_map(Step::transfer) {
        *balances.entry(from).or_default() -= amount;
        *balances.entry(to).or_default() += amount;
    }
    let total = heads.iter().map(|head| head.number.cast_signed()).sum::<i64>();
    if total > 0 {
        balances.insert(TOTAL.to_owned(), total);
    }
    // Each task that is not there any more was done once.
    balances.extend(worked.iter().map(|key| (Step::effect_id(key), 1)));
    let chats = all::<Chat>(store, CHATS).await;
    assert_eq!(chats.len(), heads.len() + balances.len(), "{chats:?}");
    for Versioned { document: chat, revision } in &chats {
        assert_eq!(revisions.get(&Key::new(CHATS, &chat.id)), Some(revision), "{chat:?}");
        match heads.iter().find(|head| head.chat_id() == chat.id) {
            Some(head) => assert_eq!(*chat, head.chat()),
            None => assert_eq!(Some(&chat.message_count), balances.get(&chat.id), "{chat:?}"),
        }
    }
    // The index on elements finds the same.
    for head in heads {
        let of_member = Query::of(CHATS).contains("members", head.chat_id());
        let found = store.list::<Chat>(&of_member.order("last_message_at", Direction::Ascending)).await;
        let found: Vec<Chat> = found.expect("a page").documents.into_iter().map(|found| found.document).collect();
        assert_eq!(found, [head.chat()], "found by its member");
    }
}

async fn messages_are(store: &Store, heads: &[Step], revisions: &BTreeMap<Key, u64>) {
    let expected = heads.iter().flat_map(|head| head.kept()).flat_map(Step::messages);
    let expected: BTreeMap<String, Message> = expected.map(|message| (message.id.clone(), message)).collect();
    let found = all::<Message>(store, MESSAGES).await;
    for Versioned { document, revision } in &found {
        assert_eq!(revisions.get(&Key::new(MESSAGES, &document.id)), Some(revision), "{document:?}");
    }
    let found: BTreeMap<String, Message> =
        found.into_iter().map(|found| (found.document.id.clone(), found.document)).collect();
    assert_eq!(found, expected);
    for sender in ["p0", "p1", "p2", "p3"] {
        let query = Query::of(MESSAGES).equal("sender", sender).order("sent_at", Direction::Ascending);
        let count = expected.values().filter(|message| message.sender == sender).count();
        assert_eq!(store.count(&query).await.expect("a count"), count as u64, "found by their sender");
    }
}

/// The keys of those that were worked off.
async fn tasks_are(store: &Store, heads: &[Step]) -> Vec<String> {
    let steps = heads.iter().flat_map(|head| (1..=head.number).map(|number| Step { number, ..*head }));
    let mut expected: BTreeMap<String, String> = steps.map(|step| (step.task_id(), step.task_key())).collect();
    let tasks = all::<TaskDoc>(store, Collection::Tasks(Database::Main)).await;
    for task in &tasks {
        assert!(expected.remove(&task.document.id).is_some(), "caused by no step: {task:?}");
    }
    let due = Query::of(Collection::Tasks(Database::Main)).equal("queue", Route::QUEUE);
    let due = due.equal("priority", Priority::default().level()).order("due_at", Direction::Ascending);
    assert_eq!(store.count(&due).await.expect("a count"), tasks.len() as u64, "tasks are found as workers look");
    for head in heads {
        let funnel = store.get::<Funnel>(Collection::Funnels(Database::Main), &head.chat_id()).await;
        let counts = funnel.expect("a funnel").expect("it is there").document.counts;
        assert_eq!(counts.get("steps").copied(), Some(head.number.cast_signed()), "counted once each");
    }
    expected.into_values().collect()
}

/// The listener goes on where it was told last, and hears what is there, without repetition.
async fn is_heard(store: &Store, account: &Account) {
    let found: BTreeMap<String, u64> =
        all::<Message>(store, MESSAGES).await.into_iter().map(|found| (found.document.id, found.revision)).collect();
    let token = account.token();
    let equal = tokio::sync::Notify::new();
    let tell = |note| {
        account.take(note);
        if account.lock().heard == found {
            equal.notify_one();
        }
    };
    if account.lock().heard != found {
        let listener = listen(store, token.as_deref(), tell);
        let heard = async {
            tokio::select! { () = listener => {}, () = equal.notified() => {} }
        };
        let _ = tokio::time::timeout(PATIENCE, heard).await;
    }
    let told = account.lock();
    assert!(told.broken.is_empty(), "{:?}", told.broken);
    assert_eq!(told.heard, found, "the listener was told what is there");
}
