use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::claim::{Turns, groups};
use super::held::Claimed;
use super::stopped;
use crate::{Queue, Runner};

/// How often a queue looks for tasks that other processes committed or whose time has come.
const POLL: Duration = Duration::from_millis(200);
/// How long it looks at nothing again after it found nothing, however often it is woken.
const REST: Duration = Duration::from_millis(2);

impl Runner {
    /// Works off one queue until `stop`, and then waits for the steps that run.
    pub(super) async fn work_off(
        self: Arc<Self>,
        queue: Queue,
        mut stop: watch::Receiver<bool>,
        halt: CancellationToken,
    ) {
        let slots = Arc::new(Semaphore::new(queue.policy.max_concurrent));
        let mut wake = self.wake.subscribe();
        let mut steps = JoinSet::new();
        let mut turns = Turns::default();
        loop {
            while steps.try_join_next().is_some() {}
            let free = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Ok(free) = Arc::clone(&slots).acquire_owned() => free,
            };
            wake.mark_unchanged();
            let room = match queue.policy.rate {
                Some(_) => 1,
                None => (slots.available_permits() + 1) * queue.policy.bulk + queue.policy.ahead,
            };
            let claimed = self.turn_logged(&queue, room, &mut turns).await;
            if claimed.is_empty() {
                drop(free);
                tokio::time::sleep(REST).await;
                tokio::select! {
                    _ = wake.changed() => {}
                    () = stopped(&mut stop) => {}
                    () = tokio::time::sleep(POLL) => {}
                }
                continue;
            }
            let mut first = Some(free);
            let mut waiting = groups(claimed, queue.policy.bulk).into_iter();
            while let Some(group) = waiting.next() {
                let slot = match first.take() {
                    Some(slot) => Some(slot),
                    None => tokio::select! {
                        biased;
                        () = stopped(&mut stop) => None,
                        slot = Arc::clone(&slots).acquire_owned() => slot.ok(),
                    },
                };
                let Some(slot) = slot else {
                    self.hand_back(group.into_iter().chain(waiting.by_ref().flatten()).collect()).await;
                    break;
                };
                let (runner, halt) = (Arc::clone(&self), halt.clone());
                steps.spawn(async move {
                    runner.work(&queue, group, &halt).await;
                    drop(slot);
                });
            }
            if let Some(rate) = queue.policy.rate {
                tokio::time::sleep(Duration::from_secs_f64(1.0 / rate.0.max(0.001))).await;
            }
        }
        while steps.join_next().await.is_some() {}
    }

    async fn turn_logged(&self, queue: &Queue, room: usize, turns: &mut Turns) -> Vec<Claimed> {
        match self.turn(queue, room, turns).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(queue = queue.name, error = &error as &dyn std::error::Error, "no task can be taken");
                tokio::time::sleep(Duration::from_secs(1)).await;
                Vec::new()
            }
        }
    }

    /// Gives back what has not begun.
    async fn hand_back(&self, leases: Vec<Claimed>) {
        self.state.running.fetch_sub(leases.len(), Ordering::SeqCst);
        self.held.remove(&leases);
        if let Err(error) = self.give_back(leases).await {
            tracing::error!(error = &error as &dyn std::error::Error, "tasks cannot be given back");
        }
    }
}
