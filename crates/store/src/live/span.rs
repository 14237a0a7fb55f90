use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::Plan;
use crate::live::commits::{After, Entry};
use crate::live::{Change, Snapshot};

/// What some commits in a row did to the result of a query without a limit. Knows nothing of the rest of the result.
#[derive(Default)]
pub(super) struct Span {
    touched: Vec<Touched>,
    by_id: HashMap<String, usize>,
    /// Documents whose last state in these commits cannot be read: a later commit tells it.
    held: HashSet<String>,
}

/// A document that was or is in the result.
pub(super) struct Touched {
    pub(super) id: String,
    /// The sequences of its changes, and whether it was in the result before each.
    steps: Vec<(u64, bool)>,
    /// The document, if it is in the result now.
    pub(super) now: Option<Arc<Snapshot>>,
}

impl Span {
    pub(super) fn take(&mut self, plan: &Plan, entry: &Entry) {
        let was_in = entry.was.as_ref().is_some_and(|was| plan.matches(&entry.id, was));
        let superseded = matches!(entry.now, After::Superseded);
        let now = match &entry.now {
            After::Document(snapshot, value) if plan.matches(&entry.id, value) => Some(Arc::clone(snapshot)),
            _ => None,
        };
        if superseded {
            self.held.insert(entry.id.clone());
        } else {
            self.held.remove(&entry.id);
        }
        let at = match self.by_id.get(&entry.id) {
            Some(at) => *at,
            None if was_in || superseded || now.is_some() => {
                self.by_id.insert(entry.id.clone(), self.touched.len());
                self.touched.push(Touched { id: entry.id.clone(), steps: Vec::new(), now: None });
                self.touched.len() - 1
            }
            None => return,
        };
        self.touched[at].steps.push((entry.sequence, was_in));
        self.touched[at].now = now;
    }

    /// Whether the states of all documents at its end are known: only then may it be told.
    pub(super) fn is_whole(&self) -> bool {
        self.held.is_empty()
    }

    /// The sequence before its first change.
    pub(super) fn begin(&self) -> u64 {
        self.touched.iter().filter_map(|touched| touched.steps.first()).map(|(at, _)| at - 1).min().unwrap_or_default()
    }

    /// Documents that were in the result before one of the changes, or may be since.
    pub(super) fn touched(&self) -> &[Touched] {
        &self.touched
    }

    pub(super) fn has_touched(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Whether any of the documents was in the result at any time.
    pub(super) fn was_or_is_in(&self) -> bool {
        self.touched.iter().any(|touched| touched.now.is_some() || touched.steps.iter().any(|(_, was_in)| *was_in))
    }

    /// What is new to who has seen the result as it was at this sequence.
    pub(super) fn changes_since(&self, sequence: u64) -> Vec<Change> {
        let change = |touched: &Touched| {
            let (_, was_in) = touched.steps.iter().find(|(at, _)| *at > sequence)?;
            match (was_in, &touched.now) {
                (false, Some(now)) => Some(Change::Added(Arc::clone(now))),
                (true, Some(now)) => Some(Change::Modified(Arc::clone(now))),
                (true, None) => Some(Change::Removed(touched.id.clone())),
                (false, None) => None,
            }
        };
        self.touched.iter().filter_map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use model::Collection;
    use serde_json::json;

    use super::Span;
    use crate::live::Change;
    use crate::live::commits::Entry;
    use crate::{Key, Now, Query, Recorded, Stored};

    fn entry(sequence: u64, was: Option<&str>, now: Option<Option<&str>>) -> Entry {
        let key = Key::new(Collection::Urls, "u");
        let fields = |source: &str| json!({ "source_id": source }).to_string();
        let now = match now {
            None => Now::Superseded,
            Some(None) => Now::Deleted,
            Some(Some(source)) => {
                Now::Document(Stored { key: key.clone(), revision: sequence, version: 1, data: fields(source) })
            }
        };
        Entry::of(Recorded { sequence, key, revision: sequence, last: true, was: was.map(fields), now })
    }

    /// The changes as letters, told to who has seen everything up to a sequence.
    fn told(entries: &[Entry], since: u64) -> String {
        let plan = Query::of(Collection::Urls).equal("source_id", "in").plan().unwrap();
        let mut span = Span::default();
        for entry in entries {
            span.take(&plan, entry);
        }
        if !span.is_whole() {
            return "held".to_owned();
        }
        let letter = |change: &Change| match change {
            Change::Added(_) => 'a',
            Change::Modified(_) => 'm',
            Change::Removed(_) => 'r',
        };
        span.changes_since(since).iter().map(letter).collect()
    }

    #[test]
    fn what_was_before_the_first_change_and_is_after_the_last_decides() {
        let (inside, outside) = (Some("in"), Some("out"));
        for (entries, expected) in [
            (vec![entry(1, None, Some(inside))], "a"),
            (vec![entry(1, outside, Some(inside))], "a"),
            (vec![entry(1, inside, Some(inside))], "m"),
            (vec![entry(1, inside, Some(outside))], "r"),
            (vec![entry(1, inside, Some(None))], "r"),
            (vec![entry(1, outside, Some(None))], ""),
            (vec![entry(1, None, None)], "held"),
            (vec![entry(1, None, None), entry(2, inside, Some(inside))], "a"),
            (vec![entry(1, None, None), entry(2, inside, Some(None))], ""),
            (vec![entry(1, inside, None), entry(2, outside, Some(outside))], "r"),
            (vec![entry(1, inside, Some(None)), entry(2, None, Some(inside))], "m"),
        ] {
            assert_eq!(told(&entries, 0), expected);
        }
    }

    #[test]
    fn who_has_seen_a_part_is_told_the_rest() {
        let (inside, outside) = (Some("in"), Some("out"));
        let entries = [entry(1, None, None), entry(2, outside, None), entry(3, inside, Some(inside))];
        assert_eq!([0, 1, 2, 3].map(|since| told(&entries, since)), ["a", "a", "m", ""]);
        let gone = [entry(1, None, None), entry(2, inside, Some(None))];
        assert_eq!([0, 1, 2].map(|since| told(&gone, since)), ["", "r", ""]);
    }
}
