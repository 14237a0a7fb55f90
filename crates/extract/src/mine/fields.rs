//! What an item of a list states: title, times, price, links, each with the words and the place they were read from.

use std::collections::HashMap;

use model::{ArtistClaims, EventClaims, Stated, VenueClaims, When};
use scraper::ElementRef;

use super::columns::Columns;
use super::groups::{Item, inside};
use super::hints::{self, Hints};
use super::hits::Hit;
use super::outline::Outline;
use super::{links, title};
use crate::page::{Page, css_path, stated};
use crate::text::{clock, lineup, music, price, status};

/// A text of an item that may be a value: all that one element shows.
pub(super) struct Candidate<'p> {
    pub(super) element: ElementRef<'p>,
    pub(super) index: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) text: String,
    pub(super) hints: Hints,
    /// Equal for the same place in all items of a list.
    pub(super) place: u64,
}

/// The texts of an item, outer elements first, one for each stretch.
pub(super) fn candidates<'p>(outline: &Outline<'p>, item: &Item) -> Vec<Candidate<'p>> {
    let mut found: Vec<Candidate<'p>> = Vec::new();
    let mut known: HashMap<(usize, usize), usize> = HashMap::new();
    let base = outline.elements[item.root].path;
    let headers = headers(outline, item.root);
    for at in inside(outline, item).take(3000) {
        let element = &outline.elements[at];
        if element.to <= element.from || element.bytes > 300 {
            continue;
        }
        let mut hints = Hints::of(outline.name(at), &outline.classes(at));
        if outline.name(at) == "td" && !headers.is_empty() {
            let column = element.element.prev_siblings().filter(|node| node.value().is_element()).count();
            hints.add(headers.get(column).copied().unwrap_or_default());
        }
        match known.get(&(element.from, element.to)) {
            Some(before) => {
                let candidate = &mut found[*before];
                candidate.hints.add(hints);
                candidate.element = element.element;
                candidate.index = at;
            }
            None => {
                known.insert((element.from, element.to), found.len());
                found.push(Candidate {
                    element: element.element,
                    index: at,
                    from: element.from,
                    to: element.to,
                    text: outline.text(element.from, element.to),
                    hints,
                    place: base ^ element.path.rotate_left(7),
                });
            }
        }
    }
    bare_lines(outline, item, &mut found, &known);
    found.sort_by_key(|candidate| (candidate.from, std::cmp::Reverse(candidate.to)));
    found
}

/// What the first row of the item's table calls its columns.
fn headers(outline: &Outline<'_>, row: usize) -> Vec<Hints> {
    if outline.name(row) != "tr" {
        return Vec::new();
    }
    let Some(table) = outline.chain(row).take(4).find(|at| outline.name(*at) == "table") else { return Vec::new() };
    let first = (table..outline.elements[table].end).find(|at| outline.name(*at) == "tr").filter(|first| *first != row);
    let cells = first.map(|first| outline.children(first)).unwrap_or_default();
    let named = cells.iter().map(|cell| {
        let element = &outline.elements[*cell];
        let text = if element.bytes < 40 { outline.text(element.from, element.to) } else { String::new() };
        Hints::of("", &text.to_lowercase())
    });
    named.map(|hints| Hints { button: false, heading: 0, ..hints }).collect()
}

/// Texts that share their element with others: "Night Bus<br>8pm".
fn bare_lines<'p>(
    outline: &Outline<'p>,
    item: &Item,
    found: &mut Vec<Candidate<'p>>,
    known: &HashMap<(usize, usize), usize>,
) {
    for at in item.from..item.to {
        let piece = &outline.pieces[at];
        if piece.text.len() > 300 || known.contains_key(&(at, at + 1)) {
            continue;
        }
        let owner = &outline.elements[piece.owner];
        let mut hints = Hints::of(outline.name(piece.owner), &outline.classes(piece.owner));
        hints.title &= owner.bytes < 300;
        found.push(Candidate {
            element: owner.element,
            index: piece.owner,
            from: at,
            to: at + 1,
            text: piece.text.clone(),
            hints,
            place: owner.path.rotate_left(11) ^ 1,
        });
    }
}

