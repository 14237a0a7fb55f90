use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use model::RunScope;
use pipeline::ingest::{Ingest, Manifest, RecordedPage, Warc};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::progress;
use crate::cli;
use crate::lock;
use crate::open::{Opened, Role};
use crate::report;

/// Recorded pages that are taken in at the same time: their disk writes share the wait.
pub(crate) const AT_ONCE: usize = 16;

/// Takes recorded pages through all stages.
pub(crate) async fn ingest(data: &Path, args: cli::Ingest) -> anyhow::Result<()> {
    let _lock = lock::unless_shared(data)?;
    let opened = Opened::open(data, &[]).await?;
    let runner = opened.runner(Role::Alone, None).await?;
    let (run, _) = pipeline::scheduling::begin_run(&opened.app.store, RunScope::Recorded, opened.now()).await?;
    let (stop, stopped) = watch::channel(false);
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    let working = tokio::spawn(Arc::clone(&runner).run(stopped));
    let pages: Box<dyn Iterator<Item = anyhow::Result<RecordedPage>>> = match (args.manifest, args.warc) {
        (Some(manifest), _) => Box::new(Manifest::open(&manifest)?.map(|page| Ok(page?.1))),
        (None, Some(warc)) => Box::new(Warc::open(&warc)?.map(|page| Ok(page?))),
        (None, None) => anyhow::bail!("give --manifest or --warc"),
    };
    let ingest = Arc::new(Ingest::new(Arc::clone(&opened.app.pipeline), run.id.clone()));
    let mut taking = JoinSet::new();
    let mut refused = 0;
    let mut count = |taken: anyhow::Result<()>| {
        if let Err(error) = taken {
            refused += 1;
            eprintln!("mystage: a recorded page is left out: {error:#}");
        }
    };
    for page in pages {
        match page {
            Ok(page) => {
                let (ingest, now) = (Arc::clone(&ingest), opened.now());
                taking.spawn(async move { ingest.page(page, now).await.map(drop) });
            }
            Err(error) => count(Err(error)),
        }
        if taking.len() >= AT_ONCE
            && let Some(taken) = taking.join_next().await
        {
            count(taken.context("a page stopped the program").flatten());
        }
    }
    while let Some(taken) = taking.join_next().await {
        count(taken.context("a page stopped the program").flatten());
    }
    progress::until_idle(&opened, &runner, &run.id).await?;
    pipeline::scheduling::finish_run(&opened.app.store, &run.id, opened.now()).await?;
    stop.send_replace(true);
    working.await.context("the task runner stopped")?;
    if let Some(found) = pipeline::funnel::of(&opened.app.store, Some(&run.id)).await? {
        print!("{}", report::funnel(&found));
    }
    anyhow::ensure!(refused == 0, "{refused} recorded pages could not be taken");
    Ok(())
}
