use model::Database;
use store::maintenance::{Difference, DifferenceKind, Presence};
use tokio_postgres::Client;

use super::exists;
use super::state::{Present, is_leftover};
use crate::link::Fault;
use crate::migrate;
use crate::schema::{LAYOUTS, PieceKind, pieces};
use crate::sql::qualified;

pub(super) async fn differences(client: &Client, database: Database) -> Result<Vec<Difference>, Fault> {
    let differs = |name: &str, kind| Difference { database, name: name.to_owned(), kind };
    if !exists(client, &qualified(database, "_clock")).await? {
        return Ok(vec![differs("*", DifferenceKind::NoDatabase)]);
    }
    let present = Present::read(client, database).await?;
    let mut found = Vec::new();
    if migrate::layout(&present.known) < LAYOUTS.len() {
        found.push(differs("_layout", DifferenceKind::OldLayout));
    }
    for piece in pieces(database) {
        let kind = match (present.presence(&piece), &piece.kind) {
            (Presence::Present | Presence::Undeclared, _) => continue,
            (_, PieceKind::Table { .. }) => DifferenceKind::MissingTable,
            (Presence::Missing, _) => DifferenceKind::MissingIndex,
            (Presence::Building, _) => DifferenceKind::OutdatedIndex,
        };
        found.push(differs(&piece.name, kind));
    }
    found.extend(present.undeclared(database).iter().map(|(_, name)| differs(name, DifferenceKind::UndeclaredIndex)));
    let leftovers = present.indexes.iter().filter(|(name, _, usable)| !usable && is_leftover(name));
    found.extend(leftovers.map(|(name, _, _)| differs(name, DifferenceKind::Leftover)));
    found.extend(present.foreign(database).iter().map(|name| differs(name, DifferenceKind::UndeclaredTable)));
    Ok(found)
}

/// `_schema` says of a piece that was dropped by hand that it is there: it is to be made.
pub(super) async fn forget_what_is_gone(client: &Client, differences: &[Difference]) -> Result<(), Fault> {
    for difference in differences {
        if matches!(difference.kind, DifferenceKind::MissingIndex | DifferenceKind::OutdatedIndex) {
            let text = format!("DELETE FROM {} WHERE name = $1", qualified(difference.database, "_schema"));
            client.execute(&text, &[&difference.name]).await?;
        }
    }
    Ok(())
}

pub(super) async fn drop_what_is_left(client: &Client, differences: &[Difference], prune: bool) -> Result<(), Fault> {
    for difference in differences {
        let name = qualified(difference.database, &difference.name);
        let is_dropped = match difference.kind {
            DifferenceKind::Leftover => true,
            DifferenceKind::UndeclaredIndex => prune,
            _ => false,
        };
        if !is_dropped {
            continue;
        }
        let present = Present::read(client, difference.database).await?;
        if present.tables.contains(&difference.name) {
            let changed = qualified(difference.database, &format!("{}__changed", difference.name));
            let text = format!("DROP FUNCTION IF EXISTS {changed}() CASCADE; DROP TABLE {name};");
            client.batch_execute(&format!("BEGIN; {text} COMMIT;")).await?;
        } else {
            client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await?;
        }
        let text = format!("DELETE FROM {} WHERE name = $1", qualified(difference.database, "_schema"));
        client.execute(&text, &[&difference.name]).await?;
    }
    Ok(())
}
