use std::path::Path;

use anyhow::bail;
use model::{Collection, Database};
use store::maintenance::{Finding, Source, check_backup, inspect_documents};

use super::Cared;
use super::told::told;

/// The most findings of one collection.
const MOST: usize = 20;

pub(super) async fn verify(cared: &Cared, backup: Option<&Path>) -> anyhow::Result<()> {
    let (source, place) = match backup {
        None => (Source::Databases, cared.maintenance.place()),
        Some(folder) => {
            let manifest = check_backup(folder, &told())?;
            if manifest.engine != cared.maintenance.engine() {
                println!("Every byte of {} is as it was written.", folder.display());
                bail!(
                    "it is a backup of {}, but STORE_URL names {}: its documents were not checked",
                    manifest.engine,
                    cared.maintenance.engine()
                );
            }
            (Source::Copy(folder), folder.display().to_string())
        }
    };
    let findings = findings(cared, source).await?;
    for finding in &findings {
        println!("{}: {}\n    {}", finding.place, finding.what, finding.remedy);
    }
    if !findings.is_empty() {
        bail!("{} things are wrong in {place}", findings.len());
    }
    println!("Nothing is wrong in {place}.");
    Ok(())
}

async fn findings(cared: &Cared, source: Source<'_>) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for database in Database::ALL {
        if source == Source::Databases && cared.maintenance.state(database).await.is_ok_and(|state| state.is_none()) {
            let remedy = "`mystage db migrate` makes an empty one, `mystage db restore` brings back a backup";
            findings.push(Finding::new(database.name(), "the database is not there", remedy));
            continue;
        }
        match cared.maintenance.inspect(source, database, told()).await {
            Ok(found) => findings.extend(found),
            Err(error) => {
                let what = format!("it cannot be opened: {:#}", anyhow::Error::from(error));
                findings.push(Finding::new(database.name(), what, "restore a backup by `mystage db restore`"));
                continue;
            }
        }
        for collection in Collection::ALL.into_iter().filter(|it| it.database() == database) {
            match inspect_documents(&*cared.maintenance, source, collection, MOST, &told()).await {
                Ok(found) => findings.extend(found),
                Err(error) => {
                    let what = format!("its documents cannot be read: {:#}", anyhow::Error::from(error));
                    findings.push(Finding::new(collection, what, "restore a backup by `mystage db restore`"));
                }
            }
        }
    }
    Ok(findings)
}
