//! What stands for a declared index: an index of SQLite, or a table that triggers keep.
//!
//! An index is known by its table and columns. Its name is only a label: SQLite cannot rename one, so an index that was
//! built anew beside the one before it bears another name.

use std::collections::HashMap;

use model::{Collection, Field, Index, Kind, PARENT};
use rusqlite::Connection;
use store::sql::{elements_of, index_name};

use crate::sql;

/// Behind every id, in SQL: blobs come after texts. A range without an end would be written with an `OR`, and read from its
/// beginning to the end of the table.
pub(crate) const LAST: &str = "x''";

/// What a file has besides its documents.
pub(crate) struct Present {
    /// Name, table and columns.
    pub(crate) indexes: Vec<(String, String, String)>,
    pub(crate) tables: Vec<String>,
    /// Name to statement.
    pub(crate) triggers: HashMap<String, String>,
}

impl Present {
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut present = Self { indexes: Vec::new(), tables: Vec::new(), triggers: HashMap::new() };
        let mut statement = connection
            .prepare("SELECT type,name,tbl_name,sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, name, table, sql): (String, String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            match kind.as_str() {
                "index" => present.indexes.push((name, table, columns_of(&sql).to_owned())),
                "table" => present.tables.push(name),
                "trigger" => drop(present.triggers.insert(name, sql)),
                _ => {}
            }
        }
        Ok(present)
    }

    pub(crate) fn index(&self, table: &str, columns: &str) -> Option<&str> {
        let found = self.indexes.iter().find(|(_, on, have)| on == table && have == columns);
        found.map(|(name, _, _)| name.as_str())
    }

    /// Indexes of a label whose columns are not these.
    pub(crate) fn outdated<'a>(&'a self, table: &str, label: &str, columns: &str) -> impl Iterator<Item = &'a str> {
        let is_outdated = move |(name, on, have): &&(String, String, String)| {
            on == table && have != columns && name.trim_end_matches("__b") == label
        };
        self.indexes.iter().filter(is_outdated).map(|(name, _, _)| name.as_str())
    }

    /// The name for a new index.
    pub(crate) fn free(&self, label: &str) -> String {
        let taken = |name: &str| self.indexes.iter().any(|(known, _, _)| known == name);
        let mut name = label.to_owned();
        while taken(&name) {
            // Two are enough: what a new one replaces is gone before the next.
            name.push_str("__b");
        }
        name
    }

    pub(crate) fn has_table(&self, name: &str) -> bool {
        self.tables.iter().any(|known| known == name)
    }

    /// Whether the triggers that keep a side table are as they would be made today.
    pub(crate) fn keeps(&self, side: &Side, name: &str, table: &str) -> bool {
        let is_there =
            |(name, statement): &(String, String)| self.triggers.get(name).is_some_and(|known| known == statement);
        side.triggers(name, table).iter().all(is_there)
    }
}

/// What stands between the first bracket of a statement and its end.
fn columns_of(statement: &str) -> &str {
    statement.find('(').map_or("", |at| &statement[at..])
}

/// Creates what is missing of an index.
pub(crate) fn make(
    connection: &Connection,
    present: &Present,
    collection: Collection,
    index: &Index,
) -> rusqlite::Result<()> {
    let (table, label) = (collection.name(), index_name(collection, index));
    let Some(side) = Side::of(collection, index) else {
        return make_index(connection, present, table, &label, &columns(index));
    };
    if !present.has_table(&label) {
        connection.execute_batch(&side.create(&label))?;
    } else if !present.keeps(&side, &label, table) {
        connection.execute_batch(&format!("DELETE FROM {label}"))?;
    }
    for (ending, columns) in side.indexes() {
        make_index(connection, present, &label, &format!("{label}{ending}"), &columns)?;
    }
    if !present.keeps(&side, &label, table) {
        connection.execute_batch(&side.fill(&label, table))?;
        for (trigger, statement) in side.triggers(&label, table) {
            connection.execute_batch(&format!("DROP TRIGGER IF EXISTS {trigger}; {statement}"))?;
        }
    }
    Ok(())
}

