//! What is forgotten at night, so that nothing grows without end that nobody asks for any more.

use std::time::Duration;

use model::{Collection, Database, FailedTask, RateState, Time};
use serde::{Deserialize, Serialize};
use store::{Batch, Direction, Precondition, Query, Result, Store};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;

/// Changes of each database that listeners may go back by.
const FEED_KEPT: u64 = 1_000_000;
/// How long dead letters are kept that are settled.
const SETTLED_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// Documents that one night forgets at most.
const NIGHT: usize = 5_000;

/// Forgets the oldest part of the change feeds.
#[derive(Serialize, Deserialize)]
pub struct TrimFeeds {}

impl Task for TrimFeeds {
    const KIND: &'static str = "trim-feeds";
    const QUEUE: &'static str = "upkeep";

    fn key(&self) -> String {
        "all".to_owned()
    }
}

/// Forgets dead letters that were settled long ago, and the rates of hosts at rest.
#[derive(Serialize, Deserialize)]
pub struct ForgetSettled {}

impl Task for ForgetSettled {
    const KIND: &'static str = "forget-settled";
    const QUEUE: &'static str = "upkeep";

    fn key(&self) -> String {
        "all".to_owned()
    }
}

/// # Errors
/// The store fails.
pub async fn trim_feeds(pipeline: &Pipeline, _: TrimFeeds, attempt: Attempt) -> Result<Batch, Failure> {
    for database in Database::ALL {
        let until = pipeline.store.trim_before(database, FEED_KEPT).await?;
        tracing::info!(database = database.name(), until, "trimmed the feed");
    }
    Ok(Batch::new(Database::Pipeline, attempt.now))
}

/// # Errors
/// The store fails.
pub async fn forget_settled(pipeline: &Pipeline, _: ForgetSettled, attempt: Attempt) -> Result<Batch, Failure> {
    Ok(forget(&pipeline.store, attempt.now).await?)
}

async fn forget(store: &Store, now: Time) -> Result<Batch> {
    let mut batch = Batch::new(Database::Pipeline, now);
    let before = now.0.saturating_sub(i64::try_from(SETTLED_KEPT.as_millis()).unwrap_or(i64::MAX));
    let settled = Query::of(Collection::FailedTasks)
        .equal("status", "resolved")
        .at_most("last_failed_at", before)
        .order("last_failed_at", Direction::Ascending)
        .limit(NIGHT);
    for letter in store.list::<FailedTask>(&settled).await?.documents {
        batch.delete(Collection::FailedTasks, &letter.document.id, Precondition::AtRevision(letter.revision))?;
    }
    // A rate that is paid up says nothing that its absence does not.
    let rates = Collection::Rates(Database::Pipeline);
    let paid = Query::of(rates).at_most("paid_until", now.0).limit(NIGHT);
    for rate in store.list::<RateState>(&paid).await?.documents {
        batch.delete(rates, &rate.document.id, Precondition::AtRevision(rate.revision))?;
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use model::{Collection, Database, ErrorType, FailedTask, FailedTaskStatus, RateState, Time, Trace};
    use store::{Batch, Precondition, Query};
    use store_sqlite::SqliteBackend;

    use super::{SETTLED_KEPT, forget};

    fn letter(id: &str, status: FailedTaskStatus, last_failed_at: Time) -> FailedTask {
        FailedTask {
            id: id.to_owned(),
            function_name: "scrape".to_owned(),
            function_url: "pipeline/tasks".to_owned(),
            payload: serde_json::Value::Null,
            trace: Trace::default(),
            error_type: ErrorType::Failed,
            error_message: String::new(),
            retry_count: 5,
            first_failed_at: last_failed_at,
            last_failed_at,
            pipeline_stage: "scraping".to_owned(),
            rate_key: None,
            task_type: "scrape".to_owned(),
            status,
            resolved_at: None,
            resolved_by: None,
        }
    }

    #[tokio::test]
    async fn only_what_is_settled_and_old_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteBackend::store(folder.path(), |_| Vec::new()).unwrap();
        let now = Time(0) + SETTLED_KEPT + SETTLED_KEPT;
        let mut batch = Batch::new(Database::Pipeline, now);
        for (id, status, at) in [
            ("old", FailedTaskStatus::Resolved, Time(5)),
            ("recent", FailedTaskStatus::Resolved, now),
            ("open", FailedTaskStatus::Failed, Time(5)),
            ("retried", FailedTaskStatus::Retrying, Time(5)),
        ] {
            batch.put(&letter(id, status, at), Precondition::Any).unwrap();
        }
        for (id, paid_until) in [("scraping:rests", Time(now.0 - 1)), ("scraping:busy", Time(now.0 + 1))] {
            batch.put(&RateState { id: id.to_owned(), paid_until, database: None }, Precondition::Any).unwrap();
        }
        store.commit(batch).await.unwrap();
        store.commit(forget(&store, now).await.unwrap()).await.unwrap();
        let left = store.list_all::<FailedTask>(Query::of(Collection::FailedTasks)).await.unwrap();
        assert_eq!(
            left.iter().map(|left| left.document.id.as_str()).collect::<Vec<_>>(),
            ["open", "recent", "retried"]
        );
        let rates = Query::of(Collection::Rates(Database::Pipeline));
        let left = store.list_all::<RateState>(rates).await.unwrap();
        assert_eq!(left.iter().map(|left| left.document.id.as_str()).collect::<Vec<_>>(), ["scraping:busy"]);
    }
}
