//! The commits of a history once more, one after the other in the order of their revisions, on plain maps.

use std::collections::BTreeMap;

use serde_json::Value;

use super::naive;
use super::operations::{Done, Seen};
use crate::{Change, Key, Now, Page, Recorded, Write};

/// The documents of one moment, with their revisions.
pub(super) type State = BTreeMap<Key, (u64, Value)>;

/// The states before and after each commit, and the changes between them.
#[derive(Debug, Default)]
pub(super) struct Replay {
    states: Vec<(u64, State)>,
    changes: Vec<(u64, Vec<Changed>)>,
}

/// A document before and after.
type Changed = (Key, Option<Value>, Option<Value>);

impl Replay {
    /// Checks that each commit saw and wrote as if nobody else had been there.
    pub(super) fn of(history: &[Done]) -> Self {
        let mut committed: Vec<(u64, &Done)> = history.iter().filter_map(|done| Some((done.revision?, done))).collect();
        committed.sort_by_key(|(revision, _)| *revision);
        assert!(committed.windows(2).all(|pair| pair[0].0 < pair[1].0), "each commit has a revision of its own");
        let mut replay = Self { states: vec![(0, State::new())], changes: Vec::new() };
        for (revision, done) in committed {
            let mut state = replay.last().clone();
            for seen in &done.seen {
                assert!(was_so(&state, seen), "revision {revision} saw {seen:?}\nin {state:#?}");
            }
            let mut changes = Vec::new();
            for write in &done.writes {
                let before = state.get(&write.key).cloned();
                let held = write.precondition.holds(before.as_ref().map(|(revision, _)| *revision));
                assert!(held, "revision {revision} wrote {write:?}\nin {state:#?}");
                let before = before.map(|(_, value)| value);
                let after = changed(write, before.as_ref());
                match &after {
                    Some(value) => drop(state.insert(write.key.clone(), (revision, value.clone()))),
                    None => drop(state.remove(&write.key)),
                }
                if before.is_some() || after.is_some() {
                    changes.push((write.key.clone(), before, after));
                }
            }
            replay.states.push((revision, state));
            replay.changes.push((revision, changes));
        }
        for looked in history.iter().filter(|done| done.revision.is_none()) {
            let moment = |(_, state): &(u64, State)| looked.seen.iter().all(|seen| was_so(state, seen));
            assert!(replay.states.iter().any(moment), "there never was a moment of {:#?}", looked.seen);
        }
        replay
    }

    pub(super) fn last(&self) -> &State {
        &self.states[self.states.len() - 1].1
    }

    /// Checks that the feed tells all changes of each commit, in the order of the commits.
    pub(super) fn is_told_by(&self, feed: &[Recorded]) {
        let mut told = feed;
        for (revision, changes) in self.changes.iter().filter(|(_, changes)| !changes.is_empty()) {
            let (entries, rest) = told.split_at_checked(changes.len()).expect("the feed has all changes");
            told = rest;
            for (n, entry) in entries.iter().enumerate() {
                assert_eq!((entry.revision, entry.last), (*revision, n + 1 == entries.len()), "{entry:?}");
                let change = changes.iter().find(|(key, ..)| *key == entry.key);
                let (_, before, after) = change.unwrap_or_else(|| panic!("{entry:?} is no change of its commit"));
                is_so(entry, before.as_ref(), after.as_ref());
                let again = entries[n + 1..].iter().chain(told).any(|later| later.key == entry.key);
                assert!(again || entry.now != Now::Superseded, "nothing else tells of {entry:?}");
            }
        }
        assert!(told.is_empty(), "nothing else happened: {told:?}");
        assert!(feed.windows(2).all(|pair| pair[0].sequence < pair[1].sequence), "sequences grow");
    }

    /// Checks that a page was a state of the history, and that its position says which.
    pub(super) fn has_page(&self, page: &Page, feed: &[Recorded]) {
        let known = feed.iter().rfind(|entry| entry.sequence <= page.position).map_or(0, |entry| entry.revision);
        let (_, state) = self.states.iter().rfind(|(revision, _)| *revision <= known).unwrap();
        let found: Vec<(&Key, u64)> = page.documents.iter().map(|stored| (&stored.key, stored.revision)).collect();
        let expected: Vec<(&Key, u64)> = state
            .iter()
            .filter(|(key, _)| key.collection == model::Collection::Chats)
            .map(|(key, (revision, _))| (key, *revision))
            .collect();
        assert_eq!(found, expected, "at {}", page.position);
    }
}

fn was_so(state: &State, seen: &Seen) -> bool {
    let chats = || state.iter().filter(|(key, _)| key.collection == model::Collection::Chats);
    match seen {
        Seen::Document { id, found } => {
            let now = chats().find(|(key, _)| key.id == *id).map(|(_, now)| now);
            now == found.as_ref()
        }
        Seen::Listed { query, found } => {
            let documents: Vec<(&str, &Value)> = chats().map(|(key, (_, value))| (key.id.as_str(), value)).collect();
            let revision = |id: &str| chats().find(|(key, _)| key.id == id).map(|(_, (revision, _))| *revision);
            let now = naive::found(query, &documents).into_iter().take(query.page());
            now.map(|id| (id.to_owned(), revision(id).unwrap_or_default())).eq(found.iter().cloned())
        }
    }
}

fn changed(write: &Write, before: Option<&Value>) -> Option<Value> {
    match &write.change {
        Change::Put { data, .. } => Some(serde_json::from_str(data).unwrap()),
        Change::Delete => None,
        Change::Update { fields, .. } => {
            let before = before.and_then(Value::as_object).cloned();
            Some(Value::Object(fields.apply(before, &write.key.id, model::Time(0))))
        }
    }
}

fn is_so(entry: &Recorded, before: Option<&Value>, after: Option<&Value>) {
    let was: Option<Value> = entry.was.as_deref().map(|was| serde_json::from_str(was).unwrap());
    assert_eq!(was.is_some(), before.is_some(), "{entry:?}");
    if let (Some(was), Some(before)) = (&was, before) {
        for field in entry.key.collection.indexed_fields() {
            assert_eq!(was.get(field.name), before.get(field.name), "{entry:?}");
        }
    }
    match &entry.now {
        Now::Document(stored) => {
            assert_eq!((stored.revision, &stored.key), (entry.revision, &entry.key));
            assert_eq!(Some(&super::given::json(stored)), after, "{entry:?}");
        }
        Now::Deleted => assert!(after.is_none(), "{entry:?}"),
        Now::Superseded => {}
    }
}
