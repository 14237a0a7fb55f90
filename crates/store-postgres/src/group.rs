//! What a group of commits comes to: decided here, between reading and writing, by the same code as on any database.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{Collection, Time};
use store::{Change, Commit, Key, Precondition, Read, Result, StoreError, Stored, Write};

use crate::read::indexed;

/// What must be known of documents before anything can be decided.
#[derive(Default)]
pub(crate) struct Needs<'a> {
    /// Their revisions, and the indexed fields of those whose changes are recorded.
    pub(crate) heads: BTreeMap<Collection, BTreeSet<&'a str>>,
    /// All of them.
    pub(crate) wholes: BTreeMap<Collection, BTreeSet<&'a str>>,
}

/// A document as it stands.
#[derive(Clone)]
pub(crate) enum State {
    Absent,
    /// Only its head was read.
    Head {
        revision: u64,
        /// Its indexed fields as a JSON object; empty where nobody asks.
        indexed: String,
    },
    Whole(Stored),
}

/// A change for the feed.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) revision: u64,
    pub(crate) deleted: bool,
    pub(crate) was: Option<String>,
}

/// What a group writes.
#[derive(Default)]
pub(crate) struct Written {
    /// The last state of every document that changes: `None` if it goes.
    pub(crate) documents: BTreeMap<Key, Option<Stored>>,
    pub(crate) feed: Vec<Entry>,
}

/// Whether a commit may stand in a group behind those that write into `written`: what it lists is asked for before any
/// of them is written.
pub(crate) fn may_follow(written: &HashSet<Collection>, commit: &Commit) -> bool {
    !commit.reads.iter().any(|read| matches!(read, Read::Listed { query, .. } if written.contains(&query.collection)))
}

pub(crate) fn needs<'a>(commits: impl Iterator<Item = &'a Commit>) -> Needs<'a> {
    let mut needs = Needs::default();
    for commit in commits {
        for read in &commit.reads {
            if let Read::Document { key, .. } = read {
                needs.heads.entry(key.collection).or_default().insert(&key.id);
            }
        }
        for Write { key, change, precondition } in &commit.writes {
            let kind = match change {
                Change::Update { .. } => &mut needs.wholes,
                _ if key.collection.is_recorded() || *precondition != Precondition::Any => &mut needs.heads,
                _ => continue,
            };
            kind.entry(key.collection).or_default().insert(&key.id);
        }
    }
    for (collection, heads) in &mut needs.heads {
        if let Some(wholes) = needs.wholes.get(collection) {
            heads.retain(|id| !wholes.contains(id));
        }
    }
    needs.heads.retain(|_, heads| !heads.is_empty());
    needs
}

impl State {
    fn revision(&self) -> Option<u64> {
        match self {
            Self::Absent => None,
            Self::Head { revision, .. } => Some(*revision),
            Self::Whole(stored) => Some(stored.revision),
        }
    }

    fn was(&self, collection: Collection) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Head { indexed, .. } => Some(indexed.clone()),
            Self::Whole(stored) => Some(indexed(collection, &stored.data)),
        }
    }
}

/// Decides commits one after the other, each on what those before it leave.
pub(crate) struct Decision {
    known: HashMap<Key, State>,
    written: Written,
    now: Time,
}

impl Decision {
    /// `known` holds whatever [`needs`] asked for; what is not in it is absent, or nobody needs it.
    pub(crate) fn new(known: HashMap<Key, State>, now: Time) -> Self {
        Self { known, written: Written::default(), now }
    }

    pub(crate) fn finish(self) -> Written {
        self.written
    }

    /// Makes a commit, or leaves everything as it was.
    pub(crate) fn decide(&mut self, commit: &Commit, revision: u64) -> Result<()> {
        for read in &commit.reads {
            if let Read::Document { key, revision } = read
                && self.state(key).revision() != *revision
            {
                return Err(StoreError::Conflict { key: key.clone() });
            }
        }
        let mut changes: Vec<(Key, Option<Stored>, Option<Entry>)> = Vec::with_capacity(commit.writes.len());
        for write in &commit.writes {
            let before = self.state(&write.key);
            if !write.precondition.holds(before.revision()) {
                return Err(StoreError::Conflict { key: write.key.clone() });
            }
            let after = self.after(write, before, revision)?;
            let changed = after.is_some() || before.revision().is_some();
            let entry = (changed && write.key.collection.is_recorded()).then(|| Entry {
                key: write.key.clone(),
                revision,
                deleted: after.is_none(),
                was: before.was(write.key.collection),
            });
            changes.push((write.key.clone(), after, entry));
        }
        for (key, after, entry) in changes {
            self.written.feed.extend(entry);
            self.known.insert(key.clone(), after.clone().map_or(State::Absent, State::Whole));
            self.written.documents.insert(key, after);
        }
        Ok(())
    }

