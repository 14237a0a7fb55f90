//! iCalendar (RFC 5545): tolerant of broken folds, recurrences expanded in a window around today.

mod lines;
mod recur;

use std::collections::HashMap;

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use model::{EventClaims, EventStatus, Record, Stated, When};

use self::lines::Property;
use crate::item::Words;
use crate::page::Page;
use crate::plain::{plain, plain_lines};
use crate::schema::{believable_end, from_title, status_of};
use crate::stamp::{self, Stamp, Zone};
use crate::{address, text};

/// The most events that one calendar gives, recurrences included.
const RECORDS_MAX: usize = 5_000;

/// The events of a calendar, in file order.
pub(crate) fn records(page: &Page<'_>, problems: &mut Vec<String>) -> Vec<Record> {
    let calendar = lines::read(&page.text);
    problems.extend(calendar.problem.clone());
    let zone = calendar.zone.as_deref().filter(|zone| zone_of(zone).is_some()).or(page.input.zone).and_then(zone_of);
    let reader = Reader { page, zone, offsets: &calendar.offsets };
    // An overridden occurrence replaces the one that the rule gives.
    let mut overridden: HashMap<&str, Vec<DateTime>> = HashMap::new();
    for event in &calendar.events {
        if let (Some(uid), Some(at)) = (event.text("UID"), event.get("RECURRENCE-ID").and_then(civil)) {
            overridden.entry(uid).or_default().push(at);
        }
    }
    let mut records = Vec::new();
    for event in &calendar.events {
        let skipped =
            event.text("UID").filter(|_| event.get("RECURRENCE-ID").is_none()).and_then(|uid| overridden.get(uid));
        let none = Vec::new();
        match reader.event(event, skipped.unwrap_or(&none)) {
            Ok(found) => records.extend(found.into_iter().map(|claims| Record::Event(Box::new(claims)))),
            Err(problem) => problems.push(format!("VEVENT[{}]: {problem}", event.index)),
        }
        if records.len() >= RECORDS_MAX {
            problems.push(format!("more than {RECORDS_MAX} events: the rest was left out"));
            records.truncate(RECORDS_MAX);
            break;
        }
    }
    records
}

fn civil(property: &Property) -> Option<DateTime> {
    let stamp = Stamp::read(&property.value)?;
    Some(stamp.date.to_datetime(stamp.time.unwrap_or(Time::midnight())))
}

struct Reader<'p, 'a> {
    page: &'p Page<'a>,
    /// The calendar's own zone, for times in universal time.
    zone: Option<TimeZone>,
    /// Zone names that the calendar defines itself, with the standard offset that it gives them.
    offsets: &'p HashMap<String, i16>,
}

