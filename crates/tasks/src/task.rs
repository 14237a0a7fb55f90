use std::time::Duration;

use model::{NewTask, Priority};
use serde::{Serialize, de::DeserializeOwned};

/// The payload of a kind of task: ids only, so that a retry reads today's truth.
pub trait Task: Serialize + DeserializeOwned + Send + 'static {
    /// Unique among all kinds; part of the task's id.
    const KIND: &'static str;
    /// The queue that it waits in.
    const QUEUE: &'static str;
    /// Which of the queue's due tasks are taken first.
    const PRIORITY: Priority = Priority::Normal;

    /// What makes two tasks of the kind the same one: the second replaces the first while that waits.
    fn key(&self) -> String;

    /// Whom the task bothers, such as a host or a provider: the queue's rate holds for each of them.
    fn rate_key(&self) -> Option<String> {
        None
    }

    /// The task as a reaction returns it.
    fn new_task(&self) -> NewTask {
        self.new_task_after(Duration::ZERO)
    }

    /// The task, not to begin before `delay` has passed.
    fn new_task_after(&self, delay: Duration) -> NewTask {
        NewTask {
            kind: Self::KIND,
            queue: Self::QUEUE,
            key: self.key(),
            // A struct of ids is always JSON; a payload that is not would be refused by the step as unreadable.
            payload: serde_json::to_value(self).unwrap_or_default(),
            delay_ms: i64::try_from(delay.as_millis()).unwrap_or(i64::MAX),
            rank: None,
            priority: Self::PRIORITY,
            rate_key: self.rate_key(),
        }
    }

    /// The task at its place among the others of its queue.
    fn new_task_ranked(&self, rank: u32) -> NewTask {
        NewTask { rank: Some(rank), ..self.new_task() }
    }
}