/// A piece without its dates, clock times and prices.
pub(super) fn residue(outline: &Outline<'_>, hits: &[Hit], at: usize) -> String {
    let text = &outline.pieces[at].text;
    let mut cuts: Vec<std::ops::Range<usize>> = Vec::new();
    let first = hits.partition_point(|hit| hit.from + 8 < at);
    for hit in
        hits[first..].iter().take_while(|hit| hit.from <= at).filter(|hit| hit.from <= at && at < hit.to && !hit.hidden)
    {
        if hit.range.is_empty() {
            return String::new();
        }
        cuts.push(hit.range.clone());
    }
    cut_out(text, cuts)
}

/// `text` without `cuts`, its clock times and its prices.
pub(super) fn cut_out(text: &str, mut cuts: Vec<std::ops::Range<usize>>) -> String {
    if text.len() > 400 {
        return text.to_owned();
    }
    cuts.extend(clock::find(text).into_iter().map(|found| found.range));
    cuts.extend(price::find(text).into_iter().map(|found| found.range));
    if cuts.is_empty() {
        return text.to_owned();
    }
    cuts.sort_by_key(|cut| cut.start);
    let (mut rest, mut from) = (String::new(), 0);
    for cut in cuts {
        if cut.start >= from && text.is_char_boundary(cut.start) && text.is_char_boundary(cut.end) {
            rest.push_str(&text[from..cut.start]);
            rest.push('\n');
            from = cut.end;
        }
    }
    rest.push_str(&text[from..]);
    rest
}

