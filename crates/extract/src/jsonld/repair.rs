use std::borrow::Cow;

use serde_json::Value;

use crate::unescape;

/// Reads a script's JSON; where it is broken in a way that leaves no doubt what was meant, mends it and says so.
pub(super) fn read(text: &str) -> (Vec<Value>, Option<String>) {
    let text = text.trim();
    match serde_json::from_str(text) {
        Ok(value) => (vec![value], None),
        Err(error) => match mend(text) {
            Some((values, how)) => (values, Some(format!("malformed ({error}), mended by {how}"))),
            None => (Vec::new(), Some(format!("malformed: {error}"))),
        },
    }
}

/// Tries the repairs one after another, each on the outcome of the one before.
fn mend(text: &str) -> Option<(Vec<Value>, String)> {
    let mut text = Cow::Borrowed(text);
    let mut done = Vec::new();
    type Repair = fn(&str) -> Option<String>;
    let repairs: [(&str, Repair); 4] = [
        ("taking comment marks out", without_wrapping),
        ("undoing character references", without_references),
        ("escaping raw line ends and wrong escapes", with_valid_strings),
        ("taking stray commas out", without_stray_commas),
    ];
    for (name, repair) in repairs {
        let Some(mended) = repair(&text) else { continue };
        text = Cow::Owned(mended);
        done.push(name);
        if let Some(values) = parse_all(&text) {
            return Some((values, done.join(", ")));
        }
    }
    parse_all(&text).map(|values| (values, "reading several values in a row".to_owned()))
}

/// One value, or several in a row with or without commas between them.
fn parse_all(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let value = stream.next()?.ok()?;
        if !(value.is_object() || value.is_array()) {
            return None;
        }
        values.push(value);
        rest = rest[stream.byte_offset()..].trim_start().trim_start_matches([',', ';']).trim_start();
    }
    (!values.is_empty()).then_some(values)
}

/// HTML comment and CDATA marks around the JSON, a byte order mark, a closing semicolon.
fn without_wrapping(text: &str) -> Option<String> {
    const MARKS: [&str; 9] =
        ["/*<![CDATA[*/", "/*]]>*/", "//<![CDATA[", "//]]>", "<![CDATA[", "]]>", "<!--", "//-->", "-->"];
    let mut kept = text.trim_matches(['\u{FEFF}', ';', ' ', '\n', '\r', '\t']);
    loop {
        let before = kept;
        for mark in MARKS {
            kept = kept.strip_prefix(mark).unwrap_or(kept).trim();
            kept = kept.strip_suffix(mark).unwrap_or(kept).trim();
        }
        kept = kept.trim_matches([';', '\u{FEFF}']).trim();
        if kept == before {
            break;
        }
    }
    (kept != text).then(|| kept.to_owned())
}

/// A whole script that was escaped as if it were text: `{&quot;@type&quot;:`.
fn without_references(text: &str) -> Option<String> {
    let head = text.get(..200).unwrap_or(text);
    (!head.contains('"') && head.contains("&quot;")).then(|| unescape::entities(text).into_owned())
}

/// Escapes control characters inside strings and drops backslashes that escape nothing.
fn with_valid_strings(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut inside = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                inside = !inside;
                out.push(c);
            }
            '\\' if inside => {
                if let Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') = chars.peek() {
                    out.push(c);
                    out.extend(chars.next());
                }
            }
            '\n' if inside => out.push_str("\\n"),
            '\t' if inside => out.push_str("\\t"),
            c if inside && c.is_control() && (c as u32) < 0x20 => out.push(' '),
            c => out.push(c),
        }
    }
    (out != text).then_some(out)
}

/// Drops a comma before a closing bracket, after an opening one, or after another comma.
fn without_stray_commas(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (false, false);
    let mut last = '[';
    for (at, c) in text.char_indices() {
        if inside {
            inside = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == ',' {
            let next = text[at + 1..].trim_start().chars().next();
            if matches!(last, '[' | '{' | ',') || matches!(next, Some(']' | '}' | ',') | None) {
                continue;
            }
        } else if c == '"' {
            inside = true;
        }
        if !c.is_whitespace() {
            last = c;
        }
        out.push(c);
    }
    (out != text).then_some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn what_is_safely_mended_is_mended_and_said() {
        let show = json!({"name": "The Lanterns"});
        for text in [
            "{\"name\": \"The Lanterns\",}",
            "<!-- {\"name\": \"The Lanterns\"} -->",
            "//<![CDATA[\n{\"name\": \"The Lanterns\"}\n//]]>",
            "{&quot;name&quot;: &quot;The Lanterns&quot;}",
            "{\"name\": \"The Lanterns\"};",
            "{\"name\": \"The\\ Lanterns\"}",
            "{,\"name\": \"The Lanterns\",,}",
        ] {
            let (values, problem) = read(text);
            assert_eq!(values, std::slice::from_ref(&show), "{text}");
            assert!(problem.unwrap().contains("mended"), "{text}");
        }
        assert_eq!(read("{\"d\": \"one\ntwo, ]\"}").0, [json!({"d": "one\ntwo, ]"})]);
        assert_eq!(read("{\"a\":1}\n{\"a\":2},{\"a\":3}").0.len(), 3);
    }

    #[test]
    fn what_is_not_is_refused() {
        for text in ["{\"name\": The Lanterns}", "{\"a\": \"b\" \"c\"}", "{\"a\": [1, 2}", "", "null x"] {
            let (values, problem) = read(text);
            assert!(values.is_empty() && problem.is_some(), "{text}");
        }
        assert!(read(&"[".repeat(100_000)).0.is_empty());
    }
}
