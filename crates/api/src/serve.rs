use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests that are being answered may go on after the end was asked for.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Serves until `shutdown` ends, then finishes what is being answered, for ten seconds at most.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (ending, ended) = oneshot::channel();
    let shutdown = async move {
        shutdown.await;
        // Nobody listens when the server is gone already.
        let _ = ending.send(());
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(shutdown);
    let patience = async move {
        match ended.await {
            Ok(()) => tokio::time::sleep(LAST_ANSWERS).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        outcome = serving => outcome,
        () = patience => {
            tracing::warn!("requests were cut off at the end");
            Ok(())
        }
    }
}
