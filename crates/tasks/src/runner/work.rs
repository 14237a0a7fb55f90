use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures::FutureExt;
use model::{Collection, Database, ErrorType, FailedTask, TaskDoc, Trace};
use store::{Batch, Precondition, Result, StoreError};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::held::{Claimed, Hold, all_lost};
use crate::{Attempt, Failure, Queue, Runner, dead_letter};

/// How often a step is repeated at once because what it had read was changed by others.
const CONFLICTS_MAX: u32 = 16;

/// How the work on leased tasks ended.
enum End {
    Done,
    Failed(Failure),
    /// The tasks are others' now, or cancelled: nothing is to be said of them.
    Lost,
    /// The process stops: others are to do them.
    Halted,
}

impl Runner {
    /// Runs one step on leased tasks of one kind, to its commit, its next try or its dead letter; or until `halt`.
    pub(super) async fn work(&self, queue: &Queue, group: Vec<Claimed>, halt: &CancellationToken) {
        let (size, began) = (group.len(), Instant::now());
        let first = &group[0].document;
        let (kind, trace) = (first.kind.clone(), span_of(first));
        let span = tracing::info_span!(
            "step",
            kind = %kind,
            trace = %trace.trace_id,
            span = %trace.span_id,
            parent = %first.trace.span_id,
            tasks = size
        );
        async {
            match self.attempt(queue, &group, halt).await {
                End::Failed(failure) if size == 1 => self.fail_logged(queue, &group[0], &failure).await,
                // One bad task must not take the others of its group down: each by itself.
                End::Failed(_) => {
                    for one in group.chunks(1) {
                        match self.attempt(queue, one, halt).await {
                            End::Failed(failure) => self.fail_logged(queue, &one[0], &failure).await,
                            end => self.ended(one, end).await,
                        }
                    }
                }
                end => self.ended(&group, end).await,
            }
        }
        .instrument(span)
        .await;
        self.held.remove(&group);
        self.state.add_spent(&kind, size as u64, began.elapsed());
        self.state.running.fetch_sub(size, Ordering::SeqCst);
        self.wake.send_modify(|generation| *generation += 1);
    }

    async fn ended(&self, group: &[Claimed], end: End) {
        match end {
            End::Done => drop(self.state.done.fetch_add(group.len() as u64, Ordering::Relaxed)),
            End::Halted => {
                if let Err(error) = self.give_back(group.to_vec()).await {
                    // The leases lapse.
                    tracing::error!(error = &error as &dyn std::error::Error, "tasks cannot be given back");
                }
            }
            End::Lost | End::Failed(_) => {
                tracing::info!(task = group[0].id(), "stopped: the task is not ours any more");
            }
        }
    }

    /// The step and its commit, repeated while others change what it reads.
    async fn attempt(&self, queue: &Queue, group: &[Claimed], halt: &CancellationToken) -> End {
        let mut ours = group.to_vec();
        for _ in 0..CONFLICTS_MAX {
            ours.retain(|lease| lease.hold() == Hold::Ours);
            if ours.is_empty() {
                return End::Lost;
            }
            let stepped = tokio::select! {
                biased;
                () = halt.cancelled() => return End::Halted,
                () = all_lost(&ours) => return End::Lost,
                stepped = self.step(queue, &ours) => stepped,
            };
            let batch = match stepped {
                Ok(batch) => batch,
                Err(failure) if failure.conflict => continue,
                Err(failure) => return End::Failed(failure),
            };
            match self.finish(queue, &ours, batch).await {
                Ok(()) => return End::Done,
                Err(error) if error.is_conflict() => {}
                Err(error) => return End::Failed(error.into()),
            }
        }
        let cause = anyhow::anyhow!("what the step reads was changed by others {CONFLICTS_MAX} times in a row");
        End::Failed(Failure::of(ErrorType::Contended, cause))
    }

