use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, HOST};
use axum::http::{HeaderValue, Method, StatusCode};

use crate::web::Web;

/// Serves the web's sites by their Host header: GET and HEAD, validators, 304 and 404.
pub fn router(web: Arc<Web>) -> Router {
    Router::new().fallback(answer).with_state(web)
}

async fn answer(State(web): State<Arc<Web>>, request: Request) -> axum::response::Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let Some(host) = named.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str)) else {
        return plain(StatusCode::BAD_REQUEST);
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let found = web.respond(host, path, &headers);
    let mut response = plain(StatusCode::from_u16(found.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &found.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    if *request.method() == Method::HEAD {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(found.body.len()));
    } else {
        *response.body_mut() = Body::from(found.body);
    }
    response
}

fn plain(status: StatusCode) -> axum::response::Response {
    let mut response = axum::response::Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
