use jiff::civil::date;
use model::{EventClaims, PageClass, Record};
use scraper::Html;
use serde_json::{Value, json};

use crate::Input;
use crate::page::Page;

fn page<'a>(input: &'a Input<'a>, html: Option<&str>) -> Page<'a> {
    let text = html.unwrap_or_default().to_owned();
    let html = html.map(Html::parse_document);
    let base = url::Url::parse(input.url).unwrap();
    Page { input, class: PageClass::Html, text, html, base }
}

fn input() -> Input<'static> {
    Input {
        body: b"",
        content_type: None,
        url: "https://api.test/events",
        today: date(2026, 8, 16),
        currency: None,
        zone: None,
    }
}

fn events(records: Vec<Record>) -> Vec<EventClaims> {
    let each = records.into_iter().filter_map(|record| match record {
        Record::Event(event) => Some(*event),
        _ => None,
    });
    each.collect()
}

fn read(value: &Value) -> Vec<EventClaims> {
    let input = input();
    events(super::records(&page(&input, None), value, ""))
}

fn told(event: &EventClaims) -> String {
    let name = |venue: &model::VenueClaims| venue.name.as_ref().map_or(String::new(), |name| name.value.clone());
    let artists: Vec<&str> =
        event.artists.iter().filter_map(|artist| Some(artist.name.as_ref()?.value.as_str())).collect();
    format!(
        "{} | {} | {} | {}",
        event.title.as_ref().map_or("", |title| &title.value),
        event.start.as_ref().map_or(String::new(), |start| start.value.to_string()),
        event.venue.as_ref().map_or(String::new(), name),
        artists.join(", ")
    )
}

#[test]
fn fields_are_told_by_the_words_of_their_keys() {
    let spellings = [
        json!({"items": [{"title": "Night Bus", "starts_at": "2026-08-20T19:30:00", "venue": {"name": "Blue Hall"}, "artists": [{"name": "Night Bus"}]}]}),
        json!({"events": [{"name": "Night Bus", "startDate": "2026-08-20", "startTime": "7:30pm", "venueName": "Blue Hall", "artist": "Night Bus"}]}),
        json!([{"displayName": "Night Bus", "start": {"date": "2026-08-20", "time": "19:30:00"}, "venue": "Blue Hall", "performance": [{"artist": {"displayName": "Night Bus"}}]}]),
        json!({"gigs": [{"title": {"rendered": "Night Bus"}, "date": "Thu 20 Aug 2026, 7.30pm", "location": {"name": "Blue Hall"}, "acf": {"lineup": ["Night Bus"]}}]}),
    ];
    for value in &spellings {
        let found = read(value);
        assert_eq!(found.len(), 1, "{value}");
        assert_eq!(told(&found[0]), "Night Bus | 2026-08-20T19:30 | Blue Hall | Night Bus", "{value}");
    }
}

#[test]
fn universal_time_becomes_local_where_a_zone_is_named() {
    let value = json!({"data": [{
        "name": "Night Bus", "date": "2026-08-20T18:30:00Z", "date_end": "2026-08-20T22:00:00Z", "timezone": "Europe/London", "venue": "Blue Hall",
        "sale_start_date": "2026-05-01T09:00:00Z", "ticket_types": [{"name": "Entry", "price": {"total": 1339, "fees": 139, "face_value": 1200}}],
        "currency": "GBP", "sold_out": true,
    }]});
    let event = &read(&value)[0];
    assert_eq!(event.start.as_ref().unwrap().value.to_string(), "2026-08-20T19:30+01:00");
    assert_eq!(event.end.as_ref().unwrap().value.to_string(), "2026-08-20T23:00+01:00");
    assert_eq!(event.price_min.as_ref().unwrap().value, 13.39);
    assert_eq!(event.status.as_ref().unwrap().value, model::EventStatus::SoldOut);
    assert_eq!(event.start.as_ref().unwrap().evidence.at, "/data/0/date");
}

#[test]
fn words_beside_an_instant_tell_the_offset() {
    let value = json!({"event": {"name": "Night Bus", "start_timestamp": 1_688_779_800, "day_time_sentence": "Friday, July 7, 2023 at 7:30 PM MDT",
        "event_place": {"name": "Blue Hall"}}});
    assert_eq!(told(&read(&value)[0]), "Night Bus | 2023-07-07T19:30-06:00 | Blue Hall | Night Bus");
}

#[test]
fn other_objects_are_no_events() {
    for value in [
        json!({"posts": [{"title": "We moved", "date": "2026-08-01", "author": "Ada", "link": "/moved"}]}),
        json!({"people": [{"name": "Ada Voss", "birth_date": "1990-01-01", "city": "Leeds", "event": null}]}),
        json!({"@type": "Event", "name": "Night Bus", "startDate": "2026-08-20", "venue": "x"}),
        json!([1, "x", null, {"name": 3, "date": {}, "venue": []}]),
    ] {
        assert_eq!(read(&value).len(), 0, "{value}");
    }
}

#[test]
fn state_is_found_in_scripts_and_attributes() {
    let object = r#"{"props":{"events":[{"id":"aaaa-bbbb-1","title":"Night Bus","startDate":"2026-08-20T19:30:00","venue":{"name":"Blue Hall"},"note":"padding padding padding"}]}}"#;
    let escaped = serde_json::to_string(object).unwrap();
    let attribute = object.replace('"', "&quot;");
    for html in [
        format!("<script id=__NEXT_DATA__ type=application/json>{object}</script>"),
        format!("<script>var a=1;window.__STATE__ = {object};boot(function(){{}})</script>"),
        format!("<script>window.x = JSON.parse({escaped});</script>"),
        format!("<script>self.__next_f.push([1,{escaped}])</script>"),
        format!("<div data-page=\"{attribute}\"></div>"),
    ] {
        let input = input();
        let found = events(super::embedded(&page(&input, Some(&html))));
        assert_eq!(found.len(), 1, "{html}");
        assert_eq!(told(&found[0]), "Night Bus | 2026-08-20T19:30 | Blue Hall | Night Bus");
    }
}

#[test]
fn a_cache_refers_to_its_objects() {
    let value = json!({"ROOT": {}, "Venue:1": {"name": "Blue Hall", "city": "Leeds"},
        "Event:7": {"__typename": "Event", "title": "Night Bus", "startDate": "2026-08-20", "venue": {"__ref": "Venue:1"}}});
    assert_eq!(told(&read(&value)[0]), "Night Bus | 2026-08-20 | Blue Hall | Night Bus");
}
