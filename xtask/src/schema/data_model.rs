mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::node::{Node, Shape};
use super::snapshot::{IndexEntry, Scope, Snapshot};
use words::{cell, first_sentence, link, meaning, part_link, short, typed};

const HEAD: &str = "# Data model

Written by `cargo xtask schema` from the types in `crates/model/src`; not to be edited. The same as JSON Schema is in
`databases/schema`, the indexes are in `databases/indexes.json`, and documents of every version that was ever stored in
`databases/fixtures`.

## What holds for every document

- **Place.** A document has one place: database, collection, id. A commit touches one database. Documents of a
  subcollection have ids `{parent's id}/{own id}`.
- **Id.** At most 200 bytes, no control characters, `/` only between the parts. Ids follow from content wherever a step
  may be repeated.
- **Version.** Every document is stored with the version of its shape. An older one is made into one of today while it is
  read, step by step; a process that meets a newer one refuses it. [History](#history) lists the steps.
- **Absence.** A field without a value is left out, never null. Unknown fields are passed over, unless it says that the
  type is closed.
- **Indexes.** A query needs an index that begins with its equalities and goes on with its range or its order; the id comes
  last in each. Indexes can be read in both directions. Every collection has the index of its ids. A document whose
  field is absent does not stand in an index of the field.

## To change a shape

1. Change the type in `crates/model/src` and run `cargo xtask schema`. It tells for every difference whether it is additive
   or breaks, and what to do; what breaks is not written.
2. What breaks needs an upcast: add a `Change` to the `HISTORY` beside the type, which raises the version, and a fixture of
   the new version; those of older versions stay as they are. A fixture `v1-x.json` becomes `v2-x.json` where both exist.
3. Commit what was written with the type. `cargo xtask schema --check`, a part of `make lint` and `make test`, fails until
   then.

An upcast changes what is read, not what is stored: an index of a field that it adds finds a document once that is written
again.
";

const DATABASES: [(&str, &str, &str); 4] = [
    (
        "pipeline",
        "Database pipeline",
        "Working data: from an address to what is known of an entity. Written by the steps.",
    ),
    ("main", "Database main", "What people see and do."),
    ("admin", "Database admin", "Who administers, and what they did."),
    ("every", "In every database", "What is committed together with the documents that cause it."),
];

/// The whole document.
pub(crate) fn render(snapshot: &Snapshot) -> String {
    let mut out = HEAD.to_owned();
    overview(snapshot, &mut out);
    relationships(snapshot, &mut out);
    for (database, heading, words) in DATABASES {
        let _ = write!(out, "\n## {heading}\n\n{words}\n");
        let mut any = false;
        for (name, schema) in of_database(snapshot, database) {
            any = true;
            collection(snapshot, name, schema, &mut out);
        }
        if !any {
            out.push_str("\nIt has no collections of its own yet.\n");
        }
    }
    parts(snapshot, &mut out);
    history(snapshot, &mut out);
    out
}

fn of_database<'a>(snapshot: &'a Snapshot, database: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let wanted = move |(name, _): &&(String, Value)| name.split_once('.').is_some_and(|(known, _)| known == database);
    snapshot.schemas.iter().filter(wanted).map(|(name, schema)| (name.as_str(), schema))
}

fn overview(snapshot: &Snapshot, out: &mut String) {
    out.push_str("\n## Collections\n\n| database | collection | a document is | version | indexes |\n| --- | --- | --- | --- | --- |\n");
    for (database, _, _) in DATABASES {
        for (name, schema) in of_database(snapshot, database) {
            let indexes = snapshot.indexes.iter().filter(|index| index.collection == name).count();
            let words = first_sentence(Node::document(schema).text("description").unwrap_or_default());
            let version = &schema["x-version"];
            let _ = writeln!(out, "| {database} | {} | {} | {version} | {indexes} |", link(name), cell(words));
        }
    }
}

/// Who refers to whom, by the one that is referred to.
fn relationships(snapshot: &Snapshot, out: &mut String) {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in &snapshot.schemas {
        let document = Node::document(schema);
        for (owner, part) in document.parts().chain([("", document)]) {
            for (field, node) in part.fields() {
                // That an entity's own id is one says nothing.
                let targets: Vec<String> =
                    node.references(!owner.is_empty() || field == "id").into_iter().map(link).collect();
                if !targets.is_empty() {
                    let path = if owner.is_empty() { field.to_owned() } else { format!("{owner}.{field}") };
                    found.entry(targets.join(", ")).or_default().insert(format!("{}.`{path}`", link(name)));
                }
            }
        }
        if let Some(parent) = schema.get("x-parent").and_then(Value::as_str) {
            found.entry(link(parent)).or_default().insert(format!("{}, which lie under them", link(name)));
        }
    }
    out.push_str(
        "\n## Relationships\n\nReferences are ids. Nothing enforces them: a step that meets an id without its document passes \
         it over.\n\n| documents of | are referred to by |\n| --- | --- |\n",
    );
    for (target, from) in found {
        let from: Vec<String> = from.into_iter().collect();
        let _ = writeln!(out, "| {target} | {} |", from.join(" · "));
    }
}

