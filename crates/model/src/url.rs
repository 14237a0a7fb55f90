use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Time, hash_id};

/// An address that we know, how we came to it, and what we know of its last state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Url {
    /// The hash of its address: [`Url::id_of`].
    pub id: String,
    /// The address in its one spelling: [`normalise_url`].
    pub url: String,
    #[schemars(extend("x-references" = "pipeline.sources"))]
    pub source_id: String,
    pub status: UrlStatus,
    /// Links followed from a seed to here; a seed is 0.
    pub depth: u32,
    /// The page that linked here first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "pipeline.urls"))]
    pub found_on: Option<String>,
    /// What the page is, once routing has looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<PageClass>,
    pub next_scrape_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "pipeline.scrapes"))]
    pub last_scrape_id: Option<String>,
    /// Validators of the last stored response, for conditional requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// SHA-256 of the last stored body: early exit 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub content_hash: Option<String>,
    /// Fingerprint of the last extraction: early exit 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The id that the parts of the last extraction share: [`Extraction::base`](crate::Extraction::base).
    #[schemars(extend("x-references" = "pipeline.extractions"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extraction_id: Option<String>,
    /// The extractor that made the last extraction. A newer one reads the page again even when it is unchanged.
    #[serde(default)]
    pub extractor: u32,
}

/// Whether an address is visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UrlStatus {
    Active,
    /// The publisher answered 404 or 410.
    Gone,
    /// Refused by us: policy, robots.txt, an address that may not be reached.
    Refused,
}

/// What a page is, as far as it decides who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageClass {
    /// HTML with JSON-LD, microdata, RDFa or microformats.
    Structured,
    /// HTML without markup that speaks of events.
    Html,
    Calendar,
    Feed,
    Json,
    /// Nothing that an adapter reads: images, archives, empty bodies.
    Unreadable,
}

impl Url {
    pub fn id_of(url: &str) -> String {
        hash_id(&["url", url])
    }
}

/// The one spelling of an address under which we know it: no fragment, no credentials, no tracking parameters, sorted
/// out default port. `None` when it is no http(s) address.
pub fn normalise_url(text: &str) -> Option<String> {
    const TRACKING: [&str; 7] = ["utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "_ga", "igshid"];
    let mut url = ::url::Url::parse(text.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return None;
    }
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !TRACKING.iter().any(|tracking| name.starts_with(tracking)))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.len() != url.query_pairs().count() {
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    Some(url.into())
}

impl Document for Url {
    fn collection(&self) -> Collection {
        Collection::Urls
    }

    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::normalise_url;

    #[test]
    fn one_page_has_one_spelling() {
        for (given, expected) in [
            ("http://a.test:80/x?utm_source=y#top", Some("http://a.test/x")),
            ("https://A.test/x?b=1&utm_medium=z&a=2", Some("https://a.test/x?b=1&a=2")),
            ("https://user:secret@a.test/", Some("https://a.test/")),
            ("https://a.test/x?q=a%20b", Some("https://a.test/x?q=a%20b")),
            ("mailto:a@b.test", None),
            ("javascript:void(0)", None),
            ("/relative", None),
        ] {
            assert_eq!(normalise_url(given).as_deref(), expected, "{given}");
        }
    }
}