/// Reads an item. `None` when nothing in it can be the event's name.
pub(super) fn read(
    page: &Page<'_>,
    outline: &Outline<'_>,
    hits: &[Hit],
    item: &Item,
    found: &[Candidate<'_>],
    columns: &Columns,
) -> Option<EventClaims> {
    let chosen = title::choose(outline, hits, item, found, columns)?;
    Some(read_around(page, outline, hits, item, found, columns, chosen))
}

/// Reads an item whose name is the element `heading`.
pub(super) fn read_beside(
    page: &Page<'_>,
    outline: &Outline<'_>,
    hits: &[Hit],
    item: &Item,
    found: &[Candidate<'_>],
    columns: &Columns,
    heading: usize,
) -> Option<EventClaims> {
    let chosen = title::Chosen::of(outline, heading)?;
    Some(read_around(page, outline, hits, item, found, columns, chosen))
}

fn read_around(
    page: &Page<'_>,
    outline: &Outline<'_>,
    hits: &[Hit],
    item: &Item,
    found: &[Candidate<'_>],
    columns: &Columns,
    chosen: title::Chosen,
) -> EventClaims {
    let hit = &hits[item.hit];
    let mut event = EventClaims { start: Some(date(outline, hit, hit.start)), ..EventClaims::default() };
    event.end = hit.end.map(|end| date(outline, hit, end));
    times(outline, item, found, &mut event);
    prices(page, found, &mut event);
    links::read(page, outline, item, &chosen, &mut event);
    statuses(outline, item, found, &mut event);
    event.venue = venue(found, &chosen);
    artists(found, &chosen, columns, &mut event);
    event.music = music::not_music(&chosen.value.value)
        .map(|range| Stated::new(false, chosen.value.evidence.at.clone(), &chosen.value.value[range]))
        .or_else(|| category(found));
    if event.music.is_some() {
        event.artists.clear();
    }
    event.title = Some(chosen.value);
    event
}

pub(super) fn date(outline: &Outline<'_>, hit: &Hit, day: jiff::civil::Date) -> Stated<When> {
    stated(When::day(day), outline.elements[hit.element].element, &hit.quote)
}

/// A label such as "Comedy" beside the title.
fn category(found: &[Candidate<'_>]) -> Option<Stated<bool>> {
    let side = found.iter().find(|candidate| {
        candidate.hints.side && candidate.text.len() < 40 && music::not_music(&candidate.text).is_some()
    })?;
    Some(stated(false, side.element, &side.text))
}

/// A clock time, the element that shows it, and its words.
pub(super) struct Told<'p> {
    pub(super) time: clock::Found,
    pub(super) element: ElementRef<'p>,
    pub(super) quote: String,
    /// The piece it stands in.
    piece: usize,
}

fn times(outline: &Outline<'_>, item: &Item, found: &[Candidate<'_>], event: &mut EventClaims) {
    let mut told: Vec<Told<'_>> = Vec::new();
    // Roles may stand in a piece of their own ("Doors" | "7pm"), so the joined text of small elements is read too.
    for candidate in found.iter().filter(|candidate| candidate.text.len() <= 120 && !candidate.hints.text) {
        for time in clock::find(&candidate.text) {
            let quote = candidate.text[time.range.clone()].to_owned();
            let piece = piece_at(outline, candidate, time.range.start);
            match told.iter_mut().find(|other| other.piece == piece && other.time.time == time.time) {
                Some(other) if other.time.role == clock::Role::Unknown => {
                    *other = Told { time, element: candidate.element, quote, piece };
                }
                Some(other) if other.time.end.is_none() => other.time.end = time.end,
                Some(_) => {}
                None => told.push(Told { time, element: candidate.element, quote, piece }),
            }
        }
    }
    if told.is_empty() {
        for at in item.from..item.to {
            let piece = &outline.pieces[at];
            for time in clock::find(&piece.text).into_iter().filter(|time| time.role != clock::Role::Unknown) {
                let quote = piece.text[time.range.clone()].to_owned();
                told.push(Told { time, element: outline.elements[piece.owner].element, quote, piece: at });
            }
        }
    }
    set_times(&told, event);
}

/// The piece that holds byte `at` of a candidate's text.
fn piece_at(outline: &Outline<'_>, candidate: &Candidate<'_>, at: usize) -> usize {
    let mut end = 0;
    for piece in candidate.from..candidate.to {
        end += outline.pieces[piece].text.len() + 1;
        if at < end {
            return piece;
        }
    }
    candidate.from
}

/// Puts clock times on an event that has its date.
fn set_times(told: &[Told<'_>], event: &mut EventClaims) {
    let of = |role| told.iter().find(|told| told.time.role == role);
    let doors = of(clock::Role::Doors);
    if let Some(doors) = doors {
        event.doors = Some(stated(doors.time.time.strftime("%H:%M").to_string(), doors.element, &doors.quote));
    }
    let Some(day) = event.start.as_ref().map(|start| start.value.date) else { return };
    if let Some(begin) = of(clock::Role::Start).or_else(|| of(clock::Role::Unknown)) {
        let at = When { date: day, time: Some(begin.time.time), offset: None };
        event.start = Some(with_day(at, event.start.as_ref(), begin.element, &begin.quote));
        if let Some(end) = begin.time.end
            && event.end.is_none()
        {
            event.end = Some(stated(end_of(day, begin.time.time, end), begin.element, &begin.quote));
        }
    }
    if let (Some(last), None) = (of(clock::Role::End), &event.end)
        && let Some(start) =
            event.start.as_ref().and_then(|start| start.value.time).or(doors.map(|doors| doors.time.time))
    {
        event.end = Some(stated(end_of(day, start, last.time.time), last.element, &last.quote));
    }
}

/// An end before the start is on the next day.
fn end_of(day: jiff::civil::Date, start: jiff::civil::Time, end: jiff::civil::Time) -> When {
    let date = if end < start { day.tomorrow().unwrap_or(day) } else { day };
    When { date, time: Some(end), offset: None }
}

/// The evidence of a moment is that of its day; where date and time stand in one element, the words of both.
fn with_day(at: When, day: Option<&Stated<When>>, element: ElementRef<'_>, quote: &str) -> Stated<When> {
    match day {
        Some(day) if day.evidence.at == css_path(element) => {
            let text = crate::page::text_of(element);
            let both = text.find(&day.evidence.quote).zip(text.find(quote)).and_then(|(date, time)| {
                let (from, to) = (date.min(time), (date + day.evidence.quote.len()).max(time + quote.len()));
                text.get(from..to).filter(|both| both.len() < 200)
            });
            Stated::new(at, day.evidence.at.clone(), both.unwrap_or(&day.evidence.quote))
        }
        Some(day) => Stated::new(at, day.evidence.at.clone(), &day.evidence.quote),
        None => stated(at, element, quote),
    }
}

pub(super) fn prices(page: &Page<'_>, found: &[Candidate<'_>], event: &mut EventClaims) {
    let priced = |candidate: &&Candidate<'_>| candidate.text.len() <= 160 && price::summary(&candidate.text).is_some();
    let chosen = found.iter().filter(|candidate| candidate.hints.price).find(priced).or_else(|| {
        found
            .iter()
            .filter(|candidate| {
                candidate.to - candidate.from == 1 && (!candidate.hints.text || candidate.text.len() < 40)
            })
            .find(priced)
    });
    let Some(candidate) = chosen else { return };
    let Some(sum) = price::summary(&candidate.text) else { return };
    let quote = &candidate.text[sum.range];
    event.price_min = Some(stated(sum.min, candidate.element, quote));
    if sum.max > sum.min {
        event.price_max = Some(stated(sum.max, candidate.element, quote));
    }
    let bare_dollar = sum.currency == Some("USD") && quote.contains('$') && !quote.contains("US");
    let currency =
        if bare_dollar { page.input.currency.or(sum.currency) } else { sum.currency.or(page.input.currency) };
    event.currency = currency.map(|currency| stated(currency.to_owned(), candidate.element, quote));
}

fn statuses(outline: &Outline<'_>, item: &Item, found: &[Candidate<'_>], event: &mut EventClaims) {
    for candidate in found.iter().filter(|candidate| candidate.text.len() <= 90 && !candidate.hints.text) {
        if let Some((status, range)) = status::find(&candidate.text) {
            event.status = Some(stated(status, candidate.element, &candidate.text[range]));
            return;
        }
    }
    if item.whole {
        // The state may be told by a class of the item alone.
        let value = outline.elements[item.root].element.value();
        for class in value.classes() {
            let word = class.rsplit("--").next().unwrap_or(class).replace(['-', '_'], " ").to_lowercase();
            if let Some((status, range)) = status::find(&word)
                && range.len() == word.len()
            {
                event.status = Some(stated(status, outline.elements[item.root].element, class));
                return;
            }
        }
    }
}

fn venue(found: &[Candidate<'_>], chosen: &title::Chosen) -> Option<VenueClaims> {
    let own = |candidate: &&Candidate<'_>| candidate.from >= chosen.to || candidate.to <= chosen.from;
    let named = found.iter().filter(own).find(|candidate| {
        candidate.hints.venue && !candidate.hints.date && !candidate.hints.button && is_place(&candidate.text)
    });
    let mut venue = VenueClaims::default();
    if let Some(candidate) = named {
        let (name, city) = split_place(&candidate.text);
        venue.name = Some(stated(name.to_owned(), candidate.element, name));
        venue.city = city.map(|city| stated(city.to_owned(), candidate.element, city));
    } else if let Some(candidate) = found.iter().filter(own).find(|candidate| {
        candidate.text.starts_with("@ ")
            && candidate.text.len() < 80
            && is_place(candidate.text.trim_start_matches(['@', ' ']))
    }) {
        let name = candidate.text.trim_start_matches(['@', ' ']);
        venue.name = Some(stated(name.to_owned(), candidate.element, name));
    } else if let Some(place) = &chosen.place {
        venue.name = Some(place.clone());
    } else {
        behind(found, chosen, &mut venue);
    }
    if let Some(candidate) = found
        .iter()
        .filter(own)
        .find(|candidate| candidate.hints.city && candidate.text.len() < 50 && venue.city.is_none())
    {
        venue.city = Some(stated(candidate.text.clone(), candidate.element, &candidate.text));
    }
    venue.name.is_some().then_some(venue)
}

/// A sentence that goes on behind the name: "<b>Night Bus</b>, Blue Hall, Leeds, 8pm."
fn behind(found: &[Candidate<'_>], chosen: &title::Chosen, venue: &mut VenueClaims) {
    let Some(candidate) = found.iter().find(|candidate| {
        candidate.from == chosen.to && candidate.to == chosen.to + 1 && candidate.text.starts_with([',', '–', '-'])
    }) else {
        return;
    };
    let rest = candidate.text.trim_start_matches([',', '–', '-', ' ']);
    let mut parts = rest.split(", ").take_while(|part| is_place(part) && price::find(part).is_empty());
    let Some(name) = parts.next() else { return };
    let Some(city) = parts.next().map(|city| city.trim_end_matches('.')) else { return };
    venue.name = Some(stated(name.to_owned(), candidate.element, name));
    venue.city = Some(stated(city.to_owned(), candidate.element, city)).filter(|city| city.value.len() < 50);
}

fn is_place(text: &str) -> bool {
    let text = text.trim();
    text.len() > 1
        && text.len() <= 90
        && text.chars().any(char::is_alphabetic)
        && !hints::is_label(text)
        && clock::find(text).is_empty()
        && status::find(text).is_none()
        && !["mailing list", "newsletter", "sign up", "subscribe", "follow", "directions", "getting here", "contact"]
            .iter()
            .any(|words| status::find_words(text, words).is_some())
}

/// "The Hall, Leeds" → the hall and its city. Only one comma and no digits: anything else stays whole.
fn split_place(text: &str) -> (&str, Option<&str>) {
    let text = text.trim().trim_start_matches(['@', ' ', '-', '–', '|']).trim_end_matches(['-', '–', '|', ',', ' ']);
    let text = ["Venue:", "Location:", "Where:", "Ort:", "Lieu :"]
        .iter()
        .find_map(|label| text.strip_prefix(label))
        .unwrap_or(text)
        .trim();
    match text.split_once(", ") {
        Some((name, city))
            if !city.contains(',') && !text.contains(|letter: char| letter.is_ascii_digit()) && !name.is_empty() =>
        {
            (name, Some(city))
        }
        _ => (text, None),
    }
}

fn artists(found: &[Candidate<'_>], chosen: &title::Chosen, columns: &Columns, event: &mut EventClaims) {
    let mut push = |name: String, at: String| {
        if !event
            .artists
            .iter()
            .any(|known| known.name.as_ref().is_some_and(|known| known.value.eq_ignore_ascii_case(&name)))
            && event.artists.len() < 60
        {
            let name = Stated::new(name.clone(), at, &name);
            event.artists.push(ArtistClaims { name: Some(name), ..ArtistClaims::default() });
        }
    };
    for name in lineup::of_title(&chosen.value.value) {
        push(name, chosen.value.evidence.at.clone());
    }
    for candidate in found.iter().filter(|candidate| candidate.from >= chosen.to && candidate.text.len() <= 200) {
        let announced = announces(&candidate.text);
        let (_, different) = columns.of(candidate.place);
        let line = candidate.hints.support && !candidate.hints.side && (different > 0.3 || columns.items() < 4);
        if (!announced && !line) || candidate.hints.button || candidate.hints.venue || candidate.hints.date {
            continue;
        }
        if !clock::find(&candidate.text).is_empty()
            || hints::is_label(&candidate.text)
            || (!announced && candidate.text.len() > 120)
        {
            continue;
        }
        for name in lineup::riders(&candidate.text)
            .into_iter()
            .filter(|name| name.split_whitespace().count() <= 7 && !is_slogan(name))
        {
            push(name, css_path(candidate.element));
        }
    }
}

fn is_slogan(name: &str) -> bool {
    let tour = ["tour", "live", "album", "anniversary", "tickets", "show", "years", "doors", "ages", "presents"];
    tour.iter().any(|word| status::find_words(name, word).is_some())
}

/// Whether a line says that what follows plays too.
fn announces(text: &str) -> bool {
    const OPENINGS: [&str; 14] = [
        "plus ",
        "support:",
        "support from",
        "supports:",
        "with support",
        "with ",
        "w/",
        "+ ",
        "feat",
        "ft.",
        "featuring",
        "special guest",
        "supported by",
        "and special guest",
    ];
    let start: String = text.chars().take(24).collect::<String>().to_lowercase();
    text.len() <= 160 && OPENINGS.iter().any(|opening| start.starts_with(opening))
}
