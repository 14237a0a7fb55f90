use std::sync::Arc;
use std::time::Duration;

use fetch::{Body, Config, Fetched, Fetcher, Request};
use tokio::task::JoinSet;

use crate::server::{Reply, Server, class, get, ok, response, text};

#[tokio::test]
async fn a_page_comes_with_its_validators_and_nothing_is_sent_that_should_not_be() {
    let server = Server::start(|path| match path {
        "/page?q=1" => ok(
            &[
                "Content-Type: text/html; charset=x",
                "ETag: W/\"1\"",
                "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
                "Date: Sun, 22 Nov 2026 03:00:00 GMT",
                "Set-Cookie: id=1",
                "Connection: close",
            ],
            b"<p>hello",
        ),
        _ => None,
    });
    let fetcher = server.fetcher();
    let expected = Body {
        final_url: server.url("/page?q=1"),
        status: 200,
        content_type: Some("text/html; charset=x".to_owned()),
        etag: Some("W/\"1\"".to_owned()),
        last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        date: Some("Sun, 22 Nov 2026 03:00:00 GMT".to_owned()),
        bytes: "<p>hello".into(),
    };
    for _ in 0..2 {
        let fetched = get(&fetcher, &server.url("/page?q=1#fragment")).await.unwrap();
        assert_eq!(fetched, Fetched::Body(expected.clone()));
    }
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(|asked| asked.path.as_str()).collect::<Vec<_>>(),
        ["/robots.txt", "/page?q=1", "/page?q=1"]
    );
    let headers = &asked[2].headers;
    assert_eq!(headers["user-agent"], "ExampleBot/1.0 (+https://example.org/bot)");
    assert_eq!(
        (headers["accept"].as_str(), headers["accept-encoding"].as_str()),
        ("text/html", "gzip, br, zstd, deflate")
    );
    for absent in ["cookie", "referer", "authorization", "if-none-match", "if-modified-since"] {
        assert!(!headers.contains_key(absent), "{absent} was sent");
    }
}

