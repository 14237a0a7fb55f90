//! Stagelist: an application whose pages carry their data as state for its scripts, and little else.

use model::EventStatus;
use serde_json::{Value, json};

use super::event_ld::{picture, round};
use super::markup::{document, escape, json_script, pager};
use super::shown::Shown;
use super::{Page, View, say};

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/" {
        return listing(view, 1);
    }
    if let Some(number) = path.strip_prefix("/gigs?page=") {
        return listing(view, number.parse().ok()?);
    }
    let index = view.show_named(path.strip_prefix("/gig/")?)?;
    let shown = view.shown(index);
    let state = props("/gig/[slug]", &json!({ "event": event(view, &shown), "locale": "en-GB" }));
    let body = format!("<div id=\"__next\"><h1>{}</h1><p>Loading…</p></div>\n{state}", escape(&shown.title()));
    let head = format!("<meta property=\"og:image\" content=\"{}\">", view.link(&picture(&shown)));
    Some(Page::html(document("en", &format!("{} tickets | Stagelist", shown.title()), &head, &body)))
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new(
        std::iter::once("/".to_owned())
            .chain((1..=view.page_count()).map(|page| format!("/gigs?page={page}")))
            .chain(view.shows().iter().map(move |show| format!("/gig/{}", view.show_name(*show)))),
    )
}

fn listing(view: &View<'_>, page: usize) -> Option<Page> {
    let mut events = Vec::new();
    let mut body = String::from("<div id=\"__next\"><h1>Gigs</h1><div class=\"grid\">\n");
    for index in view.page_shows(page)? {
        let shown = view.shown(*index);
        body += &format!("<a class=\"tile\" href=\"/gig/{}\">{}</a>\n", view.show_name(*index), escape(&shown.title()));
        let mut brief = event(view, &shown);
        // Cards show no address.
        brief["venue"]["address"] = json!({ "city": shown.city.name, "country": shown.city.country });
        events.push(brief);
    }
    body += "</div></div>\n";
    body += &pager(page, view.page_count(), |page| format!("/gigs?page={page}"));
    body += &props("/gigs", &json!({ "events": events, "page": page, "pages": view.page_count() }));
    Some(Page::html(document("en", &format!("Gigs, page {page} | Stagelist"), "", &body)))
}

fn props(route: &str, page_props: &Value) -> String {
    let state = json!({ "props": { "pageProps": page_props, "__N_SSP": true }, "page": route, "buildId": "c0a57" });
    json_script("id=\"__NEXT_DATA__\" type=\"application/json\"", &state)
}

fn event(view: &View<'_>, shown: &Shown<'_>) -> Value {
    let lineup: Vec<Value> = shown
        .names
        .iter()
        .enumerate()
        .map(|(place, name)| json!({ "name": name, "billing": if place == 0 { "headliner" } else { "support" } }))
        .collect();
    let status = match shown.status {
        EventStatus::Scheduled => "onsale",
        EventStatus::Cancelled => "cancelled",
        EventStatus::Postponed => "postponed",
        EventStatus::Rescheduled => "rescheduled",
        EventStatus::SoldOut => "soldout",
    };
    let local = |time| model::When { date: shown.start.date, time, offset: None }.to_string();
    json!({
        "id": format!("sl_{:06}", shown.index),
        "name": shown.title(),
        "url": format!("/gig/{}", view.show_name(shown.index)),
        "startsAt": local(shown.start.time),
        "doorsAt": shown.doors.map(|doors| local(Some(doors))),
        "timezone": shown.city.zone,
        "status": status,
        "festival": shown.show.festival.map(|festival| view.web.world.festivals[festival].name.clone()),
        "venue": {
            "id": shown.place.venue,
            "name": shown.place.name,
            "address": { "line1": shown.place.street, "city": shown.city.name, "postcode": shown.place.postal_code,
                         "country": shown.city.country },
            "location": { "lat": round(shown.place.lat), "lng": round(shown.place.lon) },
        },
        "lineup": lineup,
        "price": shown.price.map(|(low, high)| json!({
            "currency": shown.city.currency,
            "min": (low * 100.0).round() as i64,
            "max": (high * 100.0).round() as i64,
            "unit": "minor",
            "display": say::amount(shown.city.currency, low),
        })),
        "image": view.link(&picture(shown)),
    })
}
