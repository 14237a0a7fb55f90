use super::{Breach, Tree};

/// Folders whose paths the documents may name in `code`; a path that is named exists.
const NAMED: [&str; 6] = [".ci/", "crates/", "databases/", "docs/", "scripts/", "xtask/"];

/// Relative links of the documents lead to a file, and to a heading where they name one; paths in `code` exist.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, file) in tree.files().filter(|(path, _)| is_document(path)) {
        for (number, line) in prose(&file.text) {
            for target in targets(line) {
                if let Some(what) = broken(tree, path, target) {
                    breaches.push(Breach::new(path, number, what));
                }
            }
            for name in line.split('`').skip(1).step_by(2).filter(|name| is_path(name)) {
                if !tree.exists(name.trim_end_matches('/')) {
                    breaches.push(Breach::new(path, number, format!("there is no {name}")));
                }
            }
        }
    }
    breaches
}

fn is_document(path: &str) -> bool {
    path.ends_with(".md") && (!path.contains('/') || path.starts_with("docs/"))
}

fn is_path(code: &str) -> bool {
    NAMED.iter().any(|folder| code.starts_with(folder))
        && code.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'))
}

/// The lines outside of code blocks, from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// The targets of inline links, images and reference definitions.
fn targets(line: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        rest = &rest[at + 2..];
        let end = rest.find(')').unwrap_or(rest.len());
        found.extend(rest[..end].split_whitespace().next());
        rest = &rest[end..];
    }
    if line.starts_with('[')
        && let Some((_, target)) = line.split_once("]: ")
    {
        found.extend(target.split_whitespace().next());
    }
    found
}

fn broken(tree: &Tree, from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
    let path = if file.is_empty() { from.to_owned() } else { resolved(from, file)? };
    if !tree.exists(&path) {
        return Some(format!("the link {target} leads to {path}, which does not exist"));
    }
    let heading = heading?;
    let known =
        tree.text(&path).is_some_and(|text| prose(text).any(|(_, line)| slug(line).as_deref() == Some(heading)));
    (!known).then(|| format!("the link {target} names a heading that {path} does not have"))
}

/// A relative target as a path from the root; `None` leads out of the repository, which is not ours to judge.
fn resolved(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The anchor of a heading, as it is made where the documents are read.
fn slug(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.flat_map(|c| if c == ' ' { '-' } else { c }.to_lowercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn links_and_named_paths_lead_somewhere() {
        for (line, holds) in [
            ("[a](docs/A.md)", true),
            ("[a](docs/A.md#two-words-here) and [b](./docs/)", true),
            ("[a](docs/B.md)", false),
            ("[a](docs/A.md) [b](docs/B.md \"title\")", false),
            ("[a](docs/A.md#other)", false),
            ("![picture](docs/a.png)", false),
            ("[a](https://example.org/x) [b](mailto:a@b.test)", true),
            ("[a]: docs/B.md", false),
            ("```\n[a](docs/B.md)\n```", true),
            ("see `docs/A.md`, `crates/<room>/src` and `cargo xtask tidy`", true),
            ("see `crates/gone/src/`", false),
        ] {
            let found = check(&Tree::of(&[("README.md", line), ("docs/A.md", "# A\n## Two words, here\n")]));
            assert_eq!(found.is_empty(), holds, "{line}: {found:?}");
        }
        let up = check(&Tree::of(&[("docs/adr/a.md", "[x](../A.md)\n\n[y](../../B.md)"), ("docs/A.md", "")]));
        assert_eq!(up.iter().map(|breach| breach.line).collect::<Vec<_>>(), [3]);
    }
}
