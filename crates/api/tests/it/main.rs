//! The real router on a real store, a real index and real blobs in a temporary folder.
#![expect(clippy::unwrap_used, reason = "the functions that tests share may panic as tests do")]

mod doors;
mod entities;
mod finding;
mod people;
mod pipeline;
mod platform;
mod specification;
