use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures::FutureExt;
use model::{Collection, Database, ErrorType, FailedTask, TaskDoc};
use store::{Batch, Precondition, Result, StoreError, Versioned};
use tracing::Instrument;

use crate::{Attempt, Failure, Queue, Runner, dead_letter};

/// How often a step is repeated at once because what it had read was changed by others.
const CONFLICTS_MAX: u32 = 16;

type Claimed = Versioned<TaskDoc>;

impl Runner {
    /// Runs one step on leased tasks of one kind, to its commit, its next try or its dead letter.
    pub(super) async fn work(&self, queue: &Queue, group: Vec<Claimed>) {
        let size = group.len();
        let (kind, began) = (group[0].document.kind.clone(), Instant::now());
        let span = tracing::info_span!(
            "step",
            kind = %group[0].document.kind,
            trace = %group[0].document.trace.trace_id,
            tasks = size
        );
        async {
            match self.attempt(queue, &group).await {
                Ok(()) => {
                    self.state.done.fetch_add(size as u64, Ordering::Relaxed);
                }
                Err(failure) if size == 1 => self.fail_logged(queue, &group[0], &failure).await,
                // One bad task must not take the others of its group down: each by itself.
                Err(_) => {
                    for task in group {
                        match self.attempt(queue, std::slice::from_ref(&task)).await {
                            Ok(()) => {
                                self.state.done.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(failure) => self.fail_logged(queue, &task, &failure).await,
                        }
                    }
                }
            }
        }
        .instrument(span)
        .await;
        self.state.add_spent(&kind, size as u64, began.elapsed());
        self.state.running.fetch_sub(size, Ordering::SeqCst);
        self.wake.send_modify(|generation| *generation += 1);
    }

    /// The step and its commit, repeated while others change what it reads.
    async fn attempt(&self, queue: &Queue, group: &[Claimed]) -> Result<(), Failure> {
        for _ in 0..CONFLICTS_MAX {
            let batch = match self.step(queue, group).await {
                Ok(batch) => batch,
                Err(failure) if failure.conflict => continue,
                Err(failure) => return Err(failure),
            };
            match self.finish(queue, group, batch).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let cause = anyhow::anyhow!("what the step reads was changed by others {CONFLICTS_MAX} times in a row");
        Err(Failure::of(ErrorType::Contended, cause))
    }

    async fn step(&self, queue: &Queue, group: &[Claimed]) -> Result<Batch, Failure> {
        let first = &group[0].document;
        let Some(step) = self.registry.steps.get(first.kind.as_str()) else {
            return Err(Failure::permanent(anyhow::anyhow!("no step is registered for tasks of kind {}", first.kind)));
        };
        let attempt = Attempt {
            now: (self.clock)(),
            trace: first.trace.clone(),
            traces: group.iter().map(|task| task.document.trace.clone()).collect(),
            number: first.failures + 1,
            last: first.failures + 1 >= queue.policy.max_attempts,
        };
        let documents = group.iter().map(|task| task.document.clone()).collect();
        // Ends before the lease does, so that no two workers have the task.
        let limit = queue.policy.lease.mul_f64(0.9);
        let step = AssertUnwindSafe(step(documents, attempt)).catch_unwind();
        match tokio::time::timeout(limit, step).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => {
                let cause = anyhow::anyhow!("the step panicked: {}", panic_text(&*panic));
                Err(Failure::of(ErrorType::Panicked, cause))
            }
            Err(_) => Err(Failure::of(ErrorType::TimedOut, anyhow::anyhow!("the step took longer than {limit:?}"))),
        }
    }

    /// Commits the batch and the end of its tasks: together where they share a database, else the batch first. A task
    /// that a newer cause has replaced meanwhile stays, and will be done again.
    async fn finish(&self, queue: &Queue, group: &[Claimed], mut batch: Batch) -> Result<()> {
        if batch.trace.run_id.is_empty() {
            batch.trace = group[0].document.trace.clone();
        }
        let now = batch.now;
        let mut rest = batch;
        if rest.database != queue.database {
            if !rest.is_empty() {
                self.store.commit(rest).await?;
            }
            rest = Batch::new(queue.database, now);
        }
        let mut ours = group.to_vec();
        loop {
            let mut ending = rest.clone();
            end(&mut ending, queue.database, &ours)?;
            match self.store.commit(ending).await {
                Ok(_) => break,
                Err(StoreError::Conflict { key }) if key.collection == Collection::Tasks(queue.database) => {
                    ours = self.still_ours(queue.database, ours).await?;
                    if ours.is_empty() {
                        // Somebody else will do all of it again.
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        for task in &ours {
            if let Some(letter) = &task.document.failed_task {
                dead_letter::resolve(&self.store, letter, now).await?;
            }
        }
        Ok(())
    }

    /// The tasks that are still as this worker leased them.
    async fn still_ours(&self, database: Database, group: Vec<Claimed>) -> Result<Vec<Claimed>> {
        let ids: Vec<&str> = group.iter().map(|task| task.document.id.as_str()).collect();
        let current = self.store.get_many::<TaskDoc>(Collection::Tasks(database), &ids).await?;
        let same = current.into_iter().map(|current| current.map(|current| current.revision)).collect::<Vec<_>>();
        Ok(group
            .into_iter()
            .zip(same)
            .filter(|(task, now)| *now == Some(task.revision))
            .map(|(task, _)| task)
            .collect())
    }

    async fn fail_logged(&self, queue: &Queue, task: &Claimed, failure: &Failure) {
        if let Err(error) = self.fail(queue, task, failure).await {
            // The lease lapses, and the task is tried again by whoever comes next.
            tracing::error!(
                task = task.document.id,
                %failure,
                error = &error as &dyn std::error::Error,
                "the failure cannot be recorded"
            );
        }
    }

    /// Plans the next try of a failed task, or gives it up.
    async fn fail(&self, queue: &Queue, task: &Claimed, failure: &Failure) -> Result<()> {
        let now = (self.clock)();
        let mut document = task.document.clone();
        document.failures += 1;
        document.first_failed_at.get_or_insert(now);
        document.last_error = Some(failure.to_string().chars().take(2_000).collect());
        if failure.error_type == ErrorType::Permanent || document.failures >= queue.policy.max_attempts {
            tracing::warn!(task = document.id, attempts = document.failures, %failure, "given up: see failed_tasks");
            let letter = dead_letter::letter(&document, queue.database, failure.error_type, &failure.to_string(), now);
            return self.bury(queue, task, letter).await;
        }
        self.state.retried.fetch_add(1, Ordering::Relaxed);
        let wait = queue.policy.backoff(document.failures).max(failure.retry_after.unwrap_or_default());
        tracing::info!(task = document.id, attempt = document.failures, ?wait, %failure, "failed, tried again later");
        document.due_at = now + wait;
        document.worker.clear();
        let mut batch = Batch::new(queue.database, now);
        batch.trace = document.trace.clone();
        batch.count(format!("retried.{}", queue.name), 1);
        batch.put(&document, Precondition::AtRevision(task.revision))?;
        ignore_replaced(self.store.commit(batch).await)
    }

    /// Turns a task into its dead letter. The letter is written first where they are in two databases: it may come
    /// twice, but never not at all.
    pub(super) async fn bury(&self, queue: &Queue, task: &Claimed, letter: FailedTask) -> Result<()> {
        self.state.dead.fetch_add(1, Ordering::Relaxed);
        let now = letter.last_failed_at;
        let mut batch = Batch::new(Database::Pipeline, now);
        batch.trace = task.document.trace.clone();
        batch.count(format!("dead.{}", queue.name), 1);
        batch.put(&letter, Precondition::Any)?;
        if queue.database == Database::Pipeline {
            end(&mut batch, queue.database, std::slice::from_ref(task))?;
            return ignore_replaced(self.store.commit(batch).await);
        }
        self.store.commit(batch).await?;
        let mut ending = Batch::new(queue.database, now);
        end(&mut ending, queue.database, std::slice::from_ref(task))?;
        ignore_replaced(self.store.commit(ending).await)
    }
}

fn end(batch: &mut Batch, database: Database, group: &[Claimed]) -> Result<()> {
    for task in group {
        batch.delete(Collection::Tasks(database), &task.document.id, Precondition::AtRevision(task.revision))?;
    }
    Ok(())
}

fn ignore_replaced(committed: Result<u64>) -> Result<()> {
    match committed {
        Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}
