use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context;

use super::rust_text::RustText;

/// Folders that are not the project's own text, wherever they stand.
const SKIPPED: [&str; 3] = [".git", "node_modules", "target"];
/// What is read; of everything else only the name counts.
const READ: [&str; 6] = ["lock", "md", "rs", "toml", "ts", "tsx"];

/// The repository's files.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, File>,
    paths: BTreeSet<String>,
    /// Rust files that are compiled for tests only.
    tests: BTreeSet<String>,
}

/// A file whose text was read.
pub(crate) struct File {
    pub(crate) text: String,
    /// Present for Rust files.
    pub(crate) rust: Option<RustText>,
}

impl Tree {
    /// Reads the files below `root`, without build output and other people's packages.
    ///
    /// # Errors
    /// A folder or file cannot be read.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
                let entry = entry?;
                let path = entry.path();
                let inside = path.strip_prefix(root).context("a folder holds its entries")?;
                let name = inside.to_string_lossy().replace('\\', "/");
                let last = name.rsplit('/').next().unwrap_or_default();
                if SKIPPED.contains(&last) || name == "data" {
                    continue;
                }
                // Links are not followed: they may lead in a circle.
                if entry.file_type()?.is_dir() {
                    tree.paths.insert(name);
                    folders.push(path);
                } else if READ.iter().any(|wanted| path.extension().is_some_and(|extension| extension == *wanted)) {
                    match fs::read(&path) {
                        Ok(bytes) => tree.add(name, String::from_utf8_lossy(&bytes).into_owned()),
                        // Taken away while we looked.
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                        Err(error) => return Err(error).with_context(|| format!("{name} cannot be read")),
                    }
                } else {
                    tree.paths.insert(name);
                }
            }
        }
        Ok(tree)
    }

    fn add(&mut self, path: String, text: String) {
        let rust = path.ends_with(".rs").then(|| RustText::of(&text));
        if rust.is_some() {
            self.tests.extend(test_modules(&path, &text));
        }
        self.paths.insert(path.clone());
        self.files.insert(path, File { text, rust });
    }

    /// Every file that was read, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The Rust files below a folder.
    pub(crate) fn rust<'a>(&'a self, below: &'a str) -> impl Iterator<Item = (&'a str, &'a RustText)> {
        self.files()
            .filter(move |(path, _)| path.starts_with(below))
            .filter_map(|(path, file)| Some((path, file.rust.as_ref()?)))
    }

    /// The Rust files of crates that are not tests. The room of tests, `testing`, is one whole test.
    pub(crate) fn shipped(&self) -> impl Iterator<Item = (&str, &RustText)> {
        let is_shipped = |path: &str| path.contains("/src/") && !path.starts_with("crates/testing/");
        self.rust("crates/").filter(move |(path, _)| is_shipped(path) && !self.is_test(path))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }

    /// Whether a file or folder of that path exists.
    pub(crate) fn exists(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path) || self.paths.iter().any(|other| is_below(other, path))
    }

    fn is_test(&self, path: &str) -> bool {
        self.tests.iter().any(|module| path == format!("{module}.rs") || is_below(path, module))
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The modules that a file declares for tests only, as paths without `.rs`.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let base = match stem.rsplit_once('/') {
        Some((folder, "lib" | "main")) => folder,
        _ => stem,
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = |line: &str| {
        let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        Some(line.strip_prefix("mod ")?.strip_suffix(';')?.trim().to_owned())
    };
    lines
        .windows(2)
        .filter(|pair| matches!(pair[0], "#[cfg(test)]" | "#[cfg(feature = \"testing\")]"))
        .filter_map(|pair| declared(pair[1]))
        .map(|module| format!("{base}/{module}"))
        .collect()
}

#[cfg(test)]
impl Tree {
    /// A made-up tree.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add((*path).to_owned(), (*text).to_owned());
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn test_modules_in_files_of_their_own_are_not_shipped() {
        let tree = Tree::of(&[
            (
                "crates/x/src/lib.rs",
                "mod a;\n#[cfg(test)]\nmod made_up;\n#[cfg(feature = \"testing\")]\npub mod contract;\n",
            ),
            ("crates/x/src/a.rs", ""),
            ("crates/x/src/made_up.rs", ""),
            ("crates/x/src/contract/deep.rs", ""),
            ("crates/x/tests/it.rs", ""),
        ]);
        let shipped: Vec<&str> = tree.shipped().map(|(path, _)| path).collect();
        assert_eq!(shipped, ["crates/x/src/a.rs", "crates/x/src/lib.rs"]);
        assert!(tree.exists("crates/x/src") && tree.exists("crates/x/src/a.rs") && !tree.exists("crates/x/s"));
    }
}
