use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, EntityId, Time, hash_id};

/// Two entities that may be one: too alike to ignore, not alike enough to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicate {
    /// The hash of the unordered pair: [`Duplicate::id_of`].
    pub id: String,
    /// The lesser id of the two.
    pub left: EntityId,
    pub right: EntityId,
    pub status: DuplicateStatus,
    /// Probability of being one, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub confidence: f64,
    /// The comparison in words, strongest evidence first.
    pub explanation: Vec<String>,
    pub suggested_at: Time,
}

/// What became of the suspicion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateStatus {
    Suggested,
    Dismissed,
    Merged,
}

impl Duplicate {
    /// The id of the unordered pair.
    pub fn id_of(a: &EntityId, b: &EntityId) -> String {
        let (left, right) = if a < b { (a, b) } else { (b, a) };
        hash_id(&["duplicate", left.as_str(), right.as_str()])
    }
}

impl Document for Duplicate {
    fn collection(&self) -> Collection {
        self.left.kind().duplicates().unwrap_or(Collection::PerformanceDuplicates)
    }

    fn id(&self) -> &str {
        &self.id
    }
}
