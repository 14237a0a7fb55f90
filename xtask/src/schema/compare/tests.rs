use serde_json::{Value, json};

use super::{Weight, compare};
use crate::schema::snapshot::{IndexEntry, IndexField, Scope, Snapshot};

fn of(schema: &Value) -> Snapshot {
    Snapshot { schemas: vec![("main.shows".to_owned(), schema.clone())], indexes: Vec::new() }
}

/// A schema with every kind of thing in it.
fn shows() -> Value {
    json!({
        "title": "Show", "description": "A show.", "x-collection": "shows", "x-database": "main", "x-version": 1,
        "x-history": [], "type": "object", "required": ["id", "name", "place"],
        "properties": {
            "id": { "type": "string" },
            "name": { "type": "string", "maxLength": 100 },
            "seats": { "type": "integer", "minimum": 0, "default": 0 },
            "tags": { "type": "array", "items": { "type": "string" } },
            "state": { "$ref": "#/$defs/State" },
            "sort": { "$ref": "#/$defs/Sort" },
            "place": { "$ref": "#/$defs/Place", "description": "Where." },
            "prices": { "type": "object", "additionalProperties": { "type": "integer" } },
            "act": { "$ref": "#/$defs/Act" }
        },
        "$defs": {
            "State": { "type": "string", "enum": ["on", "off"] },
            "Sort": { "x-open": true, "oneOf": [
                { "type": "string", "enum": ["concert"] },
                { "type": "string", "const": "club", "description": "A night." }
            ] },
            "Place": {
                "type": "object", "additionalProperties": false, "required": ["street"],
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
            },
            "Band": { "type": "object", "properties": { "size": { "type": "integer" } } },
            "Act": { "oneOf": [
                { "$ref": "#/$defs/Band", "type": "object", "required": ["kind"],
                  "properties": { "kind": { "type": "string", "const": "band" } } }
            ] }
        }
    })
}

