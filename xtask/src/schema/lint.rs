use std::collections::BTreeSet;

use super::node::{Node, Shape};
use super::purposes::PURPOSES;
use super::snapshot::{IndexEntry, Scope, Snapshot};

/// Fields named like references whose ids are of no document.
const NO_DOCUMENTS: [&str; 2] = ["span_id", "trace_id"];

/// What a schema and its indexes must be beside well-formed; one line for each breach.
pub(crate) fn check(snapshot: &Snapshot) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, schema) in &snapshot.schemas {
        let document = Node::document(schema);
        let mut tell = |what: String| breaches.push(format!("{name}: {what}"));
        if !is_snake_case(name.split_once('.').map_or("", |(_, collection)| collection)) {
            tell("its name is not in snake_case".to_owned());
        }
        if document.text("description").is_none_or(str::is_empty) {
            tell("its type has no documentation".to_owned());
        }
        let id = document.field("id");
        if id.is_none_or(|id| id.text("description").is_none_or(str::is_empty)) {
            tell("the field id does not say how an id is made".to_owned());
        }
        for (owner, part) in document.parts().chain([("", document)]) {
            names(owner, part, &mut tell);
            for (field, node) in part.fields() {
                references(snapshot, owner, field, node, &mut tell);
            }
        }
    }
    for (at, index) in snapshot.indexes.iter().enumerate() {
        let again = snapshot.indexes[..at].iter().any(|other| {
            (&other.collection, other.scope, &other.fields) == (&index.collection, index.scope, &index.fields)
        });
        if again {
            breaches.push(format!("{index}: declared twice"));
        }
        breaches.extend(of_index(snapshot, index).into_iter().map(|what| format!("{index}: {what}")));
    }
    let declared: BTreeSet<String> = snapshot.indexes.iter().map(ToString::to_string).collect();
    for (index, _) in PURPOSES.iter().filter(|(index, _)| !declared.contains(*index)) {
        breaches
            .push(format!("{index}: xtask/src/schema/purposes.rs tells the purpose of an index that is not declared"));
    }
    breaches
}

fn names(owner: &str, part: Node<'_>, tell: &mut impl FnMut(String)) {
    for (field, _) in part.fields().filter(|(field, _)| !is_snake_case(field)) {
        tell(format!("the field {} is not in snake_case", qualified(owner, field)));
    }
    for (value, _) in part.values().into_iter().filter(|(value, _)| !is_snake_case(value)) {
        tell(format!("the value {} is not in snake_case", qualified(owner, value)));
    }
}

fn references(snapshot: &Snapshot, owner: &str, field: &str, node: Node<'_>, tell: &mut impl FnMut(String)) {
    let targets = node.references(false);
    for target in targets.iter().filter(|target| snapshot.schema(target).is_none()) {
        tell(format!("the field {} refers to {target}, which is no collection", qualified(owner, field)));
    }
    let is_id = field.ends_with("_id") || field.ends_with("_ids");
    if is_id
        && !NO_DOCUMENTS.contains(&field)
        && targets.is_empty()
        && node.items().is_none_or(|item| item.references(false).is_empty())
    {
        tell(format!("the field {} does not say what it refers to (x-references)", qualified(owner, field)));
    }
}

fn of_index(snapshot: &Snapshot, index: &IndexEntry) -> Vec<String> {
    let Some(schema) = snapshot.schema(&index.collection) else { return vec!["of no collection".to_owned()] };
    let mut breaches = Vec::new();
    if index.serves.is_empty() {
        breaches.push("its purpose is missing: xtask/src/schema/purposes.rs".to_owned());
    }
    let is_under = schema.get("x-parent").is_some();
    if index.scope == Scope::CollectionGroup && !is_under {
        breaches.push("a group of a collection that lies under no other".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (at, field) in index.fields.iter().enumerate() {
        if !seen.insert(&field.name) {
            breaches.push(format!("{} stands in it twice", field.name));
        }
        if field.name == "_parent" {
            if at != 0 || !is_under {
                breaches.push("_parent stands first, in an index of a subcollection".to_owned());
            }
            continue;
        }
        let Some(node) = Node::document(schema).field(&field.name) else {
            breaches.push(format!("the documents have no field {}", field.name));
            continue;
        };
        let wanted = kind_of(node);
        if wanted != Some(field.kind.as_str()) {
            let wanted = wanted.unwrap_or("not to be indexed");
            breaches.push(format!("{} is {} in it, and by its type {wanted}", field.name, field.kind));
        }
    }
    breaches
}

fn kind_of(node: Node<'_>) -> Option<&'static str> {
    match node.shape() {
        Shape::Text => Some("text"),
        Shape::Integer => Some("integer"),
        Shape::Number => Some("real"),
        Shape::Flag => Some("flag"),
        Shape::List if node.items()?.shape() == Shape::Text => Some("elements"),
        _ => None,
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn qualified(owner: &str, name: &str) -> String {
    if owner.is_empty() { name.to_owned() } else { format!("{owner}.{name}") }
}

#[cfg(test)]
mod tests;
