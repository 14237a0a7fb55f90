//! Visits one address, politely, and keeps what is new. Early exits 1 (the publisher says that nothing changed) and 2
//! (the same bytes) end here.

use fetch::Fetched;
use model::{Collection, Database, Fact, Scrape, ScrapeOutcome, Source, SourcePolicy, Time, Url, UrlStatus};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition, Versioned};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;

const ACCEPT: &str = "text/html,application/xhtml+xml,application/ld+json,application/json,text/calendar,application/rss+xml,\
     application/atom+xml,application/xml;q=0.9,*/*;q=0.5";

/// Visits an address in a run.
#[derive(Serialize, Deserialize)]
pub struct ScrapeUrl {
    pub run_id: String,
    pub url_id: String,
    /// Whose rate it is to keep, if anybody's: [`fetch::Fetcher::paced_host`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Task for ScrapeUrl {
    const KIND: &'static str = "scrape";
    const QUEUE: &'static str = "scraping";

    fn key(&self) -> String {
        format!("{}-{}", self.run_id, self.url_id)
    }

    fn rate_key(&self) -> Option<String> {
        self.host.clone()
    }
}

/// # Errors
/// The store fails, or the address fails in a way that another try may mend.
pub async fn scrape(pipeline: &Pipeline, task: ScrapeUrl, attempt: Attempt) -> Result<Batch, Failure> {
    let Some(url) = pipeline.store.get::<Url>(Collection::Urls, &task.url_id).await? else {
        return Ok(Batch::new(Database::Pipeline, attempt.now));
    };
    let source = pipeline.store.get::<Source>(Collection::Sources, &url.document.source_id).await?;
    let visit = Visit::new(&task.run_id, url, attempt.now, pipeline);
    let Some(source) = source.map(|source| source.document) else {
        return visit.refused("source", "its source is not known any more".to_owned());
    };
    if source.policy == SourcePolicy::Forbidden {
        return visit.refused("policy", format!("the policy of source {} forbids it", source.id));
    }
    let known = &visit.url.document;
    // A newer extractor wants the page again even if it has not changed.
    let current = known.extractor == extract::VERSION;
    let request = fetch::Request {
        url: &known.url,
        etag: known.etag.as_deref().filter(|_| current),
        last_modified: known.last_modified.as_deref().filter(|_| current),
        accept: ACCEPT,
    };
    match pipeline.fetcher.get(&request).await {
        Ok(Fetched::NotModified) => visit.end(ScrapeOutcome::NotModified),
        Ok(Fetched::Gone { status, date }) => visit.gone(status, date.as_deref()),
        Ok(Fetched::Body(body)) => visit.read(pipeline, body, current).await,
        Err(error) if error.is_transient() => Err(match error.retry_after() {
            Some(wait) => Failure::after(wait, error),
            None => error.into(),
        }),
        Err(error) => {
            let class = error.class();
            let reason = format!("{:#}", anyhow::Error::new(error));
            match class {
                "private_address" | "robots" | "scheme" | "credentials" => visit.refused(class, reason),
                class => visit.failed(class, reason),
            }
        }
    }
}

/// A visit in the making: its record, and the address as it will be.
struct Visit {
    batch: Batch,
    scrape: Scrape,
    url: Versioned<Url>,
}

impl Visit {
    fn new(run_id: &str, url: Versioned<Url>, now: Time, pipeline: &Pipeline) -> Self {
        let document = &url.document;
        let scrape = Scrape {
            id: format!("{run_id}-{}", document.id),
            url_id: document.id.clone(),
            url: document.url.clone(),
            source_id: document.source_id.clone(),
            run_id: run_id.to_owned(),
            at: now,
            outcome: ScrapeOutcome::Fetched,
            final_url: None,
            http_status: None,
            content_type: None,
            content_hash: None,
            bytes: 0,
            error: None,
            today: day_of(now),
        };
        let mut url = url;
        url.document.next_scrape_at = now + pipeline.settings.revisit;
        Self { batch: Batch::new(Database::Pipeline, now), scrape, url }
    }

