use axum::body::Body;
use axum::http::Request;
use model::{Artist, EntityKind, EntitySource, Performance, Url, Venue};
use serde_json::json;

use crate::doors::{House, NOW, doc, entity, house, id};

const HASH: &str = "5d41402abc4b2a76b9719d911017c592";

async fn filled() -> House {
    let house = house();
    let provenance = json!({ "name": {
        "source_id": "willow-hall", "url": "https://willow.test/", "content_hash": HASH, "at": "h1",
        "quote": "Willow Hall", "since": NOW, "agreeing": 2, "disagreeing": 1
    } });
    let lock = json!({ "name": { "by": "someone@example.test", "at": NOW } });
    let picture = json!({ "hash": HASH, "width": 800, "height": 600, "thumbhash": "aGFzaA==",
        "variants": [{ "width": 320, "height": 240, "key": format!("images/{HASH}/320.webp") }] });
    let venue: Venue = entity(
        EntityKind::Venue,
        "willow",
        json!({ "name": "Willow Hall", "city": "Porto", "provenance": provenance, "locks": lock, "sources": 3,
                "picture": picture }),
    );
    let artist: Artist = entity(EntityKind::Artist, "blackbird", json!({ "name": "Blackbird" }));
    let why = json!({ "venue_id": { "source_id": "s", "url": "u", "content_hash": HASH, "at": "p", "quote": "at the Willow",
        "since": NOW, "agreeing": 1, "disagreeing": 0 } });
    let show: Performance = entity(
        EntityKind::Performance,
        "show",
        json!({ "title": "Spring night", "start": "2026-06-05T20:00", "venue_id": venue.id,
                "artist_ids": [artist.id, id(EntityKind::Artist, "unknown")], "status": "sold_out",
                "provenance": why }),
    );
    house.put(&venue).await;
    house.put(&artist).await;
    house.put(&show).await;
    let merged = json!({ "deleted": { "at": NOW, "reason": "the same band", "survivor": artist.id } });
    house.put(&entity::<Artist>(EntityKind::Artist, "black bird", merged)).await;
    let gone = json!({ "deleted": { "at": NOW, "reason": "no music is played there" } });
    house.put(&entity::<Venue>(EntityKind::Venue, "cinema", gone)).await;
    house
}

fn path(kind: EntityKind, name: &str) -> String {
    format!("/v1/main/{}/{}", kind.collection().name(), id(kind, name))
}

