use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::doors::house;

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let house = house();
    assert_eq!(house.get("/healthz").await.json(), json!({ "status": "up" }));
    let ready = house.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["ready"], true);
    let names: Vec<_> = ready.json()["checks"].as_array().unwrap().iter().map(|check| check["name"].clone()).collect();
    assert_eq!(names, ["database pipeline", "database main", "database admin", "search index", "disk"]);
}

#[tokio::test]
async fn readiness_says_what_is_broken() {
    let house = house();
    std::fs::remove_dir_all(house.folder.path().join("search")).unwrap();
    let answer = house.get("/readyz").await;
    assert_eq!(answer.status, 503);
    let checks = answer.json()["checks"].clone();
    let failing: Vec<_> = checks.as_array().unwrap().iter().filter(|check| check["ready"] == false).collect();
    let names: Vec<_> = failing.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["search index", "disk"]);
    assert!(!answer.text().contains(house.folder.path().to_str().unwrap()), "paths of the machine are not public");
    assert_eq!(house.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn pictures_are_served_for_ever_and_nothing_else_is() {
    let house = house();
    let webp = Bytes::from_static(b"RIFF\x04\x00\x00\x00WEBPVP8 ");
    let blobs = &house.doors.blobs;
    blobs.put("images/abcdef/320.webp", webp.clone()).await.unwrap();
    blobs.put("images/abcdef/original", Bytes::from_static(b"<svg onload=alert(1)>")).await.unwrap();
    blobs.put("pages/abcdef", Bytes::from_static(b"<html>")).await.unwrap();
    let answer = house.get("/media/images/abcdef/320.webp").await;
    assert_eq!((answer.status.as_u16(), &answer.body), (200, &webp));
    assert_eq!(answer.headers["content-type"], "image/webp");
    assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let etag = answer.headers["etag"].clone();
    let again = Request::get("/media/images/abcdef/320.webp").header("if-none-match", etag);
    assert_eq!(house.ask(again.body(Body::empty()).unwrap()).await.status, 304);
    for path in [
        "images/abcdef/original",
        "images/abcdef/640.webp",
        "pages/abcdef",
        "images/../pages/abcdef",
        "images/%2e%2e/pages/abcdef",
        "images/%00",
        "images/",
        "../pipeline.db",
    ] {
        house.get(&format!("/media/{path}")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn other_addresses_and_methods_are_problems() {
    let house = house();
    let detail = house.get("/v2/nothing").await.problem(404, "not_found");
    assert!(detail.contains("/v1/openapi.json"), "{detail}");
    for method in [Method::POST, Method::DELETE, Method::PUT, Method::PATCH] {
        let request = Request::builder().method(&method).uri("/v1/search").body(Body::empty()).unwrap();
        let answer = house.ask(request).await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], "GET,HEAD", "{method}");
    }
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let house = house();
    for path in ["/", "/healthz", "/v1/search?q=x", "/v1/openapi.json", "/nothing"] {
        let get = house.get(path).await;
        let head = house.ask(Request::head(path).body(Body::empty()).unwrap()).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.headers.get("content-type"), get.headers.get("content-type"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_may_be_read_from_anywhere() {
    let house = house();
    let ask = |id: &str| {
        let request = Request::get("/nothing").header("x-request-id", id).header("origin", "https://app.test");
        request.body(Body::empty()).unwrap()
    };
    let answer = house.ask(ask("trace-7")).await;
    assert_eq!(answer.headers["x-request-id"], "trace-7");
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let answer = house.ask(ask("two words")).await;
    assert_eq!(answer.headers["x-request-id"].len(), 36);
    let preflight = Request::options("/v1/search")
        .header("origin", "https://app.test")
        .header("access-control-request-method", "GET");
    let answer = house.ask(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers["access-control-allow-methods"], "GET,HEAD");
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_asks() {
    let house = house();
    let request = Request::get("/v1/openapi.json").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let answer = house.ask(request).await;
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert!(answer.body.len() * 3 < house.get("/v1/openapi.json").await.body.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server_answers_and_ends_when_asked() {
    let house = house();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { ended.await.unwrap_or_default() };
    let client = async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        end.send(()).unwrap();
        answer
    };
    let (served, answer) = tokio::join!(api::serve(listener, house.router.clone(), shutdown), client);
    served.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("{\"status\":\"up\"}"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
