use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One schema inside a document's: what `$ref` points to is found in the document's `$defs`.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    root: &'a Value,
    here: &'a Value,
}

/// What values a schema describes, as far as anybody here asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Anything,
    Text,
    Integer,
    Number,
    Flag,
    List,
    Object,
    /// Objects told apart by a field with a constant.
    Variants,
    /// What no type of the model has made so far.
    Other,
}

impl<'a> Node<'a> {
    pub(crate) fn document(schema: &'a Value) -> Self {
        Self { root: schema, here: schema }
    }

    fn at(self, here: &'a Value) -> Self {
        Self { here, ..self }
    }

    /// The name of the part that it refers to.
    pub(crate) fn part_name(self) -> Option<&'a str> {
        self.here.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
    }

    pub(crate) fn part(self) -> Option<Self> {
        Some(self.at(self.root.get("$defs")?.get(self.part_name()?)?))
    }

    pub(crate) fn parts(self) -> impl Iterator<Item = (&'a str, Self)> {
        let parts = self.root.get("$defs").and_then(Value::as_object).into_iter().flatten();
        parts.map(move |(name, part)| (name.as_str(), self.at(part)))
    }

    /// A word of this very place, not of the part that it refers to.
    pub(crate) fn own(self, word: &str) -> Option<&'a Value> {
        self.here.get(word)
    }

    /// A word of this place, else of the part that it refers to.
    pub(crate) fn get(self, word: &str) -> Option<&'a Value> {
        self.own(word).or_else(|| self.part()?.get(word))
    }

    pub(crate) fn text(self, word: &str) -> Option<&'a str> {
        self.get(word)?.as_str()
    }

    pub(crate) fn shape(self) -> Shape {
        match self.text("type") {
            _ if !self.variants().is_empty() => Shape::Variants,
            _ if !self.values().is_empty() => Shape::Text,
            Some("string") => Shape::Text,
            Some("integer") => Shape::Integer,
            Some("number") => Shape::Number,
            Some("boolean") => Shape::Flag,
            Some("array") => Shape::List,
            Some("object") => Shape::Object,
            None if ["anyOf", "oneOf", "allOf", "not", "const"].iter().all(|word| self.get(word).is_none()) => {
                Shape::Anything
            }
            _ => Shape::Other,
        }
    }

    pub(crate) fn fields(self) -> impl Iterator<Item = (&'a str, Self)> {
        let fields = self.get("properties").and_then(Value::as_object).into_iter().flatten();
        fields.map(move |(name, field)| (name.as_str(), self.at(field)))
    }

    pub(crate) fn field(self, name: &str) -> Option<Self> {
        self.fields().find(|(known, _)| *known == name).map(|(_, field)| field)
    }

    pub(crate) fn requires(self, name: &str) -> bool {
        self.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known == name))
    }

    /// Whether an object may have fields that it does not name.
    pub(crate) fn is_closed(self) -> bool {
        self.get("additionalProperties") == Some(&Value::Bool(false))
    }

    /// What the fields that it does not name hold.
    pub(crate) fn others(self) -> Option<Self> {
        self.get("additionalProperties").filter(|others| others.is_object()).map(|others| self.at(others))
    }

    pub(crate) fn items(self) -> Option<Self> {
        self.get("items").map(|items| self.at(items))
    }

    /// The values of an enumeration with their meaning, in order.
    pub(crate) fn values(self) -> Vec<(&'a str, Option<&'a str>)> {
        if let Some(values) = self.get("enum").and_then(Value::as_array) {
            return values.iter().filter_map(|value| Some((value.as_str()?, None))).collect();
        }
        let groups = self.get("oneOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut found = Vec::new();
        for group in groups.iter().map(|group| self.at(group)) {
            match group.own("const").and_then(Value::as_str) {
                Some(value) => found.push((value, group.text("description"))),
                None if group.own("enum").is_some() => found.extend(group.values()),
                None => return Vec::new(),
            }
        }
        found
    }

    /// The alternatives of a tagged union by their tag.
    pub(crate) fn variants(self) -> BTreeMap<&'a str, Self> {
        let groups = self.get("oneOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let tagged = groups.iter().map(|group| {
            let group = self.at(group);
            let constants =
                |fields: &'a Map<String, Value>| fields.values().find_map(|field| field.get("const")?.as_str());
            Some((constants(group.own("properties")?.as_object()?)?, group))
        });
        tagged.collect::<Option<BTreeMap<_, _>>>().unwrap_or_default()
    }

    /// The collections that the ids here are of; `own`: as far as this very place says.
    pub(crate) fn references(self, own: bool) -> Vec<&'a str> {
        match if own { self.own("x-references") } else { self.get("x-references") } {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}
