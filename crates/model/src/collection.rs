use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

/// The three databases of an environment. A commit touches one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Database {
    /// Working data of the pipeline.
    Pipeline,
    /// What the apps read.
    Main,
    /// Who administers, and what they did.
    Admin,
}

impl Database {
    pub const ALL: [Self; 3] = [Self::Pipeline, Self::Main, Self::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Main => "main",
            Self::Admin => "admin",
        }
    }
}

/// Every collection there is. `Tasks` and `Funnels` exist once in each database, because a task and a count are
/// committed together with the documents that cause them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    Sources,
    Urls,
    Scrapes,
    Extractions,
    EntitySources,
    Identities,
    Blocks,
    Billings,
    Runs,
    ScheduledTasks,
    FailedTasks,
    UrlImages,
    VenueDuplicates,
    ArtistDuplicates,
    PerformanceDuplicates,
    EvtVenues,
    EvtArtists,
    EvtPerformances,
    EvtFestivals,
    Tasks(Database),
    Funnels(Database),
}

impl Collection {
    pub const ALL: [Self; 25] = [
        Self::Sources,
        Self::Urls,
        Self::Scrapes,
        Self::Extractions,
        Self::EntitySources,
        Self::Identities,
        Self::Blocks,
        Self::Billings,
        Self::Runs,
        Self::ScheduledTasks,
        Self::FailedTasks,
        Self::UrlImages,
        Self::VenueDuplicates,
        Self::ArtistDuplicates,
        Self::PerformanceDuplicates,
        Self::EvtVenues,
        Self::EvtArtists,
        Self::EvtPerformances,
        Self::EvtFestivals,
        Self::Tasks(Database::Pipeline),
        Self::Tasks(Database::Main),
        Self::Tasks(Database::Admin),
        Self::Funnels(Database::Pipeline),
        Self::Funnels(Database::Main),
        Self::Funnels(Database::Admin),
    ];

    /// The collection's name in its database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sources => "sources",
            Self::Urls => "urls",
            Self::Scrapes => "scrapes",
            Self::Extractions => "extractions",
            Self::EntitySources => "entity_sources",
            Self::Identities => "identities",
            Self::Blocks => "blocks",
            Self::Billings => "billings",
            Self::Runs => "runs",
            Self::ScheduledTasks => "scheduled_tasks",
            Self::FailedTasks => "failed_tasks",
            Self::UrlImages => "url_images",
            Self::VenueDuplicates => "venue_duplicates",
            Self::ArtistDuplicates => "artist_duplicates",
            Self::PerformanceDuplicates => "performance_duplicates",
            Self::EvtVenues => "evt_venues",
            Self::EvtArtists => "evt_artists",
            Self::EvtPerformances => "evt_performances",
            Self::EvtFestivals => "evt_festivals",
            Self::Tasks(_) => "tasks",
            Self::Funnels(_) => "funnels",
        }
    }

    pub fn database(self) -> Database {
        match self {
            Self::EvtVenues | Self::EvtArtists | Self::EvtPerformances | Self::EvtFestivals => Database::Main,
            Self::Tasks(database) | Self::Funnels(database) => database,
            _ => Database::Pipeline,
        }
    }

    /// The collection of that name in that database.
    pub fn named(database: Database, name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|collection| collection.database() == database && collection.name() == name)
    }

    /// Whether changes appear in the change feed. Tasks and counts do not: nobody listens to them, and they change
    /// more often than everything else together.
    pub fn is_recorded(self) -> bool {
        !matches!(self, Self::Tasks(_) | Self::Funnels(_))
    }

    /// The declared indexes. A query that none of them answers is refused.
    pub fn indexes(self) -> &'static [Index] {
        match self {
            Self::Urls => &[Index(&["source_id"]), Index(&["next_scrape_at"])],
            Self::Scrapes => &[Index(&["url_id", "at"]), Index(&["run_id", "outcome"])],
            Self::Extractions => &[Index(&["url_id"])],
            Self::EntitySources => &[Index(&["entity_id"]), Index(&["url_id"])],
            Self::Identities => &[Index(&["kind"])],
            Self::Runs => &[Index(&["started_at"])],
            Self::ScheduledTasks => &[Index(&["run_id"])],
            Self::FailedTasks => &[
                Index(&["last_failed_at"]),
                Index(&["status", "last_failed_at"]),
                Index(&["pipeline_stage", "last_failed_at"]),
                Index(&["function_name", "last_failed_at"]),
            ],
            Self::UrlImages => &[Index(&["status"])],
            Self::VenueDuplicates | Self::ArtistDuplicates | Self::PerformanceDuplicates => {
                &[Index(&["status", "confidence"])]
            }
            Self::EvtPerformances => &[Index(&["venue_id", "start"]), Index(&["start"])],
            Self::Tasks(_) => &[Index(&["queue", "due_at"]), Index(&["due_at"]), Index(&["worker"])],
            Self::Sources
            | Self::Blocks
            | Self::Billings
            | Self::EvtVenues
            | Self::EvtArtists
            | Self::EvtFestivals
            | Self::Funnels(_) => &[],
        }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.database().name(), self.name())
    }
}

/// A declared index: top-level fields of the document in order. Equality on the first ones, a range and the order on
/// the next, the id last. Every collection has the index of its ids without declaring it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index(pub &'static [&'static str]);

/// A stored document: its type, collection, id and version stand together.
pub trait Document: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The version of the stored shape. A change that old readers cannot read raises it.
    const VERSION: u32 = 1;

    fn collection(&self) -> Collection;

    /// The id inside the collection: at most 200 bytes, no `/`.
    fn id(&self) -> &str;
}
