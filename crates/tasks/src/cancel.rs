use model::{Collection, Database, FailedTask, FailedTaskStatus, TaskDoc, Time};
use store::{Batch, Precondition, Result, Store};

/// Takes a task back, whether it waits or runs. The worker that has it stops its step within a second, and commits
/// nothing of it; it leaves no dead letter. Returns whether there was one.
///
/// A step whose documents lie in another database than its task may have committed them a moment before.
///
/// # Errors
/// The store fails.
pub async fn cancel(store: &Store, database: Database, id: &str, by: &str, now: Time) -> Result<bool> {
    loop {
        let Some(found) = store.get::<TaskDoc>(Collection::Tasks(database), id).await? else { return Ok(false) };
        let task = found.document;
        let mut batch = Batch::new(database, now);
        batch.trace = task.trace.clone();
        batch.count(format!("cancelled.{}", task.queue), 1);
        batch.delete(Collection::Tasks(database), id, Precondition::AtRevision(found.revision))?;
        if let Some(letter) = &task.failed_task {
            reopen(store, &mut batch, letter).await?;
        }
        match store.commit(batch).await {
            Ok(_) => {
                tracing::info!(task = id, by, trace = task.trace.trace_id, "cancelled");
                return Ok(true);
            }
            // Taken, renewed or done at the same moment.
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error),
        }
    }
}

/// The dead letter of a retry that is cancelled is as it was before: in the same commit, or else before it.
async fn reopen(store: &Store, batch: &mut Batch, id: &str) -> Result<()> {
    let Some(found) = store.get::<FailedTask>(Collection::FailedTasks, id).await? else { return Ok(()) };
    if found.document.status != FailedTaskStatus::Retrying {
        return Ok(());
    }
    let letter = FailedTask { status: FailedTaskStatus::Failed, resolved_by: None, ..found.document };
    if batch.database == Database::Pipeline {
        return batch.put(&letter, Precondition::AtRevision(found.revision));
    }
    let mut before = Batch::new(Database::Pipeline, batch.now);
    before.put(&letter, Precondition::AtRevision(found.revision))?;
    store.commit(before).await.map(drop)
}
