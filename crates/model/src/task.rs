use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Change, Collection, Database, Document, Time, Trace};

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
    pub priority: Priority,
    /// Whom the task bothers, such as a host or a provider: see [`TaskDoc::rate_key`].
    pub rate_key: Option<String>,
}

/// Which of a queue's due tasks are taken first. Stored as a number, the first to be taken the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
pub enum Priority {
    High,
    #[default]
    Normal,
    Low,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// 0 for the first to be taken.
    pub fn level(self) -> u8 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.level()
    }
}

/// A number that is no priority.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no priority: 0, 1 or 2")]
pub struct InvalidPriority(u8);

impl TryFrom<u8> for Priority {
    type Error = InvalidPriority;

    fn try_from(level: u8) -> Result<Self, InvalidPriority> {
        Self::ALL.into_iter().find(|priority| priority.level() == level).ok_or(InvalidPriority(level))
    }
}

/// A task that waits or runs. It is deleted by the commit that carries its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskDoc {
    /// `{kind}:{key}`.
    pub id: String,
    /// Which step works on it.
    pub kind: String,
    pub queue: String,
    /// The ids that the step begins with.
    pub payload: Value,
    pub trace: Trace,
    /// When it may be taken. While a worker has it, the end of the lease: a lapsed lease is a due task.
    pub due_at: Time,
    /// Its place among the due tasks of its queue, the least first; kept so that a task that was leased goes back to its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    #[serde(default)]
    pub priority: Priority,
    /// Whom the task bothers. Its queue starts no more tasks of one key than the key's rate allows, over all processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_key: Option<String>,
    /// The start that was kept for it at its key's rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Time>,
    pub created_at: Time,
    /// The lease: unique to the worker and the claim. Empty for a task that nobody has; [`TaskDoc::PACED`] for one that
    /// waits for its slot.
    #[serde(default)]
    pub worker: String,
    /// Failed attempts so far.
    #[serde(default)]
    pub failures: u32,
    /// Leases without a word since: of a task that nobody has, those whose workers died or hung; else the lease that
    /// runs as well.
    #[serde(default)]
    pub lapses: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_failed_at: Option<Time>,
    /// What the last failed attempt said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The dead letter that this is a retry of.
    #[schemars(extend("x-references" = "pipeline.failed_tasks"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_task: Option<String>,
    #[serde(skip)]
    pub database: Option<Database>,
}

impl TaskDoc {
    /// In the place of the worker: the task is begun, but for its slot. It counts as running.
    pub const PACED: &'static str = "paced";

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailedTask {
    /// The hash of the task's id and trace, so that a letter that comes twice is one.
    pub id: String,
    /// The task's kind.
    pub function_name: String,
    /// The database and collection that the task was taken from.
    pub function_url: String,
    /// That of the task: what a retry begins with.
    pub payload: Value,
    pub trace: Trace,
    pub error_type: ErrorType,
    /// What the last attempt said.
    pub error_message: String,
    /// Failed attempts.
    pub retry_count: u32,
    pub first_failed_at: Time,
    pub last_failed_at: Time,
    /// The queue.
    pub pipeline_stage: String,
    /// That of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_key: Option<String>,
    /// The task's kind.
    pub task_type: String,
    pub status: FailedTaskStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Time>,
    /// Who asked for the last retry, or resolved it without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<String>,
}

/// Where a dead letter stands: failed, tried again, done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailedTaskStatus {
    Failed,
    Retrying,
    Resolved,
}

/// How the last attempt of a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-open" = true))]
pub enum ErrorType {
    /// The step failed, and another try might have helped.
    Failed,
    /// Trying again cannot help.
    Permanent,
    /// The step took longer than its lease allows.
    TimedOut,
    /// The step panicked.
    Panicked,
    /// Others kept changing what the step had read.
    Contended,
    /// The workers that had it died or hung.
    WorkersLost,
    /// One that this version does not know.
    #[serde(other)]
    Other,
}

impl ErrorType {
    /// The words that a message had when it was all that a dead letter kept.
    const WORDS: [(Self, &'static str); 5] = [
        (Self::Permanent, "no step is registered for tasks of kind "),
        (Self::TimedOut, "the step took longer than "),
        (Self::Panicked, "the step panicked: "),
        (Self::Contended, "what the step reads was changed by others "),
        (Self::WorkersLost, " workers ended without a word while they had this task"),
    ];

    fn of_message(message: &str) -> Self {
        Self::WORDS.into_iter().find(|(_, words)| message.contains(words)).map_or(Self::Failed, |(of, _)| of)
    }
}

fn add_error_type(letter: &mut Map<String, Value>) {
    let message = letter.get("error_message").and_then(Value::as_str).unwrap_or_default();
    letter.insert("error_type".to_owned(), serde_json::json!(ErrorType::of_message(message)));
}

impl Document for FailedTask {
    const HISTORY: &'static [Change] = &[Change {
        on: "2026-11-22",
        what: "`error_type` is required, so that dead letters can be filtered by it. Older ones take it from the words of \
               their message.",
        upcast: Some(add_error_type),
    }];

    fn collection(&self) -> Collection {
        Collection::FailedTasks
    }

    fn id(&self) -> &str {
        &self.id
    }
}
