use serde_json::Value;

use super::{Node, Shape};

pub(super) fn short(name: &str) -> &str {
    name.split_once('.').map_or(name, |(_, collection)| collection)
}

pub(super) fn link(name: &str) -> String {
    format!("[{0}](#{0})", short(name))
}

pub(super) fn part_link(name: &str) -> String {
    format!("[{name}](#{})", name.to_lowercase())
}

pub(super) fn first_sentence(words: &str) -> &str {
    words.find(". ").map_or(words, |end| &words[..=end])
}

/// Text inside of a table.
pub(super) fn cell(words: &str) -> String {
    words.replace('|', "\\|").replace("\n\n", " ").replace('\n', " ")
}

pub(super) fn meaning(field: Node<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    match field.own("description").and_then(Value::as_str) {
        Some(own) => words.push(own.to_owned()),
        None => words.extend(
            field
                .part()
                .filter(|part| !is_scalar(*part))
                .and_then(|part| Some(first_sentence(part.text("description")?).to_owned())),
        ),
    }
    if let Some(default) = field.own("default").filter(|default| !is_empty(default)) {
        words.push(format!("`{}` where absent.", default.to_string().replace('"', "")));
    }
    let targets: Vec<String> = field.references(true).into_iter().map(link).collect();
    if !targets.is_empty() {
        words.push(format!("→ {}", targets.join(", ")));
    }
    words.join(" ")
}

/// A type with its limits, in words.
pub(super) fn typed(node: Node<'_>) -> String {
    if let Some(name) = node.part_name() {
        let Some((base, _)) = name.split_once('_') else { return part_link(name) };
        let value = node.part().and_then(|part| part.field("value"));
        return format!("{}: {}", part_link(base), value.map_or_else(|| "any JSON".to_owned(), typed));
    }
    let mut words = match node.shape() {
        Shape::Anything => "any JSON".to_owned(),
        Shape::Text => "text".to_owned(),
        Shape::Integer => "integer".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Flag => "true or false".to_owned(),
        Shape::List => format!("list of {}", node.items().map_or_else(|| "any JSON".to_owned(), typed)),
        Shape::Object => match node.others() {
            Some(others) => format!("map of {}", typed(others)),
            None => "object".to_owned(),
        },
        Shape::Variants | Shape::Other => "one of several".to_owned(),
    };
    let number = |word: &str| node.own(word).map(Value::to_string);
    match (number("minimum"), number("maximum")) {
        (Some(least), Some(most)) => words.push_str(&format!(", {least} to {most}")),
        (Some(least), None) => words.push_str(&format!(", at least {least}")),
        (None, Some(most)) => words.push_str(&format!(", at most {most}")),
        (None, None) => {}
    }
    for (word, unit) in [("maxLength", "characters"), ("maxItems", "entries")] {
        if let Some(most) = number(word) {
            words.push_str(&format!(", at most {most} {unit}"));
        }
    }
    match node.own("pattern").and_then(Value::as_str) {
        Some("^[^/]+$") => words.push_str(", no `/`"),
        Some(pattern) => words.push_str(&format!(", `{pattern}`")),
        None => {}
    }
    if node.own("format").is_some_and(|format| format == "date") {
        words.push_str(", `YYYY-MM-DD`");
    }
    words
}

/// Whether what a part means says nothing of a field that holds it: a time, an id, a statement.
fn is_scalar(part: Node<'_>) -> bool {
    (part.shape() != Shape::Object && part.values().is_empty()) || part.field("quote").is_some()
}

fn is_empty(value: &Value) -> bool {
    *value == Value::Object(serde_json::Map::new()) || value.as_str() == Some("")
}
