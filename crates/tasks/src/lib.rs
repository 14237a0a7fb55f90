//! Tasks that are committed with the documents that cause them, and the runner that works them off.
//!
//! A step reads committed documents and returns the one [`store::Batch`] that it wants committed. The runner commits it
//! together with the task's end, so that a step that is killed at any line has either happened or not. Delivery is at
//! least once: a step whose batch belongs to another database than its task is repeated when the process dies between
//! the two commits, and must be idempotent by its ids and preconditions.
//!
//! Deliberately absent: a broker. A task is a document; a lease is a due time in the future, renewed while the step runs.

mod cancel;
mod clock;
mod dead_letter;
mod failure;
mod policy;
mod registry;
mod runner;
mod schedule;
mod task;

pub use cancel::cancel;
pub use clock::{Clock, system_clock};
pub use dead_letter::retry;
pub use failure::Failure;
pub use policy::{PerKey, Policy, Rate};
pub use registry::{Attempt, Queue, Registry};
pub use runner::{Runner, Spent, State};
pub use schedule::{InvalidSchedule, Schedule, Schedules};
pub use task::Task;
