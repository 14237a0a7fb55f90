//! The same work as the backend's by SQL written by hand for one collection: what `mystage bench store` compares the
//! backend with. Not for use.

use std::collections::HashMap;

use store::{Result, StoreError};
use tokio_postgres::{Client, Statement};

use crate::address::Address;

/// A schema with one table of documents, its two indexes and a feed.
pub struct Raw {
    address: Address,
}

/// A connection of its own, as every writer and reader has by hand.
pub struct RawConnection {
    client: Client,
    was: Statement,
    put: Statement,
    tell: Statement,
    get: Statement,
    list: Statement,
}

impl Raw {
    /// # Errors
    /// The server cannot be reached, or refuses.
    pub async fn create(url: &str) -> Result<Self> {
        let raw = Self { address: Address::parse(url)? };
        let client = raw.client().await?;
        client
            .batch_execute(
                "DROP SCHEMA IF EXISTS by_hand CASCADE;
                 CREATE SCHEMA by_hand;
                 CREATE TABLE by_hand.documents(
                   id text COLLATE \"C\" PRIMARY KEY, revision bigint NOT NULL, version int NOT NULL,
                   data jsonb NOT NULL);
                 CREATE INDEX ON by_hand.documents(
                   ((data->>'venue_id') COLLATE \"C\"), ((data->>'start') COLLATE \"C\"), id);
                 CREATE INDEX ON by_hand.documents(((data->>'start') COLLATE \"C\"), id);
                 CREATE SEQUENCE by_hand.revisions;
                 CREATE TABLE by_hand.feed(
                   sequence bigserial PRIMARY KEY, collection text NOT NULL, id text NOT NULL,
                   revision bigint NOT NULL, deleted boolean NOT NULL, was text);",
            )
            .await
            .map_err(refused)?;
        Ok(raw)
    }

    /// # Errors
    /// As [`Raw::create`].
    pub async fn drop_schema(self) -> Result<()> {
        self.client().await?.batch_execute("DROP SCHEMA by_hand CASCADE").await.map_err(refused)
    }

    /// # Errors
    /// As [`Raw::create`].
    pub async fn connect(&self) -> Result<RawConnection> {
        let client = self.client().await?;
        let prepare = |text: &'static str| client.prepare(text);
        Ok(RawConnection {
            was: prepare(
                "SELECT id, jsonb_build_object('venue_id', data->'venue_id', 'start', data->'start')::text
                 FROM by_hand.documents WHERE id = ANY($1)",
            )
            .await
            .map_err(refused)?,
            put: prepare(
                "WITH r AS (SELECT nextval('by_hand.revisions') AS revision)
                 INSERT INTO by_hand.documents(id, revision, version, data)
                 SELECT id, r.revision, 1, data::jsonb FROM r, unnest($1::text[], $2::text[]) AS d(id, data)
                 ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, data = excluded.data",
            )
            .await
            .map_err(refused)?,
            tell: prepare(
                "INSERT INTO by_hand.feed(collection, id, revision, deleted, was)
                 SELECT 'documents', id, currval('by_hand.revisions'), false, was
                 FROM unnest($1::text[], $2::text[]) AS d(id, was)",
            )
            .await
            .map_err(refused)?,
            get: prepare("SELECT id, revision, version, data::text FROM by_hand.documents WHERE id = $1")
                .await
                .map_err(refused)?,
            list: prepare(
                "SELECT id, revision, version, data::text FROM by_hand.documents
                 WHERE ((data->>'venue_id') COLLATE \"C\") = $1 AND ((data->>'start') COLLATE \"C\") IS NOT NULL
                 ORDER BY ((data->>'start') COLLATE \"C\"), id LIMIT $2",
            )
            .await
            .map_err(refused)?,
            client,
        })
    }

    async fn client(&self) -> Result<Client> {
        let (client, connection) = self.address.connect().await.map_err(refused)?;
        #[expect(clippy::disallowed_methods, reason = "a connection is driven beside its client")]
        tokio::spawn(connection);
        Ok(client)
    }
}

impl RawConnection {
    /// Documents and what the feed says of them, in one durable transaction.
    ///
    /// # Errors
    /// The server is away, or refuses.
    pub async fn put(&mut self, documents: &[(String, String)]) -> Result<()> {
        let (ids, data): (Vec<&str>, Vec<&str>) =
            documents.iter().map(|(id, data)| (id.as_str(), data.as_str())).unzip();
        let transaction = self.client.transaction().await.map_err(refused)?;
        let was = transaction.query(&self.was, &[&ids]).await.map_err(refused)?;
        let was: HashMap<&str, String> = was.iter().map(|row| (row.get(0), row.get(1))).collect();
        let was: Vec<Option<&str>> = ids.iter().map(|id| was.get(id).map(String::as_str)).collect();
        transaction.execute(&self.put, &[&ids, &data]).await.map_err(refused)?;
        transaction.execute(&self.tell, &[&ids, &was]).await.map_err(refused)?;
        transaction.commit().await.map_err(refused)
    }

    /// # Errors
    /// As [`RawConnection::put`].
    pub async fn get(&self, id: &str) -> Result<Option<String>> {
        Ok(self.client.query_opt(&self.get, &[&id]).await.map_err(refused)?.map(|row| row.get(3)))
    }

    /// The first documents of a venue, by their start.
    ///
    /// # Errors
    /// As [`RawConnection::put`].
    pub async fn list(&self, venue: &str, limit: usize) -> Result<Vec<String>> {
        let limit = limit.cast_signed() as i64;
        let rows = self.client.query(&self.list, &[&venue, &limit]).await.map_err(refused)?;
        Ok(rows.iter().map(|row| row.get(3)).collect())
    }
}

fn refused(source: tokio_postgres::Error) -> StoreError {
    StoreError::Backend { what: "refused what was asked by hand".to_owned(), source: Box::new(source) }
}
