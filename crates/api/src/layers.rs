use std::any::Any;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any as AnyOrigin, CorsLayer};
use tracing::Instrument;

use crate::{Code, Problem};

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(15);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What every route gets, the outermost last: a time limit, panics as problems, compression, reading from any origin,
/// a request id and a span.
pub(crate) fn around(router: Router) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::IF_NONE_MATCH, REQUEST_ID])
        .expose_headers([header::ETAG, REQUEST_ID])
        .max_age(Duration::from_secs(3600));
    router
        .layer(middleware::from_fn(limit_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new())
        .layer(cors)
        .layer(middleware::from_fn(observe))
}

async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::Timeout, "the answer took too long; ask for less, or try again").into_response(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("of an unknown sort"), "a request panicked");
    Problem::new(Code::Internal, "a fault of ours; the header x-request-id names this request").into_response()
}

/// Names the request and logs it once. The query string and the headers stay out of the log: people's words and places
/// are none of its business.
async fn observe(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let span = tracing::info_span!("request", id = ?id, method = %request.method(), path = request.uri().path());
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, milliseconds = begun.elapsed().as_millis(), "answered"));
    response
}

/// The caller's id when it is short and plain, a new one otherwise.
fn request_id(request: &Request) -> HeaderValue {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let given = request.headers().get(REQUEST_ID).filter(|id| {
        let bytes = id.as_bytes();
        (1..=64).contains(&bytes.len()) && bytes.iter().copied().all(plain)
    });
    given.cloned().unwrap_or_else(|| {
        HeaderValue::try_from(uuid::Uuid::now_v7().to_string()).expect("a UUID in hex is a header value")
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;

    use super::{panicked, request_id};

    #[test]
    fn only_plain_ids_are_taken_over() {
        for (given, taken) in [("abc-1.2_3", true), ("a b", false), ("", false), (&*"x".repeat(65), false)] {
            let request = Request::builder().header("x-request-id", given).body(Body::empty()).unwrap();
            assert_eq!(request_id(&request) == given, taken, "{given}");
        }
    }

    #[test]
    fn a_panic_is_a_problem_that_tells_nothing_inner() {
        let response = panicked(Box::new("secret"));
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}
