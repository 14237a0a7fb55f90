use std::borrow::Cow;

use memchr::memchr;

use crate::page::{fold, is_block};
use crate::unescape;

/// The longest tag that is recognised as one, in bytes.
const TAG_MAX: usize = 16 * 1024;

/// What a reader sees of a string in a data field: character references undone (twice, as they are often escaped twice),
/// HTML tags taken out, white space folded.
pub(crate) fn plain(text: &str) -> String {
    let text = unescape::entities_twice(text);
    if memchr(b'<', text.as_bytes()).is_none() {
        return fold(&text);
    }
    let mut out = String::with_capacity(text.len());
    strip_tags(&text, |piece, seam| {
        out.push_str(piece);
        if seam == Seam::Space {
            out.push(' ');
        }
    });
    fold(&out)
}

/// The same with line breaks kept, as they part the lines of an address.
pub(crate) fn plain_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// What stands where a tag was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seam {
    /// An inline tag: the words on both sides may be one word.
    Nothing,
    /// A block's edge or a line break.
    Space,
}

/// Gives `text` piece by piece, without its tags, comments and CDATA marks.
pub(crate) fn strip_tags(text: &str, mut piece: impl FnMut(&str, Seam)) {
    let bytes = text.as_bytes();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let open = at + found;
        match tag_at(text, open) {
            Some((end, seam)) => {
                piece(&text[from..open], seam);
                from = end;
                at = end;
            }
            None => at = open + 1,
        }
    }
    piece(&text[from..], Seam::Nothing);
}

/// The end of the tag that opens at `open`, and what it leaves.
fn tag_at(text: &str, open: usize) -> Option<(usize, Seam)> {
    let rest = &text[open..];
    if let Some(comment) = rest.strip_prefix("<!--") {
        return Some((open + 4 + memchr::memmem::find(comment.as_bytes(), b"-->")? + 3, Seam::Nothing));
    }
    if rest.starts_with("<![CDATA[") {
        return Some((open + 9, Seam::Nothing));
    }
    let bytes = rest.as_bytes();
    let first = *bytes.get(1)?;
    if !(first.is_ascii_alphabetic() || matches!(first, b'/' | b'!' | b'?')) {
        return None;
    }
    let end = tag_end(bytes)?;
    let name_from = if first == b'/' { 2 } else { 1 };
    let name = bytes[name_from..end].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = rest[name_from..name_from + name].to_ascii_lowercase();
    Some((open + end, if is_block(&name) { Seam::Space } else { Seam::Nothing }))
}

/// The bytes up to and with the `>` that ends the tag; a `>` inside a quoted attribute does not.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, &b) in bytes.iter().enumerate().take(TAG_MAX) {
        match quote {
            Some(q) if b == q => quote = None,
            Some(_) => {}
            None if b == b'>' => return Some(at + 1),
            None if matches!(b, b'"' | b'\'') && before == b'=' => quote = Some(b),
            None => {}
        }
        if !b.is_ascii_whitespace() {
            before = b;
        }
    }
    None
}

/// A copy of `text` with every `]]>` taken out; borrowed where there is none.
pub(crate) fn without_cdata_ends(text: &str) -> Cow<'_, str> {
    if text.contains("]]>") { Cow::Owned(text.replace("]]>", "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_field_is_read_as_a_reader_sees_it() {
        for (given, expected) in [
            ("<p>Doors 7pm</p><p>£10</p>", "Doors 7pm £10"),
            ("Big <b>B</b>and &amp;amp; Sons", "Big Band & Sons"),
            ("&lt;br&gt;Two<br>lines", "Two lines"),
            ("a < b and c > d", "a < b and c > d"),
            ("x <a title=\"1 > 0\" href='y'>link</a> <!-- no <b> -->z", "x link z"),
            ("left <unclosed", "left <unclosed"),
        ] {
            assert_eq!(super::plain(given), expected, "{given}");
        }
    }
}
