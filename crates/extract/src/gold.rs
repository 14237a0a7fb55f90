//! The shape in which labelled pages are scored: `{id, events: [...], venues: [...]}`, one object a page, plain values
//! without evidence.

use model::{EventClaims, Record, Stated, VenueClaims};
use serde_json::{Map, Value, json};

use crate::Extracted;

/// What was read from the document `id`, in the gold labels' shape.
pub fn document(id: &str, extracted: &Extracted) -> Value {
    let mut events = Vec::new();
    let mut venues = Vec::new();
    for record in &extracted.records {
        match record {
            Record::Event(claims) => events.push(event(claims)),
            Record::Venue(claims) => venues.push(venue(claims)),
            Record::Artist(_) => {}
        }
    }
    json!({"id": id, "events": events, "venues": venues})
}

fn event(claims: &EventClaims) -> Value {
    let mut out = Map::new();
    put(&mut out, "title", claims.title.as_ref());
    put(&mut out, "start", claims.start.as_ref());
    put(&mut out, "end", claims.end.as_ref());
    put(&mut out, "doors", claims.doors.as_ref());
    put(&mut out, "status", claims.status.as_ref());
    put(&mut out, "price_min", claims.price_min.as_ref());
    put(&mut out, "price_max", claims.price_max.as_ref());
    put(&mut out, "currency", claims.currency.as_ref());
    put(&mut out, "ticket_url", claims.ticket_url.as_ref());
    put(&mut out, "music", claims.music.as_ref());
    if let Some(claims) = &claims.venue {
        out.insert("venue".to_owned(), venue(claims));
    }
    let artists: Vec<&str> = claims.artists.iter().filter_map(|a| Some(a.name.as_ref()?.value.as_str())).collect();
    if !artists.is_empty() {
        out.insert("artists".to_owned(), json!(artists));
    }
    Value::Object(out)
}

fn venue(claims: &VenueClaims) -> Value {
    let mut out = Map::new();
    put(&mut out, "name", claims.name.as_ref());
    put(&mut out, "street", claims.street.as_ref());
    put(&mut out, "city", claims.city.as_ref());
    put(&mut out, "region", claims.region.as_ref());
    put(&mut out, "postal_code", claims.postal_code.as_ref());
    put(&mut out, "country", claims.country.as_ref());
    put(&mut out, "lat", claims.lat.as_ref());
    put(&mut out, "lon", claims.lon.as_ref());
    Value::Object(out)
}

fn put<T: serde::Serialize>(out: &mut Map<String, Value>, name: &str, stated: Option<&Stated<T>>) {
    if let Some(stated) = stated {
        out.insert(name.to_owned(), json!(stated.value));
    }
}
