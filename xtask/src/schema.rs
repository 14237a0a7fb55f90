//! The stored shapes and indexes as files: written from `model`, compared with what is checked in, explained to readers.

mod changes;
mod compare;
mod data_model;
mod lint;
mod node;
mod purposes;
mod snapshot;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

use compare::Weight;
use snapshot::Snapshot;

const DATA_MODEL: &str = "docs/data-model.md";

/// Writes the files, unless stored documents or older processes would be left behind. The inner error says what is wrong
/// with the types, for whoever changed them.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn write(root: &Path) -> anyhow::Result<Result<(), String>> {
    let now = Snapshot::of_model();
    if let Err(wrong) = judge(root, &now)? {
        return Ok(Err(format!("{wrong}\nnothing was written")));
    }
    let mut written = 0;
    for (path, text) in stale(root, &now)? {
        let path = root.join(path);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        written += 1;
    }
    println!("{} collections, {} indexes; {written} files written", now.schemas.len(), now.indexes.len());
    Ok(Ok(()))
}

/// Whether the files say what the types say; prints what differs.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn check(root: &Path) -> anyhow::Result<Result<(), String>> {
    let now = Snapshot::of_model();
    if let Err(wrong) = judge(root, &now)? {
        return Ok(Err(wrong));
    }
    let stale: Vec<String> = stale(root, &now)?.into_keys().collect();
    if !stale.is_empty() {
        let stale = stale.join(", ");
        return Ok(Err(format!("not up to date: {stale}\nrun `cargo xtask schema` and commit what it writes")));
    }
    println!("{} collections and {} indexes are as they are checked in", now.schemas.len(), now.indexes.len());
    Ok(Ok(()))
}

/// Whether the rules hold and nothing breaks; prints every difference.
fn judge(root: &Path, now: &Snapshot) -> anyhow::Result<Result<(), String>> {
    let breaches = lint::check(now);
    if !breaches.is_empty() {
        return Ok(Err(breaches.join("\n")));
    }
    let differences = compare::compare(&Snapshot::read(root)?, now);
    for difference in &differences {
        println!("{difference}");
    }
    let breaking = differences.iter().filter(|difference| difference.weight == Weight::Breaking).count();
    Ok(if breaking == 0 { Ok(()) } else { Err(format!("{breaking} changes break; mend or version them first")) })
}

/// The files that are not as they should be, with the text that they should have.
fn stale(root: &Path, now: &Snapshot) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = now.files()?;
    files.insert(DATA_MODEL.to_owned(), data_model::render(now));
    files.retain(|path, text| fs::read_to_string(root.join(path)).map_or(true, |before| before != *text));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::{Snapshot, check};
    use crate::root;

    #[test]
    fn the_checked_in_files_say_what_the_types_say() {
        assert_eq!(check(&root().unwrap()).unwrap(), Ok(()));
    }

    #[test]
    fn every_schema_is_one_and_every_fixture_of_its_version_obeys_it() {
        let mut seen = 0;
        for (name, schema) in &Snapshot::of_model().schemas {
            jsonschema::draft202012::meta::validate(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
            let validator = jsonschema::draft202012::new(schema).unwrap();
            let collection = name.split_once('.').unwrap().1;
            let folder = root().unwrap().join("databases/fixtures").join(collection);
            for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
                let is_current = entry.file_name().to_str().unwrap().starts_with(&format!("v{}-", schema["x-version"]));
                let document = serde_json::from_str(&std::fs::read_to_string(entry.path()).unwrap()).unwrap();
                let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
                assert_eq!(errors.is_empty(), is_current, "{}: {errors:?}", entry.path().display());
                seen += 1;
            }
        }
        assert!(seen > 30, "{seen} fixtures");
    }
}
