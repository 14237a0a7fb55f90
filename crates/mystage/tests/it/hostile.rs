use std::time::Duration;

use crate::data::{counts, free_port, mystage, store};

/// Pages that are made to break a crawler end as clear, counted failures, and hold up nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_pages_are_counted_and_hold_up_nobody() {
    let port = free_port();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, sample::hostile_router()).await });
    let data = tempfile::tempdir().unwrap();
    let seeds: Vec<String> =
        sample::HOSTILE_PATHS.iter().map(|path| format!("\"http://127.0.0.1:{port}{path}\"")).collect();
    let sources = data.path().join("sources.toml");
    let text =
        format!("[[source]]\nid = \"hostile\"\nname = \"Hostile\"\nkind = \"press\"\nseeds = [{}]\n", seeds.join(", "));
    std::fs::write(&sources, text).unwrap();
    let mut run = mystage(data.path(), &["run", "--once", "--sources", sources.to_str().unwrap()]);
    run.env("FETCH_ALLOW", format!("127.0.0.1:{port}")).env("FETCH_TIMEOUT", "3");
    let output = tokio::task::spawn_blocking(move || run.output().unwrap()).await.unwrap();
    server.abort();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));

    let counts = counts(data.path()).await;
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    assert_eq!(count("schedule.urls"), i64::try_from(sample::HOSTILE_PATHS.len()).unwrap());
    assert_eq!(count("scrape.refused.private_address"), 2, "{counts:?}");
    assert_eq!(count("scrape.failed.redirect_loop"), 1, "{counts:?}");
    assert_eq!(count("scrape.failed.too_large") + count("scrape.failed.decompression_bomb"), 2, "{counts:?}");
    assert!(!stdout.contains("given up: adapters"), "{stdout}");

    // What another try may mend waits for it; nothing is leased or due.
    let tasks = store::Query::of(model::Collection::Tasks(model::Database::Pipeline));
    let waiting = store(data.path()).list_all::<model::TaskDoc>(tasks).await.unwrap();
    assert!(waiting.len() <= 3, "{waiting:?}");
    for task in waiting {
        assert!(task.document.worker.is_empty() && task.document.kind == "scrape", "{task:?}");
        let wait = task.document.due_at.since(task.document.created_at);
        assert!(wait >= Duration::from_secs(10) && task.document.last_error.is_some(), "{task:?}");
    }
}
