//! The wire's shapes, where they differ from the stored documents.

pub(crate) mod entity;
pub(crate) mod evidence;
pub(crate) mod funnel;
pub(crate) mod health;
pub(crate) mod hit;
pub(crate) mod picture;

use model::{EntityKind, EventStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// The kind of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Venue,
    Artist,
    Performance,
    Festival,
}

impl From<EntityKind> for Kind {
    fn from(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Venue => Self::Venue,
            EntityKind::Artist => Self::Artist,
            EntityKind::Performance => Self::Performance,
            EntityKind::Festival => Self::Festival,
        }
    }
}

/// Whether a performance takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Scheduled,
    Cancelled,
    Postponed,
    Rescheduled,
    SoldOut,
}

impl From<EventStatus> for Status {
    fn from(status: EventStatus) -> Self {
        match status {
            EventStatus::Scheduled => Self::Scheduled,
            EventStatus::Cancelled => Self::Cancelled,
            EventStatus::Postponed => Self::Postponed,
            EventStatus::Rescheduled => Self::Rescheduled,
            EventStatus::SoldOut => Self::SoldOut,
        }
    }
}

/// Where an entity is read.
pub(crate) fn address(id: &model::EntityId) -> String {
    format!("/v1/main/{}/{id}", id.kind().collection().name())
}
