use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::pin::pin;

use bytes::Bytes;
use futures::SinkExt;
use model::{Collection, Database};
use store::Result;
use store::maintenance::{RESTORED_GAP, Told};
use tokio_postgres::Client;

use super::copy::{CLOCKS, Clock, name};
use super::{file, refused};
use crate::link::Fault;
use crate::migrate;
use crate::schema::pieces;
use crate::sql::{qualified, table};

const CHUNK: usize = 1 << 18;

/// All in one transaction: however it ends, there are the schemas of before or those of the copy.
pub(super) async fn replace(client: &Client, folder: &Path, told: &Told) -> Result<()> {
    let path = folder.join(CLOCKS);
    let text = std::fs::read_to_string(&path).map_err(file(&path, "read"))?;
    let clocks: BTreeMap<String, Clock> =
        serde_json::from_str(&text).map_err(|error| refused(format!("{} is damaged: {error}", path.display())))?;
    alone(client).await?;
    client.batch_execute("BEGIN").await.map_err(Fault::from)?;
    for database in Database::ALL {
        let pieces = pieces(database);
        let drop = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE;", database.name());
        let create = migrate::creation(database, &HashMap::new(), &pieces.iter().collect::<Vec<_>>());
        client.batch_execute(&(drop + &create)).await.map_err(Fault::from)?;
        for collection in Collection::ALL.into_iter().filter(|it| it.database() == database) {
            fill(client, collection, &folder.join(name(collection)), told).await?;
        }
        let Some(Clock { sequence, revision }) = clocks.get(database.name()) else {
            return Err(refused(format!("{} does not tell of {}", path.display(), database.name())));
        };
        let set = format!(
            "UPDATE {} SET sequence = {sequence}, trimmed = {sequence}; SELECT setval('{}', {revision});",
            qualified(database, "_clock"),
            qualified(database, "_revisions"),
            sequence = sequence + RESTORED_GAP,
            revision = revision + RESTORED_GAP,
        );
        client.batch_execute(&set).await.map_err(Fault::from)?;
    }
    // Whoever has come in the meantime waits for the tables, and would go on with what he remembers.
    alone(client).await?;
    Ok(client.batch_execute("COMMIT").await.map_err(Fault::from)?)
}

/// Refused while others are connected.
async fn alone(client: &Client) -> Result<()> {
    let others = "SELECT count(*), coalesce(min(application_name), '') FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let row = client.query_one(others, &[]).await.map_err(Fault::from)?;
    match row.get::<_, i64>(0) {
        0 => Ok(()),
        others => {
            let named: &str = row.get(1);
            Err(refused(format!(
                "the database is in use by {others} connections, such as of {named:?}: stop them first"
            )))
        }
    }
}

async fn fill(client: &Client, collection: Collection, path: &Path, told: &Told) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let mut rows = File::open(path).map_err(file(path, "read"))?;
    let text = format!("COPY {}(id,revision,version,data) FROM STDIN", table(collection));
    let mut sink = pin!(client.copy_in::<_, Bytes>(&text).await.map_err(Fault::from)?);
    let mut done = 0;
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = rows.read(&mut chunk).map_err(file(path, "read"))?;
        if read == 0 {
            break;
        }
        chunk.truncate(read);
        done += read as u64;
        sink.send(chunk.into()).await.map_err(Fault::from)?;
        told(&format!("restoring {collection}, bytes"), done, None);
    }
    sink.finish().await.map_err(Fault::from)?;
    Ok(())
}
