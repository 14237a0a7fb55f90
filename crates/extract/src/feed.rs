//! RSS and Atom feeds whose items are events: the date stands in a field of its own, or in the title or text.

mod xml;

use model::{EventClaims, Record, Stated, VenueClaims};

use self::xml::Element;
use crate::item::Words;
use crate::moment;
use crate::page::Page;
use crate::plain::plain;
use crate::schema::{believable_end, from_title};
use crate::stamp::Stamp;
use crate::text::dates::Form;
use crate::{address, text};

/// The most items that are read.
const ITEMS_MAX: usize = 5_000;

/// The items of a feed that are events, in feed order.
pub(crate) fn records(page: &Page<'_>) -> Vec<Record> {
    let zone = page.input.zone.and_then(|zone| jiff::tz::TimeZone::get(zone).ok());
    let context = moment::Context { today: page.input.today, zone: zone.as_ref() };
    let items = xml::items(&page.text).into_iter().take(ITEMS_MAX).enumerate();
    items
        .filter_map(|(n, item)| event(page, &item, &format!("item[{}]", n + 1), context))
        .map(|e| Record::Event(Box::new(e)))
        .collect()
}

fn event(page: &Page<'_>, item: &[Element], at: &str, context: moment::Context<'_>) -> Option<EventClaims> {
    let words = |names: &[&str]| {
        let elements = names.iter().filter_map(|name| item.iter().find(|e| e.name == *name));
        let mut words = elements.map(|e| Words::new(plain(&e.text), format!("{at}/{}", e.name)));
        words.find(|words| !words.text.is_empty())
    };
    let title = words(&["title"])?;
    let body = words(&["content:encoded", "content", "description", "summary"]);
    let mut claims = EventClaims::default();
    let dated =
        field_date(item, at, context).or_else(|| in_title(&title, context)).or_else(|| in_body(body.as_ref(), context));
    let dated = dated.or_else(|| future_listing(item, at, context))?;
    let Dated { start, end, before_title, behind_title } = dated;
    let name = before_title.unwrap_or(&title.text).trim();
    if name.is_empty() {
        return None;
    }
    claims.title = Some(Stated::new(text::title::clean(name), title.at.as_str(), name));
    claims.status = text::status::find(&title.text)
        .map(|(status, range)| Stated::new(status, title.at.as_str(), &title.text[range]));
    claims.end = end.and_then(|end| Some(Stated { value: believable_end(start.value, end.value)?, ..end }));
    claims.start = Some(start);
    claims.venue = venue(item, at, &title, behind_title);
    let link =
        item.iter().find(|e| e.name == "link").map(|e| e.attribute("href").unwrap_or_else(|| e.text.trim().to_owned()));
    claims.url = link.and_then(|link| Some(Stated::new(page.absolute(&link)?, format!("{at}/link"), &plain(&link))));
    let key = words(&["guid", "id"]).map(|words| words.text);
    claims.key = key.or_else(|| claims.url.as_ref().map(|url| url.value.clone()));
    claims.description = body.as_ref().map(|words| words.state(words.text.chars().take(2_000).collect()));
    let image = item.iter().find(|e| {
        matches!(e.name.as_str(), "enclosure" | "media:content" | "media:thumbnail")
            && e.attribute("type").is_none_or(|kind| kind.starts_with("image/"))
    });
    claims.image = image.and_then(|image| {
        let url = image.attribute("url")?;
        Some(Stated::new(page.absolute(&url)?, format!("{at}/{}", image.name), &url))
    });
    let category = words(&["category"]);
    claims.music = [category, Some(title)].iter().flatten().find_map(|words| {
        let range = text::music::not_music(&words.text)?;
        Some(Stated::new(false, words.at.as_str(), &words.text[range]))
    });
    if claims.music.is_none() {
        claims.artists = claims.title.as_ref().map(from_title).unwrap_or_default();
    }
    Some(claims)
}

struct Dated<'t> {
    start: Stated<model::When>,
    end: Option<Stated<model::When>>,
    /// The part of the title before its date, and the part behind it.
    before_title: Option<&'t str>,
    behind_title: Option<&'t str>,
}

