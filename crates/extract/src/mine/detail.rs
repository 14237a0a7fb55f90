//! A page about one event: its heading, and the date beside it.

use model::{EventClaims, Stated};

use super::columns::Columns;
use super::fields;
use super::groups::Item;
use super::head::Head;
use super::hits::Hit;
use super::outline::Outline;
use super::squeeze;
use crate::page::{Page, stated};
use crate::text::title;

/// Pieces behind a heading within which its date stands, and before it.
const BEHIND: usize = 40;
const BEFORE: usize = 14;
/// Pieces that are read for times, prices and links around heading and date.
const AROUND: usize = 90;

/// The event that the page is about; `None` for lists and for pages about something else.
pub(super) fn read(
    page: &Page<'_>,
    outline: &Outline<'_>,
    hits: &[Hit],
    head: &Head<'_>,
    items: &[Item],
    listed: &[EventClaims],
) -> Option<EventClaims> {
    let heading = heading(page, outline, head, items, listed.len())?;
    let at = &outline.elements[heading];
    let text = outline.text(at.from, at.to);
    let hit = beside(hits, items, at.from, at.to)?;
    let date = &hits[hit];
    let (from, to) =
        (at.from.min(date.from).saturating_sub(BEFORE), (at.to.max(date.to) + AROUND).min(outline.pieces.len()));
    // The list of other events ends what is said about this one.
    let to = items.iter().map(|item| item.from).filter(|start| *start > at.to.max(date.to)).min().unwrap_or(to).min(to);
    let from =
        items.iter().map(|item| item.to).filter(|end| *end <= at.from.min(date.from)).max().unwrap_or(from).max(from);
    let root = outline.elements.iter().position(|element| matches!(element.element.value().name(), "main" | "body"))?;
    let root = if outline.elements[root].from <= from && outline.elements[root].to >= to { root } else { 0 };
    let item = Item { hit, from, to, root, whole: false, list: 0 };
    let found = fields::candidates(outline, &item);
    let mut event = fields::read_beside(page, outline, hits, &item, &found, &Columns::default(), heading)?;
    event.title = Some(stated(title::clean(&text), at.element, &text));
    let own = head.addresses.iter().skip(1).find_map(|address| page.absolute(address));
    event.url = None;
    event.key = own.or_else(|| model::normalise_url(page.input.url));
    if let Some((image, element)) = &head.image
        && let Some(url) = page.absolute(image)
    {
        event.image = Some(stated(url, *element, image));
    }
    Some(event)
}

/// The heading that names what the page is about, where that can be an event.
fn heading(page: &Page<'_>, outline: &Outline<'_>, head: &Head<'_>, items: &[Item], listed: usize) -> Option<usize> {
    let title = head.title.as_ref().map(|(title, _)| squeeze(title)).unwrap_or_default();
    let og_title = head.og_title.as_deref().map(squeeze).unwrap_or_default();
    let site = head.site_name.as_ref().map(|(name, _)| squeeze(name)).unwrap_or_default();
    let titles = [title, og_title];
    let host = squeeze(page.host());
    let slugs: Vec<String> = head.addresses.iter().filter_map(|address| slug(address)).collect();
    let mut best: Option<(u32, usize)> = None;
    for (at, element) in outline.elements.iter().enumerate() {
        let level = match outline.name(at) {
            "h1" => 1,
            "h2" => 2,
            "h3" => 3,
            _ => continue,
        };
        if element.to <= element.from || element.bytes > 220 {
            continue;
        }
        let text = outline.text(element.from, element.to);
        let name = squeeze(&text);
        // Whose site it is, is no event.
        let own = name.len() > 4 && host.contains(&name);
        if name.len() < 2 || name == site || own || is_general(&text) {
            continue;
        }
        let begins = titles.iter().any(|title| title.starts_with(&name));
        let titled = begins || name.len() > 6 && titles.iter().any(|title| title.contains(&name));
        let short: String = name.chars().take(18).collect();
        let slugged = slugs
            .iter()
            .any(|slug| short.len() > 3 && slug.contains(&short) || slug.len() > 5 && name.starts_with(slug.as_str()));
        let listed_item = items.iter().any(|item| item.from <= element.from && element.to <= item.to);
        let score = 2 * u32::from(titled) + 3 * u32::from(slugged) + u32::from(level == 1) + u32::from(listed == 0);
        let needed = if listed > 6 { 5 } else { 3 };
        let fits = slugged || titled && !listed_item;
        if score >= needed && fits && best.is_none_or(|(before, _)| score > before) {
            best = Some((score, at));
        }
    }
    best.map(|(_, at)| at)
}

/// The page's first heading, where the page's title (squeezed) begins with it and it is no general word.
pub(super) fn subject(outline: &Outline<'_>, about: &str) -> Option<Stated<String>> {
    let heading = (0..outline.elements.len()).find(|at| outline.name(*at) == "h1")?;
    let element = &outline.elements[heading];
    let text = if element.bytes < 80 { outline.text(element.from, element.to) } else { String::new() };
    let name = squeeze(&text);
    let named = name.len() > 1 && about.starts_with(&name) && !is_general(&text) && !super::hints::is_label(&text);
    named.then(|| stated(text.clone(), element.element, &text))
}

/// Headings that name a list or a section.
fn is_general(text: &str) -> bool {
    const WORDS: [&str; 30] = [
        "events",
        "upcoming events",
        "what's on",
        "whats on",
        "what’s on",
        "gigs",
        "gig guide",
        "calendar",
        "listings",
        "live music",
        "concerts",
        "shows",
        "tour",
        "tour dates",
        "tickets",
        "home",
        "agenda",
        "programme",
        "program",
        "programm",
        "news",
        "upcoming shows",
        "all events",
        "live",
        "event",
        "event details",
        "details",
        "venue",
        "info",
        "past events",
    ];
    let text = text.trim().to_lowercase();
    WORDS.contains(&text.as_str())
}

/// The last part of an address's path, squeezed.
fn slug(address: &str) -> Option<String> {
    let path = address.split_once("//").map_or(address, |(_, rest)| rest);
    let path = path.split(['?', '#']).next()?;
    let (_, path) = path.split_once('/')?;
    let last = path.split('/').rfind(|part| !part.is_empty())?;
    let slug = squeeze(last);
    (slug.len() > 2).then_some(slug)
}

/// The date that belongs to a heading at pieces `from..to`: the first behind it that no list holds, or the nearest
/// before.
fn beside(hits: &[Hit], items: &[Item], from: usize, to: usize) -> Option<usize> {
    let in_list = |hit: &Hit| {
        items.iter().any(|item| item.from <= hit.from && hit.to <= item.to && !(item.from <= from && to <= item.to))
    };
    let free = || hits.iter().enumerate().filter(|(_, hit)| !in_list(hit));
    let behind = free().find(|(_, hit)| hit.to >= to && hit.from < to + BEHIND).map(|(at, _)| at);
    let before = free().rfind(|(_, hit)| hit.to <= from && hit.to + BEFORE > from).map(|(at, _)| at);
    match (behind, before) {
        (Some(behind), Some(before)) => {
            let near = hits[behind].from.saturating_sub(to) <= from - hits[before].to + 12;
            Some(if near { behind } else { before })
        }
        (behind, before) => behind.or(before),
    }
}
