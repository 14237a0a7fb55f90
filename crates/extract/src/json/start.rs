//! When an event in JSON takes place: which of its moments is the start, and in which zone it is told.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use model::{EventClaims, Stated, When};
use serde_json::Value;

use super::leaves::Leaf;
use crate::page::Page;
use crate::stamp::{self, Stamp, Zone};
use crate::text::{clock, dates};

/// Keys of moments that are not when the event is.
const OTHER: [&str; 42] = [
    "sale",
    "sales",
    "onsale",
    "presale",
    "announce",
    "announced",
    "announcement",
    "publish",
    "published",
    "publication",
    "created",
    "create",
    "updated",
    "update",
    "modified",
    "modify",
    "valid",
    "added",
    "expires",
    "expiry",
    "expiration",
    "birth",
    "release",
    "released",
    "available",
    "availability",
    "archive",
    "deleted",
    "cutoff",
    "deadline",
    "synced",
    "indexed",
    "refund",
    "transfer",
    "listed",
    "register",
    "registration",
    "alert",
    "waitroom",
    "sold",
    "last",
    "export",
];
/// Keys of things beside the event that have moments of their own.
const BESIDE: [&str; 20] = [
    "venue",
    "venues",
    "artist",
    "artists",
    "ticket",
    "tickets",
    "image",
    "images",
    "promoter",
    "promoters",
    "media",
    "track",
    "tracks",
    "offer",
    "offers",
    "lineup",
    "user",
    "author",
    "localizations",
    "host",
];
const ENDS: [&str; 12] =
    ["end", "ends", "ending", "finish", "finishes", "to", "until", "close", "closes", "closing", "curfew", "stop"];

/// A moment of an object.
struct Moment<'l, 'v> {
    leaf: &'l Leaf<'v>,
    stamp: Stamp,
    quote: String,
    score: i32,
    /// Read from words for people.
    spoken: bool,
}

/// Sets `start`, `end` and `doors`; false when the object states no day.
pub(super) fn read(page: &Page<'_>, leaves: &[Leaf<'_>], event: &mut EventClaims) -> bool {
    let own_zone = zone(leaves);
    let zone = own_zone.clone().or_else(|| TimeZone::get(page.input.zone?).ok());
    let moments = moments(leaves, page.input.today);
    let Some(start) = best(&moments, |leaf| !leaf.has(&ENDS)) else { return false };
    let open = time_is_open(leaves);
    let mut when = start.stamp.when(zone.as_ref());
    let midnight = start.stamp.time == Some(Time::midnight());
    let told_in_utc = start.leaf.has(&["utc", "gmt"]);
    // A day written as midnight of universal time.
    if midnight
        && (start.stamp.zone == Zone::Local
            || start.stamp.zone == Zone::Utc && !told_in_utc && (zone.is_none() || has_utc_twin(&moments, start)))
    {
        when = When::day(start.stamp.date);
    }
    let mut quote = start.quote.as_str();
    let mut at = start.leaf.at.as_str();
    if when.time.is_none() && !open {
        if let Some((time, leaf)) = clock_of(leaves, Part::Start, start.leaf) {
            when.time = Some(time);
            (at, quote) = (start.leaf.at.as_str(), quote);
            let _ = leaf;
        } else if let Some(spoken) = moments.iter().find(|moment| {
            moment.spoken && moment.stamp.date == when.date && moment.stamp.time.is_some() && !moment.leaf.has(&ENDS)
        }) {
            when.time = spoken.stamp.time;
            (at, quote) = (spoken.leaf.at.as_str(), spoken.quote.as_str());
        }
    }
    if open {
        (when.time, when.offset) = (None, None);
    }
    settle_offset(&mut when, own_zone.as_ref(), &moments, start);
    event.start = Some(Stated::new(when, at, quote));
    event.doors = clock_of(leaves, Part::Doors, start.leaf)
        .and_then(|(time, leaf)| Some(Stated::new(time.strftime("%H:%M").to_string(), leaf.at.clone(), leaf.text()?)));
    event.end = end(&moments, leaves, zone.as_ref(), when, start);
    true
}

fn moments<'l, 'v>(leaves: &'l [Leaf<'v>], today: Date) -> Vec<Moment<'l, 'v>> {
    let near = |leaf: &&Leaf<'_>| {
        leaf.path.len() <= 4
            && !leaf.has(&OTHER)
            && !leaf.path[..leaf.path.len() - 1].iter().any(|key| key.split('_').any(|word| BESIDE.contains(&word)))
    };
    leaves.iter().filter(near).filter_map(|leaf| moment(leaf, today)).collect()
}

