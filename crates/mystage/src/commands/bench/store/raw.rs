use std::path::Path;

use model::{Document, Performance};

use super::work::{Connection, Side};

/// Hand-written SQL.
pub(crate) enum Raw {
    Sqlite(store_sqlite::raw::Raw),
    Postgres(Box<store_postgres::raw::Raw>),
}

pub(crate) enum RawConnection {
    Sqlite(store_sqlite::raw::RawConnection),
    Postgres(store_postgres::raw::RawConnection),
}

impl Raw {
    pub(crate) fn sqlite(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self::Sqlite(store_sqlite::raw::Raw::create(folder)?))
    }

    pub(crate) async fn postgres(url: &str) -> anyhow::Result<Self> {
        Ok(Self::Postgres(Box::new(store_postgres::raw::Raw::create(url).await?)))
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(raw) => Ok(raw.drop_schema().await?),
        }
    }
}

impl Side for Raw {
    type Connection = RawConnection;

    async fn connect(&self) -> anyhow::Result<RawConnection> {
        Ok(match self {
            Self::Sqlite(raw) => RawConnection::Sqlite(raw.connect()?),
            Self::Postgres(raw) => RawConnection::Postgres(raw.connect().await?),
        })
    }
}

impl Connection for RawConnection {
    async fn put(&mut self, shows: &[Performance]) -> anyhow::Result<()> {
        let rows = shows.iter().map(|show| Ok((show.id().to_owned(), serde_json::to_string(show)?)));
        let rows: Vec<(String, String)> = rows.collect::<serde_json::Result<_>>()?;
        match self {
            // Waits for the disk, and for the other writers: not where the other tasks run.
            Self::Sqlite(connection) => tokio::task::block_in_place(|| connection.put(&rows))?,
            Self::Postgres(connection) => connection.put(&rows).await?,
        }
        Ok(())
    }

    async fn get(&mut self, id: &str) -> anyhow::Result<Option<Performance>> {
        let found = match self {
            Self::Sqlite(connection) => connection.get(id)?,
            Self::Postgres(connection) => connection.get(id).await?,
        };
        Ok(found.map(|data| serde_json::from_str(&data)).transpose()?)
    }

    async fn list(&mut self, venue: &str, limit: usize) -> anyhow::Result<Vec<Performance>> {
        let found = match self {
            Self::Sqlite(connection) => connection.list(venue, limit)?,
            Self::Postgres(connection) => connection.list(venue, limit).await?,
        };
        Ok(found.iter().map(|data| serde_json::from_str(data)).collect::<serde_json::Result<_>>()?)
    }
}