#[tokio::test]
async fn an_entity_shows_why_its_fields_have_their_values() {
    let house = filled().await;
    let answer = house.get(&path(EntityKind::Venue, "willow")).await;
    assert_eq!(answer.status, 200);
    let venue = answer.json();
    assert_eq!((&venue["type"], &venue["name"]), (&json!("venue"), &json!("Willow Hall")));
    assert!(venue.get("street").is_none(), "what is not known is absent");
    assert_eq!(venue["provenance"]["name"]["quote"], "Willow Hall");
    assert_eq!(venue["provenance"]["name"]["since"], "2026-06-01T12:00:00Z");
    assert_eq!(venue["locked"], json!(["name"]));
    assert!(!answer.text().contains("someone@"), "who fixed a field is not public");
    assert_eq!(venue["picture"]["variants"][0]["url"], format!("/media/images/{HASH}/320.webp"));
    assert_eq!(venue["sources"], 3);
    assert!(venue["revision"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_performance_names_who_plays_and_where() {
    let house = filled().await;
    let show = house.get(&path(EntityKind::Performance, "show")).await.json();
    assert_eq!(show["venue"]["name"], "Willow Hall");
    assert_eq!(show["venue"]["url"], path(EntityKind::Venue, "willow"));
    assert_eq!(show["artists"][0]["name"], "Blackbird");
    assert!(show["artists"][1].get("name").is_none());
    assert_eq!(show["provenance"]["venue"]["quote"], "at the Willow", "under the name of the field shown");
    assert_eq!((&show["status"], &show["start"]), (&json!("sold_out"), &json!("2026-06-05T20:00")));
}

#[tokio::test]
async fn merged_entities_lead_on_and_deleted_ones_are_gone() {
    let house = filled().await;
    let answer = house.get(&path(EntityKind::Artist, "black bird")).await;
    assert_eq!(answer.status, 307);
    assert_eq!(answer.headers["location"], path(EntityKind::Artist, "blackbird"));
    let answer = house.get(&format!("{}/evidence", path(EntityKind::Artist, "black bird"))).await;
    assert_eq!(answer.headers["location"], format!("{}/evidence", path(EntityKind::Artist, "blackbird")));
    let detail = house.get(&path(EntityKind::Venue, "cinema")).await.problem(410, "gone");
    assert!(detail.contains("no music is played there"), "{detail}");
}

#[tokio::test]
async fn addresses_that_name_nothing_say_so() {
    let house = filled().await;
    let venue = id(EntityKind::Venue, "willow");
    for (path, status, code, hint) in [
        ("/v1/main/venues/x".to_owned(), 404, "not_found", "the collections are evt_venues"),
        ("/v1/main/evt_venues/x".to_owned(), 400, "invalid_id", "not an entity id"),
        ("/v1/main/evt_venues/ven_%2e%2e%2fetc".to_owned(), 400, "invalid_id", "not an entity id"),
        ("/v1/main/evt_venues/%ff".to_owned(), 400, "invalid_id", "UTF-8"),
        (format!("/v1/main/evt_artists/{venue}"), 404, "not_found", "belongs to evt_venues"),
        ("/v1/main/evt_venues/ven_0".to_owned(), 404, "not_found", "nothing is known of ven_0"),
        ("/v1/main/evt_venues/ven_0/evidence".to_owned(), 404, "not_found", "nothing is known of ven_0"),
        ("/v1/main/tasks/t".to_owned(), 404, "not_found", "the collections are"),
        (format!("/v1/main/evt_venues/{venue}?x=1"), 400, "invalid_query", "unknown field `x`"),
    ] {
        let detail = house.get(&path).await.problem(status, code);
        assert!(detail.contains(hint), "{path}: {detail}");
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let house = filled().await;
    let show = path(EntityKind::Performance, "show");
    let ask = |etag: String| Request::get(&show).header("if-none-match", etag).body(Body::empty()).unwrap();
    let first = house.get(&show).await;
    let etag = first.headers["etag"].to_str().unwrap().to_owned();
    let again = house.ask(ask(etag.clone())).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.headers["etag"], etag.as_str());
    house.put(&entity::<Venue>(EntityKind::Venue, "willow", json!({ "name": "Willow House" }))).await;
    let changed = house.ask(ask(etag.clone())).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["venue"]["name"], "Willow House");
    assert_ne!(changed.headers["etag"], etag.as_str());
}

#[tokio::test]
async fn every_statement_is_listed_with_its_page() {
    let house = filled().await;
    let venue = id(EntityKind::Venue, "willow");
    let url = "https://listings.test/";
    let source: EntitySource = serde_json::from_value(json!({
        "id": EntitySource::id_of(&venue, &Url::id_of(url)), "entity_id": venue, "source_id": "listings",
        "url_id": Url::id_of(url), "url": url, "extraction_id": "e", "content_hash": HASH, "priority": 40,
        "detail": false, "fields": { "city": { "value": "Porto", "at": "p", "quote": "in Porto" } },
        "first_seen_at": NOW, "changed_at": NOW
    }))
    .unwrap();
    house.put(&source).await;
    let evidence = house.get(&format!("{}/evidence", path(EntityKind::Venue, "willow"))).await.json();
    assert_eq!(
        evidence["statements"],
        json!([{ "field": "city", "value": "Porto", "quote": "in Porto", "at": "p", "source": "listings",
                 "url": url, "content_hash": HASH, "priority": 40, "first_seen_at": "2026-06-01T12:00:00Z" }])
    );
}

#[tokio::test]
async fn the_collections_are_listed_with_their_sizes() {
    let house = filled().await;
    house.index(&[doc(EntityKind::Venue, &search::Card { title: "Willow Hall".into(), ..Default::default() })]);
    let listed = house.get("/v1/main").await.json();
    assert_eq!(listed["collections"][0], json!({ "name": "evt_venues", "type": "venue", "entities": 1 }));
    assert_eq!(listed["collections"].as_array().unwrap().len(), 4);
}
