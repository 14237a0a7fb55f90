//! Reads pages without a language model. Early exit 3 (the page states the same as before) ends here.

use anyhow::Context;
use extract::LinkRel;
use model::{Database, Extraction, Fact, PageClass, Record};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;
use crate::resolution;
use crate::sourcing;
use crate::stored_page::StoredPage;

/// Reads a page through the deterministic adapters.
#[derive(Serialize, Deserialize)]
pub struct AdaptPage {
    pub scrape_id: String,
}

impl Task for AdaptPage {
    const KIND: &'static str = "adapt";
    const QUEUE: &'static str = "adapters";

    fn key(&self) -> String {
        self.scrape_id.clone()
    }
}

/// # Errors
/// The store or the blob store fails, or the page is hostile.
pub async fn adapt(pipeline: &Pipeline, task: AdaptPage, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    let Some(page) = StoredPage::read(pipeline, &task.scrape_id).await? else { return Ok(batch) };
    let (page, extracted) = tokio::task::spawn_blocking(move || {
        let extracted = read(&page);
        (page, extracted)
    })
    .await
    .context("the extractor stopped")?;
    batch.count("extract.pages", 1);
    let extracted = match extracted {
        Ok(extracted) => extracted,
        Err(error) => {
            batch.count("extract.refused", 1);
            tracing::warn!(url = page.scrape.url, %error, "the page cannot be read");
            return store_page(batch, page, Found::default(), &extract::VERSION.to_string());
        }
    };
    for problem in &extracted.problems {
        tracing::debug!(url = page.scrape.url, problem, "malformed");
    }
    batch.count("extract.problems", i64::try_from(extracted.problems.len()).unwrap_or(i64::MAX));
    if extracted.records.is_empty() && page.url.document.class == Some(PageClass::Html) {
        batch.fact(Fact::PageUnread { scrape_id: task.scrape_id });
    }
    let on = sourcing::leads_on(&extracted.records, page.today);
    let links = extracted
        .links
        .into_iter()
        .map(|link| (link.rel == LinkRel::Next || is_section_paging(&link, &page.scrape.url), link.url))
        .filter(|(paging, _)| on || !paging)
        .map(|(_, url)| url)
        .collect();
    let found = Found { records: extracted.records, links, detail: extracted.detail };
    store_page(batch, page, found, &extract::VERSION.to_string())
}

/// Whether a link of the site leads further on in the list that this page is a part of.
fn is_section_paging(link: &extract::Link, from: &str) -> bool {
    link.rel == LinkRel::Section && sourcing::is_paging(from, &link.url)
}

/// What was read on a page, whoever read it.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) records: Vec<Record>,
    pub(crate) links: Vec<String>,
    pub(crate) detail: bool,
}

fn read(page: &StoredPage) -> Result<extract::Extracted, extract::ExtractError> {
    extract::extract(&extract::Input {
        body: &page.body,
        content_type: page.scrape.content_type.as_deref(),
        url: page.scrape.final_url.as_deref().unwrap_or(&page.scrape.url),
        today: page.today,
        currency: None,
        zone: page.source.zone.as_deref(),
    })
}

/// Commits what was read on a page, if it differs from what was read there before.
pub(crate) fn store_page(mut batch: Batch, page: StoredPage, found: Found, by: &str) -> Result<Batch, Failure> {
    let mut url = page.url;
    url.document.extractor = extract::VERSION;
    let fingerprint = extract::fingerprint(&found.records);
    let base = Extraction::base_id(&url.document.id, &page.content_hash);
    let count = found.records.len();
    if url.document.fingerprint.as_ref() != Some(&fingerprint) {
        resolution::nights::note(&mut batch, &found.records)?;
    }
    let parts = parts(found.records)?;
    let had = url.document.fingerprint.is_some();
    let same = url.document.fingerprint.as_ref() == Some(&fingerprint);
    if same {
        batch.count("skip.same_extraction", 1);
    } else {
        batch.count("extract.records", i64::try_from(count).unwrap_or(i64::MAX));
    }
    let mut extraction = Extraction {
        id: Extraction::part_id(&base, 0),
        url_id: url.document.id.clone(),
        scrape_id: page.scrape.id,
        source_id: page.source.id.clone(),
        part: 0,
        parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
        content_hash: page.content_hash,
        extracted_at: batch.now,
        extractor: by.to_owned(),
        today: page.scrape.today,
        detail: found.detail,
        records: Vec::new(),
        links: found.links,
        resolutions: Vec::new(),
    };
    if !extraction.links.is_empty() {
        batch.fact(Fact::LinksFound { extraction_id: extraction.id.clone() });
    }
    if same {
        // New links on a page that states the same: kept where they do not touch the extraction that stands.
        if !extraction.links.is_empty() {
            extraction.id = Extraction::part_id(&base, 9999);
            batch.facts.retain(|(fact, _)| !matches!(fact, Fact::LinksFound { .. }));
            batch.fact(Fact::LinksFound { extraction_id: extraction.id.clone() });
            batch.put(&extraction, Precondition::Any)?;
        }
    } else {
        for (part, records) in (0..).zip(parts) {
            extraction.id = Extraction::part_id(&base, part);
            extraction.part = part;
            extraction.records = records;
            batch.put(&extraction, Precondition::Any)?;
            extraction.links.clear();
        }
        url.document.fingerprint = Some(fingerprint);
        url.document.extraction_id = Some(base.clone());
        if count > 0 || had {
            let rank = resolution::rank(&url.document, page.source.priority());
            batch.fact(Fact::RecordsExtracted { extraction_id: Extraction::part_id(&base, 0), rank });
        }
    }
    batch.put(&url.document, Precondition::AtRevision(url.revision))?;
    Ok(batch)
}

/// The records in parts that each fit into a document; one empty part where there are none.
fn parts(records: Vec<Record>) -> Result<Vec<Vec<Record>>, serde_json::Error> {
    const PART_BYTES: usize = Batch::DOCUMENT_MAX / 2;
    let mut parts: Vec<Vec<Record>> = vec![Vec::new()];
    let mut bytes = 0;
    for record in records {
        let size = serde_json::to_vec(&record)?.len();
        let full = parts.last().is_some_and(|part| part.len() >= Extraction::PART || bytes + size > PART_BYTES);
        if full && bytes > 0 {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(part) = parts.last_mut() {
            part.push(record);
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use model::{EventClaims, Record, Stated};

    use super::parts;

    #[test]
    fn parts_fit_into_documents_and_keep_the_order() {
        let event = |n: usize, length: usize| {
            let title = Some(Stated::new(format!("{n}{}", "x".repeat(length)), "h1", "x"));
            Record::Event(Box::new(EventClaims { title, ..EventClaims::default() }))
        };
        let lengths = |records: Vec<Record>| parts(records).unwrap().iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(vec![]), [0]);
        assert_eq!(lengths((0..250).map(|n| event(n, 3)).collect()), [100, 100, 50]);
        assert_eq!(lengths((0..5).map(|n| event(n, 200_000)).collect()), [2, 2, 1]);
    }
}
