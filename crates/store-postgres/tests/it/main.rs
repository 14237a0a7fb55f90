//! The contract suite on PostgreSQL, and what only this backend promises. The tests start servers of their own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod contract;
mod encrypted;
mod faults;
mod given;
mod migrations;
mod processes;
