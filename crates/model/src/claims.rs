use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Stated, When};

/// What a page states about one thing. Only what is stated is present; every value carries its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    Event(Box<EventClaims>),
    Venue(Box<VenueClaims>),
    Artist(Box<ArtistClaims>),
}

/// A dated happening: a concert, a club night, one day of a festival. Names of fields are those of the stored entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EventClaims {
    /// What makes the record the same one the next time the page is read: a UID, the event's own address, or a
    /// database id with its site. Absent when the page gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Stated<When>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Stated<When>>,
    /// When the doors open, as `HH:MM`, local.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doors: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Stated<EventStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<VenueClaims>,
    /// The acts in billing order, headliner first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artists: Vec<ArtistClaims>,
    /// In major units of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_min: Option<Stated<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_max: Option<Stated<f64>>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_url: Option<Stated<String>>,
    /// The event's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Stated<String>>,
    /// The name of the festival that this is, or is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub festival: Option<Stated<String>>,
    /// False where the page makes clear that this is no live music (comedy, sport, talks, films); absent when unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub music: Option<Stated<bool>>,
}

/// A place where music is played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct VenueClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Stated<String>>,
    /// As stated: a name or an ISO 3166 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Stated<String>>,
    /// Degrees north, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<Stated<f64>>,
    /// Degrees east, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<Stated<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Stated<String>>,
}

/// A person or group that plays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ArtistClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Stated<String>>,
    /// Genres joined by `, `, as stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<Stated<String>>,
}

/// What a page says about whether the event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    Scheduled,
    Cancelled,
    Postponed,
    /// Moved to another date or place.
    Rescheduled,
    SoldOut,
}
