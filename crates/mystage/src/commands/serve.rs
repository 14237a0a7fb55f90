use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use model::RunScope;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli;
use crate::lock;
use crate::open::{Opened, Role};

/// How often a process that serves looks for pages that are due.
pub(crate) const DUE_EVERY: Duration = Duration::from_secs(300);

/// Serves the API and visits pages when they are due. On databases that processes share it leaves the work to workers,
/// but for the search index, which is its own.
pub(crate) async fn serve(data: &Path, args: cli::Serve) -> anyhow::Result<()> {
    let _lock = lock::unless_shared(data)?;
    let listener = TcpListener::bind(args.addr)
        .await
        .with_context(|| format!("{} cannot be listened on; choose another address with --addr", args.addr))?;
    let addr = listener.local_addr()?;
    let opened = Arc::new(Opened::open(data, &[]).await?);
    let role = if opened.shared && !args.work { Role::Server } else { Role::Alone };
    let runner = opened.runner(role).await?;
    let (stop, stopped) = watch::channel(false);
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    let working = tokio::spawn(runner.run(stopped.clone()));
    start(&opened, listener, stopped)?;
    println!("The API is up at http://{addr}/ (Ctrl-C ends it).");
    until_interrupted(&opened, Duration::from_secs(args.every.max(1) * 60)).await;
    stop.send_replace(true);
    working.await.context("the task runner stopped")
}

/// Works on tasks until interrupted, beside any number of other workers.
pub(crate) async fn work(data: &Path) -> anyhow::Result<()> {
    let _lock = lock::unless_shared(data)?;
    let opened = Opened::open(data, &[]).await?;
    let role = if opened.shared { Role::Worker } else { Role::Alone };
    let runner = opened.runner(role).await?;
    let (stop, stopped) = watch::channel(false);
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    let working = tokio::spawn(runner.run(stopped));
    println!("Working (Ctrl-C ends it).");
    interrupted().await;
    stop.send_replace(true);
    working.await.context("the task runner stopped")
}

/// Starts the API beside whatever else this process does.
pub(crate) fn start(opened: &Opened, listener: TcpListener, mut stopped: watch::Receiver<bool>) -> anyhow::Result<()> {
    let router = api::router(Arc::clone(&opened.app));
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    tokio::spawn(async move {
        let shutdown = async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        if let Err(error) = api::serve(listener, router, shutdown).await {
            eprintln!("mystage: the API stopped: {error}");
        }
    });
    Ok(())
}

/// Looks for due pages by the clock until the process is interrupted.
pub(crate) async fn until_interrupted(opened: &Opened, every: Duration) {
    let sweep = async {
        loop {
            tokio::time::sleep(every).await;
            if let Err(error) = visit_due(opened).await {
                eprintln!("mystage: due pages could not be scheduled: {error:#}");
            }
        }
    };
    tokio::select! {
        () = sweep => {}
        () = interrupted() => {}
    }
}

async fn visit_due(opened: &Opened) -> anyhow::Result<()> {
    if let Some(latest) = pipeline::scheduling::latest_run(&opened.app.store).await?
        && latest.document.finished_at.is_none()
    {
        // What the timed run before began is done or waits for its retries.
        pipeline::scheduling::finish_run(&opened.app.store, &latest.document.id, opened.now()).await?;
    }
    pipeline::scheduling::begin_run(&opened.app.store, RunScope::Due, opened.now()).await?;
    Ok(())
}

/// Ends at Ctrl-C or SIGTERM.
pub(crate) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}
