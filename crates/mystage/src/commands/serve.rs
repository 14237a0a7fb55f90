use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
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
    let every = Duration::from_secs(args.every.max(1) * 60);
    let runner = opened.runner(role, Some(every)).await?;
    let (stop, stopped) = watch::channel(false);
    #[expect(clippy::disallowed_methods, reason = "the executable starts what runs beside it")]
    let working = tokio::spawn(runner.run(stopped.clone()));
    start(&opened, listener, stopped)?;
    println!("The API is up at http://{addr}/ (Ctrl-C ends it).");
    interrupted().await;
    stop.send_replace(true);
    working.await.context("the task runner stopped")
}

/// Works on tasks until interrupted, beside any number of other workers.
pub(crate) async fn work(data: &Path) -> anyhow::Result<()> {
    let _lock = lock::unless_shared(data)?;
    let opened = Opened::open(data, &[]).await?;
    let role = if opened.shared { Role::Worker } else { Role::Alone };
    let runner = opened.runner(role, Some(DUE_EVERY)).await?;
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