/// A date in an element made for it, of whatever namespace: `ev:startdate`, `xCal:dtstart`, `startDate`.
fn field_date(item: &[Element], at: &str, context: moment::Context<'_>) -> Option<Dated<'static>> {
    let read = |names: &[&str]| {
        item.iter().find_map(|element| {
            let local =
                element.name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase().replace(['_', '-'], "");
            if !names.contains(&local.as_str()) {
                return None;
            }
            let value = if local == "when" { element.attribute(names[0])? } else { plain(&element.text) };
            Some(Words::new(value.clone(), format!("{at}/{}", element.name)).state(moment::read(&value, context)?))
        })
    };
    let start = read(&["startTime", "startdate", "dtstart", "start", "eventdate", "eventstart", "starttime", "when"])?;
    let end = read(&["endTime", "enddate", "dtend", "end", "eventend", "endtime", "when"]);
    let end = end.map(|end| end.map(|moment| moment.when));
    let spanned = start.value.end.map(|end| Stated { value: end, evidence: start.evidence.clone() });
    Some(Dated { start: start.map(|moment| moment.when), end: end.or(spanned), before_title: None, behind_title: None })
}

/// "The Lanterns — Fri 21 Aug, 8pm — Blue Hall": the date parts the title from the place.
fn in_title<'t>(title: &'t Words, context: moment::Context<'_>) -> Option<Dated<'t>> {
    let full: Vec<_> =
        text::dates::find(&title.text, context.today).into_iter().filter(|found| found.form == Form::Full).collect();
    let found = full.iter().rfind(|found| !is_former(&title.text[..found.range.start])).or(full.last())?;
    let (mut from, mut to) = (found.range.start, found.range.end);
    // The clock time beside the date belongs to it.
    for clock in text::clock::find(&title.text) {
        let gap = |a: usize, b: usize| {
            a <= b && title.text[a..b].trim_matches([' ', ',', '@', '-', '–', '—', '|', '(', ')', 'a', 't']).is_empty()
        };
        if gap(to, clock.range.start) {
            to = clock.range.end;
        } else if gap(clock.range.end, from) {
            from = clock.range.start;
        }
    }
    const SEAMS: [char; 14] = [' ', ',', ':', ';', '-', '–', '—', '|', '(', ')', '[', ']', '@', '·'];
    let when = moment::read(&title.text[from..to], context)?;
    let before = title.text[..from].trim_end_matches(SEAMS);
    let behind = title.text[to..].trim_matches(SEAMS);
    // "21 Aug: The Lanterns" has its name behind the date.
    let (name, behind) =
        if before.is_empty() { at_place(behind) } else { (before, Some(behind).filter(|b| !b.is_empty())) };
    let quote = &title.text[from..to];
    let state = |when| Stated::new(when, title.at.as_str(), quote);
    Some(Dated {
        start: state(when.when),
        end: when.end.map(state),
        before_title: Some(name).filter(|n| !n.is_empty()),
        behind_title: behind,
    })
}

/// Whether the words before a date say that it was the date: "rescheduled from 14 December".
fn is_former(before: &str) -> bool {
    const FORMER: [&str; 8] = ["from", "originally", "was", "vom", "von", "desde", "du", "del"];
    let last = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    FORMER.iter().any(|word| last.eq_ignore_ascii_case(word))
}

/// "The Lanterns @ Blue Hall, Leeds": the name and the place.
fn at_place(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(" @ ") {
        Some((name, place)) if !name.trim().is_empty() && !place.trim().is_empty() => {
            (name.trim_end(), Some(place.trim()))
        }
        _ => (text, None),
    }
}

/// A date at the beginning of the text; with a year or a clock time, so that it is no mere mention.
fn in_body(body: Option<&Words>, context: moment::Context<'_>) -> Option<Dated<'static>> {
    const HEAD: usize = 160;
    let body = body?;
    let head = &body.text[..body.text.floor_char_boundary(HEAD)];
    let found = text::dates::find(head, context.today).into_iter().find(|found| found.form == Form::Full)?;
    let clock = text::clock::find(head).into_iter().find(|clock| clock.range.start >= found.range.end);
    let near = clock.as_ref().is_some_and(|clock| clock.range.start - found.range.end < 40);
    if !(found.year_stated || near) {
        return None;
    }
    let to = if near { clock.map_or(found.range.end, |clock| clock.range.end) } else { found.range.end };
    let quote = &head[found.range.start..to];
    let when = moment::read(quote, context)?;
    let state = |when| Stated::new(when, body.at.as_str(), quote);
    Some(Dated { start: state(when.when), end: when.end.map(state), before_title: None, behind_title: None })
}

/// Event plug-ins write the day of the event as the day of publication; only a day to come can be one.
fn future_listing(item: &[Element], at: &str, context: moment::Context<'_>) -> Option<Dated<'static>> {
    let element = item.iter().find(|e| matches!(e.name.as_str(), "pubDate" | "published" | "dc:date"))?;
    let text = plain(&element.text);
    let when = match Stamp::read(&text) {
        Some(stamp) => stamp.when(context.zone),
        None => {
            let mut when = moment::read(&text, context)?.when;
            when.offset = None;
            when
        }
    };
    let start = Stated::new(when, format!("{at}/{}", element.name), &text);
    (when.date > context.today).then_some(Dated { start, end: None, before_title: None, behind_title: None })
}

fn venue(item: &[Element], at: &str, title: &Words, behind: Option<&str>) -> Option<VenueClaims> {
    let mut venue = VenueClaims::default();
    let stated = item.iter().find(|e| {
        let local = e.name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
        matches!(local.as_str(), "location" | "venue" | "where") && e.name.len() > 4
    });
    if let Some(element) = stated {
        let text = element.attribute("valueString").unwrap_or_else(|| element.text.clone());
        let words = Words::new(plain(&text), format!("{at}/{}", element.name));
        if !words.text.is_empty() {
            address::fill(&mut venue, &words, true);
        }
    } else if let Some(behind) = behind.filter(|behind| behind.len() > 3) {
        address::fill(&mut venue, &Words::new(behind.to_owned(), title.at.clone()), true);
    }
    (venue != VenueClaims::default()).then_some(venue)
}

#[cfg(test)]
mod tests {
    use super::is_former;

    #[test]
    fn the_date_that_was_is_told_from_the_date_that_is() {
        for (before, former) in [
            ("Fri 1 Jan: The Larks – RESCHEDULED from ", true),
            ("verlegt vom ", true),
            ("The Larks – ", false),
            ("", false),
        ] {
            assert_eq!(is_former(before), former, "{before}");
        }
    }
}
