use toml::{Table, Value};

use super::{Breach, Tree};

/// A crate's Cargo.toml, as far as the laws ask.
pub(crate) struct Manifest {
    pub(crate) path: String,
    /// The folder's name, which is the crate's.
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) inherits_lints: bool,
}

pub(crate) struct Dependency {
    /// The package, whatever it is renamed to.
    pub(crate) package: String,
    pub(crate) line: usize,
}

/// The manifests below `crates/`, and a breach for each that is no TOML.
pub(crate) fn all(tree: &Tree) -> (Vec<Manifest>, Vec<Breach>) {
    let workspace: Table = tree.text("Cargo.toml").and_then(|text| text.parse().ok()).unwrap_or_default();
    let shared = workspace.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let (mut manifests, mut breaches) = (Vec::new(), Vec::new());
    for (path, file) in tree.files() {
        let Some(name) = path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml")) else {
            continue;
        };
        match file.text.parse::<Table>() {
            Ok(table) => manifests.push(Manifest {
                path: path.to_owned(),
                name: name.to_owned(),
                dependencies: dependencies(&table, shared, &file.text),
                inherits_lints: table.get("lints").and_then(|lints| lints.get("workspace"))
                    == Some(&Value::Boolean(true)),
            }),
            Err(error) => breaches.push(Breach::new(path, 1, format!("no manifest: {}", error.message()))),
        }
    }
    (manifests, breaches)
}

/// Normal and build dependencies, those of single platforms too. Dev-dependencies are free.
fn dependencies(manifest: &Table, shared: Option<&Value>, text: &str) -> Vec<Dependency> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let holders = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    let tables = holders.flat_map(|holder| ["dependencies", "build-dependencies"].map(|name| holder.get(name)));
    let entries = tables.flatten().filter_map(Value::as_table).flatten();
    entries
        .map(|(key, value)| {
            let declared =
                if value.get("workspace").is_some() { shared.and_then(|shared| shared.get(key)) } else { None };
            let package = declared.unwrap_or(value).get("package").and_then(Value::as_str).unwrap_or(key);
            Dependency { package: package.to_owned(), line: line_of(text, key) }
        })
        .collect()
}

/// The line that declares a dependency outside of the sections that are free.
fn line_of(text: &str, key: &str) -> usize {
    let mut counted = false;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.starts_with('[') {
            counted = line.contains("dependencies") && !line.contains("dev-dependencies");
            if counted && line.trim_end_matches(']').ends_with(&format!("dependencies.{key}")) {
                return number;
            }
        } else if counted && line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '='])) {
            return number;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::tidy::Tree;

    #[test]
    fn dependencies_have_their_package_and_line() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace.dependencies]\nweb = { package = \"axum\", version = \"1\" }\n"),
            (
                "crates/x/Cargo.toml",
                "[dev-dependencies]\nfree = \"1\"\n[dependencies]\nmodel.workspace = true\nweb.workspace = true\n\
                 old = { package = \"hyper\" }\n[build-dependencies]\ncc = \"1\"\n\
                 [target.'cfg(unix)'.dependencies.nix]\nversion = \"1\"\n[lints]\nworkspace = true\n",
            ),
            ("crates/y/Cargo.toml", "= broken"),
        ]);
        let (manifests, breaches) = all(&tree);
        let mut found: Vec<(usize, &str)> =
            manifests[0].dependencies.iter().map(|dependency| (dependency.line, &*dependency.package)).collect();
        found.sort_unstable();
        assert_eq!(found, [(4, "model"), (5, "axum"), (6, "hyper"), (8, "cc"), (9, "nix")]);
        assert!(manifests[0].inherits_lints);
        assert_eq!(breaches[0].path, "crates/y/Cargo.toml");
    }
}
