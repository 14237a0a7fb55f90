use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fetch::{Config, FetchError, Fetched, Fetcher};
use futures::future::join_all;

use crate::server::{Reply, Server, class, get, ok, redirect, response, text};

/// A server with one page behind its robots.txt.
fn behind(robots: impl Fn() -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |path| match path {
        "/robots.txt" => robots(),
        "/moved-robots" => ok(&[], b"User-agent: *\nDisallow: /page"),
        _ => ok(&[], b"page"),
    })
}

fn status(line: &'static str) -> Option<Reply> {
    Some(Reply::Whole(response(line, &[], b"User-agent: *\nDisallow: /")))
}

#[tokio::test]
async fn rules_for_us_are_obeyed_and_named() {
    let server = behind(|| ok(&[], b"User-agent: examplebot\nDisallow: /page*x$ # no\n\nUser-agent: *\nDisallow: /"));
    let fetcher = server.fetcher();
    assert_eq!(text(&fetcher, &server.url("/page")).await, "page");
    let error = get(&fetcher, &server.url("/page/x")).await.unwrap_err();
    let FetchError::Robots { path, rule, .. } = &error else { panic!("{error:?}") };
    assert_eq!((path.as_str(), rule.as_str(), error.is_transient()), ("/page/x", "Disallow: /page*x$", false));
    assert_eq!(text(&fetcher, &server.url("/robots.txt")).await.lines().count(), 5);
    assert_eq!(
        server.asked().iter().map(|asked| asked.path.as_str()).collect::<Vec<_>>(),
        ["/robots.txt", "/page", "/robots.txt"]
    );
}

#[tokio::test]
async fn what_answers_instead_of_rules() {
    type Case = (fn() -> Option<Reply>, &'static str);
    let cases: [Case; 11] = [
        (|| status("404 Not Found"), "page"),
        (|| status("401 Unauthorized"), "page"),
        (|| status("403 Forbidden"), "page"),
        (|| status("410 Gone"), "page"),
        (|| status("429 Too Many Requests"), "robots_unreachable"),
        (|| status("500 Internal Server Error"), "robots_unreachable"),
        (|| status("503 Service Unavailable"), "robots_unreachable"),
        (|| redirect("/robots.txt?"), "page"),
        (|| redirect("http://10.0.0.1/robots.txt"), "robots_unreachable"),
        (|| redirect("/moved-robots"), "robots"),
        (|| ok(&["Content-Encoding: gzip"], b"not packed"), "robots_unreachable"),
    ];
    for (number, (robots, expected)) in cases.into_iter().enumerate() {
        let server = behind(robots);
        let found = match get(&server.fetcher(), &server.url("/page")).await {
            Ok(Fetched::Body(body)) => String::from_utf8_lossy(&body.bytes).into_owned(),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.class().to_owned(),
        };
        assert_eq!(found, expected, "case {number}");
    }
}

#[tokio::test]
async fn many_waiters_ask_once() {
    let server = behind(|| ok(&[], b"User-agent: *\nDisallow: /closed"));
    let fetcher = server.fetcher();
    let urls: Vec<String> = (0..20).map(|number| server.url(&format!("/page/{number}"))).collect();
    let pages = join_all(urls.iter().map(|url| text(&fetcher, url))).await;
    assert!(pages.iter().all(|page| page == "page"), "{pages:?}");
    assert_eq!(server.count("/robots.txt"), 1);

    let eager = Fetcher::new(Config { robots_ttl: Duration::ZERO, ..server.config() }).unwrap();
    for _ in 0..3 {
        text(&eager, &server.url("/page")).await;
    }
    assert_eq!(server.count("/robots.txt"), 4, "rules are asked for again when their time is over");
}

#[tokio::test]
async fn an_unreachable_file_forbids_for_a_while_and_then_is_asked_again() {
    let failing = || {
        let asked = AtomicUsize::new(0);
        behind(move || match asked.fetch_add(1, Ordering::SeqCst) {
            0 => status("500 Internal Server Error"),
            _ => ok(&[], b"User-agent: *\nDisallow: /closed"),
        })
    };
    let server = failing();
    let patient = server.fetcher();
    for _ in 0..3 {
        let error = get(&patient, &server.url("/page")).await.unwrap_err();
        assert_eq!((error.class(), error.is_transient()), ("robots_unreachable", true));
        assert!(error.retry_after().is_some_and(|wait| wait > Duration::from_secs(200)), "{error:?}");
    }
    assert_eq!((server.count("/robots.txt"), server.count("/page")), (1, 0));

    let server = failing();
    let eager = Fetcher::new(Config { robots_retry: Duration::ZERO, ..server.config() }).unwrap();
    assert_eq!(class(&eager, &server.url("/page")).await, "robots_unreachable");
    assert_eq!(text(&eager, &server.url("/page")).await, "page");
}

#[tokio::test]
async fn known_rules_hold_while_the_file_cannot_be_had() {
    let asked = AtomicUsize::new(0);
    let server = behind(move || match asked.fetch_add(1, Ordering::SeqCst) {
        0 => ok(&[], b"User-agent: *\nDisallow: /closed"),
        _ => status("500 Internal Server Error"),
    });
    let fetcher = Fetcher::new(Config { robots_ttl: Duration::ZERO, ..server.config() }).unwrap();
    assert_eq!(class(&fetcher, &server.url("/closed")).await, "robots");
    assert_eq!(text(&fetcher, &server.url("/page")).await, "page");
    assert_eq!(class(&fetcher, &server.url("/closed")).await, "robots");
    assert_eq!(server.count("/robots.txt"), 2);
}

#[tokio::test]
async fn huge_files_are_read_up_to_the_limit() {
    let server = Server::start(|path| match path {
        "/robots.txt" => {
            let start = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nUser-agent: *\nDisallow: /closed\n".to_vec();
            Some(Reply::Endless(start, b"# and so on and so on and so on and so on\n".repeat(100)))
        }
        _ => ok(&[], b"page"),
    });
    let fetcher = server.fetcher();
    assert_eq!(text(&fetcher, &server.url("/page")).await, "page");
    assert_eq!(class(&fetcher, &server.url("/closed")).await, "robots");
}

#[tokio::test]
async fn crawl_delay_lies_between_requests() {
    let server = behind(|| ok(&[], b"User-agent: *\nCrawl-delay: 0.06"));
    let fetcher = server.fetcher();
    let urls: Vec<String> = (0..4).map(|number| server.url(&format!("/{number}"))).collect();
    join_all(urls.iter().map(|url| text(&fetcher, url))).await;
    let asked = server.asked();
    let pages: Vec<_> = asked.iter().filter(|asked| asked.path != "/robots.txt").collect();
    assert_eq!(pages.len(), 4);
    let whole = pages[3].at - pages[0].at;
    // Three delays, less what the first request may have been slower to arrive.
    assert!(whole >= Duration::from_millis(120), "{whole:?}");
}
