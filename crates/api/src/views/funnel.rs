use std::collections::BTreeMap;

use model::RunScope;
use pipeline::funnel::RunFunnel;
use serde::Serialize;
use utoipa::ToSchema;

/// What became of everything that a run took in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FunnelView {
    pub(crate) run: RunView,
    /// Addresses that were due.
    pub(crate) urls: i64,
    /// Visits that were made.
    pub(crate) scrapes: i64,
    /// Records that were read from pages.
    pub(crate) extractions: i64,
    /// Records that were given their entities.
    pub(crate) resolved: i64,
    /// Descriptions of entities that were new, and that were recognised.
    pub(crate) created: i64,
    pub(crate) merged: i64,
    /// Entities that were put into the search index.
    pub(crate) indexed: i64,
    /// Stage → outcome → how many, as far as the run has come.
    #[schema(example = json!({ "scrape": { "visited": 120, "fetched": 80, "not_modified": 40 } }))]
    pub(crate) stages: BTreeMap<String, BTreeMap<String, i64>>,
    /// Where work ended early because nothing had changed or nothing was there to do → how often.
    #[schema(example = json!({ "not_modified": 40, "same_extraction": 3 }))]
    pub(crate) skipped: BTreeMap<String, i64>,
    /// Class of failure → how often; `given_up_…` are tasks of that queue that failed as often as it allows.
    #[schema(example = json!({ "timeout": 1, "given_up_images": 2 }))]
    pub(crate) failed: BTreeMap<String, i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunView {
    #[schema(example = "run_01")]
    pub(crate) id: String,
    pub(crate) scope: ScopeView,
    /// RFC 3339.
    pub(crate) started_at: String,
    /// Absent while it goes on. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<String>,
}

/// Which of the known addresses a run visits.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeView {
    All,
    /// Those whose time has come.
    Due,
    /// None: pages come from a recording.
    Recorded,
}

impl From<RunFunnel> for FunnelView {
    fn from(funnel: RunFunnel) -> Self {
        let mut stages: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for (name, count) in &funnel.counts {
            let (stage, outcome) = name.split_once('.').unwrap_or((name, "all"));
            stages.entry(stage.to_owned()).or_default().insert(outcome.to_owned(), *count);
        }
        let exits = ["not_modified", "same_content"].map(|exit| (exit, funnel.count(&format!("scrape.{exit}"))));
        let exits = exits.into_iter().filter(|(_, count)| *count > 0).chain(funnel.parts("skip."));
        let failed = funnel.parts("scrape.failed.").map(|(class, count)| (class.to_owned(), count));
        let given_up = funnel.parts("dead.").map(|(queue, count)| (format!("given_up_{queue}"), count));
        Self {
            urls: funnel.count("schedule.urls"),
            scrapes: funnel.count("scrape.visited"),
            extractions: funnel.count("extract.records"),
            resolved: funnel.count("resolve.records"),
            created: funnel.count("resolve.created"),
            merged: funnel.count("resolve.merged"),
            indexed: funnel.count("index.upserted"),
            skipped: exits.map(|(exit, count)| (exit.to_owned(), count)).collect(),
            failed: failed.chain(given_up).collect(),
            stages,
            run: RunView {
                id: funnel.run.id.clone(),
                scope: funnel.run.scope.into(),
                started_at: funnel.run.started_at.to_string(),
                finished_at: funnel.run.finished_at.map(|at| at.to_string()),
            },
        }
    }
}

impl From<RunScope> for ScopeView {
    fn from(scope: RunScope) -> Self {
        match scope {
            RunScope::All => Self::All,
            RunScope::Due => Self::Due,
            RunScope::Recorded => Self::Recorded,
        }
    }
}
