use jiff::civil::Date;
use model::When;

/// The calendar days under which a show may be listed: its own, and for the hours after midnight the evening before, to
/// which most listings count them.
pub fn listed_days(start: When) -> Vec<Date> {
    let mut days = vec![start.date];
    if start.time.is_some_and(|time| time.hour() < 6) {
        days.extend(start.date.yesterday());
    }
    days
}

/// Whether two starts fall on the same day as listings count it.
pub fn same_day(a: When, b: When) -> bool {
    let (days_a, days_b) = (listed_days(a), listed_days(b));
    a.date == b.date || (days_a.iter().any(|day| days_b.contains(day)) && minutes_apart(a, b).is_none_or(|m| m <= 600))
}

/// Minutes between two starts by their local clocks; `None` when one has no clock time.
pub fn minutes_apart(a: When, b: When) -> Option<u32> {
    let minute = |when: When| {
        let time = when.time?;
        Some(when.date.to_datetime(time))
    };
    let (a, b) = (minute(a)?, minute(b)?);
    let span = a.duration_until(b).as_mins().unsigned_abs();
    Some(u32::try_from(span).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{minutes_apart, same_day};
    use model::When;

    #[test]
    fn days_and_minutes() {
        for (a, b, same, minutes) in [
            ("2026-08-20T19:30", "2026-08-20T20:00", true, Some(30)),
            ("2026-08-20", "2026-08-20T20:00", true, None),
            ("2026-08-20", "2026-08-21", false, None),
            ("2026-08-20T23:30", "2026-08-21T00:00", true, Some(30)),
            ("2026-08-20", "2026-08-21T01:00", true, None),
            ("2026-08-20T19:00", "2026-08-21T19:00", false, Some(1440)),
            ("2026-08-20T10:00", "2026-08-21T05:00", false, Some(1140)),
            ("2026-08-31T23:00", "2026-09-01T00:30", true, Some(90)),
        ] {
            let (a, b): (When, When) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!((same_day(a, b), minutes_apart(a, b)), (same, minutes), "{a} {b}");
            assert_eq!((same_day(b, a), minutes_apart(b, a)), (same, minutes), "{b} {a}");
        }
    }
}
