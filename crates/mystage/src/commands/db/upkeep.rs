use anyhow::bail;
use model::{Collection, Database};
use store::maintenance::{DifferenceKind, Presence, State, rewrite};

use super::Cared;
use super::told::told;
use crate::cli::Migrate;
use crate::open;

pub(super) async fn migrate(cared: &Cared, args: &Migrate) -> anyhow::Result<()> {
    let mut differing = 0;
    for database in Database::ALL {
        let differences = match args.dry_run {
            true => cared.maintenance.differences(database).await?,
            false => cared.maintenance.migrate(database, args.prune, told()).await?,
        };
        for difference in &differences {
            println!("{}{difference}", if args.dry_run { "" } else { "settled: " });
        }
        let waits = |kind| match kind {
            DifferenceKind::UndeclaredTable => false,
            DifferenceKind::UndeclaredIndex => args.prune,
            _ => true,
        };
        differing += differences.iter().filter(|it| waits(it.kind)).count();
    }
    if args.dry_run && differing > 0 {
        bail!("{differing} differences; `mystage db migrate` settles them");
    }
    if args.rewrite && !args.dry_run {
        let backends = open::backends(&cared.databases).await?;
        for (database, backend) in Database::ALL.into_iter().zip(&backends) {
            for collection in Collection::ALL.into_iter().filter(|it| it.database() == database) {
                let done = rewrite(backend, collection, &told()).await?;
                if done.rewritten > 0 {
                    println!("{collection}: {} of {} documents written as of today", done.rewritten, done.read);
                }
            }
        }
    }
    println!("The databases in {} are as declared.", cared.maintenance.place());
    Ok(())
}

pub(super) async fn reindex(cared: &Cared, collections: &[Collection]) -> anyhow::Result<()> {
    let all: Vec<Collection> = match collections {
        [] => Collection::ALL.into_iter().filter(|it| !it.indexes().is_empty()).collect(),
        some => some.to_vec(),
    };
    let mut indexes = 0;
    for collection in all {
        indexes += cared.maintenance.reindex(collection, told()).await?;
    }
    println!("{indexes} indexes made anew.");
    Ok(())
}

pub(super) async fn status(cared: &Cared, json: bool) -> anyhow::Result<()> {
    let (engine, place) = (cared.maintenance.engine(), cared.maintenance.place());
    let mut states = Vec::new();
    for database in Database::ALL {
        states.push((database, cared.maintenance.state(database).await?));
    }
    if json {
        let states: Vec<&State> = states.iter().filter_map(|(_, state)| state.as_ref()).collect();
        println!("{:#}", serde_json::json!({ "engine": engine, "place": place, "databases": states }));
        return Ok(());
    }
    println!("{engine} in {place}");
    for (database, state) in &states {
        match state {
            Some(state) => print!("{}", described(state)),
            None => println!("\n{}: not there yet; opening it or `mystage db migrate` makes it", database.name()),
        }
    }
    Ok(())
}

fn described(state: &State) -> String {
    let documents: u64 = state.documents.values().sum();
    let mut text = format!(
        "\n{}: {documents} documents, {:.1} MB, layout {}, revision {}\n",
        state.database,
        state.bytes as f64 / 1e6,
        state.layout,
        state.revision
    );
    for (collection, count) in state.documents.iter().filter(|(_, count)| **count > 0) {
        text += &format!("  {count:>10}  {collection}\n");
    }
    let oldest = state.tasks.oldest_due.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    let oldest = oldest.map(|at| format!(", the first due {at:.0}")).unwrap_or_default();
    text += &format!("  tasks: {} waiting{oldest}, {} leased\n", state.tasks.waiting, state.tasks.leased);
    let first = state.feed.first.map(|first| format!(" from {first}")).unwrap_or_default();
    text += &format!("  feed: {} entries{first}, the last sequence {}\n", state.feed.entries, state.feed.last);
    let having = |presence| state.indexes.iter().filter(move |index| index.state == presence);
    text += &format!("  indexes: {} of {} declared\n", having(Presence::Present).count(), {
        state.indexes.iter().filter(|index| index.state != Presence::Undeclared).count()
    });
    for (presence, words) in [
        (Presence::Missing, "missing; `mystage db migrate` makes it"),
        (Presence::Building, "being built, or left by what was killed while building it"),
        (Presence::Undeclared, "undeclared; `mystage db migrate --prune` drops it"),
    ] {
        for index in having(presence) {
            text += &format!("    {}: {words}\n", index.index);
        }
    }
    text
}
