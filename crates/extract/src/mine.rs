//! Events from HTML that no markup describes: lists by their repeated structures, pages about one event by their heading
//! and the date beside it. Structure and words decide; no site is known here.

mod agenda;
mod columns;
mod detail;
mod fields;
mod groups;
mod head;
mod hints;
mod hits;
mod links;
mod outline;
mod place;
mod refuse;
mod title;
mod tour;

pub(crate) use self::links::is_shop;

use std::collections::HashMap;

use model::{EventClaims, Record, Stated, VenueClaims};

use self::columns::Columns;
use self::groups::Item;
use self::head::Head;
use self::hits::Hit;
use self::outline::Outline;
use crate::page::Page;
use crate::text::dates::Context;

/// The events that the visible text of a page states, in page order; that of the page itself alone where it is about
/// one.
pub(crate) fn records(page: &Page<'_>) -> Vec<Record> {
    let Some(root) = page.root() else { return Vec::new() };
    let outline = Outline::of(root);
    let head = Head::of(page, root);
    let context = Context { month_first: head.american, ..page.input.today.into() };
    let hits = hits::find(&outline, context);
    if hits.is_empty() {
        return Vec::new();
    }
    let days = agenda::read(page, &outline, &hits);
    if !days.is_empty() {
        return merged(days).into_iter().map(|event| Record::Event(Box::new(event))).collect();
    }
    let mut items = groups::find(&outline, &hits);
    refuse::lists(&outline, &hits, &mut items, page.input.today);
    // An act's own site is no place.
    let own = place::find(&outline, &head, page, &items).filter(|_| !tour::is_tour(&outline));
    let about = about(&head, own.as_ref());
    let subject = detail::subject(&outline, &about);
    let listed = list(page, &outline, &hits, &items, &about, subject.as_ref());
    let mut events = match detail::read(page, &outline, &hits, &head, &items, &listed) {
        Some(event) => vec![event],
        None if items.is_empty() => {
            let lone: Vec<Item> = groups::lone(&outline, &hits).into_iter().collect();
            list(page, &outline, &hits, &lone, "", None)
        }
        None => merged(listed),
    };
    for event in &mut events {
        locate(event, own.as_ref());
    }
    events.into_iter().map(|event| Record::Event(Box::new(event))).collect()
}

/// The page's title, squeezed, unless it begins with the name of the place itself.
fn about(head: &Head<'_>, own: Option<&VenueClaims>) -> String {
    let title = head.title.as_ref().map(|(title, _)| squeeze(title)).unwrap_or_default();
    let place = own.and_then(|own| own.name.as_ref()).map(|name| squeeze(&name.value));
    if place.is_some_and(|place| title.starts_with(&place)) { String::new() } else { title }
}

/// The events of a piece of HTML that stands in a text of a JSON answer at the locator `at`.
pub(crate) fn fragment(page: &Page<'_>, html: &str, at: &str) -> Vec<Record> {
    let (html, _) = crate::cap::cap(html);
    let parsed = scraper::Html::parse_document(html);
    let inner = Page {
        input: page.input,
        class: model::PageClass::Html,
        text: String::new(),
        html: Some(parsed),
        base: page.base.clone(),
    };
    let mut records = records(&inner);
    for record in &mut records {
        if let Record::Event(event) = record {
            prefix(event, at);
        }
    }
    records
}

/// Puts `at` before every locator.
fn prefix(event: &mut EventClaims, at: &str) {
    fn one<T>(stated: &mut Option<Stated<T>>, at: &str) {
        if let Some(stated) = stated {
            stated.evidence.at = format!("{at}#{}", stated.evidence.at);
        }
    }
    for stated in [
        &mut event.title,
        &mut event.doors,
        &mut event.ticket_url,
        &mut event.url,
        &mut event.image,
        &mut event.currency,
    ] {
        one(stated, at);
    }
    one(&mut event.start, at);
    one(&mut event.end, at);
    one(&mut event.status, at);
    one(&mut event.price_min, at);
    one(&mut event.price_max, at);
    one(&mut event.music, at);
    for artist in &mut event.artists {
        one(&mut artist.name, at);
    }
    if let Some(venue) = &mut event.venue {
        for stated in [
            &mut venue.name,
            &mut venue.street,
            &mut venue.city,
            &mut venue.region,
            &mut venue.postal_code,
            &mut venue.country,
        ] {
            one(stated, at);
        }
    }
}

