use deunicode::deunicode;

use super::words;

/// A name in its one spelling: ASCII lower case, one blank between words, "&" and its translations as `and`, initials
/// joined (`r.e.m.` is `rem`), bracketed qualifiers kept in parentheses. Nothing that may distinguish is dropped yet;
/// folding twice changes nothing. Empty only for an empty text: a name of punctuation alone stays as it is.
pub fn fold(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !is_pictograph(*c)).collect();
    let plain = deunicode(&plain).to_ascii_lowercase();
    let spaced = space_out(&plain.chars().collect::<Vec<_>>());
    if !spaced.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return text.split_whitespace().collect::<String>().to_lowercase().chars().take(60).collect();
    }
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let last = tokens.len() - 1;
    let folded: Vec<&str> = tokens
        .iter()
        .enumerate()
        .map(|(i, token)| if i > 0 && i < last && words::AND.contains(token) { "and" } else { token })
        .collect();
    let folded = folded.join(" ").replace("( ", "(").replace(" )", ")").replace("()", "");
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_pictograph(c: char) -> bool {
    matches!(u32::from(c), 0x2600..=0x27BF | 0x1F000..=0x1FAFF | 0xFE0F)
}

fn space_out(chars: &[char]) -> String {
    let letter = |i: usize| chars.get(i).is_some_and(char::is_ascii_alphabetic);
    let solid = |i: usize| chars.get(i).is_some_and(char::is_ascii_alphanumeric);
    let before = |i: usize| i.checked_sub(1);
    let mut out = String::with_capacity(chars.len() + 8);
    let mut depth = 0_u32;
    for (i, &c) in chars.iter().enumerate() {
        let after_letter = before(i).is_some_and(letter);
        let initial = after_letter && before(i).and_then(before).is_none_or(|i| !solid(i));
        match c {
            _ if c.is_ascii_alphanumeric() => out.push(c),
            // `l'olympia` is `olympia` with its article, `d'angelo` is one word in two.
            '\'' | '`' if initial && letter(i + 1) && matches!(chars[i - 1], 'l' | 'd') => out.push(' '),
            '\'' | '`' => {}
            '.' if initial && letter(i + 1) => {}
            '!' if after_letter && letter(i + 1) => out.push('i'),
            '$' if letter(i + 1) => out.push('s'),
            '&' | '+' => out.push_str(" and "),
            '@' => out.push_str(" at "),
            '(' | '[' => {
                depth += 1;
                out.push_str(if depth == 1 { " ( " } else { " " });
            }
            ')' | ']' if depth > 0 => {
                depth -= 1;
                out.push_str(if depth == 0 { " ) " } else { " " });
            }
            _ => out.push(' '),
        }
    }
    if depth > 0 {
        out.push_str(" ) ");
    }
    out
}

/// A folded name without its leading "the", unless nothing else is left of it.
pub fn without_article(folded: &str) -> &str {
    folded.strip_prefix("the ").filter(|rest| !rest.is_empty()).unwrap_or(folded)
}

/// Whether a name stands for a name to come (`TBA`, `special guests`) and names nobody.
pub fn is_placeholder(name: &str) -> bool {
    let folded = fold(name);
    let tokens: Vec<&str> = folded.split([' ', '(', ')']).filter(|token| !token.is_empty()).collect();
    tokens.is_empty() || tokens.iter().all(|token| words::PLACEHOLDER.contains(token))
}

/// Whether a name stands for a place to come, or is a heading that names none.
pub fn is_no_place(name: &str) -> bool {
    let folded = fold(name);
    is_placeholder(&folded) || folded.split([' ', '(', ')']).all(|token| words::HEADING.contains(&token))
}

/// The parts of a folded name that bear on identity in different ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    /// The words in their one spelling, numerals as digits, without a leading "the" and without what says only how it is played.
    pub tokens: Vec<String>,
    /// Every run of digits, sorted.
    pub numerals: Vec<String>,
    /// The country that tells namesakes apart: `nirvana (uk)`.
    pub origin: Option<String>,
    /// Plays somebody else's songs.
    pub tribute: bool,
}

