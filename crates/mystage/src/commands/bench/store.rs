mod fanout;
mod ours;
mod raw;
mod work;

use std::time::Duration;

use anyhow::Context;
use model::Collection;
use store::Query;

use super::Folder;
use crate::cli::BenchStore;
use crate::config::Databases;
use crate::open::backends;
use ours::Ours;
use raw::Raw;
use work::Figures;

/// Measures the store on each backend beside the same work by hand-written SQL on the same engine.
pub(crate) async fn store(args: BenchStore) -> anyhow::Result<()> {
    let folder = Folder::make()?;
    let length = Duration::from_secs(args.seconds.max(1));
    println!("{} documents of {} bytes; each figure from {} s", args.documents, work::size(), length.as_secs());
    let sqlite = backends(&Databases::Sqlite(folder.0.clone())).await?;
    let raw = Raw::sqlite(&folder.0)?;
    engine("SQLite", &args, length, Ours::new(sqlite), raw).await?;
    match &args.postgres {
        None => println!("PostgreSQL is left out: name a server with --postgres"),
        Some(url) => {
            let ours = Ours::new(backends(&Databases::Postgres(url.clone())).await?);
            let there = ours.0.count(&Query::of(Collection::EvtPerformances)).await?;
            anyhow::ensure!(there == 0, "--postgres names a database with {there} performances: take an empty one");
            let raw = Raw::postgres(url).await.context("the hand-written side cannot open PostgreSQL")?;
            engine("PostgreSQL", &args, length, ours, raw).await?;
        }
    }
    Ok(())
}

async fn engine(name: &str, args: &BenchStore, length: Duration, ours: Ours, raw: Raw) -> anyhow::Result<()> {
    println!("\n{name:<34} {:>12} {:>12} {:>9}", "MyStage", "by hand", "overhead");
    let by_hand = Figures::measure(&raw, args.documents, length).await?;
    let figures = Figures::measure(&ours, args.documents, length).await?;
    for ((what, ours), (_, raw)) in figures.lines().iter().zip(by_hand.lines()) {
        println!("{what:<34} {ours:>12.0} {raw:>12.0} {:>8.2}×", raw / ours.max(f64::EPSILON));
    }
    for listeners in &args.listeners {
        fanout::measure(&ours, *listeners).await?;
    }
    raw.close().await
}
