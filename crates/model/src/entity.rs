use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, EntityId, EntityKind, EventStatus, Time, When};

/// Why a published field has its value: the winning statement, where it stands, and who else says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    #[schemars(extend("x-references" = "pipeline.sources"))]
    pub source_id: String,
    pub url: String,
    /// The stored page that holds the quote: blob `pages/{content_hash}`.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub content_hash: String,
    /// Where in the page: [`Evidence::at`](crate::Evidence).
    pub at: String,
    pub quote: String,
    /// When the page began to state this value, as far as we know.
    pub since: Time,
    /// Sources that state the same value, the winning one included.
    pub agreeing: u32,
    /// Sources that state another value.
    pub disagreeing: u32,
}

/// A field that a verified owner or an editor has fixed: no source overwrites it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lock {
    /// Who fixed it.
    pub by: String,
    pub at: Time,
}

/// A soft delete: the document stays, readers no longer see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deleted {
    pub at: Time,
    pub reason: String,
    /// The entity that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survivor: Option<EntityId>,
}

/// A processed image: its variants are WebP files in the blob store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    /// SHA-256 of the original, in hex.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub hash: String,
    pub width: u32,
    pub height: u32,
    /// Base64 of the thumbhash, drawn while the picture loads.
    pub thumbhash: String,
    /// Ascending by width.
    pub variants: Vec<ImageVariant>,
}

/// One size of a picture, as it is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageVariant {
    pub width: u32,
    pub height: u32,
    /// Its name in the blob store: `images/{hash}/{width}.webp`.
    pub key: String,
}

macro_rules! entity {
    ($(#[$doc:meta])* $name:ident in $collection:ident, $kind:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            /// Minted from the first evidence: [`EntityId::mint`].
            pub id: EntityId,
            $(
                $(#[$field_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
            /// The processed `image`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub picture: Option<Picture>,
            /// Field name → why it has its value.
            #[serde(default)]
            pub provenance: BTreeMap<String, Provenance>,
            /// Field name → who fixed it.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub locks: BTreeMap<String, Lock>,
            /// Sources that speak of it now.
            #[serde(default)]
            pub sources: u32,
            pub created_at: Time,
            pub updated_at: Time,
            /// Present when readers no longer see it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub deleted: Option<Deleted>,
        }

        impl $name {
            /// The names of the fields that sources state.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
        }

        impl Document for $name {
            fn collection(&self) -> Collection {
                Collection::$collection
            }

            fn id(&self) -> &str {
                self.id.as_str()
            }
        }

        impl Entity for $name {
            const KIND: EntityKind = EntityKind::$kind;
            const FIELDS: &'static [&'static str] = Self::FIELDS;
        }
    };
}

/// What the canonical documents share.
pub trait Entity: Document {
    const KIND: EntityKind;
    const FIELDS: &'static [&'static str];
}

entity! {
    /// A place where music is played.
    Venue in EvtVenues, Venue {
        name: String,
        street: String,
        city: String,
        region: String,
        postal_code: String,
        /// As stated: a name or an ISO 3166 code.
        country: String,
        /// Degrees north, WGS 84.
        lat: f64,
        /// Degrees east, WGS 84.
        lon: f64,
        phone: String,
        website: String,
        /// The address of the original.
        image: String,
        description: String,
    }
}

entity! {
    /// A person or group that plays.
    Artist in EvtArtists, Artist {
        name: String,
        /// Genres joined by `, `, as stated.
        genre: String,
        website: String,
        image: String,
        description: String,
    }
}

entity! {
    /// One show: a bill at one place at one time.
    Performance in EvtPerformances, Performance {
        title: String,
        start: When,
        end: When,
        /// `HH:MM`, local.
        doors: String,
        status: EventStatus,
        #[schemars(extend("x-references" = "main.evt_venues"))]
        venue_id: EntityId,
        /// In billing order.
        #[schemars(extend("x-references" = "main.evt_artists"))]
        artist_ids: Vec<EntityId>,
        #[schemars(extend("x-references" = "main.evt_festivals"))]
        festival_id: EntityId,
        /// In major units of `currency`.
        price_min: f64,
        /// In major units of `currency`.
        price_max: f64,
        /// ISO 4217.
        currency: String,
        ticket_url: String,
        /// The show's own page.
        url: String,
        image: String,
        description: String,
    }
}

entity! {
    /// A festival: many performances under one name.
    Festival in EvtFestivals, Festival {
        name: String,
        start: When,
        end: When,
        url: String,
        image: String,
        description: String,
    }
}

impl EntityKind {
    /// The collection of the kind's canonical documents.
    pub fn collection(self) -> Collection {
        match self {
            Self::Venue => Collection::EvtVenues,
            Self::Artist => Collection::EvtArtists,
            Self::Performance => Collection::EvtPerformances,
            Self::Festival => Collection::EvtFestivals,
        }
    }

    /// The collection of suspected duplicates of the kind.
    pub fn duplicates(self) -> Option<Collection> {
        match self {
            Self::Venue => Some(Collection::VenueDuplicates),
            Self::Artist => Some(Collection::ArtistDuplicates),
            Self::Performance => Some(Collection::PerformanceDuplicates),
            Self::Festival => None,
        }
    }
}
