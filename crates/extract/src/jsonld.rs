//! JSON-LD in scripts, as item trees. No expansion and no remote contexts: pages use schema.org's plain names.

mod repair;

use std::collections::HashMap;

use serde_json::Value;

use crate::item::{Item, Prop, local_name};
use crate::page::{Page, pointer};
use crate::plain::{plain, plain_lines};

/// How deep items are followed into one another, references included.
const DEPTH_MAX: usize = 24;
/// The most values that one page's JSON-LD may unfold into.
const VALUES_MAX: usize = 200_000;

/// The top-level items of every JSON-LD script.
pub(crate) fn items(page: &Page<'_>, problems: &mut Vec<String>) -> Vec<Item> {
    let mut blocks: Vec<(String, Value)> = Vec::new();
    for script in page.scripts() {
        if !script.kind.ends_with("ld+json") {
            continue;
        }
        let (values, problem) = repair::read(&script.text);
        problems.extend(problem.map(|problem| format!("JSON-LD in script {}: {problem}", script.index)));
        let many = values.len() > 1;
        for (n, value) in values.into_iter().enumerate() {
            let at = if many { script.at(&format!("/{n}")) } else { script.at("") };
            blocks.push((at, value));
        }
    }
    read_blocks(&blocks, &page.text, problems)
}

/// The items of JSON values that are JSON-LD; `text` is the page they stand in.
pub(crate) fn read_blocks(blocks: &[(String, Value)], text: &str, problems: &mut Vec<String>) -> Vec<Item> {
    let mut nodes = HashMap::new();
    for (at, value) in blocks {
        index(value, at, &mut nodes, 0);
    }
    let mut reader = Reader { nodes, text, left: VALUES_MAX };
    let mut items = Vec::new();
    for (at, value) in blocks {
        reader.top(value, at, &mut items);
    }
    if reader.left == 0 {
        problems.push(format!("JSON-LD unfolds into more than {VALUES_MAX} values: the rest was left out"));
    }
    items
}

/// Notes every node that has an `@id` and more, so that references can be followed.
fn index<'v>(value: &'v Value, at: &str, nodes: &mut HashMap<&'v str, (String, &'v Value)>, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                index(value, &format!("{at}/{n}"), nodes, depth + 1);
            }
        }
        Value::Object(map) => {
            if let Some(id) = map.get("@id").and_then(Value::as_str)
                && map.len() > 1
            {
                nodes.entry(id).or_insert_with(|| (at.to_owned(), value));
            }
            for (key, value) in map {
                if value.is_object() || value.is_array() {
                    index(value, &pointer(at, key), nodes, depth + 1);
                }
            }
        }
        _ => {}
    }
}

struct Reader<'v> {
    nodes: HashMap<&'v str, (String, &'v Value)>,
    text: &'v str,
    /// Values that may still be read.
    left: usize,
}

impl<'v> Reader<'v> {
    fn top(&mut self, value: &'v Value, at: &str, items: &mut Vec<Item>) {
        match value {
            Value::Array(list) => {
                for (n, value) in list.iter().enumerate() {
                    self.top(value, &format!("{at}/{n}"), items);
                }
            }
            Value::Object(map) => {
                if let Some(graph) = map.get("@graph") {
                    self.top(graph, &pointer(at, "@graph"), items);
                }
                if map.contains_key("@type") || !map.contains_key("@graph") {
                    items.extend(self.item(value, at, 0));
                }
            }
            _ => {}
        }
    }

    fn item(&mut self, value: &'v Value, at: &str, depth: usize) -> Option<Item> {
        let map = value.as_object()?;
        if depth > DEPTH_MAX || self.left == 0 {
            return None;
        }
        let id = map.get("@id").and_then(Value::as_str);
        if let (Some(id), 1) = (id, map.len())
            && let Some((at, node)) = self.nodes.get(id).cloned()
        {
            return self.item(node, &at, depth + 8);
        }
        let mut item = Item { id: id.map(str::to_owned), at: at.to_owned(), ..Item::default() };
        for (key, value) in map {
            match key.as_str() {
                "@type" => item.types = types(value),
                "@graph" | "@context" | "@id" => {}
                "@value" => self.value(&mut item, "name", value, pointer(at, key), depth),
                _ => self.value(&mut item, local_name(key), value, pointer(at, key), depth),
            }
        }
        Some(item)
    }

    fn value(&mut self, item: &mut Item, name: &str, value: &'v Value, at: String, depth: usize) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return;
        }
        match value {
            Value::Null => {}
            Value::Bool(b) => item.push_words(name, b.to_string(), at),
            Value::Number(number) => item.push_words(name, self.number(number), at),
            Value::String(text) if matches!(name, "address" | "streetAddress" | "location") => {
                item.push_words(name, plain_lines(text), at);
            }
            Value::String(text) => item.push_words(name, plain(text), at),
            Value::Array(list) => {
                for (n, value) in list.iter().enumerate() {
                    self.value(item, name, value, format!("{at}/{n}"), depth + 1);
                }
            }
            Value::Object(map) => {
                if let Some(literal @ (Value::String(_) | Value::Number(_))) = map.get("@value") {
                    return self.value(item, name, literal, pointer(&at, "@value"), depth);
                }
                if let Some(nested) = self.item(value, &at, depth + 1) {
                    item.props.push((name.to_owned(), Prop::Item(nested)));
                }
            }
        }
    }

    /// A number in the page's own spelling, as far as it can be told: `25.00` comes back from the parser as `25.0`.
    fn number(&self, number: &serde_json::Number) -> String {
        let text = number.to_string();
        if self.text.contains(&text) {
            return text;
        }
        let short = text.trim_end_matches('0').trim_end_matches('.');
        if self.text.contains(short) { short.to_owned() } else { text }
    }
}

fn types(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![local_name(name).to_owned()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(|name| local_name(name).to_owned()).collect(),
        _ => Vec::new(),
    }
}
