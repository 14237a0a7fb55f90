use std::io::Write;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use futures::StreamExt;

/// The paths of [`hostile_router`] that a crawler should try.
pub const HOSTILE_PATHS: [&str; 13] = [
    "/deep",
    "/huge",
    "/charset",
    "/truncated-gzip",
    "/bomb",
    "/loop",
    "/private",
    "/metadata",
    "/slow",
    "/binary",
    "/jsonld-broken",
    "/ics-broken",
    "/image-bomb",
];

const MEGABYTE: usize = 1 << 20;

/// Pages that a crawler must survive: each is to end as a clear, counted failure or as an empty result.
pub fn hostile_router() -> Router {
    Router::new()
        .route("/deep", get(|| async { page("text/html", deep()) }))
        .route("/huge", get(|| async { stream("text/html", None) }))
        .route("/charset", get(|| async { page("text/html; charset=utf-8", charset()) }))
        .route("/truncated-gzip", get(|| async { gzip(truncated()) }))
        .route("/bomb", get(|| async { gzip(bomb()) }))
        .route("/loop", get(|| async { redirect("/loop-back") }))
        .route("/loop-back", get(|| async { redirect("/loop") }))
        .route("/private", get(|| async { redirect("http://10.0.0.1/") }))
        .route("/metadata", get(|| async { redirect("http://169.254.169.254/latest/meta-data/") }))
        .route("/slow", get(|| async { stream("text/html", Some(Duration::from_secs(1))) }))
        .route("/binary", get(|| async { page("text/html", binary()) }))
        .route("/jsonld-broken", get(|| async { page("text/html; charset=utf-8", JSONLD.as_bytes().to_vec()) }))
        .route("/ics-broken", get(|| async { page("text/calendar", CALENDAR.as_bytes().to_vec()) }))
        .route("/image-bomb", get(|| async { page("image/png", image_bomb()) }))
}

fn page(media: &'static str, body: Vec<u8>) -> Response {
    with(StatusCode::OK, &[(CONTENT_TYPE, media)], Body::from(body))
}

fn gzip(body: Vec<u8>) -> Response {
    with(StatusCode::OK, &[(CONTENT_TYPE, "text/html"), (CONTENT_ENCODING, "gzip")], Body::from(body))
}

fn redirect(to: &'static str) -> Response {
    with(StatusCode::FOUND, &[(LOCATION, to)], Body::empty())
}

