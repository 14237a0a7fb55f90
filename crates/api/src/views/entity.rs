use std::collections::BTreeMap;

use catalogue::{Entry, EntryDocument};
use model::{Artist, EntityId, EntityKind, Festival, Lock, Performance, Picture, Provenance, Time, Venue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::picture::PictureView;
use crate::views::{Kind, Status, address};

/// A canonical entity. Fields that no source states are absent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum EntityView {
    Venue(VenueView),
    Artist(ArtistView),
    Performance(PerformanceView),
    Festival(FestivalView),
}

/// What all entities have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) picture: Option<PictureView>,
    /// Field name → why it has its value.
    pub(crate) provenance: BTreeMap<String, ProvenanceView>,
    /// Fields that their owner or an editor has fixed: no source overwrites them.
    pub(crate) locked: Vec<String>,
    /// Sources that speak of it now.
    pub(crate) sources: u32,
    /// RFC 3339.
    #[schema(example = "2026-06-01T12:00:00Z")]
    pub(crate) created_at: String,
    #[schema(example = "2026-06-02T12:00:00Z")]
    pub(crate) updated_at: String,
    /// Rises with every change.
    pub(crate) revision: u64,
}

/// Why a field has its value: the winning statement and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvenanceView {
    #[schema(example = "willow-hall")]
    pub(crate) source: String,
    /// The page that states it.
    #[schema(example = "https://willow-hall.example/programme")]
    pub(crate) url: String,
    /// SHA-256 of the page as it was read and stored, in hex.
    pub(crate) content_hash: String,
    /// Where in the page.
    #[schema(example = "#programme > li:nth-of-type(3) > time")]
    pub(crate) at: String,
    /// The verbatim text.
    #[schema(example = "Thu 20 August, 7.30pm")]
    pub(crate) quote: String,
    /// Since when the page states it, as far as is known. RFC 3339.
    pub(crate) since: String,
    /// Sources that state the same, this one included, and sources that state something else.
    pub(crate) agreeing: u32,
    pub(crate) disagreeing: u32,
}

/// A place where music is played.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VenueView {
    #[schema(example = "ven_0123456789abcdefghjkmnpq")]
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Willow Hall")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
    /// Degrees, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lat: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lon: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(flatten)]
    pub(crate) record: RecordView,
}

/// A person or group that plays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArtistView {
    #[schema(example = "art_0123456789abcdefghjkmnpq")]
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Blackbird")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) genre: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(flatten)]
    pub(crate) record: RecordView,
}

/// One show: a bill at one place at one time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PerformanceView {
    #[schema(example = "per_0123456789abcdefghjkmnpq")]
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// Local, as `YYYY-MM-DD`, with `THH:MM` where the time is known, with `±HH:MM` where the offset is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-08-20T19:30+01:00")]
    pub(crate) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<String>,
    /// Local, as `HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "19:00")]
    pub(crate) doors: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) venue: Option<ReferenceView>,
    /// In billing order.
    pub(crate) artists: Vec<ReferenceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) festival: Option<ReferenceView>,
    /// In major units of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price_min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price_max: Option<f64>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "EUR")]
    pub(crate) currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_url: Option<String>,
    /// The event's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(flatten)]
    pub(crate) record: RecordView,
}

/// Another entity, by id and name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReferenceView {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// Absent where no source names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Where it is read.
    pub(crate) url: String,
}

/// Many performances under one name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FestivalView {
    #[schema(example = "fes_0123456789abcdefghjkmnpq")]
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(flatten)]
    pub(crate) record: RecordView,
}

/// The collections and how much of them can be found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionsView {
    pub(crate) collections: Vec<CollectionView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionView {
    pub(crate) name: CollectionName,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[schema(example = 40)]
    pub(crate) entities: u64,
}

/// A collection of canonical entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum CollectionName {
    #[serde(rename = "evt_venues")]
    Venues,
    #[serde(rename = "evt_artists")]
    Artists,
    #[serde(rename = "evt_performances")]
    Performances,
    #[serde(rename = "evt_festivals")]
    Festivals,
}

impl From<EntityKind> for CollectionName {
    fn from(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Venue => Self::Venues,
            EntityKind::Artist => Self::Artists,
            EntityKind::Performance => Self::Performances,
            EntityKind::Festival => Self::Festivals,
        }
    }
}

