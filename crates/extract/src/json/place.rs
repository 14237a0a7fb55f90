//! Where an event in JSON takes place.

use model::{Stated, VenueClaims};
use serde_json::Value;

use super::leaves::Leaf;
use crate::address;
use crate::page::Page;
use crate::plain::plain;

const HOLDERS: [&str; 12] = [
    "venue",
    "venues",
    "location",
    "locations",
    "place",
    "places",
    "hall",
    "theatre",
    "theater",
    "club",
    "address",
    "stage",
];
/// Things that have a place or a name of their own.
const BESIDE: [&str; 16] = [
    "artist",
    "artists",
    "promoter",
    "promoters",
    "performer",
    "performers",
    "lineup",
    "attraction",
    "attractions",
    "organizer",
    "organiser",
    "performance",
    "ticket",
    "tickets",
    "market",
    "markets",
];

/// The place that the leaves of an event name; `None` without a name.
pub(super) fn read(page: &Page<'_>, leaves: &[Leaf<'_>]) -> Option<VenueClaims> {
    let here: Vec<&Leaf<'_>> = leaves
        .iter()
        .filter(|leaf| !leaf.has(&BESIDE) && leaf.has(&HOLDERS) || leaf.path.len() == 1 && !leaf.has(&BESIDE))
        .collect();
    let mut venue = VenueClaims { name: name(&here), ..VenueClaims::default() };
    venue.name.as_ref()?;
    let pick = |test: &dyn Fn(&Leaf<'_>) -> bool| here.iter().filter(|leaf| test(leaf)).find_map(|leaf| words(leaf));
    venue.street = pick(&|leaf| {
        leaf.key_has(&["street", "line1", "address1", "street1"])
            || leaf.key() == "street_address"
            || leaf.key() == "address_line"
    });
    let whole = here
        .iter()
        .filter(|leaf| {
            (leaf.key_has(&["address"])
                || leaf.key_has(&["formatted"]) && leaf.path.len() > 1 && !leaf.key_has(&["time", "date", "price"]))
                && !leaf.key_has(&["email", "2", "3"])
        })
        .find_map(|leaf| Some((*leaf, words(leaf)?)));
    venue.city = pick(&|leaf| is_part(leaf, &["city", "town", "locality", "suburb"]) && !leaf.key_has(&["id", "code"]));
    venue.region = pick(&|leaf| is_part(leaf, &["state", "region", "province", "county"]) && leaf.key_has(&["code"]))
        .or_else(|| pick(&|leaf| is_part(leaf, &["state", "province"])))
        .or_else(|| pick(&|leaf| is_part(leaf, &["region", "county"])));
    venue.postal_code = pick(&|leaf| leaf.key_has(&["zip", "postal", "postcode", "zipcode", "plz", "postalcode"]));
    venue.country = pick(&|leaf| is_part(leaf, &["country"]) && !leaf.key_has(&["id", "code", "alpha3"]))
        .or_else(|| pick(&|leaf| is_part(leaf, &["country"]) && !leaf.key_has(&["id"])));
    if let Some((leaf, line)) = whole {
        take_apart(leaf, &line, &mut venue);
    }
    split_city(&mut venue);
    venue.lat = here.iter().filter(|leaf| leaf.key_has(&["lat", "latitude"])).find_map(|leaf| degrees(leaf, 90.0));
    venue.lon = here
        .iter()
        .filter(|leaf| leaf.key_has(&["lng", "lon", "long", "longitude"]))
        .find_map(|leaf| degrees(leaf, 180.0));
    if venue.lat.is_none() || venue.lon.is_none() {
        (venue.lat, venue.lon) = (None, None);
    }
    let site = here.iter().filter(|leaf| {
        leaf.key_has(&["website", "url", "link"])
            && leaf.path.len() > 1
            && leaf.path[leaf.path.len() - 2].split('_').any(|word| word.starts_with("venue"))
    });
    venue.website =
        site.filter_map(|leaf| Some(Stated::new(page.absolute(leaf.text()?)?, leaf.at.clone(), leaf.text()?))).next();
    venue.phone = here
        .iter()
        .filter(|leaf| leaf.path.len() > 1 && leaf.key_has(&["phone", "telephone"]))
        .find_map(|leaf| words(leaf));
    Some(venue)
}

/// The field itself, or the name inside it: `city`, `city.name`.
fn is_part(leaf: &Leaf<'_>, names: &[&str]) -> bool {
    leaf.key_has(names)
        || leaf.key_has(&["name", "code"])
            && leaf.path.len() > 1
            && leaf.path[leaf.path.len() - 2].split('_').any(|word| names.contains(&word))
}

fn name(here: &[&Leaf<'_>]) -> Option<Stated<String>> {
    const NAMES: [&str; 6] = ["name", "display_name", "title", "venue_name", "contextual_name", "label"];
    let holds = |key: &str, words: &[&str]| key.split('_').any(|word| words.contains(&word));
    let mut best: Option<(i32, &Leaf<'_>)> = None;
    for leaf in here {
        let holder = leaf.path.len().checked_sub(2).map_or("", |at| leaf.path[at].as_str());
        let points = if NAMES.contains(&leaf.key())
            && holds(holder, &["venue", "venues", "hall", "club", "theatre", "theater"])
        {
            9
        } else if NAMES.contains(&leaf.key()) && holds(holder, &["place", "location", "locations"]) {
            7
        } else if leaf.key_has(&["venue"])
            && (leaf.key_has(&["name", "title"]) || leaf.path.len() == 1 && leaf.key() == "venue")
        {
            8
        } else if leaf.path.len() == 1
            && matches!(leaf.key(), "location" | "place" | "location_name" | "place_name" | "room" | "hall")
        {
            6
        } else {
            continue;
        };
        let points = points * 4 - i32::try_from(leaf.path.len()).unwrap_or(9);
        if words(leaf).is_some_and(|name| name.value.chars().any(char::is_alphabetic))
            && best.is_none_or(|(before, _)| points > before)
        {
            best = Some((points, leaf));
        }
    }
    best.and_then(|(_, leaf)| words(leaf))
}

fn words(leaf: &Leaf<'_>) -> Option<Stated<String>> {
    let text = plain(leaf.text()?);
    (!text.is_empty() && text.len() <= 200).then(|| Stated::new(text.clone(), leaf.at.clone(), &text))
}

fn degrees(leaf: &Leaf<'_>, limit: f64) -> Option<Stated<f64>> {
    let (number, quote) = match leaf.value {
        Value::Number(number) => (number.as_f64()?, shortened(number.to_string())),
        Value::String(text) => (text.trim().parse().ok()?, text.clone()),
        _ => return None,
    };
    (number.abs() <= limit && number != 0.0).then(|| Stated::new(number, leaf.at.clone(), &quote))
}

/// The digits of a number as far as reading and writing it again keeps them.
fn shortened(mut digits: String) -> String {
    digits.truncate(14);
    digits
}

/// One line that holds the whole address fills what no field of its own states.
fn take_apart(leaf: &Leaf<'_>, line: &Stated<String>, venue: &mut VenueClaims) {
    let parts = address::split(&line.value, false);
    let state = |part: Option<&str>| part.map(|part| Stated::new(part.to_owned(), leaf.at.clone(), part));
    let street = if line.value.contains(',') { state(parts.street) } else { Some(line.clone()) };
    venue.street = venue.street.take().or(street);
    if line.value.contains(',') {
        venue.city = venue.city.take().or_else(|| state(parts.city));
        venue.region = venue.region.take().or_else(|| state(parts.region));
        venue.postal_code = venue.postal_code.take().or_else(|| state(parts.postal_code));
        venue.country = venue.country.take().or_else(|| state(parts.country));
    }
}

/// "Lexington, KY, US" in the field of the city.
fn split_city(venue: &mut VenueClaims) {
    let Some(city) = venue.city.clone().filter(|city| city.value.contains(", ")) else { return };
    let parts: Vec<&str> = city.value.split(", ").collect();
    let state = |part: &str| Some(Stated::new(part.to_owned(), city.evidence.at.clone(), part));
    venue.city = state(parts[0]);
    if let Some(last) = parts.last().filter(|_| venue.country.is_none()) {
        venue.country = state(last);
    }
    if parts.len() == 3 && venue.region.is_none() {
        venue.region = state(parts[1]);
    }
}
