use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Collection, Document, EntityId, EntityKind, id::ENTITIES};

/// The pipeline's view of a living entity: what resolution needs to recognise it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// That of the entity.
    #[schemars(extend("x-references" = ENTITIES))]
    pub id: EntityId,
    pub kind: EntityKind,
    /// The features that `matching` compares, in its own shape for the kind.
    pub features: Value,
    /// The block keys under which it is found.
    #[schemars(extend("x-references" = "pipeline.blocks"))]
    pub blocks: Vec<String>,
    /// The entity that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "pipeline.identities"))]
    pub merged_into: Option<EntityId>,
}

impl Document for Identity {
    fn collection(&self) -> Collection {
        Collection::Identities
    }

    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// How a name is billed on all pages: before how many different others (`before_…`, one count for each), and as an act
/// (`act`). A name that only ever stands before others is a night, not an act.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Billing {
    /// The hash of the folded name.
    pub id: String,
    #[serde(flatten)]
    pub counts: BTreeMap<String, i64>,
}

impl Document for Billing {
    fn collection(&self) -> Collection {
        Collection::Billings
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// The identities that share one block key. Resolution commits under the precondition that the blocks it has read are
/// as it read them, so two workers cannot both create the same entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// The block key: `{first letter of the kind}:{rule}:{value}`.
    pub id: String,
    #[schemars(extend("x-references" = "pipeline.identities"))]
    pub members: Vec<EntityId>,
}

impl Document for Block {
    fn collection(&self) -> Collection {
        Collection::Blocks
    }

    fn id(&self) -> &str {
        &self.id
    }
}
