use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Time};

/// One visit of one address in one run, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scrape {
    /// `{run}-{url}`, so that a repeated visit of the same run is the same document.
    pub id: String,
    #[schemars(extend("x-references" = "pipeline.urls"))]
    pub url_id: String,
    /// The address that was asked for.
    pub url: String,
    #[schemars(extend("x-references" = "pipeline.sources"))]
    pub source_id: String,
    #[schemars(extend("x-references" = "pipeline.runs"))]
    pub run_id: String,
    /// When it was visited.
    pub at: Time,
    pub outcome: ScrapeOutcome,
    /// The address after redirects, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// SHA-256 of the body in hex; the body lies in the blob `pages/{hash}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub content_hash: Option<String>,
    /// The length of the body.
    #[serde(default)]
    pub bytes: u64,
    /// Why it failed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The day that the page speaks of as today, `YYYY-MM-DD`: when it was fetched, or when a recorded page was saved.
    #[schemars(extend("format" = "date"))]
    pub today: String,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScrapeOutcome {
    /// New or changed content was stored.
    Fetched,
    /// Early exit 1: the publisher says that nothing changed.
    NotModified,
    /// Early exit 2: the same bytes as before.
    SameContent,
    Gone,
    /// robots.txt, policy or an address that may not be reached.
    Refused,
    /// A final failure: too large, redirect loop, undecodable, a client error.
    Failed,
}

impl ScrapeOutcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::NotModified => "not_modified",
            Self::SameContent => "same_content",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl Scrape {
    /// The key under which the body of `content_hash` lies in the blob store.
    pub fn blob_key(content_hash: &str) -> String {
        format!("pages/{content_hash}")
    }
}

impl Document for Scrape {
    fn collection(&self) -> Collection {
        Collection::Scrapes
    }

    fn id(&self) -> &str {
        &self.id
    }
}