fn with(status: StatusCode, headers: &[(HeaderName, &'static str)], body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// 100 MB as fast as they are read; or, with a pause, a few bytes now and then without end.
fn stream(media: &'static str, pause: Option<Duration>) -> Response {
    let body = match pause {
        None => {
            let chunk = Bytes::from(b"<p>nothing happens here</p>\n".repeat(MEGABYTE / 28));
            let count = 100_000_000 / chunk.len() + 1;
            Body::from_stream(futures::stream::iter(std::iter::repeat_n(
                Ok::<_, std::convert::Infallible>(chunk),
                count,
            )))
        }
        Some(pause) => Body::from_stream(futures::stream::repeat(()).then(move |()| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::convert::Infallible>(Bytes::from_static(b"<p>wait</p>\n"))
        })),
    };
    with(StatusCode::OK, &[(CONTENT_TYPE, media)], body)
}

fn deep() -> Vec<u8> {
    let mut html = "<div>".repeat(100_000);
    html += "Fri 4 December 2026 – Nobody At All – 8pm";
    html.into_bytes()
}

/// Declared UTF-8, written in UTF-16 with a stray byte.
fn charset() -> Vec<u8> {
    let mut bytes: Vec<u8> =
        "<html><p>Fri 4 December 2026 – Wörter, 20:00</p></html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.push(0xff);
    bytes
}

fn truncated() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    let text: String =
        (0..5000_u32).map(|line| format!("<p>line {line} {:x}</p>", line.wrapping_mul(2_654_435_761))).collect();
    // Writing to a vector cannot fail; were it to, the body would be shorter still.
    if encoder.write_all(text.as_bytes()).is_err() {
        return Vec::new();
    }
    let mut body = encoder.finish().unwrap_or_default();
    body.truncate(body.len() / 2);
    body
}

/// One gigabyte of zeros in about a megabyte: one compressed block, ended by a full flush so that it stands alone,
/// repeated (RFC 1951, 1952).
fn bomb() -> Vec<u8> {
    const BLOCKS: usize = 1024;
    let zeros = vec![0_u8; MEGABYTE];
    let mut deflate = Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(64 * 1024);
    if !matches!(deflate.compress_vec(&zeros, &mut block, FlushCompress::Full), Ok(Status::Ok)) {
        return Vec::new();
    }
    let mut one = Crc::new();
    one.update(&zeros);
    let mut sum = Crc::new();
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    for _ in 0..BLOCKS {
        body.extend_from_slice(&block);
        sum.combine(&one);
    }
    body.extend_from_slice(&[3, 0]);
    body.extend_from_slice(&sum.sum().to_le_bytes());
    body.extend_from_slice(&u32::try_from(BLOCKS * MEGABYTE).unwrap_or(u32::MAX).to_le_bytes());
    body
}

fn binary() -> Vec<u8> {
    let mut state = 1_u32;
    (0..200_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

/// A PNG of 60,000 by 60,000 pixels, as far as its header goes.
fn image_bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&60_000_u32.to_be_bytes());
    header.extend_from_slice(&60_000_u32.to_be_bytes());
    header.extend_from_slice(&[8, 6, 0, 0, 0]);
    for chunk in [header, b"IDAT\x78\x9c\x03\x00\x00\x00\x00\x01".to_vec(), b"IEND".to_vec()] {
        let mut crc = Crc::new();
        crc.update(&chunk);
        png.extend_from_slice(&u32::try_from(chunk.len() - 4).unwrap_or_default().to_be_bytes());
        png.extend_from_slice(&chunk);
        png.extend_from_slice(&crc.sum().to_be_bytes());
    }
    png
}

const JSONLD: &str = r#"<!DOCTYPE html><title>Broken</title>
<script type="application/ld+json">{"@context":"https://schema.org","@type":"MusicEvent","name":"Cut off mid-sen</script>
<script type="application/ld+json">{"@type":["MusicEvent",7,null],"startDate":{"@value":["2026-13-45T99:99"]},"location":[[[]]],"performer":"","offers":{"price":"twelve"}}</script>
<script type="application/ld+json">[[[[{"@graph":{"@graph":{"@graph":null}}}]]]]</script>
<p>Nothing to see."#;

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Nowhere/Else:20261345T996099\r\nRRULE:FREQ=SECONDLY;COUNT=999999999\r\n\
    SUMMARY:A line without end\r\n folded\r\nfolded wrongly\r\nEND:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261204T200000Z\r\n\
    RRULE:FREQ=DAILY;UNTIL=99991231T000000Z\r\nDURATION:-P1000000W\r\nSUMMARY;ALTREP=\"";

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{MEGABYTE, bomb, truncated};

    #[test]
    fn the_bomb_is_a_true_gzip_of_a_gigabyte() {
        let body = bomb();
        assert!(body.len() < 2 * MEGABYTE, "{}", body.len());
        let mut decoder = flate2::read::GzDecoder::new(body.as_slice());
        let mut buffer = vec![0; MEGABYTE];
        let mut size = 0;
        // Eight blocks stand for all: the rest are copies, and a debug build is slow.
        while size < 8 * MEGABYTE {
            size += decoder.read(&mut buffer).unwrap();
        }
        assert!(buffer.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn the_truncated_body_does_not_decode() {
        let mut text = Vec::new();
        assert!(flate2::read::GzDecoder::new(truncated().as_slice()).read_to_end(&mut text).is_err());
    }
}
