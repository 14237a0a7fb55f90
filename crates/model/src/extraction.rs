use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, EntityId, Record, Time};

/// The records that one state of a page holds, each field with its evidence, and what each was resolved to. A long page
/// is cut into parts of at most [`Extraction::PART`] records, one document each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extraction {
    /// `{url}-{content hash}-{part}`: the first 16 digits of the hash, and 4 digits for the part.
    pub id: String,
    #[schemars(extend("x-references" = "pipeline.urls"))]
    pub url_id: String,
    #[schemars(extend("x-references" = "pipeline.scrapes"))]
    pub scrape_id: String,
    #[schemars(extend("x-references" = "pipeline.sources"))]
    pub source_id: String,
    /// From 0.
    pub part: u32,
    /// How many parts the extraction has.
    pub parts: u32,
    /// Of the stored page that the evidence quotes.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub content_hash: String,
    pub extracted_at: Time,
    /// The extractor's version, or the language model's name.
    pub extractor: String,
    /// The page's "today", `YYYY-MM-DD`.
    #[schemars(extend("format" = "date"))]
    pub today: String,
    /// Whether the page is about one thing, not a list of many.
    #[serde(default)]
    pub detail: bool,
    #[schemars(length(max = 100))]
    pub records: Vec<Record>,
    /// Addresses that the page links to and that may speak of live music; on the first part only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// One for each record once resolved; empty before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolutions: Vec<RecordResolution>,
}

/// The canonical entities that a record speaks of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordResolution {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "main.evt_performances"))]
    pub performance: Option<EntityId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "main.evt_venues"))]
    pub venue: Option<EntityId>,
    /// One for each artist of the record that could be resolved, in billing order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-references" = "main.evt_artists"))]
    pub artists: Vec<EntityId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "main.evt_festivals"))]
    pub festival: Option<EntityId>,
    /// Why nothing came of it: no date, no place, no live music.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

impl Extraction {
    /// The most records of one document.
    pub const PART: usize = 100;

    /// The id that this part shares with the other parts of its extraction.
    pub fn base(&self) -> &str {
        self.id.rsplit_once('-').map_or(&self.id, |(base, _)| base)
    }

    /// The id that all parts of one extraction share.
    pub fn base_id(url_id: &str, content_hash: &str) -> String {
        format!("{url_id}-{}", &content_hash[..content_hash.len().min(16)])
    }

    pub fn part_id(base_id: &str, part: u32) -> String {
        format!("{base_id}-{part:04}")
    }
}

impl Document for Extraction {
    fn collection(&self) -> Collection {
        Collection::Extractions
    }

    fn id(&self) -> &str {
        &self.id
    }
}
