use std::borrow::Cow;

use markup5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

/// Undoes HTML character references once, as the HTML standard's tokenizer does: `&amp;`, `&#233;`, `&#xE9;`, and the
/// old names without a semicolon.
pub(crate) fn entities(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let used = reference(rest, &mut out);
        if used == 0 {
            out.push('&');
            rest = &rest[1..];
        } else {
            rest = &rest[used..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Undoes what was escaped twice, too.
pub(crate) fn entities_twice(text: &str) -> Cow<'_, str> {
    match entities(text) {
        Cow::Borrowed(text) => Cow::Borrowed(text),
        Cow::Owned(once) => Cow::Owned(entities(&once).into_owned()),
    }
}

/// Reads one reference at the start of `text` (which begins with `&`); the bytes it took, 0 where it is none.
fn reference(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b'#') { numeric(text, out) } else { named(text, out) }
}

fn numeric(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
    let (from, radix) = if hex { (3, 16) } else { (2, 10) };
    let digits = bytes[from.min(bytes.len())..]
        .iter()
        .take(9)
        .take_while(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() })
        .count();
    if digits == 0 {
        return 0;
    }
    let code = u32::from_str_radix(&text[from..from + digits], radix).unwrap_or(0xFFFD);
    let c = match code {
        0 => '\u{FFFD}',
        0x80..=0x9F => C1_REPLACEMENTS[(code - 0x80) as usize].unwrap_or('\u{FFFD}'),
        _ => char::from_u32(code).unwrap_or('\u{FFFD}'),
    };
    out.push(c);
    from + digits + usize::from(bytes.get(from + digits) == Some(&b';'))
}

fn named(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let letters = bytes[1..].iter().take(32).take_while(|b| b.is_ascii_alphanumeric()).count();
    let with_semicolon = usize::from(bytes.get(1 + letters) == Some(&b';'));
    for length in (2..=letters + with_semicolon).rev() {
        if let Some(&(first, second)) = NAMED_ENTITIES.get(&text[1..=length])
            && first != 0
        {
            out.extend(char::from_u32(first));
            if second != 0 {
                out.extend(char::from_u32(second));
            }
            return length + 1;
        }
    }
    0
}

/// Undoes the escapes of JSON (and JavaScript) strings wherever they stand: `\"`, `\/`, `\n`, `\u00e9`, `\x27`.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        let mut used = c.len_utf8();
        match c {
            'n' | 'r' | 't' | 'f' | 'b' => out.push(' '),
            'u' => used = unicode(rest, &mut out),
            'x' => match rest.get(1..3).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32) {
                Some(c) => {
                    out.push(c);
                    used = 3;
                }
                None => out.push_str("\\x"),
            },
            other => out.push(other),
        }
        rest = &rest[used..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Reads `uXXXX`, with its low surrogate where it is a high one; the bytes it took.
fn unicode(text: &str, out: &mut String) -> usize {
    let unit = |from: usize| text.get(from..from + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let Some(high) = unit(1) else {
        out.push_str("\\u");
        return 1;
    };
    if let (0xD800..=0xDBFF, Some("\\u"), Some(low @ 0xDC00..=0xDFFF)) = (high, text.get(5..7), unit(7)) {
        out.extend(char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
        return 11;
    }
    out.push(char::from_u32(high).unwrap_or('\u{FFFD}'));
    5
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_are_undone_as_browsers_do() {
        for (given, expected) in [
            ("Tom &amp; Jo", "Tom & Jo"),
            ("caf&#233; &#xE9;&eacute;", "café éé"),
            ("&#8217;&#146;", "’’"),
            ("a &lt b &copy2026", "a < b ©2026"),
            ("AT&T & co &unknown; &", "AT&T & co &unknown; &"),
            ("&#; &#x; &#99999999999;", "&#; &#x; \u{FFFD}99;"),
        ] {
            assert_eq!(super::entities(given), expected, "{given}");
        }
        assert_eq!(super::entities_twice("Keb&amp;#8217; Mo"), "Keb’ Mo");
    }

    #[test]
    fn json_escapes_are_undone_in_place() {
        for (given, expected) in [
            (r#"say \"hi\" \/ \u00e9\n"#, "say \"hi\" / é "),
            (r"\ud83c\udfb8", "🎸"),
            (r"\ud83c alone \uZZ", "\u{FFFD} alone \\uZZ"),
            (r"it\x27s \xzz é\", "it's \\xzz é\\"),
        ] {
            assert_eq!(super::json(given), expected, "{given}");
        }
    }
}
