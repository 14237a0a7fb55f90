//! Documents as files: JSON Lines that any backend writes alike and any other reads.
//!
//! The first line says what the file is, each further one is a document, the last one counts them and has the SHA-256 of
//! all lines before it. Documents stand in the order of their database, collection and id, each once, in one spelling of
//! their JSON: equal documents make equal bytes, whichever engine held them.

mod canonical;
mod export;
mod import;
mod line;

pub use canonical::canonical;
pub use export::{Resumed, Tally, export, in_order};
pub use import::{Imported, Source, check, import};

use std::sync::Arc;

use model::Database;

use crate::Backend;

fn backend(backends: &[Arc<dyn Backend>; 3], database: Database) -> &Arc<dyn Backend> {
    let [pipeline, main, admin] = backends;
    match database {
        Database::Pipeline => pipeline,
        Database::Main => main,
        Database::Admin => admin,
    }
}
