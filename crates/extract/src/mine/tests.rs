use jiff::civil::date;
use model::{EventClaims, PageClass, Record};
use proptest::prelude::*;
use scraper::Html;

use crate::page::Page;
use crate::{Input, PageText};

fn read(html: &str, url: &str) -> Vec<EventClaims> {
    let input =
        Input { body: html.as_bytes(), content_type: None, url, today: date(2026, 8, 16), currency: None, zone: None };
    let base = url::Url::parse(url).unwrap();
    let page = Page {
        input: &input,
        class: PageClass::Html,
        text: html.to_owned(),
        html: Some(Html::parse_document(html)),
        base,
    };
    let records = super::records(&page);
    let text = PageText::of(html.as_bytes(), None);
    let each = records.into_iter().filter_map(|record| match record {
        Record::Event(event) => Some(*event),
        _ => None,
    });
    let events: Vec<EventClaims> = each.collect();
    for event in &events {
        for stated in [&event.title, &event.doors, &event.ticket_url, &event.url, &event.image].into_iter().flatten() {
            assert!(text.holds(&stated.evidence.quote), "{} is not in {html}", stated.evidence.quote);
        }
        assert!(text.holds(&event.start.as_ref().unwrap().evidence.quote), "{:?}", event.start);
    }
    events
}

fn told(html: &str) -> Vec<String> {
    read(html, "https://hall.test/whats-on").iter().map(line).collect()
}

/// `title | start | doors | venue | price | status`, empty parts left out.
fn line(event: &EventClaims) -> String {
    let mut parts = vec![
        event.title.as_ref().map_or(String::new(), |title| title.value.clone()),
        event.start.as_ref().map_or(String::new(), |start| start.value.to_string()),
    ];
    parts.extend(event.end.as_ref().map(|end| format!("to {}", end.value)));
    parts.extend(event.doors.as_ref().map(|doors| format!("doors {}", doors.value)));
    parts.extend(event.venue.as_ref().and_then(|venue| Some(format!("@ {}", venue.name.as_ref()?.value))));
    parts.extend(event.price_min.as_ref().map(|price| format!("{}", price.value)));
    parts.extend(event.status.as_ref().map(|status| format!("{:?}", status.value)));
    parts.join(" | ")
}

#[test]
fn cards_in_a_list() {
    let card = |day: &str, name: &str, more: &str| {
        format!(
            "<li class=item><a href='/e/{name}'><img src='/{name}.jpg'></a><div class=d>{day}</div><h3><a href='/e/{name}'>{name}</a></h3>{more}<a class=btn href='https://shop.test/{name}'>Buy Tickets</a></li>"
        )
    };
    let html = format!(
        "<h1>What's on</h1><ul>{}{}{}</ul>",
        card("Fri 21 Aug", "Night Bus", "<p>Doors 7pm, show 8pm. £12</p>"),
        card("Sat 22 Aug", "Kalter Hafen", "<p class=badge>SOLD OUT</p>"),
        card("Sat 2 Jan", "Owls", "<p>7:30pm – 11pm</p><p>Free entry</p>"),
    );
    assert_eq!(
        told(&html),
        [
            "Night Bus | 2026-08-21T20:00 | doors 19:00 | 12",
            "Kalter Hafen | 2026-08-22 | SoldOut",
            "Owls | 2027-01-02T19:30 | to 2027-01-02T23:00 | 0",
        ]
    );
    let events = read(&html, "https://hall.test/whats-on");
    assert_eq!(events[0].url.as_ref().unwrap().value, "https://hall.test/e/Night%20Bus");
    assert_eq!(events[0].ticket_url.as_ref().unwrap().value, "https://shop.test/Night%20Bus");
    assert_eq!(events[0].image.as_ref().unwrap().value, "https://hall.test/Night%20Bus.jpg");
}

#[test]
fn a_table_with_a_header_row() {
    let html = "<table><tr><th>Date</th><th>Band</th><th>Venue</th><th>Price</th></tr>
        <tr><td>21.08.2026</td><td>Night Bus</td><td>Blue Hall</td><td>12 €</td></tr>
        <tr><td>22.08.2026</td><td>Kalter Hafen + Owls</td><td>Red Room</td><td>AK 10 €</td></tr>
        <tr><td>28.08.2026</td><td>Ada Voss</td><td>Blue Hall</td><td>ausverkauft</td></tr></table>";
    assert_eq!(
        told(html),
        [
            "Night Bus | 2026-08-21 | @ Blue Hall | 12",
            "Kalter Hafen + Owls | 2026-08-22 | @ Red Room | 10",
            "Ada Voss | 2026-08-28 | @ Blue Hall | SoldOut",
        ]
    );
}

