mod copies;
mod files;
mod told;
mod upkeep;
mod verify;

use std::path::Path;
use std::sync::Arc;

use store::maintenance::Maintenance;
use store_postgres::PostgresMaintenance;
use store_sqlite::SqliteMaintenance;

use crate::cli::Db;
use crate::config::{Databases, Environment, Places};

/// The databases that are configured, to be looked after.
struct Cared {
    databases: Databases,
    maintenance: Arc<dyn Maintenance>,
}

pub(crate) async fn db(data: &Path, command: Db) -> anyhow::Result<()> {
    let databases = Places::from_env(&Environment::of_process(), data)?.databases;
    let cared = Cared { maintenance: maintenance(&databases)?, databases };
    match command {
        Db::Migrate(args) => upkeep::migrate(&cared, &args).await,
        Db::Status { json } => upkeep::status(&cared, json).await,
        Db::Reindex { collections } => upkeep::reindex(&cared, &collections).await,
        Db::Backup { out } => copies::back_up(&cared, &out).await,
        Db::Restore { backup, replace } => copies::restore(&cared, data, &backup, replace).await,
        Db::Verify { backup } => verify::verify(&cared, backup.as_deref()).await,
        Db::Export(args) => files::export(&cared, &args).await,
        Db::Import(args) => files::import(&cared, &args).await,
    }
}

fn maintenance(databases: &Databases) -> anyhow::Result<Arc<dyn Maintenance>> {
    Ok(match databases {
        Databases::Sqlite(folder) => Arc::new(SqliteMaintenance::new(folder)),
        Databases::Postgres(url) => Arc::new(PostgresMaintenance::new(url)?),
    })
}
