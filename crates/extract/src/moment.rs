use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use model::When;

use crate::stamp::{Stamp, Zone};
use crate::text;

/// What a moment's text is read in.
#[derive(Clone, Copy)]
pub(crate) struct Context<'z> {
    pub(crate) today: Date,
    pub(crate) zone: Option<&'z TimeZone>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) when: When,
    /// The last day or the second clock time, where the text states a span.
    pub(crate) end: Option<When>,
}

/// Reads a date field: a machine's spelling, or else running text. Exactly midnight counts as no clock time, as
/// publishers' tools write it where none was entered.
pub(crate) fn read(text: &str, context: Context<'_>) -> Option<Moment> {
    if let Some(stamp) = Stamp::read(text) {
        let midnight = stamp.time == Some(Time::midnight()) && stamp.zone != Zone::Utc;
        let when = if midnight { When::day(stamp.date) } else { stamp.when(context.zone) };
        return Some(Moment { when, end: None });
    }
    if text.len() > 300 {
        return None;
    }
    let day = text::dates::find(text, context.today).into_iter().next()?;
    let clock = text::clock::find(text)
        .into_iter()
        .find(|clock| clock.range.start >= day.range.end || clock.range.end <= day.range.start);
    let at = |date: Date, time: Option<Time>| When { date, time, offset: None };
    let when = at(day.start, clock.as_ref().map(|clock| clock.time));
    let end = match (day.end, clock.and_then(|clock| clock.end)) {
        (Some(end), time) => Some(at(end, time)),
        (None, Some(time)) => {
            Some(at(if Some(time) < when.time { day.start.tomorrow().ok()? } else { day.start }, Some(time)))
        }
        (None, None) => None,
    };
    Some(Moment { when, end })
}

/// The clock time of a field, as `HH:MM`: a moment, or a time alone.
pub(crate) fn clock(text: &str, context: Context<'_>) -> Option<String> {
    let time = match Stamp::read(text) {
        Some(stamp) => stamp.when(context.zone).time?,
        None => text::clock::find(text).first().map(|clock| clock.time).or_else(|| bare_time(text))?,
    };
    Some(format!("{:02}:{:02}", time.hour(), time.minute()))
}

/// `19:30:00`, with or without an offset behind it.
fn bare_time(text: &str) -> Option<Time> {
    let (hour, rest) = text.trim().split_once(':')?;
    let minute = rest.get(..2)?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}
