//! Looking after the three schemas of a database.

mod copied;
mod copy;
mod differences;
mod inspect;
mod reindex;
mod replace;
mod state;
#[cfg(test)]
mod tests;

use std::path::Path;

use model::{Collection, Database};
use store::maintenance::{Difference, Finding, Maintenance, Source, State, Told};
use store::{BoxFuture, Result, StoreError, Stored};
use tokio_postgres::Client;

use crate::address::Address;
use crate::link::Fault;
use crate::schema::LAYOUTS;
use crate::{migrate, read, sql};

use copied::Copied;

/// The three schemas behind an address, as an administrator looks after them.
pub struct PostgresMaintenance {
    address: Address,
    /// Where a copy was read last.
    copied: Copied,
}

impl PostgresMaintenance {
    /// Nothing is connected to or made by this.
    ///
    /// # Errors
    /// The address is not valid.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self { address: Address::parse(url)?, copied: Copied::default() })
    }

    /// A connection without the limits that hold for a program's statements: this is long work.
    async fn connect(&self) -> Result<Client, Fault> {
        let (client, connection) = self.address.connect().await?;
        #[expect(clippy::disallowed_methods, reason = "the connection's own task ends with its client")]
        drop(tokio::spawn(connection));
        client.batch_execute("SET application_name = 'mystage db'").await?;
        Ok(client)
    }
}

impl Maintenance for PostgresMaintenance {
    fn engine(&self) -> &'static str {
        "postgres"
    }

    fn place(&self) -> String {
        self.address.place()
    }

    fn layout(&self) -> u32 {
        u32::try_from(LAYOUTS.len()).unwrap_or_default()
    }

    fn state(&self, database: Database) -> BoxFuture<'_, Result<Option<State>>> {
        Box::pin(async move {
            let client = self.connect().await?;
            Ok(state::state(&client, database).await?)
        })
    }

    fn read<'a>(
        &'a self,
        source: Source<'a>,
        collection: Collection,
        after: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            match source {
                Source::Copy(folder) => self.copied.read(folder, collection, after, limit),
                Source::Databases => Ok(documents(&self.connect().await?, collection, after, limit).await?),
            }
        })
    }

    fn differences(&self, database: Database) -> BoxFuture<'_, Result<Vec<Difference>>> {
        Box::pin(async move {
            let client = self.connect().await?;
            Ok(differences::differences(&client, database).await?)
        })
    }

    fn migrate(&self, database: Database, prune: bool, _: Told) -> BoxFuture<'_, Result<Vec<Difference>>> {
        Box::pin(async move {
            let client = self.connect().await?;
            let before = differences::differences(&client, database).await?;
            differences::forget_what_is_gone(&client, &before).await?;
            migrate::migrate(&self.address, database).await?;
            differences::drop_what_is_left(&client, &before, prune).await?;
            let after = differences::differences(&client, database).await?;
            Ok(before.into_iter().filter(|difference| !after.contains(difference)).collect())
        })
    }

    fn reindex(&self, collection: Collection, told: Told) -> BoxFuture<'_, Result<usize>> {
        Box::pin(async move {
            let client = self.connect().await?;
            Ok(reindex::reindex(&client, collection, &told).await?)
        })
    }

    fn inspect<'a>(
        &'a self,
        source: Source<'a>,
        database: Database,
        told: Told,
    ) -> BoxFuture<'a, Result<Vec<Finding>>> {
        Box::pin(async move {
            match source {
                // All there is to a copy are its documents.
                Source::Copy(_) => Ok(Vec::new()),
                Source::Databases => Ok(inspect::inspect(&self.connect().await?, database, &told).await?),
            }
        })
    }

    fn copy<'a>(&'a self, folder: &'a Path, told: Told) -> BoxFuture<'a, Result<Vec<State>>> {
        Box::pin(async move { copy::copy(&self.connect().await?, folder, &told).await })
    }

    fn replace<'a>(&'a self, folder: &'a Path, told: Told) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { replace::replace(&self.connect().await?, folder, &told).await })
    }
}

async fn exists(client: &Client, name: &str) -> Result<bool, Fault> {
    Ok(client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&name]).await?.get(0))
}

async fn documents(client: &Client, collection: Collection, after: &str, limit: usize) -> Result<Vec<Stored>, Fault> {
    let table = sql::table(collection);
    if !exists(client, &table).await? {
        return Ok(Vec::new());
    }
    let text = format!("SELECT id,revision,version,data FROM {table} WHERE id > $1 ORDER BY id LIMIT {limit}");
    let after = crate::jsonb::escape_text(after).into_owned();
    let rows = client.query(&text, &[&after]).await?;
    rows.iter().map(|row| read::stored(row, 0, collection)).collect()
}

fn refused(why: String) -> StoreError {
    StoreError::Refused { why }
}

fn file(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { path, what, source }
}
