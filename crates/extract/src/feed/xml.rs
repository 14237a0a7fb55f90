use crate::unescape;

/// An element of a feed item, with all text inside it.
#[derive(Debug)]
pub(super) struct Element {
    /// As written, prefix included.
    pub(super) name: String,
    attributes: String,
    /// References undone once (CDATA is left as it is): what XML says the text is.
    pub(super) text: String,
}

impl Element {
    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut from = 0;
        while let Some(at) = self.attributes[from..].find(name) {
            let start = from + at;
            let rest = self.attributes[start + name.len()..].trim_start();
            let first = start == 0 || self.attributes[..start].ends_with(|c: char| c.is_whitespace());
            if let (true, Some(value)) = (first, rest.strip_prefix('=')) {
                let value = value.trim_start();
                let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                return Some(unescape::entities(value[1..].split(quote).next()?).into_owned());
            }
            from = start + name.len();
        }
        None
    }
}

/// The children of each `<item>`, or of each `<entry>` where there is no item. Reads what is well-formed enough: feeds in
/// the wild are not.
pub(super) fn items(text: &str) -> Vec<Vec<Element>> {
    let name = if find_tag(text, "item").is_some() { "item" } else { "entry" };
    let close = format!("</{name}");
    let mut items = Vec::new();
    let mut rest = text;
    while let Some(open) = find_tag(rest, name) {
        let Some(tag_end) = rest[open..].find('>') else { break };
        let inside = &rest[open + tag_end + 1..];
        let end = inside.find(&close).unwrap_or(inside.len());
        items.push(children(&inside[..end]));
        rest = &inside[end..];
        if items.len() > 20_000 {
            break;
        }
    }
    items
}

/// Where `<name` opens as a whole name.
fn find_tag(text: &str, name: &str) -> Option<usize> {
    let open = format!("<{name}");
    text.match_indices(&open)
        .map(|(at, _)| at)
        .find(|at| text[at + open.len()..].starts_with(|c: char| c == '>' || c.is_whitespace()))
}

fn children(text: &str) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let name: String =
            rest[1..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.')).collect();
        let Some(tag_end) = rest.find('>') else { break };
        if name.is_empty() {
            rest = &rest[1..];
            continue;
        }
        let attributes = rest[1 + name.len()..tag_end.max(1 + name.len())].trim_end_matches('/').to_owned();
        let empty = rest[..tag_end].ends_with('/');
        rest = &rest[tag_end + 1..];
        let mut content = String::new();
        if !empty {
            let (inside, behind) = until_close(rest, &name);
            content = text_of(inside);
            rest = behind;
        }
        elements.push(Element { name, attributes, text: content });
        if elements.len() > 200 {
            break;
        }
    }
    elements
}

/// The content up to the closing tag, CDATA sections skipped over, and what follows.
fn until_close<'t>(text: &'t str, name: &str) -> (&'t str, &'t str) {
    let close = format!("</{name}");
    let mut from = 0;
    loop {
        let Some(at) = text[from..].find(&close).map(|at| from + at) else { return (text, "") };
        match text[from..at].find("<![CDATA[").map(|cdata| from + cdata) {
            Some(cdata) => match text[cdata..].find("]]>") {
                Some(end) => from = cdata + end + 3,
                None => return (text, ""),
            },
            None => return (&text[..at], text[at..].split_once('>').map_or("", |(_, behind)| behind)),
        }
    }
}

/// Character data with references undone once, CDATA sections as they are, tags left (Atom's XHTML content).
fn text_of(inside: &str) -> String {
    let mut out = String::new();
    let mut rest = inside;
    while let Some(at) = rest.find("<![CDATA[") {
        out.push_str(&unescape::entities(&rest[..at]));
        let section = &rest[at + 9..];
        let (data, behind) = section.split_once("]]>").unwrap_or((section, ""));
        out.push_str(data);
        rest = behind;
    }
    out.push_str(&unescape::entities(rest));
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn items_and_entries_are_read_however_they_are_written() {
        let items = super::items(
            "<rss><channel><title>x</title><items/><item rdf:about='1'><title><![CDATA[A & <b>B</b> </title>]]></title>\
             <link>https://a.test/?a=1&amp;b=2</link><enclosure url=\"https://a.test/i.jpg?x=1&amp;y\" type='image/jpeg'/>\
             <ev:startdate>2026-09-01</ev:startdate></item><item><title>cut off",
        );
        assert_eq!(items.len(), 2);
        assert_eq!(items[0][0].text, "A & <b>B</b> </title>");
        assert_eq!(items[0][1].text, "https://a.test/?a=1&b=2");
        assert_eq!(items[0][2].attribute("url").unwrap(), "https://a.test/i.jpg?x=1&y");
        assert_eq!(items[0][3].name, "ev:startdate");
        let items =
            super::items("<feed><entry><title type=\"html\">C &amp;amp; D</title><link href='/e'/></entry></feed>");
        assert_eq!(items[0][0].text, "C &amp; D");
        assert_eq!(items[0][1].attribute("href").unwrap(), "/e");
    }
}
