use model::Time;
use serde_json::{Map, Number, Value};

use crate::limits;
use crate::{Batch, Key, Result, StoreError, Stored};

/// Changes of single top-level fields of a document, made inside the commit: nobody's change in between is lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(pub Vec<(String, FieldChange)>);

#[derive(Clone, Debug, PartialEq)]
pub enum FieldChange {
    Set(Value),
    Remove,
    /// Adds to a number; what is absent or no number counts as zero. Integers stay at the ends of their range.
    Increment(Number),
    /// The time of the commit, by the database's clock, in milliseconds.
    ServerTime,
    /// Appends those elements that the array does not have; what is no array counts as empty.
    Union(Vec<Value>),
    /// Takes these elements out of the array, however often it has them.
    Without(Vec<Value>),
}

impl Fields {
    #[must_use]
    pub fn set(self, field: &str, value: impl Into<Value>) -> Self {
        self.with(field, FieldChange::Set(value.into()))
    }

    #[must_use]
    pub fn remove(self, field: &str) -> Self {
        self.with(field, FieldChange::Remove)
    }

    #[must_use]
    pub fn increment(self, field: &str, by: impl Into<Number>) -> Self {
        self.with(field, FieldChange::Increment(by.into()))
    }

    #[must_use]
    pub fn server_time(self, field: &str) -> Self {
        self.with(field, FieldChange::ServerTime)
    }

    #[must_use]
    pub fn union<V: Into<Value>>(self, field: &str, elements: impl IntoIterator<Item = V>) -> Self {
        self.with(field, FieldChange::Union(elements.into_iter().map(Into::into).collect()))
    }

    #[must_use]
    pub fn without<V: Into<Value>>(self, field: &str, elements: impl IntoIterator<Item = V>) -> Self {
        self.with(field, FieldChange::Without(elements.into_iter().map(Into::into).collect()))
    }

    fn with(mut self, field: &str, change: FieldChange) -> Self {
        self.0.push((field.to_owned(), change));
        self
    }

    /// The version and the JSON of a stored document after the changes. `version` is that of one which comes into being.
    ///
    /// # Errors
    /// What is stored is no JSON object, or would grow beyond [`Batch::DOCUMENT_MAX`], in an indexed text beyond
    /// [`Batch::INDEXED_TEXT_MAX`].
    pub fn update(&self, before: Option<&Stored>, key: &Key, version: u32, now: Time) -> Result<(u32, String)> {
        let read = |before: &Stored| {
            // Changes are of today's shape: so must be what they change.
            let document = serde_json::from_str(&before.data)?;
            serde_json::from_value(key.collection.upcast(before.version, document))
        };
        let document: Option<Map<String, Value>> = before
            .map(read)
            .transpose()
            .map_err(|source| StoreError::Unreadable { key: key.clone(), type_name: "a JSON object", source })?;
        let after = self.apply(document, &key.id, now);
        limits::check_indexed(key, &after)?;
        let data =
            serde_json::to_string(&after).map_err(|source| StoreError::Unwritable { key: key.clone(), source })?;
        if data.len() > Batch::DOCUMENT_MAX {
            return Err(StoreError::TooLarge { key: key.clone(), bytes: data.len(), limit: Batch::DOCUMENT_MAX });
        }
        Ok((before.map_or(version, |before| before.version.max(key.collection.version())), data))
    }

    /// The document after the changes, in their order. A document that is absent begins with its id alone.
    pub fn apply(&self, document: Option<Map<String, Value>>, id: &str, now: Time) -> Map<String, Value> {
        let mut document = document.unwrap_or_else(|| Map::from_iter([("id".to_owned(), id.into())]));
        for (field, change) in &self.0 {
            let before = document.get(field);
            let after = match change {
                FieldChange::Set(value) => Some(value.clone()),
                FieldChange::Remove => None,
                FieldChange::Increment(by) => Some(add(before, by)),
                FieldChange::ServerTime => Some(now.0.into()),
                FieldChange::Union(elements) => Some(union(before, elements)),
                FieldChange::Without(elements) => Some(without(before, elements)),
            };
            match after {
                Some(value) => drop(document.insert(field.clone(), value)),
                None => drop(document.shift_remove(field)),
            }
        }
        document
    }
}

fn add(before: Option<&Value>, by: &Number) -> Value {
    let before = before.and_then(Value::as_number).cloned().unwrap_or_else(|| 0.into());
    match (before.as_i64(), by.as_i64()) {
        (Some(before), Some(by)) => before.saturating_add(by).into(),
        // What leaves the range of numbers stays as it was.
        _ => {
            let sum = before.as_f64().unwrap_or_default() + by.as_f64().unwrap_or_default();
            Number::from_f64(sum).map_or(Value::Number(before), Value::Number)
        }
    }
}

fn union(before: Option<&Value>, elements: &[Value]) -> Value {
    let mut array = before.and_then(Value::as_array).cloned().unwrap_or_default();
    for element in elements {
        if !array.contains(element) {
            array.push(element.clone());
        }
    }
    array.into()
}

fn without(before: Option<&Value>, elements: &[Value]) -> Value {
    let mut array = before.and_then(Value::as_array).cloned().unwrap_or_default();
    array.retain(|element| !elements.contains(element));
    array.into()
}

#[cfg(test)]
mod tests {
    use model::{Collection, Time};
    use serde_json::{Number, Value, json};

    use super::Fields;
    use crate::{Key, Stored};

    #[test]
    fn each_change_does_what_it_says() {
        let before = json!({ "n": 1, "a": ["x", "y", "x"], "gone": true, "t": "old", "f": 0.5 });
        let fields = Fields::default()
            .increment("n", 2)
            .increment("new", -3)
            .increment("f", Number::from_f64(0.25).unwrap())
            .union("a", ["y", "z"])
            .without("a", ["x"])
            .union("b", ["only"])
            .remove("gone")
            .server_time("t")
            .set("s", "set");
        let after = Value::Object(fields.apply(before.as_object().cloned(), "d", Time(9)));
        assert_eq!(after, json!({ "n": 3, "new": -3, "f": 0.75, "a": ["y", "z"], "b": ["only"], "t": 9, "s": "set" }));
        assert_eq!(Value::Object(fields.apply(None, "d", Time(9)))["id"], "d");
    }

    #[test]
    fn a_document_of_an_older_version_is_changed_in_todays_shape() {
        let key = Key::new(Collection::FailedTasks, "f");
        let data = json!({ "id": "f", "error_message": "the step panicked: x" }).to_string();
        let before = Stored { key: key.clone(), revision: 1, version: 1, data };
        let (version, data) =
            Fields::default().set("status", "resolved").update(Some(&before), &key, 1, Time(0)).unwrap();
        let after: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(version, Collection::FailedTasks.version());
        assert!(after["error_type"].is_string() && after["status"] == "resolved", "{after}");
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let grown = Fields::default().increment("n", i64::MAX).increment("n", 1).apply(None, "d", Time(0));
        assert_eq!(grown["n"], i64::MAX);
        let largest = Number::from_f64(f64::MAX).unwrap();
        let grown = Fields::default().increment("n", largest.clone()).increment("n", largest.clone());
        assert_eq!(grown.apply(None, "d", Time(0))["n"], Value::Number(largest));
    }
}
