use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::doors::house;

const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/packages/api/openapi.json");

/// `UPDATE_OPENAPI=1 cargo test -p api` writes the file anew.
#[tokio::test]
async fn the_served_document_is_the_checked_in_one() {
    let served = house().get("/v1/openapi.json").await.text() + "\n";
    #[expect(clippy::disallowed_methods, reason = "how a person asks for the new file")]
    if std::env::var("UPDATE_OPENAPI").is_ok() {
        std::fs::create_dir_all(Path::new(CHECKED_IN).parent().unwrap()).unwrap();
        std::fs::write(CHECKED_IN, &served).unwrap();
    }
    let checked_in = std::fs::read_to_string(CHECKED_IN).unwrap_or_default();
    assert!(served == checked_in, "openapi.json is not what is served; run UPDATE_OPENAPI=1 cargo test -p api");
}

#[test]
fn the_document_is_whole() {
    let document = api::openapi_document();
    let text = document.to_json().unwrap();
    let again: utoipa::openapi::OpenApi = serde_json::from_str(&text).unwrap();
    assert_eq!(again.to_json().unwrap(), text, "utoipa reads what it writes");
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut referred = BTreeSet::new();
    references(&document, &mut referred);
    for reference in &referred {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let get = &item["get"];
        operations.insert(get["operationId"].as_str().unwrap().to_owned());
        assert!(get["summary"].is_string() && get["tags"].is_array(), "{path} says what it is");
        let answers = get["responses"].as_object().unwrap();
        let refusals = answers.iter().filter(|(status, _)| status.starts_with('4'));
        for (status, refusal) in refusals {
            let schema = refusal.pointer("/content/application~1problem+json/schema/$ref");
            assert_eq!(schema, Some(&"#/components/schemas/Problem".into()), "{path} {status}");
        }
        for parameter in get["parameters"].as_array().into_iter().flatten() {
            let name = &parameter["name"];
            assert!(parameter["description"].is_string() && !parameter["example"].is_null(), "{path} {name}");
        }
    }
    assert_eq!(operations.len(), document["paths"].as_object().unwrap().len(), "operation ids are unique");
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
