//! What stands in a database: the declared collections and indexes as SQL.

use model::{Collection, Database, Field, Index, Kind, PARENT};
pub(crate) use store::sql::declared;
use store::sql::{elements_of, index_name};

use crate::sql::{field, qualified, short, table};

/// The layout of what is not declared in `model`: `_clock`, `_feed`, `_revisions`, `_writers`. A later one adds its steps here.
pub(crate) const LAYOUTS: [fn(Database) -> String; 1] = [first_layout];

/// Something that a declaration asks for.
pub(crate) struct Piece {
    pub(crate) name: String,
    /// The table whose documents it is made of: of a table, itself.
    pub(crate) table: &'static str,
    pub(crate) kind: PieceKind,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PieceKind {
    Table {
        create: String,
    },
    Index {
        /// Behind `CREATE INDEX [CONCURRENTLY] name`.
        on: String,
    },
    /// The table that stands for an index on elements.
    Side {
        /// The table, its indexes, and the triggers that keep it.
        create: String,
        /// Puts in what the documents whose ids are `$1` have. The first one takes out what is there.
        clear: String,
        fill: String,
        /// What it should have.
        rows: String,
    },
}

impl Piece {
    /// Changes when the declaration does.
    pub(crate) fn definition(&self) -> &str {
        match &self.kind {
            PieceKind::Table { create } | PieceKind::Side { create, .. } => create,
            PieceKind::Index { on } => on,
        }
    }
}

/// What a database has, tables first.
pub(crate) fn pieces(database: Database) -> Vec<Piece> {
    let collections = || Collection::ALL.into_iter().filter(move |collection| collection.database() == database);
    let tables = collections().map(|collection| Piece {
        name: collection.name().to_owned(),
        table: collection.name(),
        kind: PieceKind::Table { create: create_table(collection) },
    });
    let indexes = collections().flat_map(|collection| {
        declared(collection).into_iter().map(move |index| Piece {
            name: short(&index_name(collection, &index)),
            table: collection.name(),
            kind: match elements_of(&index) {
                Some(elements) => side(collection, &index, elements),
                None => PieceKind::Index { on: plain_index(collection, &index) },
            },
        })
    });
    tables.chain(indexes).collect()
}

fn first_layout(database: Database) -> String {
    let name = |name| qualified(database, name);
    // One row that every commit locks and changes: room on its page keeps its old versions there.
    format!(
        "CREATE TABLE {clock}(
           one int PRIMARY KEY CHECK (one = 1), sequence bigint NOT NULL, trimmed bigint NOT NULL) WITH (fillfactor = 10);
         INSERT INTO {clock} VALUES (1, 0, 0);
         CREATE TABLE {feed}(
           sequence bigint PRIMARY KEY, collection text NOT NULL, id text NOT NULL, revision bigint NOT NULL,
           deleted boolean NOT NULL, was text);
         CREATE TABLE {writers}(
           writer text PRIMARY KEY, mark bigint NOT NULL, at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 50);
         CREATE SEQUENCE {revisions};",
        clock = name("_clock"),
        feed = name("_feed"),
        writers = name("_writers"),
        revisions = name("_revisions"),
    )
}

fn create_table(collection: Collection) -> String {
    let parent = match collection.parent() {
        Some(_) => {
            ", parent text COLLATE \"C\" NOT NULL GENERATED ALWAYS AS (coalesce(substring(id from '^(.*)/'), '')) STORED"
        }
        None => "",
    };
    format!(
        "CREATE TABLE {}(
           id text COLLATE \"C\" PRIMARY KEY, revision bigint NOT NULL, version int NOT NULL, data jsonb NOT NULL{parent})",
        table(collection)
    )
}

fn plain_index(collection: Collection, index: &Index) -> String {
    let value = |field: &Field| if *field == PARENT { "parent".to_owned() } else { self::field(field) };
    format!("ON {}({})", table(collection), columns(index, value))
}

/// The fields and then the id, which runs in the direction of the last field.
fn columns(index: &Index, value: impl Fn(&Field) -> String) -> String {
    let keyword = |descending| if descending { " DESC" } else { "" };
    let last = index.0.last().is_some_and(|field| field.descending);
    let fields = index.0.iter().map(|field| value(field) + keyword(field.descending));
    fields.chain([format!("id{}", keyword(last))]).collect::<Vec<_>>().join(", ")
}

/// One row an element. Triggers keep it: the one thing here that some engines of PostgreSQL's protocol lack.
fn side(collection: Collection, index: &Index, elements: &Field) -> PieceKind {
    let database = collection.database();
    let name = short(&index_name(collection, index));
    let (side, of) = (qualified(database, &name), table(collection));
    let named = |suffix: &str| short(&format!("{name}__{suffix}"));
    let changed = qualified(database, &named("changed"));
    let column = |field: &Field| {
        let kind = match field.kind {
            Kind::Text | Kind::Elements => "text COLLATE \"C\"",
            Kind::Integer => "bigint",
            Kind::Real => "double precision",
            Kind::Flag => "boolean",
        };
        format!("\"{}\" {kind}", field.name)
    };
    let declared: Vec<String> = index.0.iter().map(column).collect();
    let names: Vec<String> = index.0.iter().map(|field| format!("\"{}\"", field.name)).collect();
    let values: Vec<String> = index
        .0
        .iter()
        .map(|field| match field.kind {
            Kind::Elements => "e.value#>>'{}'".to_owned(),
            _ if *field == PARENT => "parent".to_owned(),
            _ => self::field(field),
        })
        .collect();
    let parent = if collection.parent().is_some() { ", NEW.parent AS parent" } else { "" };
    let rows = |from: &str| {
        let array = self::field(elements);
        format!(
            "SELECT DISTINCT {values}, id FROM {from},
               jsonb_array_elements({array}) AS e(value) WHERE jsonb_typeof(e.value) = 'string'",
            values = values.join(", "),
        )
    };
    let put = |from: &str| format!("INSERT INTO {side}({}, id) {}", names.join(", "), rows(from));
    let of_new = put(&format!("(SELECT NEW.id AS id, NEW.data AS data{parent}) AS d"));
    let create = format!(
        "CREATE TABLE {side}({declared}, id text COLLATE \"C\" NOT NULL);
         CREATE INDEX \"{found}\" ON {side}({columns});
         CREATE INDEX \"{by_id}\" ON {side}(id);
         CREATE FUNCTION {changed}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF TG_OP <> 'INSERT' THEN DELETE FROM {side} WHERE id = OLD.id; END IF;
           IF TG_OP <> 'DELETE' THEN {of_new}; END IF;
           RETURN NULL; END $$;
         CREATE TRIGGER \"{made}\" AFTER INSERT OR DELETE ON {of} FOR EACH ROW EXECUTE FUNCTION {changed}();
         CREATE TRIGGER \"{updated}\" AFTER UPDATE ON {of} FOR EACH ROW
           WHEN (OLD.data IS DISTINCT FROM NEW.data) EXECUTE FUNCTION {changed}();",
        declared = declared.join(", "),
        columns = columns(index, |field| format!("\"{}\"", field.name)),
        found = named("found"),
        by_id = named("id"),
        made = named("made"),
        updated = named("updated"),
    );
    let clear = format!("DELETE FROM {side} WHERE id = ANY($1)");
    let of_all = format!("{of} AS d");
    PieceKind::Side { create, clear, fill: put(&of_all) + " AND id = ANY($1)", rows: rows(&of_all) }
}
