use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use model::{Database, TaskDoc, Time, Trace};
use store::{Batch, BoxFuture};

use crate::{Failure, Policy, Task};

/// A queue: where its tasks lie and how they are treated.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    pub name: &'static str,
    /// The database whose commits cause the queue's tasks.
    pub database: Database,
    pub policy: Policy,
}

/// What a step knows about this try of its task.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When the try began.
    pub now: Time,
    /// In the span of this try.
    pub trace: Trace,
    /// The trace of each task that a bulk step works on, in their order.
    pub traces: Vec<Trace>,
    /// 1 for the first.
    pub number: u32,
    /// Whether a failure makes it a dead letter.
    pub last: bool,
}

pub(crate) type Step = Arc<dyn Fn(Vec<TaskDoc>, Attempt) -> BoxFuture<'static, Result<Batch, Failure>> + Send + Sync>;

/// The kinds of task that a process works on: one list, made in `app::registry`.
#[derive(Clone, Default)]
pub struct Registry {
    pub(crate) queues: Vec<Queue>,
    pub(crate) steps: HashMap<&'static str, Step>,
}

impl Registry {
    pub fn queue(&mut self, queue: Queue) {
        self.queues.push(queue);
    }

    /// Leaves out the queues that this process does not work on.
    pub fn retain(&mut self, keep: impl Fn(&Queue) -> bool) {
        self.queues.retain(keep);
    }

    /// Registers the step that works on one task of the kind.
    pub fn step<T, F>(&mut self, step: impl Fn(T, Attempt) -> F + Send + Sync + 'static)
    where
        T: Task,
        F: Future<Output = Result<Batch, Failure>> + Send + 'static,
    {
        let step = Arc::new(step);
        self.bulk(move |mut tasks: Vec<T>, attempt| {
            let step = Arc::clone(&step);
            async move {
                match tasks.pop() {
                    Some(task) if tasks.is_empty() => step(task, attempt).await,
                    _ => Err(Failure::permanent(anyhow::anyhow!("the queue of {} must have bulk 1", T::KIND))),
                }
            }
        });
    }

    /// Registers the step that works on as many tasks of the kind as its queue's `bulk` allows.
    pub fn bulk<T, F>(&mut self, step: impl Fn(Vec<T>, Attempt) -> F + Send + Sync + 'static)
    where
        T: Task,
        F: Future<Output = Result<Batch, Failure>> + Send + 'static,
    {
        let step = Arc::new(step);
        let erased: Step = Arc::new(move |documents, attempt| {
            let step = Arc::clone(&step);
            Box::pin(async move {
                let tasks: Result<Vec<T>, _> =
                    documents.into_iter().map(|document| serde_json::from_value(document.payload)).collect();
                match tasks {
                    Ok(tasks) => step(tasks, attempt).await,
                    Err(error) => Err(Failure::permanent(
                        anyhow::Error::new(error).context(format!("this is no payload of {}", T::KIND)),
                    )),
                }
            })
        });
        self.steps.insert(T::KIND, erased);
    }
}
