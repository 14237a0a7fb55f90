//! The words of MyStage: every stored document with its collection, id, version and indexes, the records that a page
//! states, and the facts that a commit announces.
//!
//! Pure: no I/O, no clock, no sibling crate. The domain type *is* the stored document; wire types live in `api`.

mod chat;
mod claims;
mod collection;
mod duplicate;
mod entity;
mod entity_source;
mod evidence;
mod extraction;
mod fact;
mod id;
mod identity;
mod image;
mod run;
mod scrape;
mod shape;
mod source;
mod task;
mod time;
mod trace;
mod turn;
mod url;
mod when;

pub use chat::{Chat, ChatKind, Message};
pub use claims::{ArtistClaims, EventClaims, EventStatus, Record, VenueClaims};
pub use collection::{Collection, Database, Document, Field, Index, Kind, PARENT, elements, flag, integer, real, text};
pub use duplicate::{Duplicate, DuplicateStatus};
pub use entity::{Artist, Deleted, Entity, Festival, ImageVariant, Lock, Performance, Picture, Provenance, Venue};
pub use entity_source::EntitySource;
pub use evidence::{Evidence, Stated};
pub use extraction::{Extraction, RecordResolution};
pub use fact::Fact;
pub use id::{EntityId, EntityKind, InvalidEntityId, hash_id, ordered_id};
pub use identity::{Billing, Block, Identity};
pub use image::{ImageStatus, UrlImage};
pub use run::{Funnel, Run, RunScope, ScheduledTask};
pub use scrape::{Scrape, ScrapeOutcome};
pub use shape::Change;
pub use source::{Source, SourceKind, SourcePolicy, SourceVenue};
pub use task::{ErrorType, FailedTask, FailedTaskStatus, InvalidPriority, NewTask, Priority, TaskDoc};
pub use time::Time;
pub use trace::Trace;
pub use turn::{QueueLease, RateState, ScheduleState};
pub use url::{PageClass, Url, UrlStatus, normalise_url};
pub use when::{InvalidWhen, When};
