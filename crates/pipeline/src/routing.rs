//! Decides who reads a page: deterministic adapters, the agents, or nobody.

use model::{Database, Fact, PageClass};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;
use crate::stored_page::StoredPage;

/// Looks at a stored page.
#[derive(Serialize, Deserialize)]
pub struct RoutePage {
    pub scrape_id: String,
}

impl Task for RoutePage {
    const KIND: &'static str = "route";
    const QUEUE: &'static str = "routing";

    fn key(&self) -> String {
        self.scrape_id.clone()
    }
}

/// # Errors
/// The store or the blob store fails.
pub async fn route(pipeline: &Pipeline, task: RoutePage, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    let Some(mut page) = StoredPage::read(pipeline, &task.scrape_id).await? else { return Ok(batch) };
    let class = extract::classify(&page.body, page.scrape.content_type.as_deref());
    batch.count(format!("route.{}", name(class)), 1);
    if class == PageClass::Unreadable {
        batch.count("skip.unreadable", 1);
        // Nobody reads it further: until its bytes change there is nothing to visit it for.
        page.url.document.extractor = extract::VERSION;
    } else {
        batch.fact(Fact::PageRouted { scrape_id: task.scrape_id });
    }
    page.url.document.class = Some(class);
    batch.put(&page.url.document, Precondition::AtRevision(page.url.revision))?;
    Ok(batch)
}

fn name(class: PageClass) -> &'static str {
    match class {
        PageClass::Structured => "structured",
        PageClass::Html => "html",
        PageClass::Calendar => "calendar",
        PageClass::Feed => "feed",
        PageClass::Json => "json",
        PageClass::Unreadable => "unreadable",
    }
}
