//! The rules that no compiler knows, each in a file of its own. Every breach names its file and line.

mod causes;
mod doors;
mod links;
mod locked;
mod manifest;
mod marks;
mod names;
mod purity;
mod rooms;
mod rust_text;
mod sizes;
mod tree;

use std::fmt;

pub(crate) use tree::Tree;

/// What the rules found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Files that were read.
    pub(crate) files: usize,
    /// What is worth another look; does not fail.
    pub(crate) notes: Vec<Breach>,
    pub(crate) breaches: Vec<Breach>,
}

/// One finding, at a line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breach {
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Breach {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Every rule on the whole tree.
pub(crate) fn check(tree: &Tree) -> Report {
    let mut breaches = Vec::new();
    for rule in [
        rooms::check,
        doors::check,
        causes::check,
        purity::check,
        names::check,
        marks::check,
        links::check,
        locked::check,
    ] {
        breaches.extend(rule(tree));
    }
    let (too_long, notes) = sizes::check(tree);
    breaches.extend(too_long);
    breaches.sort();
    breaches.dedup();
    Report { files: tree.files().count(), notes, breaches }
}

/// Only the documents.
pub(crate) fn check_links(tree: &Tree) -> Report {
    Report { files: tree.files().count(), notes: Vec::new(), breaches: links::check(tree) }
}
