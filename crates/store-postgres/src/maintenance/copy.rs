use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;

use futures::StreamExt;
use model::{Collection, Database};
use serde::{Deserialize, Serialize};
use store::maintenance::{State, Told};
use store::{Result, StoreError};
use tokio_postgres::Client;

use super::{exists, file, refused, state};
use crate::link::Fault;
use crate::sql::table;

/// How far each database had come.
pub(super) const CLOCKS: &str = "clocks.json";

#[derive(Serialize, Deserialize)]
pub(super) struct Clock {
    pub(super) sequence: u64,
    pub(super) revision: u64,
}

/// The file of a collection: lines as COPY writes and reads them, by id.
pub(super) fn name(collection: Collection) -> String {
    format!("{}.{}.copy", collection.database().name(), collection.name())
}

/// Streams the documents of one snapshot of all three schemas to files.
pub(super) async fn copy(client: &Client, folder: &Path, told: &Told) -> Result<Vec<State>> {
    client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(Fault::from)?;
    let (mut states, mut clocks) = (Vec::new(), BTreeMap::new());
    for database in Database::ALL {
        let Some(state) = state::state(client, database).await? else {
            return Err(refused(format!("there is no database {}: `mystage db migrate` makes it", database.name())));
        };
        clocks.insert(database.name(), Clock { sequence: state.feed.last, revision: state.revision });
        states.push(state);
    }
    for collection in Collection::ALL {
        if exists(client, &table(collection)).await? {
            stream(client, collection, folder.join(name(collection)), told).await?;
        }
    }
    client.batch_execute("COMMIT").await.map_err(Fault::from)?;
    let path = folder.join(CLOCKS);
    let written = serde_json::to_string_pretty(&clocks).map_err(std::io::Error::from);
    written.and_then(|text| std::fs::write(&path, text + "\n")).map_err(file(&path, "written"))?;
    Ok(states)
}

async fn stream(client: &Client, collection: Collection, path: PathBuf, told: &Told) -> Result<(), StoreError> {
    let failed = |error| file(&path, "written")(error);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path).map_err(failed)?);
    let text = format!("COPY (SELECT id,revision,version,data FROM {} ORDER BY id) TO STDOUT", table(collection));
    let mut rows = pin!(client.copy_out(&text).await.map_err(Fault::from)?);
    let mut bytes = 0;
    while let Some(chunk) = rows.next().await {
        let chunk = chunk.map_err(Fault::from)?;
        out.write_all(&chunk).map_err(failed)?;
        bytes += chunk.len() as u64;
        told(&format!("copying {collection}, bytes"), bytes, None);
    }
    out.flush().map_err(failed)
}
