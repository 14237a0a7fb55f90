//! Recorded pages through the same stages, instead of the network.

mod manifest;
mod warc;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use model::{
    Collection, Database, Fact, Scrape, ScrapeOutcome, Source, SourceKind, SourcePolicy, Time, Url, UrlStatus,
    normalise_url,
};
use store::{Batch, Precondition, StoreError};

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

/// How often a page is taken again because the steps behind it changed its address at the same moment.
const CONFLICTS_MAX: u32 = 16;

/// Takes recorded pages in, one commit each, as if they had just been scraped. Share it to take many at once.
pub struct Ingest {
    pipeline: Arc<Pipeline>,
    run_id: String,
    sources: Mutex<HashSet<String>>,
}

impl Ingest {
    pub fn new(pipeline: Arc<Pipeline>, run_id: impl Into<String>) -> Self {
        Self { pipeline, run_id: run_id.into(), sources: Mutex::default() }
    }

    /// Takes one page in. Returns whether it is new or changed.
    ///
    /// # Errors
    /// The page's address is malformed, or the store or the blob store fails.
    pub async fn page(&self, page: RecordedPage, now: Time) -> anyhow::Result<bool> {
        let address =
            normalise_url(&page.url).ok_or_else(|| anyhow::anyhow!("{:?} is no http or https address", page.url))?;
        let source_id = self.source(&page.site, &address, now).await?;
        let body = Bytes::from(page.body);
        let hash = blobs::content_hash(&body);
        self.pipeline.blobs.put(&Scrape::blob_key(&hash), body.clone()).await?;
        let id = Url::id_of(&address);
        let scrape = Scrape {
            id: format!("{}-{id}", self.run_id),
            url_id: id,
            url: address,
            source_id,
            run_id: self.run_id.clone(),
            at: now,
            outcome: ScrapeOutcome::Fetched,
            final_url: None,
            http_status: None,
            content_type: page.content_type,
            content_hash: Some(hash),
            bytes: body.len() as u64,
            error: None,
            today: page.today,
        };
        for _ in 0..CONFLICTS_MAX {
            match self.commit(&scrape).await {
                Err(error) if error.is_conflict() => {}
                other => return Ok(other?),
            }
        }
        anyhow::bail!("{} was changed by others {CONFLICTS_MAX} times in a row", scrape.url)
    }

    /// The visit, its address as it now stands, and what follows; whether the page is new or changed.
    async fn commit(&self, scrape: &Scrape) -> Result<bool, StoreError> {
        let id = &scrape.url_id;
        let known = self.pipeline.store.get::<Url>(Collection::Urls, id).await?;
        let mut batch = Batch::new(Database::Pipeline, scrape.at);
        batch.trace.run_id.clone_from(&self.run_id);
        batch.count("scrape.visited", 1);
        let seen = known.as_ref().is_some_and(|known| {
            known.document.content_hash == scrape.content_hash && known.document.extractor == extract::VERSION
        });
        if seen {
            batch.count("scrape.same_content", 1);
            self.pipeline.store.commit(batch).await?;
            return Ok(false);
        }
        let precondition =
            known.as_ref().map_or(Precondition::Absent, |known| Precondition::AtRevision(known.revision));
        let mut url = known.map_or_else(|| recorded(id, &scrape.url, &scrape.source_id), |known| known.document);
        // Recorded pages are not visited again on the network.
        url.next_scrape_at = Time(i64::MAX);
        url.content_hash.clone_from(&scrape.content_hash);
        url.last_scrape_id = Some(scrape.id.clone());
        batch.put(&url, precondition)?;
        batch.put(scrape, Precondition::Any)?;
        batch.count("scrape.fetched", 1);
        batch.fact(Fact::PageScraped { scrape_id: scrape.id.clone() });
        self.pipeline.store.commit(batch).await?;
        Ok(true)
    }

    async fn source(&self, site: &str, address: &str, now: Time) -> anyhow::Result<String> {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let id: String = site.chars().take(60).map(plain).collect();
        if self.sources.lock().unwrap_or_else(PoisonError::into_inner).contains(&id) {
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
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
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
