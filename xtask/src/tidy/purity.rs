use super::rust_text::lines_with;
use super::{Breach, Tree, manifest};

const PURE: [&str; 3] = ["extract", "matching", "model"];
/// What only does something with I/O, a runtime or a clock.
const PACKAGES: [&str; 9] = [
    "async-compression",
    "fetch",
    "futures",
    "object_store",
    "rand",
    "reqwest",
    "tantivy",
    "tokio",
    "tracing-subscriber",
];
const DEEDS: [&str; 8] = [
    "async fn",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
];

/// Laws 1 and 7 for the pure crates: no I/O, no async, no clock.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifest::all(tree).0.iter().filter(|manifest| PURE.contains(&manifest.name.as_str())) {
        for dependency in manifest.dependencies.iter().filter(|used| PACKAGES.contains(&used.package.as_str())) {
            let what = format!("law 1: {} is pure and depends on {}", manifest.name, dependency.package);
            breaches.push(Breach::new(&manifest.path, dependency.line, what));
        }
    }
    for (path, text) in tree.shipped() {
        let Some(name) = PURE.iter().find(|name| path.starts_with(&format!("crates/{name}/"))) else { continue };
        for deed in DEEDS {
            for (line, _) in lines_with(&text.shipped, deed) {
                breaches.push(Breach::new(path, line, format!("law 1: {name} is pure and says `{deed}`")));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn pure_crates_touch_nothing_outside() {
        for (path, text, pure) in [
            ("crates/extract/Cargo.toml", "[dependencies]\ntokio = \"1\"\n", false),
            ("crates/extract/Cargo.toml", "[dev-dependencies]\ntokio = \"1\"\n", true),
            ("crates/fetch/Cargo.toml", "[dependencies]\ntokio = \"1\"\n", true),
            ("crates/matching/src/a.rs", "pub async fn a() {}", false),
            ("crates/model/src/a.rs", "use std::fs;", false),
            ("crates/model/src/a.rs", "// no SystemTime here\n#[cfg(test)]\nmod tests { use std::fs; }", true),
            ("crates/extract/tests/it.rs", "std::fs::read(path)", true),
            ("crates/blobs/src/a.rs", "use std::fs;", true),
        ] {
            let found = check(&Tree::of(&[(path, text)]));
            assert_eq!(found.is_empty(), pure, "{path}: {text}: {found:?}");
        }
    }
}
