//! Gig Atlas: a paginated JSON interface with instants in UTC and the zone beside them.

use jiff::ToSpan;
use model::EventStatus;
use serde_json::{Value, json};

use super::event_ld::{picture, round};
use super::shown::Shown;
use super::{Page, View};

pub(super) fn page(view: &View<'_>, path: &str) -> Option<Page> {
    if path == "/" {
        let body = format!(
            "<!DOCTYPE html><title>Gig Atlas API</title><h1>Gig Atlas API</h1><a href=\"{}\">events</a>",
            address(1)
        );
        return Some(Page::html(body));
    }
    let number: usize = path.strip_prefix("/api/v2/events?page=")?.parse().ok()?;
    let events: Vec<Value> = view.page_shows(number)?.iter().map(|index| event(view, &view.shown(*index))).collect();
    let next = (number < view.page_count()).then(|| view.link(&address(number + 1)));
    let body = json!({
        "meta": { "page": number, "pages": view.page_count(), "total": view.shows().len(), "generated": "2026-11-01T00:00:00Z" },
        "links": { "self": view.link(&address(number)), "next": next },
        "data": events,
    });
    let mut page = Page::of("application/json", body.to_string().into_bytes());
    page.next = next;
    Some(page)
}

pub(super) fn paths<'a>(view: View<'a>) -> Box<dyn Iterator<Item = String> + 'a> {
    Box::new((1..=view.page_count()).map(address))
}

fn address(page: usize) -> String {
    format!("/api/v2/events?page={page}")
}

fn event(view: &View<'_>, shown: &Shown<'_>) -> Value {
    let status = match shown.status {
        EventStatus::Scheduled => "active",
        EventStatus::Cancelled => "cancelled",
        EventStatus::Postponed => "postponed",
        EventStatus::Rescheduled => "rescheduled",
        EventStatus::SoldOut => "sold_out",
    };
    let utc = shown.start.time.map(|time| {
        let local = shown.start.date.at(time.hour(), time.minute(), 0, 0);
        let utc = local.saturating_sub(i64::from(shown.city.offset(shown.start.date)).minutes());
        format!("{}Z", utc.strftime("%Y-%m-%dT%H:%M:%S"))
    });
    json!({
        "id": 700_000 + shown.index,
        "title": shown.title(),
        "starts_at": utc,
        "date": shown.start.date.to_string(),
        "timezone": shown.city.zone,
        "status": status,
        "artists": shown.names.iter().enumerate().map(|(rank, name)| json!({ "name": name, "rank": rank + 1 })).collect::<Vec<_>>(),
        "venue": {
            "name": shown.place.name,
            "street": shown.place.street,
            "city": shown.city.name,
            "postal_code": shown.place.postal_code,
            "country": shown.city.country,
            "lat": round(shown.place.lat),
            "lon": round(shown.place.lon),
        },
        "price": shown.price.map(|(low, _)| json!({ "from": round(low), "currency": shown.city.currency })),
        "image_url": view.link(&picture(shown)),
    })
}
