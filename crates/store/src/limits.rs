//! How large a document and its indexed texts may be, alike on every database.

use std::borrow::Cow;
use std::fmt;

use model::{Field, Kind};
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Batch, Key, Result, StoreError};

/// # Errors
/// [`StoreError::TooLarge`], [`StoreError::IndexedTooLong`].
pub(crate) fn check_json(key: &Key, data: &str) -> Result<()> {
    if data.len() > Batch::DOCUMENT_MAX {
        return Err(StoreError::TooLarge { key: key.clone(), bytes: data.len(), limit: Batch::DOCUMENT_MAX });
    }
    // Most documents are shorter than what their texts may be.
    if data.len() <= Batch::INDEXED_TEXT_MAX {
        return Ok(());
    }
    let fields = key.collection.indexed_fields();
    let mut reader = serde_json::Deserializer::from_str(data);
    match reader.deserialize_map(TooLong { fields: &fields }) {
        Ok(found) => refuse(key, found),
        Err(source) => Err(StoreError::Unwritable { key: key.clone(), source }),
    }
}

/// # Errors
/// [`StoreError::IndexedTooLong`].
pub(crate) fn check_indexed(key: &Key, document: &Map<String, Value>) -> Result<()> {
    let fields = key.collection.indexed_fields();
    refuse(key, fields.iter().find_map(|field| too_long(field, document.get(field.name)?)))
}

type Found = Option<(&'static str, usize)>;

fn refuse(key: &Key, found: Found) -> Result<()> {
    match found {
        Some((field, bytes)) => {
            let limit = Batch::INDEXED_TEXT_MAX;
            Err(StoreError::IndexedTooLong { key: key.clone(), field, bytes, limit })
        }
        None => Ok(()),
    }
}

fn too_long(field: &Field, value: &Value) -> Found {
    let bytes = |value: &Value| value.as_str().map(str::len).filter(|bytes| *bytes > Batch::INDEXED_TEXT_MAX);
    let bytes = match (field.kind, value) {
        (Kind::Text, text) => bytes(text),
        (Kind::Elements, Value::Array(elements)) => elements.iter().find_map(bytes),
        _ => None,
    };
    Some((field.name, bytes?))
}

/// Reads only the indexed fields of a document.
struct TooLong<'a> {
    fields: &'a [Field],
}

impl<'de> Visitor<'de> for TooLong<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut document: A) -> Result<Found, A::Error> {
        let mut found = None;
        while let Some(name) = document.next_key::<Cow<'de, str>>()? {
            match self.fields.iter().find(|field| field.name == name) {
                Some(field) => {
                    let value: Value = document.next_value()?;
                    found = found.or_else(|| too_long(field, &value));
                }
                None => drop(document.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}
