use serde_json::Value;

use crate::{Result, StoreError};

/// A position between two documents of a query's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// What the document beside it has in the fields of the order.
    pub values: Vec<Value>,
    pub id: String,
}

impl Cursor {
    /// An opaque text for the outside.
    pub fn to_text(&self) -> String {
        serde_json::json!([self.values, self.id]).to_string()
    }

    /// # Errors
    /// [`StoreError::InvalidCursor`] when the text did not come from [`Cursor::to_text`].
    pub fn from_text(text: &str) -> Result<Self> {
        let plain = |value: &Value| !value.is_array() && !value.is_object();
        match serde_json::from_str::<(Vec<Value>, String)>(text) {
            Ok((values, id)) if values.iter().all(plain) => Ok(Self { values, id }),
            _ => Err(StoreError::InvalidCursor { cursor: text.chars().take(80).collect() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn cursors_survive_the_outside() {
        let cursor = Cursor { values: vec!["2026-08-20T19:30".into(), 3.into()], id: "per_1".to_owned() };
        assert_eq!(Cursor::from_text(&cursor.to_text()).unwrap(), cursor);
        for text in ["", "[]", "[1]", "[1,\"a\"]", "[[[1]],\"a\"]", "{\"a\":1}"] {
            assert!(Cursor::from_text(text).is_err(), "{text}");
        }
    }
}
