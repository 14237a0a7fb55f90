//! Which addresses are visited, and when: runs, and the tasks that begin them.

use std::time::Duration;

use model::{Collection, Database, Fact, Priority, Run, RunScope, ScheduledTask, TaskDoc, Time, Url};
use serde::{Deserialize, Serialize};
use store::{Batch, Direction, Precondition, Query, Result, Store, Versioned};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;

/// Addresses that are spaced by [`crate::Settings::stagger`] before the spacing begins again.
pub const STAGGER_GROUP: usize = 5;
/// Addresses that one step schedules.
const PAGE: usize = 200;
/// The queues that a page goes through, but for the first.
const ON_THEIR_WAY: [&str; 8] =
    ["scraping", "sourcing", "routing", "adapters", "agents", "resolution", "sources", "writers"];

/// Schedules one page of a run's addresses.
#[derive(Serialize, Deserialize)]
pub struct ScheduleUrls {
    pub run_id: String,
    /// The last address id of the page before; empty for the first.
    pub after: String,
}

impl Task for ScheduleUrls {
    const KIND: &'static str = "schedule-urls";
    const QUEUE: &'static str = "scheduling";

    fn key(&self) -> String {
        format!("{}-{}", self.run_id, self.after)
    }
}

/// Looks for addresses that are due.
#[derive(Serialize, Deserialize)]
pub struct VisitDue {}

impl Task for VisitDue {
    const KIND: &'static str = "visit-due";
    const QUEUE: &'static str = "scheduling";

    fn key(&self) -> String {
        "all".to_owned()
    }
}

/// The run to work on: the one that was not finished, or a new one, committed with the fact that begins it. Returns
/// whether it goes on with an old one.
///
/// # Errors
/// The store fails.
pub async fn begin_run(store: &Store, scope: RunScope, now: Time) -> Result<(Run, bool)> {
    if let Some(latest) = latest_run(store).await?
        && latest.document.finished_at.is_none()
    {
        return Ok((latest.document, true));
    }
    let mut batch = Batch::new(Database::Pipeline, now);
    let run = begin(&mut batch, scope)?;
    store.commit(batch).await?;
    Ok((run, false))
}

fn begin(batch: &mut Batch, scope: RunScope) -> Result<Run> {
    let id = model::hash_id(&["run", &batch.now.0.to_string()]);
    let run = Run { id: id.clone(), started_at: batch.now, scope, finished_at: None };
    batch.trace.run_id.clone_from(&id);
    batch.put(&run, Precondition::Any)?;
    batch.fact(Fact::RunStarted { run_id: id });
    Ok(run)
}

/// Finishes the run of before and begins one over the addresses that are due, if there are any. While pages of an
/// unfinished run are still on their way nothing is begun: they would be visited twice.
///
/// # Errors
/// The store fails.
pub async fn visit_due(pipeline: &Pipeline, _: VisitDue, attempt: Attempt) -> Result<Batch, Failure> {
    Ok(next_run(&pipeline.store, attempt).await?)
}

async fn next_run(store: &Store, attempt: Attempt) -> Result<Batch> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    batch.trace = attempt.trace;
    if let Some(latest) = latest_run(store).await?.filter(|latest| latest.document.finished_at.is_none()) {
        let under_way = Query::of(Collection::Tasks(Database::Pipeline))
            .is_in("queue", ON_THEIR_WAY)
            .is_in("priority", Priority::ALL.map(Priority::level))
            .order("due_at", Direction::Ascending)
            .limit(1);
        if !store.list::<TaskDoc>(&under_way).await?.documents.is_empty() {
            return Ok(batch);
        }
        let finished = Run { finished_at: Some(attempt.now), ..latest.document };
        batch.put(&finished, Precondition::AtRevision(latest.revision))?;
    }
    if !store.list::<Url>(&due(attempt.now).limit(1)).await?.documents.is_empty() {
        begin(&mut batch, RunScope::Due)?;
    }
    Ok(batch)
}

fn due(now: Time) -> Query {
    Query::of(Collection::Urls).order("next_scrape_at", Direction::Ascending).at_most("next_scrape_at", now.0)
}

/// The run that began last.
///
/// # Errors
/// The store fails.
pub async fn latest_run(store: &Store) -> Result<Option<Versioned<Run>>> {
    let latest = Query::of(Collection::Runs).order("started_at", Direction::Descending).limit(1);
    Ok(store.list::<Run>(&latest).await?.documents.into_iter().next())
}

/// Whether the run works on recorded pages: then nothing is fetched on its behalf.
///
/// # Errors
/// The store fails.
pub(crate) async fn is_recorded(store: &Store, run_id: &str) -> Result<bool> {
    let run = store.get::<Run>(Collection::Runs, run_id).await?;
    Ok(run.is_some_and(|run| run.document.scope == RunScope::Recorded))
}

/// Marks a run as finished. Marking it twice changes nothing.
///
/// # Errors
/// The store fails.
pub async fn finish_run(store: &Store, run_id: &str, now: Time) -> Result<()> {
    let Some(found) = store.get::<Run>(Collection::Runs, run_id).await? else { return Ok(()) };
    if found.document.finished_at.is_some() {
        return Ok(());
    }
    let mut batch = Batch::new(Database::Pipeline, now);
    batch.put(&Run { finished_at: Some(now), ..found.document }, Precondition::AtRevision(found.revision))?;
    store.commit(batch).await.map(drop)
}

