mod fire;

use std::str::FromStr;
use std::time::Duration;

use croner::Cron;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::Time;

pub(crate) use fire::fire_due;

/// Something that happens by the clock. Its tick commits [`model::Fact::ScheduleFired`]; what that causes is said where
/// reactions are.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub name: &'static str,
    timing: Timing,
    jitter: Duration,
}

#[derive(Clone, Debug)]
enum Timing {
    Cron { cron: Box<Cron>, zone: TimeZone, text: String },
    Every(Duration),
}

/// A schedule that cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSchedule {
    #[error("schedule {name}: {expression:?} is no cron expression")]
    Expression { name: &'static str, expression: String, source: croner::errors::CronError },
    #[error("schedule {name}: {zone:?} is no IANA time zone")]
    Zone { name: &'static str, zone: String, source: jiff::Error },
}

impl Schedule {
    /// By a cron expression of five fields, in the local time of an IANA zone: `0 3 * * *` is three at night.
    ///
    /// # Errors
    /// The expression or the zone is malformed.
    pub fn cron(name: &'static str, expression: &str, zone: &str) -> Result<Self, InvalidSchedule> {
        let cron = Cron::from_str(expression).map_err(|source| InvalidSchedule::Expression {
            name,
            expression: expression.to_owned(),
            source,
        })?;
        let text = format!("{expression} {zone}");
        let zone =
            TimeZone::get(zone).map_err(|source| InvalidSchedule::Zone { name, zone: zone.to_owned(), source })?;
        Ok(Self { name, timing: Timing::Cron { cron: Box::new(cron), zone, text }, jitter: Duration::ZERO })
    }

    /// At each multiple of a period since 1970, of at least a second.
    pub fn every(name: &'static str, period: Duration) -> Self {
        Self { name, timing: Timing::Every(period.max(Duration::from_secs(1))), jitter: Duration::ZERO }
    }

    /// Puts off what each tick causes by up to this long, by another time each tick but the same on every machine.
    #[must_use]
    pub fn with_jitter(self, jitter: Duration) -> Self {
        Self { jitter, ..self }
    }

    /// The first tick after an instant, if there is one.
    pub fn next(&self, after: Time) -> Option<Time> {
        match &self.timing {
            Timing::Every(period) => {
                let period = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
                (after.0.div_euclid(period) + 1).checked_mul(period).map(Time)
            }
            Timing::Cron { cron, zone, .. } => {
                let after = Timestamp::from_millisecond(after.0).ok()?.to_zoned(zone.clone());
                let next = cron.find_next_occurrence(&after, false).ok()?;
                Some(Time(next.timestamp().as_millisecond()))
            }
        }
    }

    /// How long the task of a tick is put off.
    fn delay(&self, tick: Time) -> Duration {
        let hash = model::hash_id(&["jitter", self.name, &tick.0.to_string()]);
        let share = hash.bytes().take(8).fold(0_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
        Duration::from_millis(share % (u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX - 1) + 1))
    }

    /// What the ticks are computed from, for the reader.
    fn timing(&self) -> String {
        match &self.timing {
            Timing::Cron { text, .. } => text.clone(),
            Timing::Every(period) => format!("every {period:?}"),
        }
    }
}

/// The schedules of a process.
#[derive(Clone, Debug)]
pub struct Schedules {
    list: Vec<Schedule>,
    spacing: Duration,
}

impl Default for Schedules {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Schedules {
    /// How far apart the tasks of schedules are that fall due at the same time.
    pub const SPACING: Duration = Duration::from_secs(60);

    pub fn new(list: Vec<Schedule>) -> Self {
        Self { list, spacing: Self::SPACING }
    }

    #[must_use]
    pub fn with_spacing(self, spacing: Duration) -> Self {
        Self { spacing, ..self }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Schedule> {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Time;

    use super::{InvalidSchedule, Schedule};

    fn at(text: &str) -> Time {
        Time(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn ticks_come_in_local_time_through_the_change_of_clocks() {
        let nightly = Schedule::cron("nightly", "30 3 * * *", "Europe/Berlin").unwrap();
        let monthly = Schedule::cron("monthly", "0 0 1 * *", "UTC").unwrap();
        for (schedule, after, next) in [
            (&nightly, "2026-03-27T12:00:00Z", "2026-03-28T02:30:00Z"),
            // Clocks go forward that night, and back in October.
            (&nightly, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            (&nightly, "2026-10-24T12:00:00Z", "2026-10-25T02:30:00Z"),
            (&nightly, "2026-10-25T02:30:00Z", "2026-10-26T02:30:00Z"),
            (&monthly, "2026-11-22T18:00:00Z", "2026-12-01T00:00:00Z"),
        ] {
            assert_eq!(schedule.next(at(after)), Some(at(next)), "{} after {after}", schedule.name);
        }
        let every = Schedule::every("sweep", Duration::from_secs(300));
        assert_eq!(every.next(at("2026-11-22T18:00:00Z")), Some(at("2026-11-22T18:05:00Z")));
        assert_eq!(every.next(Time(-1)), Some(Time(0)));
    }

    #[test]
    fn what_cannot_be_computed_is_refused() {
        assert!(matches!(Schedule::cron("x", "61 * * * *", "UTC"), Err(InvalidSchedule::Expression { .. })));
        assert!(matches!(Schedule::cron("x", "", "UTC"), Err(InvalidSchedule::Expression { .. })));
        assert!(matches!(Schedule::cron("x", "0 3 * * *", "Mars/Base"), Err(InvalidSchedule::Zone { .. })));
        let never = Schedule::cron("never", "0 0 30 2 *", "UTC").unwrap();
        assert_eq!(never.next(Time(0)), None);
    }

    #[test]
    fn jitter_differs_by_tick_and_not_by_machine() {
        let schedule = Schedule::every("sweep", Duration::from_secs(60)).with_jitter(Duration::from_secs(10));
        let delays: Vec<Duration> = (0..50).map(|tick| schedule.delay(Time(tick * 60_000))).collect();
        assert_eq!(delays, (0..50).map(|tick| schedule.delay(Time(tick * 60_000))).collect::<Vec<_>>());
        assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(10)), "{delays:?}");
        assert!(
            delays.iter().max().unwrap().as_secs() >= 8 && delays.iter().min().unwrap().as_secs() < 2,
            "{delays:?}"
        );
        assert_eq!(Schedule::every("plain", Duration::from_secs(60)).delay(Time(0)), Duration::ZERO);
    }
}
