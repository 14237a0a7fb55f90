use super::rust_text::lines_with;
use super::{Breach, Tree, manifest};

/// An outside thing and the crates that may know it.
struct Door {
    packages: &'static [&'static str],
    owners: &'static [&'static str],
    why: &'static str,
}

const DOORS: [Door; 4] = [
    Door {
        packages: &["axum", "tonic", "tower-http", "utoipa-axum", "warp"],
        // `sample` plays the outside world, which is made of servers.
        owners: &["api", "sample"],
        why: "only `api` serves HTTP",
    },
    // `fetch` and `llm` are clients: fetch tells an answer that was cut short by hyper's error.
    Door { packages: &["hyper"], owners: &["api", "fetch", "sample"], why: "only `api` serves HTTP" },
    Door {
        packages: &["deadpool-postgres", "firestore", "rusqlite", "sqlx", "tokio-postgres"],
        owners: &["store-firestore", "store-postgres", "store-sqlite"],
        why: "only `store-*` know a database",
    },
    Door { packages: &["clap", "dotenvy"], owners: &["mystage"], why: "only `mystage` reads its surroundings" },
];

const CONFIGURATION: &str = "crates/mystage/src/config";

/// Law 3: HTTP, databases and the environment each have one door.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifest::all(tree).0 {
        for dependency in &manifest.dependencies {
            let door = DOORS.iter().find(|door| door.packages.contains(&dependency.package.as_str()));
            if let Some(door) = door.filter(|door| !door.owners.contains(&manifest.name.as_str())) {
                let what = format!("law 3: {} depends on {}; {}", manifest.name, dependency.package, door.why);
                breaches.push(Breach::new(&manifest.path, dependency.line, what));
            }
        }
    }
    for (path, text) in tree.shipped().filter(|(path, _)| !path.starts_with(CONFIGURATION)) {
        for (line, _) in lines_with(&text.shipped, "env::var").chain(lines_with(&text.shipped, "env::set_var")) {
            let what = format!("law 3: only {CONFIGURATION} reads the environment");
            breaches.push(Breach::new(path, line, what));
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn every_outside_thing_has_its_door() {
        for (name, dependency, allowed) in [
            ("api", "axum", true),
            ("sample", "axum", true),
            ("catalogue", "axum", false),
            ("mystage", "tower-http", false),
            ("fetch", "hyper", true),
            ("pipeline", "hyper", false),
            ("store-sqlite", "rusqlite", true),
            ("search", "rusqlite", false),
            ("mystage", "clap", true),
            ("pipeline", "clap", false),
        ] {
            let path = format!("crates/{name}/Cargo.toml");
            let used = check(&Tree::of(&[(&path, &format!("[dependencies]\n{dependency} = \"1\"\n"))]));
            assert_eq!(used.is_empty(), allowed, "{name} -> {dependency}: {used:?}");
            assert!(used.iter().all(|breach| breach.line == 2));
            let in_tests = check(&Tree::of(&[(&path, &format!("[dev-dependencies]\n{dependency} = \"1\"\n"))]));
            assert!(in_tests.is_empty());
        }
    }

    #[test]
    fn the_environment_is_read_in_one_place() {
        let read = "use std::env;\nfn a() { env::var(\"A\"); }\nfn b() { std::env::vars_os(); }\n";
        let found = check(&Tree::of(&[("crates/x/src/lib.rs", read), ("crates/x/tests/it.rs", read)]));
        assert_eq!(found.iter().map(|breach| breach.line).collect::<Vec<_>>(), [2, 3]);
        let kept = "// env::var is read elsewhere\nconst A: &str = env!(\"CARGO_PKG_NAME\");\n";
        let tree = Tree::of(&[("crates/mystage/src/config/store.rs", read), ("crates/x/src/lib.rs", kept)]);
        assert!(check(&tree).is_empty());
    }
}
