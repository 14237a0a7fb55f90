use super::{Breach, Tree};

/// Lines from which a file is looked at again.
const LOOK_AGAIN: usize = 400;
/// Lines above which a file fails.
const TOO_LONG: usize = 800;

/// Files that are too long, and those to look at again.
pub(crate) fn check(tree: &Tree) -> (Vec<Breach>, Vec<Breach>) {
    let (mut breaches, mut notes) = (Vec::new(), Vec::new());
    let is_code = |path: &str| [".rs", ".ts", ".tsx"].iter().any(|extension| path.ends_with(extension));
    for (path, file) in tree.files().filter(|(path, _)| is_code(path)) {
        let lines = file.text.lines().count();
        if lines > TOO_LONG {
            breaches.push(Breach::new(path, lines, format!("{lines} lines; a file has at most {TOO_LONG}")));
        } else if lines >= LOOK_AGAIN {
            notes.push(Breach::new(path, lines, format!("{lines} lines: look again")));
        }
    }
    (breaches, notes)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn long_files_are_noted_and_too_long_ones_fail() {
        for (path, lines, fails, noted) in [
            ("crates/x/src/a.rs", 399, false, false),
            ("crates/x/src/a.rs", 400, false, true),
            ("crates/x/src/a.rs", 800, false, true),
            ("web/apps/app/a.tsx", 801, true, false),
            ("CHANGELOG.md", 5000, false, false),
        ] {
            let (breaches, notes) = check(&Tree::of(&[(path, &"//\n".repeat(lines))]));
            assert_eq!((!breaches.is_empty(), !notes.is_empty()), (fails, noted), "{path}: {lines}");
        }
    }
}
