use scraper::{ElementRef, Html, Node};
use url::Url;

use model::{PageClass, Stated};

use crate::Input;

/// A page in the form that every reader works on: decoded once, parsed once.
pub(crate) struct Page<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) class: PageClass,
    /// The decoded body.
    pub(crate) text: String,
    /// Present where the class is `Structured` or `Html`.
    pub(crate) html: Option<Html>,
    /// What relative addresses are relative to: `<base href>`, or else the page's own address.
    pub(crate) base: Url,
}

/// One `<script>` with content.
pub(crate) struct Script {
    /// Its place among all scripts of the page, from 1. The locator of what it holds begins with `script[index]#`.
    pub(crate) index: usize,
    /// The `type` attribute in lower case, without parameters; empty where there is none.
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Script {
    /// The locator of a value inside: `pointer` is a JSON pointer (`""` or `/0/name`).
    pub(crate) fn at(&self, pointer: &str) -> String {
        format!("script[{}]#{pointer}", self.index)
    }
}

impl<'a> Page<'a> {
    /// The root element of an HTML page.
    pub(crate) fn root(&self) -> Option<ElementRef<'_>> {
        self.html.as_ref().map(Html::root_element)
    }

    /// An address of the page made absolute, in the spelling under which we know it; `None` when it is no web address.
    pub(crate) fn absolute(&self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.is_empty() || href.starts_with('#') || href.len() > 4096 {
            return None;
        }
        model::normalise_url(self.base.join(href).ok()?.as_str())
    }

    /// The scripts of the page that hold text, in document order.
    pub(crate) fn scripts(&self) -> Vec<Script> {
        let Some(html) = &self.html else { return Vec::new() };
        let mut index = 0;
        let mut found = Vec::new();
        for element in html.root_element().descendent_elements() {
            if element.value().name() != "script" {
                continue;
            }
            index += 1;
            let text: String = element.text().collect();
            if text.trim().is_empty() {
                continue;
            }
            let kind = element.attr("type").unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            found.push(Script { index, kind, text });
        }
        found
    }

    /// The host of the page's address, without `www.`.
    pub(crate) fn host(&self) -> &str {
        let host = self.base.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }
}

/// A value read from an element: its CSS path, and the words that were read.
pub(crate) fn stated<T>(value: T, element: ElementRef<'_>, quote: &str) -> Stated<T> {
    Stated::new(value, css_path(element), quote)
}

/// A CSS path that leads to the element: from the nearest ancestor with a usable id, or else from `html`.
/// `main > ul > li:nth-of-type(3) > h3`.
pub(crate) fn css_path(element: ElementRef<'_>) -> String {
    let mut steps = Vec::new();
    let mut at = Some(element);
    while let Some(element) = at {
        if let Some(id) = element.value().id().filter(|id| is_plain_id(id)) {
            steps.push(format!("#{id}"));
            break;
        }
        let parent = element.parent().and_then(ElementRef::wrap);
        let name = element.value().name();
        if parent.is_some() && !matches!(name, "body" | "head" | "main") {
            steps.push(step(element, name));
        } else if !matches!(name, "html") {
            steps.push(name.to_owned());
            if matches!(name, "body" | "head" | "main") {
                break;
            }
        }
        at = parent;
    }
    steps.reverse();
    if steps.is_empty() { "html".to_owned() } else { steps.join(" > ") }
}

fn is_plain_id(id: &str) -> bool {
    id.len() <= 60
        && id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn step(element: ElementRef<'_>, name: &str) -> String {
    let same = |node: &ego_tree::NodeRef<'_, Node>| node.value().as_element().is_some_and(|e| e.name() == name);
    let before = element.prev_siblings().filter(same).count();
    if before == 0 && !element.next_siblings().any(|node| same(&node)) {
        name.to_owned()
    } else {
        format!("{name}:nth-of-type({})", before + 1)
    }
}

/// The text of an element as a reader sees it: no scripts and styles, a space where a block or a line ends, white space
/// folded, ends trimmed.
pub(crate) fn text_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => match node.value() {
                Node::Text(piece) if !hidden(node) => push_folded(&mut text, piece),
                Node::Element(e) if is_block(e.name()) => push_folded(&mut text, " "),
                _ => {}
            },
            ego_tree::iter::Edge::Close(node) => {
                if node.value().as_element().is_some_and(|e| is_block(e.name())) {
                    push_folded(&mut text, " ");
                }
            }
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Whether a text node is inside something that is never shown as text.
fn hidden(node: ego_tree::NodeRef<'_, Node>) -> bool {
    let parent = node.parent().and_then(|parent| parent.value().as_element().map(scraper::node::Element::name));
    matches!(parent, Some("script" | "style" | "noscript" | "template" | "iframe" | "noembed"))
}

/// Whether the element's edges separate words: everything but what stands inside a line of text.
pub(crate) fn is_block(name: &str) -> bool {
    !matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
    )
}

/// Appends `piece` with its white space folded to single spaces, across the seam too.
fn push_folded(text: &mut String, piece: &str) {
    for c in piece.chars() {
        if !c.is_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
}

/// White space folded to single spaces, ends trimmed.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len().min(1024));
    push_folded(&mut folded, text);
    folded.truncate(folded.trim_end().len());
    folded
}

/// A JSON pointer one step further: `key` is escaped as RFC 6901 asks.
pub(crate) fn pointer(at: &str, key: &str) -> String {
    if key.contains(['~', '/']) {
        format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{at}/{key}")
    }
}
