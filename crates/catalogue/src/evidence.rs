use model::{Collection, EntityId, EntitySource, Stated, Time};
use serde_json::Value;
use store::Query;

use crate::{Catalogue, Result};

/// What one page states about one field of an entity, published or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub field: String,
    pub stated: Stated<Value>,
    pub source_id: String,
    pub url: String,
    /// The stored page that holds the quote: blob `pages/{content_hash}`.
    pub content_hash: String,
    /// The source's priority, 0 to 100.
    pub priority: u8,
    pub first_seen_at: Time,
    /// The page no longer states it.
    pub withdrawn_at: Option<Time>,
}

impl Catalogue {
    /// Everything that any page has stated about the entity, by field, the most trusted first.
    ///
    /// # Errors
    /// The store fails.
    pub async fn evidence(&self, id: &EntityId) -> Result<Vec<Statement>> {
        let sources = Query::of(Collection::EntitySources).equal("entity_id", id.as_str()).limit(1000);
        let sources = self.store.list_all::<EntitySource>(sources).await?;
        let mut statements: Vec<Statement> = sources.into_iter().flat_map(|found| statements(found.document)).collect();
        statements.sort_by(|a, b| {
            let order = |s: &Statement| (s.field.clone(), s.withdrawn_at.is_some(), 100 - s.priority.min(100));
            order(a).cmp(&order(b)).then_with(|| a.url.cmp(&b.url))
        });
        Ok(statements)
    }
}

fn statements(source: EntitySource) -> impl Iterator<Item = Statement> {
    let EntitySource { source_id, url, content_hash, priority, fields, first_seen_at, withdrawn_at, .. } = source;
    fields.into_iter().map(move |(field, stated)| Statement {
        field,
        stated,
        source_id: source_id.clone(),
        url: url.clone(),
        content_hash: content_hash.clone(),
        priority,
        first_seen_at,
        withdrawn_at,
    })
}
