//! Reads pages about live music: the bytes of a page in, records with evidence out.
//!
//! JSON-LD, microdata, RDFa, microformats, iCalendar, feeds, JSON answers and plain HTML lists all end as
//! [`model::Record`]s whose every value carries the place where it stands and the words that were read; [`PageText`]
//! says whether such words are really in a page.
//!
//! Deliberately absent: I/O, async, the clock, language models, and any knowledge of a particular site.

mod error;
mod input;
mod json;
mod mine;
mod page;
mod text;

pub use error::ExtractError;
pub use input::{Extracted, Input, Link, LinkRel};

/// Raised when the same page would give other records.
pub const VERSION: u32 = 1;
