//! From a web page to a canonical entity: the eleven service groups, one module each, in the order that data flows.
//!
//! Every step reads committed documents and returns the one batch that the task runner commits. What a step causes is
//! said in `app::reactions`, not here. Deliberately absent: HTTP (that is `fetch`), reading pages (`extract`), deciding
//! whether two things are one (`matching`).

pub mod adapters;
pub mod agents;
pub mod funnel;
pub mod images;
pub mod ingest;
pub mod resolution;
pub mod routing;
pub mod scheduling;
pub mod scraping;
pub mod sources;
pub mod sourcing;
pub mod sync;
pub mod upkeep;
pub mod writers;

mod stored_page;

use std::sync::Arc;
use std::time::Duration;

use blobs::Blobs;
use fetch::Fetcher;
use search::Index;
use store::Store;

/// What the steps work with.
pub struct Pipeline {
    pub store: Store,
    pub fetcher: Fetcher,
    pub blobs: Arc<Blobs>,
    pub index: Arc<Index>,
    /// Reads pages that adapters cannot read; absent where none is configured.
    pub language_model: Option<llm::Client>,
    pub settings: Settings,
}

/// How often, how far apart, how deep.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// When a page is due again after it was visited.
    pub revisit: Duration,
    /// How far apart the addresses of a timed run begin, in groups of [`scheduling::STAGGER_GROUP`].
    pub stagger: Duration,
    /// Links followed from a seed; paging does not count.
    pub depth_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { revisit: Duration::from_secs(6 * 3600), stagger: Duration::from_secs(60), depth_max: 3 }
    }
}
