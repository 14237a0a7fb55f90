use super::{Breach, Tree};

/// Words that say nothing about what a thing does.
const BANNED: [&str; 12] = [
    "common",
    "core",
    "handler",
    "handlers",
    "helper",
    "helpers",
    "manager",
    "misc",
    "processor",
    "service",
    "util",
    "utils",
];
const DEFINING: [&str; 6] = ["enum ", "mod ", "struct ", "trait ", "type ", "union "];

/// Names of files, folders, modules and types.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, file) in tree.files().filter(|(path, _)| is_code(path)) {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        for part in stem.split('/') {
            if let Some(word) = banned(part) {
                breaches.push(Breach::new(path, 1, format!("the name {part:?} says {word:?}, which says nothing")));
            }
        }
        if path.ends_with("/mod.rs") {
            breaches.push(Breach::new(path, 1, "a module `foo` is foo.rs and foo/, never mod.rs"));
        }
        let Some(rust) = &file.rust else { continue };
        for (number, line) in (1..).zip(rust.code.lines()) {
            if let Some((name, word)) = defined(line).and_then(|name| Some((name, banned(name)?))) {
                breaches.push(Breach::new(path, number, format!("the name {name} says {word:?}, which says nothing")));
            }
        }
    }
    breaches
}

fn is_code(path: &str) -> bool {
    let ours = ["crates/", "web/", "xtask/"].iter().any(|folder| path.starts_with(folder));
    ours && [".rs", ".ts", ".tsx"].iter().any(|extension| path.ends_with(extension))
}

/// The type or module that a line defines.
fn defined(line: &str) -> Option<&str> {
    let mut line = line.trim_start();
    if let Some(rest) = line.strip_prefix("pub") {
        line = rest
            .strip_prefix('(')
            .map_or(rest, |rest| rest.split_once(')').map_or(rest, |(_, rest)| rest))
            .trim_start();
    }
    let rest = DEFINING.iter().find_map(|word| line.strip_prefix(word))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    Some(&rest[..end])
}

/// The banned word in a name in snake, kebab or camel case.
fn banned(name: &str) -> Option<&'static str> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c.is_alphanumeric()
        {
            word.extend(c.to_lowercase());
        }
    }
    BANNED.into_iter().find(|banned| words.iter().any(|word| word == banned))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn names_say_what_a_thing_does() {
        for (path, text, lines) in [
            ("crates/x/src/string_utils.rs", "", vec![1]),
            ("crates/common/src/lib.rs", "", vec![1]),
            ("web/packages/api/event-handler.ts", "", vec![1]),
            ("crates/x/src/a/mod.rs", "", vec![1]),
            ("crates/x/src/a.rs", "\npub(crate) struct TaskManager<T>(T);\ntrait Helper {}\nmod misc;", vec![2, 3, 4]),
            (
                "crates/x/src/a.rs",
                "struct Scores;\n// struct TaskManager\nenum Commonness {}\nlet a = Service::new();",
                vec![],
            ),
            ("crates/x/src/cores.rs", "", vec![]),
        ] {
            let found: Vec<usize> = check(&Tree::of(&[(path, text)])).iter().map(|breach| breach.line).collect();
            assert_eq!(found, lines, "{path}: {text}");
        }
    }
}
