use std::collections::HashSet;

use jiff::civil::Date;
use model::{Collection, EntityId, EntityKind, EntitySource, Url, When};
use store::{Batch, Precondition, Query, Result};

use crate::Pipeline;

/// Takes back what earlier readings of the page stated and the one with id `base` does not: shows from `today` on, and
/// the venues and artists that no remaining show of the page names. A past show that falls off a list has still
/// happened. Returns the entities that lost a contribution.
pub(super) async fn outdated(
    pipeline: &Pipeline,
    batch: &mut Batch,
    url: &Url,
    base: &str,
    stated: &[EntitySource],
    today: Date,
) -> Result<Vec<EntityId>> {
    let now_stated: HashSet<&str> = stated.iter().map(|contribution| contribution.id.as_str()).collect();
    let of_page = Query::of(Collection::EntitySources).equal("url_id", url.id.as_str()).limit(1_000);
    let known = pipeline.store.list_all::<EntitySource>(of_page).await?;
    let current = |source: &EntitySource| {
        now_stated.contains(source.id.as_str()) || (!base.is_empty() && source.extraction_id.starts_with(base))
    };
    let mut needed: HashSet<String> = HashSet::new();
    let mut leaving = Vec::new();
    for found in known.iter().filter(|found| found.document.is_live()) {
        let is_performance = found.document.entity_id.kind() == EntityKind::Performance;
        let stays = current(&found.document) || (is_performance && !is_ahead(&found.document, today));
        if stays && is_performance {
            needed.extend(references(&found.document));
        }
        if !stays {
            leaving.push(found);
        }
    }
    let mut withdrawn = Vec::new();
    for found in leaving {
        let source = &found.document;
        if needed.contains(source.entity_id.as_str()) {
            continue;
        }
        let gone = EntitySource { withdrawn_at: Some(batch.now), changed_at: batch.now, ..source.clone() };
        batch.put(&gone, Precondition::AtRevision(found.revision))?;
        batch.count("sources.withdrawn", 1);
        withdrawn.push(source.entity_id.clone());
    }
    Ok(withdrawn)
}

fn is_ahead(performance: &EntitySource, today: Date) -> bool {
    let start = performance.fields.get("start").and_then(|start| start.value.as_str());
    start.and_then(|start| start.parse::<When>().ok()).is_none_or(|start| start.date >= today)
}

/// The ids of the venue, the artists and the festival that a show names.
fn references(performance: &EntitySource) -> Vec<String> {
    let mut ids = Vec::new();
    for field in ["venue_id", "festival_id"] {
        ids.extend(performance.fields.get(field).and_then(|id| id.value.as_str()).map(str::to_owned));
    }
    let artists = performance.fields.get("artist_ids").and_then(|ids| ids.value.as_array());
    ids.extend(artists.into_iter().flatten().filter_map(|id| id.as_str()).map(str::to_owned));
    ids
}
