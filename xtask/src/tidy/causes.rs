use super::{Breach, Tree};

/// Where a task may be made of a fact; and where the word is defined.
const ALLOWED: [&str; 3] = ["crates/app/src/reactions.rs", "crates/model/src/task.rs", "crates/tasks/src/task.rs"];

/// Law 5: one file says which fact causes which task.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.shipped().filter(|(path, _)| !ALLOWED.contains(path)) {
        for (number, line) in (1..).zip(text.shipped.lines()) {
            if makes_task(line) {
                let what = "law 5: tasks are made of facts in crates/app/src/reactions.rs only";
                breaches.push(Breach::new(path, number, what));
            }
        }
    }
    breaches
}

fn makes_task(line: &str) -> bool {
    let built = line.find("NewTask {").is_some_and(|at| !line[..at].trim_end().ends_with("->"));
    built || line.contains(".new_task(") || line.contains(".new_task_after(")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn tasks_are_made_in_one_place() {
        for (path, text, lines) in [
            ("crates/pipeline/src/scraping.rs", "fn a() {\n    Scrape {}.new_task();\n}", vec![2]),
            ("crates/pipeline/src/scraping.rs", "let a = NewTask { kind };", vec![1]),
            ("crates/pipeline/src/scraping.rs", "x.new_task_after(delay)", vec![1]),
            ("crates/pipeline/src/scraping.rs", "fn a() -> NewTask {\n}", vec![]),
            (
                "crates/pipeline/src/scraping.rs",
                "// NewTask { kind }\n#[cfg(test)]\nmod tests { fn a() { b.new_task(); } }",
                vec![],
            ),
            ("crates/pipeline/tests/it.rs", "b.new_task()", vec![]),
            ("crates/app/src/reactions.rs", "b.new_task()", vec![]),
        ] {
            let found: Vec<usize> = check(&Tree::of(&[(path, text)])).iter().map(|breach| breach.line).collect();
            assert_eq!(found, lines, "{path}: {text}");
        }
    }
}
