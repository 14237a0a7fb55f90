use std::collections::BTreeMap;

use model::RunScope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::funnel_counts::RunFunnel;

/// What became of everything that a run took in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FunnelView {
    pub(crate) run: RunView,
    /// Stage → outcome → how many, as far as the run has come.
    #[schema(example = json!({ "scrape": { "visited": 120, "fetched": 80, "not_modified": 40 } }))]
    pub(crate) stages: BTreeMap<String, BTreeMap<String, i64>>,
    /// Where work ended early because nothing had changed or nothing was there to do → how often.
    #[schema(example = json!({ "not_modified": 40, "same_extraction": 3 }))]
    pub(crate) skipped: BTreeMap<String, i64>,
    /// Class of failure → how often.
    #[schema(example = json!({ "timeout": 1 }))]
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
        let (mut skipped, mut failed) = (BTreeMap::new(), BTreeMap::new());
        for (name, count) in funnel.counts {
            let (stage, outcome) = name.split_once('.').unwrap_or((&name, "all"));
            match (stage, outcome) {
                ("skip", exit) => drop(skipped.insert(exit.to_owned(), count)),
                ("scrape", exit @ ("not_modified" | "same_content")) => drop(skipped.insert(exit.to_owned(), count)),
                (_, class) if class.starts_with("failed.") => {
                    *failed.entry(class["failed.".len()..].to_owned()).or_default() += count;
                }
                _ => {}
            }
            stages.entry(stage.to_owned()).or_default().insert(outcome.to_owned(), count);
        }
        let run = RunView {
            id: funnel.run.id,
            scope: funnel.run.scope.into(),
            started_at: funnel.run.started_at.to_string(),
            finished_at: funnel.run.finished_at.map(|at| at.to_string()),
        };
        Self { run, stages, skipped, failed }
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
