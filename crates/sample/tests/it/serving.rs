use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use futures::StreamExt;
use sample::{HOSTILE_PATHS, hostile_router, router};
use tower::ServiceExt;

use crate::{PORT, small};

async fn ask(app: axum::Router, method: &str, url: &str, headers: &[(&str, &str)]) -> Response {
    let (host, path) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_at_checked(rest.find('/')?))
        .expect("an absolute address");
    let mut request = Request::builder().method(method).uri(path).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.oneshot(request.body(Body::empty()).expect("headers are well-formed")).await.expect("the router never fails")
}

#[tokio::test]
async fn every_source_but_two_answers_304_when_nothing_changed() {
    let web = Arc::new(small());
    let app = router(Arc::clone(&web));
    let mut without = Vec::new();
    for source in web.sources(PORT) {
        let url = &source.seeds[0];
        let first = ask(app.clone(), "GET", url, &[]).await;
        assert_eq!(first.status(), StatusCode::OK, "{url}");
        let Some(etag) = first.headers().get("etag") else {
            without.push(source.id);
            continue;
        };
        let (etag, modified) = (etag.to_str().unwrap(), first.headers()["last-modified"].to_str().unwrap());
        for (header, expected) in [
            (("if-none-match", etag), StatusCode::NOT_MODIFIED),
            (("if-modified-since", modified), StatusCode::NOT_MODIFIED),
            (("if-none-match", "\"other\""), StatusCode::OK),
            (("if-modified-since", "Sun, 01 Nov 2026 00:00:00 GMT"), StatusCode::OK),
        ] {
            let answer = ask(app.clone(), "GET", url, &[header]).await;
            assert_eq!(answer.status(), expected, "{url} {header:?}");
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            assert_eq!(body.is_empty(), expected == StatusCode::NOT_MODIFIED);
        }
    }
    assert_eq!(without, ["saltlamp", "folkroundup"]);
}

#[tokio::test]
async fn head_has_no_body_and_what_is_unknown_is_404() {
    let web = Arc::new(small());
    let app = router(Arc::clone(&web));
    let home = format!("http://ticketgull.sample.localhost:{PORT}/");
    let get = ask(app.clone(), "GET", &home, &[]).await;
    let length = to_bytes(get.into_body(), usize::MAX).await.unwrap().len();
    let head = ask(app.clone(), "HEAD", &home, &[]).await;
    assert_eq!(head.headers()["content-length"], length.to_string().as_str());
    assert!(to_bytes(head.into_body(), 1).await.unwrap().is_empty());
    for url in [
        format!("{home}event/nobody-1"),
        format!("{home}events?page=0"),
        format!("{home}events?page=99999"),
        format!("{home}img/../secret"),
        "http://elsewhere.sample.localhost/".to_owned(),
    ] {
        assert_eq!(ask(app.clone(), "GET", &url, &[]).await.status(), StatusCode::NOT_FOUND, "{url}");
    }
    assert_eq!(ask(app, "POST", &home, &[]).await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn no_path_makes_a_site_stumble() {
    let web = small();
    for source in web.sources(PORT) {
        let host = format!("{}.sample.localhost:{PORT}", source.id);
        for path in [
            "",
            "?",
            "/é",
            "/event/",
            "/event/-",
            "/event/x-18446744073709551616",
            "/events?page=18446744073709551615",
            "/gigs?page=-1",
            "/feed.xml?page=1",
            "/page/1/",
            "/venue/the-corn-exchange-99999",
            "/img/artist-.jpg",
            "/img/artist-1.png",
            "/agenda/2026-02-30",
            "/calendars/.ics",
            "//",
        ] {
            assert_eq!(web.respond(&host, path, &[]).status, 404, "{host}{path}");
        }
    }
}

#[tokio::test]
async fn hostile_pages_answer() {
    for path in HOSTILE_PATHS {
        let answer = ask(hostile_router(), "GET", &format!("http://hostile.test{path}"), &[]).await;
        let redirects = ["/loop", "/private", "/metadata"].contains(&path);
        assert_eq!(answer.status().is_redirection(), redirects, "{path}");
        if path == "/huge" {
            let size =
                answer.into_body().into_data_stream().fold(0, |size, chunk| async move { size + chunk.unwrap().len() });
            assert!(size.await >= 100_000_000);
        }
    }
}
