use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use model::{Collection, EntityKind};
use store::live::Change;
use store::{Direction, Query};
use tokio::sync::{Barrier, broadcast, mpsc};
use tokio::task::JoinSet;

use super::ours::Ours;
use super::work::{Connection, id, show};

/// Changes that are told to every listener.
const CHANGES: usize = 40;
/// Between two changes.
const PAUSE: Duration = Duration::from_millis(100);
/// Where the numbers of the changed documents begin: apart from those of the other figures.
const FIRST: usize = 10_000_000;

/// One writer, many listeners of one query: from the moment at which a commit is asked for to its arrival. Beside it a
/// bare channel to as many receivers: what waking them all costs.
pub(crate) async fn measure(ours: &Ours, listeners: usize) -> anyhow::Result<()> {
    let (told, commits) = through_the_store(ours, listeners).await?;
    let bare = through_a_channel(listeners).await?;
    let [p50, p99] = quantiles(told);
    let [bare50, bare99] = quantiles(bare);
    let [commit, _] = quantiles(commits);
    println!(
        "{listeners} listeners, one writer: delivered p50 {p50:.1} ms, p99 {p99:.1} ms \
         (of it the commit {commit:.1} ms; a bare channel: p50 {bare50:.1} ms, p99 {bare99:.1} ms)"
    );
    Ok(())
}

async fn through_the_store(ours: &Ours, listeners: usize) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
    let venue = id(EntityKind::Venue, FIRST);
    let ready = Arc::new(Barrier::new(listeners + 1));
    let (sender, mut arrived) = mpsc::unbounded_channel();
    let mut listening = JoinSet::new();
    for _ in 0..listeners {
        let query = Query::of(Collection::EvtPerformances)
            .equal("venue_id", venue.as_str())
            .order("start", Direction::Ascending);
        let mut stream = ours.0.listen_raw(query, None);
        let (ready, sender) = (Arc::clone(&ready), sender.clone());
        listening.spawn(async move {
            stream.next().await.transpose()?;
            ready.wait().await;
            let mut seen = 0;
            while seen < CHANGES {
                let Some(changes) = stream.next().await.transpose()? else { break };
                let now = Instant::now();
                for change in &changes.changes {
                    if let Change::Added(snapshot) | Change::Modified(snapshot) = change {
                        let _ = sender.send((snapshot.key.id.clone(), now));
                        seen += 1;
                    }
                }
            }
            anyhow::Ok(())
        });
    }
    drop(sender);
    ready.wait().await;
    let mut connection = ours.clone();
    let (mut begun, mut commits) = (std::collections::HashMap::new(), Vec::new());
    for n in 0..CHANGES {
        let mut changed = show(FIRST + n);
        changed.venue_id = Some(venue.clone());
        let began = Instant::now();
        begun.insert(changed.id.to_string(), began);
        connection.put(&[changed]).await?;
        commits.push(began.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    while let Some(ended) = listening.join_next().await {
        ended??;
    }
    let mut told = Vec::with_capacity(listeners * CHANGES);
    while let Some((id, at)) = arrived.recv().await {
        told.extend(begun.get(&id).map(|began| at - *began));
    }
    anyhow::ensure!(told.len() == listeners * CHANGES, "{} of {} were told", told.len(), listeners * CHANGES);
    Ok((told, commits))
}

async fn through_a_channel(receivers: usize) -> anyhow::Result<Vec<Duration>> {
    let (sender, _) = broadcast::channel::<Arc<Instant>>(64);
    let (report, mut arrived) = mpsc::unbounded_channel();
    let mut receiving = JoinSet::new();
    for _ in 0..receivers {
        let (mut receiver, report) = (sender.subscribe(), report.clone());
        receiving.spawn(async move {
            while let Ok(sent) = receiver.recv().await {
                let _ = report.send(sent.elapsed());
            }
        });
    }
    drop(report);
    for _ in 0..CHANGES {
        sender.send(Arc::new(Instant::now()))?;
        tokio::time::sleep(PAUSE).await;
    }
    drop(sender);
    while let Some(ended) = receiving.join_next().await {
        ended?;
    }
    let mut told = Vec::new();
    while let Some(took) = arrived.recv().await {
        told.push(took);
    }
    Ok(told)
}

/// The 50th and the 99th of a hundred, in milliseconds.
fn quantiles(mut durations: Vec<Duration>) -> [f64; 2] {
    durations.sort_unstable();
    let at = |of_hundred: usize| durations.get(durations.len() * of_hundred / 100).copied().unwrap_or_default();
    [50, 99].map(|of_hundred| at(of_hundred).as_secs_f64() * 1_000.0)
}
