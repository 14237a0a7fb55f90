use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use model::Collection;
use serde_json::Value;

use crate::live::Snapshot;
use crate::{Backend, BoxStream, Now, Recorded, Result, StoreError};

/// The feed, commit by commit.
pub(super) struct Commits<'a> {
    tail: BoxStream<'a, Result<Recorded>>,
    /// The first entry of the next commit, if it had to be read to know where the one before ends.
    ahead: VecDeque<Recorded>,
}

/// A change of one document, ready to be evaluated.
pub(super) struct Entry {
    pub(super) sequence: u64,
    pub(super) id: String,
    pub(super) revision: u64,
    /// The indexed fields before the change.
    pub(super) was: Option<Value>,
    pub(super) now: After,
}

pub(super) enum After {
    Document(Arc<Snapshot>, Value),
    Deleted,
    Superseded,
}

impl<'a> Commits<'a> {
    pub(super) fn after(backend: &'a dyn Backend, sequence: u64) -> Self {
        Self { tail: backend.tail(sequence), ahead: VecDeque::new() }
    }

    /// All entries of the next commit, at least one. Waits for it.
    pub(super) async fn next(&mut self) -> Result<Vec<Recorded>> {
        let mut commit: Vec<Recorded> = Vec::new();
        loop {
            if commit.last().is_some_and(|entry| entry.last) {
                return Ok(commit);
            }
            let entry = match self.ahead.pop_front() {
                Some(entry) => entry,
                None => self.tail.next().await.ok_or(StoreError::Closed)??,
            };
            if commit.last().is_some_and(|before| before.revision != entry.revision) {
                self.ahead.push_back(entry);
                return Ok(commit);
            }
            commit.push(entry);
        }
    }
}

/// The sequence at which a commit is over.
pub(super) fn end(commit: &[Recorded]) -> u64 {
    commit.last().map_or(0, |entry| entry.sequence)
}

/// What a commit changed in one collection.
pub(super) fn entries(commit: Vec<Recorded>, collection: Collection) -> impl Iterator<Item = Entry> {
    commit.into_iter().filter(move |entry| entry.key.collection == collection).map(Entry::of)
}

impl Entry {
    pub(super) fn of(recorded: Recorded) -> Self {
        // What is no JSON has no fields: it is in no result that asks for any.
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let now = match recorded.now {
            Now::Document(stored) => {
                let value = parse(&stored.data);
                After::Document(Snapshot::new(stored), value)
            }
            Now::Deleted => After::Deleted,
            Now::Superseded => After::Superseded,
        };
        Self {
            sequence: recorded.sequence,
            id: recorded.key.id,
            revision: recorded.revision,
            was: recorded.was.as_deref().map(parse),
            now,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use model::Collection;
    use serde_json::json;

    use super::{Entry, Snapshot};
    use crate::{Key, Now, Recorded, Stored};

    pub(in crate::live) fn stored(id: &str, revision: u64, at: i64) -> Stored {
        let data = json!({ "id": id, "last_message_at": at }).to_string();
        Stored { key: Key::new(Collection::Chats, id), revision, version: 1, data }
    }

    pub(in crate::live) fn snapshot(id: &str, revision: u64, at: i64) -> std::sync::Arc<Snapshot> {
        Snapshot::new(stored(id, revision, at))
    }

    /// A change of a chat by the commit of this revision.
    pub(in crate::live) fn entry(id: &str, revision: u64, now: Now) -> Entry {
        let key = Key::new(Collection::Chats, id);
        Entry::of(Recorded { sequence: revision, key, revision, last: true, was: None, now })
    }
}