    async fn read(mut self, pipeline: &Pipeline, body: fetch::Body, current: bool) -> Result<Batch, Failure> {
        let hash = blobs::content_hash(&body.bytes);
        self.scrape.http_status = Some(body.status);
        self.scrape.final_url = (body.final_url != self.scrape.url).then_some(body.final_url);
        self.scrape.content_type = body.content_type;
        self.scrape.bytes = body.bytes.len() as u64;
        self.scrape.today = today(body.date.as_deref(), self.scrape.at);
        self.scrape.content_hash = Some(hash.clone());
        let unchanged = self.url.document.content_hash.as_ref() == Some(&hash);
        self.url.document.status = UrlStatus::Active;
        self.url.document.etag = body.etag;
        self.url.document.last_modified = body.last_modified;
        if unchanged && current {
            return self.end(ScrapeOutcome::SameContent);
        }
        pipeline.blobs.put(&Scrape::blob_key(&hash), body.bytes).await?;
        self.keep(hash);
        self.end(ScrapeOutcome::Fetched)
    }

    /// The address now stands for this visit's content, and the page goes on its way.
    fn keep(&mut self, content_hash: String) {
        self.url.document.content_hash = Some(content_hash);
        self.url.document.last_scrape_id = Some(self.scrape.id.clone());
        self.batch.fact(Fact::PageScraped { scrape_id: self.scrape.id.clone() });
    }

    fn gone(mut self, status: u16, date: Option<&str>) -> Result<Batch, Failure> {
        self.scrape.today = today(date, self.scrape.at);
        self.scrape.http_status = Some(status);
        if self.url.document.status != UrlStatus::Gone {
            self.url.document.status = UrlStatus::Gone;
            self.url.document.content_hash = None;
            self.url.document.etag = None;
            self.url.document.last_modified = None;
            self.url.document.fingerprint = None;
            if self.url.document.extraction_id.take().is_some() {
                self.batch.fact(Fact::PageGone { scrape_id: self.scrape.id.clone() });
            }
        }
        self.end(ScrapeOutcome::Gone)
    }

    fn refused(mut self, class: &str, reason: String) -> Result<Batch, Failure> {
        self.url.document.status = UrlStatus::Refused;
        self.batch.count(format!("scrape.refused.{class}"), 1);
        self.scrape.error = Some(reason);
        self.end(ScrapeOutcome::Refused)
    }

    fn failed(mut self, class: &str, reason: String) -> Result<Batch, Failure> {
        self.batch.count(format!("scrape.failed.{class}"), 1);
        self.scrape.error = Some(reason);
        self.end(ScrapeOutcome::Failed)
    }

    fn end(mut self, outcome: ScrapeOutcome) -> Result<Batch, Failure> {
        self.scrape.outcome = outcome;
        self.batch.count("scrape.visited", 1);
        self.batch.count(format!("scrape.{}", outcome.name()), 1);
        self.batch.put(&self.scrape, Precondition::Any)?;
        self.batch.put(&self.url.document, Precondition::AtRevision(self.url.revision))?;
        Ok(self.batch)
    }
}

/// The day that a page speaks of as today: by the publisher's clock where that is believable, else by ours.
fn today(date: Option<&str>, now: Time) -> String {
    const YEARS_MAX: i16 = 10;
    let ours = day_of(now);
    let theirs = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|date| date.date());
    let years = |day: jiff::civil::Date| {
        ours.parse().is_ok_and(|ours: jiff::civil::Date| (ours.year() - day.year()).abs() <= YEARS_MAX)
    };
    theirs.filter(|theirs| years(*theirs)).map_or(ours.clone(), |theirs| theirs.to_string())
}

/// The day of an instant, in UTC.
pub(crate) fn day_of(now: Time) -> String {
    now.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use model::Time;

    use super::today;

    #[test]
    fn today_is_the_publishers_day_where_it_is_believable() {
        let now = Time(1_795_348_800_000);
        for (date, expected) in [
            (Some("Sun, 22 Nov 2026 03:00:00 GMT"), "2026-11-22"),
            (Some("Thu, 01 Jan 1970 00:00:00 GMT"), "2026-11-22"),
            (Some("yesterday"), "2026-11-22"),
            (Some("Wed, 25 Nov 2026 23:59:59 GMT"), "2026-11-25"),
            (None, "2026-11-22"),
        ] {
            assert_eq!(today(date, now), expected, "{date:?}");
        }
    }
}