#[test]
fn lines_between_breaks() {
    let html = "<div><p>Fri 21 Aug – Night Bus + Owls @ Blue Hall, 8pm, £10<br>Sat 22 Aug – Kalter Hafen @ Red Room, 7.30pm<br>
        Sun 23 Aug – Ada Voss @ Blue Hall</p></div>";
    assert_eq!(
        told(html),
        [
            "Night Bus + Owls | 2026-08-21T20:00 | @ Blue Hall | 10",
            "Kalter Hafen | 2026-08-22T19:30 | @ Red Room",
            "Ada Voss | 2026-08-23 | @ Blue Hall",
        ]
    );
}

#[test]
fn headings_of_a_day_over_several_events() {
    let html = "<h2>Friday 21 August</h2><div class=e><h4><a href=/a>Night Bus</a></h4><p>8pm</p></div><div class=e><h4><a href=/b>Owls</a></h4><p>10pm</p></div>
        <h2>Saturday 22 August</h2><div class=e><h4><a href=/c>Ada Voss</a></h4><p>7pm</p></div>";
    assert_eq!(told(html), ["Night Bus | 2026-08-21T20:00", "Owls | 2026-08-21T22:00", "Ada Voss | 2026-08-22T19:00"]);
}

#[test]
fn headings_of_a_day_over_a_list() {
    let html =
        "<section><h3>Fri 21 Aug 2026</h3><ul><li><b>Night Bus</b> 8pm</li><li><b>Owls</b> 10pm</li></ul></section>
        <section><h3>Sat 22 Aug 2026</h3><ul><li><b>Ada Voss</b> 7pm</li></ul></section>";
    assert_eq!(told(html), ["Night Bus | 2026-08-21T20:00", "Owls | 2026-08-21T22:00", "Ada Voss | 2026-08-22T19:00"]);
}

#[test]
fn dates_and_names_side_by_side() {
    for html in [
        "<dl><dt>Fri 21 Aug<dd>Night Bus<dt>Sat 22 Aug<dd>Owls<dt>Sun 23 Aug<dd>Ada Voss</dl>",
        "<div><h3>Fri 21 Aug</h3><p>Night Bus</p><h3>Sat 22 Aug</h3><p>Owls</p><h3>Sun 23 Aug</h3><p>Ada Voss</p></div>",
        "<div><h3>Night Bus</h3><p>Fri 21 Aug</p><h3>Owls</h3><p>Sat 22 Aug</p><h3>Ada Voss</h3><p>Sun 23 Aug</p></div>",
        "<ul><li>Fri 21 Aug: Night Bus<li>Sat 22 Aug: Owls<li>Sun 23 Aug: Ada Voss</ul>",
        "<p><b>Fri 21 Aug</b> Night Bus</p><p><b>Sat 22 Aug</b> Owls</p><p><b>Sun 23 Aug</b> Ada Voss</p>",
        "<p><b>21 Aug</b><br>Night Bus</p><p><b>22 Aug</b><br>Owls</p><p><b>23 Aug</b><br>Ada Voss</p>",
        "<table><tr><td>Fri<br>21<br>Aug</td><td><a href=/x>Night Bus</a></td></tr><tr><td>Sat<br>22<br>Aug</td><td><a href=/y>Owls</a></td></tr><tr><td>Sun<br>23<br>Aug</td><td><a href=/z>Ada Voss</a></td></tr></table>",
        "<div class=r><div><span>21</span><span>Aug</span></div><div>Night Bus</div></div><div class=r><div><span>22</span><span>Aug</span></div><div>Owls</div></div><div class=r><div><span>23</span><span>Aug</span></div><div>Ada Voss</div></div>",
        "<div class=r><time datetime=2026-08-21>Fri</time><h5>Night Bus</h5></div><div class=r><time datetime=2026-08-22>Sat</time><h5>Owls</h5></div><div class=r><time datetime=2026-08-23>Sun</time><h5>Ada Voss</h5></div>",
    ] {
        assert_eq!(told(html), ["Night Bus | 2026-08-21", "Owls | 2026-08-22", "Ada Voss | 2026-08-23"], "{html}");
    }
}

