//! Where addresses come from: the sources that an operator declares, and the links that their pages hold.

use std::collections::{BTreeMap, HashSet};

use model::{Collection, Database, Extraction, Record, Source, Time, Url, UrlStatus, normalise_url};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition, Query, Store};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;
use crate::scheduling;

/// Makes addresses of the links that a page holds.
#[derive(Serialize, Deserialize)]
pub struct DiscoverLinks {
    pub extraction_id: String,
}

impl Task for DiscoverLinks {
    const KIND: &'static str = "discover-links";
    const QUEUE: &'static str = "sourcing";

    fn key(&self) -> String {
        self.extraction_id.clone()
    }
}

/// A source that cannot be taken, and why.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSource {
    #[error("the source id {0:?} may have lower-case letters, digits and '-' only")]
    Id(String),
    #[error("source {id}: {seed:?} is no http or https address")]
    Seed { id: String, seed: String },
    #[error("source {0} has no seeds")]
    NoSeed(String),
    #[error("source {id}: {zone:?} is no IANA time zone")]
    Zone { id: String, zone: String },
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

/// Makes the declared sources and their seeds known. Loading the same ones again changes nothing. Returns how many
/// addresses are new.
///
/// # Errors
/// A source is malformed, in which case none is loaded, or the store fails.
pub async fn load(store: &Store, sources: &[Source], now: Time) -> Result<usize, InvalidSource> {
    sources.iter().try_for_each(check)?;
    let mut new = 0;
    for source in sources {
        let mut batch = Batch::new(Database::Pipeline, now);
        let known = store.get::<Source>(Collection::Sources, &source.id).await?;
        if known.is_none_or(|known| known.document != *source) {
            batch.put(source, Precondition::Any)?;
        }
        let seeds: BTreeMap<String, String> =
            source.seeds.iter().filter_map(|seed| normalise_url(seed)).map(|url| (Url::id_of(&url), url)).collect();
        let ids: Vec<&String> = seeds.keys().collect();
        let found = store.get_many::<Url>(Collection::Urls, &ids).await?;
        for ((id, url), found) in seeds.iter().zip(found) {
            if found.is_none() {
                new += 1;
                batch.put(&address(id, url, &source.id, 0, None, now), Precondition::Absent)?;
            }
        }
        if !batch.writes.is_empty() {
            store.commit(batch).await?;
        }
    }
    Ok(new)
}

fn check(source: &Source) -> Result<(), InvalidSource> {
    let id = || source.id.clone();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if source.id.is_empty() || source.id.len() > 60 || !source.id.chars().all(plain) {
        return Err(InvalidSource::Id(id()));
    }
    if source.seeds.is_empty() {
        return Err(InvalidSource::NoSeed(id()));
    }
    if let Some(seed) = source.seeds.iter().find(|seed| normalise_url(seed).is_none()) {
        return Err(InvalidSource::Seed { id: id(), seed: seed.clone() });
    }
    match &source.zone {
        Some(zone) if jiff::tz::TimeZone::get(zone).is_err() => {
            Err(InvalidSource::Zone { id: id(), zone: zone.clone() })
        }
        _ => Ok(()),
    }
}

