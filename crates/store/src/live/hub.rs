use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Collection;
use tokio::sync::{Notify, Semaphore, broadcast};
use tokio::task::AbortHandle;

use crate::live::commits::{self, Commits, Entry};
use crate::live::topic::{Message, QUIET, Topic};
use crate::live::window::{self, Shown};
use crate::live::{Token, listing};
use crate::{Backend, Plan, Query, Recorded, Result, StoreError};

/// Listeners of one database that read the feed for themselves at once.
const CATCHING_UP: usize = 4;

/// All who listen to one database.
pub(crate) struct Hub {
    pub(super) backend: Arc<dyn Backend>,
    state: Mutex<State>,
    /// Woken by every commit, and by every window that was read.
    progress: Notify,
    pub(super) catching_up: Semaphore,
}

#[derive(Default)]
struct State {
    /// Reads the feed, as long as anybody listens.
    tail: Option<AbortHandle>,
    /// Counts tails and topics: neither acts in the place of another.
    number: u64,
    tail_number: u64,
    /// The end of the last commit that the tail has read.
    position: u64,
    /// The first sequence that the feed still had when the tail fell behind it.
    trimmed: u64,
    topics: HashMap<Collection, HashMap<Arc<str>, Topic>>,
}

/// A place among the listeners of a topic, given back when it is dropped.
pub(super) struct Seat {
    hub: Arc<Hub>,
    place: Place,
}

#[derive(Clone)]
struct Place {
    collection: Collection,
    query: Arc<str>,
    number: u64,
}

impl Hub {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Arc<Self> {
        Arc::new(Self {
            backend,
            state: Mutex::default(),
            progress: Notify::new(),
            catching_up: Semaphore::new(CATCHING_UP),
        })
    }

    /// A place among the listeners of a query. `head` is where the feed ended a moment ago.
    pub(super) fn join(self: &Arc<Self>, query: &Query, plan: &Plan, token: &Token, head: u64) -> Seat {
        let mut state = self.lock();
        if state.tail.as_ref().is_none_or(AbortHandle::is_finished) {
            state.topics.clear();
            state.position = head;
            state.number += 1;
            state.tail_number = state.number;
            state.tail = Some(start(follow(Arc::clone(self), state.number, head)));
        }
        let State { topics, number, position, .. } = &mut *state;
        let topics = topics.entry(query.collection).or_default();
        let is_new = !topics.contains_key(token.query());
        let topic = topics.entry(Arc::clone(token.query())).or_insert_with(|| {
            *number += 1;
            Topic::new(*number, query.clone(), plan.clone(), token.at(*position))
        });
        topic.listeners += 1;
        let place = Place { collection: query.collection, query: Arc::clone(token.query()), number: topic.number };
        if is_new && query.limit.is_some() {
            start(list_window(Arc::clone(self), place.clone()));
        }
        Seat { hub: Arc::clone(self), place }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the topics what a commit changed. Whether the tail that read it is still the one that is wanted.
    fn tell(self: &Arc<Self>, tail: u64, commit: Vec<Recorded>) -> bool {
        let end = commits::end(&commit);
        let mut short = Vec::new();
        {
            let mut state = self.lock();
            if state.tail_number != tail {
                return false;
            }
            let quiet = state.position / QUIET < end / QUIET;
            state.position = end;
            for (collection, entries) in state.heard(commit) {
                for (query, topic) in state.topics.get_mut(&collection).into_iter().flatten() {
                    if topic.take(&entries, end) {
                        short.push(Place { collection, query: Arc::clone(query), number: topic.number });
                    }
                }
            }
            if quiet {
                state.topics.values_mut().flat_map(HashMap::values_mut).for_each(|topic| topic.tell_quiet(end));
            }
        }
        self.progress.notify_waiters();
        for place in short {
            start(list_window(Arc::clone(self), place));
        }
        true
    }

    /// The tail has fallen behind the feed's beginning: all who listen begin anew.
    fn tell_trimmed(&self, tail: u64, after: u64, first: u64) {
        let mut state = self.lock();
        if state.tail_number == tail {
            state.trimmed = first;
            state.topics.values().flat_map(HashMap::values).for_each(|topic| topic.tell_trimmed(after, first));
            state.topics.clear();
            state.tail = None;
            drop(state);
            self.progress.notify_waiters();
        }
    }
}

impl State {
    /// The changes of collections that anybody listens to, parsed once.
    fn heard(&self, commit: Vec<Recorded>) -> HashMap<Collection, Arc<[Entry]>> {
        let mut heard: HashMap<Collection, Vec<Entry>> = HashMap::new();
        for recorded in commit {
            if self.topics.contains_key(&recorded.key.collection) {
                heard.entry(recorded.key.collection).or_default().push(Entry::of(recorded));
            }
        }
        heard.into_iter().map(|(collection, entries)| (collection, entries.into())).collect()
    }

