use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Context;
use pipeline::ingest::Manifest;

use crate::cli;

/// Reads recorded pages and writes what they state. A page that cannot be read is said so and has a line without
/// events.
pub(crate) fn extract(args: &cli::Extract) -> anyhow::Result<()> {
    let out = File::create(&args.out).with_context(|| format!("{} cannot be written", args.out.display()))?;
    let mut out = BufWriter::new(out);
    let (mut pages, mut records, mut unreadable) = (0, 0, 0);
    for page in Manifest::open(&args.manifest)? {
        let (id, page) = page?;
        pages += 1;
        let input = extract::Input {
            body: &page.body,
            content_type: page.content_type.as_deref(),
            url: &page.url,
            today: page.today.parse().with_context(|| format!("{id}: {:?} is no day", page.today))?,
            currency: None,
            zone: None,
        };
        let line = match extract::extract(&input) {
            Ok(extracted) => {
                records += extracted.records.len();
                extract::gold::document(&id, &extracted)
            }
            Err(error) => {
                unreadable += 1;
                eprintln!("mystage: {id} cannot be read: {error}");
                serde_json::json!({ "id": id, "events": [], "venues": [] })
            }
        };
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    println!("{records} records of {pages} pages are in {}; {unreadable} pages could not be read.", args.out.display());
    Ok(())
}
