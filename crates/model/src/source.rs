use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document};

/// Somebody who publishes about live music, and how we treat them. Loaded from a sources file; see
/// `docs/adding-a-source.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Lower-case letters, digits and `-`.
    pub id: String,
    pub name: String,
    pub kind: SourceKind,
    #[serde(default)]
    pub policy: SourcePolicy,
    /// Where a crawl begins: absolute addresses.
    pub seeds: Vec<String>,
    /// Where sources disagree the greater one wins. Absent: [`SourceKind::priority`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub priority: Option<u8>,
    /// The place that is meant where the source names none: a venue's own calendar need not repeat its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<SourceVenue>,
    /// The city that is meant where a page names a venue without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// IANA name of the zone in which the source's times are local, where its instants are in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The most pages of this source that a run visits.
    #[serde(default = "Source::default_page_limit")]
    pub page_limit: u32,
}

/// The place a source speaks of when it names none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceVenue {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

/// Who publishes; decides who is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A venue about its own shows.
    Venue,
    /// An artist about their own shows.
    Artist,
    Festival,
    Promoter,
    Ticketing,
    Aggregator,
    /// A newspaper, a blog.
    Press,
}

/// Whether the publisher's terms let us read. Checked before every fetch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourcePolicy {
    #[default]
    Allowed,
    Licensed,
    Forbidden,
}

impl Source {
    fn default_page_limit() -> u32 {
        2000
    }

    /// The effective priority, 0 to 100.
    pub fn priority(&self) -> u8 {
        self.priority.unwrap_or_else(|| self.kind.priority())
    }
}

impl SourceKind {
    /// Who is believed over whom when nothing else is declared: those whose show it is, then those who sell it, then
    /// those who repeat it.
    pub fn priority(self) -> u8 {
        match self {
            Self::Venue => 90,
            Self::Festival => 85,
            Self::Promoter => 75,
            Self::Ticketing => 70,
            Self::Artist => 65,
            Self::Aggregator => 40,
            Self::Press => 30,
        }
    }
}

impl Document for Source {
    fn collection(&self) -> Collection {
        Collection::Sources
    }

    fn id(&self) -> &str {
        &self.id
    }
}
