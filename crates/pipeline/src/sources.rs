//! Records what each page states of each entity, and takes back what a page no longer states.

mod contributions;
mod withdraw;

use anyhow::Context;
use model::{Collection, Database, EntityId, EntitySource, Extraction, Fact, Scrape, Source, Url};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition};
use tasks::{Attempt, Failure, Task};

use crate::{Pipeline, resolution};

/// The most entities of one fact.
const FACT_MAX: usize = 50;

/// Records the contributions of one part of an extraction.
#[derive(Serialize, Deserialize)]
pub struct RecordSources {
    pub extraction_id: String,
}

impl Task for RecordSources {
    const KIND: &'static str = "record-sources";
    const QUEUE: &'static str = "sources";

    fn key(&self) -> String {
        self.extraction_id.clone()
    }
}

/// Takes back what a page stated, because a visit found it gone.
#[derive(Serialize, Deserialize)]
pub struct WithdrawPage {
    pub scrape_id: String,
}

impl Task for WithdrawPage {
    const KIND: &'static str = "withdraw-page";
    const QUEUE: &'static str = "sources";

    fn key(&self) -> String {
        self.scrape_id.clone()
    }
}

/// # Errors
/// The store fails.
pub async fn record_sources(pipeline: &Pipeline, task: RecordSources, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    let store = &pipeline.store;
    let Some(extraction) = store.get::<Extraction>(Collection::Extractions, &task.extraction_id).await? else {
        return Ok(batch);
    };
    let extraction = extraction.document;
    let Some(url) = store.get::<Url>(Collection::Urls, &extraction.url_id).await? else { return Ok(batch) };
    if url.document.extraction_id.as_deref() != Some(extraction.base()) {
        batch.count("skip.superseded", 1);
        return Ok(batch);
    }
    let source = store
        .get::<Source>(Collection::Sources, &extraction.source_id)
        .await?
        .with_context(|| format!("the source {} is not known", extraction.source_id))?
        .document;
    let stated = contributions::of(&extraction, &url.document, &source, attempt.now);
    let ids: Vec<&str> = stated.iter().map(|contribution| contribution.id.as_str()).collect();
    let known = store.get_many::<EntitySource>(Collection::EntitySources, &ids).await?;
    let mut changed: Vec<EntityId> = Vec::new();
    for (mut contribution, known) in stated.iter().cloned().zip(known) {
        let precondition = match known {
            None => Precondition::Absent,
            Some(known) => {
                if extraction.part > 0 && known.document.extraction_id.starts_with(extraction.base()) {
                    contributions::add_missing(&mut contribution, &known.document);
                }
                contribution.first_seen_at = known.document.first_seen_at;
                if contributions::states_the_same(&contribution, &known.document) {
                    contribution.changed_at = known.document.changed_at;
                }
                if contribution == known.document {
                    continue;
                }
                if contribution.changed_at != known.document.changed_at || !known.document.is_live() {
                    changed.push(contribution.entity_id.clone());
                }
                batch.put(&contribution, Precondition::AtRevision(known.revision))?;
                continue;
            }
        };
        changed.push(contribution.entity_id.clone());
        batch.put(&contribution, precondition)?;
    }
    if extraction.part + 1 < extraction.parts {
        let next = Extraction::part_id(extraction.base(), extraction.part + 1);
        let rank = resolution::rank(&url.document, source.priority());
        batch.fact(Fact::RecordsExtracted { extraction_id: next, rank });
    } else {
        let today = extraction.today.parse().context("the extraction has its day")?;
        changed
            .extend(withdraw::outdated(pipeline, &mut batch, &url.document, extraction.base(), &stated, today).await?);
    }
    announce(&mut batch, changed);
    Ok(batch)
}

/// # Errors
/// The store fails.
pub async fn withdraw_page(pipeline: &Pipeline, task: WithdrawPage, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    let Some(scrape) = pipeline.store.get::<Scrape>(Collection::Scrapes, &task.scrape_id).await? else {
        return Ok(batch);
    };
    let scrape = scrape.document;
    let Some(url) = pipeline.store.get::<Url>(Collection::Urls, &scrape.url_id).await? else { return Ok(batch) };
    if url.document.extraction_id.is_some() {
        // The page came back meanwhile and was read again.
        return Ok(batch);
    }
    let today = scrape.today.parse().context("the visit has its day")?;
    let changed = withdraw::outdated(pipeline, &mut batch, &url.document, "", &[], today).await?;
    announce(&mut batch, changed);
    Ok(batch)
}

fn announce(batch: &mut Batch, mut changed: Vec<EntityId>) {
    changed.sort();
    changed.dedup();
    batch.count("sources.changed", i64::try_from(changed.len()).unwrap_or(i64::MAX));
    for entities in changed.chunks(FACT_MAX) {
        batch.fact(Fact::SourcesChanged { entities: entities.to_vec() });
    }
}
