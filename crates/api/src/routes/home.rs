use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::page::{Results, render};
use crate::params::Params;
use crate::routes::search::{SearchParams, find};
use crate::{Doors, Problem};

/// Nothing but the page itself, its pictures and its form.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HomeParams {
    q: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    cursor: Option<String>,
}

/// `GET /`: the page for people.
pub(crate) async fn show(State(doors): State<Doors>, params: Result<Params<HomeParams>, Problem>) -> Response {
    let params = match params {
        Ok(Params(params)) => params,
        Err(problem) => return refused("", &problem),
    };
    // The form sends an empty type for all of them.
    let kind = params.kind.as_deref().filter(|kind| !kind.is_empty());
    let Some(words) = params.q.as_deref().map(str::trim) else { return page(StatusCode::OK, &Results::None) };
    match find(&doors, &SearchParams::for_people(words, kind, params.cursor.as_deref())).await {
        Ok(found) => page(StatusCode::OK, &Results::Found { words, kind, found: &found }),
        Err(problem) => refused(words, &problem),
    }
}

fn refused(words: &str, problem: &Problem) -> Response {
    page(problem.status(), &Results::Refused { words, why: problem.detail() })
}

fn page(status: StatusCode, results: &Results<'_>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("content-security-policy"), POLICY),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    (status, headers, render(results)).into_response()
}
