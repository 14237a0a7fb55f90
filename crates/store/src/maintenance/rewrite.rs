use std::sync::Arc;

use model::Collection;
use serde_json::Value;

use super::Told;
use crate::{Backend, Change, Commit, Precondition, Query, Result, StoreError, Stored, Write};

/// Documents a commit.
const BATCH: usize = 100;

/// What came of rewriting a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    pub read: u64,
    pub rewritten: u64,
    /// Changed by somebody else at the same moment, and so written by today's program.
    pub overtaken: u64,
}

/// Writes the documents of older versions as today's program would, so that the upcasts of before can be retired. Each
/// only if nobody has changed it since it was read; killed at any moment, it goes on where it stands when called again.
///
/// # Errors
/// The database fails, or a document cannot be read as its type.
pub async fn rewrite(backend: &Arc<dyn Backend>, collection: Collection, told: &Told) -> Result<Rewritten> {
    let mut rewritten = Rewritten::default();
    let mut query = Query::of(collection).limit(BATCH);
    loop {
        let page = backend.list(&query).await?;
        rewritten.read += page.documents.len() as u64;
        let old = page.documents.iter().filter(|stored| stored.version < collection.version());
        let writes = old.map(today).collect::<Result<Vec<_>>>()?;
        commit(backend, writes, &mut rewritten).await?;
        told(&format!("rewriting {collection}"), rewritten.read, None);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(rewritten),
        }
    }
}

/// All at once; one by one if somebody has changed one of them.
async fn commit(backend: &Arc<dyn Backend>, writes: Vec<Write>, rewritten: &mut Rewritten) -> Result<()> {
    if writes.is_empty() {
        return Ok(());
    }
    let count = writes.len() as u64;
    match backend.commit(Commit { writes: writes.clone(), reads: Vec::new() }).await {
        Ok(_) => rewritten.rewritten += count,
        Err(error) if error.is_conflict() => {
            for write in writes {
                match backend.commit(Commit { writes: vec![write], reads: Vec::new() }).await {
                    Ok(_) => rewritten.rewritten += 1,
                    Err(error) if error.is_conflict() => rewritten.overtaken += 1,
                    Err(error) => return Err(error),
                }
            }
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn today(stored: &Stored) -> Result<Write> {
    let (key, collection) = (stored.key.clone(), stored.key.collection);
    let unreadable = |source| StoreError::Unreadable { key: key.clone(), type_name: "its type", source };
    let value: Value = serde_json::from_str(&stored.data).map_err(unreadable)?;
    let restated = collection.restate(stored.version, value).map_err(unreadable)?;
    let change = Change::Put { version: collection.version(), data: restated.to_string() };
    Ok(Write { key: key.clone(), change, precondition: Precondition::AtRevision(stored.revision) })
}
