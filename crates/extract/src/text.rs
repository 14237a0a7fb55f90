//! Small grammars over running text: what is a date, a clock time, a price, a status, a line-up. Each tells where in the
//! text it read, so that the words can be quoted. None of them knows a site.

pub(crate) mod clock;
pub(crate) mod dates;
pub(crate) mod lineup;
pub(crate) mod music;
pub(crate) mod price;
pub(crate) mod status;
pub(crate) mod title;
mod tokens;
mod words;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{clock, dates, lineup, music, price, status, title};

    const ALPHABET: &str = "[ 0-9a-zäéßİ./:,'’–—£€$+&x()\\[\\]|hHuTZ-]{0,60}";

    fn read_everything(text: &str) {
        let today = jiff::civil::date(2026, 8, 16);
        for found in dates::find(text, today) {
            assert!(text.get(found.range).is_some());
        }
        for found in clock::find(text) {
            assert!(text.get(found.range).is_some());
        }
        for found in price::find(text) {
            assert!(text.get(found.range).is_some());
        }
        if let Some((_, range)) = status::find(text) {
            assert!(text.get(range).is_some());
        }
        let _ = (lineup::split(text), lineup::of_title(text), title::clean(text), music::not_music(text));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            read_everything(&text);
        }

        #[test]
        fn no_text_of_dates_panics(text in ALPHABET) {
            read_everything(&text);
        }

        #[test]
        fn no_words_panic(words in proptest::collection::vec("(Fri|20|20th|Aug|August|2026|of|-|–|to|7pm|doors|:|30|,|/|0|99|feat\\.|\\+|w/|&|SOLD OUT|£|free)", 0..14)) {
            read_everything(&words.join(" "));
        }
    }
}
