use model::{Collection, Database, ErrorType, FailedTask, FailedTaskStatus, Priority, TaskDoc, Time};
use store::{Batch, Precondition, Result, Store, StoreError};

/// The dead letter of a task that is given up.
pub(crate) fn letter(task: &TaskDoc, database: Database, error_type: ErrorType, error: &str, now: Time) -> FailedTask {
    FailedTask {
        // Of the same task each time, so that a letter that comes twice is one.
        id: task.failed_task.clone().unwrap_or_else(|| model::hash_id(&["failed", &task.id, &task.trace.trace_id])),
        function_name: task.kind.clone(),
        function_url: Collection::Tasks(database).to_string(),
        payload: task.payload.clone(),
        trace: task.trace.clone(),
        error_type,
        error_message: error.chars().take(4_000).collect(),
        retry_count: task.failures,
        first_failed_at: task.first_failed_at.unwrap_or(now),
        last_failed_at: now,
        pipeline_stage: task.queue.clone(),
        rate_key: task.rate_key.clone(),
        task_type: task.kind.clone(),
        status: FailedTaskStatus::Failed,
        resolved_at: None,
        resolved_by: None,
    }
}

/// Makes a new task from the stored payload of a dead letter. When it succeeds the letter is resolved in `by`'s name;
/// when it fails the letter is failed again. Returns whether there was one to retry.
///
/// # Errors
/// The store fails, or somebody else changed the letter at the same moment.
pub async fn retry(store: &Store, id: &str, by: &str, now: Time) -> Result<bool> {
    let Some(found) = store.get::<FailedTask>(Collection::FailedTasks, id).await? else { return Ok(false) };
    let mut letter = found.document;
    if letter.status != FailedTaskStatus::Failed {
        return Ok(false);
    }
    let database = Database::ALL
        .into_iter()
        .find(|database| Collection::Tasks(*database).to_string() == letter.function_url)
        .unwrap_or(Database::Pipeline);
    let task = TaskDoc {
        id: format!("{}:retry-{id}", letter.task_type),
        kind: letter.task_type.clone(),
        queue: letter.pipeline_stage.clone(),
        payload: letter.payload.clone(),
        trace: letter.trace.clone(),
        due_at: now,
        rank: None,
        priority: Priority::Normal,
        rate_key: letter.rate_key.clone(),
        slot: None,
        created_at: now,
        worker: String::new(),
        failures: 0,
        lapses: 0,
        first_failed_at: Some(letter.first_failed_at),
        last_error: None,
        failed_task: Some(id.to_owned()),
        database: Some(database),
    };
    letter.status = FailedTaskStatus::Retrying;
    letter.resolved_by = Some(by.to_owned());
    let mut batch = Batch::new(Database::Pipeline, now);
    batch.put(&letter, Precondition::AtRevision(found.revision))?;
    if database == Database::Pipeline {
        batch.put(&task, Precondition::Any)?;
    } else {
        // The task first: a letter that says "retrying" must have its task.
        let mut other = Batch::new(database, now);
        other.put(&task, Precondition::Any)?;
        store.commit(other).await?;
    }
    store.commit(batch).await?;
    Ok(true)
}

/// Marks the letter of a retried task that succeeded.
pub(crate) async fn resolve(store: &Store, id: &str, now: Time) -> Result<()> {
    let Some(found) = store.get::<FailedTask>(Collection::FailedTasks, id).await? else { return Ok(()) };
    let letter = FailedTask { status: FailedTaskStatus::Resolved, resolved_at: Some(now), ..found.document };
    let mut batch = Batch::new(Database::Pipeline, now);
    batch.put(&letter, Precondition::AtRevision(found.revision))?;
    match store.commit(batch).await {
        Err(StoreError::Conflict { .. }) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}
