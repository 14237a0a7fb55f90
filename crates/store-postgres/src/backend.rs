use std::sync::Arc;

use model::Database;
use store::{
    Backend, BoxFuture, BoxStream, Commit, Fields, Key, Measured, Page, Query, Recorded, Result, Store, Stored,
};
use tokio::sync::watch;

use crate::address::Address;
use crate::feed::{self, Feed};
use crate::link::{Link, Patience};
use crate::writer::Writer;
use crate::{claim, migrate, read};

/// One database: a schema of a PostgreSQL database.
pub struct PostgresBackend {
    database: Database,
    link: Arc<Link>,
    writer: Writer,
    feed: Feed,
}

impl PostgresBackend {
    /// The three databases behind an address, `postgres://user:password@host:port/name`, with their tables and indexes
    /// brought up to the declared ones. Waits for a server that is just starting.
    ///
    /// # Errors
    /// The address is not valid, the server is away or refuses, or the tables are from a newer program.
    pub async fn open_all(url: &str) -> Result<[Arc<dyn Backend>; 3]> {
        let link = Arc::new(Link::new(Address::parse(url)?)?);
        for database in Database::ALL {
            let mut patience = Patience::new();
            while let Err(fault) = migrate::migrate(&link.address, database).await {
                patience.wait(fault).await?;
            }
        }
        Ok(Database::ALL.map(|database| Arc::new(Self::new(Arc::clone(&link), database)) as Arc<dyn Backend>))
    }

    /// A typed store on the three databases behind an address.
    ///
    /// # Errors
    /// As [`PostgresBackend::open_all`].
    pub async fn store(url: &str, reactions: store::Reactions) -> Result<Store> {
        Ok(Store::new(Self::open_all(url).await?, reactions))
    }

    fn new(link: Arc<Link>, database: Database) -> Self {
        let (fed, _) = watch::channel(0);
        let writer = Writer::start(Arc::clone(&link), database, fed.clone());
        Self { database, writer, feed: Feed::new(Arc::clone(&link), database, fed), link }
    }
}

/// Does it again while the server is away, as long as there is patience. Only for what may be done twice.
macro_rules! patiently {
    ($once:expr) => {{
        let mut patience = Patience::new();
        loop {
            match $once.await {
                Ok(done) => return Ok(done),
                Err(fault) => patience.wait(fault).await?,
            }
        }
    }};
}

impl Backend for PostgresBackend {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Stored>>>> {
        Box::pin(async { patiently!(read::get(&self.link, keys)) })
    }

    fn list<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Page>> {
        Box::pin(async { patiently!(read::list(&self.link, query)) })
    }

    fn measure<'a>(&'a self, query: &'a Query, sums: &'a [&'a str]) -> BoxFuture<'a, Result<Measured>> {
        Box::pin(async { patiently!(read::measure(&self.link, query, sums)) })
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.writer.commit(commit))
    }

    fn claim<'a>(&'a self, query: &'a Query, fields: &'a Fields) -> BoxFuture<'a, Result<Vec<Stored>>> {
        // A claim whose answer was lost lapses with its lease.
        Box::pin(async { patiently!(claim::claim(&self.link, query, fields)) })
    }

    fn tail(&self, after: u64) -> BoxStream<'_, Result<Recorded>> {
        Box::pin(futures::stream::unfold(self.feed.tail(after), |mut tail| async move {
            let next = tail.next().await?;
            Some((next, tail))
        }))
    }

    fn trim(&self, until: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { patiently!(feed::trim(&self.link, self.database, until)) })
    }
}
