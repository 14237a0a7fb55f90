use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use model::When;

/// A moment in a machine's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) date: Date,
    pub(crate) time: Option<Time>,
    pub(crate) zone: Zone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Local time of the place.
    Local,
    /// `Z`: an instant in universal time.
    Utc,
    /// Minutes east of UTC, as written.
    Offset(i16),
}

impl Stamp {
    /// Reads ISO 8601 and its common misspellings: a space for the `T`, no colons, fractions, a zone name in brackets,
    /// single digits. The whole text must be the moment.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.split('[').next()?.trim_end();
        let (date, rest) = read_date(text)?;
        let rest = rest.trim_start_matches(['T', 't', ' ', '\u{a0}', ',']);
        if rest.is_empty() {
            return Some(Self { date, time: None, zone: Zone::Local });
        }
        let (time, rest) = read_time(rest)?;
        let zone = read_zone(rest.trim())?;
        Some(Self { date, time: Some(time), zone })
    }

    /// The moment as a page states it; universal time is turned into the local time of `zone`, where one is known.
    pub(crate) fn when(self, zone: Option<&TimeZone>) -> When {
        let Some(time) = self.time else { return When::day(self.date) };
        let offset = match (self.zone, zone) {
            (Zone::Local, _) => None,
            (Zone::Utc, Some(zone)) => {
                if let Ok(instant) = self.date.to_datetime(time).to_zoned(TimeZone::UTC) {
                    return local(instant.timestamp(), zone);
                }
                Some(0)
            }
            (Zone::Utc, None) => Some(0),
            (Zone::Offset(minutes), _) => Some(minutes),
        };
        When { date: self.date, time: Some(minutes_only(time)), offset }
    }
}

/// An instant as local time, with the offset of that day.
pub(crate) fn local(instant: Timestamp, zone: &TimeZone) -> When {
    let zoned = instant.to_zoned(zone.clone());
    When { date: zoned.date(), time: Some(minutes_only(zoned.time())), offset: offset_minutes(zoned.offset()) }
}

/// A local time with the offset that the zone has then.
pub(crate) fn in_zone(at: civil::DateTime, zone: &TimeZone) -> When {
    let offset = at.to_zoned(zone.clone()).ok().and_then(|zoned| offset_minutes(zoned.offset()));
    When { date: at.date(), time: Some(minutes_only(at.time())), offset }
}

fn offset_minutes(offset: jiff::tz::Offset) -> Option<i16> {
    i16::try_from(offset.seconds() / 60).ok()
}

fn minutes_only(time: Time) -> Time {
    Time::new(time.hour(), time.minute(), 0, 0).unwrap_or(time)
}

fn read_date(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = digits(text, 4, 4)?;
    if let Some(rest) = rest.strip_prefix(['-', '/']) {
        let (month, rest) = digits(rest, 1, 2)?;
        let (day, rest) = digits(rest.strip_prefix(['-', '/'])?, 1, 2)?;
        return Some((date(year, month, day)?, rest));
    }
    let (month, rest) = digits(rest, 2, 2)?;
    let (day, rest) = digits(rest, 2, 2)?;
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((date(year, month, day)?, rest))
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    (1900..=2200).contains(&year).then_some(())?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn read_time(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = digits(text, 1, 2)?;
    let colon = rest.starts_with(':');
    let (minute, rest) = if colon || rest.starts_with(|c: char| c.is_ascii_digit()) {
        digits(rest.strip_prefix(':').unwrap_or(rest), 2, 2)?
    } else {
        (0, rest)
    };
    let seconds = rest.strip_prefix(':').or((!colon).then_some(rest)).and_then(|rest| digits(rest, 2, 2));
    let rest = seconds.map_or(rest, |(_, rest)| rest);
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let hour = if hour == 24 && minute == 0 { 0 } else { hour };
    let (hour, rest) = afternoon(hour, rest);
    Some((Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?, rest))
}

/// Applies a trailing `am` or `pm`; "19:30pm" is 19:30.
fn afternoon(hour: i16, rest: &str) -> (i16, &str) {
    let marker = rest.trim_start();
    let is = |word: &str| marker.get(..2).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if is("pm") {
        (if hour < 12 { hour + 12 } else { hour }, &marker[2..])
    } else if is("am") {
        (if hour == 12 { 0 } else { hour }, &marker[2..])
    } else {
        (hour, rest)
    }
}

fn read_zone(text: &str) -> Option<Zone> {
    match text {
        "" => return Some(Zone::Local),
        "Z" | "z" | "UTC" | "GMT" => return Some(Zone::Utc),
        _ => {}
    }
    let negative = text.starts_with(['-', '\u{2212}']);
    let rest = text.strip_prefix(['+', '-', '\u{2212}'])?;
    let (hours, rest) = digits(rest, 2, 2).or_else(|| digits(rest, 1, 1))?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = if rest.is_empty() { (0, rest) } else { digits(rest, 2, 2)? };
    if hours > 14 || minutes > 59 || !rest.trim_matches([':', '0']).is_empty() {
        return None;
    }
    let minutes = hours * 60 + minutes;
    Some(Zone::Offset(if negative { -minutes } else { minutes }))
}

fn digits(text: &str, least: usize, most: usize) -> Option<(i16, &str)> {
    let len = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if len < least {
        return None;
    }
    Some((text[..len].parse().ok()?, &text[len..]))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::Stamp;

    #[test]
    fn machine_moments_are_read() {
        for (text, expected) in [
            ("2026-08-20", "2026-08-20"),
            ("20260820", "2026-08-20"),
            ("2026-8-2", "2026-08-02"),
            ("2026-08-20T19:30", "2026-08-20T19:30"),
            ("2026-08-20 19:30:00", "2026-08-20T19:30"),
            ("20260820T193000", "2026-08-20T19:30"),
            ("2026-08-20T19:30:00.000Z", "2026-08-20T19:30+00:00"),
            ("2026-08-20T19:30:00+0100", "2026-08-20T19:30+01:00"),
            ("2026-08-20T19:30:00-03:30", "2026-08-20T19:30-03:30"),
            ("2026-08-20T19:30+01", "2026-08-20T19:30+01:00"),
            ("2026-08-20T19:30+01:00[Europe/London]", "2026-08-20T19:30+01:00"),
            ("2026-08-20T7:30pm", "2026-08-20T19:30"),
            ("2026-08-20T19:30pm", "2026-08-20T19:30"),
        ] {
            assert_eq!(Stamp::read(text).unwrap().when(None).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-02-30",
            "2026-08-20T25:00",
            "20 Aug 2026",
            "2026-08-20 - 2026-08-21",
            "1722470400000",
            "2026-08-20T19:30+99:00",
        ] {
            assert_eq!(Stamp::read(text), None, "{text}");
        }
    }

    #[test]
    fn universal_time_becomes_local_where_the_zone_is_known() {
        let zone = TimeZone::get("Europe/London").unwrap();
        for (text, expected) in [
            ("2026-08-20T23:30:00Z", "2026-08-21T00:30+01:00"),
            ("2026-12-20T19:30:00Z", "2026-12-20T19:30+00:00"),
            ("2026-08-20T19:30:00+00:00", "2026-08-20T19:30+00:00"),
        ] {
            assert_eq!(Stamp::read(text).unwrap().when(Some(&zone)).to_string(), expected, "{text}");
        }
    }
}
