use model::EntityKind;

use crate::data::{counts, entities, free_port, store, succeeds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_is_crawled_once_and_then_only_where_it_changed() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let port = free_port().to_string();
    let run = |day: &str| succeeds(data, &["run", "--once", "--scale", "small", "--sample-port", &port, "--day", day]);

    let funnel = run("1");
    assert!(funnel.contains("no task given up"), "{funnel}");
    let first = entities(data).await;
    assert!(first.iter().filter(|line| line.starts_with("performance")).count() > 80);
    succeeds(data, &["pipeline", "verify"]);
    scores(data, &port, 1).await;

    let again = run("1");
    assert!(again.contains("Nothing has changed since the last run"), "{again}");
    let counts_again = counts(data).await;
    for stage in ["extract.pages", "resolve.records", "sources.changed", "write.created", "write.updated"] {
        assert_eq!(counts_again.get(stage), None, "{stage} of an unchanged web\n{again}");
    }
    assert!(counts_again["scrape.not_modified"] > 0 && counts_again["scrape.same_content"] > 0, "{again}");
    assert_eq!(entities(data).await, first);

    run("2");
    let changed = counts(data).await;
    let (visited, extracted) = (changed["scrape.visited"], changed["extract.pages"]);
    assert!(extracted > 0 && extracted * 5 < visited, "{extracted} of {visited} pages were read again: {changed:?}");
    assert_ne!(entities(data).await, first, "what changed on the web has changed here");
    scores(data, &port, 2).await;
    succeeds(data, &["pipeline", "verify"]);
    searches(data).await;
}

/// What the issue asks of the sample web.
async fn scores(data: &std::path::Path, port: &str, day: u32) {
    let day = day.to_string();
    let arguments = ["sample", "score", "--scale", "small", "--sample-port", port, "--day", &day, "--json"];
    let report: serde_json::Value = serde_json::from_str(&succeeds(data, &arguments)).unwrap();
    for kind in [EntityKind::Venue, EntityKind::Artist, EntityKind::Performance] {
        let counts = report["kinds"].as_array().unwrap().iter().find(|counts| counts["kind"] == kind.name()).unwrap();
        let figure = |name: &str| counts[name].as_f64().unwrap();
        let precision = figure("matched") / figure("found");
        let recall = figure("matched") / figure("published");
        assert!(precision >= 0.97 && recall >= 0.95, "day {day}, {kind}: {precision:.3} {recall:.3}\n{report:#}");
    }
}

/// The index holds what the store holds, and forgives a typing mistake.
async fn searches(data: &std::path::Path) {
    let all = store::Query::of(model::Collection::EvtArtists).limit(1_000);
    let artists = store(data).list_all::<model::Artist>(all).await.unwrap();
    let name = artists
        .into_iter()
        .map(|found| found.document)
        .filter(|artist| artist.deleted.is_none())
        .filter_map(|artist| artist.name)
        .find(|name| name.len() > 9 && name.is_ascii() && !name.contains(','))
        .unwrap();
    let mut mistyped = name.clone();
    let swapped: String = mistyped[4..6].chars().rev().collect();
    mistyped.replace_range(4..6, &swapped);
    let found = succeeds(data, &["search", &mistyped]);
    assert!(found.contains(&name), "{mistyped} finds {name}:\n{found}");
}
