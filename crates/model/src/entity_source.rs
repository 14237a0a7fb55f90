use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Collection, Document, EntityId, Stated, Time};

/// What one page of one source contributes to one entity. Kept apart from all others, so that a merge can be computed
/// again or undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EntitySource {
    /// `{entity}~{url}`.
    pub id: String,
    pub entity_id: EntityId,
    #[schemars(extend("x-references" = "pipeline.sources"))]
    pub source_id: String,
    #[schemars(extend("x-references" = "pipeline.urls"))]
    pub url_id: String,
    /// The page's address.
    pub url: String,
    #[schemars(extend("x-references" = "pipeline.extractions"))]
    pub extraction_id: String,
    /// Of the stored page that the evidence quotes.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub content_hash: String,
    /// The source's priority when this was written, 0 to 100.
    pub priority: u8,
    /// Whether the page is about this one thing, not a list of many: it is believed over lists of the same source.
    pub detail: bool,
    /// Field name of the canonical document → what the page states.
    pub fields: BTreeMap<String, Stated<Value>>,
    pub first_seen_at: Time,
    /// When what it states changed last.
    pub changed_at: Time,
    /// The page no longer states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Time>,
}

impl EntitySource {
    pub fn id_of(entity: &EntityId, url_id: &str) -> String {
        format!("{entity}~{url_id}")
    }

    /// Whether the page still states it.
    pub fn is_live(&self) -> bool {
        self.withdrawn_at.is_none()
    }
}

impl Document for EntitySource {
    fn collection(&self) -> Collection {
        Collection::EntitySources
    }

    fn id(&self) -> &str {
        &self.id
    }
}
