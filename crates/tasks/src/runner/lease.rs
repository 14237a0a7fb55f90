use std::time::{Duration, Instant};

use model::{Collection, Database, TaskDoc};
use store::{Batch, Fields, Precondition, Result, StoreError};

use super::held::{Claimed, Hold};
use crate::Runner;

/// How often a process looks whether its leases are still its own.
const LOOK: Duration = Duration::from_millis(500);
/// How often a commit is tried again because leases were renewed or lost in between.
const TRIES_MAX: u32 = 32;

impl Runner {
    /// Renews the leases of this process at a third of their length, and stops steps whose tasks are not theirs any more.
    pub(super) async fn keep_leases(&self) {
        let every = LOOK.min(self.lease / 3);
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep(every).await;
            let renew = renewed.elapsed() >= self.lease / 3;
            if renew {
                renewed = Instant::now();
                self.renew_queues().await;
            }
            for database in Database::ALL {
                let held = self.held.older_than(every, database);
                let kept = match renew {
                    true => self.renew(held).await,
                    false => self.look(&held).await,
                };
                if let Err(error) = kept {
                    tracing::error!(error = &error as &dyn std::error::Error, "leases cannot be kept");
                }
            }
        }
    }

    async fn renew(&self, mut held: Vec<Claimed>) -> Result<()> {
        held.retain(|lease| !lease.hangs());
        let until = (self.clock)() + self.lease;
        let fields = Fields::default().set("due_at", until.0);
        let renewed = self.change_ours(held, |batch, lease| update(batch, lease, fields.clone())).await?;
        if let Some((leases, revision)) = renewed {
            leases.iter().for_each(|lease| lease.renewed(revision));
        }
        Ok(())
    }

    /// Looks which of the leases are still held.
    pub(super) async fn look(&self, leases: &[Claimed]) -> Result<()> {
        let Some(first) = leases.first() else { return Ok(()) };
        let ids: Vec<&str> = leases.iter().map(|lease| lease.id()).collect();
        let stored = self.store.get_many::<TaskDoc>(Collection::Tasks(first.database), &ids).await?;
        for (lease, stored) in leases.iter().zip(&stored) {
            lease.look(stored.as_ref());
        }
        Ok(())
    }

    /// Gives tasks back, as if they had not been taken.
    pub(super) async fn give_back(&self, leases: Vec<Claimed>) -> Result<()> {
        let now = (self.clock)();
        self.change_ours(leases, |batch, lease| {
            let due_at = TaskDoc::due(lease.document.rank, now);
            update(batch, lease, free().set("due_at", due_at.0))
        })
        .await?;
        Ok(())
    }

    /// Commits one change of each of the leased tasks of one database, leaving out those whose lease was lost. Returns
    /// those that were changed, and the revision.
    pub(super) async fn change_ours(
        &self,
        mut leases: Vec<Claimed>,
        change: impl Fn(&mut Batch, &Claimed) -> Result<()>,
    ) -> Result<Option<(Vec<Claimed>, u64)>> {
        let mut tries = 0;
        loop {
            leases.retain(|lease| lease.hold() == Hold::Ours);
            let Some(first) = leases.first() else { return Ok(None) };
            let mut batch = Batch::new(first.database, (self.clock)());
            for lease in &leases {
                change(&mut batch, lease)?;
            }
            match self.store.commit(batch).await {
                Ok(revision) => return Ok(Some((leases, revision))),
                Err(StoreError::Conflict { .. }) if tries < TRIES_MAX => {
                    tries += 1;
                    self.look(&leases).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Nobody's any more, and the lease is not one that ended without a word.
pub(super) fn free() -> Fields {
    Fields::default().set("worker", "").increment("lapses", -1)
}

pub(super) fn update(batch: &mut Batch, lease: &Claimed, fields: Fields) -> Result<()> {
    let precondition = Precondition::AtRevision(lease.revision());
    batch.update::<TaskDoc>(Collection::Tasks(lease.database), lease.id(), fields, precondition)
}
