use model::Database;
use rusqlite::{Connection, OptionalExtension};
use store::maintenance::{DifferenceKind, Finding, Told};

use super::migrate;
use crate::schema;
use crate::schema::objects::{LAST, Present, Side};

/// The most findings of one kind.
const MOST: usize = 50;
/// Documents of which the side tables are compared at once.
const CHUNK: i64 = 1_000;

const RESTORE: &str = "restore a backup by `mystage db restore`, or save what can be read by `mystage db export`";
const MIGRATE: &str = "`mystage db migrate`";

/// What is wrong with a file.
pub(super) fn inspect(connection: &Connection, database: Database, told: &Told) -> Vec<Finding> {
    told(&format!("checking the pages of {}", database.name()), 0, None);
    let mut findings = Vec::new();
    let place = database.name();
    for (what, result) in [
        ("its pages", pages(connection, database)),
        ("its tables", tables(connection, database)),
        ("its feed", feed(connection, database)),
        ("its indexes on elements", sides(connection, database, told)),
    ] {
        match result {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::new(place, format!("{what} cannot be read: {error}"), RESTORE)),
        }
    }
    findings
}

/// Every page, every row, and that each row stands in each index.
fn pages(connection: &Connection, database: Database) -> rusqlite::Result<Vec<Finding>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let finding = |line: String| {
        let of_index = line.contains("missing from index") || line.contains("entries in index");
        let remedy = if of_index { "`mystage db reindex`" } else { RESTORE };
        Finding::new(database.name(), line, remedy)
    };
    Ok(lines.into_iter().filter(|line| line != "ok").map(finding).collect())
}

fn tables(connection: &Connection, database: Database) -> rusqlite::Result<Vec<Finding>> {
    let differences = migrate::differences(connection, database)?;
    let finding = |difference: store::maintenance::Difference| {
        let remedy = match difference.kind {
            DifferenceKind::UndeclaredIndex => "`mystage db migrate --prune`",
            DifferenceKind::UndeclaredTable => return None,
            _ => MIGRATE,
        };
        Some(Finding::new(database.name(), difference.to_string(), remedy))
    };
    Ok(differences.into_iter().filter_map(finding).collect())
}

/// Whether sequences and revisions are where they can be.
fn feed(connection: &Connection, database: Database) -> rusqlite::Result<Vec<Finding>> {
    let number = |text: &str| connection.query_row(text, [], |row| row.get::<_, Option<i64>>(0)).optional();
    let ask = |text: &str| number(text).map(|found| found.flatten().unwrap_or_default());
    let revision = ask("SELECT revision FROM _clock")?;
    let given = ask("SELECT seq FROM sqlite_sequence WHERE name='_feed'")?;
    let trimmed = ask("SELECT trimmed FROM _clock")?;
    let mut findings = Vec::new();
    let mut wrong = |what: String| findings.push(Finding::new(format!("{}/_feed", database.name()), what, RESTORE));
    if ask("SELECT max(sequence) FROM _feed")? > given {
        wrong(format!("it has entries behind the last sequence, {given}"));
    }
    if let Some(Some(first)) =
        number("SELECT min(sequence) FROM _feed")?.filter(|first| first.is_some_and(|first| first <= trimmed))
    {
        wrong(format!("it has entry {first}, though all up to {trimmed} are trimmed"));
    }
    let backwards =
        "SELECT count(*) FROM (SELECT revision < lag(revision) OVER (ORDER BY sequence) AS back FROM _feed) WHERE back";
    if ask(backwards)? > 0 {
        wrong("its revisions do not grow".to_owned());
    }
    if ask("SELECT max(revision) FROM _feed")? > revision {
        wrong(format!("it has revisions behind the last commit's, {revision}"));
    }
    if ask("SELECT count(*) FROM _feed WHERE was IS NOT NULL AND NOT json_valid(was)")? > 0 {
        wrong("it has entries whose JSON is damaged".to_owned());
    }
    let present = Present::read(connection)?;
    for collection in schema::of(database).filter(|collection| present.has_table(collection.name())) {
        let newest = ask(&format!("SELECT max(revision) FROM {}", collection.name()))?;
        if newest > revision {
            let what = format!("it has revision {newest}, behind the last commit's, {revision}");
            findings.push(Finding::new(collection, what, RESTORE));
        }
    }
    Ok(findings)
}

/// Whether the tables that stand for indexes have what the documents have.
fn sides(connection: &Connection, database: Database, told: &Told) -> rusqlite::Result<Vec<Finding>> {
    let present = Present::read(connection)?;
    let mut findings = Vec::new();
    for collection in schema::of(database) {
        for side in schema::declared(collection).iter().filter_map(|index| Side::of(collection, index)) {
            let name = side.name();
            if !present.has_table(&name) || !present.has_table(collection.name()) {
                continue;
            }
            told(&format!("comparing {name}"), 0, None);
            for (id, what) in compare(connection, &side, collection.name())? {
                let remedy = format!("`mystage db reindex --collection {collection}`");
                findings.push(Finding::new(format!("{collection}/{id}"), format!("the index {name} {what}"), remedy));
            }
        }
    }
    Ok(findings)
}

/// The documents of which the side table has too little or too much, chunk by chunk, each of one moment.
fn compare(connection: &Connection, side: &Side, table: &str) -> rusqlite::Result<Vec<(String, &'static str)>> {
    let (name, columns) = (side.name(), side.columns());
    let range = |id: &str| format!("{id}>?1 AND {id}<=coalesce(?2,{LAST})");
    let documents = format!("(SELECT id,data FROM {table} WHERE {}) d, ", range("id"));
    let (should, does) =
        (side.rows("d.data", "d.id", &documents), format!("SELECT {columns},id FROM {name} WHERE {}", range("id")));
    let last = format!("SELECT id FROM {table} WHERE id>?1 ORDER BY id LIMIT 1 OFFSET {}", CHUNK - 1);
    let mut found = Vec::new();
    let mut after = Some(String::new());
    while let Some(from) = after {
        let transaction = connection.unchecked_transaction()?;
        let until: Option<String> =
            transaction.prepare_cached(&last)?.query_row([&from], |row| row.get(0)).optional()?;
        let count = |rows: &str| -> rusqlite::Result<i64> {
            let text = format!("SELECT count(*) FROM ({rows})");
            transaction.prepare_cached(&text)?.query_row(rusqlite::params![from, until], |row| row.get(0))
        };
        let doubled = count(&should)? != count(&does)?;
        for (one, other, what) in [(&should, &does, "lacks it"), (&does, &should, "finds it by what it has not")] {
            let text =
                format!("SELECT DISTINCT id FROM (SELECT * FROM ({one}) EXCEPT SELECT * FROM ({other})) LIMIT {MOST}");
            let mut statement = transaction.prepare_cached(&text)?;
            let ids = statement.query_map(rusqlite::params![from, until], |row| row.get::<_, String>(0))?;
            for id in ids {
                found.push((id?, what));
            }
        }
        if doubled && found.is_empty() {
            found.push((format!("{from}…"), "has an entry twice"));
        }
        transaction.finish()?;
        if found.len() >= MOST {
            break;
        }
        after = until;
    }
    Ok(found)
}
