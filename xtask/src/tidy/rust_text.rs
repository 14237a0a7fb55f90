/// A Rust file in layers that keep its lines and columns: what is blank in one stands in another.
pub(crate) struct RustText {
    /// Without comments and without the insides of literals.
    pub(crate) code: String,
    /// [`RustText::code`] without items under `#[cfg(test)]`.
    pub(crate) shipped: String,
    /// Comments alone.
    pub(crate) comments: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl RustText {
    pub(crate) fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let (mut code, mut comments) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
        let mut at = 0;
        while at < chars.len() {
            let before = at.checked_sub(1).map(|before| chars[before]);
            let (length, kind) = token(&chars[at..], before);
            for &c in &chars[at..(at + length.max(1)).min(chars.len())] {
                let (in_code, in_comments) = match kind {
                    _ if c == '\n' => ('\n', '\n'),
                    Kind::Code => (c, ' '),
                    Kind::Comment => (' ', c),
                    Kind::Literal => (' ', ' '),
                };
                code.push(in_code);
                comments.push(in_comments);
            }
            at += length.max(1);
        }
        let shipped = without_tests(&code);
        Self { code, shipped, comments }
    }
}

/// The lines of a text that hold `needle`, from 1.
pub(crate) fn lines_with<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    (1..).zip(text.lines()).filter(move |(_, line)| line.contains(needle))
}

/// How far the next token reaches, as far as it matters here.
fn token(rest: &[char], before: Option<char>) -> (usize, Kind) {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match rest {
        ['/', '/', ..] => (rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()), Kind::Comment),
        ['/', '*', ..] => (block_comment(rest), Kind::Comment),
        ['"', ..] => (string(rest), Kind::Literal),
        ['r' | 'b' | 'c', ..] if !in_word => match raw_string(rest) {
            Some(length) => (length, Kind::Literal),
            None => (1, Kind::Code),
        },
        ['\'', '\\', ..] => (3 + rest.iter().skip(3).position(|c| *c == '\'').unwrap_or(0) + 1, Kind::Literal),
        ['\'', _, '\'', ..] => (3, Kind::Literal),
        _ => (1, Kind::Code),
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#`, `br"…"` and `cr"…"`; `None` for anything else.
fn raw_string(rest: &[char]) -> Option<usize> {
    let start = match rest {
        ['r', ..] => 1,
        ['b' | 'c', 'r', ..] => 2,
        _ => return None,
    };
    let hashes = rest[start..].iter().take_while(|c| **c == '#').count();
    if rest.get(start + hashes) != Some(&'"') {
        return None;
    }
    let body = start + hashes + 1;
    let closes = |at: &usize| rest[*at] == '"' && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
    Some((body..rest.len()).find(closes).map_or(rest.len(), |at| at + 1 + hashes))
}

/// The code with everything under `#[cfg(test)]` blanked, up to the end of the item.
fn without_tests(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..start]);
        let end = start + item_end(&rest[start..]);
        kept.extend(rest[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    kept + rest
}

/// Where the item that begins here ends: behind its braces, or behind the semicolon that comes before any.
fn item_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::{RustText, lines_with};

    #[test]
    fn comments_and_literals_are_told_from_code() {
        for (text, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x // \" y") + 1"#, "f(           ) + 1"),
            ("r#\"a\"b\"# + br\"c\" + var", "         +       + var"),
            ("for 'a' in x<'a> '\\n' '\\''", "for     in x<'a>          "),
            ("\"open", "     "),
        ] {
            assert_eq!(RustText::of(text).code.trim_end(), code.trim_end(), "{text}");
        }
        assert_eq!(RustText::of("a // b").comments, "  // b");
    }

    #[test]
    fn test_items_are_not_shipped_and_lines_stay() {
        let text = RustText::of(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { {} }\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nfn e() {}",
        );
        let lines: Vec<&str> = text.shipped.lines().map(str::trim).collect();
        assert_eq!(lines, ["fn a() {}", "", "", "", "", "fn c() {}", "", "", "fn e() {}"]);
        assert_eq!(lines_with(&text.shipped, "fn c").next().unwrap().0, 6);
    }
}
