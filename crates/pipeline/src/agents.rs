//! Reads pages that adapters cannot read, through a language model. What the model says counts only where its quotes
//! stand in the page: everything else is dropped.

use anyhow::Context;
use jiff::civil::Date;
use model::{ArtistClaims, Database, EventClaims, Record, Stated, VenueClaims, When};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Batch;
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;
use crate::adapters::{Found, store_page};
use crate::stored_page::StoredPage;

/// The most text of a page that is shown to a model, in characters.
const TEXT_MAX: usize = 24_000;

const INSTRUCTIONS: &str = "You read the text of one web page and list the live music events that it announces. For each \
     event give the title, the start as YYYY-MM-DD or YYYY-MM-DDTHH:MM, the venue's name, its city, and the acts in \
     billing order. Beside each value give the quote: the exact words of the page that say so. Give null where the page \
     does not say it. List nothing that is not on the page.";

/// Asks the language model about a page.
#[derive(Serialize, Deserialize)]
pub struct AskAgents {
    pub scrape_id: String,
}

impl Task for AskAgents {
    const KIND: &'static str = "ask-agents";
    const QUEUE: &'static str = "agents";

    fn key(&self) -> String {
        self.scrape_id.clone()
    }

    /// There is one provider.
    fn rate_key(&self) -> Option<String> {
        Some("language-model".to_owned())
    }
}

/// # Errors
/// The store, the blob store or the model fails.
pub async fn ask(pipeline: &Pipeline, task: AskAgents, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    let Some(model) = &pipeline.language_model else {
        batch.count("skip.no_language_model", 1);
        return Ok(batch);
    };
    let Some(page) = StoredPage::read(pipeline, &task.scrape_id).await? else { return Ok(batch) };
    let body = page.body.clone();
    let content_type = page.scrape.content_type.clone();
    let text = tokio::task::spawn_blocking(move || extract::PageText::of(&body, content_type.as_deref()))
        .await
        .context("the page's text could not be made")?;
    let shown: String = text.visible().chars().take(TEXT_MAX).collect();
    let question = format!("Today is {}. The page {}:\n\n{shown}", page.today, page.scrape.url);
    let completion = match model.complete(INSTRUCTIONS, &question, &schema()).await {
        Ok(completion) => completion,
        Err(error) if error.is_transient() => return Err(error.into()),
        Err(error) => return Err(Failure::permanent(error)),
    };
    batch.count("agents.asked", 1);
    batch.count(
        "agents.tokens",
        i64::try_from(completion.usage.input_tokens + completion.usage.output_tokens).unwrap_or(i64::MAX),
    );
    let (records, dropped) = verified(&completion.value, page.today, |quote| text.holds(quote));
    batch.count("agents.unproven", dropped);
    let found = Found { detail: records.len() == 1, records, links: Vec::new() };
    store_page(batch, page, found, &completion.model)
}

/// The records whose quotes stand in the page, and how many values were dropped because theirs do not.
fn verified(answer: &Value, today: Date, holds: impl Fn(&str) -> bool) -> (Vec<Record>, i64) {
    let mut dropped = 0;
    let mut records = Vec::new();
    for event in answer["events"].as_array().into_iter().flatten() {
        let mut stated = |field: &Value| -> Option<Stated<String>> {
            let (value, quote) = (field["value"].as_str()?.trim(), field["quote"].as_str()?.trim());
            if value.is_empty() || quote.is_empty() || !holds(quote) {
                dropped += 1;
                return None;
            }
            Some(Stated::new(value.to_owned(), "agent", quote))
        };
        let start = stated(&event["start"]).and_then(|start| {
            let when: When = start.value.parse().ok()?;
            let days = when.date.since(today).ok()?.get_days();
            (-400..=800).contains(&days).then(|| start.map(|_| when))
        });
        let claims = EventClaims {
            title: stated(&event["title"]),
            start,
            venue: stated(&event["venue"]).map(|name| VenueClaims {
                name: Some(name),
                city: stated(&event["city"]),
                ..VenueClaims::default()
            }),
            artists: event["artists"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(&mut stated)
                .map(|name| ArtistClaims { name: Some(name), ..ArtistClaims::default() })
                .collect(),
            ..EventClaims::default()
        };
        if claims.start.is_some() && (claims.title.is_some() || !claims.artists.is_empty()) {
            records.push(Record::Event(Box::new(claims)));
        }
    }
    (records, dropped)
}

fn schema() -> Value {
    let stated = json!({
        "type": ["object", "null"],
        "properties": { "value": { "type": "string" }, "quote": { "type": "string" } },
        "required": ["value", "quote"],
        "additionalProperties": false
    });
    json!({
        "type": "object",
        "properties": { "events": { "type": "array", "items": {
            "type": "object",
            "properties": {
                "title": stated, "start": stated, "venue": stated, "city": stated,
                "artists": { "type": "array", "items": stated }
            },
            "required": ["title", "start", "venue", "city", "artists"],
            "additionalProperties": false
        } } },
        "required": ["events"],
        "additionalProperties": false
    })
}

#[cfg(test)]
mod tests {
    use model::Record;
    use serde_json::json;

    use super::verified;

    #[test]
    fn what_is_not_on_the_page_does_not_count() {
        let page = "Friday 4 December The Larks at the Old Mill, Porto";
        let said = |value: &str, quote: &str| json!({ "value": value, "quote": quote });
        let answer = json!({ "events": [
            { "title": said("The Larks", "The Larks"), "start": said("2026-12-04", "Friday 4 December"),
              "venue": said("Old Mill", "the Old Mill"), "city": said("Lisbon", "Lisbon"),
              "artists": [said("The Larks", "The Larks"), said("Invented", "Invented")] },
            { "title": said("Nowhere", "Nowhere"), "start": said("2026-12-05", "5 December"),
              "venue": null, "city": null, "artists": [] },
            "nonsense"
        ] });
        let (records, dropped) = verified(&answer, "2026-11-22".parse().unwrap(), |quote| page.contains(quote));
        assert_eq!(dropped, 4);
        let [Record::Event(event)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(event.artists.len(), 1);
        assert!(event.venue.as_ref().unwrap().city.is_none());
    }
}
