use model::{Database, Run, RunScope, Time};
use serde_json::json;

use crate::doors::{count, house};

fn run(id: &str, started_at: i64) -> Run {
    Run { id: id.to_owned(), started_at: Time(started_at), scope: RunScope::All, finished_at: None }
}

#[tokio::test]
async fn the_funnel_adds_up_what_the_databases_counted() {
    let house = house();
    let nothing = house.get("/v1/pipeline/funnel").await.problem(404, "not_found");
    assert_eq!(nothing, "nothing has run yet");
    house.put(&run("first", 1_000)).await;
    house.put(&run("second", 2_000)).await;
    let store = &house.doors.store;
    let scraped = [("scrape.visited", 9), ("scrape.not_modified", 2), ("scrape.failed.timeout", 1)];
    count(store, Database::Pipeline, "second", &scraped).await;
    count(store, Database::Pipeline, "second", &[("skip.same_extraction", 3), ("scrape.visited", 1)]).await;
    count(store, Database::Main, "second", &[("write.venue", 4), ("dead.images", 2)]).await;
    let funnel = house.get("/v1/pipeline/funnel").await.json();
    assert_eq!(funnel["run"], json!({ "id": "second", "scope": "all", "started_at": "1970-01-01T00:00:02Z" }));
    assert_eq!((&funnel["scrapes"], &funnel["merged"]), (&json!(10), &json!(0)));
    assert_eq!(funnel["stages"]["scrape"]["visited"], 10);
    assert_eq!(funnel["stages"]["write"], json!({ "venue": 4 }));
    assert_eq!(funnel["skipped"], json!({ "not_modified": 2, "same_extraction": 3 }));
    assert_eq!(funnel["failed"], json!({ "timeout": 1, "given_up_images": 2 }));
    let first = house.get("/v1/pipeline/funnel?run=first").await.json();
    assert_eq!((&first["run"]["id"], &first["stages"]), (&json!("first"), &json!({})));
    house.get("/v1/pipeline/funnel?run=third").await.problem(404, "not_found");
    house.get("/v1/pipeline/funnel?run=").await.problem(400, "invalid_query");
    house.get("/v1/pipeline/funnel?runs=second").await.problem(400, "invalid_query");
}
