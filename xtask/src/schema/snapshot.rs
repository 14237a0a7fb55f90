use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use model::{Collection, Index, Kind, PARENT};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::purposes;

const SCHEMAS: &str = "databases/schema";
const INDEXES: &str = "databases/indexes.json";

/// Every schema and index at one moment: as `model` has them, or as they are checked in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// By `{database}.{collection}`.
    pub(crate) schemas: Vec<(String, Value)>,
    pub(crate) indexes: Vec<IndexEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexEntry {
    /// As schemas are named: `{database}.{collection}`.
    pub(crate) collection: String,
    pub(crate) scope: Scope,
    pub(crate) fields: Vec<IndexField>,
    /// The query that it answers.
    pub(crate) serves: String,
}

/// Which documents stand in an index together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Those of one collection; of a subcollection, those under one parent.
    Collection,
    /// Those of a subcollection under all parents.
    CollectionGroup,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexField {
    pub(crate) name: String,
    /// `text`, `integer`, `real`, `flag` or `elements`.
    pub(crate) kind: String,
    /// `ascending` or `descending`.
    pub(crate) direction: String,
}

#[derive(Serialize, Deserialize)]
struct Indexes {
    indexes: Vec<IndexEntry>,
}

impl Snapshot {
    pub(crate) fn of_model() -> Self {
        let mut snapshot = Self::default();
        for collection in Collection::distinct() {
            snapshot.schemas.push((collection.schema_name(), collection.schema()));
            snapshot.indexes.extend(collection.indexes().iter().map(|index| entry(collection, index)));
        }
        snapshot
    }

    /// What is checked in; nothing of it where nothing is.
    ///
    /// # Errors
    /// A file cannot be read, or is no JSON.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut snapshot = Self::default();
        let folder = root.join(SCHEMAS);
        let entries = if folder.exists() { fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()? } else { Vec::new() };
        for path in entries.iter().map(std::fs::DirEntry::path) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path)?;
            let schema = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
            snapshot.schemas.push((name, schema));
        }
        snapshot.schemas.sort_by(|(a, _), (b, _)| a.cmp(b));
        let path = root.join(INDEXES);
        if path.exists() {
            let read: Indexes = serde_json::from_str(&fs::read_to_string(&path)?)
                .with_context(|| format!("{INDEXES} is no list of indexes"))?;
            snapshot.indexes = read.indexes;
        }
        Ok(snapshot)
    }

    /// The files that say it, by their path from the root.
    ///
    /// # Errors
    /// None in practice: everything in it is JSON.
    pub(crate) fn files(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut files = BTreeMap::new();
        for (name, schema) in &self.schemas {
            files.insert(schema_path(name), format!("{}\n", serde_json::to_string_pretty(schema)?));
        }
        let indexes = Indexes { indexes: self.indexes.clone() };
        files.insert(INDEXES.to_owned(), format!("{}\n", serde_json::to_string_pretty(&indexes)?));
        Ok(files)
    }

    pub(crate) fn schema(&self, name: &str) -> Option<&Value> {
        self.schemas.iter().find(|(known, _)| known == name).map(|(_, schema)| schema)
    }
}

pub(crate) fn schema_path(name: &str) -> String {
    format!("{SCHEMAS}/{name}.json")
}

fn entry(collection: Collection, index: &Index) -> IndexEntry {
    let within_parent = collection.parent().is_none() || index.0.contains(&PARENT);
    let fields = index.0.iter().map(|field| IndexField {
        name: field.name.to_owned(),
        kind: kind(field.kind).to_owned(),
        direction: if field.descending { "descending" } else { "ascending" }.to_owned(),
    });
    let mut entry = IndexEntry {
        collection: collection.schema_name(),
        scope: if within_parent { Scope::Collection } else { Scope::CollectionGroup },
        fields: fields.collect(),
        serves: String::new(),
    };
    entry.serves = purposes::of(&entry.to_string()).unwrap_or_default().to_owned();
    entry
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Real => "real",
        Kind::Flag => "flag",
        Kind::Elements => "elements",
    }
}
