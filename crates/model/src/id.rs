use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Time;

/// A deterministic id: the first 120 bits of SHA-256 over the parts, in lower-case base 32, 24 characters.
///
/// The same parts give the same id on every machine, which is what makes a repeated step harmless.
pub fn hash_id(parts: &[&str]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digest = digest(parts);
    let bits = digest[..15].iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..24).rev().map(|i| char::from(ALPHABET[(bits >> (5 * i) & 31) as usize])).collect()
}

/// The first bytes of the same hash as lower-case hexadecimal digits.
pub(crate) fn hash_hex(parts: &[&str], bytes: usize) -> String {
    digest(parts).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// A new id that sorts by its time: a UUID of version 7 (RFC 9562, section 5.7) of these 10 random bytes.
pub fn ordered_id(now: Time, random: [u8; 10]) -> String {
    let millis = u64::try_from(now.0).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}

/// The kinds of canonical entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    Venue,
    Artist,
    Performance,
    Festival,
}

impl EntityKind {
    pub const ALL: [Self; 4] = [Self::Venue, Self::Artist, Self::Performance, Self::Festival];

    /// `venue`, `artist`, `performance` or `festival`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Venue => "venue",
            Self::Artist => "artist",
            Self::Performance => "performance",
            Self::Festival => "festival",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Venue => "ven_",
            Self::Artist => "art_",
            Self::Performance => "per_",
            Self::Festival => "fes_",
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The id of a canonical venue, artist, performance or festival; its first letters tell which.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntityId(String);

/// The collections of the canonical entities, as a schema names them.
pub(crate) const ENTITIES: [&str; 4] =
    ["main.evt_venues", "main.evt_artists", "main.evt_performances", "main.evt_festivals"];

/// A text that is not an [`EntityId`].
#[derive(Debug, thiserror::Error)]
#[error("not an entity id (ven_…, art_…, per_… or fes_…): {0:?}")]
pub struct InvalidEntityId(String);

impl EntityId {
    const LENGTH_MAX: usize = 64;

    /// The id that the first evidence of an entity mints. The same evidence mints the same id.
    pub fn mint(kind: EntityKind, parts: &[&str]) -> Self {
        Self(format!("{}{}", kind.prefix(), hash_id(parts)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn kind(&self) -> EntityKind {
        match self.0.as_bytes()[0] {
            b'v' => EntityKind::Venue,
            b'a' => EntityKind::Artist,
            b'p' => EntityKind::Performance,
            _ => EntityKind::Festival,
        }
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EntityId {
    type Err = InvalidEntityId;

    fn from_str(text: &str) -> Result<Self, InvalidEntityId> {
        let known = EntityKind::ALL.iter().any(|kind| text.starts_with(kind.prefix()));
        if known && text.len() <= Self::LENGTH_MAX && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidEntityId(text.chars().take(64).collect()))
        }
    }
}

impl TryFrom<String> for EntityId {
    type Error = InvalidEntityId;

    fn try_from(text: String) -> Result<Self, InvalidEntityId> {
        text.parse()
    }
}

impl From<EntityId> for String {
    fn from(id: EntityId) -> Self {
        id.0
    }
}

impl JsonSchema for EntityId {
    fn schema_name() -> Cow<'static, str> {
        "EntityId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The id of a venue, artist, performance or festival; its first letters tell which.",
            "type": "string",
            "pattern": "^(ven|art|per|fes)_[0-9A-Za-z_]*$",
            "maxLength": EntityId::LENGTH_MAX,
            "x-references": ENTITIES,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{EntityId, EntityKind, hash_id, ordered_id};
    use crate::Time;

    #[test]
    fn ids_are_stable_and_separate_their_parts() {
        assert_eq!(hash_id(&["a", "b"]), hash_id(&["a", "b"]));
        assert_ne!(hash_id(&["ab", ""]), hash_id(&["a", "b"]));
        assert_eq!(hash_id(&[]).len(), 24);
    }

    #[test]
    fn ordered_ids_sort_by_time_and_are_uuids() {
        let ids: Vec<String> =
            [0, 1_000, 1_763_800_000_000].map(|ms| ordered_id(Time(ms), [255 - (ms % 251) as u8; 10])).into();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'7'), "{ids:?}");
        assert_ne!(ordered_id(Time(5), [1; 10]), ordered_id(Time(5), [2; 10]));
    }

    #[test]
    fn an_id_tells_its_kind() {
        for kind in EntityKind::ALL {
            let id = EntityId::mint(kind, &["x"]);
            assert_eq!(id.as_str().parse::<EntityId>().unwrap().kind(), kind);
        }
        assert!("x_1".parse::<EntityId>().is_err());
        assert!("ven_../etc".parse::<EntityId>().is_err());
    }
}
