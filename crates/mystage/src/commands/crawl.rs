use std::path::Path;

use model::RunScope;

use super::{progress, run, sample};
use crate::cli;
use crate::open::{Opened, Role};
use crate::report;

/// Begins a run that workers do.
pub(crate) async fn crawl(data: &Path, args: cli::Crawl) -> anyhow::Result<()> {
    let opened = Opened::open(data, &[]).await?;
    let sources = match &args.sources {
        Some(file) => run::read_sources(file)?,
        None => sample::sources(&args.sample),
    };
    pipeline::sourcing::load(&opened.app.store, &sources, opened.now()).await?;
    let (run, continued) = pipeline::scheduling::begin_run(&opened.app.store, RunScope::All, opened.now()).await?;
    println!("{} run {} over {} sources.", if continued { "Continuing" } else { "Began" }, run.id, sources.len());
    if args.wait {
        // Only looked at: nothing is worked on here.
        let watcher = opened.watcher(Role::Worker);
        let found = progress::until_idle(&opened, &watcher, &run.id).await?;
        pipeline::scheduling::finish_run(&opened.app.store, &run.id, opened.now()).await?;
        print!("{}", report::funnel(&found));
    }
    Ok(())
}
