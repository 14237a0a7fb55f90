use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a runner is doing, for those who watch.
#[derive(Debug, Default)]
pub struct State {
    pub(super) running: AtomicUsize,
    pub(super) started: AtomicU64,
    /// Tasks whose steps came to their end.
    pub done: AtomicU64,
    /// Tries that failed and will be repeated.
    pub retried: AtomicU64,
    /// Tasks that became dead letters.
    pub dead: AtomicU64,
    spent: Mutex<BTreeMap<String, Spent>>,
}

/// What the steps of one kind have taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub tasks: u64,
    /// From the beginning of a step to its commit, added up over all that ran at the same time.
    pub time: Duration,
}

impl State {
    /// What each kind of task has taken so far.
    pub fn spent(&self) -> BTreeMap<String, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn add_spent(&self, kind: &str, tasks: u64, time: Duration) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match spent.get_mut(kind) {
            Some(entry) => entry,
            None => spent.entry(kind.to_owned()).or_default(),
        };
        entry.tasks += tasks;
        entry.time += time;
    }

    /// Tasks that this process has at this moment.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }
}