    async fn step(&self, queue: &Queue, group: &[Claimed]) -> Result<Batch, Failure> {
        let first = &group[0].document;
        let Some(step) = self.registry.steps.get(first.kind.as_str()) else {
            return Err(Failure::permanent(anyhow::anyhow!("no step is registered for tasks of kind {}", first.kind)));
        };
        let attempt = Attempt {
            now: (self.clock)(),
            trace: span_of(first),
            traces: group.iter().map(|task| span_of(&task.document)).collect(),
            number: first.failures + 1,
            last: first.failures + 1 >= queue.policy.max_attempts,
        };
        let documents = group.iter().map(|task| task.document.clone()).collect();
        let limit = queue.policy.timeout;
        group.iter().for_each(|lease| lease.begin(Instant::now() + limit + self.lease));
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
    /// that a newer cause has replaced meanwhile stays, and will be done again. When one was cancelled, that is a
    /// conflict: the step has to do without it.
    async fn finish(&self, queue: &Queue, group: &[Claimed], mut batch: Batch) -> Result<()> {
        if batch.trace.run_id.is_empty() {
            batch.trace = span_of(&group[0].document);
        }
        let now = batch.now;
        let mut rest = batch;
        if rest.database != queue.database {
            if !rest.is_empty() {
                self.look(group).await?;
                without_cancelled(queue, group)?;
                self.store.commit(rest).await?;
            }
            rest = Batch::new(queue.database, now);
        }
        let mut ours = group.to_vec();
        loop {
            ours.retain(|lease| lease.hold() == Hold::Ours);
            // Of tasks that others have now, and in a queue that another process has, nothing is committed: those will
            // do it again.
            let Some(fence) = self.fence(queue).filter(|_| !ours.is_empty()) else { return Ok(()) };
            let mut ending = rest.clone();
            ending.reads.extend(fence);
            end(&mut ending, queue.database, &ours)?;
            match self.store.commit(ending).await {
                Ok(_) => break,
                Err(StoreError::Conflict { key }) if key.collection == Collection::Tasks(queue.database) => {
                    self.look(&ours).await?;
                    without_cancelled(queue, &ours)?;
                }
                Err(StoreError::Conflict { key }) if key.collection == Collection::Leases(queue.database) => {
                    self.look_at_queue(queue).await?;
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

    async fn fail_logged(&self, queue: &Queue, task: &Claimed, failure: &Failure) {
        if let Err(error) = self.fail(queue, task, failure).await {
            // The lease lapses, and the task is tried again by whoever comes next.
            tracing::error!(
                task = task.id(),
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
        document.lapses = document.lapses.saturating_sub(1);
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
        document.slot = None;
        document.worker.clear();
        self.change_ours(vec![task.clone()], |batch, lease| {
            batch.trace = document.trace.clone();
            batch.count(format!("retried.{}", queue.name), 1);
            batch.put(&document, Precondition::AtRevision(lease.revision()))
        })
        .await?;
        Ok(())
    }

    /// Turns a task into its dead letter. The letter is written first where they are in two databases: it may come
    /// twice, but never not at all.
    pub(super) async fn bury(&self, queue: &Queue, task: &Claimed, letter: FailedTask) -> Result<()> {
        let apart = queue.database != Database::Pipeline;
        let write = |batch: &mut Batch| {
            batch.trace = task.document.trace.clone();
            batch.count(format!("dead.{}", queue.name), 1);
            batch.put(&letter, Precondition::Any)
        };
        if apart {
            self.look(std::slice::from_ref(task)).await?;
            if task.hold() != Hold::Ours {
                return Ok(());
            }
            let mut batch = Batch::new(Database::Pipeline, letter.last_failed_at);
            write(&mut batch)?;
            self.store.commit(batch).await?;
        }
        let buried = self.change_ours(vec![task.clone()], |batch, lease| {
            if !apart {
                write(batch)?;
            }
            end(batch, queue.database, std::slice::from_ref(lease))
        });
        if buried.await?.is_some() {
            self.state.dead.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The trace in the span of this try of a task.
fn span_of(task: &TaskDoc) -> Trace {
    task.trace.span(&[&task.id, &task.created_at.0.to_string(), &task.failures.to_string()])
}

fn without_cancelled(queue: &Queue, group: &[Claimed]) -> Result<()> {
    match group.iter().find(|lease| lease.hold() == Hold::Gone) {
        Some(gone) => Err(StoreError::Conflict { key: store::Key::new(Collection::Tasks(queue.database), gone.id()) }),
        None => Ok(()),
    }
}

fn end(batch: &mut Batch, database: Database, group: &[Claimed]) -> Result<()> {
    for lease in group {
        let precondition = Precondition::AtRevision(lease.revision());
        batch.delete(Collection::Tasks(database), lease.id(), precondition)?;
    }
    Ok(())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}
