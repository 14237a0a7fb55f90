//! Whole pages through the public doors: what comes out, and that nothing hostile brings the house down.

use extract::{ExtractError, Extracted, Input, LinkRel, PageText, extract, fingerprint, gold};
use model::{PageClass, Record};
use proptest::prelude::*;
use serde_json::{Value, json};

const URL: &str = "https://nightowl.test/whats-on";

fn input<'a>(body: &'a [u8], content_type: Option<&'a str>) -> Input<'a> {
    Input {
        body,
        content_type,
        url: URL,
        today: jiff::civil::date(2026, 8, 16),
        currency: None,
        zone: Some("Europe/London"),
    }
}

fn read(body: &str) -> Extracted {
    let found = extract(&input(body.as_bytes(), None)).expect("a readable page");
    assert_quotes(body.as_bytes(), &found);
    found
}

/// Every quote stands in the page.
fn assert_quotes(body: &[u8], found: &Extracted) {
    fn check(value: &Value, page: &PageText) {
        match value {
            Value::Object(map) => {
                if let Some(quote) = map.get("quote").and_then(Value::as_str) {
                    assert!(page.holds(quote), "{quote:?} is not in the page");
                }
                map.values().for_each(|value| check(value, page));
            }
            Value::Array(list) => list.iter().for_each(|value| check(value, page)),
            _ => {}
        }
    }
    check(&serde_json::to_value(&found.records).expect("records are JSON"), &PageText::of(body, None));
}

/// The events in the gold shape.
fn events(body: &str) -> Value {
    gold::document("x", &read(body))["events"].take()
}

const JSON_LD: &str = r##"<html><head><meta property="og:site_name" content="Night Owl"><title>What’s on</title>
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[
 {"@type":"MusicVenue","@id":"#hall","name":"Blue Hall","address":"12 High Street\nLeeds\nLS1 4AB"},
 {"@type":"MusicEvent","name":"The Lanterns &amp;amp; Friends — Night Owl","startDate":"2026-09-01T18:30:00Z","endDate":"1970-01-01",
  "doorTime":"2026-09-01T18:00:00Z","location":{"@id":"#hall"},"eventStatus":"https://schema.org/EventScheduled",
  "performer":[{"@type":"MusicGroup","name":"The Lanterns"},{"@type":"PerformingGroup","name":"Owls"}],
  "offers":[{"@type":"Offer","price":"12.50","priceCurrency":"GBP","url":"/buy/1","availability":"SoldOut"}],
  "image":[{"@type":"ImageObject","url":"//nightowl.test/a.jpg"}],"url":"https://nightowl.test/whats-on/lanterns?utm_source=x"},
 {"@type":"ComedyEvent","name":"Laugh In","startDate":"2026-09-02","location":{"@type":"VirtualLocation","url":"https://x.test"},},
]}</script></head><body><h1>What’s on</h1></body></html>"##;

#[test]
fn json_ld_is_read_with_its_references_and_mended() {
    let found = read(JSON_LD);
    assert_eq!(found.class, PageClass::Structured);
    assert!(found.problems[0].contains("mended by taking stray commas out"), "{:?}", found.problems);
    assert!(found.links.iter().any(|l| l.rel == LinkRel::Event && l.url == "https://nightowl.test/whats-on/lanterns"));
    assert!(
        matches!(&found.records[0], Record::Venue(venue) if venue.postal_code.as_ref().unwrap().value == "LS1 4AB")
    );
    let events = events(JSON_LD);
    assert_eq!(
        events[0],
        json!({"title": "The Lanterns & Friends", "start": "2026-09-01T19:30+01:00", "doors": "19:00", "status": "sold_out",
            "price_min": 12.5, "currency": "GBP", "ticket_url": "https://nightowl.test/buy/1",
            "venue": {"name": "Blue Hall", "street": "12 High Street", "city": "Leeds", "postal_code": "LS1 4AB"},
            "artists": ["The Lanterns", "Owls"]})
    );
    assert_eq!(events[1], json!({"title": "Laugh In", "start": "2026-09-02", "music": false}));
}