fn collection(snapshot: &Snapshot, name: &str, schema: &Value, out: &mut String) {
    let document = Node::document(schema);
    let _ = write!(out, "\n### {}\n\n{}\n", short(name), document.text("description").unwrap_or_default());
    let mut facts = vec![format!("Type `{}`", document.text("title").unwrap_or_default())];
    facts.push(format!("version {}", schema["x-version"]));
    if let Some(parent) = document.text("x-parent") {
        facts.push(format!("under {}", link(parent)));
    }
    if document.is_closed() {
        facts.push("closed: unknown fields are refused".to_owned());
    }
    let _ = write!(out, "\n{}.\n\n", facts.join(" · "));
    fields(document, out);
    let indexes: Vec<&IndexEntry> = snapshot.indexes.iter().filter(|index| index.collection == name).collect();
    if indexes.is_empty() {
        return;
    }
    out.push_str("\n| index | query that it answers |\n| --- | --- |\n");
    for index in indexes {
        let mut shown: Vec<String> = index
            .fields
            .iter()
            .map(|field| match (&*field.name, &*field.direction) {
                ("_parent", _) => "the parent".to_owned(),
                (name, "descending") => format!("`{name}` descending"),
                (name, _) if field.kind == "elements" => format!("each of `{name}`"),
                (name, _) => format!("`{name}`"),
            })
            .collect();
        if index.scope == Scope::CollectionGroup {
            shown.push("under all parents".to_owned());
        }
        let _ = writeln!(out, "| {} | {} |", shown.join(", "), cell(&index.serves));
    }
}

fn fields(owner: Node<'_>, out: &mut String) {
    out.push_str("| field | type | required | meaning |\n| --- | --- | --- | --- |\n");
    for (name, field) in owner.fields() {
        let required = if owner.requires(name) { "yes" } else { "" };
        // The limits of ids are told once, at the head.
        let of_type = if name == "id" && field.part_name().is_none() { "text".to_owned() } else { typed(field) };
        let _ = writeln!(out, "| `{name}` | {} | {required} | {} |", cell(&of_type), cell(&meaning(field)));
    }
    if let Some(others) = owner.others() {
        let _ = writeln!(out, "| any other | {} | | {} |", cell(&typed(others)), cell(&meaning(others)));
    }
}

fn parts(snapshot: &Snapshot, out: &mut String) {
    let mut all: BTreeMap<&str, Node<'_>> = BTreeMap::new();
    let mut generics = BTreeSet::new();
    for (_, schema) in &snapshot.schemas {
        for (name, part) in Node::document(schema).parts() {
            if let Some((base, _)) = name.split_once('_') {
                generics.insert(base);
            }
            all.entry(name.split_once('_').map_or(name, |(base, _)| base)).or_insert(part);
        }
    }
    out.push_str("\n## Parts\n\nTypes that stand inside of documents.\n");
    for (name, part) in all {
        let _ = write!(out, "\n### {name}\n\n");
        if let Some(words) = part.text("description") {
            let _ = write!(out, "{words}\n\n");
        }
        let mut body = String::new();
        part_body(part, &mut body);
        if generics.contains(name) {
            // It is of the type that was met first; the others differ in this alone.
            let value = part.field("value").map_or_else(String::new, typed);
            body = body.replace(&format!("| `value` | {value} |"), "| `value` | as told where it is used |");
        }
        out.push_str(&body);
    }
}

fn part_body(part: Node<'_>, out: &mut String) {
    match part.shape() {
        Shape::Object => {
            fields(part, out);
            if part.is_closed() {
                out.push_str("\nClosed: unknown fields are refused.\n");
            }
        }
        Shape::Variants => {
            out.push_str("| `kind` | its fields |\n| --- | --- |\n");
            for (tag, variant) in part.variants() {
                let _ = writeln!(out, "| `{tag}` | {} |", variant.part_name().map_or_else(String::new, part_link));
            }
        }
        _ if !part.values().is_empty() && part.values().iter().all(|(_, words)| words.is_none()) => {
            let values: Vec<String> = part.values().into_iter().map(|(value, _)| format!("`{value}`")).collect();
            let _ = writeln!(out, "One of {}.", values.join(", "));
        }
        _ if !part.values().is_empty() => {
            out.push_str("| value | meaning |\n| --- | --- |\n");
            for (value, words) in part.values() {
                let _ = writeln!(out, "| `{value}` | {} |", cell(words.unwrap_or_default()));
            }
            if part.get("x-open").is_some() {
                out.push_str("\nOpen: a value that a reader does not know is read as `other`.\n");
            }
        }
        _ => {
            let _ = writeln!(out, "Stored as {}.", typed(part));
        }
    }
}

fn history(snapshot: &Snapshot, out: &mut String) {
    out.push_str("\n## History\n\nEvery collection began with version 1. An upcast is listed beside the document's type, and raises the version.\n\n| day | collection | version | change |\n| --- | --- | --- | --- |\n");
    let mut entries: Vec<(&str, String)> = Vec::new();
    for (name, schema) in &snapshot.schemas {
        for change in schema["x-history"].as_array().into_iter().flatten() {
            let (on, what) = (change["on"].as_str().unwrap_or_default(), change["what"].as_str().unwrap_or_default());
            let version = if change["upcast"] == true {
                change["version"].to_string()
            } else {
                format!("still {}", change["version"])
            };
            entries.push((on, format!("| {on} | {} | {version} | {} |", link(name), cell(what))));
        }
    }
    entries.sort_by_key(|(on, _)| *on);
    for (_, entry) in entries {
        let _ = writeln!(out, "{entry}");
    }
}
