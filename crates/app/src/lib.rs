//! The use cases held together: what exists, what causes what, what happens by the clock, who
//! works on which task. No logic of its own.

mod app;
mod reactions;
mod registry;
mod schedule;

pub use app::App;
pub use reactions::reactions;
pub use registry::registry;
pub use schedule::schedules;
