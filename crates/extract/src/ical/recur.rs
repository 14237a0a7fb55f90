use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, ToSpan};

use crate::stamp::Stamp;

/// A recurrence rule (RFC 5545, 3.3.10) of days, weeks, months or years. Finer rules are of no use for shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    every: Every,
    interval: i32,
    count: Option<usize>,
    until: Option<DateTime>,
    /// Weekdays, with their ordinal in the month (`2TU`, `-1FR`); 0 for each.
    by_day: Vec<(i32, Weekday)>,
    by_month_day: Vec<i32>,
    by_month: Vec<i8>,
    by_position: Vec<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

impl Rule {
    pub(super) fn read(text: &str) -> Option<Self> {
        let part = |name: &str| {
            text.split(';').find_map(|part| {
                let (key, value) = part.split_once('=')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_uppercase())
            })
        };
        fn list<T: std::str::FromStr>(value: &Option<String>) -> Vec<T> {
            value.iter().flat_map(|v| v.split(',')).filter_map(|n| n.parse().ok()).collect()
        }
        let until = part("UNTIL").and_then(|until| Stamp::read(&until));
        Some(Self {
            every: match part("FREQ")?.as_str() {
                "DAILY" => Every::Day,
                "WEEKLY" => Every::Week,
                "MONTHLY" => Every::Month,
                "YEARLY" => Every::Year,
                _ => return None,
            },
            interval: part("INTERVAL").and_then(|n| n.parse().ok()).filter(|n| (1..=1_000).contains(n)).unwrap_or(1),
            count: part("COUNT").and_then(|n| n.parse().ok()),
            until: until.map(|u| u.time.map_or(u.date.at(23, 59, 59, 0), |time| u.date.to_datetime(time))),
            by_day: part("BYDAY").iter().flat_map(|days| days.split(',')).filter_map(weekday).collect(),
            by_month_day: list(&part("BYMONTHDAY")),
            by_month: list(&part("BYMONTH")),
            by_position: list(&part("BYSETPOS")),
        })
    }

    /// The occurrences from the first on that fall into the window (days, both included).
    pub(super) fn expand(&self, first: DateTime, window: (Date, Date)) -> Vec<DateTime> {
        const PERIODS_MAX: usize = 20_000;
        let mut found = Vec::new();
        let mut counted = 0_usize;
        let mut period = self.near(self.period_start(first.date()), window.0);
        for _ in 0..PERIODS_MAX {
            if period > window.1 || self.until.is_some_and(|until| period > until.date()) {
                break;
            }
            for day in self.days_of(period, first.date()) {
                let at = day.to_datetime(first.time());
                if at < first {
                    continue;
                }
                counted += 1;
                if self.until.is_some_and(|until| at > until) || self.count.is_some_and(|count| counted > count) {
                    return found;
                }
                if day >= window.0 && day <= window.1 {
                    found.push(at);
                }
            }
            let Ok(next) = period.checked_add(self.step()) else { break };
            period = next;
        }
        found
    }

    /// A period of the rule not long before the window: what is not counted need not be walked through.
    fn near(&self, period: Date, window: Date) -> Date {
        let length = match self.every {
            Every::Day => self.interval,
            Every::Week => self.interval * 7,
            Every::Month | Every::Year => return period,
        };
        let steps = (window - period).get_days() / length - 1;
        if self.count.is_some() || steps < 1 {
            return period;
        }
        period.checked_add((i64::from(steps) * i64::from(length)).days()).unwrap_or(period)
    }

    fn step(&self) -> Span {
        match self.every {
            Every::Day => i64::from(self.interval).days(),
            Every::Week => i64::from(self.interval).weeks(),
            Every::Month => i64::from(self.interval).months(),
            Every::Year => i64::from(self.interval).years(),
        }
    }

    fn period_start(&self, date: Date) -> Date {
        match self.every {
            Every::Day => date,
            Every::Week => date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days()),
            Every::Month => date.first_of_month(),
            Every::Year => date.first_of_year(),
        }
    }

    /// The days of the period that begins at `period`, ascending.
    fn days_of(&self, period: Date, first: Date) -> Vec<Date> {
        let mut days = match self.every {
            Every::Day => vec![period],
            Every::Week => self.days_of_week(period, first),
            Every::Month => self.days_of_month(period, first),
            Every::Year => self.days_of_year(period, first),
        };
        if !self.by_month.is_empty() {
            days.retain(|day| self.by_month.contains(&day.month()));
        }
        if self.every == Every::Day {
            days.retain(|day| {
                self.by_day.is_empty() || self.by_day.iter().any(|(_, weekday)| *weekday == day.weekday())
            });
        }
        days.sort_unstable();
        days.dedup();
        if !self.by_position.is_empty() {
            let length = days.len();
            let picked: Vec<Date> =
                self.by_position.iter().filter_map(|n| ordinal(*n, length).map(|at| days[at])).collect();
            days = picked;
        }
        days
    }

    fn days_of_week(&self, monday: Date, first: Date) -> Vec<Date> {
        let weekdays: Vec<Weekday> = if self.by_day.is_empty() {
            vec![first.weekday()]
        } else {
            self.by_day.iter().map(|(_, day)| *day).collect()
        };
        weekdays
            .iter()
            .filter_map(|day| monday.checked_add(i64::from(day.to_monday_zero_offset()).days()).ok())
            .collect()
    }

    fn days_of_month(&self, start: Date, first: Date) -> Vec<Date> {
        let length = i32::from(start.days_in_month());
        let day = |n: i32| Date::new(start.year(), start.month(), i8::try_from(n).ok()?).ok();
        if !self.by_day.is_empty() {
            return self.by_day.iter().flat_map(|(nth, weekday)| nth_weekdays(start, *nth, *weekday)).collect();
        }
        if self.by_month_day.is_empty() {
            return day(i32::from(first.day())).into_iter().collect();
        }
        self.by_month_day.iter().filter_map(|n| day(if *n < 0 { length + 1 + n } else { *n })).collect()
    }

    fn days_of_year(&self, start: Date, first: Date) -> Vec<Date> {
        let months: Vec<i8> = if self.by_month.is_empty() { vec![first.month()] } else { self.by_month.clone() };
        let starts = months.iter().filter_map(|month| Date::new(start.year(), *month, 1).ok());
        starts.flat_map(|start| self.days_of_month(start, first)).collect()
    }
}

