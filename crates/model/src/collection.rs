use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Change, shape::version_after};

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
/// committed together with the documents that cause them; `Leases` and `Rates`, because tasks stand under them.
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
    Schedules,
    FailedTasks,
    UrlImages,
    VenueDuplicates,
    ArtistDuplicates,
    PerformanceDuplicates,
    EvtVenues,
    EvtArtists,
    EvtPerformances,
    EvtFestivals,
    Chats,
    /// Under `Chats`.
    Messages,
    Tasks(Database),
    Leases(Database),
    Rates(Database),
    Funnels(Database),
}

impl Collection {
    pub const ALL: [Self; 34] = [
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
        Self::Schedules,
        Self::FailedTasks,
        Self::UrlImages,
        Self::VenueDuplicates,
        Self::ArtistDuplicates,
        Self::PerformanceDuplicates,
        Self::EvtVenues,
        Self::EvtArtists,
        Self::EvtPerformances,
        Self::EvtFestivals,
        Self::Chats,
        Self::Messages,
        Self::Tasks(Database::Pipeline),
        Self::Tasks(Database::Main),
        Self::Tasks(Database::Admin),
        Self::Leases(Database::Pipeline),
        Self::Leases(Database::Main),
        Self::Leases(Database::Admin),
        Self::Rates(Database::Pipeline),
        Self::Rates(Database::Main),
        Self::Rates(Database::Admin),
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
            Self::Schedules => "schedules",
            Self::FailedTasks => "failed_tasks",
            Self::UrlImages => "url_images",
            Self::VenueDuplicates => "venue_duplicates",
            Self::ArtistDuplicates => "artist_duplicates",
            Self::PerformanceDuplicates => "performance_duplicates",
            Self::EvtVenues => "evt_venues",
            Self::EvtArtists => "evt_artists",
            Self::EvtPerformances => "evt_performances",
            Self::EvtFestivals => "evt_festivals",
            Self::Chats => "chats",
            Self::Messages => "messages",
            Self::Tasks(_) => "tasks",
            Self::Leases(_) => "leases",
            Self::Rates(_) => "rates",
            Self::Funnels(_) => "funnels",
        }
    }

    pub fn database(self) -> Database {
        match self {
            Self::EvtVenues
            | Self::EvtArtists
            | Self::EvtPerformances
            | Self::EvtFestivals
            | Self::Chats
            | Self::Messages => Database::Main,
            Self::Tasks(database) | Self::Leases(database) | Self::Rates(database) | Self::Funnels(database) => {
                database
            }
            _ => Database::Pipeline,
        }
    }

    /// The collection of that name in that database.
    pub fn named(database: Database, name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|collection| collection.database() == database && collection.name() == name)
    }

    /// Whether changes appear in the change feed. Tasks, what they stand under, and counts do not: nobody listens to
    /// them, and they change more often than everything else together.
    pub fn is_recorded(self) -> bool {
        !matches!(self, Self::Tasks(_) | Self::Leases(_) | Self::Rates(_) | Self::Funnels(_))
    }

    /// The collection that this one's documents lie under: the id of a document of a subcollection is
    /// `{parent's id}/{own id}`.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Messages => Some(Self::Chats),
            _ => None,
        }
    }

    /// The number of parts that an id has between its slashes.
    pub fn depth(self) -> usize {
        1 + self.parent().map_or(0, Self::depth)
    }

    /// The declared indexes. A query that none of them answers is refused.
    pub fn indexes(self) -> &'static [Index] {
        match self {
            Self::Urls => const { &[Index(&[text("source_id")]), Index(&[integer("next_scrape_at")])] },
            Self::Scrapes => {
                const { &[Index(&[text("url_id"), integer("at")]), Index(&[text("run_id"), text("outcome")])] }
            }
            Self::Extractions => const { &[Index(&[text("url_id")])] },
            Self::EntitySources => const { &[Index(&[text("entity_id")]), Index(&[text("url_id")])] },
            Self::Identities => const { &[Index(&[text("kind")])] },
            Self::Runs => const { &[Index(&[integer("started_at")])] },
            Self::ScheduledTasks => const { &[Index(&[text("run_id")])] },
            Self::FailedTasks => {
                const {
                    &[
                        Index(&[integer("last_failed_at")]),
                        Index(&[text("status"), integer("last_failed_at")]),
                        Index(&[text("pipeline_stage"), integer("last_failed_at")]),
                        Index(&[text("function_name"), integer("last_failed_at")]),
                        Index(&[text("task_type"), integer("last_failed_at")]),
                        Index(&[text("error_type"), integer("last_failed_at")]),
                    ]
                }
            }
            Self::UrlImages => const { &[Index(&[text("status")])] },
            Self::VenueDuplicates | Self::ArtistDuplicates | Self::PerformanceDuplicates => {
                const { &[Index(&[text("status"), real("confidence")])] }
            }
            Self::EvtPerformances => const { &[Index(&[text("venue_id"), text("start")]), Index(&[text("start")])] },
            Self::Chats => {
                const {
                    &[
                        Index(&[integer("last_message_at")]),
                        Index(&[text("kind"), integer("last_message_at").descending(), integer("message_count")]),
                        Index(&[elements("members"), integer("last_message_at")]),
                    ]
                }
            }
            Self::Messages => {
                const {
                    &[
                        Index(&[PARENT, integer("sent_at")]),
                        Index(&[PARENT, text("sender"), integer("sent_at")]),
                        Index(&[text("sender"), integer("sent_at")]),
                    ]
                }
            }
            Self::Rates(_) => const { &[Index(&[integer("paid_until")])] },
            Self::Tasks(_) => {
                const {
                    &[
                        Index(&[text("queue"), integer("priority"), integer("due_at")]),
                        Index(&[text("queue"), text("worker")]),
                    ]
                }
            }
            Self::Sources
            | Self::Blocks
            | Self::Billings
            | Self::EvtVenues
            | Self::EvtArtists
            | Self::EvtFestivals
            | Self::Schedules
            | Self::Leases(_)
            | Self::Funnels(_) => &[],
        }
    }

    /// The fields of all indexes, each once: what decides whether a document is in a query's result.
    pub fn indexed_fields(self) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for field in self.indexes().iter().flat_map(|index| index.0) {
            if *field != PARENT && !fields.iter().any(|known| known.name == field.name) {
                fields.push(Field { descending: false, ..*field });
            }
        }
        fields
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.database().name(), self.name())
    }
}

