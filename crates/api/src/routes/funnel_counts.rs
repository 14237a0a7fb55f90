use std::collections::BTreeMap;

use model::{Collection, Database, Funnel, Run};
use store::{Direction, Query, Result, Store};

pub(crate) struct RunFunnel {
    pub(crate) run: Run,
    pub(crate) counts: BTreeMap<String, i64>,
}

pub(crate) async fn of(store: &Store, run_id: Option<&str>) -> Result<Option<RunFunnel>> {
    let run = match run_id {
        Some(id) => store.get::<Run>(Collection::Runs, id).await?,
        None => {
            let latest = Query::of(Collection::Runs).order("started_at", Direction::Descending).limit(1);
            store.list::<Run>(&latest).await?.documents.into_iter().next()
        }
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
