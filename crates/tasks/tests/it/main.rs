//! The runner on the real store.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on panics")]

mod basics;
mod bench;
mod cancelling;
mod exclusive;
mod leases;
mod order;
mod rates;
mod schedules;
mod stopping;
mod traces;
