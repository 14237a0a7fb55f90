//! What is left of a title once that is taken off which does not name the event.

use model::EventStatus;

use super::status;

/// Words that are put on a title as a badge, besides those that state a status.
const BADGES: [&str; 24] = [
    "new venue",
    "new date",
    "low tickets",
    "low ticket alert",
    "last few tickets",
    "last tickets",
    "limited availability",
    "final tickets",
    "extra date added",
    "extra date",
    "extra show added",
    "on sale now",
    "just announced",
    "just added",
    "selling fast",
    "almost sold out",
    "nearly sold out",
    "waiting list",
    "buy tickets",
    "book now",
    "more info",
    "event cancelled",
    "rescheduled show",
    "matinee added",
];

/// `title` without status words and badges, with white space folded. A title that is nothing else comes back whole.
pub(crate) fn clean(title: &str) -> String {
    let folded = super::super::page::fold(&unescaped(title));
    let mut text = folded.clone();
    for _ in 0..4 {
        let badge = BADGES.iter().find_map(|badge| status::find_words(&text, badge));
        let found = badge.or_else(|| {
            status::find(&text).filter(|(status, _)| *status != EventStatus::Scheduled).map(|(_, range)| range)
        });
        let Some(range) = found.map(|range| with_former_date(&text, range)) else { break };
        let Some(rest) = without(&text, range) else { break };
        text = rest;
    }
    let trimmed = trim(&text);
    if trimmed.chars().any(char::is_alphanumeric) { trimmed.to_owned() } else { folded }
}

/// Sites escape twice what they did not write themselves.
fn unescaped(title: &str) -> std::borrow::Cow<'_, str> {
    if title.contains("&amp;") || title.contains("&#") || title.contains("&quot;") {
        crate::unescape::entities_twice(title)
    } else {
        title.into()
    }
}

/// "RESCHEDULED from 18 December": the date belongs to the status.
fn with_former_date(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let rest = &text[range.end..];
    let rest = &rest[..rest.find([')', ']', '–', '|']).unwrap_or(rest.len())];
    let joint = ["from ", "to ", "vom ", "auf ", "del ", "al ", "du ", "au "];
    let dated = rest.len() < 40
        && joint
            .iter()
            .any(|word| rest.trim_start().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)))
        && !super::dates::find(rest, jiff::civil::date(2000, 1, 1)).is_empty();
    if dated { range.start..range.end + rest.trim_end().len() } else { range }
}

/// Takes a range out, when it stands apart from the rest: at an edge, in brackets, behind a dash.
fn without(text: &str, range: std::ops::Range<usize>) -> Option<String> {
    let (before, behind) = (text[..range.start].trim_end(), text[range.end..].trim_start());
    let behind_rest = behind.trim_start_matches(['!', '.', '*', '?']).trim_start();
    let opened = before.ends_with(['[', '(', '{', '*', '<', '«']);
    if opened && (behind_rest.starts_with([']', ')', '}', '*', '>', '»']) || before.ends_with('*')) {
        let before = before.trim_end_matches(['[', '(', '{', '*', '<', '«']).trim_end();
        let behind = behind_rest.trim_start_matches([']', ')', '}', '*', '>', '»']).trim_start();
        return Some(format!("{before} {behind}"));
    }
    let apart_before =
        before.is_empty() || before.ends_with(['-', '–', '—', '|', ':', '/', '!', ')', ']', '.', '•', '*', '~']);
    let exclaimed = behind_rest.len() < behind.len();
    let apart_behind = behind_rest.is_empty()
        || exclaimed
        || behind_rest.starts_with(['-', '–', '—', '|', ':', '/', '•', '*', '(', '[', '~']);
    let words = &text[range];
    let loud = words.chars().all(|letter| !letter.is_lowercase());
    let edge = before.is_empty() && loud || behind_rest.is_empty() && (loud || words.contains(' '));
    if !(apart_before && apart_behind || edge) {
        return None;
    }
    let before = before.trim_end_matches(|letter: char| letter.is_whitespace() || "-–—|:/•*~,".contains(letter));
    let behind =
        behind_rest.trim_start_matches(|letter: char| letter.is_whitespace() || "-–—|:/•*~,!".contains(letter));
    Some(if before.is_empty() || behind.is_empty() {
        format!("{before}{behind}")
    } else {
        format!("{before} – {behind}")
    })
}

fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || "-–—|•*~".contains(letter))
        .trim_end_matches([':', ','])
        .trim_end()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn badges_come_off() {
        for (title, expected) in [
            ("The Quiet Foxes – RESCHEDULED!", "The Quiet Foxes"),
            ("[POSTPONED] Night Bus", "Night Bus"),
            ("Night Bus (SOLD OUT)", "Night Bus"),
            ("SOLD OUT: Night Bus", "Night Bus"),
            ("SOLD OUT Night Bus", "Night Bus"),
            ("Night Bus *SOLD OUT*", "Night Bus"),
            ("Night Bus - NEW VENUE!", "Night Bus"),
            ("ABGESAGT! Kalter Hafen", "Kalter Hafen"),
            ("  Night\n Bus ", "Night Bus"),
            ("Sold Out", "Sold Out"),
            ("Bram &amp;amp; Night Bus &#8211; Tour", "Bram & Night Bus – Tour"),
            ("Night Bus – RESCHEDULED from 18 December", "Night Bus"),
            ("The Moved To Tears Band", "The Moved To Tears Band"),
            ("Complet Monstre Live", "Complet Monstre Live"),
        ] {
            assert_eq!(clean(title), expected, "{title}");
        }
    }
}
