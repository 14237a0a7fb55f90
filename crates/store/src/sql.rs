//! Queries as SQL text, for the backends that speak it. What differs between them is a [`Dialect`].

use model::{Collection, Field, Index, Kind, PARENT};
use serde_json::Value;

use crate::{Cursor, Direction, Plan, Query, Result, Test};

/// How one database spells what all of them have.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// The value of a field of the column `data`, spelled as in the index: else the index is not used.
    pub field: fn(&Field) -> String,
    /// The field as a number to be added up: null where it is none.
    pub number: fn(&str) -> String,
    /// The `n`-th parameter, counted from 1.
    pub parameter: fn(usize) -> String,
    /// A table's name as it stands in a statement.
    pub table: fn(&str) -> String,
}

/// A statement with its parameters. Its columns are id, revision, version and data.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub text: String,
    pub parameters: Vec<(Value, Kind)>,
}

/// The indexes of a collection: the declared ones, and of a subcollection the one of its parents.
pub fn declared(collection: Collection) -> Vec<Index> {
    let of_parents = collection.parent().map(|_| Index(&[PARENT]));
    collection.indexes().iter().copied().chain(of_parents).collect()
}

/// The index's name: also that of the table that stands for an index on elements.
pub fn index_name(collection: Collection, index: &Index) -> String {
    let fields = index.0.iter().map(|field| {
        let turned = if field.descending { "_desc" } else { "" };
        format!("__{}{turned}", field.name.trim_start_matches('_'))
    });
    format!("{}{}", collection.name(), fields.collect::<String>())
}

/// The field of elements, if the index has one: then a table of (element, other fields, id) stands for it.
pub fn elements_of(index: &Index) -> Option<&Field> {
    index.0.iter().find(|field| field.kind == Kind::Elements)
}

/// One page of a query. Asks for one row more than the page has, to know whether there is a next one.
///
/// # Errors
/// No declared index answers the query.
pub fn select(dialect: &Dialect, query: &Query) -> Result<Statement> {
    let plan = query.plan()?;
    let mut writer = Writer::new(dialect, query, &plan);
    let text = writer.select(query.page() + 1);
    Ok(Statement { text, parameters: writer.parameters })
}

/// The number of documents that a query finds on all its pages, then the sum of each of these fields.
///
/// # Errors
/// No declared index answers the query.
pub fn measure(dialect: &Dialect, query: &Query, sums: &[&str]) -> Result<Statement> {
    let plan = query.plan()?;
    let whole = Query { after: None, before: None, ..query.clone() };
    let mut writer = Writer::new(dialect, &whole, &plan);
    let sums: Vec<String> = sums.iter().map(|field| format!("sum({})", (dialect.number)(field))).collect();
    let columns = [&["count(*)".to_owned()], &sums[..]].concat().join(",");
    let text = match plan.alternatives.as_slice() {
        [] => format!("SELECT {columns}{}", writer.nothing()),
        [tests] => format!("SELECT {columns}{}", writer.filtered(tests)),
        alternatives => {
            let parts: Vec<String> = alternatives
                .iter()
                .map(|tests| format!("SELECT {}{}", writer.columns(), writer.filtered(tests)))
                .collect();
            format!("SELECT {columns} FROM ({}) AS found", parts.join(" UNION "))
        }
    };
    Ok(Statement { text, parameters: writer.parameters })
}

struct Writer<'a> {
    dialect: &'a Dialect,
    query: &'a Query,
    plan: &'a Plan,
    /// The table that stands for the index, if one does.
    side: Option<String>,
    parameters: Vec<(Value, Kind)>,
}

impl<'a> Writer<'a> {
    fn new(dialect: &'a Dialect, query: &'a Query, plan: &'a Plan) -> Self {
        let of_elements = plan.index.filter(|index| elements_of(index).is_some());
        let side = of_elements.map(|index| (dialect.table)(&index_name(query.collection, index)));
        Self { dialect, query, plan, side, parameters: Vec::new() }
    }

    fn select(&mut self, limit: usize) -> String {
        let order = self.order_by(Self::field, self.id());
        match self.plan.alternatives.as_slice() {
            [] => format!("SELECT id,revision,version,data{}", self.nothing()),
            [tests] => {
                format!("SELECT {}{} ORDER BY {order} LIMIT {limit}", self.columns(), self.filtered(tests))
            }
            alternatives => {
                let keys: String = self
                    .plan
                    .order
                    .iter()
                    .enumerate()
                    .fold(String::new(), |keys, (n, (field, _))| format!("{keys},{} AS k{n}", self.field(field)));
                let parts: Vec<String> = alternatives
                    .iter()
                    .enumerate()
                    .map(|(n, tests)| {
                        let part = format!("SELECT {}{keys}{}", self.columns(), self.filtered(tests));
                        format!("SELECT * FROM ({part} ORDER BY {order} LIMIT {limit}) AS a{n}")
                    })
                    .collect();
                // Two elements may find the same document.
                let union = if self.side.is_some() { " UNION " } else { " UNION ALL " };
                let fields: Vec<Field> = self.plan.order.iter().map(|(field, _)| *field).collect();
                let number = |field: &Field| fields.iter().position(|known| known == field).unwrap_or_default();
                let outer = self.order_by(|_, field| format!("k{}", number(field)), "id");
                let parts = parts.join(union);
                format!("SELECT id,revision,version,data FROM ({parts}) AS found ORDER BY {outer} LIMIT {limit}")
            }
        }
    }

