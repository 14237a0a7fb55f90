//! Reads labelled pages and writes what was found in the shape in which it is scored:
//! `cargo run --release -p extract --example gold -- --manifest FILE --out FILE.jsonl`.
//!
//! The manifest has one JSON object a line: `id`, `file` (beside the manifest), `content_type`, `page_url`, `saved`. Every
//! quote is checked against its page; how many do not hold is told at the end, and each of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use extract::{Input, PageText, extract, gold};
use serde_json::Value;

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Totals {
    pages: usize,
    bytes: usize,
    quotes: usize,
    broken: usize,
    reading: Duration,
}

fn run() -> Result<usize, Box<dyn std::error::Error>> {
    let (manifest, out) = arguments()?;
    let folder = manifest.parent().unwrap_or(Path::new(".")).to_owned();
    let mut totals = Totals::default();
    let mut lines = String::new();
    for line in std::fs::read_to_string(&manifest)?.lines().filter(|line| !line.trim().is_empty()) {
        let entry: Value = serde_json::from_str(line)?;
        lines.push_str(&read(&entry, &folder, &mut totals)?.to_string());
        lines.push('\n');
    }
    std::fs::write(out, lines)?;
    println!(
        "{} pages, {} bytes, {:.1} pages a second, {} quotes, {} of them not in their page",
        totals.pages,
        totals.bytes,
        totals.pages as f64 / totals.reading.as_secs_f64().max(1e-9),
        totals.quotes,
        totals.broken
    );
    Ok(totals.broken)
}

fn read(entry: &Value, folder: &Path, totals: &mut Totals) -> Result<Value, Box<dyn std::error::Error>> {
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let id = text("id");
    let body = std::fs::read(folder.join(text("file")))?;
    let fallback = format!("https://page.test/{id}");
    let url = entry["page_url"].as_str().unwrap_or(&fallback);
    let saved = text("saved");
    let day = match saved.len() {
        4 => format!("{saved}-07-01"),
        7 => format!("{saved}-15"),
        _ => saved.chars().take(10).collect(),
    };
    let input = Input {
        body: &body,
        content_type: entry["content_type"].as_str(),
        url,
        today: day.parse()?,
        currency: None,
        zone: None,
    };
    let started = std::time::Instant::now();
    let found = extract(&input);
    totals.reading += started.elapsed();
    totals.pages += 1;
    totals.bytes += body.len();
    match found {
        Ok(extracted) => {
            for problem in &extracted.problems {
                eprintln!("{id}: {problem}");
            }
            let page = PageText::of(&body, input.content_type);
            check(id, &serde_json::to_value(&extracted.records)?, &page, totals);
            Ok(gold::document(id, &extracted))
        }
        Err(error) => {
            eprintln!("{id}: {error}");
            Ok(serde_json::json!({"id": id, "events": []}))
        }
    }
}

/// Checks every quote inside `value`.
fn check(id: &str, value: &Value, page: &PageText, totals: &mut Totals) {
    match value {
        Value::Object(map) => {
            if let (Some(quote), Some(at)) =
                (map.get("quote").and_then(Value::as_str), map.get("at").and_then(Value::as_str))
            {
                totals.quotes += 1;
                if !page.holds(quote) {
                    totals.broken += 1;
                    eprintln!("{id}: not in the page, at {at}: {quote:?}");
                }
            }
            map.values().for_each(|value| check(id, value, page, totals));
        }
        Value::Array(list) => list.iter().for_each(|value| check(id, value, page, totals)),
        _ => {}
    }
}

fn arguments() -> Result<(PathBuf, PathBuf), String> {
    let (mut manifest, mut out) = (None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--manifest" => manifest = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            _ => return Err(format!("unknown argument {name}; known are --manifest FILE and --out FILE")),
        }
    }
    Ok((manifest.ok_or("--manifest FILE is needed")?, out.ok_or("--out FILE is needed")?))
}
