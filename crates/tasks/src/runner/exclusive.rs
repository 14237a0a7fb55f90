//! Queues that one process at a time works: a lease for the whole queue, which every commit of its steps checks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Collection, Priority, QueueLease, TaskDoc, Time};
use store::{Batch, Direction, Key, Precondition, Query, Read, Result, Versioned};

use crate::{Queue, Runner};

/// The queues that this process has for itself.
#[derive(Default)]
pub(super) struct Exclusive {
    leases: Mutex<HashMap<&'static str, Versioned<QueueLease>>>,
}

impl Exclusive {
    fn locked(&self) -> MutexGuard<'_, HashMap<&'static str, Versioned<QueueLease>>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, queue: &Queue) -> Option<Versioned<QueueLease>> {
        self.locked().get(queue.name).cloned()
    }

    fn set(&self, queue: &Queue, lease: Option<Versioned<QueueLease>>) {
        match lease {
            Some(lease) => drop(self.locked().insert(queue.name, lease)),
            None => drop(self.locked().remove(queue.name)),
        }
    }
}

impl Runner {
    /// Whether this process may take tasks of the queue now. Takes the queue if nobody has it.
    pub(super) async fn may_work(&self, queue: &Queue) -> Result<bool> {
        if !queue.policy.exclusive {
            return Ok(true);
        }
        let now = (self.clock)();
        if self.exclusive.get(queue).is_some_and(|lease| now < lease.document.until) {
            return Ok(true);
        }
        let stored = self.store.get::<QueueLease>(Collection::Leases(queue.database), queue.name).await?;
        if let Some(stored) = &stored
            && stored.document.holder != self.worker
            && (now < stored.document.until || self.has_leases_of_others(queue, now).await?)
        {
            return Ok(false);
        }
        let taken = self.put_lease(queue, stored.map(|stored| stored.revision), now).await?;
        if taken {
            tracing::info!(queue = queue.name, worker = self.worker, "takes the queue for itself");
        }
        Ok(taken)
    }

    /// Whether the process that had the queue may still be at work.
    async fn has_leases_of_others(&self, queue: &Queue, now: Time) -> Result<bool> {
        let leased = Query::of(Collection::Tasks(queue.database))
            .equal("queue", queue.name)
            .is_in("priority", Priority::ALL.map(Priority::level))
            .above("due_at", now.0)
            .at_most("due_at", (now + self.lease).0)
            .order("due_at", Direction::Ascending);
        let leased = self.store.list_all::<TaskDoc>(leased).await?;
        Ok(leased.iter().any(|task| !matches!(task.document.worker.as_str(), "" | TaskDoc::PACED)))
    }

    /// Writes the lease over the one of this revision. Returns whether it was that one.
    async fn put_lease(&self, queue: &Queue, over: Option<u64>, now: Time) -> Result<bool> {
        let lease = QueueLease {
            id: queue.name.to_owned(),
            holder: self.worker.clone(),
            until: now + self.lease,
            database: Some(queue.database),
        };
        let mut batch = Batch::new(queue.database, now);
        batch.put(&lease, over.map_or(Precondition::Absent, Precondition::AtRevision))?;
        match self.store.commit(batch).await {
            Ok(revision) => {
                self.exclusive.set(queue, Some(Versioned { document: lease, revision }));
                Ok(true)
            }
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Renews the leases of the queues that this process has.
    pub(super) async fn renew_queues(&self) {
        for queue in self.registry.queues.iter().filter(|queue| queue.policy.exclusive) {
            let Some(lease) = self.exclusive.get(queue) else { continue };
            match self.put_lease(queue, Some(lease.revision), (self.clock)()).await {
                Ok(true) => {}
                // Another process took the queue over while this one was not heard of.
                Ok(false) => self.exclusive.set(queue, None),
                Err(error) => {
                    tracing::error!(
                        queue = queue.name,
                        error = &error as &dyn std::error::Error,
                        "the queue's lease cannot be renewed"
                    );
                }
            }
        }
    }

    /// Lets other processes have the queues at once.
    pub(super) async fn give_queues_back(&self) -> Result<()> {
        for queue in self.registry.queues.iter().filter(|queue| queue.policy.exclusive) {
            let Some(lease) = self.exclusive.get(queue) else { continue };
            self.exclusive.set(queue, None);
            let mut batch = Batch::new(queue.database, (self.clock)());
            let (collection, held) = (Collection::Leases(queue.database), Precondition::AtRevision(lease.revision));
            batch.delete(collection, queue.name, held)?;
            match self.store.commit(batch).await {
                Ok(_) => {}
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What a commit of the queue's steps must find as it is: that the queue is this process's. `None` when it is not.
    pub(super) fn fence(&self, queue: &Queue) -> Option<Vec<Read>> {
        if !queue.policy.exclusive {
            return Some(Vec::new());
        }
        let lease = self.exclusive.get(queue)?;
        let key = Key::new(Collection::Leases(queue.database), queue.name);
        Some(vec![Read::Document { key, revision: Some(lease.revision) }])
    }

    /// Looks whether the queue is still this process's, after a commit found its lease changed: it may have been renewed
    /// at the same moment.
    pub(super) async fn look_at_queue(&self, queue: &Queue) -> Result<()> {
        let stored = self.store.get::<QueueLease>(Collection::Leases(queue.database), queue.name).await?;
        self.exclusive.set(queue, stored.filter(|stored| stored.document.holder == self.worker));
        Ok(())
    }
}