/// A change of the schema by hand, the field that it is found at, and how much it weighs.
type Case = (fn(&mut Value), &'static str, Weight);

const CASES: &[Case] = &[
    (|s| s["properties"]["new"] = json!({ "type": "string" }), "new", Weight::Additive),
    (
        |s| {
            s["properties"]["new"] = json!({ "type": "string" });
            s["required"] = json!(["id", "name", "place", "new"]);
        },
        "new",
        Weight::Breaking,
    ),
    (|s| drop(s["properties"].as_object_mut().unwrap().remove("tags")), "tags", Weight::Breaking),
    (|s| s["required"] = json!(["id", "name", "place", "tags"]), "tags", Weight::Breaking),
    (|s| s["required"] = json!(["id", "place"]), "name", Weight::Breaking),
    (|s| s["properties"]["seats"]["type"] = json!("string"), "seats", Weight::Breaking),
    (|s| s["properties"]["seats"]["type"] = json!("number"), "seats", Weight::Breaking),
    (|s| s["properties"]["seats"]["default"] = json!(1), "seats", Weight::Breaking),
    (|s| s["properties"]["seats"]["minimum"] = json!(1), "seats", Weight::Breaking),
    (|s| s["properties"]["seats"]["minimum"] = json!(-1), "seats", Weight::Additive),
    (|s| s["properties"]["name"]["maxLength"] = json!(50), "name", Weight::Breaking),
    (|s| s["properties"]["name"]["maxLength"] = json!(200), "name", Weight::Additive),
    (|s| s["properties"]["name"]["pattern"] = json!("^a"), "name", Weight::Breaking),
    (|s| s["properties"]["tags"]["items"]["type"] = json!("integer"), "tags[]", Weight::Breaking),
    (|s| s["properties"]["prices"]["additionalProperties"]["type"] = json!("string"), "prices.*", Weight::Breaking),
    (|s| s["$defs"]["State"]["enum"] = json!(["on"]), "state", Weight::Breaking),
    (|s| s["$defs"]["State"]["enum"] = json!(["on", "off", "late"]), "state", Weight::Breaking),
    (|s| s["$defs"]["State"]["enum"] = json!(["off", "on"]), "state", Weight::Words),
    (|s| s["$defs"]["Sort"]["oneOf"][0]["enum"] = json!(["concert", "rave"]), "sort", Weight::Additive),
    (|s| s["$defs"]["Sort"]["oneOf"][1]["const"] = json!("disco"), "sort", Weight::Breaking),
    // The same values, one of them documented now.
    (
        |s| {
            let one = json!({ "type": "string", "const": "concert", "description": "With a stage." });
            s["$defs"]["Sort"]["oneOf"][0] = one;
        },
        "sort",
        Weight::Words,
    ),
    (
        |s| drop(s["$defs"]["Place"]["properties"].as_object_mut().unwrap().remove("city")),
        "place.city",
        Weight::Breaking,
    ),
    // Older readers refuse a field that they do not know, here.
    (|s| s["$defs"]["Place"]["properties"]["zip"] = json!({ "type": "string" }), "place.zip", Weight::Breaking),
    (|s| s["additionalProperties"] = json!(false), "", Weight::Breaking),
    (|s| s["$defs"]["Band"]["properties"]["size"]["type"] = json!("string"), "act<band>.size", Weight::Breaking),
    (
        |s| {
            let tagged = json!({ "type": "object", "properties": { "kind": { "const": "solo" } } });
            s["$defs"]["Act"]["oneOf"].as_array_mut().unwrap().push(tagged);
        },
        "act<solo>",
        Weight::Breaking,
    ),
    (|s| s["$defs"]["Act"]["oneOf"][0]["properties"]["kind"]["const"] = json!("solo"), "act<band>", Weight::Breaking),
    (|s| s["properties"]["place"]["description"] = json!("Where it is."), "place", Weight::Words),
    (|s| s["properties"]["name"]["x-references"] = json!("main.shows"), "name", Weight::Words),
    (|s| s["x-parent"] = json!("main.days"), "", Weight::Breaking),
];

#[test]
fn a_change_has_its_weight_and_its_place() {
    for (number, (change, field, weight)) in CASES.iter().enumerate() {
        let mut changed = shows();
        change(&mut changed);
        let found = compare(&of(&shows()), &of(&changed));
        let place = if field.is_empty() { "main.shows".to_owned() } else { format!("main.shows: {field}") };
        let heaviest = found.iter().find(|difference| difference.weight == *weight && difference.place == place);
        assert!(heaviest.is_some(), "{number} {field}: {found:?}");
        let breaks = found.iter().any(|difference| difference.weight == Weight::Breaking);
        assert_eq!(breaks, *weight == Weight::Breaking, "{number} {field}: {found:?}");
        let told =
            found.iter().all(|difference| (difference.weight == Weight::Breaking) != difference.remedy.is_empty());
        assert!(told, "what breaks says what to do: {found:?}");
    }
}

#[test]
fn what_breaks_passes_with_a_raised_version_and_never_with_a_lowered_one() {
    for (change, field, weight) in CASES.iter().filter(|(_, field, _)| !field.is_empty()) {
        let mut changed = shows();
        change(&mut changed);
        changed["x-version"] = json!(2);
        let found = compare(&of(&shows()), &of(&changed));
        assert!(found.iter().all(|difference| difference.weight != Weight::Breaking), "{field}: {found:?}");
        let upcast = found.iter().filter(|difference| difference.weight == Weight::Upcast).count();
        assert_eq!(upcast > 1, *weight == Weight::Breaking, "{field}: {found:?}");
        let back = compare(&of(&changed), &of(&shows()));
        assert!(back.iter().any(|difference| difference.weight == Weight::Breaking), "{field}: {back:?}");
    }
}

#[test]
fn nothing_differs_from_itself_and_collections_come_freely_and_do_not_go() {
    assert!(compare(&of(&shows()), &of(&shows())).is_empty());
    let came = compare(&Snapshot::default(), &of(&shows()));
    assert_eq!(came.iter().map(|difference| difference.weight).collect::<Vec<_>>(), [Weight::Additive]);
    let went = compare(&of(&shows()), &Snapshot::default());
    assert_eq!(went.iter().map(|difference| difference.weight).collect::<Vec<_>>(), [Weight::Breaking]);
    assert!(went[0].to_string().contains("delete databases/schema/main.shows.json"), "{}", went[0]);
}

#[test]
fn indexes_come_freely_and_do_not_go() {
    let index = |name: &str, direction: &str| IndexEntry {
        collection: "main.shows".to_owned(),
        scope: Scope::Collection,
        fields: vec![IndexField { name: name.to_owned(), kind: "text".to_owned(), direction: direction.to_owned() }],
        serves: "The shows by name.".to_owned(),
    };
    let with = |indexes: Vec<IndexEntry>| Snapshot { indexes, ..of(&shows()) };
    for (old, new, weights) in [
        (vec![], vec![index("name", "ascending")], vec![Weight::Additive]),
        (vec![index("name", "ascending")], vec![], vec![Weight::Breaking]),
        (vec![index("name", "ascending")], vec![index("name", "descending")], vec![Weight::Additive, Weight::Breaking]),
        (
            vec![index("name", "ascending")],
            vec![IndexEntry { serves: "Otherwise.".to_owned(), ..index("name", "ascending") }],
            vec![Weight::Words],
        ),
    ] {
        let found = compare(&with(old), &with(new));
        assert_eq!(found.iter().map(|difference| difference.weight).collect::<Vec<_>>(), weights, "{found:?}");
    }
    let late = compare(&of(&shows()), &with(vec![index("state", "ascending")]));
    assert!(late[0].what.contains("stored without state"), "{late:?}");
}