    fn topic(&mut self, place: &Place) -> Option<&mut Topic> {
        let topic = self.topics.get_mut(&place.collection)?.get_mut(&place.query)?;
        (topic.number == place.number).then_some(topic)
    }
}

impl Seat {
    /// What comes from now on, which is what was committed after the returned position.
    pub(super) fn subscribe(&self) -> Result<(broadcast::Receiver<Message>, u64)> {
        let mut state = self.hub.lock();
        let (position, first) = (state.position, state.trimmed);
        match state.topic(&self.place) {
            Some(topic) => Ok((topic.subscribe(), position)),
            None => Err(StoreError::FeedTrimmed { after: position, first }),
        }
    }

    /// The window at a moment that is not before `at_least`, that moment, and what comes after it. Waits for it.
    pub(super) async fn shown(&self, at_least: u64) -> Result<(broadcast::Receiver<Message>, Shown, u64)> {
        loop {
            let progress = self.hub.progress.notified();
            tokio::pin!(progress);
            progress.as_mut().enable();
            {
                let mut state = self.hub.lock();
                let (position, first) = (state.position, state.trimmed);
                let Some(topic) = state.topic(&self.place) else {
                    return Err(StoreError::FeedTrimmed { after: position, first });
                };
                if let Some((shown, at)) = topic.shown(position).filter(|(_, at)| *at >= at_least) {
                    return Ok((topic.subscribe(), shown, at));
                }
            }
            progress.await;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        let Some(topic) = state.topic(&self.place) else { return };
        topic.listeners -= 1;
        if topic.listeners > 0 {
            return;
        }
        if let Some(topics) = state.topics.get_mut(&self.place.collection) {
            topics.remove(&self.place.query);
            if topics.is_empty() {
                state.topics.remove(&self.place.collection);
            }
        }
        if state.topics.is_empty() {
            // What it is about to tell, if anything, must not reach the topics of its successor.
            state.number += 1;
            state.tail_number = state.number;
            if let Some(tail) = state.tail.take() {
                tail.abort();
            }
        }
    }
}

/// Pauses that double, between tries at a database that is away.
pub(super) struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(super) fn new() -> Self {
        Self(Self::FIRST)
    }

    pub(super) async fn pause(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}

/// Reads the feed for all who listen.
async fn follow(hub: Arc<Hub>, number: u64, mut position: u64) {
    let mut backoff = Backoff::new();
    loop {
        let mut feed = Commits::after(&*hub.backend, position);
        let error = loop {
            match feed.next().await {
                Ok(commit) => {
                    position = commits::end(&commit);
                    backoff = Backoff::new();
                    if !hub.tell(number, commit) {
                        return;
                    }
                }
                Err(error) => break error,
            }
        };
        drop(feed);
        if let StoreError::FeedTrimmed { after, first } = error {
            return hub.tell_trimmed(number, after, first);
        }
        tracing::warn!(%error, position, "the feed cannot be read; listeners wait");
        backoff.pause().await;
    }
}

/// Reads the window of a topic, until that succeeds or nobody listens any more.
async fn list_window(hub: Arc<Hub>, place: Place) {
    let mut backoff = Backoff::new();
    loop {
        let Some((query, plan)) = hub.lock().topic(&place).map(|topic| (topic.query.clone(), topic.plan.clone()))
        else {
            return;
        };
        let reach = window::reach(query.page());
        match listing::list(&*hub.backend, &query, &plan, reach).await {
            Ok(listing) => {
                let again = hub.lock().topic(&place).is_some_and(|topic| topic.install(listing));
                hub.progress.notify_waiters();
                if !again {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, collection = %place.collection, "a window cannot be read; its listeners wait");
                backoff.pause().await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the live channels run tasks of their own")]
fn start(task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    tokio::spawn(task).abort_handle()
}
