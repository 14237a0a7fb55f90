use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The most letters of a word that are kept.
const LONGEST: usize = 40;

/// A word as the index knows it: lower case, without accents, in Latin letters where there is a usual way to write it
/// so. Where it stood in the text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Cuts and folds a text, the same way for documents and queries.
///
/// Apostrophes do not cut ("O'Brien" is `obrien`), `&` and `+` are `and`, `$` beside and `!` between letters are the
/// letters they stand for ("A$AP", "P!nk"), and each Chinese character or kana is a word.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut cut = Cut { words: Vec::new(), open: None };
    let mut letters = text.char_indices().peekable();
    let mut before_is_letter = false;
    while let Some((at, letter)) = letters.next() {
        let to = at + letter.len_utf8();
        let next_is_letter = letters.peek().is_some_and(|(_, next)| next.is_alphabetic());
        match letter {
            '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '\u{300}'..='\u{36f}' => {}
            '&' | '+' => cut.alone(at, to, "and"),
            '$' if before_is_letter || next_is_letter => cut.extend(at, to, "s"),
            '!' if before_is_letter && next_is_letter => cut.extend(at, to, "i"),
            _ if is_word_alone(letter) => cut.alone(at, to, &letter.to_string()),
            _ if letter.is_alphanumeric() => cut.extend(at, to, &fold(letter)),
            _ => cut.close(),
        }
        before_is_letter = letter.is_alphabetic();
    }
    cut.close();
    cut.words
}

/// The whole title as one word, so that "Black Bird", "blackbird" and "The Blackbird" are the same. A title without
/// any word is itself.
pub(crate) fn title_key(title: &str) -> String {
    let words = words(title);
    let from = usize::from(words.len() > 1 && words[0].text == "the");
    match words.is_empty() {
        true => title.trim().to_lowercase(),
        false => words[from..].iter().map(|word| word.text.as_str()).collect(),
    }
}

struct Cut {
    words: Vec<Word>,
    open: Option<Word>,
}

impl Cut {
    fn extend(&mut self, at: usize, to: usize, folded: &str) {
        let word = self.open.get_or_insert_with(|| Word { text: String::new(), from: at, to });
        word.to = to;
        if word.text.len() + folded.len() <= LONGEST {
            word.text.push_str(folded);
        }
    }

    fn alone(&mut self, from: usize, to: usize, text: &str) {
        self.close();
        self.words.push(Word { text: text.to_owned(), from, to });
    }

    fn close(&mut self) {
        self.words.extend(self.open.take());
    }
}

fn fold(letter: char) -> String {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase().to_string();
    }
    let latin: String = deunicode::deunicode_char(letter)
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if latin.is_empty() { letter.to_lowercase().collect() } else { latin }
}

/// Scripts that are written without spaces, a character nearly a word.
fn is_word_alone(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
}

/// [`words`] for the engine.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordTokenizer;

pub(crate) struct WordStream {
    words: std::vec::IntoIter<Word>,
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream {
        WordStream { words: words(text).into_iter(), token: Token::default() }
    }
}

impl TokenStream for WordStream {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else { return false };
        self.token.text = word.text;
        self.token.offset_from = word.from;
        self.token.offset_to = word.to;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::{title_key, words};

    #[test]
    fn words_are_cut_and_folded() {
        for (text, expected) in [
            ("Motörhead", "motorhead"),
            ("Sigur Rós – Ágætis byrjun", "sigur ros agaetis byrjun"),
            ("Guns N’ Roses", "guns n roses"),
            ("O'Brien's", "obriens"),
            ("AC/DC", "ac dc"),
            ("P!nk & A$AP Rocky!", "pink and asap rocky"),
            ("$20 off", "20 off"),
            ("Florence + the Machine", "florence and the machine"),
            ("Кино", "kino"),
            ("Straße", "strasse"),
            ("Cafe\u{301} Noir", "cafe noir"),
            ("東京 Jazz", "東 京 jazz"),
            ("  ", ""),
            ("!!!", ""),
        ] {
            let cut: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
            assert_eq!(cut.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_word_knows_where_it_stood() {
        let text = "Die Ärzte!";
        let cut = words(text);
        assert_eq!(&text[cut[1].from..cut[1].to], "Ärzte");
    }

    #[test]
    fn a_title_is_one_key() {
        for (title, key) in [
            ("The Black Bird", "blackbird"),
            ("Blackbird", "blackbird"),
            ("The", "the"),
            ("!!!", "!!!"),
            ("The The", "the"),
        ] {
            assert_eq!(title_key(title), key, "{title}");
        }
    }
}
