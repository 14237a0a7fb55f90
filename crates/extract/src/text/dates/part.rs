use jiff::civil::Weekday;

use super::super::tokens::{Kind, Token};
use super::super::words;
use super::Context;

/// One date as written: what is stated of it, and the tokens it takes.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) year: Option<i16>,
    /// Absent in "Fri 20".
    pub(super) month: Option<i8>,
    pub(super) day: i8,
    pub(super) weekday: Option<Weekday>,
    /// Day and month could also be read the other way round: `8/9`.
    pub(super) swappable: bool,
    pub(super) numeric: bool,
    /// Tokens `from..to`.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Reads a date that begins at token `at`.
pub(super) fn read_part(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Part> {
    let (weekday, next) = match read_weekday(tokens, at) {
        Some((weekday, next)) => (Some(weekday), next),
        None => (None, at),
    };
    let part = iso(tokens, next)
        .or_else(|| compact(tokens, next))
        .or_else(|| numeric(tokens, next, weekday.is_some(), context))
        .or_else(|| day_month(tokens, next, context))
        .or_else(|| month_day(tokens, next, weekday.is_some(), context))
        .or_else(|| if weekday.is_some() { bare_day(tokens, next) } else { leading_day(tokens, next, context) });
    let mut part = part?;
    part.from = at;
    part.weekday = weekday;
    if part.weekday.is_none() {
        trailing_weekday(tokens, &mut part);
    }
    Some(part)
}

fn part(year: Option<i16>, month: Option<impl TryInto<i8>>, day: u32, to: usize) -> Option<Part> {
    let month = match month {
        Some(month) => Some(month.try_into().ok().filter(|month| (1..=12).contains(month))?),
        None => None,
    };
    let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
    Some(Part { year, month, day, weekday: None, swappable: false, numeric: false, from: 0, to })
}

fn read_weekday(tokens: &[Token<'_>], at: usize) -> Option<(Weekday, usize)> {
    let token = tokens.get(at)?;
    let mut buffer = [0; 16];
    let word = token.folded(&mut buffer)?;
    let touches = at > 0 && token.glued && matches!(tokens[at - 1].kind, Kind::Sign('\'' | '’'));
    let mut next = at + 1;
    let weekday = match words::weekday(word) {
        Some(weekday) => weekday,
        // "mar" is Tuesday in French, Spanish and Italian, where a day and another month follow.
        None if word == "mar" && tuesday_follows(tokens, at) => Weekday::Tuesday,
        None => return None,
    };
    if touches {
        return None;
    }
    loop {
        let token = tokens.get(next)?;
        match token.kind {
            Kind::Sign(',' | '.' | '|' | '-' | '–' | '/' | ':' | '·' | '•') => next += 1,
            Kind::Word => {
                let mut buffer = [0; 16];
                match token.folded(&mut buffer)? {
                    "the" | "le" | "der" | "den" | "dem" | "el" | "il" | "o" | "feira" | "d" | "dia" => next += 1,
                    _ => break,
                }
            }
            _ => break,
        }
        if next > at + 4 {
            return None;
        }
    }
    Some((weekday, next))
}

fn tuesday_follows(tokens: &[Token<'_>], at: usize) -> bool {
    let next = if tokens.get(at + 1).is_some_and(|token| token.is('.')) { at + 2 } else { at + 1 };
    tokens.get(next).is_some_and(|token| token.number(1..=2).is_some())
        && tokens.get(next + 1).is_some_and(|token| month_word(token).is_some())
}

fn trailing_weekday(tokens: &[Token<'_>], part: &mut Part) {
    let opens = match tokens.get(part.to) {
        Some(token) if token.is('(') || token.is(',') => 1,
        Some(_) => 0,
        None => return,
    };
    let Some(token) = tokens.get(part.to + opens) else { return };
    let mut buffer = [0; 16];
    let Some(weekday) = token.folded(&mut buffer).filter(|word| word.len() > 2).and_then(words::weekday) else {
        return;
    };
    // "20 Aug, Fri 21 Aug": that weekday belongs to the next date.
    let closes = tokens.get(part.to + opens + 1);
    if closes.is_some_and(|token| matches!(token.kind, Kind::Number(_)) || month_word(token).is_some()) {
        return;
    }
    part.weekday = Some(weekday);
    part.to += opens + 1 + usize::from(closes.is_some_and(|token| token.is(')')));
}

/// The token is a number that stands for itself: no clock time, no price, no part of a longer number.
fn is_day(tokens: &[Token<'_>], at: usize) -> bool {
    let clock = |token: &Token<'_>| {
        let mut buffer = [0; 16];
        let word = token.folded(&mut buffer);
        matches!(word, Some("am" | "pm" | "uhr" | "h" | "hs" | "hrs" | "uur" | "oclock" | "p" | "a" | "k"))
            && (token.glued || !matches!(word, Some("a" | "p" | "h" | "k")))
    };
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let behind = tokens.get(at + 1);
    let number_behind = |sign: &Token<'_>| {
        sign.glued
            && matches!(sign.kind, Kind::Sign(':' | '%'))
            && tokens.get(at + 2).is_none_or(|token| token.is('%') || token.glued && token.number(1..=9).is_some())
    };
    let joined = before.is_some_and(|token| {
        let sign = matches!(token.kind, Kind::Sign('£' | '$' | '€' | '#' | ':'));
        let word = token.kind == Kind::Word && month_word(token).is_none();
        tokens[at].glued && (sign || word)
    });
    let continued = behind.is_some_and(|token| clock(token) || number_behind(token) || token.is('%'));
    !(joined || continued)
}

fn iso(tokens: &[Token<'_>], at: usize) -> Option<Part> {
    let [year, first, month, second, day] = tokens.get(at..at + 5)? else { return None };
    let separator = matches!(first.kind, Kind::Sign('-' | '/' | '.')) && first.kind == second.kind;
    let year = i16::try_from(year.number(4..=4)?).ok().filter(|year| (1900..2200).contains(year))?;
    if !(separator && first.glued && month.glued && second.glued && day.glued) {
        return None;
    }
    let mut read = part(Some(year), Some(month.number(1..=2)?), day.number(1..=2)?, at + 5)?;
    read.numeric = true;
    Some(read)
}

/// `20260820`, alone or before `T`.
fn compact(tokens: &[Token<'_>], at: usize) -> Option<Part> {
    let number = tokens.get(at)?.number(8..=8)?;
    let year = i16::try_from(number / 10_000).ok().filter(|year| (2000..2100).contains(year))?;
    let alone = tokens.len() == 1 || tokens.get(at + 1).is_some_and(|token| token.glued && token.text == "T");
    if !alone {
        return None;
    }
    part(Some(year), Some(number / 100 % 100), number % 100, at + 1)
}

fn numeric(tokens: &[Token<'_>], at: usize, weekday: bool, context: &Context) -> Option<Part> {
    let [first, sign, second] = tokens.get(at..at + 3)? else { return None };
    let (one, two) = (first.number(1..=2)?, second.number(1..=2)?);
    let Kind::Sign(separator @ ('.' | '/' | '-')) = sign.kind else { return None };
    let money = at > 0 && matches!(tokens[at - 1].kind, Kind::Sign('£' | '$' | '€' | '.' | '/' | ':' | '#'));
    if !sign.glued || money && first.glued {
        return None;
    }
    if !second.glued && separator != '.' {
        return None;
    }
    let closes = tokens.get(at + 3).filter(|token| token.kind == sign.kind && token.glued);
    let year = closes.and_then(|_| tokens.get(at + 4)).and_then(|token| year_of(tokens, token, at + 4, context));
    let (year, to) = match (year, closes) {
        (Some(year), _) => (Some(year), at + 5),
        (None, Some(_)) if separator == '.' => (None, at + 4),
        (None, None) if weekday || tokens.len() == 3 && separator == '/' && two > 7 => (None, at + 3),
        _ => return None,
    };
    if tokens.get(to).is_some_and(|token| {
        token.glued
            && (token.kind == sign.kind && separator != '-' || matches!(token.kind, Kind::Number(_) | Kind::Sign(':')))
    }) {
        return None;
    }
    let month_first = separator != '.' && (two > 12 || context.month_first && one <= 12);
    let (day, month) = if month_first { (two, one) } else { (one, two) };
    let mut read = part(year, Some(month), day, to)?;
    read.swappable = separator != '.' && one <= 12 && two <= 12;
    read.numeric = true;
    Some(read)
}

fn day_month(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Part> {
    let day = tokens.get(at)?.number(1..=2)?;
    let mut next = skip_ordinal(tokens, at + 1);
    if !is_day(tokens, at) {
        return None;
    }
    next = skip_words(tokens, next, &["of", "de", "di", "d", "do", "den", "the", "van"]);
    if tokens.get(next).is_some_and(|token| matches!(token.kind, Kind::Sign('-' | '/' | ',' | '.' | '|'))) {
        next += 1;
    }
    let token = tokens.get(next)?;
    let month = month_word(token)?;
    let (year, to) = read_year(tokens, next + 1, context);
    if is_doubtful(token) && year.is_none() {
        return None;
    }
    part(year, Some(month), day, to)
}

fn month_day(tokens: &[Token<'_>], at: usize, weekday: bool, context: &Context) -> Option<Part> {
    let token = tokens.get(at)?;
    let month = month_word(token)?;
    let mut next = at + 1;
    while tokens.get(next).is_some_and(|token| matches!(token.kind, Kind::Sign('.' | '/' | '-' | ','))) && next < at + 3
    {
        next += 1;
    }
    next = skip_words(tokens, next, &["the"]);
    let day = tokens.get(next)?.number(1..=2)?;
    if !is_day(tokens, next) {
        return None;
    }
    let (year, to) = read_year(tokens, skip_ordinal(tokens, next + 1), context);
    if is_doubtful(token) && year.is_none() && !weekday {
        return None;
    }
    part(year, Some(month), day, to)
}

/// A day without its month: "20", "20th".
pub(super) fn bare_day(tokens: &[Token<'_>], at: usize) -> Option<Part> {
    let day = tokens.get(at)?.number(1..=2)?;
    let separated = tokens.get(at + 1).is_some_and(|token| {
        token.glued
            && matches!(token.kind, Kind::Sign('.' | '/' | ',' | '-'))
            && tokens.get(at + 2).is_some_and(|token| token.glued && matches!(token.kind, Kind::Number(_)))
    });
    if !is_day(tokens, at) || separated {
        return None;
    }
    part(None, None::<i8>, day, skip_ordinal(tokens, at + 1))
}

/// The first day of "19 – 21 August": only where a joining sign and a date with a month follow.
fn leading_day(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Part> {
    let first = bare_day(tokens, at)?;
    let from = super::separator(tokens, first.to)?;
    let second = match read_weekday(tokens, from) {
        Some((_, next)) => day_month(tokens, next, context),
        None => day_month(tokens, from, context),
    };
    second.filter(|second| second.day > first.day).map(|_| first)
}

fn skip_ordinal(tokens: &[Token<'_>], at: usize) -> usize {
    let Some(token) = tokens.get(at) else { return at };
    if matches!(token.kind, Kind::Sign('.' | 'º' | '°')) && token.glued {
        return at + 1;
    }
    let mut buffer = [0; 16];
    match token.folded(&mut buffer) {
        Some("st" | "nd" | "rd" | "th" | "er" | "e" | "ste" | "º" | "ª") => at + 1,
        _ if matches!(token.text, "º" | "ª") => at + 1,
        _ => at,
    }
}

fn skip_words(tokens: &[Token<'_>], at: usize, skipped: &[&str]) -> usize {
    let mut buffer = [0; 16];
    match tokens.get(at).and_then(|token| token.folded(&mut buffer)) {
        Some(word) if skipped.contains(&word) => {
            at + 1 + usize::from(tokens.get(at + 1).is_some_and(|token| matches!(token.kind, Kind::Sign('\'' | '’'))))
        }
        _ => at,
    }
}

fn month_word(token: &Token<'_>) -> Option<i8> {
    let mut buffer = [0; 16];
    words::month(token.folded(&mut buffer)?)
}

/// Month names that are also common words; they count in lower case only beside a year.
fn is_doubtful(token: &Token<'_>) -> bool {
    const WORDS: [&str; 14] =
        ["may", "march", "mar", "set", "out", "ago", "gen", "mag", "des", "dic", "mars", "ene", "maj", "lug"];
    WORDS.contains(&token.text) || token.text.eq_ignore_ascii_case("out") && !token.text.chars().all(char::is_uppercase)
}

/// The year behind a month, perhaps after a comma, and the index behind it.
fn read_year(tokens: &[Token<'_>], at: usize, context: &Context) -> (Option<i16>, usize) {
    let mut next = at;
    while tokens.get(next).is_some_and(|token| matches!(token.kind, Kind::Sign(',' | '.' | '\'' | '’' | '-' | '/')))
        && next < at + 2
    {
        next += 1;
    }
    next = skip_words(tokens, next, &["de", "del", "do"]);
    let Some(token) = tokens.get(next) else { return (None, at) };
    // "20-Aug-26" states a year, "August 19-26" does not.
    let dashed = tokens[at..next].iter().any(|token| token.is('-'));
    let chained = at > 1 && tokens[at - 2].is('-');
    let apart = dashed && !(chained || token.text.len() == 4 && token.glued);
    match year_of(tokens, token, next, context).filter(|_| !apart) {
        Some(year) => (Some(year), next + 1),
        None => (None, at),
    }
}

fn year_of(tokens: &[Token<'_>], token: &Token<'_>, at: usize, context: &Context) -> Option<i16> {
    if let Some(year) = token.number(4..=4) {
        let year = i16::try_from(year).ok()?;
        return (year >= context.today.year() - 40 && year <= context.today.year() + 10).then_some(year);
    }
    let short = i16::try_from(token.number(2..=2)?).ok()?;
    let year = context.today.year() / 100 * 100 + short;
    let dash = tokens.get(at + 1).is_some_and(|token| token.glued && token.is('.'))
        && tokens.get(at + 2).is_some_and(|token| token.glued && matches!(token.kind, Kind::Number(_)));
    // "20 Aug 27 Sep" states two dates.
    let next_date = tokens.get(at + 1).is_some_and(|token| month_word(token).is_some());
    ((year - context.today.year()).abs() <= 6 && is_day(tokens, at) && !dash && !next_date).then_some(year)
}