#[test]
fn the_same_show_in_every_markup_is_the_same_show() {
    let microdata = r#"<div itemscope itemtype="http://schema.org/MusicEvent"><a itemprop="url" href="/e/1"><span itemprop="name">The Lanterns</span></a>
        <time itemprop="startDate" datetime="2026-09-01T19:30">1 Sept</time>
        <div itemprop="location" itemscope itemtype="http://schema.org/MusicVenue"><b itemprop="name">Blue Hall</b>
        <p itemprop="address" itemscope itemtype="http://schema.org/PostalAddress"><i itemprop="addressLocality">Leeds</i></p></div></div>"#;
    let rdfa = r#"<div vocab="http://schema.org/" typeof="MusicEvent"><a property="url" href="/e/1"><span property="name">The Lanterns</span></a>
        <time property="startDate" datetime="2026-09-01T19:30">1 Sept</time>
        <div property="location" typeof="MusicVenue"><b property="name">Blue Hall</b>
        <p property="address" typeof="PostalAddress"><i property="addressLocality">Leeds</i></p></div></div>"#;
    let h_event = r#"<div class="h-event"><a class="u-url p-name" href="/e/1">The Lanterns</a>
        <time class="dt-start" datetime="2026-09-01T19:30">1 Sept</time>
        <div class="p-location h-card"><b class="p-name">Blue Hall</b> <span class="p-locality">Leeds</span></div></div>"#;
    let vevent = r#"<div class="vevent"><a class="url summary" href="/e/1">The Lanterns</a>
        <abbr class="dtstart" title="2026-09-01T19:30">1 Sept</abbr>
        <div class="location vcard"><b class="fn org">Blue Hall</b> <span class="adr"><span class="locality">Leeds</span></span></div></div>"#;
    let expected = json!([{"title": "The Lanterns", "start": "2026-09-01T19:30", "venue": {"name": "Blue Hall", "city": "Leeds"}, "artists": ["The Lanterns"]}]);
    for page in [microdata, rdfa, h_event, vevent] {
        assert_eq!(events(page), expected, "{page}");
    }
    let twice = format!("{microdata}{h_event}");
    assert_eq!(events(&twice), expected);
}

#[test]
fn a_calendar_is_read_with_zones_and_recurrences() {
    let calendar = "BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:Europe/Berlin\r\n\
        BEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:The Lan\r\n terns &amp\\; Owls\r\nDTSTART;TZID=Europe/Berlin:20260901T200000\r\nDURATION:PT2H\r\n\
        LOCATION:Lido\\, Hauptstraße 5\\, 10115 Berlin\\, Germany\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:2@x\r\nSUMMARY:CANCELLED: Brass Night\r\nDTSTART:20260902T180000Z\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:3@x\r\nSUMMARY:Folk Session\r\nDTSTART;TZID=Europe/Berlin:20261014T200000\r\nDTEND;TZID=Europe/Berlin:20261014T230000\r\n\
        RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Berlin:20261028T200000\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:3@x\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261021T200000\r\nSUMMARY:Folk Session XL\r\nDTSTART;TZID=Europe/Berlin:20261021T190000\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nSUMMARY:Nameless day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let found = read(calendar);
    assert_eq!(found.problems, ["VEVENT[5]: no DTSTART"]);
    let events = events(calendar);
    let row = |n: usize| format!("{} {} {}", events[n]["title"], events[n]["start"], events[n]["end"]).replace('"', "");
    assert_eq!(row(0), "The Lanterns & Owls 2026-09-01T20:00+02:00 2026-09-01T22:00+02:00");
    assert_eq!(
        events[0]["venue"],
        json!({"name": "Lido", "street": "Hauptstraße 5", "city": "Berlin", "postal_code": "10115", "country": "Germany"})
    );
    assert_eq!(row(1), "Brass Night 2026-09-02T20:00+02:00 null");
    assert_eq!(events[1]["status"], "cancelled");
    assert_eq!(row(2), "Folk Session 2026-10-14T20:00+02:00 2026-10-14T23:00+02:00");
    assert_eq!(row(3), "Folk Session 2026-11-04T20:00+01:00 2026-11-04T23:00+01:00");
    assert_eq!(row(4), "Folk Session XL 2026-10-21T19:00+02:00 null");
    assert_eq!(events.as_array().unwrap().len(), 5);
}

#[test]
fn feeds_are_read_where_their_items_carry_dates() {
    let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>x</title>\
        <item><title>The Lanterns — Fri Aug 21, 8:00 PM — Blue Hall</title><link>https://a.test/1</link><pubDate>Sat, 15 Aug 2026 02:18:50 +0000</pubDate></item>\
        <item><title>Owls</title><ev:startdate>2026-09-01T20:00:00</ev:startdate><ev:location>Red Room, Leeds</ev:location></item>\
        <item><title>We have a new website</title><pubDate>Sat, 15 Aug 2026 02:18:50 +0000</pubDate><description>Hurray</description></item>\
        </channel></rss>";
    assert_eq!(
        events(feed),
        json!([
            {"title": "The Lanterns", "start": "2026-08-21T20:00", "venue": {"name": "Blue Hall"}, "artists": ["The Lanterns"]},
            {"title": "Owls", "start": "2026-09-01T20:00", "venue": {"name": "Red Room", "city": "Leeds"}, "artists": ["Owls"]},
        ])
    );
}

#[test]
fn a_forgotten_event_of_another_site_is_not_believed() {
    let filler = "The Lanterns play here and there with many friends and owls. ".repeat(12);
    let page = |title: &str| {
        format!(
            "<script type=\"application/ld+json\">{{\"@type\":\"Event\",\"name\":\"Old Fair\",\"startDate\":\"2019-07-20\"}}</script><h1>{title}</h1><p>{filler}"
        )
    };
    assert!(read(&page("Welcome")).records.is_empty());
    assert_eq!(read(&page("Old Fair")).records.len(), 1);
}

