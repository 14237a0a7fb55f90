use std::time::{Duration, Instant};

use fetch::{Config, Fetcher};

use crate::server::{Reply, Server, class, get, ok, text};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";

fn whole(bytes: &[u8]) -> Option<Reply> {
    Some(Reply::Whole(bytes.to_vec()))
}

#[tokio::test]
async fn bodies_have_a_largest_size() {
    let server = Server::start(|path| match path {
        "/fits" => ok(&[], &[b'x'; 300_000]),
        "/one-more" => ok(&[], &[b'x'; 300_001]),
        "/promised" => Some(Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec())),
        "/endless" => Some(Reply::Endless(HEAD.to_vec(), vec![b'x'; 10_000])),
        _ => None,
    });
    let fetcher = server.fetcher();
    assert_eq!(text(&fetcher, &server.url("/fits")).await.len(), 300_000);
    for path in ["/one-more", "/promised", "/endless"] {
        let error = get(&fetcher, &server.url(path)).await.unwrap_err();
        assert_eq!((error.class(), error.is_transient()), ("too_large", false), "{path}");
    }
}

#[tokio::test]
async fn silence_and_slowness_have_an_end() {
    let server = Server::start(|path| match path {
        "/mute" => Some(Reply::Stall(Vec::new())),
        "/half-head" => Some(Reply::Stall(b"HTTP/1.1 200 OK\r\nConte".to_vec())),
        "/half-body" => Some(Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec())),
        "/drip-head" => Some(Reply::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec())),
        "/drip-body" => Some(Reply::Drip(HEAD.to_vec())),
        _ => None,
    });
    let (short, long) = (Duration::from_millis(150), Duration::from_secs(30));
    let cases = [
        ("/mute", short, long),
        ("/half-head", short, long),
        ("/half-body", short, long),
        ("/mute", long, short),
        ("/half-body", long, short),
        ("/drip-head", long, short),
        ("/drip-body", long, short),
    ];
    for (path, idle_timeout, timeout) in cases {
        let fetcher = Fetcher::new(Config { idle_timeout, timeout, ..server.config() }).unwrap();
        let start = Instant::now();
        let error = get(&fetcher, &server.url(path)).await.unwrap_err();
        assert_eq!((error.class(), error.is_transient()), ("timeout", true), "{path}: {error}");
        assert!(start.elapsed() < Duration::from_secs(10), "{path} took {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let server = Server::start(|path| match path {
        "/short" => whole(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\nConnection: close\r\n\r\nonly this"),
        "/chunks" => whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nonly"),
        "/nothing" => whole(b"X-Connection: close"),
        "/greeting" => whole(b"SSH-2.0-OpenSSH_9.2\r\n\r\nconnection: close"),
        "/bad-chunk" => whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\nonly"),
        "/many-headers" => {
            whole(&[b"HTTP/1.1 200 OK\r\n", &b"X: y\r\n".repeat(2000)[..], b"Connection: close\r\n\r\n"].concat())
        }
        "/long-header" => {
            whole(&[b"HTTP/1.1 200 OK\r\nX: ", &vec![b'y'; 100_000][..], b"\r\nConnection: close\r\n\r\n"].concat())
        }
        "/endless-header" => Some(Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'y'; 10_000])),
        _ => None,
    });
    let fetcher = server.fetcher();
    for (path, expected) in [
        ("/short", "connection"),
        ("/chunks", "connection"),
        ("/greeting", "protocol"),
        ("/nothing", "protocol"),
        ("/bad-chunk", "protocol"),
        ("/many-headers", "protocol"),
        ("/long-header", "protocol"),
        ("/endless-header", "protocol"),
    ] {
        assert_eq!(class(&fetcher, &server.url(path)).await, expected, "{path}");
    }
    let body = "longer than it says";
    let server = Server::start(move |path| {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n{body}");
        (path == "/").then(|| Reply::Whole(answer.into_bytes()))
    });
    assert_eq!(text(&server.fetcher(), &server.url("/")).await, "longer");
}

#[tokio::test]
async fn closed_ports_and_secrets_in_addresses() {
    let server = Server::start(|_| None);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fetcher = Fetcher::new(Config { allow: vec!["127.0.0.1".to_owned()], ..server.config() }).unwrap();
    let error = get(&fetcher, &format!("http://{closed}/path?key=secret")).await.unwrap_err();
    assert_eq!((error.class(), error.is_transient()), ("connect", true));
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");

    let https = server.url("/?key=secret").replace("http:", "https:");
    let error = get(&server.fetcher(), &https).await.unwrap_err();
    assert_eq!((error.class(), error.is_transient()), ("tls", false), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}
