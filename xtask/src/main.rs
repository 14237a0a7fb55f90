//! Chores of the repository: `cargo xtask tidy` checks the laws of `docs/ARCHITECTURE.md` and the sizes, names and links
//! of `docs/STYLE.md`; `cargo xtask links` checks the documents alone; `cargo xtask schema` writes what `databases/`
//! and `docs/data-model.md` say of the stored documents, and with `--check` tells what a change of them breaks.
//!
//! Deliberately absent: what rustc, clippy and rustfmt already check.

mod schema;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use tidy::{Report, Tree};

const USAGE: &str = "usage: cargo xtask <chore>\n  tidy    the laws, sizes, names, marks and links\n  links   the links and paths of the documents\n  schema  databases/ and docs/data-model.md from the stored types; --check only compares";

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let report = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy::check(&Tree::read(&root()?)?),
        ["links"] => tidy::check_links(&Tree::read(&root()?)?),
        ["schema"] => return Ok(told(schema::write(&root()?)?)),
        ["schema", "--check"] => return Ok(told(schema::check(&root()?)?)),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return Ok(ExitCode::SUCCESS);
        }
        _ => bail!("there is no chore {:?}\n{USAGE}", words.join(" ")),
    };
    print(&report);
    Ok(if report.breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

fn print(report: &Report) {
    for note in &report.notes {
        println!("{note}");
    }
    for breach in &report.breaches {
        eprintln!("{breach}");
    }
    println!(
        "{} files read, {} to look at again, {} breaches",
        report.files,
        report.notes.len(),
        report.breaches.len()
    );
}

/// The workspace's folder: the nearest one upwards whose Cargo.toml has a workspace.
fn root() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("the current folder is not readable")?;
    let is_root = |folder: &&std::path::Path| {
        std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("[workspace]"))
    };
    let found = here.ancestors().find(is_root);
    found.map(PathBuf::from).with_context(|| format!("{} is not inside the workspace", here.display()))
}

#[cfg(test)]
mod tests {
    use super::{Tree, root, tidy};

    #[test]
    fn the_repository_is_tidy() {
        let report = tidy::check(&Tree::read(&root().unwrap()).unwrap());
        assert!(report.files > 50, "only {} files were read", report.files);
        let breaches: Vec<String> = report.breaches.iter().map(ToString::to_string).collect();
        assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
    }
}