/// A declared index: fields of the document in order. Equality on the first ones, ranges and the order on the next, the
/// id last. Every collection has the index of its ids without declaring it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index(pub &'static [Field]);

/// A top-level field in an index. A document whose field is absent, null or of another kind has no value there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub descending: bool,
}

/// What values an indexed field has, and how they are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By bytes.
    Text,
    Integer,
    Real,
    /// False before true.
    Flag,
    /// An array of texts: found by any one of them.
    Elements,
}

/// The document that a document of a subcollection lies under, as a field of its indexes.
pub const PARENT: Field = text("_parent");

pub const fn text(name: &'static str) -> Field {
    Field { name, kind: Kind::Text, descending: false }
}

pub const fn integer(name: &'static str) -> Field {
    Field { name, kind: Kind::Integer, descending: false }
}

pub const fn real(name: &'static str) -> Field {
    Field { name, kind: Kind::Real, descending: false }
}

pub const fn flag(name: &'static str) -> Field {
    Field { name, kind: Kind::Flag, descending: false }
}

pub const fn elements(name: &'static str) -> Field {
    Field { name, kind: Kind::Elements, descending: false }
}

impl Field {
    /// The same field from the largest value to the smallest: for orders whose fields run in different directions.
    #[must_use]
    pub const fn descending(self) -> Self {
        Self { descending: true, ..self }
    }
}

/// A stored document: its type, collection, id and version stand together.
pub trait Document: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The changes of the stored shape since its first version, oldest first.
    const HISTORY: &'static [Change] = &[];
    /// The version of the stored shape: raised by each change that comes with an upcast, and by nothing else.
    const VERSION: u32 = version_after(Self::HISTORY);

    fn collection(&self) -> Collection;

    /// The id inside the collection: at most 200 bytes, no `/`. In a subcollection: `{parent's id}/{own id}`.
    fn id(&self) -> &str;
}
