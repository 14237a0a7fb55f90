use std::collections::{BTreeMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::faults::{Note, Step};

/// What the writers and one listener have told, over all their processes.
#[derive(Default)]
pub struct Account {
    told: Mutex<Told>,
    news: Condvar,
}

#[derive(Debug, Default)]
pub struct Told {
    /// Acknowledged commits with their revisions.
    pub done: Vec<(Step, u64)>,
    pub unknown: Vec<Step>,
    pub refused: Vec<(Step, String)>,
    pub unread: Vec<String>,
    pub broken: Vec<String>,
    /// The messages that are there as far as the listener was told, with their revisions.
    pub heard: BTreeMap<String, u64>,
    /// Where the listener goes on.
    pub token: Option<String>,
    /// Messages that the listener was told are gone.
    gone: HashSet<String>,
}

impl Account {
    pub fn take(&self, note: Note) {
        let mut told = self.lock();
        match note {
            Note::Done(step, revision) => told.done.push((step, revision)),
            Note::Unknown(step) => told.unknown.push(step),
            Note::Refused(step, why) => told.refused.push((step, why)),
            Note::Unread(why) => told.unread.push(why),
            Note::Broken(what) => told.broken.push(what),
            Note::Heard(token, changes) => told.hear(token, changes),
        }
        drop(told);
        self.news.notify_all();
    }

    pub fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks until it is so.
    ///
    /// # Panics
    /// When it is not so in time, or something happened that may never happen.
    pub fn wait(&self, what: &str, patience: Duration, mut is_so: impl FnMut(&Told) -> bool) {
        let until = Instant::now() + patience;
        let mut told = self.lock();
        loop {
            assert!(told.broken.is_empty(), "{:?}", told.broken);
            if is_so(&told) {
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not in {patience:?}: {what}; {}", told.summary());
            told = self.news.wait_timeout(told, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Blocks until these writers, which may hold each other up, have done this many more steps together.
    ///
    /// # Panics
    /// As [`Account::wait`].
    pub fn wait_for_steps(&self, writers: std::ops::Range<u32>, more: usize, patience: Duration) {
        let steps = |told: &Told| told.done.iter().filter(|(step, _)| writers.contains(&step.writer)).count();
        let before = steps(&self.lock());
        self.wait("the writers go on", patience, |told| steps(told) >= before + more);
    }

    pub fn token(&self) -> Option<String> {
        self.lock().token.clone()
    }
}

impl Told {
    /// Each message is written once and deleted once.
    fn hear(&mut self, token: String, changes: Vec<(String, Option<u64>)>) {
        for (id, revision) in changes {
            let as_expected = match revision {
                Some(revision) => !self.gone.contains(&id) && self.heard.insert(id.clone(), revision).is_none(),
                None => self.heard.remove(&id).is_some() && self.gone.insert(id.clone()),
            };
            if !as_expected {
                self.broken.push(format!("a listener is told again, or of nothing: {id} {revision:?} at {token}"));
            }
        }
        self.token = Some(token);
    }

    pub fn summary(&self) -> String {
        let last: Vec<&(Step, String)> = self.refused.iter().rev().take(3).collect();
        format!(
            "{} done, {} unknown, {} refused {last:?}, {} unread {:?}, {} heard of",
            self.done.len(),
            self.unknown.len(),
            self.refused.len(),
            self.unread.len(),
            self.unread.last(),
            self.heard.len() + self.gone.len()
        )
    }
}
