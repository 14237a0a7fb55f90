use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Database, Document, Time};

/// Which process works a queue that one at a time may work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueueLease {
    /// The queue.
    pub id: String,
    /// The worker.
    pub holder: String,
    /// When it ends, unless the holder renews it.
    pub until: Time,
    #[serde(skip)]
    pub database: Option<Database>,
}

impl Document for QueueLease {
    fn collection(&self) -> Collection {
        Collection::Leases(self.database.unwrap_or(Database::Pipeline))
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// How far the tasks of one key have used up their rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateState {
    /// `{queue}:{key}`.
    pub id: String,
    /// When the starts that were given so far are paid for: the theoretical arrival time of the generic cell rate
    /// algorithm.
    pub paid_until: Time,
    #[serde(skip)]
    pub database: Option<Database>,
}

impl Document for RateState {
    fn collection(&self) -> Collection {
        Collection::Rates(self.database.unwrap_or(Database::Pipeline))
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// When a schedule comes next. Whoever moves it on has fired it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleState {
    /// The schedule's name.
    pub id: String,
    /// What `next_at` was computed from.
    pub timing: String,
    pub next_at: Time,
    /// The tick that was fired last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired: Option<Time>,
}

impl Document for ScheduleState {
    fn collection(&self) -> Collection {
        Collection::Schedules
    }

    fn id(&self) -> &str {
        &self.id
    }
}
