use super::rust_text::lines_with;
use super::{Breach, Tree};

/// In code: what is not finished, not run, or not looked at.
const IN_CODE: [(&str, &str); 5] = [
    ("todo!", "unfinished code is not committed"),
    ("unimplemented!", "unfinished code is not committed"),
    ("#[ignore", "a test that does not run is deleted"),
    ("#[allow(", "a lint is obeyed, or expected with its reason: #[expect(lint, reason = \"…\")]"),
    ("#![allow(", "a lint is obeyed, or expected with its reason: #[expect(lint, reason = \"…\")]"),
];
const IN_COMMENTS: [(&str, &str); 1] = [("FIXME", "what is wrong is mended, or becomes an issue")];

/// Marks of unfinished work in any Rust file, tests too.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.rust("") {
        for (layer, marks) in [(&text.code, &IN_CODE[..]), (&text.comments, &IN_COMMENTS[..])] {
            for (mark, why) in marks {
                for (line, _) in lines_with(layer, mark) {
                    breaches.push(Breach::new(path, line, format!("`{mark}`: {why}")));
                }
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
    fn unfinished_work_is_found_in_code_and_comments_only() {
        for (text, lines) in [
            ("fn a() {\n    todo!()\n}", vec![2]),
            ("unimplemented!(\"b\")", vec![1]),
            ("#[test]\n#[ignore = \"slow\"]\nfn a() {}", vec![2]),
            ("#![allow(dead_code)]\n#[allow(unused)]", vec![1, 2]),
            ("// FIXME: later", vec![1]),
            ("let a = \"FIXME todo! #[allow(x)]\";\n// todo! is not for us", vec![]),
            ("#[expect(dead_code, reason = \"b\")]", vec![]),
        ] {
            let mut found: Vec<usize> =
                check(&Tree::of(&[("crates/x/tests/it.rs", text)])).iter().map(|breach| breach.line).collect();
            found.sort_unstable();
            assert_eq!(found, lines, "{text}");
        }
    }
}
