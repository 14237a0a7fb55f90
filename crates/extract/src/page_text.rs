use std::borrow::Cow;
use std::sync::OnceLock;

use scraper::Html;

use crate::cap::cap;
use crate::decode::decode;
use crate::page::text_of;
use crate::plain::{Seam, plain, strip_tags, without_cdata_ends};
use crate::unescape;

/// The words of a page in every form in which a reader could have met them; says whether a quote is among them.
pub struct PageText {
    text: String,
    views: [OnceLock<View>; Form::ALL.len()],
}

/// A way from the stored bytes to the words that a reader sees.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// As it stands.
    Verbatim,
    /// HTML: tags taken out, character references undone.
    Html,
    /// HTML attributes: character references undone, tags left.
    Attributes,
    /// JSON and scripts: string escapes undone.
    Json,
    /// A field of a JSON answer or a script: string escapes, references (twice) and tags undone.
    JsonField,
    /// JSON in a string of JSON.
    NestedJson,
    /// HTML as a browser shows it: text that stands where it may not, such as between table rows, is moved.
    Rendered,
    /// iCalendar: folds and escapes undone.
    Calendar,
    /// A text of a calendar or feed that holds HTML.
    CalendarField,
    /// References undone twice, then tags taken out: feeds, and HTML that was escaped once too often.
    Escaped,
}

impl Form {
    const ALL: [Self; 10] = [
        Self::Html,
        Self::Verbatim,
        Self::JsonField,
        Self::Attributes,
        Self::Json,
        Self::Calendar,
        Self::CalendarField,
        Self::Escaped,
        Self::NestedJson,
        Self::Rendered,
    ];

    fn read(self, text: &str) -> View {
        match self {
            Self::Verbatim => View::of(text),
            Self::Html => View::without_tags(text, |piece| unescape::entities(piece)),
            Self::Attributes => View::of(&unescape::entities(text)),
            Self::Json => View::of(&unescape::json(text)),
            Self::JsonField => View::field(&unescape::json(text)),
            Self::NestedJson => View::field(&unescape::json(&unescape::json(text))),
            Self::Calendar => View::of(&unescape_calendar(text)),
            Self::CalendarField => View::field(&unescape_calendar(text)),
            Self::Escaped => View::field(text),
            Self::Rendered => View::of(&rendered(text)),
        }
    }
}

/// The text of a page with tables as a browser shows it. Only tables move text to where it does not stand.
fn rendered(text: &str) -> String {
    if !text.contains("<table") && !text.contains("<TABLE") {
        return String::new();
    }
    text_of(Html::parse_document(cap(text).0).root_element())
}

impl PageText {
    /// Reads a stored body. Never fails: what cannot be decoded is replaced.
    pub fn of(body: &[u8], content_type: Option<&str>) -> Self {
        Self { text: decode(body, content_type).text, views: Default::default() }
    }

    /// The words that a reader of the page sees, tags, scripts and styles left out, white space folded.
    pub fn visible(&self) -> String {
        let mut kept = String::with_capacity(self.text.len() / 2);
        let mut rest = self.text.as_str();
        while let Some((open, name)) = ["<script", "<style", "<noscript"]
            .iter()
            .filter_map(|name| rest.find(name).map(|open| (open, &name[1..])))
            .min()
        {
            kept.push_str(&rest[..open]);
            kept.push(' ');
            let end = rest[open..].find(&format!("</{name}")).map_or(rest.len(), |close| open + close);
            rest = &rest[end..];
            rest = &rest[rest.find('>').map_or(rest.len(), |close| close + 1)..];
        }
        kept.push_str(rest);
        plain(&kept)
    }

    /// Whether `quote` stands in the page: verbatim, or once HTML references (twice), JSON string escapes, iCalendar
    /// folds and escapes, and tags are undone; white space is folded. A block's edge counts as white space, an inline
    /// tag as either. An empty quote never holds.
    pub fn holds(&self, quote: &str) -> bool {
        let quote = Quote::of(quote);
        if quote.squeezed.is_empty() {
            return false;
        }
        Form::ALL.iter().zip(&self.views).any(|(form, view)| view.get_or_init(|| form.read(&self.text)).holds(&quote))
    }
}

/// Text without its white space, and where the white space was.
#[derive(Default)]
struct View {
    squeezed: String,
    /// Offsets in `squeezed` before which something stood, ascending.
    gaps: Vec<Gap>,
}

#[derive(Clone, Copy)]
struct Gap {
    at: u32,
    /// White space or a block's edge; otherwise an inline tag, which may or may not part words.
    hard: bool,
}

struct Quote {
    squeezed: String,
    gaps: Vec<u32>,
}

impl Quote {
    fn of(text: &str) -> Self {
        let mut quote = Self { squeezed: String::with_capacity(text.len()), gaps: Vec::new() };
        for word in text.split_whitespace() {
            if !quote.squeezed.is_empty() {
                quote.gaps.push(offset(quote.squeezed.len()));
            }
            quote.squeezed.push_str(word);
        }
        quote
    }
}

