use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use store::transfer::{self, Resumed, Tally};

use super::Cared;
use super::told::told;
use crate::cli::{Export, Import};
use crate::open;

const NAME: &str = "mystage.jsonl";

pub(super) async fn export(cared: &Cared, args: &Export) -> anyhow::Result<()> {
    let path = if args.out.is_dir() { args.out.join(NAME) } else { args.out.clone() };
    let only = (!args.collections.is_empty()).then_some(&args.collections[..]);
    let backends = open::backends(&cared.databases).await?;
    let told = told();
    let tally = match is_compressed(&path) {
        true if args.resume => bail!("a compressed export cannot be gone on with: begin it anew"),
        true => {
            let mut out = GzEncoder::new(BufWriter::new(create(&path)?), Compression::default());
            let tally = transfer::export(&backends, only, Resumed::default(), &mut out, &told).await?;
            sync(out.finish().with_context(|| unwritable(&path))?, &path)?;
            tally
        }
        false => {
            let (file, resumed) = match args.resume && path.exists() {
                true => resume(&path, only)?,
                false => (create(&path)?, Resumed::default()),
            };
            let mut out = BufWriter::with_capacity(1 << 20, file);
            let tally = transfer::export(&backends, only, resumed, &mut out, &told).await?;
            sync(out, &path)?;
            tally
        }
    };
    drop(told);
    println!("{} documents of {} collections are in {}.", tally.documents, tally.counts.len(), path.display());
    Ok(())
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create_new(path).with_context(|| {
        let more = if path.exists() { ": --resume completes it if it was broken off" } else { "" };
        format!("{} cannot be made{more}", path.display())
    })
}

/// The file with what is whole of it, to be gone on with.
fn resume(path: &Path, only: Option<&[model::Collection]>) -> anyhow::Result<(File, Resumed)> {
    let mut file = File::options().read(true).write(true).open(path).with_context(|| unwritable(path))?;
    let resumed = Resumed::read(&mut BufReader::with_capacity(1 << 20, &file), only)
        .with_context(|| format!("{} cannot be gone on with", path.display()))?;
    file.set_len(resumed.tally.bytes).with_context(|| unwritable(path))?;
    file.seek(SeekFrom::End(0)).with_context(|| unwritable(path))?;
    Ok((file, resumed))
}

fn sync(mut out: BufWriter<File>, path: &Path) -> anyhow::Result<()> {
    out.flush().and_then(|()| out.get_ref().sync_all()).with_context(|| unwritable(path))
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "gz")
}

pub(super) async fn import(cared: &Cared, args: &Import) -> anyhow::Result<()> {
    let path: PathBuf = if args.file.is_dir() { args.file.join(NAME) } else { args.file.clone() };
    let source = || -> std::io::Result<Box<dyn BufRead + Send>> {
        let plain = BufReader::with_capacity(1 << 20, File::open(&path)?);
        Ok(match is_compressed(&path) {
            true => Box::new(BufReader::with_capacity(1 << 20, MultiGzDecoder::new(plain))),
            false => Box::new(plain),
        })
    };
    let told = told();
    let wrong = || format!("{} cannot be imported", path.display());
    let Tally { documents, .. } = transfer::check(&source, args.broken, &told).with_context(wrong)?;
    let backends = open::backends(&cared.databases).await?;
    let imported = transfer::import(&backends, &source, args.merge, &told).await.with_context(wrong)?;
    drop(told);
    println!(
        "Of {documents} documents {} were new, {} took the place of others, {} were there already.",
        imported.added, imported.changed, imported.unchanged
    );
    if imported.added + imported.changed > 0 {
        println!("`mystage reindex` makes the search index of them.");
    }
    Ok(())
}
