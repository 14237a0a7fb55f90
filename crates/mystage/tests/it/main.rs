//! The executable on the sample web, as a user runs it.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on panics")]

mod data;
mod hostile;
mod killed;
mod operations;
mod postgres;
mod recorded;
mod region;
