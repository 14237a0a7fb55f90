//! Pages by day: a heading for each date, and below it what is on that day, or a day's whole bill by stage.

use model::{ArtistClaims, EventClaims, Stated};

use super::columns::Columns;
use super::fields;
use super::groups::{Item, has_name};
use super::hits::Hit;
use super::outline::Outline;
use crate::page::{Page, stated};
use crate::text::clock;

/// The events under the dated headings that stand beside the page's first heading; nothing where there are none.
pub(super) fn read(page: &Page<'_>, outline: &Outline<'_>, hits: &[Hit]) -> Vec<EventClaims> {
    let Some(first) = (0..outline.elements.len()).find(|at| outline.name(*at) == "h1") else { return Vec::new() };
    let siblings = outline.children(outline.elements[first].parent);
    let mut day: Option<usize> = None;
    let mut events = Vec::new();
    let mut columns = Columns::default();
    let mut items = Vec::new();
    for at in siblings.into_iter().filter(|at| *at > first) {
        if matches!(outline.name(at), "h2" | "h3" | "h4" | "h5") {
            day = dated(outline, hits, at);
            continue;
        }
        let Some(hit) = day else { continue };
        let element = &outline.elements[at];
        if let Some(event) = bill(outline, hits, first, hit, at) {
            events.push(event);
        } else if tells(outline, hits, at) {
            let item = Item { hit, from: element.from, to: element.to, root: at, whole: true, list: element.path };
            let found = fields::candidates(outline, &item);
            columns.add(&found);
            items.push((item, found));
        }
    }
    let each = items.iter().filter_map(|(item, found)| fields::read(page, outline, hits, item, found, &columns));
    events.extend(each);
    events
}

/// The date that a heading consists of.
fn dated(outline: &Outline<'_>, hits: &[Hit], heading: usize) -> Option<usize> {
    let element = &outline.elements[heading];
    let text = outline.text(element.from, element.to);
    hits.iter().position(|hit| {
        hit.from >= element.from && hit.to <= element.to && !hit.hidden && hit.quote.len() + 2 >= text.len()
    })
}

/// A paragraph that names something in bold or as a link, and says more than that.
fn tells(outline: &Outline<'_>, hits: &[Hit], at: usize) -> bool {
    let element = &outline.elements[at];
    let named = (at..element.end).any(|at| matches!(outline.name(at), "b" | "strong" | "a"));
    outline.name(at) == "p"
        && named
        && element.to - element.from >= 2
        && element.bytes < 400
        && has_name(outline, hits, at)
        && !hits.iter().any(|hit| hit.from >= element.from && hit.to <= element.to && !hit.hidden)
}

/// A day's bill: lists of names and nothing else.
fn bill(outline: &Outline<'_>, hits: &[Hit], title: usize, hit: usize, at: usize) -> Option<EventClaims> {
    let element = &outline.elements[at];
    let names: Vec<usize> = (at..element.end).filter(|at| outline.name(*at) == "li").collect();
    let text = |at: usize| outline.text(outline.elements[at].from, outline.elements[at].to);
    let plain = names.iter().all(|at| {
        let one = &outline.elements[*at];
        one.to == one.from + 1 && one.bytes < 80 && clock::find(&text(*at)).is_empty()
    });
    let other = hits.iter().any(|hit| hit.from >= element.from && hit.to <= element.to && !hit.hidden);
    if names.len() < 3 || !plain || other {
        return None;
    }
    let heading = outline.elements[title].element;
    let whole = text(title);
    let name = without_label(&whole);
    let mut start = fields::date(outline, &hits[hit], hits[hit].start);
    start.value.time = (element.from..element.to)
        .find_map(|piece| clock::find(&outline.pieces[piece].text).first().map(|found| found.time));
    let artists = names.iter().map(|at| ArtistClaims {
        name: Some(Stated::new(text(*at), crate::page::css_path(outline.elements[*at].element), &text(*at))),
        ..ArtistClaims::default()
    });
    Some(EventClaims {
        title: Some(stated(name.to_owned(), heading, name)),
        festival: Some(stated(name.to_owned(), heading, name)),
        start: Some(start),
        artists: artists.collect(),
        ..EventClaims::default()
    })
}

/// "Harbour Lights – line-up" → "Harbour Lights".
fn without_label(title: &str) -> &str {
    const LABELS: [&str; 8] =
        ["line-up", "line up", "lineup", "programme", "program", "timetable", "running order", "schedule"];
    let Some((name, label)) = [" – ", " - ", " | ", ": "].iter().find_map(|seam| title.rsplit_once(seam)) else {
        return title;
    };
    if LABELS.contains(&label.trim().to_lowercase().as_str()) { name.trim() } else { title }
}
