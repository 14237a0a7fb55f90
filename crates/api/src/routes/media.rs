use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::params::{NoParams, Params, Segments};
use crate::{Code, Doors, Problem, conditional};

/// Keys name their content, so an answer is good for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A picture in one size, as entities and hits name it.
#[utoipa::path(
    get,
    path = "/media/{key}",
    operation_id = "read_picture",
    tag = "entities",
    params(("key" = String, Path, description = "May contain slashes", example = "images/3b0c/640.webp")),
    responses(
        (status = 200, description = "The picture; it never changes", body = Vec<u8>, content_type = "image/webp"),
        (status = 304, description = "The caller has it already"),
        (status = 404, description = "There is no such picture", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "The pictures cannot be read now", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(doors): State<Doors>,
    Segments(key): Segments<String>,
    _: Params<NoParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let none = || Problem::new(Code::NotFound, "there is no such picture");
    if !key.starts_with("images/") {
        return Err(none());
    }
    let bytes = doors.blobs.get(&key).await?.ok_or_else(none)?;
    // Originals lie beside the variants; what came from the web is not served.
    if !is_webp(&bytes) {
        return Err(none());
    }
    let etag = HeaderValue::try_from(format!("\"{}\"", model::hash_id(&[&key])));
    let body = || {
        let policy =
            (HeaderName::from_static("content-security-policy"), HeaderValue::from_static("default-src 'none'"));
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("image/webp"));
        ([kind, policy], bytes).into_response()
    };
    Ok(conditional::unless_known(&headers, etag.map_err(|_| none())?, FOR_EVER, body))
}

fn is_webp(bytes: &[u8]) -> bool {
    bytes.len() > 12 && bytes.starts_with(b"RIFF") && &bytes[8..12] == b"WEBP"
}