#[test]
fn months_head_days() {
    let html = "<h2>November 2026</h2><ul><li><span>Fri 20</span> <a href=/a>Night Bus</a></li><li><span>Sat 21</span> <a href=/b>Owls</a></li></ul>
        <h2>January 2027</h2><ul><li><span>Sat 9</span> <a href=/c>Ada Voss</a></li></ul>";
    assert_eq!(told(html), ["Night Bus | 2026-11-20", "Owls | 2026-11-21", "Ada Voss | 2027-01-09"]);
}

#[test]
fn one_event_in_its_month_is_read_like_the_others() {
    let card = |day: &str, name: &str| format!("<div class=card><p>{day}</p><h4>{name}</h4></div>");
    let html = format!(
        "<div><section><h2>August</h2>{}{}</section><section><h2>September</h2>{}</section></div>",
        card("21 Aug", "Night Bus"),
        card("22 Aug", "Owls"),
        card("5 Sep", "Ada Voss")
    );
    assert_eq!(told(&html), ["Night Bus | 2026-08-21", "Owls | 2026-08-22", "Ada Voss | 2026-09-05"]);
}

#[test]
fn what_only_looks_like_events() {
    for html in [
        "<div class=news><article><time>12 Aug 2026</time><h3>We have a new bar</h3></article><article><time>3 Aug 2026</time><h3>New lights</h3></article></div>",
        "<ul class=posts><li><p>1 Jul 2026</p><a href=/a>How we built it</a><li><p>2 Jun 2026</p><a href=/b>Meet the crew</a></ul>",
        "<p>Tickets on sale 21 Aug</p><p>Tickets on sale 22 Aug</p>",
        "<footer>© 12 Aug 2026 Hall</footer>",
        "<div class=tweet>Fri 21 Aug what a night</div><div class=tweet>Sat 22 Aug what a day</div>",
    ] {
        assert_eq!(told(html), [""; 0], "{html}");
    }
}

