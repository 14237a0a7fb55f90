use model::{Collection, Index, PARENT};
use serde_json::Value;

use crate::plan::{self, Plan};
use crate::{Cursor, Result};

/// A query that one declared index answers: tests for equality on its first fields, ranges and the order on the next,
/// then by id.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub collection: Collection,
    /// All of them must hold.
    pub filters: Vec<(&'static str, Test)>,
    pub order: Vec<(&'static str, Direction)>,
    /// Only what comes behind it.
    pub after: Option<Cursor>,
    /// Only what comes before it: the last documents of that part, still in the query's order.
    pub before: Option<Cursor>,
    /// The most documents of a page, and of the result that a listener sees.
    pub limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// What a query asks of one field. An absent field is null; null passes no test but `Equal(null)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    Equal(Value),
    /// Any of at most [`Query::ALTERNATIVES_MAX`].
    In(Vec<Value>),
    /// Of an array: one of its elements.
    Contains(Value),
    ContainsAny(Vec<Value>),
    NotEqual(Value),
    NotIn(Vec<Value>),
    AtLeast(Value),
    Above(Value),
    AtMost(Value),
    Below(Value),
}

impl Query {
    /// The largest page.
    pub const LIMIT_MAX: usize = 10_000;
    /// The page of a query that says none.
    pub const LIMIT_DEFAULT: usize = 100;
    /// The most combinations of `in` and `contains any`: each is one walk through an index.
    pub const ALTERNATIVES_MAX: usize = 30;

    /// All documents of a collection, by id. Of a subcollection: those under every parent (a collection-group query).
    pub fn of(collection: Collection) -> Self {
        Self { collection, filters: Vec::new(), order: Vec::new(), after: None, before: None, limit: None }
    }

    /// The documents of a subcollection under one parent.
    pub fn under(collection: Collection, parent: &str) -> Self {
        Self::of(collection).equal(PARENT.name, parent)
    }

    #[must_use]
    pub fn test(mut self, field: &'static str, test: Test) -> Self {
        self.filters.push((field, test));
        self
    }

    #[must_use]
    pub fn equal(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.test(field, Test::Equal(value.into()))
    }

    #[must_use]
    pub fn is_in<V: Into<Value>>(self, field: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        self.test(field, Test::In(values.into_iter().map(Into::into).collect()))
    }

    #[must_use]
    pub fn contains(self, field: &'static str, element: impl Into<Value>) -> Self {
        self.test(field, Test::Contains(element.into()))
    }

    #[must_use]
    pub fn contains_any<V: Into<Value>>(self, field: &'static str, elements: impl IntoIterator<Item = V>) -> Self {
        self.test(field, Test::ContainsAny(elements.into_iter().map(Into::into).collect()))
    }

    #[must_use]
    pub fn not_equal(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.test(field, Test::NotEqual(value.into()))
    }

    #[must_use]
    pub fn not_in<V: Into<Value>>(self, field: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        self.test(field, Test::NotIn(values.into_iter().map(Into::into).collect()))
    }

    #[must_use]
    pub fn at_least(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.test(field, Test::AtLeast(value.into()))
    }

    #[must_use]
    pub fn above(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.test(field, Test::Above(value.into()))
    }

    #[must_use]
    pub fn at_most(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.test(field, Test::AtMost(value.into()))
    }

    #[must_use]
    pub fn below(self, field: &'static str, value: impl Into<Value>) -> Self {
        self.test(field, Test::Below(value.into()))
    }

    /// Orders by a field, after those named before. Documents without it are not in the result.
    #[must_use]
    pub fn order(mut self, field: &'static str, direction: Direction) -> Self {
        self.order.push((field, direction));
        self
    }

    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }

    #[must_use]
    pub fn before(mut self, cursor: Option<Cursor>) -> Self {
        self.before = cursor;
        self
    }

    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit.clamp(1, Self::LIMIT_MAX));
        self
    }

    /// Documents of one page.
    pub fn page(&self) -> usize {
        self.limit.unwrap_or(Self::LIMIT_DEFAULT)
    }

    /// How the declared indexes answer the query.
    ///
    /// # Errors
    /// [`crate::StoreError::NoIndex`] prints the declaration to add; [`crate::StoreError::InvalidQuery`] says what can
    /// be answered by no index.
    pub fn plan(&self) -> Result<Plan> {
        plan::plan(self)
    }

    /// The declared index that answers the query, `None` for the order of ids alone.
    ///
    /// # Errors
    /// As [`Query::plan`].
    pub fn index(&self) -> Result<Option<&'static Index>> {
        Ok(self.plan()?.index)
    }
}

impl Direction {
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}
