//! Writes canonical entities: of everything that sources state, the fields that win.

mod merge;

use std::collections::BTreeMap;

use model::{
    Artist, Collection, Database, Deleted, Entity, EntityId, EntityKind, EntitySource, Fact, Festival, ImageStatus,
    Lock, Performance, Picture, Provenance, Time, Trace, UrlImage, Venue,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Batch, Precondition, Query, Versioned};
use tasks::{Attempt, Failure, Task};

use crate::Pipeline;

/// Writes one entity from its sources.
#[derive(Serialize, Deserialize)]
pub struct WriteEntity {
    pub entity: EntityId,
}

impl Task for WriteEntity {
    const KIND: &'static str = "write";
    const QUEUE: &'static str = "writers";

    fn key(&self) -> String {
        self.entity.to_string()
    }
}

/// Writes entities in one commit to the main database.
///
/// # Errors
/// The store fails.
pub async fn write(pipeline: &Pipeline, tasks: Vec<WriteEntity>, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Main, attempt.now);
    for (task, trace) in tasks.into_iter().zip(attempt.traces) {
        let sources = Query::of(Collection::EntitySources).equal("entity_id", task.entity.as_str()).limit(1_000);
        let sources: Vec<EntitySource> =
            pipeline.store.list_all(sources).await?.into_iter().map(|found| found.document).collect();
        match task.entity.kind() {
            EntityKind::Venue => write_one::<Venue>(pipeline, &mut batch, task.entity, &sources, trace).await?,
            EntityKind::Artist => write_one::<Artist>(pipeline, &mut batch, task.entity, &sources, trace).await?,
            EntityKind::Performance => {
                write_one::<Performance>(pipeline, &mut batch, task.entity, &sources, trace).await?;
            }
            EntityKind::Festival => write_one::<Festival>(pipeline, &mut batch, task.entity, &sources, trace).await?,
        }
    }
    Ok(batch)
}

/// The parts of a canonical document that do not depend on its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Canonical {
    id: EntityId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture: Option<Picture>,
    #[serde(default)]
    provenance: BTreeMap<String, Provenance>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    locks: BTreeMap<String, Lock>,
    #[serde(default)]
    sources: u32,
    created_at: Time,
    updated_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted: Option<Deleted>,
    /// The stated fields by name.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

async fn write_one<E: Entity>(
    pipeline: &Pipeline,
    batch: &mut Batch,
    id: EntityId,
    sources: &[EntitySource],
    trace: Trace,
) -> Result<(), Failure> {
    let stored = pipeline.store.get::<E>(E::KIND.collection(), id.as_str()).await?;
    let before = stored.as_ref().map(canonical::<E>).transpose()?;
    if before.as_ref().and_then(|before| before.deleted.as_ref()).is_some_and(|deleted| deleted.survivor.is_some()) {
        // Merged away: its sources are the survivor's now.
        return Ok(());
    }
    let live: Vec<&EntitySource> = sources.iter().filter(|source| source.is_live()).collect();
    if live.is_empty() && before.is_none() {
        return Ok(());
    }
    let mut after = before.clone().unwrap_or_else(|| Canonical {
        id: id.clone(),
        picture: None,
        provenance: BTreeMap::new(),
        locks: BTreeMap::new(),
        sources: 0,
        created_at: batch.now,
        updated_at: batch.now,
        deleted: None,
        fields: Map::new(),
    });
    if live.is_empty() {
        after.deleted.get_or_insert(Deleted {
            at: batch.now,
            reason: "no source states it any more".to_owned(),
            survivor: None,
        });
    } else {
        after.deleted = None;
        merge::fields(E::FIELDS, &live, &mut after);
    }
    let image = after.fields.get("image").and_then(Value::as_str).map(str::to_owned);
    after.picture = match &image {
        Some(image) => picture(pipeline, image).await?,
        None => None,
    };
    if before.as_ref() == Some(&after) {
        batch.count("write.unchanged", 1);
        return Ok(());
    }
    let image_changed =
        image.is_some() && before.as_ref().and_then(|before| before.fields.get("image")) != after.fields.get("image");
    let shown_changed = before.as_ref().is_none_or(|before| {
        before.deleted.is_some() != after.deleted.is_some()
            || ["name", "city", "lat", "lon"].iter().any(|field| before.fields.get(*field) != after.fields.get(*field))
    });
    batch.count(
        match (&before, &after.deleted) {
            (_, Some(_)) => "write.deleted",
            (None, None) => "write.created",
            (Some(_), None) => "write.updated",
        },
        1,
    );
    batch.count(format!("write.{}", E::KIND), 1);
    after.updated_at = batch.now;
    let document: E = serde_json::from_value(serde_json::to_value(&after)?)?;
    let precondition = stored.map_or(Precondition::Absent, |stored| Precondition::AtRevision(stored.revision));
    batch.put(&document, precondition)?;
    batch.fact_on(trace, Fact::EntityChanged { entity: id, image_changed, shown_changed });
    Ok(())
}

fn canonical<E: Entity>(stored: &Versioned<E>) -> Result<Canonical, serde_json::Error> {
    serde_json::from_value(serde_json::to_value(&stored.document)?)
}

/// The processed picture of an image address, where there is one.
async fn picture(pipeline: &Pipeline, image: &str) -> Result<Option<Picture>, Failure> {
    let found = pipeline.store.get::<UrlImage>(Collection::UrlImages, &UrlImage::id_of(image)).await?;
    Ok(found
        .map(|found| found.document)
        .filter(|image| image.status == ImageStatus::Stored)
        .and_then(|image| image.picture))
}
