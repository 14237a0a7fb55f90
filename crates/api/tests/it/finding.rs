use model::EntityKind;
use search::Card;
use serde_json::json;

use crate::doors::{House, doc, house};

fn filled() -> House {
    let house = house();
    let mut docs = vec![
        doc(EntityKind::Artist, &Card { title: "Blackbird".into(), genre: Some("Jazz".into()), ..Card::default() }),
        doc(
            EntityKind::Venue,
            &Card {
                title: "Willow Hall".into(),
                city: Some("Porto".into()),
                lat: Some(41.15),
                lon: Some(-8.61),
                ..Card::default()
            },
        ),
    ];
    for day in 1..=30 {
        docs.push(doc(
            EntityKind::Performance,
            &Card {
                title: format!("Blackbird night {day}"),
                start: Some(format!("2026-06-{day:02}T20:00").parse().unwrap()),
                venue: Some("Willow Hall".into()),
                artists: vec!["Blackbird".into()],
                lat: Some(41.15),
                lon: Some(-8.61),
                ..Card::default()
            },
        ));
    }
    house.index(&docs);
    house
}

#[tokio::test]
async fn a_mistyped_name_finds_the_artist_and_what_is_next() {
    let house = filled();
    let answer = house.get("/v1/search?q=blakbird&limit=2").await;
    assert_eq!(answer.status, 200);
    let found = answer.json();
    assert_eq!(found["total"], 31);
    assert_eq!(found["types"], json!({ "artist": 1, "venue": 0, "festival": 0, "performance": 30 }));
    assert_eq!(found["hits"][0]["type"], "artist");
    assert_eq!(found["hits"][0]["title"], "Blackbird");
    assert_eq!(found["hits"][1]["title"], "Blackbird night 1");
    assert_eq!(found["hits"][1]["start"], "2026-06-01T20:00");
    let url = found["hits"][1]["url"].as_str().unwrap();
    assert!(url.starts_with("/v1/main/evt_performances/per_"), "{url}");
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let house = filled();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("/v1/search?q=blackbird&type=performance&limit=7{cursor}")).await.json();
        seen.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 30);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 30);
}

#[tokio::test]
async fn types_places_and_days_filter() {
    let house = filled();
    for (query, total) in [
        ("", 32),
        ("type=venue", 1),
        ("type=venue,artist", 2),
        ("from=2026-06-29", 2),
        ("to=2026-06-03", 3),
        ("from=2026-06-10&to=2026-06-10", 1),
        ("near=41.15,-8.60&radius=5", 31),
        ("near=41.15,-8.60&radius=0.5", 0),
        ("near=41.15,-8.60&type=venue", 1),
        ("q=porto", 1),
    ] {
        assert_eq!(house.get(&format!("/v1/search?{query}")).await.json()["total"], total, "{query}");
    }
    let near = house.get("/v1/search?near=41.15,-8.60&type=venue").await.json();
    assert!((near["hits"][0]["distance_km"].as_f64().unwrap() - 0.837).abs() < 0.01, "{near}");
}

#[tokio::test]
async fn wrong_parameters_are_told_what_would_be_right() {
    let house = filled();
    for (query, hint) in [
        ("query=x", "unknown field `query`"),
        ("q=a&q=b", "duplicate field `q`"),
        ("type=band", "type is a list of venue, artist, performance, festival"),
        ("type=", "type is a list of"),
        ("near=here", "near is latitude,longitude"),
        ("near=95,0", "near is latitude,longitude"),
        ("radius=5", "radius needs near"),
        ("near=1,1&radius=-5", "radius is a number of kilometres"),
        ("near=1,1&radius=1e9", "radius is a number of kilometres"),
        ("from=tomorrow", "from is a day as YYYY-MM-DD"),
        ("from=2026-06-02&to=2026-06-01", "the first day is after the last"),
        ("limit=0", "limit is a number from 1 to 100"),
        ("limit=101", "limit is a number from 1 to 100"),
        ("cursor=p99999", "cursor is the `next`"),
        ("cursor=-1", "cursor is the `next`"),
        ("cursor=p+5", "cursor is the `next`"),
        ("q=%ff", ""),
        (&format!("q={}", "x".repeat(201)), "q has more than 200 characters"),
    ] {
        let answer = house.get(&format!("/v1/search?{query}")).await;
        if query == "q=%ff" {
            assert_eq!(answer.status, 200, "what is no UTF-8 finds nothing and breaks nothing");
            continue;
        }
        let detail = answer.problem(400, "invalid_query");
        assert!(detail.contains(hint), "{query}: {detail}");
    }
}
