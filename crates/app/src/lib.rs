//! The use cases held together: what exists, what causes what, who works on which task. No logic of its own.

mod app;
mod reactions;
mod registry;

pub use app::App;
pub use reactions::reactions;
pub use registry::registry;
