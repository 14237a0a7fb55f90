//! What became of everything that a run took in, from the counts that its steps committed.

use std::collections::BTreeMap;

use model::{Collection, Database, Funnel, Run};
use store::{Result, Store};

/// The counts of one run, from all databases.
#[derive(Clone, Debug)]
pub struct RunFunnel {
    pub run: Run,
    pub counts: BTreeMap<String, i64>,
}

/// The funnel of a run, or of the latest one; `None` when there is no such run.
///
/// # Errors
/// The store fails.
pub async fn of(store: &Store, run_id: Option<&str>) -> Result<Option<RunFunnel>> {
    let run = match run_id {
        Some(id) => store.get::<Run>(Collection::Runs, id).await?,
        None => crate::scheduling::latest_run(store).await?,
    };
    let Some(run) = run else { return Ok(None) };
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for database in Database::ALL {
        let funnel = store.get::<Funnel>(Collection::Funnels(database), &run.document.id).await?;
        for (name, count) in funnel.map(|funnel| funnel.document.counts).unwrap_or_default() {
            *counts.entry(name).or_default() += count;
        }
    }
    Ok(Some(RunFunnel { run: run.document, counts }))
}

impl RunFunnel {
    /// One count; zero when nothing was counted.
    pub fn count(&self, name: &str) -> i64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// The sum of all counts whose name begins with `prefix`.
    pub fn sum(&self, prefix: &str) -> i64 {
        self.counts.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, count)| count).sum()
    }

    /// The counts whose name begins with `prefix`, by the rest of their name.
    pub fn parts<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, i64)> {
        self.counts.iter().filter_map(move |(name, count)| Some((name.strip_prefix(prefix)?, *count)))
    }
}
