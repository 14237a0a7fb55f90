use model::{EntityId, EventStatus, Picture, When};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a hit shows: the shape of [`crate::SearchDoc::stored`]. Who writes the index makes it, who shows hits reads it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// The name, or a performance's title.
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<EventStatus>,
    /// The name of the venue of a performance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<EntityId>,
    /// The names of the artists of a performance, in billing order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artists: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// Degrees, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

impl Card {
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a card has text keys and finite numbers or null")
    }
}
