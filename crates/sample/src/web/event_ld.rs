//! Events as schema.org describes them, for the sites that embed JSON-LD.

use model::EventStatus;
use serde_json::{Value, json};

use super::View;
use super::shown::{Place, Shown};

/// A local moment with its offset, or the bare day.
pub(crate) fn instant(shown: &Shown<'_>, time: Option<jiff::civil::Time>) -> String {
    let day = shown.start.date;
    model::When { date: day, time, offset: time.map(|_| shown.city.offset(day)) }.to_string()
}

/// A `MusicVenue` with address and place.
pub(crate) fn place(view: &View<'_>, place: &Place) -> Value {
    let city = view.web.world.city_of(place.venue);
    let mut address = json!({
        "@type": "PostalAddress",
        "streetAddress": place.street,
        "addressLocality": city.name,
        "addressCountry": city.country,
    });
    if let Some(code) = &place.postal_code {
        address["postalCode"] = json!(code);
    }
    json!({
        "@type": "MusicVenue",
        "name": place.name,
        "address": address,
        "geo": { "@type": "GeoCoordinates", "latitude": round(place.lat), "longitude": round(place.lon) },
        "telephone": place.phone,
    })
}

/// A `MusicEvent`; `title` may say more than the bill.
pub(crate) fn event(view: &View<'_>, shown: &Shown<'_>, title: &str, path: &str) -> Value {
    let status = match shown.status {
        EventStatus::Cancelled => "EventCancelled",
        EventStatus::Postponed => "EventPostponed",
        EventStatus::Rescheduled => "EventRescheduled",
        _ => "EventScheduled",
    };
    let performers: Vec<Value> =
        shown.names.iter().map(|name| json!({ "@type": "MusicGroup", "name": name })).collect();
    let mut event = json!({
        "@context": "https://schema.org",
        "@type": "MusicEvent",
        "name": title,
        "startDate": instant(shown, shown.start.time),
        "eventStatus": format!("https://schema.org/{status}"),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": place(view, &shown.place),
        "performer": performers,
        "url": view.link(path),
        "image": [view.link(&picture(shown))],
    });
    if let Some(festival) = shown.show.festival {
        event["superEvent"] = json!({ "@type": "Festival", "name": view.web.world.festivals[festival].name });
    }
    if let Some(old) = shown.moved_from {
        event["previousStartDate"] = json!(old.to_string());
    }
    if let Some(doors) = shown.doors {
        event["doorTime"] = json!(instant(shown, Some(doors)));
    }
    if shown.price.is_some() || shown.status == EventStatus::SoldOut {
        let stock = if shown.status == EventStatus::SoldOut { "SoldOut" } else { "InStock" };
        let mut offers = json!({
            "@type": "Offer",
            "availability": format!("https://schema.org/{stock}"),
            "url": view.link(path),
        });
        if let Some((low, high)) = shown.price {
            offers["priceCurrency"] = json!(shown.city.currency);
            if low < high {
                offers["@type"] = json!("AggregateOffer");
                offers["lowPrice"] = json!(format!("{low:.2}"));
                offers["highPrice"] = json!(format!("{high:.2}"));
            } else {
                offers["price"] = json!(format!("{low:.2}"));
            }
        }
        event["offers"] = offers;
    }
    event
}

/// The path of the picture of a show: its headliner's.
pub(crate) fn picture(shown: &Shown<'_>) -> String {
    format!("/img/artist-{}.jpg", shown.show.artists[0])
}

pub(crate) fn round(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}