#[test]
fn a_page_about_one_event() {
    let html = "<html><head><title>Night Bus + Owls | Blue Hall</title><meta property=og:site_name content='Blue Hall'></head><body><header>Blue Hall</header>
        <main><h1>Night Bus + Owls</h1><p>Friday 21 August 2026</p><p>Doors: 7pm</p><p>Show: 8pm</p><p>Tickets: £14.50 + BF</p><a href=https://shop.test/1>Buy tickets</a>
        <p>They are back, two years after their first tour.</p></main>
        <aside><h2>More events</h2><ul><li><a href=/x>Ada Voss</a> 28 Aug</li><li><a href=/y>Kalter Hafen</a> 29 Aug</li></ul></aside>
        <footer>Blue Hall, 12 High Street, Leeds LS1 4AB</footer></body></html>";
    let events = read(html, "https://bluehall.test/events/night-bus-owls");
    assert_eq!(
        events.iter().map(line).collect::<Vec<_>>(),
        ["Night Bus + Owls | 2026-08-21T20:00 | doors 19:00 | @ Blue Hall | 14.5"]
    );
    let venue = events[0].venue.as_ref().unwrap();
    assert_eq!(venue.street.as_ref().unwrap().value, "12 High Street");
    assert_eq!(venue.postal_code.as_ref().unwrap().value, "LS1 4AB");
    let names: Vec<&str> =
        events[0].artists.iter().map(|artist| artist.name.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(names, ["Night Bus", "Owls"]);
}

#[test]
fn other_languages() {
    for (html, expected) in [
        (
            "<li>Freitag, 21. August, 20 Uhr<h3>Kalter Hafen</h3>Einlass 19 Uhr, Eintritt frei<li>Samstag, 22. August, 21 Uhr<h3>Nachtbus</h3>ABGESAGT",
            ["Kalter Hafen | 2026-08-21T20:00 | doors 19:00 | 0", "Nachtbus | 2026-08-22T21:00 | Cancelled"],
        ),
        (
            "<li><p>ven. 21 août à 20h30</p><h3>Les Hiboux</h3><p>15 €</p><li><p>sam. 22 août à 19h</p><h3>Bus de Nuit</h3><p>Complet</p>",
            ["Les Hiboux | 2026-08-21T20:30 | 15", "Bus de Nuit | 2026-08-22T19:00 | SoldOut"],
        ),
        (
            "<li><p>vie 21 de agosto, 21:00h</p><h3>Los Búhos</h3><li><p>sáb 22 de agosto</p><h3>Autobús</h3><p>AGOTADO</p>",
            ["Los Búhos | 2026-08-21T21:00", "Autobús | 2026-08-22 | SoldOut"],
        ),
    ] {
        assert_eq!(told(&format!("<ul>{html}</ul>")), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]
    #[test]
    fn no_page_panics(parts in proptest::collection::vec("(<li>|</li>|<ul>|</ul>|<table>|<tr>|<td>|<br>|<p>|<h1>|<h3>|</h3>|<a href=/x>|</a>|Fri 21 Aug|22 Aug|2026|8pm|£10|Night Bus|SOLD OUT|August 2026|@ Hall|<time datetime=2026-08-21>|</time>|<div class=venue>|</div>|[a-zé <>&;]{0,6})", 0..40)) {
        read(&parts.join(" "), "https://hall.test/");
    }
}

#[test]
fn a_month_in_a_grid() {
    let html = "<h2>August 2026</h2><table><tr><th>Mon<th>Tue<th>Wed<th>Thu<th>Fri<th>Sat<th>Sun</tr><tr><td>17</td><td>18</td>
        <td>19<br><a href=/a>Night Bus</a> 8pm</td><td>20</td><td>21<br><a href=/b>Owls</a> 9pm</td><td>22</td><td>23<a href=/c>Ada Voss</a></td></tr></table>";
    assert_eq!(told(html), ["Night Bus | 2026-08-19T20:00", "Owls | 2026-08-21T21:00", "Ada Voss | 2026-08-23"]);
}

#[test]
fn paragraphs_that_belong_to_the_line_above() {
    let html = "<div><p><strong>Friday 21st August – Night Bus</strong></p><p>Loud band. £5 on the door, 8pm.</p>
        <p><strong>Saturday 22nd August – Owls</strong></p><p>Quiet band. Free entry.</p></div>";
    assert_eq!(told(html), ["Night Bus | 2026-08-21T20:00 | 5", "Owls | 2026-08-22 | 0"]);
}

#[test]
fn a_list_of_one() {
    let html = "<div class=event-list><div class='event card'><div class=date>Fri 21 Aug</div><h3>Night Bus</h3><a href=/e/nb>Tickets</a></div></div>";
    assert_eq!(told(html), ["Night Bus | 2026-08-21"]);
}

#[test]
fn date_and_name_in_one_link() {
    let item = |day: &str, number: u8, name: &str| {
        format!(
            "<li><a href=/agenda/{number}><span>{day}</span><span>{number}</span><span>aug</span><h2>{name}</h2><p>20:30</p></a></li>"
        )
    };
    let html = format!("<ul>{}{}</ul>", item("vr", 21, "Owls"), item("za", 22, "Ada Voss"));
    assert_eq!(told(&html), ["Owls | 2026-08-21T20:30", "Ada Voss | 2026-08-22T20:30"]);
}

#[test]
fn an_artist_lists_places_and_not_their_own_name() {
    let html = "<title>Night Bus - Tour</title><h1>Night Bus</h1><table><tr><th>Date</th><th>City</th><th>Venue</th><th></th></tr>
        <tr><td>Aug 21</td><td>Leeds</td><td>Blue Hall</td><td><a href=/t>Tickets</a></td></tr>
        <tr><td>Aug 22</td><td>York</td><td>Red Room</td><td><a href=/u>Tickets</a></td></tr></table>";
    assert_eq!(told(html), ["Night Bus | 2026-08-21 | @ Blue Hall", "Night Bus | 2026-08-22 | @ Red Room"]);
}

#[test]
fn the_address_in_the_foot_is_the_pages_own() {
    let html = "<title>Live | Blue Hall</title><ul><li><p>21 Aug</p><h2>Owls</h2><li><p>22 Aug</p><h2>Ada Voss</h2></ul>
        <div>Blue Hall, 12 High Street, Leeds LS1 4AB UK | Call 0113 496 0000 | © Blue Hall 2015 | Web design by <a href=/x>Somebody</a> | <a href=/y>Log in</a></div>";
    let events = read(html, "https://bluehall.test/live");
    let venue = events[0].venue.as_ref().unwrap();
    assert_eq!(venue.name.as_ref().unwrap().value, "Blue Hall");
    assert_eq!(venue.street.as_ref().unwrap().value, "12 High Street");
    assert_eq!(venue.postal_code.as_ref().unwrap().value, "LS1 4AB");
}
