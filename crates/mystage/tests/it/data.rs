use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use model::{Artist, Collection, Document, Entity, Festival, Funnel, Performance, Venue};
use serde_json::Value;
use store::{Query, Store};
use store_sqlite::SqliteBackend;

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The executable on a data folder, without what the environment of the tests may say.
pub(crate) fn mystage(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mystage"));
    for variable in ["STORE_URL", "BLOBS_URL", "SEARCH_DIR", "LLM_URL", "FETCH_ALLOW", "MYSTAGE_LOG", "HTTP_ADDR"] {
        command.env_remove(variable);
    }
    command.arg("--data").arg(data).args(arguments);
    command
}

/// Runs the executable to its end.
pub(crate) fn succeeds(data: &Path, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = mystage(data, arguments).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{arguments:?} ended with {status}\n{stdout}\n{stderr}");
    stdout.into_owned()
}

/// The databases of a folder.
pub(crate) fn store(data: &Path) -> Store {
    SqliteBackend::store(data, |_| Vec::new()).unwrap()
}

/// The counts of the run that began last, from all databases.
pub(crate) async fn counts(data: &Path) -> BTreeMap<String, i64> {
    let store = store(data);
    let run = pipeline::scheduling::latest_run(&store).await.unwrap().unwrap().document;
    let mut counts = BTreeMap::new();
    for database in model::Database::ALL {
        let funnel = store.get::<Funnel>(Collection::Funnels(database), &run.id).await.unwrap();
        for (name, count) in funnel.map(|funnel| funnel.document.counts).unwrap_or_default() {
            *counts.entry(name).or_default() += count;
        }
    }
    counts
}

/// Every living entity in words that do not depend on ids or times, sorted.
pub(crate) async fn entities(data: &Path) -> Vec<String> {
    entities_of(&store(data)).await
}

/// As [`entities`], of databases anywhere.
pub(crate) async fn entities_of(store: &Store) -> Vec<String> {
    let mut names = BTreeMap::new();
    let mut lines = Vec::new();
    for venue in living::<Venue>(store).await {
        let line = fields(&venue);
        names.insert(venue.id.to_string(), venue.name.unwrap_or_default());
        lines.push(format!("venue {line}"));
    }
    for artist in living::<Artist>(store).await {
        let line = fields(&artist);
        names.insert(artist.id.to_string(), artist.name.unwrap_or_default());
        lines.push(format!("artist {line}"));
    }
    for festival in living::<Festival>(store).await {
        let line = fields(&festival);
        names.insert(festival.id.to_string(), festival.name.unwrap_or_default());
        lines.push(format!("festival {line}"));
    }
    for performance in living::<Performance>(store).await {
        let mut line = format!("performance {}", fields(&performance));
        for (id, name) in &names {
            line = line.replace(id, name);
        }
        lines.push(line);
    }
    lines.sort();
    lines
}

async fn living<E: Entity + Document>(store: &Store) -> Vec<E> {
    let all = store.list_all::<E>(Query::of(E::KIND.collection()).limit(1_000)).await.unwrap();
    let deleted = |entity: &E| serde_json::to_value(entity).unwrap().get("deleted").is_some();
    all.into_iter().map(|found| found.document).filter(|entity| !deleted(entity)).collect()
}

/// The published fields and whether there is a picture.
fn fields<E: Entity>(entity: &E) -> String {
    let value = serde_json::to_value(entity).unwrap();
    let mut fields: BTreeMap<&str, Value> =
        E::FIELDS.iter().filter_map(|field| Some((*field, value.get(*field)?.clone()))).collect();
    fields.insert("picture", value.get("picture").is_some().into());
    serde_json::to_string(&fields).unwrap()
}

/// What one has and the other has not.
pub(crate) fn differences(expected: &[String], found: &[String]) -> Vec<String> {
    let more = found.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
    more.chain(expected.iter().filter(|line| !found.contains(line)).map(|line| format!("- {line}"))).collect()
}