#[test]
fn the_fingerprint_is_that_of_what_is_stated() {
    let page = read(JSON_LD).records;
    let moved = read(&JSON_LD.replace("<title>", "<script>var a = 1;</script><title>")).records;
    assert_ne!(page, moved);
    assert_eq!(fingerprint(&page), fingerprint(&moved));
    assert_ne!(fingerprint(&page), fingerprint(&read(&JSON_LD.replace("12.50", "13.50")).records));
}

#[test]
fn what_cannot_be_read_is_a_clear_error() {
    let error = |body: &[u8], kind: Option<&str>| extract(&input(body, kind)).unwrap_err();
    assert!(matches!(error(b"", None), ExtractError::Unreadable(_)));
    assert!(matches!(error(b"\x89PNG\r\n\x1a\n\0\0\0", Some("image/png")), ExtractError::Unreadable(_)));
    assert!(matches!(error(&vec![b'x'; 50 << 20], Some("text/html")), ExtractError::TooLarge { .. }));
    assert!(matches!(error("[".repeat(10_000).as_bytes(), None), ExtractError::Json(_)));
    assert!(matches!(error(b"{\"a\":", None), ExtractError::Json(_)));
    let elsewhere = Input { url: "ftp://a.test/", ..input(b"<p>x", None) };
    assert!(matches!(extract(&elsewhere), Err(ExtractError::Address(_))));
}

#[test]
fn hostile_pages_end_in_time() {
    let show = "<script type=\"application/ld+json\">{\"@type\":\"MusicEvent\",\"name\":\"Owls\",\"startDate\":\"2026-09-01\"}</script>";
    for (name, tail) in [
        ("deep divs", "<div>".repeat(200_000)),
        ("deep lists", "<ul><li>".repeat(100_000)),
        ("deep tables", "<table><tr><td>".repeat(70_000)),
        ("unclosed formatting", (0..20_000).map(|n| format!("<b id={n}><p>")).collect()),
        ("many attributes", format!("<p {}>", (0..200_000).map(|n| format!("a{n} ")).collect::<String>())),
        ("open angles", "<".repeat(500_000)),
        ("open tags", "<a".repeat(300_000)),
        ("ampersands", "&".repeat(500_000)),
        (
            "microdata in itself",
            "<div itemscope itemtype=http://schema.org/Event itemprop=event id=x itemref=x>".repeat(400),
        ),
        ("typed in itself", "<div typeof=Event property='event subEvent superEvent'>".repeat(30)),
        ("events in events", "<div class='h-event p-location'>".repeat(400)),
        ("dates", "<li>1 Sept 2026 Owls</li>".repeat(4_000)),
        ("deep JSON-LD", format!("<script type='application/ld+json'>{}</script>", "[".repeat(10_000))),
    ] {
        let page = format!("{show}{tail}");
        let started = std::time::Instant::now();
        let found = extract(&input(page.as_bytes(), Some("text/html"))).unwrap();
        assert!(!found.records.is_empty(), "{name}");
        assert!(started.elapsed().as_secs() < 60, "{name} took {:?}", started.elapsed());
    }
}

#[test]
fn references_that_run_in_a_circle_end() {
    let page = "<script type='application/ld+json'>[{\"@id\":\"#a\",\"@type\":\"Event\",\"name\":\"A\",\"startDate\":\"2026-09-01\",\"subEvent\":[{\"@id\":\"#b\"},{\"@id\":\"#b\"}]},\
        {\"@id\":\"#b\",\"@type\":\"Event\",\"name\":\"B\",\"startDate\":\"2026-09-02\",\"subEvent\":[{\"@id\":\"#a\"},{\"@id\":\"#a\"}]}]</script>";
    assert_eq!(events(page).as_array().unwrap().len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..600), kind in proptest::option::of("(text/html|text/calendar|application/json|application/rss\\+xml)(; charset=(utf-8|latin1|utf-16|shift_jis))?")) {
        if let Ok(found) = extract(&input(&body, kind.as_deref())) {
            let _ = fingerprint(&found.records);
        }
    }

    #[test]
    fn no_mutated_page_panics(at in 0..100_usize, len in 0..80_usize, with in "\\PC{0,20}", page in 0..3_usize) {
        let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Owls\nDTSTART;TZID=Europe/Berlin:20261014T200000\nDTEND:20261014T230000\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=2;COUNT=4\nEXDATE:20261028T200000Z\nEND:VEVENT\n";
        let feed = "<rss><item><title>The Lanterns — Fri Aug 21, 8:00 PM — Blue Hall</title><ev:startdate>2026-09-01T20:00:00</ev:startdate><description><![CDATA[<p>1 Sept</p>]]></description></item></rss>";
        let page = [JSON_LD, calendar, feed][page];
        let from = page.floor_char_boundary(page.len() * at / 100);
        let to = page.floor_char_boundary((from + len).min(page.len()));
        let mutated = [&page[..from], &with, &page[to..]].concat();
        let _ = extract(&input(mutated.as_bytes(), None));
    }
}
