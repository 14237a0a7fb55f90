use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use model::{RunScope, Source};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{progress, sample, serve};
use crate::cli;
use crate::lock;
use crate::open::{Opened, Role};
use crate::report;

/// A file of sources.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesFile {
    source: Vec<Source>,
}

/// Crawls, prints the funnel, and serves the API.
pub(crate) async fn run(data: &Path, args: cli::Run) -> anyhow::Result<()> {
    let _lock = lock::unless_shared(data)?;
    let listener = match args.once {
        true => None,
        false => Some(listen(args.addr).await?),
    };
    let (stop, stopped) = watch::channel(false);
    let (sources, allow) = match &args.sources {
        Some(file) => (read_sources(file)?, Vec::new()),
        None => sample::start(&args.sample, stopped.clone()).await?,
    };
    let opened = Arc::new(Opened::open(data, &allow).await?);
    pipeline::sourcing::load(&opened.app.store, &sources, opened.now()).await?;
    let runner = opened.runner(Role::Alone, (!args.once).then_some(serve::DUE_EVERY)).await?;
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    let working = tokio::spawn(Arc::clone(&runner).run(stopped.clone()));
    if let Some(listener) = listener {
        serve::start(&opened, listener, stopped.clone())?;
        eprintln!("The API is up at http://{}/ while the run goes on.", args.addr);
    }
    let (run, continued) = pipeline::scheduling::begin_run(&opened.app.store, RunScope::All, opened.now()).await?;
    eprintln!("{} run {} over {} sources.", if continued { "Continuing" } else { "Beginning" }, run.id, sources.len());
    tokio::select! {
        finished = progress::until_idle(&opened, &runner, &run.id) => {
            finished?;
            pipeline::scheduling::finish_run(&opened.app.store, &run.id, opened.now()).await?;
            let found = pipeline::funnel::of(&opened.app.store, Some(&run.id)).await?;
            if let Some(found) = found {
                print!("{}", report::funnel(&found));
            }
            if !args.once {
                println!("The API is up at http://{}/ (Ctrl-C ends it).", args.addr);
                serve::interrupted().await;
            }
        }
        () = serve::interrupted() => eprintln!("Stopping; the next start goes on from here."),
    }
    stop.send_replace(true);
    working.await.context("the task runner stopped")
}

async fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr)
        .await
        .with_context(|| format!("{addr} cannot be listened on; choose another address with --addr"))
}

pub(crate) fn read_sources(file: &Path) -> anyhow::Result<Vec<Source>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let parsed: SourcesFile =
        toml::from_str(&text).with_context(|| format!("{} is no file of sources", file.display()))?;
    Ok(parsed.source)
}
