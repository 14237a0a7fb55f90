//! Documents as they were stored once: every one reads as today's, whatever its version.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use model::{Collection, ErrorType, FailedTask};
use serde_json::{Value, json};

/// A file `databases/fixtures/{collection}/v{version}-{what}.json`.
struct Fixture {
    collection: Collection,
    version: u32,
    what: String,
    document: Value,
}

fn fixtures() -> Vec<Fixture> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../databases/fixtures");
    let folders = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found = Vec::new();
    for folder in folders {
        let collection = Collection::distinct().find(|collection| collection.name() == folder);
        let collection = collection.unwrap_or_else(|| panic!("{folder} is the name of no collection"));
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let parts = name.strip_prefix('v').and_then(|name| name.split_once('-'));
            let (version, what) = parts.unwrap_or_else(|| panic!("{} is not v1-….json", path.display()));
            let document = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            found.push(Fixture { collection, version: version.parse().unwrap(), what: what.to_owned(), document });
        }
    }
    found
}

#[test]
fn every_version_of_every_collection_has_a_fixture() {
    let found: BTreeSet<_> = fixtures().iter().map(|fixture| (fixture.collection, fixture.version)).collect();
    let wanted = Collection::distinct()
        .flat_map(|collection| (1..=collection.version()).map(move |version| (collection, version)))
        .collect::<BTreeSet<_>>();
    assert_eq!(found, wanted);
}

#[test]
fn every_fixture_reads_as_todays_document_and_is_then_stable() {
    let all = fixtures();
    for Fixture { collection, version, what, document } in &all {
        let place = format!("{collection} v{version}-{what}");
        let restated =
            collection.restate(*version, document.clone()).unwrap_or_else(|error| panic!("{place}: {error}"));
        let again = collection.restate(collection.version(), restated.clone()).unwrap();
        assert_eq!(again, restated, "{place}");
        let same = |other: &&Fixture| {
            (other.collection, &other.what, other.version) == (*collection, what, collection.version())
        };
        if let Some(today) = all.iter().find(same) {
            assert_eq!(restated, today.document, "{place} and v{}-{what} differ", today.version);
        }
    }
}

#[test]
fn no_fixture_reads_without_the_upcasts_it_needs() {
    let old: Vec<Fixture> =
        fixtures().into_iter().filter(|fixture| fixture.version < fixture.collection.version()).collect();
    assert!(!old.is_empty());
    for Fixture { collection, what, document, .. } in old {
        let read = collection.restate(collection.version(), document.clone());
        assert!(read.is_err() || read.unwrap() != collection.restate(1, document).unwrap(), "{collection} {what}");
    }
}

#[test]
fn a_version_is_raised_by_its_upcasts_alone() {
    for collection in Collection::ALL {
        let upcasts = collection.history().iter().filter(|change| change.upcast.is_some()).count();
        assert_eq!(collection.version() as usize, 1 + upcasts, "{collection}");
        assert!(collection.history().is_sorted_by_key(|change| change.on), "{collection}");
        assert_eq!(collection.upcast(collection.version(), json!({ "a": 1 })), json!({ "a": 1 }), "{collection}");
    }
}

#[test]
fn an_unknown_type_of_error_is_read_as_other() {
    let letters = fixtures().into_iter().filter(|fixture| fixture.collection == Collection::FailedTasks);
    let mut letter = letters.into_iter().find(|fixture| fixture.version == 2).unwrap().document;
    letter["error_type"] = json!("eaten_by_a_dog");
    assert_eq!(serde_json::from_value::<FailedTask>(letter).unwrap().error_type, ErrorType::Other);
}
