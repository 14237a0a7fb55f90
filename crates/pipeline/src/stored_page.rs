use anyhow::Context;
use bytes::Bytes;
use jiff::civil::Date;
use model::{Collection, Scrape, Source, Url};
use store::Versioned;
use tasks::Failure;

use crate::Pipeline;

/// What the steps behind scraping read first: the visit, its address, whose it is, and the stored bytes.
pub(crate) struct StoredPage {
    pub(crate) scrape: Scrape,
    pub(crate) url: Versioned<Url>,
    pub(crate) source: Source,
    pub(crate) content_hash: String,
    pub(crate) body: Bytes,
    pub(crate) today: Date,
}

impl StoredPage {
    /// `None` when the visit is no longer the address's last one: a newer one will be read instead.
    pub(crate) async fn read(pipeline: &Pipeline, scrape_id: &str) -> Result<Option<Self>, Failure> {
        let Some(scrape) = pipeline.store.get::<Scrape>(Collection::Scrapes, scrape_id).await? else {
            return Ok(None);
        };
        let scrape = scrape.document;
        let Some(url) = pipeline.store.get::<Url>(Collection::Urls, &scrape.url_id).await? else { return Ok(None) };
        if url.document.last_scrape_id.as_deref() != Some(scrape_id) {
            return Ok(None);
        }
        let source = pipeline
            .store
            .get::<Source>(Collection::Sources, &scrape.source_id)
            .await?
            .with_context(|| format!("the source {} of {} is not known", scrape.source_id, scrape.url))
            .map_err(Failure::permanent)?
            .document;
        let content_hash = scrape.content_hash.clone().context("a fetched page has its hash")?;
        let body = pipeline
            .blobs
            .get(&Scrape::blob_key(&content_hash))
            .await?
            .with_context(|| format!("the stored page {content_hash} of {} is missing", scrape.url))?;
        let today = scrape.today.parse().with_context(|| format!("{} is no day", scrape.today))?;
        Ok(Some(Self { scrape, url, source, content_hash, body, today }))
    }
}
