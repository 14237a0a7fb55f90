use std::collections::BTreeSet;

use serde_json::Value;

use super::node::{Node, Shape};

/// One change between two schemas of a collection.
#[derive(Debug)]
pub(crate) struct Change {
    /// The field's path; empty for the document.
    pub(crate) field: String,
    pub(crate) harm: Harm,
    pub(crate) what: String,
}

/// Whom a change hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Nobody, and nothing but words changed.
    Words,
    Nobody,
    /// Documents that are stored already may not fit.
    StoredDocuments,
    /// What is written from now on may not be read by processes of before.
    OlderReaders,
}

/// Words that explain and do not bind.
const WORDS: [&str; 5] = ["title", "description", "examples", "x-references", "x-open"];
/// Limits whose greater value allows more, and those whose lesser does.
const UPPER: [&str; 3] = ["maximum", "maxLength", "maxItems"];
const LOWER: [&str; 3] = ["minimum", "minLength", "minItems"];

/// What changed from one schema of a collection to the next, parts that several fields share once.
pub(crate) fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut walk = Walk { found: Vec::new(), seen: BTreeSet::new() };
    walk.node("", Node::document(old), Node::document(new));
    walk.found
}

struct Walk {
    found: Vec<Change>,
    /// The parts that were compared.
    seen: BTreeSet<String>,
}

impl Walk {
    fn tell(&mut self, field: &str, harm: Harm, what: impl Into<String>) {
        self.found.push(Change { field: field.to_owned(), harm, what: what.into() });
    }

    fn node(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        self.words(path, old, new);
        self.default(path, old, new);
        match (old.part_name(), new.part_name()) {
            (Some(a), Some(b)) if a == b => {
                if let (true, Some(old), Some(new)) = (self.seen.insert(a.to_owned()), old.part(), new.part()) {
                    self.words(&joined(path, &format!("<{a}>")), old, new);
                    self.inside(path, old, new);
                }
            }
            _ => self.inside(path, old, new),
        }
    }

    fn inside(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        let (before, after) = (old.shape(), new.shape());
        if before != after {
            let harm = match (before, after) {
                (Shape::Integer, Shape::Number) | (_, Shape::Anything) => Harm::OlderReaders,
                _ => Harm::StoredDocuments,
            };
            return self.tell(path, harm, format!("its type was {before:?} and is {after:?}").to_lowercase());
        }
        self.limits(path, old, new);
        match before {
            Shape::Object => self.object(path, old, new),
            Shape::List => {
                if let (Some(old), Some(new)) = (old.items(), new.items()) {
                    self.node(&format!("{path}[]"), old, new);
                }
            }
            Shape::Text => self.values(path, old, new),
            Shape::Variants => self.variants(path, old, new),
            Shape::Other if format!("{:?}", old.own("anyOf")) != format!("{:?}", new.own("anyOf")) => {
                self.tell(path, Harm::StoredDocuments, "its alternatives changed");
            }
            _ => {}
        }
    }

    fn object(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        for (name, before) in old.fields() {
            let field = joined(path, name);
            let Some(after) = new.field(name) else {
                self.tell(&field, Harm::StoredDocuments, "the field is removed or renamed");
                continue;
            };
            match (old.requires(name), new.requires(name)) {
                (false, true) => self.tell(&field, Harm::StoredDocuments, "the field was optional and is required"),
                (true, false) => self.tell(&field, Harm::OlderReaders, "the field was required and is optional"),
                _ => {}
            }
            self.node(&field, before, after);
        }
        for (name, _) in new.fields().filter(|(name, _)| old.field(name).is_none()) {
            let (harm, what) = match (new.requires(name), old.is_closed()) {
                (true, _) => (Harm::StoredDocuments, "a new required field"),
                (false, true) => (Harm::OlderReaders, "a new field of a type that refused fields it did not know"),
                (false, false) => (Harm::Nobody, "a new optional field"),
            };
            self.tell(&joined(path, name), harm, what);
        }
        match (old.is_closed(), new.is_closed()) {
            (false, true) => self.tell(path, Harm::StoredDocuments, "fields that it does not know are refused now"),
            (true, false) => self.tell(path, Harm::Nobody, "fields that it does not know are passed over now"),
            _ => {}
        }
        match (old.others(), new.others()) {
            (Some(old), Some(new)) => self.node(&joined(path, "*"), old, new),
            (None, None) => {}
            (None, Some(_)) => self.tell(path, Harm::StoredDocuments, "fields of any name have one type now"),
            (Some(_), None) => self.tell(path, Harm::StoredDocuments, "fields of any name are gone"),
        }
    }

