use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Artist, Collection, Database, Funnel};

use crate::params::{NoParams, Params};
use crate::views::health::{Check, Health, Readiness};
use crate::{Doors, Problem};

/// A part that takes longer to answer does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the process is up.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "health",
    tag = "platform",
    responses(
        (status = 200, description = "The process is up", body = Health),
        (status = 400, description = "A query parameter was given", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn healthz(_: Params<NoParams>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(Health { status: "up" }))
}

/// Whether every part answers: the three databases, the index, the disk.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "readiness",
    tag = "platform",
    responses(
        (status = 200, description = "Every part answers", body = Readiness),
        (status = 400, description = "A query parameter was given", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "At least one part does not answer; `checks` says which", body = Readiness),
    )
)]
pub(crate) async fn readyz(State(doors): State<Doors>, _: Params<NoParams>) -> Response {
    let (pipeline, main, admin, index, disk) = tokio::join!(
        within(database(&doors, Database::Pipeline)),
        within(database(&doors, Database::Main)),
        within(database(&doors, Database::Admin)),
        within(index(&doors)),
        within(disk(&doors)),
    );
    let named = [("database pipeline", pipeline), ("database main", main), ("database admin", admin)];
    let named = named.into_iter().chain([("search index", index), ("disk", disk)]);
    let checks: Vec<Check> =
        named.map(|(name, outcome)| Check { name, ready: outcome.is_ok(), detail: outcome.err() }).collect();
    let ready = checks.iter().all(|check| check.ready);
    for check in checks.iter().filter(|check| !check.ready) {
        tracing::warn!(part = check.name, detail = check.detail, "a part is not ready");
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(Readiness { ready, checks })).into_response()
}

async fn within(check: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    tokio::time::timeout(PATIENCE, check).await.unwrap_or_else(|_| Err("does not answer in time".to_owned()))
}

/// Reads a document that need not be there.
async fn database(doors: &Doors, database: Database) -> Result<(), String> {
    const NONE: &str = "readyz";
    let read = match database {
        Database::Main => doors.store.get::<Artist>(Collection::EvtArtists, NONE).await.map(|_| ()),
        other => doors.store.get::<Funnel>(Collection::Funnels(other), NONE).await.map(|_| ()),
    };
    read.map_err(|error| error.to_string())
}

async fn index(doors: &Doors) -> Result<(), String> {
    let index = Arc::clone(&doors.search);
    let checked = tokio::task::spawn_blocking(move || index.check()).await;
    checked.map_err(|_| "was interrupted".to_owned())?.map_err(|error| error.to_string())
}

/// The databases and the blobs lie beside the index. The path stays out of the answer.
async fn disk(doors: &Doors) -> Result<(), String> {
    let index = Arc::clone(&doors.search);
    let checked = tokio::task::spawn_blocking(move || index.check_disk()).await;
    checked.map_err(|_| "was interrupted".to_owned())?.map_err(|error| {
        tracing::warn!(%error, "the disk takes no writes");
        "takes no writes".to_owned()
    })
}
