use model::{Record, Stated, VenueClaims};

use crate::address;
use crate::item::{Item, Prop, Words};
use crate::page::Page;

/// The place of an event: the first location that is a place and not on the internet.
pub(super) fn venue_of(page: &Page<'_>, event: &Item) -> Option<VenueClaims> {
    event.all(&["location", "venue"]).find_map(|prop| match prop {
        Prop::Words(words) => from_text(words),
        Prop::Item(item) if item.is(&["VirtualLocation"]) => None,
        Prop::Item(item) => from_item(page, item),
    })
}

/// A venue that the page states by itself; only with something that tells where it is.
pub(super) fn venue_record(page: &Page<'_>, item: &Item) -> Option<Record> {
    let venue = from_item(page, item)?;
    let placed = venue.street.is_some() || venue.city.is_some() || venue.lat.is_some();
    (venue.name.is_some() && placed).then(|| Record::Venue(Box::new(venue)))
}

fn from_text(words: &Words) -> Option<VenueClaims> {
    if words.text.is_empty() || words.text.starts_with("http") {
        return None;
    }
    let mut venue = VenueClaims::default();
    address::fill(&mut venue, words, true);
    (venue != VenueClaims::default()).then_some(venue)
}

pub(super) fn from_item(page: &Page<'_>, item: &Item) -> Option<VenueClaims> {
    let mut venue = VenueClaims { name: stated(item, &["name"]), ..VenueClaims::default() };
    for prop in item.all(&["address"]) {
        match prop {
            Prop::Words(words) => {
                let named = venue.name.is_none();
                address::fill(&mut venue, words, named);
            }
            Prop::Item(address) => fill_postal(&mut venue, address),
        }
    }
    fill_postal(&mut venue, item);
    for geo in std::iter::once(item).chain(item.items(&["geo"])) {
        venue.lat = venue.lat.or_else(|| degrees(geo, &["latitude"], 90.0));
        venue.lon = venue.lon.or_else(|| degrees(geo, &["longitude"], 180.0));
    }
    if venue.lat.as_ref().is_some_and(|lat| lat.value == 0.0) && venue.lon.as_ref().is_some_and(|lon| lon.value == 0.0)
    {
        (venue.lat, venue.lon) = (None, None);
    }
    if venue.name.is_none() && venue.street.is_none() && venue.city.is_none() && venue.lat.is_none() {
        return None;
    }
    venue.phone = stated(item, &["telephone"]);
    let website = item.words(&["url", "sameAs"]);
    venue.website = website.and_then(|words| Some(words.state(page.absolute(&words.text)?)));
    venue.image = item.all(&["image", "photo"]).find_map(|prop| match prop {
        Prop::Words(words) => Some(words.state(page.absolute(&words.text)?)),
        Prop::Item(image) => {
            let words = image.words(&["url", "contentUrl"])?;
            Some(words.state(page.absolute(&words.text)?))
        }
    });
    venue.description = super::description(item);
    Some(venue)
}

fn stated(item: &Item, names: &[&str]) -> Option<Stated<String>> {
    item.words_or_name(names).map(|words| words.state(words.text.clone()))
}

/// The fields of a postal address. Publishers put whole addresses into the street, and cities behind commas.
fn fill_postal(venue: &mut VenueClaims, address: &Item) {
    venue.city = venue.city.take().or_else(|| stated(address, &["addressLocality"]));
    venue.region = venue.region.take().or_else(|| stated(address, &["addressRegion"]));
    venue.postal_code = venue.postal_code.take().or_else(|| stated(address, &["postalCode"]));
    venue.country = venue.country.take().or_else(|| stated(address, &["addressCountry"]));
    let Some(words) = address.words(&["streetAddress"]).filter(|_| venue.street.is_none()) else { return };
    let whole = address::split(&words.text, false);
    if words.text.contains([',', '\n'])
        && whole.street.is_some()
        && (whole.postal_code.is_some() || whole.city.is_some())
    {
        // "1 Hall Lane, Unit 4" is a street and no city; a city that is stated beside it says which it is.
        let repeats = |field: &Option<Stated<String>>, part: Option<&str>| match (field, part) {
            (Some(field), Some(part)) => field.value.eq_ignore_ascii_case(part),
            _ => false,
        };
        if whole.postal_code.is_some() || repeats(&venue.city, whole.city) || venue.city.is_none() {
            let named = venue.name.take();
            address::fill(venue, words, false);
            venue.name = named.or(venue.name.take());
            return;
        }
    }
    venue.street = Some(words.state(words.text.clone()));
}

fn degrees(item: &Item, names: &[&str], most: f64) -> Option<Stated<f64>> {
    let words = item.words(names)?;
    let value: f64 = words.text.trim().parse().ok()?;
    (value.abs() <= most).then(|| words.state(value))
}
