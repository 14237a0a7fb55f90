use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The weak validator of a state that these revisions describe. The program's version is a part of it, because another
/// version may show the same state in another shape. Weak, because compression changes the bytes.
pub(crate) fn etag(state: &[u64]) -> HeaderValue {
    let state: Vec<String> = state.iter().map(u64::to_string).collect();
    let mut parts = vec!["etag", env!("CARGO_PKG_VERSION")];
    parts.extend(state.iter().map(String::as_str));
    let tag = format!("W/\"{}\"", model::hash_id(&parts));
    HeaderValue::try_from(tag).expect("a hash in quotes is a header value")
}

/// Answers 304 when the caller has this state already (RFC 9110, 13.1.2), otherwise with the body.
pub(crate) fn unless_known(
    request: &HeaderMap,
    etag: HeaderValue,
    cache: &'static str,
    body: impl FnOnce() -> Response,
) -> Response {
    let mut response = if is_known(request, &etag) { StatusCode::NOT_MODIFIED.into_response() } else { body() };
    response.headers_mut().insert(header::ETAG, etag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn is_known(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let ours = opaque(etag.to_str().unwrap_or_default());
    let known = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == ours)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};

    use super::{etag, is_known};

    #[test]
    fn the_weak_comparison_ignores_the_weakness() {
        let tag = etag(&[7, 8]);
        let strong = tag.to_str().unwrap().trim_start_matches("W/").to_owned();
        let other = etag(&[7, 9]).to_str().unwrap().to_owned();
        for (given, known) in [
            (tag.to_str().unwrap().to_owned(), true),
            (strong.clone(), true),
            (format!("{other}, {strong}"), true),
            ("*".to_owned(), true),
            (other, false),
            (strong.trim_matches('"').to_owned(), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, given.parse().unwrap());
            assert_eq!(is_known(&headers, &tag), known, "{given}");
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
