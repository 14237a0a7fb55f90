use model::{Collection, Database};
use store::maintenance::{DifferenceKind, Finding, Told};
use tokio_postgres::Client;

use super::{differences, exists};
use crate::jsonb::unescape_text;
use crate::link::Fault;
use crate::schema::{Piece, PieceKind, pieces};
use crate::sql::{qualified, table};

/// The most findings of one kind.
const MOST: usize = 50;
const RESTORE: &str = "restore a backup by `mystage db restore`, or save what can be read by `mystage db export`";

pub(super) async fn inspect(client: &Client, database: Database, told: &Told) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    for difference in differences::differences(client, database).await? {
        let remedy = match difference.kind {
            DifferenceKind::UndeclaredIndex => "`mystage db migrate --prune`",
            DifferenceKind::UndeclaredTable => continue,
            _ => "`mystage db migrate`",
        };
        findings.push(Finding::new(database.name(), difference.to_string(), remedy));
    }
    // What is compared is of one moment.
    client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    findings.extend(feed(client, database).await?);
    for piece in &pieces(database) {
        told(&format!("checking {}", piece.name), 0, None);
        if exists(client, &qualified(database, &piece.name)).await? {
            findings.extend(agrees(client, database, piece).await?);
        }
    }
    client.batch_execute("COMMIT").await?;
    Ok(findings)
}

/// Whether sequences and revisions are where they can be.
async fn feed(client: &Client, database: Database) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    let (clock, feed) = (qualified(database, "_clock"), qualified(database, "_feed"));
    let revisions = qualified(database, "_revisions");
    let wrong = [
        (
            format!("(SELECT max(sequence) FROM {feed}) > (SELECT sequence FROM {clock})"),
            "it has entries behind its last sequence",
        ),
        (
            format!("(SELECT min(sequence) FROM {feed}) <= (SELECT trimmed FROM {clock})"),
            "it has entries that are trimmed",
        ),
        (
            format!("(SELECT max(revision) FROM {feed}) > (SELECT last_value FROM {revisions})"),
            "it has revisions behind the last commit's",
        ),
        (
            format!(
                "EXISTS (SELECT FROM (SELECT revision < lag(revision) OVER (ORDER BY sequence) AS back FROM {feed}) AS f WHERE back)"
            ),
            "its revisions do not grow",
        ),
    ];
    for (condition, what) in wrong {
        if holds(client, &condition).await? {
            findings.push(Finding::new(format!("{}/_feed", database.name()), what, RESTORE));
        }
    }
    for collection in Collection::ALL.into_iter().filter(|it| it.database() == database) {
        let of = table(collection);
        if exists(client, &of).await?
            && holds(client, &format!("(SELECT max(revision) FROM {of}) > (SELECT last_value FROM {revisions})"))
                .await?
        {
            findings.push(Finding::new(collection, "it has revisions behind the last commit's", RESTORE));
        }
    }
    Ok(findings)
}

async fn holds(client: &Client, condition: &str) -> Result<bool, Fault> {
    Ok(client.query_one(&format!("SELECT coalesce({condition}, false)"), &[]).await?.get(0))
}

/// Whether an index has what the documents have.
async fn agrees(client: &Client, database: Database, piece: &Piece) -> Result<Vec<Finding>, Fault> {
    let of = qualified(database, piece.table);
    let remedy = format!("`mystage db reindex --collection {}/{}`", database.name(), piece.table);
    let mut findings = Vec::new();
    match &piece.kind {
        PieceKind::Table { .. } => {
            let walk = format!("SELECT id FROM {of} ORDER BY id");
            if counted(client, &of).await? != walked(client, &walk).await? {
                findings.push(Finding::new(&of, "its index of ids does not have what the table has", remedy));
            }
        }
        PieceKind::Index { on } => {
            let columns = on.split_once('(').and_then(|(_, columns)| columns.strip_suffix(')')).unwrap_or("id");
            let walk = format!("SELECT id FROM {of} ORDER BY {columns}");
            if counted(client, &of).await? != walked(client, &walk).await? {
                let place = format!("{}/{}", database.name(), piece.name);
                findings.push(Finding::new(place, "the index does not have what the documents have", remedy));
            }
        }
        PieceKind::Side { rows, .. } => {
            let side = qualified(database, &piece.name);
            let names = "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
               WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped";
            let names: String = client.query_one(names, &[&side]).await?.get(0);
            let does = format!("SELECT {names} FROM {side}");
            for (one, other, what) in [(rows, &does, "lacks it"), (&does, rows, "finds it by what it has not")] {
                let text = format!("SELECT DISTINCT id FROM (({one}) EXCEPT ALL ({other})) AS f LIMIT {MOST}");
                for row in client.query(&text, &[]).await? {
                    let place = format!("{}/{}/{}", database.name(), piece.table, unescape_text(row.get(0)));
                    let what = format!("the index {} {what}", piece.name);
                    findings.push(Finding::new(place, what, remedy.clone()));
                }
            }
        }
    }
    Ok(findings)
}

async fn counted(client: &Client, of: &str) -> Result<i64, Fault> {
    let by = |scan: &str, index: &str| {
        format!(
            "SET LOCAL enable_seqscan = {scan}; SET LOCAL enable_indexscan = {index}; SET LOCAL enable_indexonlyscan = {index}; SET LOCAL enable_bitmapscan = off"
        )
    };
    client.batch_execute(&by("on", "off")).await?;
    Ok(client.query_one(&format!("SELECT count(*) FROM {of}"), &[]).await?.get(0))
}

/// How many documents are found by walking through an index in its order.
async fn walked(client: &Client, walk: &str) -> Result<i64, Fault> {
    client
        .batch_execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on; SET LOCAL enable_indexonlyscan = on;
             SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off",
        )
        .await?;
    // The offset keeps the order from being dropped as of no use.
    Ok(client.query_one(&format!("SELECT count(*) FROM ({walk} OFFSET 0) AS walked"), &[]).await?.get(0))
}
