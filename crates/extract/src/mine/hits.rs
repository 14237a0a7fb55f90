//! Where a page states dates.

use jiff::civil::Date;

use super::hints;
use super::outline::Outline;
use crate::text::clock;
use crate::text::dates::{self, Context, Form, Found};

/// The longest text that is read as a date spread over several elements, in bytes.
const SPREAD_MAX: usize = 90;
/// The longest single text that is searched for dates, in bytes.
const PIECE_MAX: usize = 600;

/// A date, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// The innermost element that holds all of it.
    pub(super) element: usize,
    /// Pieces `from..to` hold it.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) start: Date,
    pub(super) end: Option<Date>,
    pub(super) year_stated: bool,
    /// The words read.
    pub(super) quote: String,
    /// Read from an attribute and not from text.
    pub(super) hidden: bool,
    /// A day of a month's grid; the element is its cell.
    pub(super) cell: bool,
    /// Bytes of the piece, when it stands in one piece.
    pub(super) range: std::ops::Range<usize>,
}

/// All dates of a page that may be an event's.
pub(super) fn find(outline: &Outline<'_>, mut context: Context) -> Vec<Hit> {
    context.month_first |= month_first(outline);
    let mut hits = Vec::new();
    let mut taken = vec![false; outline.pieces.len()];
    for (at, piece) in outline.pieces.iter().enumerate() {
        if let Some(month) = dates::month_heading(&piece.text, context.today)
            && heads(outline, piece.owner)
        {
            context.month = Some(month);
        }
        if piece.text.len() > PIECE_MAX
            || !piece.text.bytes().any(|byte| byte.is_ascii_digit()) && piece.text.len() > 30
        {
            continue;
        }
        if let Some(hit) = cell(outline, at, &context) {
            taken[at] = true;
            hits.push(hit);
            continue;
        }
        let before = if at > 0 { outline.pieces[at - 1].text.as_str() } else { "" };
        for found in dates::find(&piece.text, context) {
            taken[at] = true;
            if found.form == Form::Relative && piece.text.len() > 30 || is_disowned(&piece.text, before, &found) {
                continue;
            }
            if found.form == Form::DayOfMonth && piece.text.len() > 24 {
                continue;
            }
            hits.push(hit(at, at + 1, piece.owner, found, &piece.text, &context));
        }
    }
    spread(outline, context, &mut taken, &mut hits);
    attributes(outline, context, &taken, &mut hits);
    hits.sort_by_key(|hit| (hit.from, hit.range.start, hit.element));
    hits
}

fn is_disowned(text: &str, before: &str, found: &Found) -> bool {
    let inside = &text[..found.range.start];
    hints::disowns(inside) || inside.trim().is_empty() && before.len() < 60 && hints::disowns(before)
}

fn hit(from: usize, to: usize, element: usize, found: Found, text: &str, context: &Context) -> Hit {
    let mut start = found.start;
    if let Some((year, month)) = context.month
        && !found.year_stated
        && found.form == Form::Full
        && start.month() == month
        && found.weekday_agrees != Some(true)
        && let Ok(date) = Date::new(year, month, start.day())
    {
        start = date;
    }
    Hit {
        element,
        from,
        to,
        start,
        end: found.end.filter(|end| *end > start),
        year_stated: found.year_stated,
        quote: text[found.range.clone()].to_owned(),
        hidden: false,
        cell: false,
        range: found.range,
    }
}

/// Whether a text may head what follows: a heading, or a block of its own.
fn heads(outline: &Outline<'_>, owner: usize) -> bool {
    outline
        .chain(owner)
        .take(3)
        .any(|at| matches!(outline.name(at), "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th" | "caption" | "strong"))
        || outline.elements[owner].to - outline.elements[owner].from == 1
            && outline.name(owner) != "a"
            && outline.name(owner) != "span"
}

