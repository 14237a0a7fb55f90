//! What tests need of the outside world: a PostgreSQL server that lives as long as the test. Dev-dependency only.
//!
//! Deliberately absent: anything that imitates an engine. Tests run on the real one.

mod postgres;

pub use postgres::{Options, Postgres, TestingError};
