use model::Collection;
use serde_json::Value;

use super::{Finding, Maintenance, Source, Told};
use crate::batch::check_id;
use crate::{Batch, Result, Stored};

const PAGE: usize = 500;
const REWRITE: &str = "correct it by `mystage db import --merge`, or restore a backup";

/// Reads every document of a collection as its type, and returns what is wrong with which, at most `most`.
///
/// # Errors
/// The database fails.
pub async fn inspect_documents(
    maintenance: &dyn Maintenance,
    source: Source<'_>,
    collection: Collection,
    most: usize,
    told: &Told,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let (mut after, mut read) = (String::new(), 0);
    loop {
        let documents = maintenance.read(source, collection, &after, PAGE).await?;
        let Some(last) = documents.last() else { return Ok(findings) };
        read += documents.len() as u64;
        told(&format!("reading {collection}"), read, None);
        findings.extend(documents.iter().filter_map(wrong));
        if findings.len() >= most {
            findings.truncate(most);
            return Ok(findings);
        }
        after.clone_from(&last.key.id);
    }
}

/// What is wrong with a document.
fn wrong(stored: &Stored) -> Option<Finding> {
    let (collection, known) = (stored.key.collection, stored.key.collection.version());
    if let Err(error) = check_id(collection, &stored.key.id) {
        return Some(Finding::new(&stored.key, error.to_string(), REWRITE));
    }
    if stored.version > known {
        let what = format!("it has version {}, newer than the {known} known here", stored.version);
        return Some(Finding::new(&stored.key, what, "update this program"));
    }
    if stored.data.len() > Batch::DOCUMENT_MAX {
        return Some(Finding::new(&stored.key, format!("it has {} bytes", stored.data.len()), REWRITE));
    }
    let value = match serde_json::from_str::<Value>(&stored.data) {
        Ok(value) => value,
        Err(error) => return Some(Finding::new(&stored.key, format!("its JSON is damaged: {error}"), REWRITE)),
    };
    let named = value.get("id").and_then(Value::as_str);
    if named.is_some_and(|id| id != stored.key.id) {
        return Some(Finding::new(&stored.key, format!("it says that its id is {named:?}"), REWRITE));
    }
    let error = collection.restate(stored.version, value).err()?;
    Some(Finding::new(&stored.key, format!("it cannot be read as its type: {error}"), REWRITE))
}
