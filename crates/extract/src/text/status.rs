//! What a text says about whether an event takes place.

use std::ops::Range;

use model::EventStatus;

const WORDS: [(&str, EventStatus); 56] = [
    ("cancelled", EventStatus::Cancelled),
    ("canceled", EventStatus::Cancelled),
    ("cancellation", EventStatus::Cancelled),
    ("abgesagt", EventStatus::Cancelled),
    ("entfällt", EventStatus::Cancelled),
    ("fällt aus", EventStatus::Cancelled),
    ("annulé", EventStatus::Cancelled),
    ("annulée", EventStatus::Cancelled),
    ("annule", EventStatus::Cancelled),
    ("cancelado", EventStatus::Cancelled),
    ("cancelada", EventStatus::Cancelled),
    ("suspendido", EventStatus::Cancelled),
    ("annullato", EventStatus::Cancelled),
    ("annullata", EventStatus::Cancelled),
    ("geannuleerd", EventStatus::Cancelled),
    ("afgelast", EventStatus::Cancelled),
    ("aflyst", EventStatus::Cancelled),
    ("inställt", EventStatus::Cancelled),
    ("rescheduled", EventStatus::Rescheduled),
    ("new date", EventStatus::Rescheduled),
    ("date change", EventStatus::Rescheduled),
    ("date changed", EventStatus::Rescheduled),
    ("new venue", EventStatus::Rescheduled),
    ("venue change", EventStatus::Rescheduled),
    ("venue changed", EventStatus::Rescheduled),
    ("venue upgrade", EventStatus::Rescheduled),
    ("upgraded venue", EventStatus::Rescheduled),
    ("moved to", EventStatus::Rescheduled),
    ("verlegt", EventStatus::Rescheduled),
    ("hochverlegt", EventStatus::Rescheduled),
    ("neuer termin", EventStatus::Rescheduled),
    ("reporté au", EventStatus::Rescheduled),
    ("nouvelle date", EventStatus::Rescheduled),
    ("nueva fecha", EventStatus::Rescheduled),
    ("nuova data", EventStatus::Rescheduled),
    ("verplaatst", EventStatus::Rescheduled),
    ("postponed", EventStatus::Postponed),
    ("verschoben", EventStatus::Postponed),
    ("reporté", EventStatus::Postponed),
    ("reportée", EventStatus::Postponed),
    ("aplazado", EventStatus::Postponed),
    ("pospuesto", EventStatus::Postponed),
    ("rinviato", EventStatus::Postponed),
    ("uitgesteld", EventStatus::Postponed),
    ("adiado", EventStatus::Postponed),
    ("udsat", EventStatus::Postponed),
    ("sold out", EventStatus::SoldOut),
    ("soldout", EventStatus::SoldOut),
    ("sold-out", EventStatus::SoldOut),
    ("ausverkauft", EventStatus::SoldOut),
    ("complet", EventStatus::SoldOut),
    ("agotado", EventStatus::SoldOut),
    ("agotadas", EventStatus::SoldOut),
    ("esaurito", EventStatus::SoldOut),
    ("uitverkocht", EventStatus::SoldOut),
    ("esgotado", EventStatus::SoldOut),
];

/// The status that `text` states, and the words that state it. Where several are named, the gravest wins.
pub(crate) fn find(text: &str) -> Option<(EventStatus, Range<usize>)> {
    let mut best: Option<(EventStatus, Range<usize>)> = None;
    for start in word_starts(text) {
        let rest = &text[start..];
        let Some((status, length)) =
            WORDS.iter().find_map(|(word, status)| Some((*status, starts_with_word(rest, word)?)))
        else {
            continue;
        };
        if is_softened(&text[..start], &rest[length..]) {
            continue;
        }
        if best.as_ref().is_none_or(|(before, _)| gravity(status) > gravity(*before)) {
            best = Some((status, start..start + length));
        }
    }
    best
}

/// Where `phrase` (lower case) stands in `text` as whole words, in any case.
pub(crate) fn find_words(text: &str, phrase: &str) -> Option<Range<usize>> {
    word_starts(text).find_map(|start| Some(start..start + starts_with_word(&text[start..], phrase)?))
}

/// The bytes of `text` that `phrase` takes at its beginning, when a word ends behind it.
pub(super) fn starts_with_word(text: &str, phrase: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    let mut end = 0;
    for expected in phrase.chars() {
        let (at, letter) = letters.next()?;
        let same = letter == expected || lower(letter) == expected || expected == ' ' && letter.is_whitespace();
        if !same {
            return None;
        }
        end = at + letter.len_utf8();
    }
    (!letters.next().is_some_and(|(_, letter)| letter.is_alphanumeric())).then_some(end)
}

/// The byte positions at which words begin.
pub(super) fn word_starts(text: &str) -> impl Iterator<Item = usize> {
    let mut inside = false;
    text.char_indices().filter_map(move |(at, letter)| {
        let word = letter.is_alphanumeric();
        let starts = word && !inside;
        inside = word;
        starts.then_some(at)
    })
}

fn lower(letter: char) -> char {
    if letter.is_ascii() { letter.to_ascii_lowercase() } else { letter.to_lowercase().next().unwrap_or(letter) }
}

fn gravity(status: EventStatus) -> u8 {
    match status {
        EventStatus::Cancelled => 4,
        EventStatus::Rescheduled => 3,
        EventStatus::Postponed => 2,
        EventStatus::SoldOut => 1,
        EventStatus::Scheduled => 0,
    }
}

/// "Nearly sold out", "if cancelled", "cancellation policy".
fn is_softened(before: &str, behind: &str) -> bool {
    const BEFORE: [&str; 14] = [
        "nearly",
        "almost",
        "not",
        "if",
        "be",
        "fast",
        "fast,",
        "bald",
        "fast.",
        "previously",
        "presque",
        "or",
        "nicht",
        "bijna",
    ];
    const BEHIND: [&str; 8] = ["policy", "or", "policies", "insurance", "fee", "fees", "tour", "events"];
    let last = before.split_whitespace().next_back().unwrap_or("").to_lowercase();
    let next = behind.split_whitespace().next().unwrap_or("").to_lowercase();
    BEFORE.contains(&last.as_str()) || BEHIND.contains(&next.as_str())
}

#[cfg(test)]
mod tests {
    use model::EventStatus::{Cancelled, Postponed, Rescheduled, SoldOut};

    use super::find;

    #[test]
    fn statuses_in_many_languages() {
        for (text, expected, words) in [
            ("SOLD OUT", SoldOut, "SOLD OUT"),
            ("The Quiet Foxes – RESCHEDULED!", Rescheduled, "RESCHEDULED"),
            ("[POSTPONED] Night Bus", Postponed, "POSTPONED"),
            ("Event Cancelled", Cancelled, "Cancelled"),
            ("ABGESAGT: Kalter Hafen", Cancelled, "ABGESAGT"),
            ("Complet", SoldOut, "Complet"),
            ("ANNULÉ", Cancelled, "ANNULÉ"),
            ("Sold out - CANCELLED", Cancelled, "CANCELLED"),
        ] {
            let (status, range) = find(text).expect(text);
            assert_eq!((status, &text[range]), (expected, words), "{text}");
        }
    }

    #[test]
    fn what_is_no_status() {
        for text in
            ["", "Almost sold out", "Cancellation policy", "The Completists", "Uncancelled", "if cancelled, refunds"]
        {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
