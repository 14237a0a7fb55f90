//! Events from JSON: answers of APIs, and the state that pages carry in their scripts and attributes. An object is an
//! event when it has a name, a moment and something that only events have; which field is which is told by the words of
//! its key and of the keys above it. No site's format is known here.

mod acts;
mod event;
mod leaves;
mod money;
mod place;
mod scripts;
mod start;
mod state;

use std::collections::HashMap;

use model::{EventClaims, Record};
use serde_json::{Map, Value};

use self::leaves::words_of;
use crate::page::{Page, pointer};

/// The most objects of one document that are looked at.
const OBJECTS_MAX: usize = 200_000;

/// The events in `value`, in document order. `at` is what locators begin with: empty for a JSON answer, `script[3]#`
/// for a script.
pub(crate) fn records(page: &Page<'_>, value: &Value, at: &str) -> Vec<Record> {
    read(page, &[(at.to_owned(), value)])
}

/// The events in the JSON that an HTML page carries: in scripts of any kind, and in attributes. Linked data is left to
/// its own reader.
pub(crate) fn embedded(page: &Page<'_>) -> Vec<Record> {
    let values = scripts::values(page);
    let values: Vec<(String, &Value)> = values.iter().map(|(at, value)| (at.clone(), value)).collect();
    read(page, &values)
}

/// One page may spread the fields of one object over several values, so all are walked before any is read.
fn read(page: &Page<'_>, values: &[(String, &Value)]) -> Vec<Record> {
    let mut found = Found::default();
    for (at, value) in values {
        found.walk(value, at.clone(), "");
    }
    let money = money::Units::of(&found.events);
    let events: Vec<EventClaims> =
        found.events.iter().filter_map(|object| event::read(page, object, &found, &money)).collect();
    let events = crate::mine::merged(events).into_iter();
    let mut records: Vec<Record> = events.map(|event| Record::Event(Box::new(event))).collect();
    if records.is_empty() {
        for (at, html) in &found.markup {
            records.extend(crate::mine::fragment(page, html, at));
        }
    }
    records
}

/// What a walk through a document finds.
#[derive(Default)]
struct Found<'v> {
    events: Vec<Object<'v>>,
    /// Objects by their id, where the id is long enough to be of one thing alone.
    by_id: HashMap<&'v str, Vec<Object<'v>>>,
    /// Objects by the key under which a cache holds them: `Venue:12`.
    by_key: HashMap<&'v str, &'v Value>,
    /// Texts that are HTML.
    markup: Vec<(String, &'v str)>,
    seen: usize,
}

#[derive(Clone)]
struct Object<'v> {
    /// Its locator.
    at: String,
    map: &'v Map<String, Value>,
}

impl<'v> Found<'v> {
    /// `parent`: the key that holds the value, that of the list for the elements of a list.
    fn walk(&mut self, value: &'v Value, at: String, parent: &str) {
        self.seen += 1;
        if self.seen > OBJECTS_MAX {
            return;
        }
        match value {
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    if matches!(value, Value::Array(_) | Value::Object(_) | Value::String(_)) {
                        self.walk(value, format!("{at}/{index}"), parent);
                    }
                }
            }
            Value::Object(map) => self.walk_object(map, at, parent),
            Value::String(text) if text.len() > 400 && text.contains('<') && text.contains("</") => {
                self.markup.push((at, text));
            }
            _ => {}
        }
    }

    fn walk_object(&mut self, map: &'v Map<String, Value>, at: String, parent: &str) {
        // Linked data has its own reader.
        if map.contains_key("@type") || map.contains_key("@context") {
            return;
        }
        let object = Object { at, map };
        if let Some(id) = map.get("id").and_then(Value::as_str).filter(|id| id.len() >= 8) {
            self.by_id.entry(id).or_default().push(object.clone());
        }
        if event::is_event(map, parent) {
            self.events.push(object);
            return;
        }
        for (key, value) in map {
            match value {
                Value::Object(_) => {
                    if key.contains(':') {
                        self.by_key.insert(key, value);
                    }
                    self.walk(value, pointer(&object.at, key), key);
                }
                Value::Array(_) | Value::String(_) => self.walk(value, pointer(&object.at, key), key),
                _ => {}
            }
        }
    }

    /// The object that a cache's reference (`{"__ref": "Venue:12"}`) means, or the value itself.
    fn resolve(&self, value: &'v Value) -> &'v Value {
        let reference = value
            .get("__ref")
            .or_else(|| value.get("id").filter(|_| value.get("type").is_some_and(|kind| kind == "id")));
        reference.and_then(Value::as_str).and_then(|key| self.by_key.get(key).copied()).unwrap_or(value)
    }
}

/// Whether a key, taken apart into words, has one of `words`.
fn has_word(key: &str, words: &[&str]) -> bool {
    words_of(key).split('_').any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests;
