use model::Collection;
use store::maintenance::Told;
use tokio_postgres::Client;

use super::exists;
use crate::link::Fault;
use crate::migrate;
use crate::schema::{PieceKind, pieces};
use crate::sql::{qualified, table};

/// Makes the indexes anew while others write: PostgreSQL builds each beside the one before.
pub(super) async fn reindex(client: &Client, collection: Collection, told: &Told) -> Result<usize, Fault> {
    let (database, of) = (collection.database(), table(collection));
    let mut made = 0;
    if !exists(client, &of).await? {
        return Ok(made);
    }
    for piece in pieces(database).iter().filter(|piece| piece.table == collection.name()) {
        told(&format!("reindexing {}", piece.name), 0, None);
        match &piece.kind {
            PieceKind::Table { .. } => {
                client.batch_execute(&format!("REINDEX TABLE CONCURRENTLY {of}")).await?;
            }
            PieceKind::Index { .. } => made += 1,
            PieceKind::Side { clear, fill, .. } => {
                let side = qualified(database, &piece.name);
                if exists(client, &side).await? {
                    let gone = format!("DELETE FROM {side} s WHERE NOT EXISTS (SELECT FROM {of} d WHERE d.id = s.id)");
                    client.execute(&gone, &[]).await?;
                    migrate::fill_side(client, &of, clear, fill).await?;
                    client.batch_execute(&format!("REINDEX TABLE CONCURRENTLY {side}")).await?;
                    made += 1;
                }
            }
        }
    }
    Ok(made)
}
