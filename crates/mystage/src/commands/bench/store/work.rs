use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use model::{EntityId, EntityKind, Performance};
use serde_json::json;

/// Venues that the documents are spread over.
const VENUES: usize = 100;
/// Documents of a batch.
const BATCH: usize = 500;
/// Documents of a query's page.
pub(crate) const PAGE: usize = 20;

/// One side of the comparison.
pub(crate) trait Side: Sync {
    /// A connection of its own for each writer and reader, where the side has such.
    type Connection: Connection + 'static;

    async fn connect(&self) -> anyhow::Result<Self::Connection>;
}

pub(crate) trait Connection: Send {
    /// All of them in one durable commit.
    fn put(&mut self, shows: &[Performance]) -> impl Future<Output = anyhow::Result<()>> + Send;

    fn get(&mut self, id: &str) -> impl Future<Output = anyhow::Result<Option<Performance>>> + Send;

    /// The first shows of a venue by their start.
    fn list(&mut self, venue: &str, limit: usize) -> impl Future<Output = anyhow::Result<Vec<Performance>>> + Send;
}

/// What one side does in a second.
pub(crate) struct Figures {
    commits: [(usize, f64); 3],
    batched: f64,
    gets: f64,
    queries: f64,
}

impl Figures {
    pub(crate) async fn measure(side: &impl Side, documents: usize, length: Duration) -> anyhow::Result<Self> {
        let mut connection = side.connect().await?;
        let numbers: Vec<usize> = (0..documents.max(BATCH)).collect();
        for chunk in numbers.chunks(BATCH) {
            connection.put(&chunk.iter().map(|n| show(*n)).collect::<Vec<_>>()).await?;
        }
        let batched = batched(&mut connection, documents, length).await?;
        let gets = gets(&mut connection, documents, length).await?;
        let queries = queries(&mut connection, length).await?;
        let mut commits = [(1, 0.0), (16, 0.0), (64, 0.0)];
        for (writers, rate) in &mut commits {
            *rate = committed(side, *writers, documents, length).await?;
        }
        Ok(Self { commits, batched, gets, queries })
    }

    pub(crate) fn lines(&self) -> Vec<(String, f64)> {
        let commits = self.commits.iter().map(|(writers, rate)| {
            let plural = if *writers == 1 { "" } else { "s" };
            (format!("durable commits/s, {writers} writer{plural}"), *rate)
        });
        let rest = [
            (format!("documents/s in batches of {BATCH}"), self.batched),
            ("point reads/s".to_owned(), self.gets),
            (format!("queries of {PAGE}/s"), self.queries),
        ];
        commits.chain(rest).collect()
    }
}

/// Numbers that look like chance and are the same on both sides.
fn scattered(n: u64, among: usize) -> usize {
    (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) as usize % among.max(1)
}

async fn batched(connection: &mut impl Connection, documents: usize, length: Duration) -> anyhow::Result<f64> {
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < length {
        let shows: Vec<Performance> = (0..BATCH).map(|n| show(documents + done + n)).collect();
        connection.put(&shows).await?;
        done += BATCH;
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}

async fn gets(connection: &mut impl Connection, documents: usize, length: Duration) -> anyhow::Result<f64> {
    let (began, mut done) = (Instant::now(), 0_u64);
    while began.elapsed() < length {
        let id = id(EntityKind::Performance, scattered(done, documents));
        anyhow::ensure!(connection.get(id.as_str()).await?.is_some(), "{id} is not there");
        done += 1;
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}

async fn queries(connection: &mut impl Connection, length: Duration) -> anyhow::Result<f64> {
    let (began, mut done) = (Instant::now(), 0_u64);
    while began.elapsed() < length {
        let venue = id(EntityKind::Venue, scattered(done, VENUES));
        let found = connection.list(venue.as_str(), PAGE).await?;
        anyhow::ensure!(found.len() == PAGE, "{venue} has {} shows", found.len());
        done += 1;
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}

/// Commits of one changed document each, by so many writers at the same time.
async fn committed(side: &impl Side, writers: usize, documents: usize, length: Duration) -> anyhow::Result<f64> {
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut working = tokio::task::JoinSet::new();
    let began = Instant::now();
    for writer in 0..writers {
        let (mut connection, stop, done) = (side.connect().await?, Arc::clone(&stop), Arc::clone(&done));
        working.spawn(async move {
            let mut n = writer as u64;
            while !stop.load(Ordering::Relaxed) {
                connection.put(&[show(scattered(n, documents))]).await?;
                done.fetch_add(1, Ordering::Relaxed);
                n += writers as u64;
            }
            anyhow::Ok(())
        });
    }
    tokio::time::sleep(length).await;
    let rate = done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = working.join_next().await {
        ended??;
    }
    Ok(rate)
}

pub(crate) fn id(kind: EntityKind, n: usize) -> EntityId {
    EntityId::mint(kind, &[&n.to_string()])
}

/// The `n`-th show.
pub(crate) fn show(n: usize) -> Performance {
    let json = json!({
        "id": id(EntityKind::Performance, n),
        "title": format!("Night {n} of many"),
        "start": format!("2026-{:02}-{:02}T20:00", n / 28 % 12 + 1, n % 28 + 1),
        "venue_id": id(EntityKind::Venue, n % VENUES),
        "artist_ids": [id(EntityKind::Artist, n % 997), id(EntityKind::Artist, n % 991)],
        "currency": "EUR", "price_min": 12.5, "price_max": 18.0,
        "url": format!("https://venue-{}.test/shows/{n}", n % VENUES),
        "description": "Doors at seven, the first act at eight. ".repeat(4),
        "provenance": {}, "sources": 2, "created_at": 1_760_000_000_000_i64, "updated_at": 1_760_000_000_000_i64,
    });
    #[expect(clippy::expect_used, reason = "the fields above are those of a performance")]
    serde_json::from_value(json).expect("a performance")
}

/// Bytes of a document.
pub(crate) fn size() -> usize {
    serde_json::to_string(&show(0)).map_or(0, |json| json.len())
}
