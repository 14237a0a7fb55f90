//! Brings a database up to what is declared. Any number of processes may do so at once.

use std::collections::HashMap;
use std::time::Duration;

use model::Database;
use tokio_postgres::Client;

use crate::address::Address;
use crate::link::Fault;
use crate::schema::{LAYOUTS, Piece, PieceKind, pieces};
use crate::sql::qualified;

/// "MyStage" as the first half of the lock's key; the second tells the database.
const LOCK: i32 = 0x4d79_5374;
/// How often it is asked for. Waiting for it inside of a statement would hold up those who build an index concurrently:
/// they wait for every statement that began before.
const ASK_AGAIN: Duration = Duration::from_millis(50);
/// Documents of one step when a table of elements is filled.
const STEP: i64 = 1000;
/// The name under which `_schema` keeps the number of the layout.
const LAYOUT: &str = "_layout";

/// Newer than this program.
#[derive(Debug, thiserror::Error)]
#[error("{database} has layout {found}, newer than the {known} known here: update this program")]
struct Newer {
    database: &'static str,
    found: usize,
    known: usize,
}

/// Creates what is missing, and says nothing when nothing is.
pub(crate) async fn migrate(address: &Address, database: Database) -> Result<(), Fault> {
    let (client, connection) = address.connect().await?;
    #[expect(clippy::disallowed_methods, reason = "the connection's own task ends with its client")]
    let driver = tokio::spawn(connection);
    let migrated = run(&client, database).await;
    // The lock goes with the session.
    drop(client);
    let _ = driver.await;
    migrated
}

async fn run(client: &Client, database: Database) -> Result<(), Fault> {
    let wanted = pieces(database);
    if missing(&wanted, &known(client, database).await?, database)?.is_none() {
        return Ok(());
    }
    let ask = "SELECT pg_try_advisory_lock($1, $2)";
    while !client.query_one(ask, &[&LOCK, &(database as i32)]).await?.get::<_, bool>(0) {
        tokio::time::sleep(ASK_AGAIN).await;
    }
    let known = known(client, database).await?;
    let Some(missing) = missing(&wanted, &known, database)? else { return Ok(()) };
    create(client, database, &known, &missing).await?;
    for piece in missing {
        if known.contains_key(piece.table) {
            build(client, database, piece).await?;
        }
    }
    Ok(())
}

/// What `_schema` says is there: names with their definitions.
pub(crate) async fn known(client: &Client, database: Database) -> Result<HashMap<String, String>, Fault> {
    let schema = qualified(database, "_schema");
    if client.query_one("SELECT to_regclass($1) IS NULL", &[&schema]).await?.get(0) {
        return Ok(HashMap::new());
    }
    let rows = client.query(&format!("SELECT name, definition FROM {schema}"), &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

pub(crate) fn layout(known: &HashMap<String, String>) -> usize {
    known.get(LAYOUT).and_then(|layout| layout.parse().ok()).unwrap_or_default()
}

/// The pieces that are not there as they should be; `None` when everything is, the layout too.
fn missing<'p>(
    wanted: &'p [Piece],
    known: &HashMap<String, String>,
    database: Database,
) -> Result<Option<Vec<&'p Piece>>, Fault> {
    let found = layout(known);
    if found > LAYOUTS.len() {
        let newer = Newer { database: database.name(), found, known: LAYOUTS.len() };
        return Err(Fault::Refused(Box::new(newer)));
    }
    let is_there = |piece: &Piece| known.get(&piece.name).is_some_and(|definition| definition == piece.definition());
    let missing: Vec<&Piece> = wanted.iter().filter(|piece| !is_there(piece)).collect();
    Ok(if missing.is_empty() && found == LAYOUTS.len() { None } else { Some(missing) })
}

/// The layout, new tables, and what is on them: quick, so in one transaction.
async fn create(
    client: &Client,
    database: Database,
    known: &HashMap<String, String>,
    missing: &[&Piece],
) -> Result<(), Fault> {
    Ok(client.batch_execute(&format!("BEGIN; {} COMMIT;", creation(database, known, missing))).await?)
}

/// What makes the layout and the pieces of tables that are not there.
pub(crate) fn creation(database: Database, known: &HashMap<String, String>, missing: &[&Piece]) -> String {
    let mut sql = format!(
        "CREATE SCHEMA IF NOT EXISTS \"{}\";
         CREATE TABLE IF NOT EXISTS {}(
           name text PRIMARY KEY, definition text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());",
        database.name(),
        qualified(database, "_schema"),
    );
    for step in &LAYOUTS[layout(known)..] {
        sql.push_str(&step(database));
    }
    sql.push_str(&note(database, LAYOUT, &LAYOUTS.len().to_string()));
    for piece in missing.iter().filter(|piece| !known.contains_key(piece.table)) {
        match &piece.kind {
            PieceKind::Table { create } | PieceKind::Side { create, .. } => sql.push_str(create),
            PieceKind::Index { on } => sql.push_str(&format!("CREATE INDEX \"{}\" {on}", piece.name)),
        }
        sql.push(';');
        sql.push_str(&note(database, &piece.name, piece.definition()));
    }
    sql
}

/// Says in `_schema` that a piece is there.
fn note(database: Database, name: &str, definition: &str) -> String {
    let quoted = |text: &str| text.replace('\'', "''");
    format!(
        "INSERT INTO {}(name, definition) VALUES ('{}', '{}')
         ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, applied_at = now();",
        qualified(database, "_schema"),
        quoted(name),
        quoted(definition),
    )
}

/// A piece on a table that has documents, without stopping those who write. A try that was broken off leaves something
/// half built, which goes first.
async fn build(client: &Client, database: Database, piece: &Piece) -> Result<(), Fault> {
    let name = qualified(database, &piece.name);
    match &piece.kind {
        PieceKind::Table { .. } => {
            let why = format!("the table {name} is not as it was declared, and no step of a layout changes it");
            return Err(Fault::Refused(why.into()));
        }
        PieceKind::Index { on } => {
            tracing::info!(index = piece.name, "is being built");
            client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await?;
            client.batch_execute(&format!("CREATE INDEX CONCURRENTLY \"{}\" {on}", piece.name)).await?;
        }
        PieceKind::Side { create, clear, fill, .. } => {
            tracing::info!(index = piece.name, "is being built");
            let changed = qualified(database, &crate::sql::short(&format!("{}__changed", piece.name)));
            let drop = format!("DROP FUNCTION IF EXISTS {changed}() CASCADE; DROP TABLE IF EXISTS {name};");
            client.batch_execute(&format!("BEGIN; {drop} {create} COMMIT;")).await?;
            fill_side(client, &qualified(database, piece.table), clear, fill).await?;
        }
    }
    client.batch_execute(&note(database, &piece.name, piece.definition())).await?;
    Ok(())
}

/// In steps: documents are locked while their elements are put in, so that the triggers of others come before or after.
pub(crate) async fn fill_side(client: &Client, table: &str, clear: &str, fill: &str) -> Result<(), Fault> {
    let step = format!("SELECT id FROM {table} WHERE id > $1 ORDER BY id LIMIT {STEP} FOR UPDATE");
    let mut after = String::new();
    loop {
        client.batch_execute("BEGIN").await?;
        let rows = client.query(&step, &[&after]).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        client.execute(clear, &[&ids]).await?;
        client.execute(fill, &[&ids]).await?;
        client.batch_execute("COMMIT").await?;
        match ids.into_iter().next_back() {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