    fn values(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        let named = |node: Node<'_>| node.values().into_iter().map(|(value, _)| value.to_owned()).collect();
        let (before, after): (BTreeSet<String>, BTreeSet<String>) = (named(old), named(new));
        match (before.is_empty(), after.is_empty()) {
            (true, false) => {
                return self.tell(path, Harm::StoredDocuments, "any text was allowed, now only some values are");
            }
            (false, true) => {
                return self.tell(path, Harm::OlderReaders, "only some values were allowed, now any text is");
            }
            _ => {}
        }
        for value in before.difference(&after) {
            self.tell(path, Harm::StoredDocuments, format!("the value {value:?} is removed"));
        }
        let is_open = old.get("x-open") == Some(&Value::Bool(true));
        for value in after.difference(&before) {
            let harm = if is_open { Harm::Nobody } else { Harm::OlderReaders };
            self.tell(path, harm, format!("the value {value:?} is new"));
        }
        if old.values() != new.values() && before == after {
            self.tell(path, Harm::Words, "the meaning or order of its values is told differently");
        }
    }

    fn variants(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        let (before, after) = (old.variants(), new.variants());
        for (tag, old) in &before {
            let path = format!("{path}<{tag}>");
            match after.get(tag) {
                Some(new) => match (old.part(), new.part()) {
                    (Some(old), Some(new)) => self.inside(&path, old, new),
                    _ => self.object(&path, *old, *new),
                },
                None => self.tell(&path, Harm::StoredDocuments, "the variant is removed"),
            }
        }
        for tag in after.keys().filter(|tag| !before.contains_key(*tag)) {
            self.tell(&format!("{path}<{tag}>"), Harm::OlderReaders, "the variant is new");
        }
    }

    fn limits(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        for (words, more) in [(UPPER, true), (LOWER, false)] {
            for word in words {
                let number = |node: Node<'_>| node.get(word).and_then(Value::as_f64);
                let (before, after) = (number(old), number(new));
                let what = || format!("{word} was {} and is {}", shown(old.get(word)), shown(new.get(word)));
                match (before, after) {
                    (Some(before), Some(after)) if before == after => {}
                    (Some(before), Some(after)) if (after > before) == more => self.tell(path, Harm::Nobody, what()),
                    (Some(_), None) => self.tell(path, Harm::Nobody, what()),
                    (_, Some(_)) => self.tell(path, Harm::StoredDocuments, what()),
                    (None, None) => {}
                }
            }
        }
        for word in ["pattern", "format"] {
            let (before, after) = (old.get(word), new.get(word));
            if before != after {
                let harm = if after.is_none() { Harm::Nobody } else { Harm::StoredDocuments };
                self.tell(path, harm, format!("{word} was {} and is {}", shown(before), shown(after)));
            }
        }
    }

    fn default(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        let (before, after) = (old.own("default"), new.own("default"));
        if before != after {
            let harm = if before.is_none() { Harm::Nobody } else { Harm::StoredDocuments };
            self.tell(path, harm, format!("where absent it was taken as {} and is as {}", shown(before), shown(after)));
        }
    }

    fn words(&mut self, path: &str, old: Node<'_>, new: Node<'_>) {
        for word in WORDS.into_iter().filter(|word| old.own(word) != new.own(word)) {
            self.tell(path, Harm::Words, format!("{word} is told differently"));
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), Value::to_string)
}