#[tokio::test]
async fn unchanged_pages_are_not_sent_again() {
    let server = Server::start(|path| match path {
        "/page" => Some(Reply::Whole(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n".to_vec())),
        _ => None,
    });
    let fetcher = server.fetcher();
    let url = server.url("/page");
    let request = Request { url: &url, etag: Some("\"1\""), last_modified: Some("yesterday"), accept: "*/*" };
    assert_eq!(fetcher.get(&request).await.unwrap(), Fetched::NotModified);
    let headers = &server.asked()[1].headers;
    assert_eq!((headers["if-none-match"].as_str(), headers["if-modified-since"].as_str()), ("\"1\"", "yesterday"));

    assert_eq!(class(&fetcher, &url).await, "status_3xx", "nobody asked whether it changed");
    let broken = Request { etag: Some("a\r\nX-Injected: 1"), last_modified: None, ..request };
    assert_eq!(fetcher.get(&broken).await.unwrap_err().class(), "status_3xx", "such a validator is not sent");
}

#[tokio::test]
async fn statuses_say_whether_to_come_back() {
    let server = Server::start(|path| {
        let status = path.strip_prefix("/status/")?;
        Some(Reply::Whole(response(status, &[], b"words")))
    });
    let fetcher = server.fetcher();
    for status in [404, 410] {
        let fetched = get(&fetcher, &server.url(&format!("/status/{status}"))).await.unwrap();
        assert!(matches!(fetched, Fetched::Gone { status: gone, .. } if gone == status), "{fetched:?}");
    }
    for (status, class, transient) in [
        (204, "", false),
        (300, "status_3xx", false),
        (302, "status_3xx", false),
        (400, "status_4xx", false),
        (401, "status_4xx", false),
        (403, "status_4xx", false),
        (408, "status_4xx", true),
        (451, "status_4xx", false),
        (500, "status_5xx", true),
        (502, "status_5xx", true),
        (503, "status_5xx", true),
    ] {
        match get(&fetcher, &server.url(&format!("/status/{status}"))).await {
            Ok(Fetched::Body(body)) => assert_eq!((body.status, class), (status, "")),
            Ok(other) => panic!("{status}: {other:?}"),
            Err(error) => assert_eq!((error.class(), error.is_transient()), (class, transient), "{status}"),
        }
    }
}

#[tokio::test]
async fn a_host_that_asks_for_a_pause_gets_it() {
    let server = Server::start(|path| match path {
        "/busy" => Some(Reply::Whole(response("429 Too Many Requests", &["Retry-After: 70"], b""))),
        "/short" => Some(Reply::Whole(response("503 Service Unavailable", &["Retry-After: 0"], b""))),
        "/page" => ok(&[], b"page"),
        _ => None,
    });
    let fetcher = server.fetcher();
    let short = get(&fetcher, &server.url("/short")).await.unwrap_err();
    assert_eq!((short.retry_after(), short.is_transient()), (Some(Duration::ZERO), true));
    assert_eq!(text(&fetcher, &server.url("/page")).await, "page");

    let error = get(&fetcher, &server.url("/busy")).await.unwrap_err();
    assert_eq!((error.class(), error.retry_after()), ("status_4xx", Some(Duration::from_secs(70))));
    assert!(error.is_transient());
    let paused = get(&fetcher, &server.url("/page")).await.unwrap_err();
    assert_eq!(paused.class(), "host_paused");
    assert!(paused.is_transient() && paused.retry_after() > Some(Duration::from_secs(60)), "{paused:?}");
    assert_eq!(server.count("/page"), 1, "the pause is kept without asking");
    let other_name = format!("http://other.sample.localhost:{}/page", server.port());
    assert_eq!(text(&fetcher, &other_name).await, "page", "other hosts go on");
}

#[tokio::test]
async fn names_under_localhost_are_loopback() {
    let server = Server::start(|path| (path == "/page").then(|| ok(&[], b"page")).flatten());
    let fetcher = server.fetcher();
    let url = |host: &str| format!("http://{host}:{}/page", server.port());
    assert_eq!(text(&fetcher, &url("venue.sample.localhost")).await, "page");
    assert_eq!(server.asked()[1].headers["host"], format!("venue.sample.localhost:{}", server.port()));
    for host in ["localhost", "sample.localhost", "venue.other.localhost", "127.0.0.2", "[::1]", "0"] {
        assert_eq!(class(&fetcher, &url(host)).await, "private_address", "{host}");
    }
}

#[tokio::test]
async fn nothing_local_is_reached_without_being_named() {
    let server = Server::start(|_| ok(&[], b"secret"));
    let closed = Fetcher::new(Config { allow: Vec::new(), ..server.config() }).unwrap();
    for host in ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        assert_eq!(class(&closed, &format!("http://{host}:{}/", server.port())).await, "private_address", "{host}");
    }
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn the_rate_of_a_host_is_kept_unless_it_is_our_own() {
    let allow = vec!["127.0.0.1:8000".to_owned(), "*.sample.localhost".to_owned()];
    let fetcher = Fetcher::new(Config { allow, ..Config::default() }).unwrap();
    for (url, host) in [
        ("https://Venue.test/x", Some("venue.test")),
        ("http://venue.test:8080/", Some("venue.test")),
        ("http://127.0.0.1:8000/", None),
        ("http://a.sample.localhost/", None),
        ("http://127.0.0.1:9000/", None),
        ("mailto:a@venue.test", None),
        ("no address", None),
    ] {
        assert_eq!(fetcher.paced_host(url).as_deref(), host, "{url}");
    }
    assert_eq!(fetcher.per_host(), Config::default().per_host);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_may_run_on_any_thread_and_side_by_side() {
    let server = Server::start(|path| path.starts_with("/page").then(|| ok(&[], path.as_bytes())).flatten());
    let fetcher = Arc::new(Fetcher::new(Config { concurrency: 3, ..server.config() }).unwrap());
    let mut calls = JoinSet::new();
    for number in 0..50 {
        let (fetcher, path) = (Arc::clone(&fetcher), format!("/page/{number}"));
        let url = server.url(&path);
        calls.spawn(async move { (text(&fetcher, &url).await, path) });
    }
    while let Some(call) = calls.join_next().await {
        let (found, path) = call.unwrap();
        assert_eq!(found, path);
    }
    assert_eq!(server.asked().len(), 51);
}

#[test]
fn a_machine_without_root_certificates_still_speaks_http() {
    // Certificates are looked for by the environment, so another process runs the tests that need none and one of https.
    for name in ["pages::names_under_localhost_are_loopback", "limits::closed_ports_and_secrets_in_addresses"] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .envs([("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("1 passed"), "{name}: {said}");
    }
}

#[test]
fn configurations_that_cannot_work_are_refused() {
    let rate = |per_second, burst| fetch::Rate { per_second, burst };
    let config = Config::default;
    for broken in [
        Config { allow: vec!["*".to_owned()], ..config() },
        Config { per_host: rate(0.0, 1), ..config() },
        Config { per_host: rate(f64::NAN, 1), ..config() },
        Config { allowed_rate: rate(1.0, 0), ..config() },
        Config { concurrency: 0, ..config() },
        Config { user_agent: String::new(), ..config() },
        Config { user_agent: "Bot\n/1".to_owned(), ..config() },
    ] {
        let result = Fetcher::new(broken.clone());
        assert_eq!(result.unwrap_err().class(), "config", "{broken:?}");
    }
    Fetcher::new(config()).unwrap();
}
