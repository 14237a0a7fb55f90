use async_compression::tokio::write::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use fetch::{Config, Fetcher};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::server::{Reply, Server, class, ok, text};

macro_rules! packed {
    ($encoder:ident, $bytes:expr) => {{
        let mut encoder = $encoder::new(Vec::new());
        write(&mut encoder, $bytes).await;
        encoder.into_inner()
    }};
}

async fn write(encoder: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    encoder.write_all(bytes).await.expect("a Vec takes everything");
    encoder.shutdown().await.expect("a Vec takes everything");
}

/// Every coding by its name.
async fn codings(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("gzip", packed!(GzipEncoder, bytes)),
        ("x-gzip", packed!(GzipEncoder, bytes)),
        ("br", packed!(BrotliEncoder, bytes)),
        ("zstd", packed!(ZstdEncoder, bytes)),
        ("deflate", packed!(ZlibEncoder, bytes)),
        ("Deflate", packed!(DeflateEncoder, bytes)),
    ]
}

/// Serves one body under `/` with a coding.
fn serve(coding: &str, body: Vec<u8>) -> Server {
    let header = format!("Content-Encoding: {coding}");
    Server::start(move |path| if path == "/" { ok(&[&header], &body) } else { None })
}

/// Compresses badly, so that cutting it anywhere cuts content.
fn noise(length: usize) -> String {
    let mut state = 1_u32;
    let mut letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + u8::try_from(state >> 24).unwrap_or(0) % 26)
    };
    (0..length).map(|_| letter()).collect()
}

#[tokio::test]
async fn every_coding_is_unpacked() {
    let page = noise(40_000);
    for (coding, body) in codings(page.as_bytes()).await {
        let server = serve(coding, body);
        assert_eq!(text(&server.fetcher(), &server.url("/")).await, page, "{coding}");
    }
    let twice = packed!(BrotliEncoder, &packed!(GzipEncoder, page.as_bytes()));
    let server = serve("gzip, br", twice);
    assert_eq!(text(&server.fetcher(), &server.url("/")).await, page);
}

#[tokio::test]
async fn what_servers_get_wrong_and_browsers_forgive_is_forgiven() {
    let gzip = packed!(GzipEncoder, b"one ");
    let members = [gzip.clone(), packed!(GzipEncoder, b"two")].concat();
    let trailing = [gzip.clone(), b"\n<!-- printed late -->".to_vec()].concat();
    let zeros = [gzip, vec![0; 512]].concat();
    for (coding, body, expected) in [
        ("gzip", members, "one two"),
        ("gzip", trailing, "one "),
        ("gzip", zeros, "one "),
        ("gzip", Vec::new(), ""),
        ("br", Vec::new(), ""),
        ("identity", b"plain".to_vec(), "plain"),
        ("", b"plain".to_vec(), "plain"),
    ] {
        let server = serve(coding, body);
        assert_eq!(text(&server.fetcher(), &server.url("/")).await, expected, "{coding}");
    }
}

#[tokio::test]
async fn truncated_and_wrong_streams_are_clear_errors() {
    let page = noise(20_000);
    for (coding, body) in codings(page.as_bytes()).await {
        for length in [1, 5, body.len() / 2, body.len() - 1] {
            let server = serve(coding, body[..length].to_vec());
            let error = crate::server::get(&server.fetcher(), &server.url("/")).await.unwrap_err();
            assert_eq!((error.class(), error.is_transient()), ("decoding", false), "{coding} cut at {length}: {error}");
        }
    }
    for (coding, body) in [
        ("gzip", &b"<p>not packed at all"[..]),
        ("br", b"<p>not packed at all, and long enough to see it"),
        ("zstd", b"<p>not packed"),
        ("compress", b"x"),
        ("gzip, gzip, gzip", b"x"),
        ("nonsense", b"x"),
    ] {
        let server = serve(coding, body.to_vec());
        assert_eq!(class(&server.fetcher(), &server.url("/")).await, "decoding", "{coding}");
    }
}

#[tokio::test]
async fn bombs_do_not_go_off() {
    let zeros = vec![0; 12_000_000];
    for (coding, body) in codings(&zeros).await {
        let server = serve(coding, body.clone());
        assert_eq!(class(&server.fetcher(), &server.url("/")).await, "too_large", "{coding}");
        let wide = Fetcher::new(Config { max_bytes: 100_000_000, ..server.config() }).unwrap();
        assert_eq!(class(&wide, &server.url("/")).await, "decompression_bomb", "{coding} of {} bytes", body.len());
    }
    let twice = packed!(GzipEncoder, &packed!(GzipEncoder, &zeros));
    let server = serve("gzip, gzip", twice);
    let wide = Fetcher::new(Config { max_bytes: 100_000_000, ..server.config() }).unwrap();
    assert_eq!(class(&wide, &server.url("/")).await, "decompression_bomb");
}

#[tokio::test]
async fn an_endless_stream_of_empty_members_ends() {
    let empty = packed!(GzipEncoder, b"");
    let block = empty.repeat(100);
    let server = Server::start(move |path| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n".to_vec();
        (path == "/").then(|| Reply::Endless(head, block.clone()))
    });
    assert_eq!(class(&server.fetcher(), &server.url("/")).await, "too_large");
}
