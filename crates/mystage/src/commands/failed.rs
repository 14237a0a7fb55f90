use anyhow::ensure;
use model::{Collection, Database, FailedTask, FailedTaskStatus};
use store::{Batch, Direction, Precondition, Query};

use crate::cli::Failed;
use crate::open::Opened;

/// Lists, retries and resolves dead letters. A running process takes up what is retried; else the next one does.
pub(crate) async fn failed(opened: &Opened, args: Failed) -> anyhow::Result<()> {
    let store = &opened.app.store;
    let by_time = Query::of(Collection::FailedTasks).order("last_failed_at", Direction::Descending).limit(500);
    match args {
        Failed::List => {
            let letters = store.list_all::<FailedTask>(by_time).await?;
            for letter in &letters {
                let FailedTask { id, status, pipeline_stage, last_failed_at, error_message, .. } = &letter.document;
                println!("{id}  {status:?}  {pipeline_stage}  {last_failed_at}  {error_message}");
            }
            println!("{} failed tasks.", letters.len());
        }
        Failed::Retry { id: Some(id), .. } => {
            let retried = tasks::retry(store, &id, "cli", opened.now()).await?;
            ensure!(retried, "there is no failed task {id} that waits to be retried; `mystage failed list` shows them");
            println!("{id} will be tried again by the next process that works on this data.");
        }
        Failed::Retry { id: None, .. } => {
            let mut retried = 0;
            for letter in store.list_all::<FailedTask>(by_time).await? {
                if tasks::retry(store, &letter.document.id, "cli", opened.now()).await? {
                    retried += 1;
                }
            }
            println!("{retried} tasks will be tried again by the next process that works on this data.");
        }
        Failed::Resolve { id } => {
            let found = store.get::<FailedTask>(Collection::FailedTasks, &id).await?;
            let Some(found) = found else { anyhow::bail!("there is no failed task {id}") };
            let letter = FailedTask {
                status: FailedTaskStatus::Resolved,
                resolved_at: Some(opened.now()),
                resolved_by: Some("cli".to_owned()),
                ..found.document
            };
            let mut batch = Batch::new(Database::Pipeline, opened.now());
            batch.put(&letter, Precondition::AtRevision(found.revision))?;
            store.commit(batch).await?;
            println!("{id} is resolved.");
        }
    }
    Ok(())
}
