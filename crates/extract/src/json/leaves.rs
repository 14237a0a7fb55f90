//! An object's values with the words of the keys that lead to them.

use serde_json::{Map, Value};

use super::{Found, Object};
use crate::page::pointer;

/// The deepest key below an event that is looked at, and the most values.
const DEPTH_MAX: usize = 5;
const LEAVES_MAX: usize = 1500;
const ELEMENTS_MAX: usize = 60;

/// A text, number or truth value below an event.
pub(super) struct Leaf<'v> {
    /// The keys that lead to it, each as [`words_of`] writes it; places in lists are left out.
    pub(super) path: Vec<String>,
    /// Its locator.
    pub(super) at: String,
    pub(super) value: &'v Value,
}

impl<'v> Leaf<'v> {
    /// The last key.
    pub(super) fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether any key on the way has one of `words`.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.path.iter().any(|key| key.split('_').any(|word| words.contains(&word)))
    }

    /// Whether the last key has one of `words`.
    pub(super) fn key_has(&self, words: &[&str]) -> bool {
        self.key().split('_').any(|word| words.contains(&word))
    }

    /// The text, white space and markup kept; `None` when it is blank or no text.
    pub(super) fn text(&self) -> Option<&'v str> {
        self.value.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The locator of what holds it.
    pub(super) fn holder(&self) -> &str {
        self.at.rsplit_once('/').map_or("", |(holder, _)| holder)
    }
}

/// `startDate`, `start-date`, `StartDate` → `start_date`.
pub(super) fn words_of(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 4);
    let mut before = '_';
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            if before.is_ascii_lowercase() || before.is_ascii_digit() {
                words.push('_');
            }
            words.push(letter.to_ascii_lowercase());
        } else if letter.is_alphanumeric() {
            words.push(letter);
        } else if !words.is_empty() && !words.ends_with('_') {
            words.push('_');
        }
        before = letter;
    }
    words
}

/// All leaves of an object and of the other fragments that bear its id, in order.
pub(super) fn of<'v>(object: &Object<'v>, found: &Found<'v>) -> Vec<Leaf<'v>> {
    let mut leaves = Vec::new();
    let mut path = Vec::new();
    collect_map(object.map, &object.at, &mut path, found, &mut leaves);
    let id = object.map.get("id").and_then(Value::as_str);
    for other in id.and_then(|id| found.by_id.get(id)).into_iter().flatten().take(40) {
        if other.at != object.at {
            collect_map(other.map, &other.at, &mut path, found, &mut leaves);
        }
    }
    leaves
}

fn collect_map<'v>(
    map: &'v Map<String, Value>,
    at: &str,
    path: &mut Vec<String>,
    found: &Found<'v>,
    leaves: &mut Vec<Leaf<'v>>,
) {
    for (key, value) in map {
        path.push(words_of(key));
        collect(value, pointer(at, key), path, found, leaves);
        path.pop();
    }
}

fn collect<'v>(value: &'v Value, at: String, path: &mut Vec<String>, found: &Found<'v>, leaves: &mut Vec<Leaf<'v>>) {
    if leaves.len() >= LEAVES_MAX || path.len() > DEPTH_MAX {
        return;
    }
    match found.resolve(value) {
        Value::Object(map) => collect_map(map, &at, path, found, leaves),
        Value::Array(values) => {
            for (index, value) in values.iter().take(ELEMENTS_MAX).enumerate() {
                collect(value, format!("{at}/{index}"), path, found, leaves);
            }
        }
        Value::Null => {}
        value => leaves.push(Leaf { path: path.clone(), at, value }),
    }
}
