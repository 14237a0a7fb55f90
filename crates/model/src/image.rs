use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Picture, Time, hash_id};

/// An image address that an entity names, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UrlImage {
    /// The hash of its address: [`UrlImage::id_of`].
    pub id: String,
    /// The address of the original.
    pub url: String,
    pub status: ImageStatus,
    pub checked_at: Time,
    /// What was stored of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// Why it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Whether an image was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageStatus {
    Stored,
    Rejected,
}

impl UrlImage {
    pub fn id_of(url: &str) -> String {
        hash_id(&["image", url])
    }
}

impl Document for UrlImage {
    fn collection(&self) -> Collection {
        Collection::UrlImages
    }

    fn id(&self) -> &str {
        &self.id
    }
}
