use std::fmt;

use serde_json::Value;

use super::changes::{Harm, changes};
use super::node::Node;
use super::snapshot::{IndexEntry, Scope, Snapshot, schema_path};

/// One difference between what is checked in and what `model` says, and what to do about it.
#[derive(Debug)]
pub(crate) struct Difference {
    /// A collection, with the field where there is one; or an index.
    pub(crate) place: String,
    pub(crate) weight: Weight,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Words,
    Additive,
    /// It would break, but its version is raised and old documents are made into new ones.
    Upcast,
    Breaking,
}

/// What changed from the old snapshot to the new.
pub(crate) fn compare(old: &Snapshot, new: &Snapshot) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, after) in &new.schemas {
        match old.schema(name) {
            Some(before) => found.extend(of_collection(name, before, after)),
            None => found.push(Difference::harmless(name, Weight::Additive, "a new collection")),
        }
    }
    for (name, _) in old.schemas.iter().filter(|(name, _)| new.schema(name).is_none()) {
        let remedy =
            format!("keep it while documents of it are stored. When none are, delete {} to say so", schema_path(name));
        found.push(Difference::breaking(name, "the collection is removed or renamed", remedy));
    }
    found.extend(of_indexes(old, new));
    found
}

fn of_collection(name: &str, before: &Value, after: &Value) -> Vec<Difference> {
    let (was, is) = (version(before), version(after));
    let mut found: Vec<Difference> = changes(before, after)
        .into_iter()
        .map(|change| {
            let place = if change.field.is_empty() { name.to_owned() } else { format!("{name}: {}", change.field) };
            match change.harm {
                Harm::Words => Difference::harmless(&place, Weight::Words, &change.what),
                Harm::Nobody => Difference::harmless(&place, Weight::Additive, &change.what),
                Harm::StoredDocuments | Harm::OlderReaders if is > was => {
                    Difference::harmless(&place, Weight::Upcast, &change.what)
                }
                harm => Difference::breaking(&place, &change.what, remedy(name, after, harm)),
            }
        })
        .collect();
    for word in
        ["x-parent", "x-collection", "x-database"].into_iter().filter(|word| before.get(word) != after.get(word))
    {
        let remedy = "a collection does not move: make a new one, and move its documents".to_owned();
        found.push(Difference::breaking(name, &format!("{word} changed"), remedy));
    }
    if is > was {
        let what = format!("its version was {was} and is {is}");
        found.push(Difference::harmless(name, Weight::Upcast, &what));
    } else if is < was {
        let remedy = "keep every Change that has an upcast: documents of the later version are stored".to_owned();
        found.push(Difference::breaking(name, &format!("its version was {was} and is {is}"), remedy));
    } else if before.get("x-history") != after.get("x-history") {
        found.push(Difference::harmless(name, Weight::Words, "its history is told differently"));
    }
    found
}

fn version(schema: &Value) -> u64 {
    schema.get("x-version").and_then(Value::as_u64).unwrap_or(1)
}

fn remedy(name: &str, schema: &Value, harm: Harm) -> String {
    let type_name = schema.get("title").and_then(Value::as_str).unwrap_or(name);
    let way = if harm == Harm::OlderReaders {
        "Processes of before refuse what is written so. Add a Change to its HISTORY whose upcast may leave documents as \
         they are: the raised version makes them say why."
    } else {
        "Documents are stored that do not fit. Make it optional (Option, #[serde(default)]) or keep what was; or add a \
         Change to its HISTORY whose upcast makes old documents fit, and a fixture of the new version."
    };
    format!(
        "in model, {type_name}: {way} If no document of it was ever stored, delete {} to say so.",
        schema_path(name)
    )
}

fn of_indexes(old: &Snapshot, new: &Snapshot) -> Vec<Difference> {
    let twin = |of: &Snapshot, index: &IndexEntry| of.indexes.iter().find(|other| other.is_same(index)).cloned();
    let mut found = Vec::new();
    for index in &new.indexes {
        match twin(old, index) {
            None => found.push(Difference::harmless(&index.to_string(), Weight::Additive, &of_new_index(old, index))),
            Some(before) if before.serves != index.serves => {
                found.push(Difference::harmless(&index.to_string(), Weight::Words, "its purpose is told differently"));
            }
            Some(_) => {}
        }
    }
    for index in old.indexes.iter().filter(|index| twin(new, index).is_none()) {
        let remedy =
            "queries that it answered are refused. When no process of before asks them, delete its entry from \
                      databases/indexes.json to say so"
                .to_owned();
        found.push(Difference::breaking(&index.to_string(), "the index is removed or changed", remedy));
    }
    found
}

fn of_new_index(old: &Snapshot, index: &IndexEntry) -> String {
    let may_lack = |field: &&str| {
        let before = old.schema(&index.collection).map(Node::document);
        before.is_some_and(|before| !before.requires(field)) && *field != "_parent"
    };
    let lacking: Vec<&str> =
        index.fields.iter().map(|field| field.name.as_str()).filter(|field| may_lack(field)).collect();
    if lacking.is_empty() {
        return "a new index".to_owned();
    }
    format!(
        "a new index; documents that are stored without {} stand in it once they are written again",
        lacking.join(", ")
    )
}

impl Difference {
    fn harmless(place: &str, weight: Weight, what: &str) -> Self {
        Self { place: place.to_owned(), weight, what: what.to_owned(), remedy: String::new() }
    }

    fn breaking(place: &str, what: &str, remedy: String) -> Self {
        Self { place: place.to_owned(), weight: Weight::Breaking, what: what.to_owned(), remedy }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Words => "words",
            Weight::Additive => "additive",
            Weight::Upcast => "breaking, with upcast",
            Weight::Breaking => "breaking",
        };
        write!(f, "{weight}: {}: {}", self.place, self.what)?;
        if !self.remedy.is_empty() {
            write!(f, "\n    {}", self.remedy)?;
        }
        Ok(())
    }
}

impl IndexEntry {
    fn is_same(&self, other: &Self) -> bool {
        (&self.collection, self.scope, &self.fields) == (&other.collection, other.scope, &other.fields)
    }
}

impl fmt::Display for IndexEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|field| format!("{}{}", if field.direction == "descending" { "-" } else { "" }, field.name))
            .collect();
        let group = if self.scope == Scope::CollectionGroup { ", under all parents" } else { "" };
        write!(f, "{} ({}){group}", self.collection, fields.join(", "))
    }
}

#[cfg(test)]
mod tests;