    fn columns(&self) -> &'static str {
        if self.side.is_some() { "t.id,t.revision,t.version,t.data" } else { "id,revision,version,data" }
    }

    fn id(&self) -> &'static str {
        if self.side.is_some() { "s.id" } else { "id" }
    }

    fn field(&self, field: &Field) -> String {
        match (&self.side, *field == PARENT) {
            (Some(_), _) => format!("s.{}", field.name),
            (None, true) => "parent".to_owned(),
            (None, false) => (self.dialect.field)(field),
        }
    }

    fn parameter(&mut self, value: &Value, kind: Kind) -> String {
        self.parameters.push((value.clone(), kind));
        (self.dialect.parameter)(self.parameters.len())
    }

    fn direction(&self, direction: Direction) -> Direction {
        if self.query.before.is_some() { direction.reversed() } else { direction }
    }

    fn order_by(&self, name: impl Fn(&Self, &Field) -> String, id: &str) -> String {
        let keyword = |direction| match self.direction(direction) {
            Direction::Ascending => "",
            Direction::Descending => " DESC",
        };
        let fields = self.plan.order.iter().map(|(field, direction)| name(self, field) + keyword(*direction));
        let id = format!("{id}{}", keyword(self.plan.id_direction()));
        fields.chain([id]).collect::<Vec<_>>().join(",")
    }

    /// What no value is equal to.
    fn nothing(&self) -> String {
        format!(" FROM {} WHERE 1=0", (self.dialect.table)(self.query.collection.name()))
    }

    /// From where, and under which conditions.
    fn filtered(&mut self, tests: &[(Field, Test)]) -> String {
        let mut conditions: Vec<String> = Vec::new();
        for (field, test) in tests.iter().chain(&self.plan.ranges) {
            let condition = self.condition(field, test);
            conditions.push(condition);
        }
        for (field, _) in &self.plan.order {
            conditions.push(format!("{} IS NOT NULL", self.field(field)));
        }
        if let Some(cursor) = &self.query.after {
            conditions.push(self.beyond(cursor, false));
        }
        if let Some(cursor) = &self.query.before {
            conditions.push(self.beyond(cursor, true));
        }
        let table = (self.dialect.table)(self.query.collection.name());
        let from = match &self.side {
            Some(side) => format!(" FROM {side} s JOIN {table} t ON t.id=s.id"),
            None => format!(" FROM {table}"),
        };
        if conditions.is_empty() { from } else { format!("{from} WHERE {}", conditions.join(" AND ")) }
    }

    fn condition(&mut self, field: &Field, test: &Test) -> String {
        let name = self.field(field);
        let (operator, value) = match test {
            Test::Equal(Value::Null) => return format!("{name} IS NULL"),
            Test::In(values) | Test::ContainsAny(values) => return self.list(&name, "IN", values, field.kind),
            Test::NotIn(values) if values.is_empty() => return "1=1".to_owned(),
            Test::NotIn(values) => return self.list(&name, "NOT IN", values, field.kind),
            Test::Equal(value) | Test::Contains(value) => ("=", value),
            Test::NotEqual(value) => ("<>", value),
            Test::AtLeast(value) => (">=", value),
            Test::Above(value) => (">", value),
            Test::AtMost(value) => ("<=", value),
            Test::Below(value) => ("<", value),
        };
        let parameter = self.parameter(value, field.kind);
        format!("{name}{operator}{parameter}")
    }

    fn list(&mut self, name: &str, operator: &str, values: &[Value], kind: Kind) -> String {
        let parameters: Vec<String> = values.iter().map(|value| self.parameter(value, kind)).collect();
        format!("{name} {operator} ({})", parameters.join(","))
    }

    /// What lies behind a cursor, or before it.
    fn beyond(&mut self, cursor: &Cursor, before: bool) -> String {
        let order: Vec<(Field, Direction)> = self.plan.order.clone();
        let mut columns: Vec<(String, String, Direction)> = Vec::with_capacity(order.len() + 1);
        for ((field, direction), value) in order.iter().zip(&cursor.values) {
            let parameter = self.parameter(value, field.kind);
            columns.push((self.field(field), parameter, *direction));
        }
        let parameter = self.parameter(&Value::from(cursor.id.as_str()), Kind::Text);
        columns.push((self.id().to_owned(), parameter, self.plan.id_direction()));
        let operator = |direction| match (direction, before) {
            (Direction::Ascending, false) | (Direction::Descending, true) => ">",
            _ => "<",
        };
        let first = columns[0].2;
        if columns.iter().all(|(_, _, direction)| *direction == first) {
            let (names, values): (Vec<_>, Vec<_>) =
                columns.iter().map(|(name, value, _)| (name.as_str(), value.as_str())).unzip();
            return format!("({}){}({})", names.join(","), operator(first), values.join(","));
        }
        // Rows compare in one direction only: spelled out, with the first field alone so that the index is entered
        // there.
        let steps: Vec<String> = (0..columns.len())
            .map(|n| {
                let equal = columns[..n].iter().map(|(name, value, _)| format!("{name}={value}"));
                let (name, value, direction) = &columns[n];
                equal.chain([format!("{name}{}{value}", operator(*direction))]).collect::<Vec<_>>().join(" AND ")
            })
            .collect();
        let (name, value, direction) = &columns[0];
        format!("{name}{}={value} AND (({}))", operator(*direction), steps.join(") OR ("))
    }
}
