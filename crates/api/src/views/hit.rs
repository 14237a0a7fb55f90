use std::collections::BTreeMap;

use catalogue::{Found, FoundHit};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::picture::PictureView;
use crate::views::{Kind, Status, address};

/// One page of what was found, best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchView {
    /// All that match, on this page or not.
    #[schema(example = 42)]
    pub(crate) total: u64,
    /// How many match of each type, whatever `type` asks for.
    #[schema(example = json!({ "artist": 1, "venue": 0, "festival": 0, "performance": 41 }))]
    pub(crate) types: BTreeMap<&'static str, u64>,
    pub(crate) hits: Vec<HitView>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "p20")]
    pub(crate) next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HitView {
    #[schema(example = "per_0123456789abcdefghjkmnpq")]
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// Where it is read in full.
    #[schema(example = "/v1/main/evt_performances/per_0123456789abcdefghjkmnpq")]
    pub(crate) url: String,
    /// The name, or a performance's title.
    #[schema(example = "Blackbird + support")]
    pub(crate) title: String,
    /// Local, as `YYYY-MM-DD`, with `THH:MM` where the time is known, with `±HH:MM` where the offset is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-08-20T19:30")]
    pub(crate) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<Status>,
    /// The venue's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Willow Hall")]
    pub(crate) venue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) venue_id: Option<String>,
    /// The artists' names in billing order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) artists: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) genre: Option<String>,
    /// Degrees, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lat: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lon: Option<f64>,
    /// From the place that `near` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3.2)]
    pub(crate) distance_km: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) picture: Option<PictureView>,
}

impl SearchView {
    pub(crate) fn new(found: Found, next: Option<String>) -> Self {
        Self {
            total: found.total,
            types: found.kinds.into_iter().map(|(kind, count)| (kind.name(), count)).collect(),
            hits: found.hits.into_iter().map(HitView::from).collect(),
            next,
        }
    }
}

impl From<FoundHit> for HitView {
    fn from(hit: FoundHit) -> Self {
        let card = hit.card;
        Self {
            id: hit.id.to_string(),
            kind: hit.id.kind().into(),
            url: address(&hit.id),
            title: card.title,
            start: card.start.map(|when| when.to_string()),
            end: card.end.map(|when| when.to_string()),
            status: card.status.map(Status::from),
            venue: card.venue,
            venue_id: card.venue_id.map(String::from),
            artists: card.artists,
            city: card.city,
            genre: card.genre,
            lat: card.lat,
            lon: card.lon,
            // Metres are as far as a place of a city goes.
            distance_km: hit.distance_m.map(|metres| metres.round() / 1000.0),
            picture: card.picture.map(PictureView::from),
        }
    }
}
