//! Takes the images that entities name: fetched politely, checked, made into WebP variants, kept by content.

mod variants;

use anyhow::Context;
use bytes::Bytes;
use fetch::Fetched;
use model::{
    Artist, Collection, Database, EntityId, EntityKind, Fact, Festival, ImageStatus, ImageVariant, Performance,
    Picture, UrlImage, Venue,
};
use serde::{Deserialize, Serialize};
use store::{Batch, Precondition};
use tasks::{Attempt, Failure, Task};

use crate::{Pipeline, scheduling};

/// Takes the image of an entity.
#[derive(Serialize, Deserialize)]
pub struct FetchImage {
    pub entity: EntityId,
}

impl Task for FetchImage {
    const KIND: &'static str = "fetch-image";
    const QUEUE: &'static str = "images";

    fn key(&self) -> String {
        self.entity.to_string()
    }
}

/// # Errors
/// The store or the blob store fails, or the address fails in a way that another try may mend.
pub async fn fetch_image(pipeline: &Pipeline, task: FetchImage, attempt: Attempt) -> Result<Batch, Failure> {
    let mut batch = Batch::new(Database::Pipeline, attempt.now);
    let Some(url) = image_of(pipeline, &task.entity).await? else { return Ok(batch) };
    let id = UrlImage::id_of(&url);
    if let Some(known) = pipeline.store.get::<UrlImage>(Collection::UrlImages, &id).await? {
        batch.count("images.known", 1);
        if known.document.status == ImageStatus::Stored {
            batch.fact(Fact::ImageChecked { entity: task.entity });
        }
        return Ok(batch);
    }
    if scheduling::is_recorded(&pipeline.store, &attempt.trace.run_id).await? {
        batch.count("images.recorded", 1);
        return Ok(batch);
    }
    let checked = match taken(pipeline, &url).await? {
        Ok(picture) => {
            batch.count("images.stored", 1);
            UrlImage {
                id,
                url,
                status: ImageStatus::Stored,
                checked_at: batch.now,
                picture: Some(picture),
                error: None,
            }
        }
        Err(reason) => {
            batch.count("images.rejected", 1);
            UrlImage {
                id,
                url,
                status: ImageStatus::Rejected,
                checked_at: batch.now,
                picture: None,
                error: Some(reason),
            }
        }
    };
    batch.put(&checked, Precondition::Any)?;
    batch.fact(Fact::ImageChecked { entity: task.entity });
    Ok(batch)
}

/// The picture, or in words why there is none.
async fn taken(pipeline: &Pipeline, url: &str) -> Result<Result<Picture, String>, Failure> {
    let request =
        fetch::Request { url, etag: None, last_modified: None, accept: "image/webp,image/jpeg,image/png,image/gif" };
    let body = match pipeline.fetcher.get(&request).await {
        Ok(Fetched::Body(body)) => body.bytes,
        Ok(Fetched::Gone { status, .. }) => return Ok(Err(format!("the address answers {status}"))),
        Ok(Fetched::NotModified) => return Ok(Err("the address answers 304 to an unconditional request".to_owned())),
        Err(error) if error.is_transient() => {
            return Err(match error.retry_after() {
                Some(wait) => Failure::after(wait, error),
                None => error.into(),
            });
        }
        Err(error) => return Ok(Err(format!("{:#}", anyhow::Error::new(error)))),
    };
    let hash = blobs::content_hash(&body);
    let processed =
        tokio::task::spawn_blocking(move || variants::variants(&body)).await.context("image processing stopped")?;
    let processed = match processed {
        Ok(processed) => processed,
        Err(error) => return Ok(Err(format!("{:#}", anyhow::Error::new(error)))),
    };
    let mut variants = Vec::new();
    for (width, height, webp) in processed.variants {
        let key = format!("images/{hash}/{width}.webp");
        pipeline.blobs.put(&key, Bytes::from(webp)).await?;
        variants.push(ImageVariant { width, height, key });
    }
    Ok(Ok(Picture { hash, width: processed.width, height: processed.height, thumbhash: processed.thumbhash, variants }))
}

async fn image_of(pipeline: &Pipeline, entity: &EntityId) -> Result<Option<String>, store::StoreError> {
    let (store, collection, id) = (&pipeline.store, entity.kind().collection(), entity.as_str());
    Ok(match entity.kind() {
        EntityKind::Venue => store.get::<Venue>(collection, id).await?.and_then(|found| found.document.image),
        EntityKind::Artist => store.get::<Artist>(collection, id).await?.and_then(|found| found.document.image),
        EntityKind::Performance => {
            store.get::<Performance>(collection, id).await?.and_then(|found| found.document.image)
        }
        EntityKind::Festival => store.get::<Festival>(collection, id).await?.and_then(|found| found.document.image),
    })
}
