use std::collections::HashMap;

use memchr::memchr;

/// Elements nested deeper than this are not read; browsers stop at the same depth.
const DEPTH_MAX: usize = 512;
/// The parser may build about this many nodes.
const NODES_MAX: usize = 300_000;
/// A tag with more words than this is an attack on the parser, not markup.
const WORDS_MAX: usize = 2_000;

/// The part of a page that is safe to parse, and why it is not all.
///
/// The parser's time grows with depth × tags, and unclosed formatting elements (`<b>`) are built again in every
/// block, so both are counted in the raw text before anything is parsed.
pub(crate) fn cap(text: &str) -> (&str, Option<String>) {
    let bytes = text.as_bytes();
    let mut count = Count::default();
    let mut at = 0;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let open = at + found;
        let Some(tag) = Tag::read(bytes, open) else {
            at = open + 1;
            continue;
        };
        if let Some(reason) = count.add(&tag, bytes) {
            return (&text[..open], Some(format!("{reason}: read up to byte {open} of {}", text.len())));
        }
        at = tag.end;
        if !tag.closing && matches!(tag.name, b"script" | b"style" | b"textarea" | b"title") {
            at = end_of_raw(bytes, at, tag.name);
        }
    }
    (text, None)
}

struct Tag<'t> {
    name: &'t [u8],
    closing: bool,
    start: usize,
    end: usize,
    words: usize,
}

impl<'t> Tag<'t> {
    fn read(bytes: &'t [u8], start: usize) -> Option<Self> {
        if bytes[start..].starts_with(b"<!--") {
            let end = memchr::memmem::find(&bytes[start + 4..], b"-->").map_or(bytes.len(), |at| start + 4 + at + 3);
            return Some(Self { name: b"", closing: true, start, end, words: 0 });
        }
        let closing = bytes.get(start + 1) == Some(&b'/');
        let from = start + 1 + usize::from(closing);
        if !bytes.get(from)?.is_ascii_alphabetic() {
            return None;
        }
        let len = bytes[from..].iter().take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/')).count();
        let (mut quote, mut words, mut before, mut at) = (None, 0, b' ', from + len);
        while let Some(&b) = bytes.get(at) {
            match quote {
                Some(q) if b == q => quote = None,
                Some(_) => {}
                None if b == b'>' => break,
                None if matches!(b, b'"' | b'\'') && before == b'=' => quote = Some(b),
                None => words += usize::from(b.is_ascii_whitespace() || b == b'/' || b == b'='),
            }
            if !b.is_ascii_whitespace() {
                before = b;
            }
            at += 1;
        }
        Some(Self { name: &bytes[from..from + len], closing, start, end: (at + 1).min(bytes.len()), words })
    }
}

#[derive(Default)]
struct Count {
    open: Vec<u64>,
    nodes: usize,
    /// Formatting elements by their whole tag, how often each is open; the parser keeps three of a kind.
    formatting: HashMap<Vec<u8>, usize>,
    rebuilt: usize,
}

impl Count {
    /// Counts a tag; the reason to stop before it, where there is one.
    fn add(&mut self, tag: &Tag<'_>, bytes: &[u8]) -> Option<&'static str> {
        if tag.name.is_empty() {
            return None;
        }
        let name = tag.name.to_ascii_lowercase();
        if tag.words > WORDS_MAX {
            return Some("a tag has thousands of attributes");
        }
        self.nodes += if tag.closing { 1 } else { 2 } + self.rebuilt;
        if self.nodes > NODES_MAX {
            return Some("the page has too many elements");
        }
        if tag.closing {
            self.close(&name);
            return None;
        }
        if is_formatting(&name) {
            let key = if name == b"a" { name.clone() } else { bytes[tag.start..tag.end].to_ascii_lowercase() };
            let most = if name == b"a" { 1 } else { 3 };
            let times = self.formatting.entry(key).or_default();
            self.rebuilt += usize::from(*times < most);
            *times += 1;
        }
        if nests(&name) {
            self.open.push(hash(&name));
        }
        (self.open.len() > DEPTH_MAX).then_some("elements are nested deeper than 512")
    }

    fn close(&mut self, name: &[u8]) {
        if is_formatting(name) {
            let prefix = [b"<", name].concat();
            let open = self.formatting.iter_mut().find(|(key, times)| {
                **times > 0
                    && (key.as_slice() == name
                        || (key.starts_with(&prefix) && !key[prefix.len()].is_ascii_alphanumeric()))
            });
            if let Some((key, times)) = open {
                *times -= 1;
                self.rebuilt -= usize::from(*times < if key.as_slice() == b"a" { 1 } else { 3 });
            }
            self.formatting.retain(|_, times| *times > 0);
        }
        let hash = hash(name);
        if let Some(at) = self.open.iter().rposition(|open| *open == hash) {
            self.open.truncate(at);
        }
    }
}

fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3))
}

/// Elements that stay open until they are closed. The others are void, or end by themselves where the next begins, so
/// that they nest only through these.
fn nests(name: &[u8]) -> bool {
    !matches!(
        name,
        b"area"
            | b"base"
            | b"br"
            | b"col"
            | b"embed"
            | b"hr"
            | b"img"
            | b"input"
            | b"link"
            | b"meta"
            | b"param"
            | b"source"
            | b"track"
            | b"wbr"
            | b"p"
            | b"li"
            | b"dd"
            | b"dt"
            | b"tr"
            | b"td"
            | b"th"
            | b"tbody"
            | b"thead"
            | b"tfoot"
            | b"option"
            | b"optgroup"
            | b"rp"
            | b"rt"
            | b"a"
            | b"html"
            | b"body"
            | b"head"
            | b"!doctype"
    )
}

fn is_formatting(name: &[u8]) -> bool {
    matches!(
        name,
        b"a" | b"b"
            | b"big"
            | b"code"
            | b"em"
            | b"font"
            | b"i"
            | b"nobr"
            | b"s"
            | b"small"
            | b"strike"
            | b"strong"
            | b"tt"
            | b"u"
    )
}

fn end_of_raw(bytes: &[u8], from: usize, name: &[u8]) -> usize {
    let mut at = from;
    while let Some(found) = memchr::memmem::find(&bytes[at..], b"</") {
        at += found;
        let end = at + 2 + name.len();
        if bytes.get(at + 2..end).is_some_and(|tag| tag.eq_ignore_ascii_case(name)) {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::cap;

    #[test]
    fn an_honest_page_is_read_whole() {
        for page in [
            "<ul><li>a<li>b</ul><p>c<p>d".repeat(5_000),
            "<b>x</b><a href=1>y</a>".repeat(20_000),
            format!("<script>{}</script><p>x", "if (a<b) '<div>';".repeat(2_000)),
            "a < b <3 <!-- <div> -->".to_owned(),
        ] {
            assert_eq!(cap(&page), (page.as_str(), None));
        }
    }

    #[test]
    fn a_hostile_page_is_cut_where_it_turns_hostile() {
        let deep = format!("<p>show</p>{}", "<div>".repeat(200_000));
        let (kept, problem) = cap(&deep);
        assert!(kept.starts_with("<p>show</p>") && kept.len() < 5_000);
        assert!(problem.unwrap().contains("nested deeper than 512"));
        for page in [
            "<div></x>".repeat(100_000),
            (0..3_000).map(|n| format!("<b id={n}>")).collect::<String>() + &"<p>x".repeat(10_000),
            format!("<p {}>", "a=1 ".repeat(100_000)),
        ] {
            assert!(cap(&page).1.is_some());
        }
    }
}