fn moment<'l, 'v>(leaf: &'l Leaf<'v>, today: Date) -> Option<Moment<'l, 'v>> {
    let mut score = -2 * i32::try_from(leaf.path.len()).unwrap_or(9);
    for (words, points) in [
        (&["start", "starts", "begin", "begins", "beginning", "starting"][..], 5),
        (&["date", "dates", "datetime", "day", "timestamp", "moment"][..], 3),
        (&["when", "schedule", "time", "at"][..], 1),
        (&["event", "show", "gig", "performance"][..], 1),
        (&["local"][..], 3),
        (&["utc", "gmt"][..], -1),
        (&["sort", "order", "previous", "original", "current"][..], -3),
        (&["door", "doors"][..], -4),
    ] {
        if leaf.has(words) {
            score += points;
        }
    }
    if !leaf.has(&[
        "start",
        "starts",
        "begin",
        "begins",
        "date",
        "dates",
        "datetime",
        "day",
        "timestamp",
        "when",
        "time",
        "at",
        "schedule",
        "end",
        "ends",
        "until",
        "beginning",
        "starting",
    ]) {
        return None;
    }
    if let Value::Number(number) = leaf.value {
        let stamp = instant(number.as_i64()?)?;
        return Some(Moment { leaf, stamp, quote: number.to_string(), score, spoken: false });
    }
    let text = leaf.text().filter(|text| text.len() <= 120 && text.bytes().any(|byte| byte.is_ascii_digit()))?;
    if let Some(stamp) = Stamp::read(text) {
        return Some(Moment {
            leaf,
            stamp,
            quote: text.to_owned(),
            score: score + i32::from(stamp.time.is_some()),
            spoken: false,
        });
    }
    if let Some(stamp) = text.parse().ok().filter(|_| text.len() >= 10).and_then(instant) {
        return Some(Moment { leaf, stamp, quote: text.to_owned(), score, spoken: false });
    }
    let found = dates::find(text, today).into_iter().next()?;
    let time = clock::find(text).into_iter().next().map(|found| found.time);
    let stamp = Stamp { date: found.start, time, zone: Zone::Local };
    Some(Moment { leaf, stamp, quote: text.to_owned(), score: score - 4, spoken: true })
}

/// Seconds or milliseconds since 1970, between 2000 and 2050.
fn instant(number: i64) -> Option<Stamp> {
    let seconds = if number.abs() > 100_000_000_000 { number / 1000 } else { number };
    if !(946_684_800..2_524_608_000).contains(&seconds) {
        return None;
    }
    let moment = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC).datetime();
    Some(Stamp { date: moment.date(), time: Some(moment.time()), zone: Zone::Utc })
}

