use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time as Clock};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A moment as a page states it: a local date, the clock time where one is given, the UTC offset where one is given.
///
/// Written as `2026-08-20`, `2026-08-20T19:30` or `2026-08-20T19:30+01:00`; seconds are dropped. The order is by local
/// date and clock time; a date without a time comes before every time of its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct When {
    pub date: Date,
    pub time: Option<Clock>,
    /// Minutes east of UTC.
    pub offset: Option<i16>,
}

/// A text that is not a [`When`].
#[derive(Debug, thiserror::Error)]
#[error("not a date or date and time as YYYY-MM-DD[THH:MM[±HH:MM]]: {0:?}")]
pub struct InvalidWhen(String);

impl When {
    /// A day without a clock time.
    pub fn day(date: Date) -> Self {
        Self { date, time: None, offset: None }
    }

    /// A local clock time on a day.
    pub fn at(date: Date, hour: i8, minute: i8) -> Option<Self> {
        Some(Self { date, time: Some(Clock::new(hour, minute, 0, 0).ok()?), offset: None })
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date)?;
        if let Some(time) = self.time {
            write!(f, "T{:02}:{:02}", time.hour(), time.minute())?;
            if let Some(offset) = self.offset {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)?;
            }
        }
        Ok(())
    }
}

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(text: &str) -> Result<Self, InvalidWhen> {
        parse(text).ok_or_else(|| InvalidWhen(text.chars().take(60).collect()))
    }
}

fn parse(text: &str) -> Option<When> {
    let date = text.get(..10)?.parse().ok()?;
    let Some(rest) = text[10..].strip_prefix('T') else {
        return text[10..].is_empty().then(|| When::day(date));
    };
    let two = |from: usize| rest.get(from..from + 2)?.parse::<i8>().ok();
    if rest.as_bytes().get(2) != Some(&b':') {
        return None;
    }
    let mut when = When::at(date, two(0)?, two(3)?)?;
    let zone = &rest[5..];
    if !zone.is_empty() {
        let sign = match zone.as_bytes()[0] {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, minutes) = (zone.get(1..3)?.parse::<i16>().ok()?, zone.get(4..6)?.parse::<i16>().ok()?);
        if zone.len() != 6 || hours > 14 || minutes > 59 {
            return None;
        }
        when.offset = Some(sign * (hours * 60 + minutes));
    }
    Some(when)
}

impl TryFrom<String> for When {
    type Error = InvalidWhen;

    fn try_from(text: String) -> Result<Self, InvalidWhen> {
        text.parse()
    }
}

impl From<When> for String {
    fn from(when: When) -> Self {
        when.to_string()
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A moment as a page states it: a local date, the clock time where one is given, the UTC \
                            offset where one is given. Texts sort as the moments do, within one zone.",
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}([+-]\d{2}:\d{2})?)?$",
            "examples": ["2026-08-20", "2026-08-20T19:30", "2026-08-20T19:30+01:00"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::When;

    #[test]
    fn reads_what_it_writes() {
        for text in ["2026-08-20", "2026-08-20T19:30", "2026-08-20T19:30+01:00", "2026-08-20T19:30-03:30"] {
            assert_eq!(text.parse::<When>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "2026-13-01",
            "2026-08-20 19:30",
            "2026-08-20T19",
            "2026-08-20T25:00",
            "2026-08-20T19:30Z",
            "2026-08-2é",
        ] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_comes_before_its_hours() {
        assert!("2026-08-20".parse::<When>().unwrap() < "2026-08-20T00:00".parse().unwrap());
    }
}