impl From<Entry> for EntityView {
    fn from(entry: Entry) -> Self {
        let revision = entry.revision;
        match entry.document {
            EntryDocument::Venue(venue) => Self::Venue(venue_view(venue, revision)),
            EntryDocument::Artist(artist) => Self::Artist(artist_view(artist, revision)),
            EntryDocument::Festival(festival) => Self::Festival(festival_view(festival, revision)),
            EntryDocument::Performance { performance, venue, artists, festival } => {
                Self::Performance(performance_view(performance, venue, artists, festival, revision))
            }
        }
    }
}

fn venue_view(venue: Venue, revision: u64) -> VenueView {
    VenueView {
        id: venue.id.into(),
        name: venue.name,
        street: venue.street,
        city: venue.city,
        region: venue.region,
        postal_code: venue.postal_code,
        country: venue.country,
        lat: venue.lat,
        lon: venue.lon,
        phone: venue.phone,
        website: venue.website,
        image: venue.image,
        description: venue.description,
        record: RecordView {
            sources: venue.sources,
            ..record(venue.picture, venue.provenance, venue.locks, [venue.created_at, venue.updated_at], revision)
        },
    }
}

fn artist_view(artist: Artist, revision: u64) -> ArtistView {
    ArtistView {
        id: artist.id.into(),
        name: artist.name,
        genre: artist.genre,
        website: artist.website,
        image: artist.image,
        description: artist.description,
        record: RecordView {
            sources: artist.sources,
            ..record(artist.picture, artist.provenance, artist.locks, [artist.created_at, artist.updated_at], revision)
        },
    }
}

fn festival_view(festival: Festival, revision: u64) -> FestivalView {
    let times = [festival.created_at, festival.updated_at];
    FestivalView {
        id: festival.id.into(),
        name: festival.name,
        start: festival.start.map(|when| when.to_string()),
        end: festival.end.map(|when| when.to_string()),
        url: festival.url,
        image: festival.image,
        description: festival.description,
        record: RecordView {
            sources: festival.sources,
            ..record(festival.picture, festival.provenance, festival.locks, times, revision)
        },
    }
}

fn performance_view(
    show: Performance,
    venue: Option<String>,
    artists: Vec<Option<String>>,
    festival: Option<String>,
    revision: u64,
) -> PerformanceView {
    let artist_ids = show.artist_ids.unwrap_or_default();
    PerformanceView {
        id: show.id.into(),
        title: show.title,
        start: show.start.map(|when| when.to_string()),
        end: show.end.map(|when| when.to_string()),
        doors: show.doors,
        status: show.status.map(Status::from),
        venue: show.venue_id.map(|id| reference(id, venue)),
        artists: artist_ids.into_iter().zip(artists).map(|(id, name)| reference(id, name)).collect(),
        festival: show.festival_id.map(|id| reference(id, festival)),
        price_min: show.price_min,
        price_max: show.price_max,
        currency: show.currency,
        ticket_url: show.ticket_url,
        url: show.url,
        image: show.image,
        description: show.description,
        record: RecordView {
            sources: show.sources,
            ..record(show.picture, show.provenance, show.locks, [show.created_at, show.updated_at], revision)
        },
    }
}

fn reference(id: EntityId, name: Option<String>) -> ReferenceView {
    ReferenceView { kind: id.kind().into(), name, url: address(&id), id: id.into() }
}

/// A stored field by the name under which it is shown: references are shown with more than their ids.
pub(crate) fn shown_field(field: String) -> String {
    match field.as_str() {
        "venue_id" => "venue".to_owned(),
        "artist_ids" => "artists".to_owned(),
        "festival_id" => "festival".to_owned(),
        _ => field,
    }
}

/// Who fixed a field stays inside: only that it is fixed is public.
fn record(
    picture: Option<Picture>,
    provenance: BTreeMap<String, Provenance>,
    locks: BTreeMap<String, Lock>,
    [created_at, updated_at]: [Time; 2],
    revision: u64,
) -> RecordView {
    RecordView {
        picture: picture.map(PictureView::from),
        provenance: provenance.into_iter().map(|(field, why)| (shown_field(field), why.into())).collect(),
        locked: locks.into_keys().map(shown_field).collect(),
        sources: 0,
        created_at: created_at.to_string(),
        updated_at: updated_at.to_string(),
        revision,
    }
}

impl From<Provenance> for ProvenanceView {
    fn from(why: Provenance) -> Self {
        Self {
            source: why.source_id,
            url: why.url,
            content_hash: why.content_hash,
            at: why.at,
            quote: why.quote,
            since: why.since.to_string(),
            agreeing: why.agreeing,
            disagreeing: why.disagreeing,
        }
    }
}
