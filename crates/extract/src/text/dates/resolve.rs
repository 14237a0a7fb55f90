use jiff::civil::{Date, Weekday};

use super::super::tokens::Token;
use super::part::Part;
use super::{Context, Form, Found};

/// How far back a date without year and weekday may lie before it is taken for next year's, in days.
const PAST_DAYS: i32 = 60;

pub(super) fn single(tokens: &[Token<'_>], part: &Part, context: &Context) -> Option<Found> {
    let (start, form) = match part.month {
        Some(month) => (full(part, month, part.year, context)?, Form::Full),
        None => (day_of_month(part, context)?, Form::DayOfMonth),
    };
    Some(found(tokens, part, part, start, None, form))
}

/// `None` when the two are no range of at most a year.
pub(super) fn range(tokens: &[Token<'_>], first: &Part, second: &Part, context: &Context) -> Option<Found> {
    let (start, end) = match (first.month, second.month) {
        (Some(from), Some(to)) if first.year.is_some() => {
            (full(first, from, first.year, context)?, full(second, to, second.year.or(first.year), context)?)
        }
        (Some(from), Some(to)) if second.year.is_some() => {
            let end = full(second, to, second.year, context)?;
            let year = if (from, first.day) <= (to, second.day) { end.year() } else { end.year() - 1 };
            (Date::new(year, from, first.day).ok()?, end)
        }
        (Some(from), Some(to)) => {
            let start = full(first, from, None, context)?;
            let year = if (to, second.day) >= (from, first.day) { start.year() } else { start.year() + 1 };
            (start, Date::new(year, to, second.day).ok()?)
        }
        (None, Some(to)) => {
            let end = full(second, to, second.year, context)?;
            (Date::new(end.year(), end.month(), first.day).ok()?, end)
        }
        (Some(from), None) => {
            let start = full(first, from, first.year.or(second.year), context)?;
            (start, Date::new(start.year(), start.month(), second.day).ok()?)
        }
        (None, None) => return None,
    };
    let days = end.since(start).ok()?.get_days();
    (1..=366).contains(&days).then(|| found(tokens, first, second, start, Some(end), Form::Full))
}

fn found(tokens: &[Token<'_>], first: &Part, last: &Part, start: Date, end: Option<Date>, form: Form) -> Found {
    let to = last.to.min(tokens.len());
    Found {
        range: tokens[first.from].start..tokens[to - 1].end(),
        start,
        end,
        year_stated: first.year.is_some() || last.year.is_some(),
        weekday_agrees: first.weekday.map(|weekday| weekday == start.weekday()),
        form,
    }
}

fn full(part: &Part, month: i8, year: Option<i16>, context: &Context) -> Option<Date> {
    let swapped = part.swappable.then_some((part.day, month));
    if let Some(year) = year {
        let read = Date::new(year, month, part.day).ok()?;
        if let (Some(weekday), Some((month, day))) = (part.weekday, swapped)
            && read.weekday() != weekday
            && let Some(other) = Date::new(year, month, day).ok().filter(|other| other.weekday() == weekday)
        {
            return Some(other);
        }
        return Some(read);
    }
    if let Some(weekday) = part.weekday {
        let orders = [Some((month, part.day)), swapped];
        for (month, day) in orders.into_iter().flatten() {
            if let Some(date) = by_weekday(month, day, weekday, context.today) {
                return Some(date);
            }
        }
    }
    near(month, part.day, context)
}

/// The year nearest to today in which the day falls on that weekday; a past one counts as a little farther away.
fn by_weekday(month: i8, day: i8, weekday: Weekday, today: Date) -> Option<Date> {
    (today.year().saturating_sub(2)..=today.year().saturating_add(2))
        .filter_map(|year| Date::new(year, month, day).ok())
        .filter(|date| date.weekday() == weekday)
        .min_by_key(|date| {
            let days = days_from(today, *date);
            if days < 0 { -days * 4 / 3 } else { days }
        })
}

fn near(month: i8, day: i8, context: &Context) -> Option<Date> {
    let today = context.today;
    let years = today.year().saturating_sub(1)..=today.year().saturating_add(4);
    years.filter_map(|year| Date::new(year, month, day).ok()).find(|date| days_from(today, *date) >= -PAST_DAYS)
}

fn day_of_month(part: &Part, context: &Context) -> Option<Date> {
    let weekday = part.weekday?;
    if let Some((year, month)) = context.month {
        return Date::new(year, month, part.day).ok().filter(|date| date.weekday() == weekday);
    }
    let first = context.today.first_of_month();
    (-1..=3)
        .filter_map(|months| {
            let month = first.checked_add(jiff::Span::new().months(months)).ok()?;
            Date::new(month.year(), month.month(), part.day).ok()
        })
        .filter(|date| date.weekday() == weekday && days_from(context.today, *date) >= -15)
        .min_by_key(|date| days_from(context.today, *date).abs())
}

fn days_from(today: Date, date: Date) -> i32 {
    date.since(today).map_or(i32::MAX, |span| span.get_days())
}
