//! Reads pages about live music: the bytes of a page in, records with evidence out.
//!
//! JSON-LD, microdata, RDFa, microformats, iCalendar, feeds, JSON answers and plain HTML lists all end as
//! [`model::Record`]s whose every value carries the place where it stands and the words that were read; [`PageText`]
//! says whether such words are really in a page.
//!
//! Deliberately absent: I/O, async, the clock, language models, and any knowledge of a particular site.

mod address;
mod cap;
mod classify;
mod decode;
mod error;
mod feed;
mod fingerprint;
pub mod gold;
mod ical;
mod input;
mod item;
mod join;
mod json;
mod jsonld;
mod links;
mod microdata;
mod microformats;
mod mine;
mod moment;
mod page;
mod page_text;
mod plain;
mod rdfa;
mod read;
mod schema;
mod stamp;
mod text;
mod unescape;

pub use classify::classify;
pub use error::ExtractError;
pub use fingerprint::fingerprint;
pub use input::{Extracted, Input, Link, LinkRel};
pub use page_text::PageText;
pub use read::extract;

/// Raised when the same page would give other records.
pub const VERSION: u32 = 1;
