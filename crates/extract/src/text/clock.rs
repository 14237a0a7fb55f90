//! Clock times in running text, and what each is the time of.

use std::ops::Range;

use jiff::civil::Time;

use super::tokens::{Kind, Token, cut};

/// What a clock time is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Doors,
    Start,
    /// End or curfew.
    End,
    /// Nothing is said.
    Unknown,
}

/// A clock time, or a span of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    pub(crate) time: Time,
    /// The second time of "5 – 9 PM".
    pub(crate) end: Option<Time>,
    pub(crate) role: Role,
}

/// All clock times of `text`, in order.
pub(crate) fn find(text: &str) -> Vec<Found> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let tokens = cut(text);
    let mut found: Vec<Found> = Vec::new();
    let (mut at, mut free) = (0, 0);
    while at < tokens.len() {
        let before = role_before(&tokens, free, at);
        let Some((read, next)) = read(&tokens, at, before.is_some()) else {
            at += 1;
            continue;
        };
        let (role, next) = match before {
            Some(role) => (role, next),
            None => match role_behind(&tokens, next) {
                Some((role, next)) => (role, next),
                None => (Role::Unknown, next),
            },
        };
        found.push(Found { role, ..read });
        (at, free) = (next, next);
    }
    found
}

/// A time and the index behind it. `announced`: a word such as "doors" stands before, so a bare number will do.
fn read(tokens: &[Token<'_>], at: usize, announced: bool) -> Option<(Found, usize)> {
    let first = one(tokens, at)?;
    let span = joint(tokens, first.to).and_then(|from| one(tokens, from)).filter(|second| second.sure || first.sure);
    let sure = first.sure || span.as_ref().is_some_and(|second| second.sure && second.half.is_some());
    if !sure && !announced {
        return None;
    }
    let (time, end, to) = match &span {
        Some(second) => (first.time(second.half, true), second.time(None, false), second.to),
        None => (first.time(None, true), None, first.to),
    };
    let time = time?;
    let end = end.filter(|end| *end != time);
    let range = tokens[at].start..tokens[to - 1].end();
    Some((Found { range, time, end, role: Role::Unknown }, to))
}

struct One {
    hour: u32,
    minute: u32,
    /// True for pm.
    half: Option<bool>,
    /// Written as a time of 24 hours for certain: "07:30", "19h30", "20 Uhr".
    full_day: bool,
    /// Nothing else could be meant.
    sure: bool,
    to: usize,
}

impl One {
    /// `shared`: the am/pm that the other end of a span states. A one-digit hour without any is in the evening.
    fn time(&self, shared: Option<bool>, opens: bool) -> Option<Time> {
        let mut hour = self.hour;
        match self.half.or(shared) {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            None if !self.full_day && (1..=if opens { 9 } else { 11 }).contains(&hour) => hour += 12,
            _ => {}
        }
        Time::new(i8::try_from(hour % 24).ok()?, i8::try_from(self.minute).ok()?, 0, 0).ok()
    }
}

fn one(tokens: &[Token<'_>], at: usize) -> Option<One> {
    let token = tokens.get(at)?;
    let hour = token.number(1..=2).or_else(|| token.number(4..=4))?;
    if at > 0 && token.glued && !may_stand_before(&tokens[at - 1]) {
        return None;
    }
    if token.text.len() == 4 {
        return military(tokens, at, hour);
    }
    let (minute, mut to, sign) = minutes(tokens, at);
    let letters = &token.text;
    let zero = letters.starts_with('0') || hour > 12;
    let mut one = One { hour, minute: minute.unwrap_or(0), half: None, full_day: zero, sure: sign == ':', to };
    if sign == 'h' {
        (one.full_day, one.sure) = (true, true);
    }
    if let Some((half, next)) = half(tokens, to) {
        one.half = Some(half).filter(|_| hour <= 12);
        (one.sure, one.full_day, to) = (true, hour > 12 || hour == 0, next);
    } else if let Some(next) = clock_word(tokens, to) {
        (one.full_day, one.sure, to) = (true, true, next);
    }
    // "20.08" is as likely a date or a price.
    let decimal = sign == '.' && !one.sure;
    one.to = to;
    let plausible = hour <= 24 && one.minute < 60 && !(hour == 24 && one.minute > 0);
    (plausible && !is_part_of_more(tokens, to) && !(decimal && minute.is_none())).then_some(one)
}

/// "1930" behind a word that announces a time.
fn military(tokens: &[Token<'_>], at: usize, number: u32) -> Option<One> {
    let one = One { hour: number / 100, minute: number % 100, half: None, full_day: true, sure: false, to: at + 1 };
    let fits = (6..24).contains(&one.hour)
        && one.minute.is_multiple_of(5)
        && one.minute < 60
        && !(2000..2040).contains(&number);
    (fits && !is_part_of_more(tokens, at + 1)).then_some(one)
}

/// The minutes behind an hour, the index behind them, and the sign that joins them.
fn minutes(tokens: &[Token<'_>], at: usize) -> (Option<u32>, usize, char) {
    let Some(sign) = tokens.get(at + 1) else { return (None, at + 1, ' ') };
    let minute = tokens.get(at + 2).filter(|token| token.glued).and_then(|token| token.number(2..=2));
    let mut buffer = [0; 16];
    match (sign.kind, sign.folded(&mut buffer)) {
        (Kind::Sign(':' | '.'), _) if minute.is_some() && sign.glued => {
            let mut to = at + 3;
            // Seconds are dropped.
            if tokens.get(to).is_some_and(|token| token.is(':') && token.glued)
                && tokens.get(to + 1).is_some_and(|token| token.glued && token.number(2..=2).is_some())
            {
                to += 2;
            }
            (minute, to, if sign.is(':') { ':' } else { '.' })
        }
        (_, Some("h" | "u")) => match minute {
            Some(minute) => (Some(minute), at + 3, 'h'),
            None if sign.glued || tokens.get(at).is_some_and(|token| token.number(2..=2).is_some()) => {
                (None, at + 2, 'h')
            }
            None => (None, at + 1, ' '),
        },
        _ => (None, at + 1, ' '),
    }
}

/// am or pm at `at`: true for pm.
fn half(tokens: &[Token<'_>], at: usize) -> Option<(bool, usize)> {
    let token = tokens.get(at)?;
    let mut buffer = [0; 16];
    let word = token.folded(&mut buffer)?;
    match word {
        "pm" | "am" => Some((word == "pm", at + 1)),
        "p" | "a" => {
            let dotted = tokens.get(at + 1).is_some_and(|token| token.is('.') && token.glued)
                && tokens.get(at + 2).is_some_and(|token| token.text.eq_ignore_ascii_case("m"));
            let to = at + 3 + usize::from(tokens.get(at + 3).is_some_and(|token| token.is('.') && token.glued));
            if dotted { Some((word == "p", to)) } else { (token.glued && word == "p").then_some((true, at + 1)) }
        }
        _ => None,
    }
}

fn clock_word(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut buffer = [0; 16];
    let word = tokens.get(at)?.folded(&mut buffer)?;
    matches!(word, "uhr" | "uur" | "hrs" | "hs" | "h" | "heures" | "horas" | "oclock" | "hours").then_some(at + 1)
}

fn may_stand_before(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Sign(sign) => !matches!(sign, '.' | ':' | '£' | '$' | '€' | '#' | '+') && sign != ',',
        Kind::Word => token.text == "T",
        Kind::Number(_) => false,
    }
}

/// What follows makes the number something else: a date, a price, a percentage, a longer word.
fn is_part_of_more(tokens: &[Token<'_>], at: usize) -> bool {
    let Some(token) = tokens.get(at).filter(|token| token.glued) else { return false };
    match token.kind {
        Kind::Number(_) => true,
        Kind::Word => !token.text.starts_with(['Z', 'T']) && token.text.chars().count() > 0 && !is_joint(token),
        Kind::Sign(sign) => {
            let number = tokens.get(at + 1).is_some_and(|next| next.glued && matches!(next.kind, Kind::Number(_)));
            matches!(sign, '%' | '€' | '£' | '$') || matches!(sign, '/' | '.' | ':') && number
        }
    }
}

fn is_joint(token: &Token<'_>) -> bool {
    let mut buffer = [0; 16];
    matches!(token.folded(&mut buffer), Some("to" | "bis" | "til" | "till" | "until" | "tot" | "a"))
}

fn joint(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let token = tokens.get(at)?;
    let joins = matches!(token.kind, Kind::Sign('-' | '–' | '—' | '‐' | '−' | '~')) || is_joint(token);
    joins.then_some(at + 1)
}

fn role_of(word: &str) -> Option<Role> {
    Some(match word {
        "doors" | "door" | "einlass" | "portes" | "porte" | "puertas" | "porte:" | "deuren" | "deur" | "ouverture"
        | "apertura" | "doren" | "dore" | "abertura" => Role::Doors,
        "show" | "start" | "starts" | "beginn" | "begin" | "aanvang" | "debut" | "inizio" | "inicio" | "concert"
        | "onstage" | "stage" | "starting" | "music" | "showtime" | "time" | "commence" | "spectacle" | "konzert" => {
            Role::Start
        }
        "curfew" | "end" | "ends" | "ende" | "close" | "closes" | "finish" | "finishes" | "until" | "till" | "fin"
        | "bis" | "einde" | "slut" => Role::End,
        _ => return None,
    })
}

/// The role that the last words before token `at` give, not looking behind token `from`.
fn role_before(tokens: &[Token<'_>], from: usize, at: usize) -> Option<Role> {
    let mut buffer = [0; 16];
    let mut words = 0;
    for token in tokens[from..at].iter().rev() {
        match token.kind {
            Kind::Word => {
                let word = token.folded(&mut buffer).unwrap_or("");
                if let Some(role) = role_of(word) {
                    return Some(role);
                }
                words += 1;
                let filler = matches!(
                    word,
                    "at" | "open"
                        | "from"
                        | "opens"
                        | "um"
                        | "ab"
                        | "a"
                        | "las"
                        | "alle"
                        | "ore"
                        | "om"
                        | "des"
                        | "time"
                        | "times"
                        | "ca"
                        | "opening"
                        | "are"
                        | "is"
                        | "the"
                        | "s"
                        | "zaal"
                );
                if !filler || words > 3 {
                    return None;
                }
            }
            Kind::Number(_) => return None,
            Kind::Sign(sign) => {
                if matches!(sign, '|' | ';' | ',' | '£' | '€' | '$' | '•') {
                    return None;
                }
            }
        }
    }
    None
}

/// The role that the word right behind a time gives: "7pm doors".
fn role_behind(tokens: &[Token<'_>], at: usize) -> Option<(Role, usize)> {
    let mut next = at;
    if tokens.get(next).is_some_and(|token| token.is('(')) {
        next += 1;
    }
    let mut buffer = [0; 16];
    let role = role_of(tokens.get(next)?.folded(&mut buffer)?)?;
    // "7pm doors 8pm" is read as said behind; "7pm, doors: 6pm" is not.
    let announces = tokens.get(next + 1).is_some_and(|token| token.is(':') || token.is('@'));
    (!announces && !matches!(tokens[next].text, "time" | "Time" | "until" | "till" | "bis")).then_some((role, next + 1))
}

#[cfg(test)]
mod tests {
    use super::{Role, find};

    fn read(text: &str) -> String {
        let each = find(text).into_iter().map(|one| {
            let role = match one.role {
                Role::Doors => "doors ",
                Role::Start => "start ",
                Role::End => "end ",
                Role::Unknown => "",
            };
            let end = one.end.map(|end| format!("-{end:.5}", end = end.strftime("%H:%M"))).unwrap_or_default();
            format!("{role}{}{end}", one.time.strftime("%H:%M"))
        });
        each.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn times_in_many_spellings() {
        for (text, expected) in [
            ("7pm", "19:00"),
            ("7 PM", "19:00"),
            ("7.30pm", "19:30"),
            ("7:30 p.m.", "19:30"),
            ("7:30p", "19:30"),
            ("19:30", "19:30"),
            ("7:30", "19:30"),
            ("07:30", "07:30"),
            ("19h30", "19:30"),
            ("à 20h", "20:00"),
            ("20 Uhr", "20:00"),
            ("19.30 Uhr", "19:30"),
            ("20.00 uur", "20:00"),
            ("19u30", "19:30"),
            ("19:30pm", "19:30"),
            ("12am", "00:00"),
            ("12:30pm", "12:30"),
            ("2026-08-20T19:30:00+01:00", "19:30"),
            ("5 – 9 PM", "17:00-21:00"),
            ("7pm-11pm", "19:00-23:00"),
            ("10pm - 3am", "22:00-03:00"),
            ("19:00 - 23:00", "19:00-23:00"),
            ("20 Aug 7pm", "19:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn doors_start_and_end_are_told_apart() {
        for (text, expected) in [
            ("doors 7 show 8", "doors 19:00, start 20:00"),
            ("Doors: 7pm | Show: 8pm | Curfew: 11pm", "doors 19:00, start 20:00, end 23:00"),
            ("7pm doors / 8pm show", "doors 19:00, start 20:00"),
            ("Doors open at 18:30", "doors 18:30"),
            ("Einlass 19 Uhr, Beginn 20 Uhr", "doors 19:00, start 20:00"),
            ("Einlass: 19:00 Beginn: 20:00", "doors 19:00, start 20:00"),
            ("Doors 1900", "doors 19:00"),
            ("Doors 19:30pm", "doors 19:30"),
            ("Doors 7.30", "doors 19:30"),
            ("Starts 7pm until 11pm", "start 19:00-23:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in
            ["", "TBA", "£7.50", "20.08.2026", "2026", "7", "blink-182", "20th", "99:99", "10%", "24/7", "1:2:3:4"]
        {
            assert_eq!(read(text), "", "{text}");
        }
    }
}
