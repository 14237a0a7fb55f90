use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{Database, TaskDoc};
use store::Versioned;
use tokio_util::sync::CancellationToken;

pub(super) type Claimed = Arc<Lease>;

/// A task that this process has.
pub(super) struct Lease {
    /// As it was claimed; its `worker` is unique to the claim.
    pub(super) document: TaskDoc,
    pub(super) database: Database,
    /// The document's revision: grows when the lease is renewed.
    revision: AtomicU64,
    since: Instant,
    /// Until when it is worth renewing, once a step works on it.
    until: Mutex<Option<Instant>>,
    state: AtomicU8,
    lost: CancellationToken,
}

/// What became of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Ours,
    /// A newer cause took the task's place, or another worker has it.
    Replaced,
    /// The task was cancelled.
    Gone,
}

impl Lease {
    pub(super) fn new(found: Versioned<TaskDoc>, database: Database) -> Claimed {
        Arc::new(Self {
            document: TaskDoc { database: Some(database), ..found.document },
            database,
            revision: AtomicU64::new(found.revision),
            since: Instant::now(),
            until: Mutex::new(None),
            state: AtomicU8::new(Hold::Ours as u8),
            lost: CancellationToken::new(),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.document.id
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }

    pub(super) fn renewed(&self, revision: u64) {
        // Renewals and looks may tell of revisions in any order.
        self.revision.fetch_max(revision, Ordering::SeqCst);
    }

    /// A step begins that should be through by then.
    pub(super) fn begin(&self, until: Instant) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Whether the step hangs so that not even its time limit stops it: it blocks its thread.
    pub(super) fn hangs(&self) -> bool {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() > until)
    }

    pub(super) fn hold(&self) -> Hold {
        let state = self.state.load(Ordering::SeqCst);
        [Hold::Ours, Hold::Replaced].into_iter().find(|hold| *hold as u8 == state).unwrap_or(Hold::Gone)
    }

    /// Compares the lease with the task as it is stored now.
    pub(super) fn look(&self, stored: Option<&Versioned<TaskDoc>>) -> Hold {
        match stored {
            Some(stored) if stored.document.worker == self.document.worker => self.renewed(stored.revision),
            Some(_) => self.lose(Hold::Replaced),
            None => self.lose(Hold::Gone),
        }
        self.hold()
    }

    fn lose(&self, to: Hold) {
        self.state.store(to as u8, Ordering::SeqCst);
        self.lost.cancel();
    }
}

/// Ends when none of the leases is held any more.
pub(super) async fn all_lost(leases: &[Claimed]) {
    for lease in leases {
        lease.lost.cancelled().await;
    }
}

/// The leases of this process.
#[derive(Default)]
pub(super) struct Held {
    leases: Mutex<HashMap<(Database, String), Claimed>>,
}

impl Held {
    pub(super) fn add(&self, leases: &[Claimed]) {
        let mut held = self.locked();
        for lease in leases {
            // One of the same task that is still here was lost, or this one could not have been had.
            if let Some(old) = held.insert((lease.database, lease.id().to_owned()), Arc::clone(lease)) {
                old.lose(Hold::Replaced);
            }
        }
    }

    pub(super) fn remove(&self, leases: &[Claimed]) {
        let mut held = self.locked();
        for lease in leases {
            let key = (lease.database, lease.id().to_owned());
            if held.get(&key).is_some_and(|current| Arc::ptr_eq(current, lease)) {
                held.remove(&key);
            }
        }
    }

    /// Those of one database that are held for at least this long.
    pub(super) fn older_than(&self, age: Duration, database: Database) -> Vec<Claimed> {
        let held = self.locked();
        held.values().filter(|lease| lease.database == database && lease.since.elapsed() >= age).cloned().collect()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(Database, String), Claimed>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