/// Dates whose parts stand in several elements: `<span>Thu</span><span>27</span><span>Aug</span>`.
fn spread(outline: &Outline<'_>, context: Context, taken: &mut [bool], hits: &mut Vec<Hit>) {
    // Children come behind their parents, so going backwards finds the innermost first.
    for at in (0..outline.elements.len()).rev() {
        let element = &outline.elements[at];
        let several = element.to - element.from >= 2 && element.to - element.from <= 8;
        if !several || element.bytes > SPREAD_MAX || taken[element.from..element.to].contains(&true) {
            continue;
        }
        let text = outline.text(element.from, element.to);
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let Some(found) = dates::find(&text, context).into_iter().find(|found| found.form != Form::Relative) else {
            continue;
        };
        if !whole_pieces(outline, element.from, element.to, &found.range) || hints::disowns(&text[..found.range.start])
        {
            continue;
        }
        let (from, to) = pieces_of(outline, element.from, element.to, &found.range);
        taken[element.from..element.to].fill(true);
        let holder = (from..to).map(|piece| outline.pieces[piece].owner).reduce(|one, other| outline.joint(one, other));
        let mut hit = hit(from, to, holder.unwrap_or(at), found, &text, &context);
        hit.range = 0..0;
        hits.push(hit);
    }
}

/// The pieces among `from..to` that a range of their joined text touches.
fn pieces_of(outline: &Outline<'_>, from: usize, to: usize, range: &std::ops::Range<usize>) -> (usize, usize) {
    let (mut first, mut last, mut start) = (to, from, 0);
    for at in from..to {
        let end = start + outline.pieces[at].text.len();
        if range.start < end && start < range.end {
            first = first.min(at);
            last = at;
        }
        start = end + 1;
    }
    (first.min(last), last + 1)
}

/// The days of a month's grid: cells that begin with a number and hold more, under a heading that names the month.
fn cell(outline: &Outline<'_>, at: usize, context: &Context) -> Option<Hit> {
    let (year, month) = context.month?;
    let text = outline.pieces[at].text.as_str();
    let day: i8 = text.parse().ok().filter(|_| text.len() <= 2)?;
    let cell = outline.chain(outline.pieces[at].owner).take(4).find(|element| outline.name(*element) == "td")?;
    let element = &outline.elements[cell];
    let start = Date::new(year, month, day).ok()?;
    (element.from == at && element.to > at + 1).then(|| Hit {
        element: cell,
        from: at,
        to: at + 1,
        start,
        end: None,
        year_stated: true,
        quote: text.to_owned(),
        hidden: false,
        cell: true,
        range: 0..text.len(),
    })
}

/// Every piece that the range touches is all date, or all date and clock.
fn whole_pieces(outline: &Outline<'_>, from: usize, to: usize, range: &std::ops::Range<usize>) -> bool {
    let mut start = 0;
    for piece in &outline.pieces[from..to] {
        let end = start + piece.text.len();
        let inside = range.start.max(start)..range.end.min(end);
        if inside.start < inside.end {
            let rest = [&piece.text[..inside.start - start], &piece.text[inside.end - start..]].concat();
            let letters = rest.chars().filter(|letter| letter.is_alphanumeric()).count();
            if letters > 0 && clock::find(&rest).is_empty() {
                return false;
            }
        }
        start = end + 1;
    }
    true
}

/// `<time datetime>` without a date in its text.
fn attributes(outline: &Outline<'_>, context: Context, taken: &[bool], hits: &mut Vec<Hit>) {
    for (at, element) in outline.elements.iter().enumerate() {
        let Some(value) = element.element.attr("datetime").filter(|value| value.len() < 40) else { continue };
        if taken[element.from..element.to].contains(&true) {
            continue;
        }
        if let Some(found) = dates::find(value, context).into_iter().find(|found| found.year_stated) {
            let mut hit = hit(element.from, element.to, at, found, value, &context);
            hit.quote = value.trim().to_owned();
            hit.hidden = true;
            hit.range = 0..0;
            hits.push(hit);
        }
    }
}

/// Whether the page's numeric dates can only be read with the month first.
fn month_first(outline: &Outline<'_>) -> bool {
    let (mut first, mut second) = (0, 0);
    for piece in outline.pieces.iter().filter(|piece| piece.text.len() < 80 && piece.text.contains('/')) {
        let mut parts = piece
            .text
            .split(|letter: char| !letter.is_ascii_digit() && letter != '/')
            .filter(|part| part.matches('/').count() == 2);
        if let Some(part) = parts.next() {
            let numbers: Vec<u32> = part.split('/').filter_map(|number| number.parse().ok()).collect();
            if let [one, two, _] = numbers[..] {
                first += u32::from((13..32).contains(&one));
                second += u32::from(one <= 12 && (13..32).contains(&two));
            }
        }
    }
    second > first
}
