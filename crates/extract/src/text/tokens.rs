//! Cuts a text into numbers, words and signs.

/// A piece of a text. White space is left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
    pub(crate) start: usize,
    /// Nothing stands between this token and the one before it.
    pub(crate) glued: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A run of ASCII digits; `u32::MAX` when it does not fit.
    Number(u32),
    Word,
    Sign(char),
}

impl Token<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(crate) fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The number, when it is written with `digits` digits.
    pub(crate) fn number(&self, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
        match self.kind {
            Kind::Number(number) if digits.contains(&self.text.len()) => Some(number),
            _ => None,
        }
    }

    /// The word in lower case without accents, as far as it is short enough to stand in a table.
    pub(crate) fn folded<'b>(&self, buffer: &'b mut [u8; 16]) -> Option<&'b str> {
        if self.kind != Kind::Word {
            return None;
        }
        fold_word(self.text, buffer)
    }
}

/// `word` in lower case and without accents; `None` when it is longer than 16 letters or written in another script.
fn fold_word<'b>(word: &str, buffer: &'b mut [u8; 16]) -> Option<&'b str> {
    let mut length = 0;
    for letter in word.chars() {
        let plain = if letter.is_ascii() { letter.to_ascii_lowercase() } else { without_accent(letter)? };
        *buffer.get_mut(length)? = u8::try_from(plain).ok()?;
        length += 1;
    }
    std::str::from_utf8(&buffer[..length]).ok()
}

fn without_accent(letter: char) -> Option<char> {
    Some(match letter {
        'à'..='å' | 'À'..='Å' => 'a',
        'ç' | 'Ç' => 'c',
        'è'..='ë' | 'È'..='Ë' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' => 'i',
        'ñ' | 'Ñ' => 'n',
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        'ß' => 's',
        _ => return None,
    })
}

/// All tokens of `text`, in order. Letters and digits that touch are two tokens: `20th` is `20`, `th`.
pub(crate) fn cut(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() || first == '\u{200b}' || first == '\u{ad}' {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let (kind, length) = if first.is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            (Kind::Number(rest[..length].parse().unwrap_or(u32::MAX)), length)
        } else if first.is_alphabetic() {
            let length = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
            (Kind::Word, length)
        } else {
            (Kind::Sign(first), first.len_utf8())
        };
        let glued = tokens.last().is_some_and(|before| before.end() == at);
        tokens.push(Token { kind, text: &rest[..length], start: at, glued });
        at += length;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::{Kind, cut};

    #[test]
    fn letters_digits_and_signs_part() {
        let tokens = cut("Fri 20th, 7.30pm");
        let texts: Vec<&str> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(texts, ["Fri", "20", "th", ",", "7", ".", "30", "pm"]);
        assert_eq!(tokens[1].kind, Kind::Number(20));
        assert!(tokens[2].glued && !tokens[1].glued);
    }

    #[test]
    fn words_are_compared_without_accents() {
        let mut buffer = [0; 16];
        assert_eq!(cut("AOÛT")[0].folded(&mut buffer), Some("aout"));
        assert_eq!(cut("пятница")[0].folded(&mut buffer), None);
        assert_eq!(cut("Donaudampfschifffahrt")[0].folded(&mut buffer), None);
    }
}