/// One page of the addresses of a run: a scheduled task for each that is due, and the next page.
///
/// # Errors
/// The store fails.
pub async fn schedule_urls(pipeline: &Pipeline, task: ScheduleUrls, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    batch.begins_traces = true;
    let Some(run) = pipeline.store.get::<Run>(Collection::Runs, &task.run_id).await? else {
        return Ok(batch);
    };
    let query = match run.document.scope {
        RunScope::Recorded => return Ok(batch),
        RunScope::All => Query::of(Collection::Urls),
        RunScope::Due => due(run.document.started_at),
    };
    let cursor = (!task.after.is_empty()).then(|| store::Cursor::from_text(&task.after)).transpose()?;
    let page = pipeline.store.list::<Url>(&query.limit(PAGE).after(cursor)).await?;
    for (position, url) in page.documents.iter().enumerate() {
        let delay = match run.document.scope {
            RunScope::Due => stagger(pipeline.settings.stagger, position),
            _ => Duration::ZERO,
        };
        visit(pipeline, &mut batch, &task.run_id, &url.document, delay)?;
    }
    if let Some(next) = page.next {
        batch.fact(Fact::UrlsScheduled { run_id: task.run_id, after: next.to_text() });
    }
    Ok(batch)
}

/// Schedules one visit: the record of it and the fact that causes it.
pub(crate) fn visit(pipeline: &Pipeline, batch: &mut Batch, run_id: &str, url: &Url, delay: Duration) -> Result<()> {
    let scheduled = ScheduledTask {
        id: format!("{run_id}-{}", url.id),
        run_id: run_id.to_owned(),
        url_id: url.id.clone(),
        due_at: batch.now + delay,
    };
    batch.put(&scheduled, Precondition::Any)?;
    batch.count("schedule.urls", 1);
    let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    let host = pipeline.fetcher.paced_host(&url.url);
    batch.fact(Fact::UrlDue { run_id: run_id.to_owned(), url_id: url.id.clone(), host, delay_ms });
    Ok(())
}

fn stagger(spacing: Duration, position: usize) -> Duration {
    spacing * u32::try_from(position % STAGGER_GROUP).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Collection, Database, Fact, NewTask, Priority, RunScope, Time, Trace};
    use store::{Batch, Precondition, Store};
    use store_sqlite::SqliteBackend;
    use tasks::Attempt;

    use super::{begin_run, latest_run, next_run, stagger};
    use crate::sourcing;

    /// The task that a run begins with is a page on its way.
    fn reactions(fact: &Fact) -> Vec<NewTask> {
        match fact {
            Fact::RunStarted { run_id } => vec![NewTask {
                kind: "scrape",
                queue: "scraping",
                key: run_id.clone(),
                payload: serde_json::Value::Null,
                delay_ms: 0,
                rank: None,
                priority: Priority::Normal,
                rate_key: None,
            }],
            _ => Vec::new(),
        }
    }

    async fn sweep(store: &Store, now: i64) {
        let (now, trace) = (Time(now), Trace::begin("", &["sweep"]));
        let attempt = Attempt { now, trace, traces: Vec::new(), number: 1, last: false };
        store.commit(next_run(store, attempt).await.unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn a_timed_run_begins_when_pages_are_due_and_the_run_before_is_through() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteBackend::store(folder.path(), reactions).unwrap();
        sweep(&store, 1).await;
        assert!(latest_run(&store).await.unwrap().is_none(), "nothing is due");

        let (first, _) = begin_run(&store, RunScope::All, Time(2)).await.unwrap();
        let url = sourcing::address("u", "https://a.test/", "s", 0, None, Time(5));
        let mut batch = Batch::new(Database::Pipeline, Time(2));
        batch.put(&url, Precondition::Any).unwrap();
        store.commit(batch).await.unwrap();
        sweep(&store, 10).await;
        let latest = latest_run(&store).await.unwrap().unwrap().document;
        assert_eq!((&latest.id, latest.finished_at), (&first.id, None), "a page of it is on its way");

        let mut batch = Batch::new(Database::Pipeline, Time(11));
        let task = format!("scrape:{}", first.id);
        batch.delete(Collection::Tasks(Database::Pipeline), &task, Precondition::Exists).unwrap();
        store.commit(batch).await.unwrap();
        sweep(&store, 12).await;
        let latest = latest_run(&store).await.unwrap().unwrap().document;
        assert_eq!((latest.scope, latest.started_at), (RunScope::Due, Time(12)));
        let first = store.get::<model::Run>(Collection::Runs, &first.id).await.unwrap().unwrap().document;
        assert_eq!(first.finished_at, Some(Time(12)));
    }

    #[test]
    fn five_at_a_time_are_a_minute_apart() {
        let minute = Duration::from_secs(60);
        let delays: Vec<u64> = (0..7).map(|position| stagger(minute, position).as_secs()).collect();
        assert_eq!(delays, [0, 60, 120, 180, 240, 0, 60]);
        assert_eq!(stagger(Duration::ZERO, 4), Duration::ZERO);
    }
}