impl NameParts {
    /// Takes a folded name apart.
    pub fn of(folded: &str) -> Self {
        let mut parts = Self::default();
        let (base, qualifiers) = split_qualifiers(without_article(folded));
        let mut tokens: Vec<&str> = base.split(' ').filter(|token| !token.is_empty()).collect();
        while tokens.len() > 1 && tokens.last().is_some_and(|token| words::FORMAT_TAIL.contains(token)) {
            tokens.pop();
        }
        for qualifier in &qualifiers {
            let said: Vec<&str> = qualifier.split(' ').filter(|token| !token.is_empty()).collect();
            if let Some(country) = words::country(qualifier) {
                parts.origin = Some(country.to_owned());
            } else if !said.iter().all(|token| words::FORMAT.contains(token)) || tokens.is_empty() {
                tokens.extend(said);
            }
        }
        parts.tribute = tokens.iter().any(|token| words::TRIBUTE.contains(token));
        parts.tokens = tokens.iter().enumerate().map(|(i, token)| words::canonical(token, i > 0).to_owned()).collect();
        parts.numerals = digit_runs(&parts.tokens);
        parts
    }

    /// All words in one.
    pub fn squashed(&self) -> String {
        self.tokens.concat()
    }
}

fn split_qualifiers(folded: &str) -> (String, Vec<String>) {
    let (mut base, mut qualifiers) = (String::new(), Vec::new());
    for (i, piece) in folded.split('(').enumerate() {
        match piece.split_once(')') {
            Some((inside, rest)) if i > 0 => {
                qualifiers.push(inside.trim().to_owned());
                base.push_str(rest);
            }
            _ => base.push_str(piece),
        }
    }
    (base, qualifiers)
}

fn digit_runs(tokens: &[String]) -> Vec<String> {
    let mut runs: Vec<String> = tokens
        .iter()
        .flat_map(|token| token.split(|c: char| !c.is_ascii_digit()))
        .filter(|run| !run.is_empty())
        .map(|run| run.trim_start_matches('0').to_owned())
        .collect();
    runs.sort_unstable();
    runs
}

#[cfg(test)]
mod tests {
    use super::{NameParts, fold, is_no_place, is_placeholder};

    #[test]
    fn spellings_fold_into_one() {
        for (given, expected) in [
            ("Björk", "bjork"),
            ("  Mumford  & Sons ", "mumford and sons"),
            ("Florence + The Machine", "florence and the machine"),
            ("Simon und Garfunkel", "simon and garfunkel"),
            ("Y Bando", "y bando"),
            ("R.E.M.", "rem"),
            ("Mr. Big", "mr big"),
            ("Ronnie Scott’s", "ronnie scotts"),
            ("L'Olympia", "l olympia"),
            ("AC/DC", "ac dc"),
            ("P!nk", "pink"),
            ("A$AP Rocky", "asap rocky"),
            ("Nirvana [UK]", "nirvana (uk)"),
            ("Guns N’ Roses", "guns and roses"),
            ("Broken (open", "broken (open)"),
            ("🎸 Foo 🎸", "foo"),
            ("!!!", "!!!"),
            ("Молчат Дома", "molchat doma"),
            ("", ""),
            ("()", "()"),
        ] {
            assert_eq!(fold(given), expected, "{given}");
            assert_eq!(fold(&fold(given)), fold(given), "{given}");
        }
    }

    #[test]
    fn parts_say_what_distinguishes() {
        let parts = |name: &str| NameParts::of(&fold(name));
        assert_eq!(parts("The Beatles"), parts("Beatles"));
        assert_eq!(parts("The The").tokens, ["the"]);
        assert_eq!(parts("Foo (live)"), parts("Foo"));
        assert_eq!(parts("Foo (DJ set)"), parts("Foo"));
        assert_eq!(parts("Foo Live"), parts("Foo"));
        assert_eq!(parts("Live").tokens, ["live"]);
        assert_eq!(parts("Nirvana (UK)").origin.as_deref(), Some("gb"));
        assert_eq!(parts("Blink-182").numerals, ["182"]);
        assert_eq!(parts("Blink182").numerals, ["182"]);
        assert_eq!(parts("Studio Two").numerals, parts("Studio 2").numerals);
        assert_eq!(parts("Rocky III").numerals, ["3"]);
        assert!(parts("Muse (tribute)").tribute);
    }

    #[test]
    fn headings_name_no_place() {
        for name in ["Gigs", "What's on", "TBA", "Upcoming shows"] {
            assert!(is_no_place(name), "{name}");
        }
        for name in ["Concert Hall", "The Venue Milton", "Home Bar"] {
            assert!(!is_no_place(name), "{name}");
        }
    }

    #[test]
    fn names_to_come_name_nobody() {
        for name in ["TBA", "t.b.c.", "Special Guests", "+ support", "many more", "Various Artists", "u.a."] {
            assert!(is_placeholder(name), "{name}");
        }
        for name in ["Guest House", "!!!", "The Specials", "Support Lesbiens"] {
            assert!(!is_placeholder(name), "{name}");
        }
    }
}
