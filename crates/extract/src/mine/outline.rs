//! A page as two flat tables in document order: its elements, and the pieces of text that they show.

use std::hash::{DefaultHasher, Hash, Hasher};

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use crate::page::{fold, is_block};

/// Elements and visible text of a page, in document order.
pub(super) struct Outline<'p> {
    pub(super) elements: Vec<Element<'p>>,
    pub(super) pieces: Vec<Piece>,
}

pub(super) struct Element<'p> {
    pub(super) element: ElementRef<'p>,
    /// Index of the parent; the root's is its own.
    pub(super) parent: usize,
    pub(super) depth: usize,
    /// Tag and first class, with those of all ancestors: equal for elements of one column of a list.
    pub(super) path: u64,
    /// Pieces `from..to` stand inside.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Bytes of text inside.
    pub(super) bytes: usize,
    /// Elements up to here, this one's index excluded, are descendants.
    pub(super) end: usize,
}

/// One text node, white space folded.
pub(super) struct Piece {
    pub(super) text: String,
    /// Index of the element that holds the text.
    pub(super) owner: usize,
    /// The edge of a block or a `<br>` stands before it.
    pub(super) breaks: bool,
}

impl<'p> Outline<'p> {
    pub(super) fn of(root: ElementRef<'p>) -> Self {
        let mut outline = Self { elements: Vec::new(), pieces: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        let mut hidden = 0_usize;
        let mut breaks = true;
        for edge in root.traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(value) => {
                        if hidden > 0 || is_hidden(value.name()) {
                            hidden += 1;
                            continue;
                        }
                        breaks |= is_block(value.name());
                        if let Some(element) = ElementRef::wrap(node) {
                            outline.open(element, &mut open);
                        }
                    }
                    Node::Text(text) if hidden == 0 => {
                        let text = fold(text);
                        if let Some(owner) = open.last().copied().filter(|_| !text.is_empty()) {
                            outline.pieces.push(Piece { text, owner, breaks });
                            breaks = false;
                        }
                    }
                    _ => {}
                },
                Edge::Close(node) => {
                    let Some(value) = node.value().as_element() else { continue };
                    if hidden > 0 {
                        hidden -= 1;
                        continue;
                    }
                    breaks |= is_block(value.name());
                    if let Some(at) = open.pop() {
                        outline.close(at);
                    }
                }
            }
        }
        outline
    }

    fn open(&mut self, element: ElementRef<'p>, open: &mut Vec<usize>) {
        let at = self.elements.len();
        let parent = open.last().copied().unwrap_or(at);
        let before = open.last().map_or(0, |parent| self.elements[*parent].path);
        let path = path_of(element, before);
        let from = self.pieces.len();
        self.elements.push(Element { element, parent, depth: open.len(), path, from, to: from, bytes: 0, end: at + 1 });
        open.push(at);
    }

    fn close(&mut self, at: usize) {
        let (to, end) = (self.pieces.len(), self.elements.len());
        let bytes = self.pieces[self.elements[at].from..to].iter().map(|piece| piece.text.len() + 1).sum();
        let element = &mut self.elements[at];
        (element.to, element.end, element.bytes) = (to, end, bytes);
    }

    /// The pieces `from..to`, joined by spaces.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        let mut text = String::new();
        for piece in &self.pieces[from..to] {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&piece.text);
        }
        text
    }

    /// The ancestor of `at` (or itself) at `depth`.
    pub(super) fn ancestor(&self, mut at: usize, depth: usize) -> usize {
        while self.elements[at].depth > depth {
            at = self.elements[at].parent;
        }
        at
    }

    /// The deepest element that holds both.
    pub(super) fn joint(&self, one: usize, other: usize) -> usize {
        let depth = self.elements[one].depth.min(self.elements[other].depth);
        let (mut one, mut other) = (self.ancestor(one, depth), self.ancestor(other, depth));
        while one != other {
            (one, other) = (self.elements[one].parent, self.elements[other].parent);
        }
        one
    }

    /// `at` and its ancestors, innermost first.
    pub(super) fn chain(&self, at: usize) -> impl Iterator<Item = usize> {
        let mut next = Some(at);
        std::iter::from_fn(move || {
            let at = next?;
            let parent = self.elements[at].parent;
            next = (parent != at).then_some(parent);
            Some(at)
        })
    }

    pub(super) fn name(&self, at: usize) -> &'p str {
        self.elements[at].element.value().name()
    }

    /// The `class` and `id` attributes, joined.
    pub(super) fn classes(&self, at: usize) -> String {
        let value = self.elements[at].element.value();
        let mut all = value.attr("class").unwrap_or_default().to_ascii_lowercase();
        if let Some(id) = value.attr("id") {
            all.push(' ');
            all.push_str(&id.to_ascii_lowercase());
        }
        all
    }

    pub(super) fn children(&self, at: usize) -> Vec<usize> {
        let mut children = Vec::new();
        let mut next = at + 1;
        while next < self.elements[at].end {
            children.push(next);
            next = self.elements[next].end;
        }
        children
    }
}

fn path_of(element: ElementRef<'_>, before: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    let value = element.value();
    (before, value.name()).hash(&mut hasher);
    if matches!(value.name(), "td" | "th") {
        let cells = element.prev_siblings().filter(|node| node.value().is_element()).count();
        cells.hash(&mut hasher);
    } else if !matches!(value.name(), "html" | "body") {
        // Numbered classes ("post-4020") differ from item to item; so do those that come after the first.
        let class = value.attr("class").and_then(|classes| classes.split_ascii_whitespace().next()).unwrap_or_default();
        class.split(|letter: char| letter.is_ascii_digit()).next().hash(&mut hasher);
    }
    hasher.finish()
}

fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "head"
            | "script"
            | "style"
            | "noscript"
            | "template"
            | "iframe"
            | "noembed"
            | "svg"
            | "select"
            | "textarea"
            | "datalist"
            | "object"
    )
}
