use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Database, Document, Time};

/// One pass over what is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The hash of when it began.
    pub id: String,
    pub started_at: Time,
    pub scope: RunScope,
    /// Absent while it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
}

/// Which of the known addresses a run visits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunScope {
    /// All of them, as an operator who starts a run by hand expects.
    #[default]
    All,
    /// Those whose time has come.
    Due,
    /// None: pages come from a recording.
    Recorded,
}

impl Document for Run {
    fn collection(&self) -> Collection {
        Collection::Runs
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// That an address is to be visited in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduledTask {
    /// `{run}-{url}`.
    pub id: String,
    #[schemars(extend("x-references" = "pipeline.runs"))]
    pub run_id: String,
    #[schemars(extend("x-references" = "pipeline.urls"))]
    pub url_id: String,
    pub due_at: Time,
}

impl Document for ScheduledTask {
    fn collection(&self) -> Collection {
        Collection::ScheduledTasks
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// What a run has done so far: counts that are committed with the documents they count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Funnel {
    /// That of the run.
    #[schemars(extend("x-references" = "pipeline.runs"))]
    pub id: String,
    /// `stage.outcome` → how many.
    #[serde(flatten)]
    pub counts: BTreeMap<String, i64>,
    #[serde(skip)]
    pub database: Option<Database>,
}

impl Document for Funnel {
    fn collection(&self) -> Collection {
        Collection::Funnels(self.database.unwrap_or(Database::Pipeline))
    }

    fn id(&self) -> &str {
        &self.id
    }
}
