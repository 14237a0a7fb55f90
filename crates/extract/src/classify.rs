use memchr::memmem::find;

use model::PageClass;

/// How much of a page is looked at to tell markup from none, in bytes.
const MARKUP_WINDOW: usize = 4 * 1024 * 1024;

/// Says who can read a body, from its first bytes, its type and the words of its markup. Cheap: no parsing.
pub fn classify(body: &[u8], content_type: Option<&str>) -> PageClass {
    let kind = content_type.and_then(|t| t.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
    let start = significant_start(body);
    if start.is_empty() || is_binary(body, &kind) {
        return PageClass::Unreadable;
    }
    if starts_with(start, b"begin:vcalendar") {
        return PageClass::Calendar;
    }
    let head = &start[..start.len().min(1024)];
    if starts_with(start, b"<rss") || starts_with(start, b"<feed") || starts_with(start, b"<rdf:rdf") {
        return PageClass::Feed;
    }
    if starts_with(start, b"<?xml")
        && ["<rss", "<feed", "<rdf:RDF"].iter().any(|tag| find(head, tag.as_bytes()).is_some())
    {
        return PageClass::Feed;
    }
    match start[0] {
        b'{' | b'[' if !kind.contains("html") || looks_like_json(start) => return PageClass::Json,
        b'<' => return html(body),
        _ => {}
    }
    if kind == "text/calendar" && find(body, b"BEGIN:VEVENT").is_some() {
        return PageClass::Calendar;
    }
    if kind.contains("html") || find(head, b"<").is_some() || kind.is_empty() || kind.starts_with("text/plain") {
        return html(body);
    }
    PageClass::Unreadable
}

fn html(body: &[u8]) -> PageClass {
    if has_markup(&body[..body.len().min(MARKUP_WINDOW)]) { PageClass::Structured } else { PageClass::Html }
}

/// Whether the page speaks of events in a vocabulary that a reader of markup knows.
fn has_markup(body: &[u8]) -> bool {
    let json_ld = find(body, b"ld+json").is_some() && find(body, b"startDate").is_some();
    let schema = || {
        (find(body, b"itemscope").is_some() || find(body, b"typeof=").is_some())
            && (find(body, b"startDate").is_some() || find(body, b"Event").is_some())
    };
    let microformats = || {
        ["h-event", "vevent"].iter().any(|class| find(body, class.as_bytes()).is_some())
            && ["dt-start", "dtstart"].iter().any(|class| find(body, class.as_bytes()).is_some())
    };
    json_ld || schema() || microformats()
}

/// The body from its first byte that is no byte order mark, white space or comment.
fn significant_start(body: &[u8]) -> &[u8] {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    match body.strip_prefix(b"<!--") {
        Some(comment) => find(comment, b"-->")
            .map_or(body, |end| if comment.len() > end + 3 { comment[end + 3..].trim_ascii_start() } else { body }),
        None => body,
    }
}

fn starts_with(body: &[u8], word: &[u8]) -> bool {
    body.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// `{` or `[` followed by what JSON allows there.
fn looks_like_json(start: &[u8]) -> bool {
    matches!(start[1..].trim_ascii_start().first(), Some(b'"' | b'{' | b'[' | b'}' | b']' | b'0'..=b'9'))
}

fn is_binary(body: &[u8], kind: &str) -> bool {
    if ["image/", "video/", "audio/", "font/"].iter().any(|prefix| kind.starts_with(prefix)) && !kind.contains("svg") {
        return true;
    }
    let magic: [&[u8]; 8] =
        [b"%PDF", b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"PK\x03\x04", b"\x1F\x8B", b"RIFF", b"\x00\x00\x00"];
    if magic.iter().any(|m| body.starts_with(m)) {
        return true;
    }
    if body.starts_with(b"\xFF\xFE") || body.starts_with(b"\xFE\xFF") {
        return false;
    }
    let head = &body[..body.len().min(2048)];
    let control = head.iter().filter(|b| matches!(b, 1..=8 | 14..=26 | 28..=31 | 127)).count();
    let zeros = head.iter().filter(|b| **b == 0).count();
    control * 10 > head.len() || (zeros * 10 > head.len() && zeros * 10 < head.len() * 4)
}

#[cfg(test)]
mod tests {
    use model::PageClass;

    #[test]
    fn a_page_is_told_by_its_bytes_before_its_header() {
        for (body, kind, expected) in [
            ("BEGIN:VCALENDAR\r\n", Some("text/html"), PageClass::Calendar),
            ("\u{FEFF}\n begin:vcalendar\n", None, PageClass::Calendar),
            ("<?xml version=\"1.0\"?>\n<rss version=\"2.0\">", None, PageClass::Feed),
            ("<feed xmlns=\"x\">", Some("application/xml"), PageClass::Feed),
            ("{\"a\":1}", None, PageClass::Json),
            ("[{}]", Some("text/html"), PageClass::Json),
            ("<!doctype html><p>x", Some("text/html; charset=utf-8"), PageClass::Html),
            ("<script type=\"application/ld+json\">{\"startDate\":1}", None, PageClass::Structured),
            ("<div class=\"h-event\"><i class=\"dt-start\">", None, PageClass::Structured),
            ("", Some("text/html"), PageClass::Unreadable),
            ("\u{89}PNG", Some("image/png"), PageClass::Unreadable),
            ("%PDF-1.7", Some("text/html"), PageClass::Unreadable),
        ] {
            assert_eq!(super::classify(body.as_bytes(), kind), expected, "{body} {kind:?}");
        }
        assert_eq!(super::classify(&[7; 400], None), PageClass::Unreadable);
    }
}
