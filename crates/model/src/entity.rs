use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Collection, Document, EntityId, EntityKind, EventStatus, Time, When};

/// Why a published field has its value: the winning statement, where it stands, and who else says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    pub source_id: String,
    pub url: String,
    /// The stored page that holds the quote: blob `pages/{content_hash}`.
    pub content_hash: String,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lock {
    pub by: String,
    pub at: Time,
}

/// A soft delete: the document stays, readers no longer see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deleted {
    pub at: Time,
    pub reason: String,
    /// The entity that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survivor: Option<EntityId>,
}

/// A processed image: its variants are WebP files in the blob store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// SHA-256 of the original, in hex.
    pub hash: String,
    pub width: u32,
    pub height: u32,
    /// Base64 of the thumbhash, drawn while the picture loads.
    pub thumbhash: String,
    /// Ascending by width.
    pub variants: Vec<ImageVariant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageVariant {
    pub width: u32,
    pub height: u32,
    pub key: String,
}

macro_rules! entity {
    ($(#[$doc:meta])* $name:ident in $collection:ident, $kind:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            pub id: EntityId,
            $(
                $(#[$field_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
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
        country: String,
        /// Degrees, WGS 84.
        lat: f64,
        lon: f64,
        phone: String,
        website: String,
        image: String,
        description: String,
    }
}

entity! {
    /// A person or group that plays.
    Artist in EvtArtists, Artist {
        name: String,
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
        venue_id: EntityId,
        /// In billing order.
        artist_ids: Vec<EntityId>,
        festival_id: EntityId,
        price_min: f64,
        price_max: f64,
        currency: String,
        ticket_url: String,
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
