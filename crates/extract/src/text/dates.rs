//! Dates in running text, in the languages of [`super::words`]: with or without year, weekday and month name; ranges.

mod part;
mod resolve;

use std::ops::Range;

use jiff::civil::Date;

use self::part::{Part, read_part};
use super::tokens::{Kind, Token, cut};
use super::words;

/// What surrounds a text, as far as it decides what an incomplete date means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// The day the page was read: a date without a year is one near it.
    pub(crate) today: Date,
    /// `8/9/2026` is the 9th of August.
    pub(crate) month_first: bool,
    /// Year and month of the heading above, for "Fri 20".
    pub(crate) month: Option<(i16, i8)>,
}

impl From<Date> for Context {
    fn from(today: Date) -> Self {
        Self { today, month_first: false, month: None }
    }
}

/// A day, or the days from one to another, read in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    pub(crate) start: Date,
    /// The last day, where a range of days is stated.
    pub(crate) end: Option<Date>,
    /// A year stands in the text (for a range: at its end).
    pub(crate) year_stated: bool,
    /// Whether the stated weekday is that of the date.
    pub(crate) weekday_agrees: Option<bool>,
    pub(crate) form: Form,
}

/// How much of a date a text states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Day and month by name or number, perhaps the year.
    Full,
    /// Weekday and day; the month is that of the context or the nearest that fits.
    DayOfMonth,
    /// "Tonight", "tomorrow".
    Relative,
}

/// All dates of `text`, in order. Never overlapping.
pub(crate) fn find(text: &str, context: impl Into<Context>) -> Vec<Found> {
    let context = context.into();
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return relative(text, context.today).into_iter().collect();
    }
    let tokens = cut(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match read_span(&tokens, at, &context) {
            Some((date, next)) => {
                found.push(date);
                at = next;
            }
            None => at += 1,
        }
    }
    if found.is_empty() {
        found.extend(relative(text, context.today));
    }
    found
}

/// Year and month, when `text` is nothing but a month ("August 2026", "AUGUST") or a month with its year in numbers.
pub(crate) fn month_heading(text: &str, today: Date) -> Option<(i16, i8)> {
    if text.len() > 40 {
        return None;
    }
    let tokens = cut(text);
    let mut buffer = [0; 16];
    let (first, rest) = tokens.split_first()?;
    let month = words::month(first.folded(&mut buffer)?)?;
    let rest: Vec<&Token<'_>> =
        rest.iter().filter(|token| matches!(token.kind, Kind::Number(_) | Kind::Word)).collect();
    match rest.as_slice() {
        [] => {
            let year = if month >= today.month() - 2 { today.year() } else { today.year() + 1 };
            Some((year, month))
        }
        [year] => {
            let year = i16::try_from(year.number(4..=4)?).ok()?;
            ((today.year() - year).abs() < 30).then_some((year, month))
        }
        _ => None,
    }
}

