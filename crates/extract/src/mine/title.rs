//! Which text of an item is the event's name.

use model::Stated;

use super::columns::Columns;
use super::fields::{Candidate, cut_out};
use super::groups::{Item, inside};
use super::hints;
use super::hits::Hit;
use super::outline::Outline;
use crate::page::{fold, stated};
use crate::text::{clock, title};

/// The name of an event and where it stands.
pub(super) struct Chosen {
    pub(super) value: Stated<String>,
    /// Index of the element.
    pub(super) index: usize,
    /// Pieces `from..to`.
    pub(super) from: usize,
    pub(super) to: usize,
    /// A place that the same line names: "… @ The Hall".
    pub(super) place: Option<Stated<String>>,
}

impl Chosen {
    /// All that the element `index` shows.
    pub(super) fn of(outline: &Outline<'_>, index: usize) -> Option<Self> {
        let at = &outline.elements[index];
        let text = outline.text(at.from, at.to);
        let cleaned = title::clean(&text);
        (!cleaned.is_empty()).then(|| Self {
            value: stated(cleaned, at.element, &text),
            index,
            from: at.from,
            to: at.to,
            place: None,
        })
    }
}

pub(super) fn choose(
    outline: &Outline<'_>,
    hits: &[Hit],
    item: &Item,
    found: &[Candidate<'_>],
    columns: &Columns,
) -> Option<Chosen> {
    let Some(candidate) = best(hits, item, found, columns) else {
        return attribute(outline, item).or_else(|| subject(item, columns));
    };
    let line = name_of(hits, candidate)?;
    let (name, place) = split_place(&line, candidate);
    let cleaned = title::clean(&name);
    (!cleaned.is_empty()).then(|| Chosen {
        value: stated(cleaned, candidate.element, &name),
        index: candidate.index,
        from: candidate.from,
        to: candidate.to,
        place,
    })
}

/// The place in the item of what would be chosen.
pub(super) fn place_of(hits: &[Hit], item: &Item, found: &[Candidate<'_>], columns: &Columns) -> Option<u64> {
    best(hits, item, found, columns).map(|candidate| candidate.place)
}

fn best<'c, 'p>(hits: &[Hit], item: &Item, found: &'c [Candidate<'p>], columns: &Columns) -> Option<&'c Candidate<'p>> {
    let first = hits.partition_point(|hit| hit.from + 8 < item.from);
    let last = hits.partition_point(|hit| hit.from < item.to);
    let hits = &hits[first.min(last)..last];
    let mut best: Option<(f64, &Candidate<'p>)> = None;
    for candidate in found {
        if let Some(score) = score(hits, item, candidate, columns)
            && best.is_none_or(|(before, _)| score > before)
        {
            best = Some((score, candidate));
        }
    }
    best.filter(|(score, _)| *score > -3.0).map(|(_, candidate)| candidate)
}

/// What a candidate says besides dates, times and prices; `None` when that is nothing.
fn name_of(hits: &[Hit], candidate: &Candidate<'_>) -> Option<String> {
    let is_date =
        |hit: &&Hit| hit.range.is_empty() && !hit.hidden && hit.from <= candidate.from && candidate.to <= hit.to;
    if hits.iter().any(|hit| is_date(&hit)) {
        return None;
    }
    let dates = dates_in(hits, candidate);
    if dates.is_empty()
        && clock::find(&candidate.text).is_empty()
        && crate::text::price::find(&candidate.text).is_empty()
    {
        return Some(candidate.text.clone());
    }
    // A date inside a heading is part of the name ("Voss: 12 Aug 2026") unless the heading is only a line of facts.
    let rest = cut_out(&candidate.text, dates);
    let mut parts = rest
        .split(['\n', '|', '•'])
        .map(tidy)
        .filter(|part| part.chars().filter(|letter| letter.is_alphabetic()).count() > 1 && !hints::is_label(part));
    parts.next().map(fold)
}

fn tidy(part: &str) -> &str {
    let part = part.trim_matches(|letter: char| letter.is_whitespace() || "-–—:,;|•·/".contains(letter));
    // A bracket whose other half was cut out with a date.
    let part = if part.starts_with(')') || part.starts_with(']') { part[1..].trim_start() } else { part };
    if part.ends_with('(') || part.ends_with('[') { part[..part.len() - 1].trim_end() } else { part }
}

fn dates_in(hits: &[Hit], candidate: &Candidate<'_>) -> Vec<std::ops::Range<usize>> {
    let inside = hits.iter().filter(|hit| hit.from >= candidate.from && hit.to <= candidate.to && !hit.hidden);
    inside
        .filter_map(|hit| {
            let start = candidate.text.find(&hit.quote)?;
            Some(start..start + hit.quote.len())
        })
        .collect()
}

fn split_place(line: &str, candidate: &Candidate<'_>) -> (String, Option<Stated<String>>) {
    if let Some((name, place)) = line.split_once(" @ ")
        && name.trim().chars().count() > 1
        && place.chars().any(char::is_alphabetic)
    {
        let place = place.split([',', '|', '(']).next().unwrap_or(place).trim().trim_end_matches(['-', '–', ' ']);
        return (name.trim().to_owned(), Some(stated(place.to_owned(), candidate.element, place)));
    }
    (line.to_owned(), None)
}

/// `None` for what cannot be a name at all.
fn score(hits: &[Hit], item: &Item, candidate: &Candidate<'_>, columns: &Columns) -> Option<f64> {
    let text = candidate.text.trim();
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).count();
    if letters == 0 || text.len() > 250 || hints::is_label(text) {
        return None;
    }
    let name = name_of(hits, candidate)?;
    if name.is_empty() || hints::is_label(&name) || hints::is_label(&title::clean(&name)) {
        return None;
    }
    let names = &candidate.hints;
    let mut score = match names.heading {
        1..=3 => 6.0,
        4 => 5.5,
        5 | 6 => 4.0,
        _ => 0.0,
    };
    let date = &hits.iter().find(|hit| hit.from >= candidate.from && hit.to <= candidate.to);
    let holds_date = date.is_some() && candidate.from == item.from;
    let points = [
        (names.title, 4.0),
        (names.strong, 1.5),
        (names.link, 2.5),
        (names.support, -5.0),
        (names.venue, -5.0),
        (names.city, -4.0),
        (names.address, -6.0),
        (names.price, -6.0),
        (names.date, -5.0),
        (names.side, -4.0),
        (names.text, -1.0),
        (names.button && names.heading == 0 && !names.title, -4.0),
        (text.len() > 110, -2.0),
        (text.len() > 180, -3.0),
        (letters == 1, -2.0),
        (name.len() + 3 < text.len(), if holds_date && (names.heading > 0 || names.strong) { -0.5 } else { -2.5 }),
        (candidate.to - candidate.from > 2, -2.0),
        (candidate.to - candidate.from > 4, -4.0),
        (begins_like_a_rider(text), -5.0),
    ];
    score += points.iter().filter(|(holds, _)| *holds).map(|(_, points)| points).sum::<f64>();
    let (share, different) = columns.of(candidate.place);
    if columns.items() >= 4 && !columns.is_about(text) {
        score += 2.0 * share.min(1.0) - 1.0;
        score += grade(different, [(0.25, -6.0), (0.5, -1.5)], 1.0);
        score -= 6.0 - grade(columns.commonness(&candidate.text), [(0.3, 6.0), (0.6, 3.0)], 0.0);
    }
    if columns.is_name_place(candidate.place) {
        score += 4.0;
    }
    let length = (item.to - item.from).max(1);
    #[expect(clippy::cast_precision_loss, reason = "an item has few pieces")]
    let place = (candidate.from.saturating_sub(item.from)) as f64 / length as f64;
    Some(score - place)
}

/// The points of the first bound that `value` stays below.
fn grade(value: f64, bounds: [(f64, f64); 2], above: f64) -> f64 {
    bounds.iter().find(|(bound, _)| value < *bound).map_or(above, |(_, points)| *points)
}

fn begins_like_a_rider(text: &str) -> bool {
    const OPENINGS: [&str; 14] = [
        "plus ",
        "with ",
        "support",
        "+ ",
        "w/ ",
        "feat",
        "ft.",
        "@",
        "at ",
        "doors",
        "from ",
        "age",
        "by ",
        "presented by",
    ];
    let start: String = text.chars().take(16).collect::<String>().to_lowercase();
    OPENINGS.iter().any(|opening| start.starts_with(opening))
}

/// What the page is about, where its items only say when and where: an artist's dates.
fn subject(item: &Item, columns: &Columns) -> Option<Chosen> {
    let value = columns.subject().filter(|_| columns.items() > 1)?.clone();
    Some(Chosen { value, index: item.root, from: item.from, to: item.from, place: None })
}

/// A picture's alternative text or a link's label, where an item shows no name.
fn attribute(outline: &Outline<'_>, item: &Item) -> Option<Chosen> {
    for at in inside(outline, item) {
        let element = outline.elements[at].element;
        let names = ["alt", "aria-label", "title"];
        let Some(text) = names.iter().find_map(|name| element.attr(name)).map(fold) else { continue };
        if text.chars().filter(|letter| letter.is_alphabetic()).count() > 2
            && text.len() < 160
            && !hints::is_label(&text)
        {
            return Some(Chosen {
                value: stated(title::clean(&text), element, &text),
                index: at,
                from: item.from,
                to: item.from,
                place: None,
            });
        }
    }
    None
}
