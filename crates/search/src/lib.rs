//! The search index: what fans, artists and the command line find things with. Tantivy in a folder, in process.
//!
//! [`Index::apply`] makes the index follow the canonical entities, [`Index::search`] ranks by a cascade of rules (how
//! many words match, how well, where, then what the thing is and when it happens) instead of one mixed number, so that
//! the order can be explained and tested.
//!
//! Deliberately absent: reading the store (the caller brings the documents), a second engine and a trait over the two,
//! synonyms, languages' stemming (names are not inflected), the clock (`today` comes in with the query).

mod card;
mod document;
mod error;
mod expand;
mod folder;
mod index;
mod near;
mod query;
mod rank;
mod schema;
mod typo;
mod words;

pub use card::Card;
pub use document::SearchDoc;
pub use error::{Error, Result};
pub use index::Index;
pub use query::{Hit, Hits, Near, Query};
