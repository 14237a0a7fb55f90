use serde_json::{Value, json};

use super::check;
use crate::schema::snapshot::{IndexEntry, IndexField, Scope, Snapshot};

fn shows() -> Value {
    json!({
        "description": "A show.", "type": "object",
        "properties": {
            "id": { "type": "string", "description": "The hash of its name." },
            "name": { "type": "string" },
            "seats": { "type": "integer" },
            "rating": { "type": "number" },
            "sold_out": { "type": "boolean" },
            "tags": { "type": "array", "items": { "type": "string" } },
            "next_id": { "type": "string", "x-references": "main.shows" },
            "state": { "$ref": "#/$defs/State" }
        },
        "$defs": { "State": { "type": "string", "enum": ["on", "off"] } }
    })
}

fn breaches(schema: Value, indexes: Vec<IndexEntry>) -> Vec<String> {
    let found = check(&Snapshot { schemas: vec![("main.shows".to_owned(), schema)], indexes });
    // The purposes of the real indexes are idle here.
    found.into_iter().filter(|breach| !breach.contains("an index that is not declared")).collect()
}

/// A change of the schema by hand, and what is said of it.
type Case = (fn(&mut Value), &'static str);

const CASES: &[Case] = &[
    (|s| s["description"] = json!(""), "no documentation"),
    (|s| s["properties"]["id"] = json!({ "type": "string" }), "how an id is made"),
    (|s| s["properties"]["soldOut"] = json!({ "type": "boolean" }), "the field soldOut"),
    (|s| s["$defs"]["State"]["enum"] = json!(["on", "Off"]), "State.Off"),
    (|s| s["$defs"]["Act"] = json!({ "properties": { "bandName": {} } }), "Act.bandName"),
    (|s| s["properties"]["next_id"]["x-references"] = json!("main.acts"), "main.acts, which is no collection"),
    (|s| s["properties"]["venue_id"] = json!({ "type": "string" }), "venue_id does not say"),
];

#[test]
fn a_schema_is_named_and_told_as_agreed() {
    assert_eq!(breaches(shows(), vec![]), Vec::<String>::new());
    for (change, expected) in CASES {
        let mut schema = shows();
        change(&mut schema);
        let found = breaches(schema, vec![]);
        assert!(matches!(&found[..], [only] if only.contains(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn an_index_agrees_with_its_fields() {
    for (fields, scope, expected) in [
        (vec![("name", "text"), ("seats", "integer")], Scope::Collection, ""),
        (vec![("rating", "real")], Scope::Collection, ""),
        (vec![("tags", "elements"), ("sold_out", "flag"), ("state", "text")], Scope::Collection, ""),
        (vec![("seats", "text")], Scope::Collection, "seats is text in it, and by its type integer"),
        (vec![("tags", "text")], Scope::Collection, "by its type elements"),
        (vec![("place", "text")], Scope::Collection, "have no field place"),
        (vec![("name", "text"), ("name", "text")], Scope::Collection, "twice"),
        (vec![("_parent", "text")], Scope::Collection, "of a subcollection"),
        (vec![("name", "text")], Scope::CollectionGroup, "lies under no other"),
    ] {
        let field = |(name, kind): &(&str, &str)| IndexField {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            direction: "ascending".to_owned(),
        };
        let index = IndexEntry {
            collection: "main.shows".to_owned(),
            scope,
            fields: fields.iter().map(field).collect(),
            serves: "Something.".to_owned(),
        };
        let found = breaches(shows(), vec![index.clone()]);
        match expected {
            "" => assert!(found.is_empty(), "{fields:?}: {found:?}"),
            expected => assert!(found.iter().any(|breach| breach.contains(expected)), "{fields:?}: {found:?}"),
        }
        let idle = breaches(shows(), vec![IndexEntry { serves: String::new(), ..index.clone() }]);
        assert!(idle.iter().any(|breach| breach.contains("purpose is missing")), "{idle:?}");
        assert!(breaches(shows(), vec![index.clone(), index]).iter().any(|breach| breach.contains("declared twice")));
    }
}
