use std::collections::{BTreeMap, HashMap, HashSet};

use model::{Collection, Database};
use store::maintenance::{Feed, IndexState, Presence, State, TaskCounts};
use tokio_postgres::Client;

use super::exists;
use crate::link::Fault;
use crate::migrate;
use crate::schema::{Piece, PieceKind, pieces};
use crate::sql::{qualified, table};

/// What a schema has, besides its documents.
pub(super) struct Present {
    /// What `_schema` says.
    pub(super) known: HashMap<String, String>,
    pub(super) tables: HashSet<String>,
    /// Name, table, and whether it can be used.
    pub(super) indexes: Vec<(String, String, bool)>,
}

impl Present {
    pub(super) async fn read(client: &Client, database: Database) -> Result<Self, Fault> {
        let tables =
            client.query("SELECT tablename::text FROM pg_tables WHERE schemaname = $1", &[&database.name()]).await?;
        let indexes = client
            .query(
                "SELECT c.relname::text, t.relname::text, i.indisvalid AND i.indisready FROM pg_index i
                 JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
                 JOIN pg_namespace n ON n.oid = t.relnamespace
                 WHERE n.nspname = $1 AND NOT i.indisprimary ORDER BY 1",
                &[&database.name()],
            )
            .await?;
        Ok(Self {
            known: migrate::known(client, database).await?,
            tables: tables.iter().map(|row| row.get(0)).collect(),
            indexes: indexes.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(),
        })
    }

    /// `None` where the piece is there as it should be.
    pub(super) fn presence(&self, piece: &Piece) -> Presence {
        let is_known = self.known.get(&piece.name).is_some_and(|definition| definition == piece.definition());
        match &piece.kind {
            PieceKind::Index { .. } => match self.indexes.iter().find(|(name, _, _)| *name == piece.name) {
                Some((_, _, false)) => Presence::Building,
                Some(_) if is_known => Presence::Present,
                _ => Presence::Missing,
            },
            PieceKind::Table { .. } | PieceKind::Side { .. } => match self.tables.contains(&piece.name) {
                true if is_known => Presence::Present,
                true if matches!(piece.kind, PieceKind::Side { .. }) => Presence::Building,
                _ => Presence::Missing,
            },
        }
    }

    /// Indexes that nobody declares: on tables of documents, or tables that stood for one.
    pub(super) fn undeclared(&self, database: Database) -> Vec<(String, String)> {
        let pieces = pieces(database);
        let is_piece = |name: &str| pieces.iter().any(|piece| piece.name == name);
        let is_collection = |name: &str| pieces.iter().any(|piece| piece.name == name && piece.table == name);
        let plain = self
            .indexes
            .iter()
            .filter(|(name, on, usable)| is_collection(on) && !is_piece(name) && (*usable || !is_leftover(name)));
        let of = |name: &str| name.split_once("__").map(|(table, _)| table.to_owned());
        let sides = self.tables.iter().filter_map(|name| {
            let table = of(name).filter(|table| is_collection(table) && !is_piece(name))?;
            Some((table, name.clone()))
        });
        let mut found: Vec<_> = plain.map(|(name, on, _)| (on.clone(), name.clone())).chain(sides).collect();
        found.sort();
        found
    }

    /// Tables of no collection that is known here.
    pub(super) fn foreign(&self, database: Database) -> Vec<String> {
        let pieces = pieces(database);
        let is_ours = |name: &str| {
            name.starts_with('_')
                || pieces.iter().any(|piece| name == piece.table || name.starts_with(&format!("{}__", piece.table)))
        };
        self.tables.iter().filter(|name| !is_ours(name)).cloned().collect()
    }
}

/// Whether the name is one that `REINDEX CONCURRENTLY` gives to what it has not finished.
pub(super) fn is_leftover(name: &str) -> bool {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
    plain.ends_with("_ccnew") || plain.ends_with("_ccold")
}

pub(super) async fn state(client: &Client, database: Database) -> Result<Option<State>, Fault> {
    let clock = qualified(database, "_clock");
    if !exists(client, &clock).await? {
        return Ok(None);
    }
    let present = Present::read(client, database).await?;
    let mut documents = BTreeMap::new();
    for collection in Collection::ALL.into_iter().filter(|it| it.database() == database) {
        if present.tables.contains(collection.name()) {
            let text = format!("SELECT count(*) FROM {}", table(collection));
            let count: i64 = client.query_one(&text, &[]).await?.get(0);
            documents.insert(collection.name().to_owned(), count.unsigned_abs());
        }
    }
    let bytes = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";
    let bytes: i64 = client.query_one(bytes, &[&database.name()]).await?.get(0);
    let last = format!("SELECT last_value FROM {}", qualified(database, "_revisions"));
    let revision: i64 = client.query_one(&last, &[]).await?.get(0);
    let indexes = pieces(database)
        .iter()
        .filter(|piece| !matches!(piece.kind, PieceKind::Table { .. }))
        .map(|piece| index(piece.table, &piece.name, present.presence(piece)))
        .chain(present.undeclared(database).iter().map(|(on, name)| index(on, name, Presence::Undeclared)))
        .collect();
    Ok(Some(State {
        database: database.name().to_owned(),
        layout: u32::try_from(migrate::layout(&present.known)).unwrap_or_default(),
        bytes: bytes.unsigned_abs(),
        revision: revision.unsigned_abs(),
        documents,
        tasks: tasks(client, database).await?,
        feed: feed(client, database).await?,
        indexes,
    }))
}

fn index(collection: &str, name: &str, state: Presence) -> IndexState {
    IndexState { collection: collection.to_owned(), index: name.to_owned(), state }
}

async fn tasks(client: &Client, database: Database) -> Result<TaskCounts, Fault> {
    let text = format!(
        "SELECT count(*) FILTER (WHERE worker = ''), count(*) FILTER (WHERE worker <> ''), min(due) FILTER (WHERE worker = '')
         FROM (SELECT coalesce(data->>'worker', '') AS worker, (data->>'due_at')::bigint AS due FROM {}) AS t",
        table(Collection::Tasks(database))
    );
    let row = client.query_one(&text, &[]).await?;
    let count = |n| row.get::<_, i64>(n).unsigned_abs();
    Ok(TaskCounts { waiting: count(0), leased: count(1), oldest_due: row.get(2) })
}

async fn feed(client: &Client, database: Database) -> Result<Feed, Fault> {
    let text = format!(
        "SELECT count(*), min(sequence), (SELECT sequence FROM {}) FROM {}",
        qualified(database, "_clock"),
        qualified(database, "_feed")
    );
    let row = client.query_one(&text, &[]).await?;
    Ok(Feed {
        entries: row.get::<_, i64>(0).unsigned_abs(),
        first: row.get::<_, Option<i64>>(1).map(i64::unsigned_abs),
        last: row.get::<_, i64>(2).unsigned_abs(),
    })
}