fn make_index(
    connection: &Connection,
    present: &Present,
    table: &str,
    label: &str,
    columns: &str,
) -> rusqlite::Result<()> {
    if present.index(table, columns).is_some() {
        return Ok(());
    }
    // One of this name with other columns was declared once.
    let name = present.free(label);
    for outdated in present.outdated(table, label, columns) {
        connection.execute_batch(&format!("DROP INDEX {outdated}"))?;
    }
    connection.execute_batch(&format!("CREATE INDEX {name} ON {table}{columns}"))
}

/// The columns of an index on documents.
pub(crate) fn columns(index: &Index) -> String {
    let column = |field: &Field| {
        let value = if *field == PARENT { "parent".to_owned() } else { sql::field(field) };
        if field.descending { format!("{value} DESC") } else { value }
    };
    let mut columns: Vec<String> = index.0.iter().map(column).collect();
    columns.push(id_column(index).to_owned());
    format!("({})", columns.join(", "))
}

/// The id runs in the direction of the last field.
fn id_column(index: &Index) -> &'static str {
    if index.0.last().is_some_and(|field| field.descending) { "id DESC" } else { "id" }
}

/// An index on the elements of an array is a table of its own, one row an element.
pub(crate) struct Side {
    collection: Collection,
    index: Index,
    elements: Field,
}

impl Side {
    pub(crate) fn of(collection: Collection, index: &Index) -> Option<Self> {
        elements_of(index).map(|elements| Self { collection, index: *index, elements: *elements })
    }

    /// Its name in the file.
    pub(crate) fn name(&self) -> String {
        index_name(self.collection, &self.index)
    }

    pub(crate) fn columns(&self) -> String {
        self.index.0.iter().map(|field| field.name).collect::<Vec<_>>().join(",")
    }

    pub(crate) fn create(&self, name: &str) -> String {
        format!("CREATE TABLE {name}({}, id TEXT NOT NULL);", self.columns())
    }

    /// What the names of its indexes end with, and their columns.
    pub(crate) fn indexes(&self) -> [(&'static str, String); 2] {
        let turned =
            |field: &Field| if field.descending { format!("{} DESC", field.name) } else { field.name.to_owned() };
        let found = self.index.0.iter().map(turned).collect::<Vec<_>>().join(", ");
        [("__found", format!("({found}, {})", id_column(&self.index))), ("__id", "(id)".to_owned())]
    }

    /// The rows that stand for documents. `data` and `id` are theirs, `from` is where these are from.
    pub(crate) fn rows(&self, data: &str, id: &str, from: &str) -> String {
        let value = |field: &Field| match field.kind {
            Kind::Elements => "e.value".to_owned(),
            _ => sql::field(field).replace("(data,", &format!("({data},")),
        };
        let values = self.index.0.iter().map(value).collect::<Vec<_>>().join(",");
        let name = self.elements.name;
        format!(
            "SELECT DISTINCT {values},{id} FROM {from}json_each({data},'$.{name}') e \
             WHERE json_type({data},'$.{name}')='array' AND e.type='text'"
        )
    }

    /// Of all documents of a table.
    pub(crate) fn fill(&self, name: &str, table: &str) -> String {
        format!("INSERT INTO {name}({},id) {};", self.columns(), self.rows("d.data", "d.id", &format!("{table} d, ")))
    }

    pub(crate) fn triggers(&self, name: &str, table: &str) -> [(String, String); 3] {
        let insert = format!("INSERT INTO {name}({},id) {};", self.columns(), self.rows("new.data", "new.id", ""));
        let delete = format!("DELETE FROM {name} WHERE id=old.id;");
        let trigger = |ending: &str, when: &str, deeds: &str| {
            let trigger = format!("{name}__{ending}");
            let statement = format!("CREATE TRIGGER {trigger} AFTER {when} ON {table} BEGIN {deeds} END");
            (trigger, statement)
        };
        [
            trigger("insert", "INSERT", &insert),
            trigger("update", "UPDATE OF data", &format!("{delete} {insert}")),
            trigger("delete", "DELETE", &delete),
        ]
    }
}
