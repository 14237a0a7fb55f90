use matching::{ArtistFeatures, Comparison, FestivalFeatures, PerformanceFeatures, VenueFeatures};
use model::{EntityId, EntityKind};
use serde::{Serialize, de::DeserializeOwned};

/// What resolution needs of the features of each kind.
pub(super) trait Features: Clone + Serialize + DeserializeOwned {
    const KIND: EntityKind;

    fn blocks(&self) -> Vec<String>;
    fn absorb(&mut self, other: &Self) -> bool;
    fn compare(&self, other: &Self) -> Comparison;

    /// The id that this description mints when nothing known is like it. The same words mint the same id, so whoever
    /// says them again means the same entity.
    fn seed(&self) -> EntityId;
}

macro_rules! features {
    ($($type:ident $kind:ident |$features:ident| $parts:expr;)*) => {$(
        impl Features for $type {
            const KIND: EntityKind = EntityKind::$kind;

            fn blocks(&self) -> Vec<String> {
                $type::blocks(self)
            }

            fn absorb(&mut self, other: &Self) -> bool {
                $type::absorb(self, other)
            }

            fn compare(&self, other: &Self) -> Comparison {
                $type::compare(self, other)
            }

            fn seed(&self) -> EntityId {
                let $features = self;
                let parts: Vec<String> = $parts;
                EntityId::mint(Self::KIND, &parts.iter().map(String::as_str).collect::<Vec<_>>())
            }
        }
    )*};
}

features! {
    VenueFeatures Venue |venue| {
        vec![venue.names.join("|"), venue.streets.join("|"), venue.cities.join("|"), venue.postal_codes.join("|")]
    };
    ArtistFeatures Artist |artist| vec![artist.names.join("|")];
    FestivalFeatures Festival |festival| vec![festival.names.join("|"), join(&festival.years)];
    PerformanceFeatures Performance |show| {
        vec![join(&show.venues), join(&show.starts), show.titles.join("|"), show.acts.join("|")]
    };
}

/// A venue that says nothing of its place is the same only in the words of one source: every town has its town hall.
pub(super) fn seed_of_venue(venue: &VenueFeatures, source_id: &str) -> EntityId {
    let placed = !(venue.streets.is_empty() && venue.cities.is_empty() && venue.postal_codes.is_empty());
    if placed { venue.seed() } else { EntityId::mint(EntityKind::Venue, &[source_id, &venue.names.join("|")]) }
}

fn join(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
}