    fn state(&self, key: &Key) -> &State {
        self.known.get(key).unwrap_or(&State::Absent)
    }

    fn after(&self, write: &Write, before: &State, revision: u64) -> Result<Option<Stored>> {
        let (version, data) = match &write.change {
            Change::Delete => return Ok(None),
            Change::Put { version, data } => (*version, data.clone()),
            Change::Update { version, fields } => {
                let before = match before {
                    State::Whole(stored) => Some(stored),
                    State::Absent | State::Head { .. } => None,
                };
                fields.update(before, &write.key, *version, self.now)?
            }
        };
        Ok(Some(Stored { key: write.key.clone(), revision, version, data }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use model::{Collection, Database, Time};
    use serde_json::{Value, json};
    use store::{Change, Commit, Fields, Key, Precondition, Read, Write};

    use super::{Decision, State, needs};

    fn key(id: &str) -> Key {
        Key::new(Collection::Runs, id)
    }

    fn write(id: &str, change: Change, precondition: Precondition) -> Commit {
        Commit { writes: vec![Write { key: key(id), change, precondition }], reads: Vec::new() }
    }

    fn put(id: &str, at: i64, precondition: Precondition) -> Commit {
        write(id, Change::Put { version: 1, data: json!({ "id": id, "started_at": at }).to_string() }, precondition)
    }

    #[test]
    fn later_commits_see_earlier_ones() {
        let increment = Change::Update { version: 1, fields: Fields::default().increment("started_at", 1) };
        let head = State::Head { revision: 3, indexed: "{\"started_at\":1}".to_owned() };
        let mut decision = Decision::new(HashMap::from([(key("a"), head)]), Time(0));
        assert!(decision.decide(&put("a", 5, Precondition::AtRevision(3)), 10).is_ok());
        assert!(decision.decide(&put("a", 6, Precondition::AtRevision(3)), 11).is_err(), "overtaken in the group");
        assert!(decision.decide(&write("a", increment.clone(), Precondition::AtRevision(10)), 12).is_ok());
        assert!(decision.decide(&put("b", 1, Precondition::Absent), 13).is_ok());
        assert!(decision.decide(&write("b", Change::Delete, Precondition::Exists), 14).is_ok());
        assert!(decision.decide(&write("b", increment, Precondition::Exists), 15).is_err());
        let read = Commit { reads: vec![Read::Document { key: key("a"), revision: Some(10) }], writes: Vec::new() };
        assert!(decision.decide(&read, 16).is_err());
        let written = decision.finish();
        let told: Vec<_> =
            written.feed.iter().map(|entry| (entry.key.id.as_str(), entry.revision, entry.was.as_deref())).collect();
        let (one, five) = ("{\"started_at\":1}", "{\"started_at\":5}");
        assert_eq!(told, [("a", 10, Some(one)), ("a", 12, Some(five)), ("b", 13, None), ("b", 14, Some(one))]);
        let a = written.documents[&key("a")].as_ref().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&a.data).unwrap()["started_at"], 6);
        assert!(written.documents[&key("b")].is_none());
    }

    #[test]
    fn a_refused_commit_leaves_nothing() {
        let mut both = put("a", 1, Precondition::Any);
        both.writes.extend(put("b", 1, Precondition::Exists).writes);
        let mut decision = Decision::new(HashMap::new(), Time(0));
        assert!(decision.decide(&both, 1).is_err());
        let written = decision.finish();
        assert!(written.documents.is_empty() && written.feed.is_empty());
    }

    #[test]
    fn only_what_decides_is_read() {
        let task = Key::new(Collection::Tasks(Database::Main), "t");
        let put = Change::Put { version: 1, data: "{}".to_owned() };
        let blind = Write { key: task, change: put, precondition: Precondition::Any };
        assert!(needs([&Commit { writes: vec![blind], reads: Vec::new() }].into_iter()).heads.is_empty());
        let update = Change::Update { version: 1, fields: Fields::default() };
        let commits = [write("a", update, Precondition::Any), write("a", Change::Delete, Precondition::Any)];
        let needs = needs(commits.iter());
        assert!(needs.heads.is_empty() && needs.wholes[&Collection::Runs].len() == 1);
    }
}
