use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};

use crate::data::{counts, entities, succeeds};

const PAGE: &str = r#"<!DOCTYPE html><html><head><title>The Larks</title>
<script type="application/ld+json">{"@context":"https://schema.org","@type":"MusicEvent","name":"The Larks",
"startDate":"2026-12-04T20:00","performer":{"@type":"MusicGroup","name":"The Larks"},
"location":{"@type":"Place","name":"The Old Mill","address":{"@type":"PostalAddress","streetAddress":"3 Weir Lane",
"addressLocality":"Millbrook","postalCode":"MB1 2CD"}}}</script></head><body><h1>The Larks</h1></body></html>"#;

fn manifest(folder: &Path, pages: &[(&str, &[u8])]) -> String {
    let path = folder.join("manifest.jsonl");
    let mut lines = std::fs::File::create(&path).unwrap();
    for (n, (content_type, body)) in pages.iter().enumerate() {
        std::fs::write(folder.join(format!("{n}.page")), body).unwrap();
        let line = serde_json::json!({
            "id": format!("page-{n}"), "file": format!("{n}.page"), "content_type": content_type, "kind": "any",
            "site": "oldmill.test", "page_url": format!("https://oldmill.test/{n}"), "saved": "2026-11-22T10:00:00Z"
        });
        writeln!(lines, "{line}").unwrap();
    }
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_pages_go_through_the_same_stages() {
    let folder = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let deep = "<div>".repeat(300_000);
    let nested = "[".repeat(200_000);
    let binary: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let pages: [(&str, &[u8]); 7] = [
        ("text/html", PAGE.as_bytes()),
        ("text/html", deep.as_bytes()),
        ("application/json", nested.as_bytes()),
        ("text/html; charset=utf-16", PAGE.as_bytes()),
        ("text/calendar", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x"),
        ("application/rss+xml", b"<rss><channel><item><title>"),
        ("image/png", &binary),
    ];
    let manifest = manifest(folder.path(), &pages);
    let funnel = succeeds(data.path(), &["pipeline", "ingest", "--manifest", &manifest]);
    assert!(funnel.contains("no task given up"), "{funnel}");
    assert_eq!(counts(data.path()).await["scrape.fetched"], 7);
    let found = entities(data.path()).await;
    assert!(found.iter().any(|line| line.contains("2026-12-04T20:00") && line.contains("The Larks")), "{found:#?}");
    succeeds(data.path(), &["pipeline", "verify"]);

    let again = succeeds(data.path(), &["pipeline", "ingest", "--manifest", &manifest]);
    assert!(again.contains("same content (exit 2) 7"), "{again}");
    assert_eq!(entities(data.path()).await, found);

    let out = folder.path().join("records.jsonl");
    succeeds(data.path(), &["extract", "--manifest", &manifest, "--out", out.to_str().unwrap()]);
    let lines: Vec<serde_json::Value> =
        std::fs::read_to_string(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0]["events"][0]["title"], "The Larks");
    assert_eq!(lines[0]["events"][0]["venue"]["city"], "Millbrook");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warc_file_gives_the_same_entities() {
    let folder = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{PAGE}");
    let record = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://oldmill.test/larks\r\n\
         WARC-Date: 2026-11-22T10:00:00Z\r\nContent-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    );
    let path = folder.path().join("pages.warc.gz");
    let mut encoder = GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast());
    encoder.write_all(record.as_bytes()).unwrap();
    encoder.finish().unwrap();
    succeeds(data.path(), &["pipeline", "ingest", "--warc", path.to_str().unwrap()]);
    let found = entities(data.path()).await;
    assert_eq!(found.len(), 3, "a venue, an artist and their show: {found:#?}");
}
