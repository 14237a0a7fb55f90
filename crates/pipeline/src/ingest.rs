//! Recorded pages through the same stages, instead of the network.

mod manifest;
mod warc;

use std::collections::HashSet;

use bytes::Bytes;
use model::{
    Collection, Database, Fact, Scrape, ScrapeOutcome, Source, SourceKind, SourcePolicy, Time, Url, UrlStatus,
    normalise_url,
};
use store::{Batch, Precondition};

use crate::Pipeline;

pub use manifest::{Manifest, ManifestError};
pub use warc::{Warc, WarcError};

/// A page that somebody recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedPage {
    /// Absolute; pages without a known address are given one on a host of their site.
    pub url: String,
    /// The site that published it: names its source.
    pub site: String,
    pub content_type: Option<String>,
    /// The day that the page speaks of as today, `YYYY-MM-DD`.
    pub today: String,
    pub body: Vec<u8>,
}

/// Takes recorded pages in, one commit each, as if they had just been scraped.
pub struct Ingest<'a> {
    pipeline: &'a Pipeline,
    run_id: String,
    sources: HashSet<String>,
}

impl<'a> Ingest<'a> {
    pub fn new(pipeline: &'a Pipeline, run_id: impl Into<String>) -> Self {
        Self { pipeline, run_id: run_id.into(), sources: HashSet::new() }
    }

    /// Takes one page in. Returns whether it is new or changed.
    ///
    /// # Errors
    /// The page's address is malformed, or the store or the blob store fails.
    pub async fn page(&mut self, page: RecordedPage, now: Time) -> anyhow::Result<bool> {
        let address =
            normalise_url(&page.url).ok_or_else(|| anyhow::anyhow!("{:?} is no http or https address", page.url))?;
        let source_id = self.source(&page.site, &address, now).await?;
        let id = Url::id_of(&address);
        let known = self.pipeline.store.get::<Url>(Collection::Urls, &id).await?;
        let hash = blobs::content_hash(&page.body);
        let mut batch = Batch::new(Database::Pipeline, now);
        batch.trace.run_id.clone_from(&self.run_id);
        batch.count("scrape.visited", 1);
        let seen = known.as_ref().is_some_and(|known| {
            known.document.content_hash.as_ref() == Some(&hash) && known.document.extractor == extract::VERSION
        });
        if seen {
            batch.count("scrape.same_content", 1);
            self.pipeline.store.commit(batch).await?;
            return Ok(false);
        }
        let bytes = page.body.len() as u64;
        self.pipeline.blobs.put(&Scrape::blob_key(&hash), Bytes::from(page.body)).await?;
        let scrape = Scrape {
            id: format!("{}-{id}", self.run_id),
            url_id: id.clone(),
            url: address.clone(),
            source_id: source_id.clone(),
            run_id: self.run_id.clone(),
            at: now,
            outcome: ScrapeOutcome::Fetched,
            final_url: None,
            http_status: None,
            content_type: page.content_type,
            content_hash: Some(hash.clone()),
            bytes,
            error: None,
            today: page.today,
        };
        let precondition =
            known.as_ref().map_or(Precondition::Absent, |known| Precondition::AtRevision(known.revision));
        let mut url = known.map_or_else(|| recorded(&id, &address, &source_id), |known| known.document);
        // Recorded pages are not visited again on the network.
        url.next_scrape_at = Time(i64::MAX);
        url.content_hash = Some(hash);
        url.last_scrape_id = Some(scrape.id.clone());
        batch.put(&url, precondition)?;
        batch.put(&scrape, Precondition::Any)?;
        batch.count("scrape.fetched", 1);
        batch.fact(Fact::PageScraped { scrape_id: scrape.id });
        self.pipeline.store.commit(batch).await?;
        Ok(true)
    }

    async fn source(&mut self, site: &str, address: &str, now: Time) -> anyhow::Result<String> {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let id: String = site.chars().take(60).map(plain).collect();
        if !self.sources.insert(id.clone()) {
            return Ok(id);
        }
        if self.pipeline.store.get::<Source>(Collection::Sources, &id).await?.is_none() {
            let source = Source {
                id: id.clone(),
                name: site.to_owned(),
                kind: SourceKind::Aggregator,
                policy: SourcePolicy::Allowed,
                seeds: vec![address.to_owned()],
                priority: None,
                venue: None,
                city: None,
                zone: None,
                page_limit: u32::MAX,
            };
            let mut batch = Batch::new(Database::Pipeline, now);
            batch.put(&source, Precondition::Any)?;
            self.pipeline.store.commit(batch).await?;
        }
        Ok(id)
    }
}

fn recorded(id: &str, url: &str, source_id: &str) -> Url {
    Url {
        id: id.to_owned(),
        url: url.to_owned(),
        source_id: source_id.to_owned(),
        status: UrlStatus::Active,
        depth: 0,
        found_on: None,
        class: None,
        next_scrape_at: Time(i64::MAX),
        last_scrape_id: None,
        etag: None,
        last_modified: None,
        content_hash: None,
        fingerprint: None,
        extraction_id: None,
        extractor: 0,
    }
}
