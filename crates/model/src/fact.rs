use serde::{Deserialize, Serialize};

use crate::EntityId;

/// What a commit announces. `app::reactions` says which tasks each one causes; nothing else does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The time of a schedule came; what it causes is put off by `delay_ms`.
    ScheduleFired { name: String, delay_ms: i64 },
    /// A run began.
    RunStarted { run_id: String },
    /// A page of the addresses that a run visits was scheduled; there are more behind `after`.
    UrlsScheduled { run_id: String, after: String },
    /// An address is to be visited `delay_ms` from now.
    UrlDue {
        run_id: String,
        url_id: String,
        /// Whose rate the visit is to keep, if anybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        delay_ms: i64,
    },
    /// New content of an address was stored.
    PageScraped { scrape_id: String },
    /// The publisher took the page away.
    PageGone { scrape_id: String },
    /// Deterministic adapters are to read the page.
    PageRouted { scrape_id: String },
    /// Deterministic adapters found nothing, or cannot read the page.
    PageUnread { scrape_id: String },
    /// Links of a page were stored.
    LinksFound { extraction_id: String },
    /// Records were stored.
    RecordsExtracted {
        extraction_id: String,
        /// The place of the page among those that wait to be resolved.
        rank: u32,
    },
    /// The records of one part were given their entities.
    RecordsResolved { extraction_id: String },
    /// What sources state of these entities changed.
    SourcesChanged { entities: Vec<EntityId> },
    /// A canonical document changed. `shown_changed`: so did what other entities show of it, such as its name.
    EntityChanged { entity: EntityId, image_changed: bool, shown_changed: bool },
    /// An image became available, or was rejected.
    ImageChecked { entity: EntityId },
}