/// The links of an extraction that are new, on the source's own hosts, and not too deep: addresses, each visited in the
/// same run.
///
/// # Errors
/// The store fails.
pub async fn discover_links(pipeline: &Pipeline, task: DiscoverLinks, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    let store = &pipeline.store;
    let Some(extraction) = store.get::<Extraction>(Collection::Extractions, &task.extraction_id).await? else {
        return Ok(batch);
    };
    let extraction = extraction.document;
    if scheduling::is_recorded(store, &attempt.trace.run_id).await? {
        batch.count("links.recorded", i64::try_from(extraction.links.len()).unwrap_or(i64::MAX));
        return Ok(batch);
    }
    let (Some(page), Some(source)) = (
        store.get::<Url>(Collection::Urls, &extraction.url_id).await?,
        store.get::<Source>(Collection::Sources, &extraction.source_id).await?,
    ) else {
        return Ok(batch);
    };
    let (page, source) = (page.document, source.document);
    let hosts: HashSet<String> = source.seeds.iter().filter_map(|seed| host(seed)).collect();
    let links: BTreeMap<String, &str> = extraction
        .links
        .iter()
        .filter(|link| host(link).is_some_and(|host| hosts.contains(&host)))
        .map(|link| (Url::id_of(link), link.as_str()))
        .collect();
    let ids: Vec<&String> = links.keys().collect();
    let known = store.get_many::<Url>(Collection::Urls, &ids).await?;
    let of_source = Query::of(Collection::Urls).equal("source_id", source.id.as_str()).limit(Query::LIMIT_MAX);
    let mut room = (source.page_limit as usize).saturating_sub(store.list::<Url>(&of_source).await?.documents.len());
    batch.begins_traces = true;
    for ((id, url), known) in links.iter().zip(known) {
        if known.is_some() {
            continue;
        }
        if room == 0 || page.depth >= pipeline.settings.depth_max {
            batch.count(if room == 0 { "links.over_page_limit" } else { "links.too_deep" }, 1);
            continue;
        }
        room -= 1;
        batch.count("links.new", 1);
        let depth = page.depth + u32::from(!is_paging(&page.url, url));
        let found_on = Some(page.id.clone());
        let address = address(id, url, &source.id, depth, found_on, attempt.now);
        batch.put(&address, Precondition::Absent)?;
        scheduling::visit(pipeline, &mut batch, &attempt.trace.run_id, &address, std::time::Duration::ZERO)?;
    }
    Ok(batch)
}

/// Whether the list that a page is a part of is worth following: some of it is not long past. Calendars run on, empty
/// or past, for years.
pub(crate) fn leads_on(records: &[Record], today: jiff::civil::Date) -> bool {
    const PAST_DAYS: i64 = 60;
    let earliest = today.saturating_sub(jiff::Span::new().days(PAST_DAYS));
    records.iter().any(|record| match record {
        Record::Event(event) => event.start.as_ref().is_some_and(|start| start.value.date >= earliest),
        Record::Venue(_) | Record::Artist(_) => true,
    })
}

/// The same page further on: alike but for the digits.
pub(crate) fn is_paging(from: &str, to: &str) -> bool {
    let shape = |url: &str| -> String {
        let url = url::Url::parse(url).ok();
        url.map(|url| url.path().trim_end_matches('/').chars().filter(|c| !c.is_ascii_digit()).collect())
            .unwrap_or_default()
    };
    let (from, to) = (shape(from), shape(to));
    from == to || to.strip_prefix(&from).is_some_and(|rest| rest == "/page/" || rest == "/page")
}

fn host(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

pub(crate) fn address(id: &str, url: &str, source_id: &str, depth: u32, found_on: Option<String>, now: Time) -> Url {
    Url {
        id: id.to_owned(),
        url: url.to_owned(),
        source_id: source_id.to_owned(),
        status: UrlStatus::Active,
        depth,
        found_on,
        class: None,
        next_scrape_at: now,
        last_scrape_id: None,
        etag: None,
        last_modified: None,
        content_hash: None,
        fingerprint: None,
        extraction_id: None,
        extractor: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::is_paging;

    #[test]
    fn paging_is_told_from_going_deeper() {
        for (from, to, paging) in [
            ("https://a.test/events", "https://a.test/events?page=2", true),
            ("https://a.test/events", "https://a.test/events/page/2/", true),
            ("https://a.test/events/page/2", "https://a.test/events/page/3", true),
            ("https://a.test/events", "https://a.test/events/the-show", false),
            ("https://a.test/", "https://a.test/venue/1", false),
        ] {
            assert_eq!(is_paging(from, to), paging, "{from} -> {to}");
        }
    }
}
