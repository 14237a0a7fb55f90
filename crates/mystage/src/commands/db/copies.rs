use std::path::Path;

use anyhow::Context;
use store::maintenance;

use super::Cared;
use super::told::told;
use crate::lock;

pub(super) async fn back_up(cared: &Cared, out: &Path) -> anyhow::Result<()> {
    let now = jiff::Timestamp::from_millisecond(tasks::system_clock()().0)?;
    let program = concat!("mystage ", env!("CARGO_PKG_VERSION"));
    let manifest = maintenance::back_up(&*cared.maintenance, out, program, now.to_string(), &told()).await?;
    let documents: u64 = manifest.databases.iter().flat_map(|database| database.documents.values()).sum();
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    println!("{documents} documents, {:.1} MB, are in {}.", bytes as f64 / 1e6, out.display());
    println!(
        "Copy the folder of pages and images now: what the documents name is in it. The search index is made by `mystage reindex`."
    );
    Ok(())
}

pub(super) async fn restore(cared: &Cared, data: &Path, backup: &Path, replace: bool) -> anyhow::Result<()> {
    let _lock = lock::unless_shared(data)?;
    let manifest =
        maintenance::restore(&*cared.maintenance, backup, replace, &told()).await.context("nothing was restored")?;
    println!("The databases in {} are those of {}.", cared.maintenance.place(), manifest.made_at);
    println!("Now put back the folder of pages and images, and make the search index by `mystage reindex`.");
    Ok(())
}