impl Reader<'_, '_> {
    fn event(&self, event: &lines::Event, skipped: &[DateTime]) -> Result<Vec<EventClaims>, &'static str> {
        let dtstart = event.get("DTSTART").ok_or("no DTSTART")?;
        let start = Stamp::read(&dtstart.value).ok_or("DTSTART is no date")?;
        let summary = event.get("SUMMARY").ok_or("no SUMMARY")?;
        let title = self.words(event, summary);
        if title.text.is_empty() {
            return Err("an empty SUMMARY");
        }
        let first = start.date.to_datetime(start.time.unwrap_or(Time::midnight()));
        let occurrences = self.occurrences(event, first, skipped);
        let one = self.claims(event, &title);
        let single = occurrences.len() == 1 && occurrences[0] == first;
        let mut found = Vec::new();
        for at in occurrences {
            let mut claims = one.clone();
            let when = self.when(dtstart, start, at);
            claims.start = Some(Stated::new(when, event.at("DTSTART"), &dtstart.value));
            claims.end = self.end(event, start, first, at, when);
            if !single {
                claims.key = claims.key.map(|key| format!("{key}#{}", at.date()));
            }
            found.push(claims);
        }
        Ok(found)
    }

    fn occurrences(&self, event: &lines::Event, first: DateTime, skipped: &[DateTime]) -> Vec<DateTime> {
        let today = self.page.input.today;
        let window = (today.saturating_sub(30.days()), today.saturating_add(400.days()));
        let Some(rule) = event.get("RRULE").map(|rule| recur::Rule::read(&rule.value)) else {
            return if skipped.contains(&first) { Vec::new() } else { vec![first] };
        };
        let mut all = match rule {
            Some(rule) => rule.expand(first, window),
            None => vec![first],
        };
        for property in event.all("RDATE") {
            all.extend(
                property
                    .value
                    .split(',')
                    .filter_map(Stamp::read)
                    .map(|s| s.date.to_datetime(s.time.unwrap_or(first.time()))),
            );
        }
        let except: Vec<Stamp> = event.all("EXDATE").flat_map(|p| p.value.split(',')).filter_map(Stamp::read).collect();
        all.retain(|at| {
            let excepted = except
                .iter()
                .any(|e| e.date == at.date() && e.time.is_none_or(|t| t == at.time() || e.zone == Zone::Utc));
            !excepted && !skipped.contains(at)
        });
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Local time: by TZID, by the calendar's zone for universal time, or as written.
    fn when(&self, property: &Property, stamp: Stamp, at: DateTime) -> When {
        if stamp.time.is_none() {
            return When::day(at.date());
        }
        let moved = Stamp { date: at.date(), time: Some(at.time()), zone: stamp.zone };
        if stamp.zone != Zone::Local {
            return moved.when(self.zone.as_ref());
        }
        let Some(tzid) = property.parameter("TZID") else { return moved.when(None) };
        // A calendar that stamps some events with UTC among zoned ones means local time.
        if matches!(tzid, "UTC" | "Etc/UTC" | "GMT") {
            return moved.when(None);
        }
        match zone_of(tzid) {
            Some(zone) => stamp::in_zone(at, &zone),
            None => When { offset: self.offsets.get(tzid).copied(), ..moved.when(None) },
        }
    }

    fn end(
        &self,
        event: &lines::Event,
        start: Stamp,
        first: DateTime,
        at: DateTime,
        when: When,
    ) -> Option<Stated<When>> {
        if let Some(property) = event.get("DTEND") {
            let stamp = Stamp::read(&property.value)?;
            let last = stamp.date.to_datetime(stamp.time.unwrap_or(Time::midnight()));
            let length = first.until(last).ok()?;
            let moved = at.checked_add(length).ok()?;
            // The end of whole days is the day behind the last one.
            let moved =
                if start.time.is_none() && stamp.time.is_none() { moved.checked_sub(1.day()).ok()? } else { moved };
            let end = self.when(property, stamp, moved);
            return Some(Stated::new(believable_end(when, end)?, event.at("DTEND"), &property.value));
        }
        let property = event.get("DURATION")?;
        let span: Span = property.value.trim().parse().ok()?;
        let end = self.when(event.get("DTSTART")?, start, at.checked_add(span).ok()?);
        Some(Stated::new(believable_end(when, end)?, event.at("DURATION"), &property.value))
    }

    /// A text field as a reader sees it; calendars carry HTML and its character references.
    fn words(&self, event: &lines::Event, property: &Property) -> Words {
        Words::new(plain(&property.unescaped()), event.at(&property.name))
    }

    /// Everything but the times.
    fn claims(&self, event: &lines::Event, title: &Words) -> EventClaims {
        let words = |name: &str| event.get(name).map(|p| self.words(event, p)).filter(|words| !words.text.is_empty());
        let mut claims = EventClaims {
            key: event.text("UID").map(str::to_owned),
            title: Some(title.state(text::title::clean(&title.text))),
            ..EventClaims::default()
        };
        let location = event.get("LOCATION").map(|p| Words::new(plain_lines(&p.unescaped()), event.at("LOCATION")));
        if let Some(location) = location.filter(|words| !words.text.is_empty() && !words.text.starts_with("http")) {
            let mut venue = model::VenueClaims::default();
            address::fill(&mut venue, &location, true);
            claims.venue = (venue != model::VenueClaims::default()).then_some(venue);
        }
        if let (Some(venue), Some(geo)) = (&mut claims.venue, event.get("GEO")) {
            let (lat, lon) = geo.value.split_once(';').unwrap_or_default();
            let degrees = |text: &str| Some(Stated::new(text.trim().parse().ok()?, event.at("GEO"), text.trim()));
            (venue.lat, venue.lon) = (degrees(lat), degrees(lon));
        }
        claims.url = event
            .all("URL")
            .find(|p| !p.value.is_empty())
            .and_then(|p| Some(Stated::new(self.page.absolute(&p.value)?, event.at("URL"), p.value.trim())));
        let is_image = |p: &&Property| p.parameter("FMTTYPE").is_some_and(|kind| kind.starts_with("image/"));
        claims.image = event
            .all("ATTACH")
            .find(is_image)
            .or_else(|| event.get("IMAGE"))
            .and_then(|p| Some(Stated::new(self.page.absolute(&p.value)?, event.at(&p.name), p.value.trim())));
        let description = words("DESCRIPTION");
        claims.description = description.as_ref().map(|words| words.state(words.text.chars().take(2_000).collect()));
        claims.status = self.status(event, title);
        let lines = [words("CATEGORIES"), Some(title.clone())];
        claims.music = lines.iter().flatten().find_map(|words| {
            let range = text::music::not_music(&words.text)?;
            Some(Stated::new(false, words.at.as_str(), &words.text[range]))
        });
        if claims.music.is_none() {
            claims.artists = claims.title.as_ref().map(from_title).unwrap_or_default();
        }
        if let Some(words) = &description {
            price(&mut claims, words);
        }
        claims
    }

    fn status(&self, event: &lines::Event, title: &Words) -> Option<Stated<EventStatus>> {
        let marked =
            event.get("STATUS").and_then(|p| Some(Stated::new(status_of(&p.value)?, event.at("STATUS"), &p.value)));
        let written = text::status::find(&title.text)
            .map(|(status, range)| Stated::new(status, title.at.as_str(), &title.text[range]));
        match marked {
            Some(marked) if marked.value != EventStatus::Scheduled => Some(marked),
            // CONFIRMED is what tools write for everything; it says nothing.
            _ => written,
        }
    }
}

/// Prices that a description states; only where it is short or speaks of tickets.
fn price(claims: &mut EventClaims, words: &Words) {
    let head = words.text.char_indices().nth(300).map_or(words.text.as_str(), |(end, _)| &words.text[..end]);
    let Some(summary) = text::price::summary(head).filter(|summary| summary.currency.is_some()) else { return };
    let quote = &head[summary.range.clone()];
    let state = |amount: f64| Stated::new(amount, words.at.as_str(), quote);
    claims.price_min = Some(state(summary.min));
    claims.price_max = (summary.max > summary.min).then(|| state(summary.max));
    claims.currency = summary.currency.map(|code| Stated::new(code.to_owned(), words.at.as_str(), quote));
}

/// An IANA zone, also behind the prefixes that tools put before it.
fn zone_of(tzid: &str) -> Option<TimeZone> {
    let tzid = tzid.trim_matches('"');
    if let Ok(zone) = TimeZone::get(tzid) {
        return Some(zone);
    }
    let mut parts = tzid.rsplit('/');
    let (city, area) = (parts.next()?, parts.next()?);
    TimeZone::get(&format!("{area}/{city}")).ok()
}