/// The nth of a weekday in a month, or all of them for 0.
fn nth_weekdays(start: Date, nth: i32, weekday: Weekday) -> Vec<Date> {
    let shift = i64::from(start.weekday().until(weekday));
    let days: Vec<Date> = (0..5)
        .filter_map(|week| start.checked_add((shift + week * 7).days()).ok())
        .filter(|day| day.month() == start.month())
        .collect();
    if nth == 0 { days } else { ordinal(nth, days.len()).map(|at| days[at]).into_iter().collect() }
}

/// The index of the nth of `length`; negative counts from the end.
fn ordinal(nth: i32, length: usize) -> Option<usize> {
    let from_zero = if nth > 0 {
        usize::try_from(nth).ok()?.checked_sub(1)?
    } else {
        length.checked_sub(usize::try_from(-nth).ok()?)?
    };
    (nth != 0 && from_zero < length).then_some(from_zero)
}

fn weekday(text: &str) -> Option<(i32, Weekday)> {
    let text = text.trim();
    let split = text.len().checked_sub(2)?;
    let day = match text.get(split..)? {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth = if split == 0 { 0 } else { text[..split].parse().ok()? };
    Some((nth, day))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::Rule;

    fn days(rule: &str) -> Vec<String> {
        let window = (date(2026, 8, 1), date(2026, 10, 31));
        let expanded = Rule::read(rule).unwrap().expand(date(2026, 7, 7).at(20, 0, 0, 0), window);
        expanded.iter().map(|at| at.date().strftime("%m-%d").to_string()).collect()
    }

    #[test]
    fn rules_unfold_inside_the_window() {
        for (rule, expected) in [
            ("FREQ=WEEKLY;COUNT=6", "08-04 08-11"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20260820T235959Z", "08-04 08-06 08-18 08-20"),
            ("FREQ=MONTHLY", "08-07 09-07 10-07"),
            ("FREQ=MONTHLY;BYDAY=1TU", "08-04 09-01 10-06"),
            ("FREQ=MONTHLY;BYDAY=-1FR", "08-28 09-25 10-30"),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "08-31 09-30 10-31"),
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "08-31 09-30 10-30"),
            ("FREQ=YEARLY;BYMONTH=9;BYDAY=2SA", "09-12"),
            ("FREQ=DAILY;INTERVAL=30;COUNT=4", "08-06 09-05 10-05"),
        ] {
            assert_eq!(days(rule).join(" "), expected, "{rule}");
        }
    }

    #[test]
    fn rules_without_end_or_sense_end() {
        assert!(Rule::read("FREQ=SECONDLY").is_none() && Rule::read("").is_none());
        assert!(days("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2").is_empty());
        assert_eq!(days("FREQ=DAILY").len(), 92);
        let old = date(1970, 1, 1).at(20, 0, 0, 0);
        let window = (date(2026, 8, 1), date(2026, 8, 31));
        assert_eq!(Rule::read("FREQ=DAILY").expect("a rule").expand(old, window).len(), 31);
        assert_eq!(Rule::read("FREQ=WEEKLY;INTERVAL=2").expect("a rule").expand(old, window).len(), 2);
    }
}
