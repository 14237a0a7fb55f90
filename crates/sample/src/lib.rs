//! Our own fictional region: the truth about its venues, artists, performances and festivals, a web of many sources
//! that publish it with the faults of real ones, and scoring of what somebody made of that web.
//!
//! Everything follows from a seed, a scale and a day; there is no clock and no chance. No place, person or text in it
//! is real. What the sources get wrong, a careful reader of all of them can put right: where they disagree, the kind of
//! source with the greatest priority ([`model::SourceKind::priority`]) that publishes a show tells the truth about it.
//!
//! Deliberately absent: anything that reads the pages. The crawler and the extractors under test live elsewhere.

mod config;
mod hostile;
mod random;
mod score;
mod serve;
mod web;
mod world;

pub use config::{BASE_DATE, Config, Scale};
pub use hostile::{HOSTILE_PATHS, hostile_router};
pub use score::{
    Counts, FieldAccuracy, Found, FoundArtist, FoundFestival, FoundPerformance, FoundVenue, Report, score, truth,
};
pub use serve::router;
pub use web::{Response, Web};
pub use world::{Artist, Channel, City, Festival, Language, Performance, Promoter, Series, Venue, World, world};
