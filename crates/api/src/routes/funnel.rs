use axum::Json;
use axum::extract::State;
use pipeline::funnel;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::params::Params;
use crate::views::funnel::FunnelView;
use crate::{Code, Doors, Problem};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FunnelParams {
    /// The run; the latest without it.
    #[param(pattern = "^[A-Za-z0-9_.-]{1,200}$", example = "run_01")]
    run: Option<String>,
}

/// What became of everything that a run took in: counts that were committed with what they count.
#[utoipa::path(
    get,
    path = "/v1/pipeline/funnel",
    operation_id = "read_funnel",
    tag = "pipeline",
    params(FunnelParams),
    responses(
        (status = 200, description = "The counts by stage", body = FunnelView),
        (status = 400, description = "A parameter is unknown or no run is named so", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such run", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "The store does not answer", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(doors): State<Doors>,
    Params(params): Params<FunnelParams>,
) -> Result<Json<FunnelView>, Problem> {
    let run = params.run.as_deref();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if run.is_some_and(|run| !(1..=200).contains(&run.len()) || !run.bytes().all(plain)) {
        return Err(Problem::invalid("run is the id of a run: 1 to 200 letters, digits, dots, dashes and underscores"));
    }
    let found = funnel::of(&doors.store, run).await?;
    let found = found.ok_or_else(|| match run {
        Some(run) => Problem::new(Code::NotFound, format!("there was no run {run:?}")),
        None => Problem::new(Code::NotFound, "nothing has run yet"),
    })?;
    Ok(Json(found.into()))
}
