//! What tests need of the outside world: a PostgreSQL server that lives as long as the test, and faults: a workload in
//! processes that are killed, with the check of what is left. Dev-dependency only.
//!
//! Deliberately absent: anything that imitates an engine. Tests run on the real one.

pub mod faults;
mod postgres;
mod stall;

pub use postgres::{Options, Postgres, TestingError};
pub use stall::Stall;
