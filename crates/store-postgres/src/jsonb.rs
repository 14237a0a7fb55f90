//! JSON as PostgreSQL can hold it, and back.
//!
//! JSONB holds no NUL, and keeps numbers as decimals. So NUL and U+0001 become U+0001 U+0001 and U+0001 U+0002, which keeps
//! the order of texts by bytes; and numbers with an exponent are written out, with `.0` where they would else pass for
//! integers. What comes back is spelled as `serde_json` spells it.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// More digits than any `f64` needs: what is longer was written out by us.
const LONGEST: usize = 18;

/// A document on its way in.
#[derive(Debug)]
pub(crate) struct Json(String);

impl Json {
    pub(crate) fn of(json: &str) -> Self {
        Self(escape(json).into_owned())
    }
}

/// A document on its way out.
pub(crate) struct Document(pub(crate) String);

impl ToSql for Json {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&[1]);
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSONB
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Document {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match raw.split_first() {
            Some((1, text)) => Ok(Self(unescape(std::str::from_utf8(text)?).into_owned())),
            _ => Err("an unknown version of JSONB".into()),
        }
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSONB
    }
}

/// A text as a parameter or in a column: the same escapes as inside of documents.
pub(crate) fn escape_text(text: &str) -> Cow<'_, str> {
    if text.contains(['\0', '\u{1}']) {
        Cow::Owned(text.replace('\u{1}', "\u{1}\u{2}").replace('\0', "\u{1}\u{1}"))
    } else {
        Cow::Borrowed(text)
    }
}

pub(crate) fn unescape_text(text: &str) -> Cow<'_, str> {
    if text.contains('\u{1}') {
        Cow::Owned(text.replace("\u{1}\u{1}", "\0").replace("\u{1}\u{2}", "\u{1}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn escape(json: &str) -> Cow<'_, str> {
    rewrite(json, |part| match part {
        Part::Escape("\\u0000") => Some((6, "\\u0001\\u0001".to_owned())),
        Part::Escape("\\u0001") => Some((6, "\\u0001\\u0002".to_owned())),
        Part::Escape(_) => None,
        Part::Number(number) => written_out(number).map(|written| (number.len(), written)),
    })
}

pub(crate) fn unescape(json: &str) -> Cow<'_, str> {
    let mut pending = false;
    rewrite(json, move |part| match part {
        // The second of a pair decides; the first one goes.
        Part::Escape("\\u0001") if !pending => {
            pending = true;
            Some((6, String::new()))
        }
        Part::Escape(escape @ ("\\u0001" | "\\u0002")) if pending => {
            pending = false;
            Some((6, if escape.ends_with('1') { "\\u0000" } else { "\\u0001" }.to_owned()))
        }
        Part::Escape(_) => None,
        Part::Number(number) if number.len() > LONGEST && number.contains('.') => {
            let exact: f64 = number.parse().ok()?;
            Some((number.len(), serde_json::Number::from_f64(exact)?.to_string()))
        }
        Part::Number(_) => None,
    })
}

/// What can need another spelling: a `\u` escape, or a number.
enum Part<'a> {
    Escape(&'a str),
    Number(&'a str),
}

/// Walks over JSON that is valid, and replaces what `replace` says: how many bytes, and by what.
fn rewrite(json: &str, mut replace: impl FnMut(Part<'_>) -> Option<(usize, String)>) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut out: Option<String> = None;
    let (mut at, mut kept, mut in_text) = (0, 0, false);
    while let Some(byte) = bytes.get(at) {
        let (length, replaced) = match byte {
            b'"' => {
                in_text = !in_text;
                (1, None)
            }
            b'\\' if in_text && bytes.get(at + 1) == Some(&b'u') => {
                (6, json.get(at..at + 6).and_then(|escape| replace(Part::Escape(escape))))
            }
            b'\\' if in_text => (2, None),
            b'0'..=b'9' | b'-' if !in_text => {
                let rest = &bytes[at..];
                let is_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let length = rest.iter().position(|byte| !is_number(byte)).unwrap_or(rest.len());
                (length, replace(Part::Number(&json[at..at + length])))
            }
            _ => (1, None),
        };
        if let Some((length, by)) = replaced {
            let out = out.get_or_insert_default();
            out.push_str(&json[kept..at]);
            out.push_str(&by);
            kept = at + length;
        }
        at += length;
    }
    match out {
        Some(out) => Cow::Owned(out + &json[kept..]),
        None => Cow::Borrowed(json),
    }
}

/// A number without its exponent; `None` if it has none that makes it look like an integer.
fn written_out(number: &str) -> Option<String> {
    let (mantissa, exponent) = number.split_once(['e', 'E'])?;
    let exponent: usize = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (moved, left) = fraction.split_at(exponent.min(fraction.len()));
    let zeros = "0".repeat(exponent - moved.len());
    Some(format!("{whole}{moved}{zeros}.{}", if left.is_empty() { "0" } else { left }))
}

#[cfg(test)]
mod tests {
    use super::{escape, escape_text, unescape, unescape_text};

    #[test]
    fn nul_is_escaped_and_back_and_keeps_its_order() {
        let texts = ["", "\0", "\0\0", "\0a", "\u{1}", "\u{1}\0", "\u{1}\u{1}", "\u{2}", "a\0", "a\u{1}\u{2}", "b"];
        for pair in texts.windows(2) {
            assert!(escape_text(pair[0]) < escape_text(pair[1]), "{pair:?}");
        }
        for text in texts.into_iter().chain(["\\u0000", "\\\0", "\"\0\""]) {
            assert_eq!(unescape_text(&escape_text(text)), text);
            let json = serde_json::to_string(text).unwrap();
            let escaped = escape(&json);
            assert!(!escaped.replace("\\\\", "").contains("\\u0000"), "{escaped}");
            assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), escape_text(text));
            assert_eq!(unescape(&escaped), json);
        }
    }

    #[test]
    fn numbers_keep_their_kind() {
        for (before, stored) in [
            ("[1,-2,1.0,\"1e5\"]", "[1,-2,1.0,\"1e5\"]"),
            ("{\"a\":1e16,\"b\":-1.25e+20}", "{\"a\":10000000000000000.0,\"b\":-125000000000000000000.0}"),
            ("[1.23456e3,1e-7]", "[1234.56,1e-7]"),
        ] {
            assert_eq!(escape(before), stored);
        }
        for real in [1e16, 1e22, 1e300, f64::MAX, f64::MIN, 1.234_567_890_123_456_7e18] {
            let json = serde_json::Number::from_f64(real).unwrap().to_string();
            assert_eq!(unescape(&escape(&json)), json);
        }
    }
}
