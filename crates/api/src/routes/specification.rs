use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::params::{NoParams, Params};
use crate::{Doors, Problem, conditional};

/// `GET /v1/openapi.json`: the document that describes the other routes.
pub(crate) fn route(document: &utoipa::openapi::OpenApi) -> Router<Doors> {
    let text = document.to_pretty_json().expect("the document holds text keys only");
    let show = move |headers: HeaderMap, params: Result<Params<NoParams>, Problem>| {
        let text = text.clone();
        async move { params.map(|_| answer(&headers, text)) }
    };
    Router::new().route("/v1/openapi.json", get(show))
}

fn answer(headers: &HeaderMap, text: String) -> Response {
    let etag = conditional::etag(&[text.len() as u64]);
    let body = || ([(header::CONTENT_TYPE, "application/json")], text).into_response();
    conditional::unless_known(headers, etag, "no-cache", body)
}