fn best<'m, 'l, 'v>(moments: &'m [Moment<'l, 'v>], test: impl Fn(&Leaf<'_>) -> bool) -> Option<&'m Moment<'l, 'v>> {
    let mut best: Option<&Moment<'_, '_>> = None;
    for moment in moments.iter().filter(|moment| test(moment.leaf)) {
        if best.is_none_or(|before| moment.score > before.score) {
            best = Some(moment);
        }
    }
    best
}

/// Whether the same field is given again in universal time: `eventDate` beside `eventDateUtc`.
fn has_utc_twin(moments: &[Moment<'_, '_>], start: &Moment<'_, '_>) -> bool {
    let key = start.leaf.key();
    moments.iter().any(|moment| {
        moment.leaf.key().strip_suffix("_utc").is_some_and(|stem| stem == key)
            || moment.leaf.key().strip_suffix("_gmt").is_some_and(|stem| stem == key)
    })
}

/// The offset of a local time: by the stated zone, or by an instant that the object gives for the same moment.
fn settle_offset(when: &mut When, zone: Option<&TimeZone>, moments: &[Moment<'_, '_>], start: &Moment<'_, '_>) {
    let Some(time) = when.time else { return };
    if let (Some(zone), None) = (zone, when.offset) {
        *when = stamp::in_zone(when.date.to_datetime(time), zone);
        return;
    }
    // Words say the local time and a number says the instant: between them lies the offset.
    if when.offset == Some(0) && start.stamp.zone == Zone::Utc && zone.is_none() {
        let instant = start.stamp.date.to_datetime(time);
        for spoken in moments.iter().filter(|moment| moment.spoken && !moment.leaf.has(&ENDS)) {
            let Some(local) = spoken.stamp.time.map(|time| spoken.stamp.date.to_datetime(time)) else { continue };
            let Ok(apart) = local.since((jiff::Unit::Minute, instant)) else { continue };
            let minutes = apart.get_minutes();
            if minutes % 15 == 0 && (-12 * 60..=14 * 60).contains(&minutes) {
                when.date = local.date();
                when.time = Some(local.time());
                when.offset = i16::try_from(minutes).ok();
                return;
            }
        }
    }
}

/// The zone that the object names.
fn zone(leaves: &[Leaf<'_>]) -> Option<TimeZone> {
    let named = leaves
        .iter()
        .filter(|leaf| leaf.key_has(&["timezone", "zone", "tz", "tzid", "place"]) || leaf.key().contains("time_zone"));
    named.filter_map(Leaf::text).filter(|text| text.contains('/')).find_map(|text| TimeZone::get(text).ok())
}

/// Whether the object says that the time is not fixed yet.
fn time_is_open(leaves: &[Leaf<'_>]) -> bool {
    leaves.iter().any(|leaf| {
        leaf.value == &Value::Bool(true)
            && (leaf.key_has(&["tba", "tbd"]) && leaf.key_has(&["time"])
                || leaf.key() == "time_tba"
                || leaf.key() == "no_specific_time"
                || leaf.key() == "all_day")
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Start,
    Doors,
    End,
}

/// A clock time in a field of its own, nearest to the field that gives the day.
fn clock_of<'l, 'v>(leaves: &'l [Leaf<'v>], part: Part, day: &Leaf<'_>) -> Option<(Time, &'l Leaf<'v>)> {
    let fits = |leaf: &&'l Leaf<'v>| {
        let doors = leaf.key_has(&["door", "doors"]);
        let ends = leaf.has(&ENDS);
        let timed = leaf.key_has(&["time", "start", "starts", "show", "hour", "begin", "at"]);
        let right = match part {
            Part::Doors => doors && !ends,
            Part::End => ends && !doors && (timed || leaf.key_has(&ENDS)),
            Part::Start => !doors && !ends && timed,
        };
        right
            && leaf.path.len() <= 4
            && !leaf.has(&OTHER)
            && !leaf.path[..leaf.path.len() - 1].iter().any(|key| key.split('_').any(|word| BESIDE.contains(&word)))
    };
    let read = |leaf: &'l Leaf<'v>| {
        let text = leaf.text().filter(|text| text.len() <= 24)?;
        if let Some(stamp) = Stamp::read(text) {
            return (part == Part::Doors).then_some(stamp.time?).map(|time| (time, leaf));
        }
        let found = clock::find(text);
        Some((found.first()?.time, leaf))
    };
    let mut all: Vec<(Time, &Leaf<'_>)> = leaves.iter().filter(fits).filter_map(read).collect();
    all.sort_by_key(|(_, leaf)| u8::from(leaf.holder() != day.holder()));
    all.into_iter().next()
}

fn end(
    moments: &[Moment<'_, '_>],
    leaves: &[Leaf<'_>],
    zone: Option<&TimeZone>,
    start: When,
    day: &Moment<'_, '_>,
) -> Option<Stated<When>> {
    if let Some(end) = best(moments, |leaf| leaf.has(&ENDS)).filter(|end| !end.spoken) {
        let mut when = end.stamp.when(zone);
        if end.stamp.time == Some(Time::midnight()) && start.time.is_none() {
            when = When::day(end.stamp.date);
        }
        let days = when.date.since(start.date).map_or(-1, |span| span.get_days());
        let later = when.date > start.date || start.time.is_some() && when.time.is_some() && when.time > start.time;
        if later && (0..=31).contains(&days) && (when.time.is_some() || when.date != start.date) {
            return Some(Stated::new(when, end.leaf.at.clone(), &end.quote));
        }
        return None;
    }
    let begin = start.time?;
    let (time, leaf) = clock_of(leaves, Part::End, day.leaf)?;
    let date = if time < begin { start.date.tomorrow().ok()? } else { start.date };
    Some(Stated::new(When { date, time: Some(time), offset: start.offset }, leaf.at.clone(), leaf.text()?))
}