fn read_span(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<(Found, usize)> {
    let first = read_part(tokens, at, context)?;
    if let Some(second) = separator(tokens, first.to).and_then(|from| second_part(tokens, from, &first, context))
        && let Some(found) = resolve::range(tokens, &first, &second, context)
    {
        return Some((found, second.to));
    }
    let to = first.to;
    Some((resolve::single(tokens, &first, context)?, to))
}

fn second_part(tokens: &[Token<'_>], from: usize, first: &Part, context: &Context) -> Option<Part> {
    if let Some(second) = read_part(tokens, from, context)
        && second.month.is_some()
    {
        return Some(second);
    }
    part::bare_day(tokens, from).filter(|second| first.month.is_some() && second.day > first.day && !first.numeric)
}

/// The index behind a sign or word that joins two dates into a range.
fn separator(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let token = tokens.get(at)?;
    match token.kind {
        Kind::Sign('-' | '–' | '—' | '‐' | '‒' | '−' | '~' | '&' | '+' | '/' | '>') => Some(at + 1),
        Kind::Word => {
            let mut buffer = [0; 16];
            match token.folded(&mut buffer)? {
                "t" if tokens.get(at + 1).is_some_and(|sign| sign.is('/')) => Some(at + 3),
                "to" | "bis" | "au" | "until" | "till" | "tot" | "hasta" | "al" | "through" | "thru" | "and"
                | "und" | "et" | "y" | "e" | "en" | "a" | "ate" | "til" => Some(at + 1),
                _ => None,
            }
        }
        Kind::Number(_) | Kind::Sign(_) => None,
    }
}

fn relative(text: &str, today: Date) -> Option<Found> {
    let trimmed = text.trim_start();
    let word_end = trimmed.find(|letter: char| !letter.is_alphabetic() && letter != '\'' && letter != '’');
    let word = &trimmed[..word_end.unwrap_or(trimmed.len())];
    let days = match word.to_lowercase().as_str() {
        "today" | "tonight" | "heute" | "aujourd'hui" | "aujourd’hui" | "hoy" | "oggi" | "stasera" | "vandaag"
        | "vanavond" | "hoje" => 0,
        "tomorrow" | "morgen" | "demain" | "mañana" | "domani" | "amanhã" => 1,
        _ => return None,
    };
    let start = text.len() - trimmed.len();
    let day = today.checked_add(jiff::Span::new().days(days)).ok()?;
    Some(Found {
        range: start..start + word.len(),
        start: day,
        end: None,
        year_stated: false,
        weekday_agrees: None,
        form: Form::Relative,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Context, Form, find, month_heading};

    fn read(text: &str) -> String {
        let found = find(text, today());
        let each = found.iter().map(|one| match one.end {
            Some(end) => format!("{}..{end}", one.start),
            None => one.start.to_string(),
        });
        each.collect::<Vec<_>>().join(" ")
    }

    fn today() -> Date {
        date(2026, 8, 16)
    }

    #[test]
    fn days_in_many_spellings() {
        for (text, expected) in [
            ("2026-08-20", "2026-08-20"),
            ("2026-08-20T19:30:00+01:00", "2026-08-20"),
            ("2026/08/20", "2026-08-20"),
            ("Fri 21 Aug", "2026-08-21"),
            ("FRI 21 AUG 7PM", "2026-08-21"),
            ("Friday, 21st of August 2026", "2026-08-21"),
            ("August 20th, 2026", "2026-08-20"),
            ("Aug. 20, 2026", "2026-08-20"),
            ("20.08.26", "2026-08-20"),
            ("20.08.2026", "2026-08-20"),
            ("Do, 20.08.", "2026-08-20"),
            ("8/20/2026", "2026-08-20"),
            ("20/8/2026", "2026-08-20"),
            ("Thu 8/20", "2026-08-20"),
            ("20 Aug '27", "2027-08-20"),
            ("20 Aug 27", "2027-08-20"),
            ("Donnerstag, 20. August 2026, 20 Uhr", "2026-08-20"),
            ("jeudi 20 août 2026 à 20h", "2026-08-20"),
            ("1er septembre", "2026-09-01"),
            ("mar. 18 août", "2026-08-18"),
            ("jueves 20 de agosto de 2026", "2026-08-20"),
            ("giovedì 20 agosto", "2026-08-20"),
            ("do 20 augustus 2026", "2026-08-20"),
            ("quinta-feira, 20 de agosto", "2026-08-20"),
            ("Doors 7pm, 20 January", "2027-01-20"),
            ("20 Aug and 19:30", "2026-08-20"),
            ("20260820T193000Z", "2026-08-20"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn the_weekday_decides_the_year() {
        for (text, expected) in [
            ("Fri 14 Aug", "2026-08-14"),
            ("Thu 28 May", "2026-05-28"),
            ("Fri 28 May", "2027-05-28"),
            ("Sat 2 Jan", "2027-01-02"),
            ("Fri 2 Jan", "2026-01-02"),
            ("28 May", "2027-05-28"),
            ("10 August", "2026-08-10"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_of_days() {
        for (text, expected) in [
            ("19 Aug - 1 Sep", "2026-08-19..2026-09-01"),
            ("24 Nov - 17 Jan 2027", "2026-11-24..2027-01-17"),
            ("Aug 25th - Aug 26th 2026", "2026-08-25..2026-08-26"),
            ("19 – 21 August 2026", "2026-08-19..2026-08-21"),
            ("Fri 21 - Sun 23 Aug", "2026-08-21..2026-08-23"),
            ("August 19-21, 2026", "2026-08-19..2026-08-21"),
            ("24. bis 26. September", "2026-09-24..2026-09-26"),
            ("du 3 au 5 septembre", "2026-09-03..2026-09-05"),
            ("20 Aug 2026 - 7pm", "2026-08-20"),
            ("20 Aug 2026 - 22 Aug 2026", "2026-08-20..2026-08-22"),
            ("20 Aug 2026, 22 Aug 2026", "2026-08-20 2026-08-22"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "AFI",
            "19:30",
            "£20.08",
            "may 20 people come",
            "5 out of 10",
            "1.2.3.4",
            "Room 20",
            "99 Aug",
            "31.02.2026",
            "Blink 182",
            "020 7123 4567",
            "5 days ago",
            "June 2026",
            "Sun 5 pm",
            "24/7",
        ] {
            assert_eq!(read(text), "", "{text}");
        }
    }

    #[test]
    fn a_day_takes_the_month_of_its_heading() {
        let context = Context { month: Some((2026, 11)), ..today().into() };
        assert_eq!(find("Fri 20", context)[0].start, date(2026, 11, 20));
        let alone = &find("Fri 21", today())[0];
        assert_eq!((alone.start, alone.form), (date(2026, 8, 21), Form::DayOfMonth));
        assert_eq!(month_heading("August 2026", today()), Some((2026, 8)));
        assert_eq!(month_heading("JANUARY", today()), Some((2027, 1)));
        assert_eq!(month_heading("August Burns Red", today()), None);
    }

    #[test]
    fn the_hint_orders_day_and_month() {
        let context = Context { month_first: true, ..today().into() };
        assert_eq!(find("9/8/2026", context)[0].start, date(2026, 9, 8));
        assert_eq!(find("9/8/2026", today())[0].start, date(2026, 8, 9));
    }

    #[test]
    fn words_that_mean_a_day() {
        assert_eq!(read("Tonight"), "2026-08-16");
        assert_eq!(read("Demain: concert"), "2026-08-17");
        assert_eq!(read("Live tonight"), "");
    }

    #[test]
    fn quotes_are_the_words_read() {
        let text = "On Fri 21 Aug 2026 at 7pm";
        assert_eq!(&text[find(text, today())[0].range.clone()], "Fri 21 Aug 2026");
    }
}
