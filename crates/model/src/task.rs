use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Collection, Database, Document, Time};

/// What ties everything that follows from one address in one run together: it travels in every task's payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The run that it counts towards.
    pub run_id: String,
    /// One id from the address to the index.
    pub trace_id: String,
}

/// A task that a fact causes, before it is committed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTask {
    pub kind: &'static str,
    pub queue: &'static str,
    /// What makes it the same task: two commits that cause it leave one task behind.
    pub key: String,
    pub payload: Value,
    /// Not before this long after the commit, in milliseconds.
    pub delay_ms: i64,
    /// Its place among the due tasks of its queue, the least first, whatever the order in which they were caused.
    /// Tasks with a rank come before those without.
    pub rank: Option<u32>,
}

/// A task that waits or runs. It is deleted by the commit that carries its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskDoc {
    /// `{kind}:{key}`.
    pub id: String,
    pub kind: String,
    pub queue: String,
    pub payload: Value,
    pub trace: Trace,
    /// When it may be taken. While a worker has it, the end of the lease: a lapsed lease is a due task.
    pub due_at: Time,
    /// See [`NewTask::rank`]; kept so that a task that was leased goes back to its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    pub created_at: Time,
    /// The worker that has it, or empty.
    #[serde(default)]
    pub worker: String,
    /// Failed attempts so far.
    #[serde(default)]
    pub failures: u32,
    /// Leases that ended without a word: the worker died or hung.
    #[serde(default)]
    pub lapses: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_failed_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The dead letter that this is a retry of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_task: Option<String>,
    #[serde(skip)]
    pub database: Option<Database>,
}

impl TaskDoc {
    pub fn id_of(kind: &str, key: &str) -> String {
        format!("{kind}:{key}")
    }

    /// When a task that may be taken at `earliest` is due: ranked ones stand at the very beginning of time, in their
    /// order.
    pub fn due(rank: Option<u32>, earliest: Time) -> Time {
        rank.map_or(earliest, |rank| Time(i64::from(rank)))
    }
}

impl Document for TaskDoc {
    fn collection(&self) -> Collection {
        Collection::Tasks(self.database.unwrap_or(Database::Pipeline))
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// A dead letter: a task that failed as often as its queue allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailedTask {
    pub id: String,
    pub function_name: String,
    /// The database and collection that the task was taken from.
    pub function_url: String,
    pub payload: Value,
    pub trace: Trace,
    pub error_message: String,
    pub retry_count: u32,
    pub first_failed_at: Time,
    pub last_failed_at: Time,
    /// The queue.
    pub pipeline_stage: String,
    pub task_type: String,
    pub status: FailedTaskStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedTaskStatus {
    Failed,
    Retrying,
    Resolved,
}

impl Document for FailedTask {
    fn collection(&self) -> Collection {
        Collection::FailedTasks
    }

    fn id(&self) -> &str {
        &self.id
    }
}
