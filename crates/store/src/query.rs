use model::{Collection, Index};
use serde_json::Value;

use crate::{Result, StoreError};

/// A query that one declared index answers: equality on its first fields, a range and the order on the next, then by id.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub collection: Collection,
    pub equals: Vec<(&'static str, Value)>,
    /// The field of order and range.
    pub order: Option<(&'static str, Direction)>,
    pub from: Option<Bound>,
    pub to: Option<Bound>,
    pub after: Option<Cursor>,
    pub limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// An end of a range.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    Including(Value),
    Excluding(Value),
}

impl Query {
    /// The largest page.
    pub const LIMIT_MAX: usize = 10_000;

    /// All documents of a collection, by id, in pages of 100.
    pub fn of(collection: Collection) -> Self {
        Self { collection, equals: Vec::new(), order: None, from: None, to: None, after: None, limit: 100 }
    }

    #[must_use]
    pub fn equal(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.equals.push((field, value.into()));
        self
    }

    /// Orders by a field; documents without it are not in the result.
    #[must_use]
    pub fn order(mut self, field: &'static str, direction: Direction) -> Self {
        self.order = Some((field, direction));
        self
    }

    /// Keeps what is not below `bound` in the field of the order.
    #[must_use]
    pub fn from(mut self, bound: Bound) -> Self {
        self.from = Some(bound);
        self
    }

    /// Keeps what is not above `bound` in the field of the order.
    #[must_use]
    pub fn to(mut self, bound: Bound) -> Self {
        self.to = Some(bound);
        self
    }

    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }

    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.clamp(1, Self::LIMIT_MAX);
        self
    }

    /// The declared index that answers the query, `None` for the order of ids alone.
    ///
    /// # Errors
    /// [`StoreError::NoIndex`] names the declaration to add.
    pub fn index(&self) -> Result<Option<&'static Index>> {
        if self.equals.is_empty() && self.order.is_none() && self.from.is_none() && self.to.is_none() {
            return Ok(None);
        }
        let answers = |index: &&Index| {
            let (first, rest) = index.0.split_at(self.equals.len().min(index.0.len()));
            let equal = first.len() == self.equals.len() && self.equals.iter().all(|(field, _)| first.contains(field));
            equal && rest.iter().copied().eq(self.order.iter().map(|(field, _)| *field))
        };
        let found = self.collection.indexes().iter().find(answers);
        if found.is_none() || (self.order.is_none() && (self.from.is_some() || self.to.is_some())) {
            let fields = self.equals.iter().map(|(field, _)| *field).chain(self.order.iter().map(|(field, _)| *field));
            return Err(StoreError::NoIndex {
                collection: self.collection,
                fields: fields.map(str::to_owned).collect(),
            });
        }
        Ok(found)
    }
}

/// A position between two documents of a query's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The value of the order's field at the last document before, or null.
    pub value: Value,
    pub id: String,
}

impl Cursor {
    /// An opaque text for the outside.
    pub fn to_text(&self) -> String {
        serde_json::json!([self.value, self.id]).to_string()
    }

    /// # Errors
    /// [`StoreError::InvalidCursor`] when the text did not come from [`Cursor::to_text`].
    pub fn from_text(text: &str) -> Result<Self> {
        let invalid = || StoreError::InvalidCursor { cursor: text.chars().take(80).collect() };
        match serde_json::from_str::<(Value, String)>(text) {
            Ok((value, id)) if !value.is_array() && !value.is_object() => Ok(Self { value, id }),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Collection, Database};

    use super::{Bound, Cursor, Direction, Query};

    #[test]
    fn a_query_needs_its_index() {
        let tasks = Collection::Tasks(Database::Main);
        let due = Query::of(tasks).equal("queue", "sync").order("due_at", Direction::Ascending);
        assert_eq!(due.index().unwrap().unwrap().0, ["queue", "due_at"]);
        assert!(Query::of(tasks).index().unwrap().is_none());
        for refused in [
            Query::of(tasks).equal("kind", "scrape"),
            Query::of(tasks).equal("queue", "sync"),
            Query::of(tasks).from(Bound::Including(1.into())),
            Query::of(Collection::EvtVenues).equal("city", "Porto"),
        ] {
            let message = refused.index().unwrap_err().to_string();
            assert!(message.contains("declare Index(&["), "{message}");
        }
    }

    #[test]
    fn cursors_survive_the_outside() {
        let cursor = Cursor { value: "2026-08-20T19:30".into(), id: "per_1".to_owned() };
        assert_eq!(Cursor::from_text(&cursor.to_text()).unwrap(), cursor);
        for text in ["", "[]", "[1]", "[[1],\"a\"]", "{\"a\":1}"] {
            assert!(Cursor::from_text(text).is_err(), "{text}");
        }
    }
}