fn list(
    page: &Page<'_>,
    outline: &Outline<'_>,
    hits: &[Hit],
    items: &[Item],
    about: &str,
    subject: Option<&Stated<String>>,
) -> Vec<EventClaims> {
    let items: Vec<Item> = items.iter().flat_map(|item| groups::split(outline, hits, item)).collect();
    let mut columns: HashMap<u64, Columns> = HashMap::new();
    let mut found = Vec::with_capacity(items.len());
    for item in &items {
        let candidates = fields::candidates(outline, item);
        columns.entry(item.list).or_insert_with(|| Columns::about(about, subject)).add(&candidates);
        found.push(candidates);
    }
    let mut places: HashMap<u64, Vec<Option<u64>>> = HashMap::new();
    for (item, found) in items.iter().zip(&found) {
        places.entry(item.list).or_default().push(title::place_of(hits, item, found, &columns[&item.list]));
    }
    for (list, places) in &places {
        if let Some(columns) = columns.get_mut(list) {
            columns.learn(places);
        }
    }
    let touring = subject.filter(|_| tour::is_tour(outline));
    let each = items.iter().zip(&found).filter_map(|(item, found)| {
        let mut event = fields::read(page, outline, hits, item, found, &columns[&item.list])?;
        if let Some(subject) = touring {
            tour::retitle(&mut event, outline, hits, item, found, subject);
        }
        Some(event)
    });
    each.collect()
}

/// An event without a place is at the page's own, where the page has one.
fn locate(event: &mut EventClaims, own: Option<&VenueClaims>) {
    let Some(own) = own else { return };
    match &mut event.venue {
        None => event.venue = Some(own.clone()),
        Some(venue) => {
            let same = venue
                .name
                .as_ref()
                .zip(own.name.as_ref())
                .is_some_and(|(one, other)| squeeze(&one.value) == squeeze(&other.value));
            if same {
                let name = venue.name.take();
                *venue = VenueClaims { name, ..own.clone() };
            }
        }
    }
}

/// One event for each that the page repeats: the same day and title, and no two different times.
pub(crate) fn merged(events: Vec<EventClaims>) -> Vec<EventClaims> {
    let mut kept: Vec<EventClaims> = Vec::new();
    let mut known: HashMap<(jiff::civil::Date, String), Vec<usize>> = HashMap::new();
    for event in events {
        let (Some(title), Some(start)) = (&event.title, &event.start) else { continue };
        let places = known.entry((start.value.date, squeeze(&title.value))).or_default();
        let same = places.iter().copied().find(|at| {
            let times = (kept[*at].start.as_ref().and_then(|start| start.value.time), start.value.time);
            !matches!(times, (Some(one), Some(other)) if one != other)
        });
        match same {
            Some(at) => complete(&mut kept[at], event),
            None => {
                places.push(kept.len());
                kept.push(event);
            }
        }
    }
    kept
}

fn complete(event: &mut EventClaims, other: EventClaims) {
    if event.start.as_ref().is_some_and(|start| start.value.time.is_none())
        && other.start.as_ref().is_some_and(|start| start.value.time.is_some())
    {
        event.start = other.start;
    }
    event.end = event.end.take().or(other.end);
    event.doors = event.doors.take().or(other.doors);
    event.status = event.status.take().or(other.status);
    event.venue = event.venue.take().or(other.venue);
    event.url = event.url.take().or(other.url);
    event.key = event.key.take().or(other.key);
    event.ticket_url = event.ticket_url.take().or(other.ticket_url);
    event.image = event.image.take().or(other.image);
    if event.price_min.is_none() {
        (event.price_min, event.price_max, event.currency) = (other.price_min, other.price_max, other.currency);
    }
    if event.artists.len() < other.artists.len() {
        event.artists = other.artists;
    }
}

/// Letters and digits in lower case: the same for spellings of one name.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