fn offset(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl View {
    fn of(text: &str) -> Self {
        let mut view = Self::default();
        view.push(text);
        view
    }

    fn without_tags<'t>(text: &'t str, read: impl Fn(&'t str) -> Cow<'t, str>) -> Self
    where
        Self: 't,
    {
        let mut view = Self::default();
        let mut pieces = Vec::new();
        strip_tags(text, |piece, seam| {
            pieces.push((piece.as_ptr() as usize - text.as_ptr() as usize, piece.len(), seam));
        });
        for (at, len, seam) in pieces {
            view.push(&read(&text[at..at + len]));
            view.gap(seam == Seam::Space);
        }
        view
    }

    fn field(text: &str) -> Self {
        let text = without_cdata_ends(text);
        Self::without_tags(&unescape::entities_twice(&text), Cow::Borrowed)
    }

    fn push(&mut self, text: &str) {
        let mut space = false;
        for c in text.chars() {
            if c.is_whitespace() {
                space = true;
            } else {
                if space {
                    self.gap(true);
                    space = false;
                }
                self.squeezed.push(c);
            }
        }
        if space {
            self.gap(true);
        }
    }

    fn gap(&mut self, hard: bool) {
        let at = offset(self.squeezed.len());
        match self.gaps.last_mut() {
            Some(last) if last.at == at => last.hard |= hard,
            _ => self.gaps.push(Gap { at, hard }),
        }
    }

    fn holds(&self, quote: &Quote) -> bool {
        memchr::memmem::find_iter(self.squeezed.as_bytes(), quote.squeezed.as_bytes())
            .any(|at| self.fits(offset(at), quote))
    }

    /// Whether the gaps inside the found words agree with those of the quote.
    fn fits(&self, at: u32, quote: &Quote) -> bool {
        let end = at + offset(quote.squeezed.len());
        let first = self.gaps.partition_point(|gap| gap.at <= at);
        let mut wanted = quote.gaps.iter().map(|gap| gap + at).peekable();
        for gap in self.gaps[first..].iter().take_while(|gap| gap.at < end) {
            match wanted.peek() {
                Some(&next) if next < gap.at => return false,
                Some(&next) if next == gap.at => {
                    wanted.next();
                }
                _ if gap.hard => return false,
                _ => {}
            }
        }
        wanted.peek().is_none()
    }
}

/// Undoes iCalendar line folds (RFC 5545, 3.1), then text escapes: a fold may part an escape.
fn unescape_calendar(text: &str) -> String {
    let unfolded = unfold(text);
    let mut out = String::with_capacity(unfolded.len());
    let mut chars = unfolded.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('n' | 'N')) => {
                chars.next();
                out.push(' ');
            }
            ('\\', Some(',' | ';' | '\\' | ':' | '"')) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

fn unfold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\r', Some('\n')) => {}
            ('\n', Some(' ' | '\t')) => {
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn shows_what_a_reader_sees() {
        let page = "<title>A &amp; B</title><script>var x = '<b>';</script><style>p{}</style><p>Fri<br>Larks</p><script>unclosed";
        assert_eq!(super::PageText::of(page.as_bytes(), Some("text/html")).visible(), "A & B Fri Larks");
    }

    use super::PageText;

    #[test]
    fn quotes_hold_in_the_forms_that_readers_meet() {
        for (page, quote) in [
            ("<h3>The  Lanterns</h3>", "The Lanterns"),
            ("<p>Tom &amp;amp; Jo&#8217;s</p>", "Tom & Jo’s"),
            ("<li>Doors<br>7pm</li>", "Doors 7pm"),
            ("<td>10</td><td>Aug</td>", "10 Aug"),
            ("Big <b>B</b>and", "Big Band"),
            ("<b>The</b><i>Owls</i>", "The Owls"),
            ("<a title=\"Caf&eacute; Nord\">x</a>", "Café Nord"),
            (r#"{"name":"Caf\u00e9 \"Nord\"","d":"&lt;p&gt;Late\/early&lt;\/p&gt;"}"#, "Café \"Nord\""),
            (r#"{"d":"&lt;p&gt;Late\/early&lt;\/p&gt;<p>show"}"#, "Late/early show"),
            (r#"{"state":"{\"name\":\"A \\\"B\\\" C\"}"}"#, "A \"B\" C"),
            ("SUMMARY:The La\r\n nterns\\, live\\nnow", "The Lanterns, live now"),
            ("DESCRIPTION:one\\, <b>two</b> &amp\\\r\n ; three", "one, two & three"),
            ("<title><![CDATA[Owls & Co]]></title>", "Owls & Co"),
        ] {
            assert!(PageText::of(page.as_bytes(), None).holds(quote), "{page} should hold {quote:?}");
        }
    }

    #[test]
    fn a_quote_that_is_not_there_is_refused() {
        for (page, quote) in [
            ("<h3>The Lanterns</h3>", "The Lantern s"),
            ("<h3>therapist</h3>", "the rapist"),
            ("<td>10</td><td>5</td>", "105"),
            ("The Lanterns", "the lanterns"),
            ("The Lanterns", "The Lanterns live"),
            ("The Lanterns", ""),
            ("The Lanterns", "  "),
            ("", "x"),
        ] {
            assert!(!PageText::of(page.as_bytes(), None).holds(quote), "{page} should refuse {quote:?}");
        }
    }
}
