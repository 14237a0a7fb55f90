use super::manifest::{self, Manifest};
use super::{Breach, Tree};

/// The floors of the house, from the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Model,
    Store,
    /// One database behind the store.
    Database,
    Tasks,
    /// One outside thing, or pure knowledge.
    Engine,
    UseCase,
    App,
    Api,
    Executable,
    /// Builders for tests: may use everything, and nothing but tests may use it.
    Testing,
}

/// Where a crate stands. A new crate is entered here.
fn room(name: &str) -> Option<Room> {
    Some(match name {
        "model" => Room::Model,
        "store" => Room::Store,
        "store-sqlite" | "store-postgres" | "store-firestore" => Room::Database,
        "tasks" => Room::Tasks,
        "blobs" | "browser" | "extract" | "fetch" | "llm" | "mail" | "matching" | "payments" | "push" | "rules"
        | "sample" | "search" => Room::Engine,
        "accounts" | "catalogue" | "exchange" | "ledger" | "notify" | "pipeline" | "social" | "stage" | "warehouse" => {
            Room::UseCase
        }
        "app" => Room::App,
        "api" => Room::Api,
        "mystage" => Room::Executable,
        "testing" => Room::Testing,
        _ => return None,
    })
}

impl Room {
    fn may_use(self, other: Self) -> bool {
        match self {
            Self::Model => false,
            Self::Engine | Self::Store => other == Self::Model,
            Self::Database | Self::Tasks => matches!(other, Self::Model | Self::Store),
            Self::UseCase => matches!(other, Self::Model | Self::Store | Self::Tasks | Self::Engine),
            Self::App => other == Self::UseCase || Self::UseCase.may_use(other),
            Self::Api => other == Self::App || Self::App.may_use(other),
            Self::Executable | Self::Testing => !matches!(other, Self::Executable | Self::Testing),
        }
    }
}

/// Laws 1 and 2, and that every crate is under the workspace's lints and says what it is for.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let (manifests, mut breaches) = manifest::all(tree);
    for manifest in &manifests {
        breaches.extend(dependencies(manifest));
        if !manifest.inherits_lints {
            breaches.push(Breach::new(&manifest.path, 1, "[lints] workspace = true is missing"));
        }
        breaches.extend(documentation(tree, &manifest.name));
    }
    breaches
}

fn dependencies(manifest: &Manifest) -> Vec<Breach> {
    let name = &manifest.name;
    let Some(user) = room(name) else {
        let what = format!("law 1: {name} stands on no floor yet; enter it in xtask/src/tidy/rooms.rs");
        return vec![Breach::new(&manifest.path, 1, what)];
    };
    let siblings = manifest.dependencies.iter().filter_map(|used| Some((used, room(&used.package)?)));
    siblings
        .filter(|(_, used)| !user.may_use(*used))
        .map(|(dependency, used)| {
            let used_name = &dependency.package;
            let what = if user == Room::UseCase && used == Room::UseCase {
                format!("law 2: {name} depends on {used_name}; use cases meet through committed documents and facts")
            } else {
                format!("law 1: {name} ({user:?}) depends on {used_name} ({used:?}), which does not lie below it")
            };
            Breach::new(&manifest.path, dependency.line, what)
        })
        .collect()
}

fn documentation(tree: &Tree, name: &str) -> Option<Breach> {
    let roots = ["lib", "main"].map(|root| format!("crates/{name}/src/{root}.rs"));
    let Some((path, text)) = roots.iter().find_map(|path| Some((path, tree.text(path)?))) else {
        return Some(Breach::new(&format!("crates/{name}/Cargo.toml"), 1, "neither src/lib.rs nor src/main.rs exists"));
    };
    (!text.starts_with("//!")).then(|| Breach::new(path, 1, "the crate's documentation (`//!`) is missing"))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    fn breaches(name: &str, dependencies: &str) -> Vec<String> {
        let manifest = format!("[dependencies]\n{dependencies}[lints]\nworkspace = true\n");
        let (path, root) = (format!("crates/{name}/Cargo.toml"), format!("crates/{name}/src/lib.rs"));
        let tree = Tree::of(&[(&path, &manifest), (&root, "//! Docs.\n")]);
        check(&tree).iter().map(|breach| format!("{}: {}", breach.line, breach.what)).collect()
    }

    #[test]
    fn dependencies_point_down_only() {
        for (user, used, allowed) in [
            ("model", "store", false),
            ("store", "model", true),
            ("store", "tasks", false),
            ("store-sqlite", "store", true),
            ("tasks", "store", true),
            ("tasks", "search", false),
            ("search", "model", true),
            ("search", "store", false),
            ("extract", "matching", false),
            ("pipeline", "search", true),
            ("pipeline", "store-sqlite", false),
            ("pipeline", "app", false),
            ("app", "pipeline", true),
            ("app", "api", false),
            ("api", "app", true),
            ("api", "store-sqlite", false),
            ("mystage", "store-sqlite", true),
            ("mystage", "testing", false),
            ("testing", "app", true),
        ] {
            let found = breaches(user, &format!("{used}.workspace = true\n"));
            assert_eq!(found.is_empty(), allowed, "{user} -> {used}: {found:?}");
        }
    }

    #[test]
    fn a_breach_names_its_line_and_its_law() {
        let found = breaches("pipeline", "model.workspace = true\ncatalogue.workspace = true\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("3: law 2: pipeline depends on catalogue"), "{found:?}");
        assert!(breaches("new-room", "")[0].contains("no floor"));
    }

    #[test]
    fn a_crate_says_what_it_is_for_and_inherits_the_lints() {
        let tree = Tree::of(&[("crates/model/Cargo.toml", ""), ("crates/model/src/lib.rs", "mod a;\n")]);
        assert_eq!(check(&tree).len(), 2);
        let tree = Tree::of(&[("crates/model/Cargo.toml", "[lints]\nworkspace = true\n")]);
        assert!(check(&tree)[0].what.contains("neither"));
    }
}
