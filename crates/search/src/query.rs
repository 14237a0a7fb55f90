use jiff::civil::Date;
use model::{EntityId, EntityKind, When};
use serde_json::Value;

use crate::near::is_place;
use crate::{Error, Result};

/// What is asked for. [`Query::default`] asks for everything, ten at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// In any order, possibly mistyped; the last may be unfinished. Beyond [`Query::MOST_WORDS`] words the rest is
    /// ignored. Empty: whatever passes the filters.
    pub words: String,
    /// Empty: all kinds.
    pub kinds: Vec<EntityKind>,
    pub near: Option<Near>,
    /// First and last day of the start. Whatever has no start (venues, artists) passes neither.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// The day by which the past is told from what is to come. Absent: the order is by date alone.
    pub today: Option<Date>,
    pub limit: usize,
    pub offset: usize,
}

/// A circle around a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Degrees, WGS 84.
    pub lat: f64,
    pub lon: f64,
    pub radius_m: f64,
}

/// One page of what was found, best first.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    pub hits: Vec<Hit>,
    /// All that match, of the kinds asked for.
    pub total: u64,
    /// How many match of each kind, asked for or not: what a choice of kinds would show.
    pub kinds: Vec<(EntityKind, u64)>,
}

#[derive(Clone, Debug)]
pub struct Hit {
    pub id: EntityId,
    pub revision: u64,
    /// Metres from the place asked about.
    pub distance_m: Option<f64>,
    /// As it was given to the index.
    pub stored: Value,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            words: String::new(),
            kinds: Vec::new(),
            near: None,
            from: None,
            to: None,
            today: None,
            limit: 10,
            offset: 0,
        }
    }
}

impl Query {
    pub const MOST_WORDS: usize = 12;
    pub const MOST_HITS: usize = 1000;
    /// The deepest page: hits are ranked from the first one on for every page.
    pub const DEEPEST: usize = 10_000;

    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |text: &str| Err(Error::InvalidQuery(text.to_owned()));
        if self.limit > Self::MOST_HITS || self.offset > Self::DEEPEST {
            return refuse("at most 1000 hits at a time, and no page beyond the first 10000 hits");
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return refuse("the first day is after the last");
        }
        match self.near {
            Some(near) if !is_place(near.lat, near.lon) => {
                refuse("a place is a latitude from -90 to 90 and a longitude from -180 to 180")
            }
            Some(near) if !(near.radius_m > 0.0 && near.radius_m.is_finite()) => {
                refuse("the radius is a number greater than zero")
            }
            _ => Ok(()),
        }
    }
}

/// Days since 1970-01-01.
pub(crate) fn days(date: Date) -> i64 {
    i64::from((date - Date::constant(1970, 1, 1)).get_days())
}

/// Minutes since 1970-01-01T00:00, local; a day without a time is its first minute.
pub(crate) fn minutes(when: When) -> i64 {
    let of_day = when.time.map_or(0, |time| i64::from(time.hour()) * 60 + i64::from(time.minute()));
    days(when.date) * 1440 + of_day
}

/// The kind's number in the index; also who comes first among equals.
pub(crate) fn kind_number(kind: EntityKind) -> usize {
    match kind {
        EntityKind::Artist => 0,
        EntityKind::Venue => 1,
        EntityKind::Festival => 2,
        EntityKind::Performance => 3,
    }
}

pub(crate) const KINDS: [EntityKind; 4] =
    [EntityKind::Artist, EntityKind::Venue, EntityKind::Festival, EntityKind::Performance];

#[cfg(test)]
mod tests {
    use super::{KINDS, days, kind_number, minutes};

    #[test]
    fn numbers_and_kinds_agree() {
        for (number, kind) in KINDS.into_iter().enumerate() {
            assert_eq!(kind_number(kind), number);
        }
    }

    #[test]
    fn time_is_counted_from_1970() {
        assert_eq!(days("1970-01-02".parse().unwrap()), 1);
        assert_eq!(days("2026-11-22".parse().unwrap()), 20_779);
        assert_eq!(minutes("1970-01-01T01:30+05:00".parse().unwrap()), 90);
    }
}
