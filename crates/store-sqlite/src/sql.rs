use model::{Collection, Field, Kind};
use rusqlite::types::Value as SqlValue;
use serde_json::Value;
use store::sql::Dialect;

pub(crate) const DIALECT: Dialect = Dialect { field, number, parameter, table };

/// The SQL that reads a top-level field. An index and the queries on it must spell it alike. Field names are constants
/// of `model`, never input. What is of another kind is null: an array would else be found as its text, and true as 1.
pub(crate) fn field(field: &Field) -> String {
    let name = field.name;
    let value = format!("json_extract(data,'$.{name}')");
    let kind = match field.kind {
        Kind::Text => "='text'".to_owned(),
        // An integer of JSON that is too large for one of SQLite is a real there.
        Kind::Integer => format!("='integer' AND typeof({value})='integer'"),
        Kind::Real => " IN ('integer','real')".to_owned(),
        Kind::Flag => " IN ('true','false')".to_owned(),
        Kind::Elements => "='array'".to_owned(),
    };
    format!("CASE WHEN json_type(data,'$.{name}'){kind} THEN {value} END")
}

fn number(name: &str) -> String {
    format!("CASE WHEN json_type(data,'$.{name}') IN ('integer','real') THEN json_extract(data,'$.{name}') END")
}

fn parameter(n: usize) -> String {
    format!("?{n}")
}

fn table(name: &str) -> String {
    name.to_owned()
}

/// The indexed fields of a stored document as a JSON object.
pub(crate) fn indexed(collection: Collection) -> String {
    let fields: Vec<String> =
        collection.indexed_fields().iter().map(|field| format!("'{0}',data->'$.{0}'", field.name)).collect();
    format!("json_object({})", fields.join(","))
}

pub(crate) fn parameters(values: &[(Value, Kind)]) -> Vec<SqlValue> {
    values.iter().map(|(value, kind)| sql_value(value, *kind)).collect()
}

fn sql_value(value: &Value, kind: Kind) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Bool(flag) => SqlValue::Integer(i64::from(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) if kind != Kind::Real => SqlValue::Integer(integer),
            _ => SqlValue::Real(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => SqlValue::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => SqlValue::Text(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use model::{Collection, Database, Field, Kind, PARENT};
    use rusqlite::Connection;
    use serde_json::{Value, json};
    use store::sql::{index_name, select};
    use store::{Cursor, Direction, Query, Test};

    use super::{DIALECT, parameters};

    fn sample(field: &Field) -> Value {
        match field.kind {
            Kind::Text | Kind::Elements => "x".into(),
            Kind::Integer => 1.into(),
            Kind::Real => json!(0.5),
            Kind::Flag => true.into(),
        }
    }

    /// The query that an index is there for: its last field orders, the others are equal to something.
    fn question(collection: Collection, fields: &[Field]) -> Query {
        let (last, equal) = fields.split_last().unwrap();
        let query = equal.iter().fold(Query::of(collection), |query, field| match field.kind {
            Kind::Elements => query.contains(field.name, sample(field)),
            _ => query.equal(field.name, sample(field)),
        });
        match last.kind {
            _ if *last == PARENT => query.equal(last.name, "x"),
            Kind::Elements => query.contains(last.name, "x"),
            _ => query.order(last.name, Direction::Ascending),
        }
    }

    fn plan(connection: &Connection, query: &Query) -> String {
        let statement = select(&DIALECT, query).unwrap();
        let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.text)).unwrap();
        let lines = explained
            .query_map(rusqlite::params_from_iter(parameters(&statement.parameters)), |row| row.get::<_, String>(3))
            .unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_declared_index_answers_filter_and_order() {
        for database in Database::ALL {
            let connection = Connection::open_in_memory().unwrap();
            crate::schema::migrate(&connection, database).unwrap();
            for collection in Collection::ALL.into_iter().filter(|collection| collection.database() == database) {
                for index in crate::schema::declared(collection) {
                    let query = question(collection, index.0);
                    let values = query
                        .order
                        .iter()
                        .map(|(name, _)| sample(index.0.iter().find(|field| field.name == *name).unwrap()));
                    let cursor = Cursor { values: values.collect(), id: "x".to_owned() };
                    for query in [query.clone(), query.clone().after(Some(cursor.clone())), query.before(Some(cursor))]
                    {
                        let plan = plan(&connection, &query);
                        assert!(plan.contains(&index_name(collection, &index)), "{collection} {index:?}: {plan}");
                        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN t"), "{collection}: {plan}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_alternative_is_a_walk_of_its_own() {
        let connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&connection, Database::Main).unwrap();
        let query = Query::of(Collection::Chats)
            .contains_any("members", ["a", "b", "c"])
            .order("last_message_at", Direction::Descending)
            .test("last_message_at", Test::Above(3.into()))
            .limit(5);
        let plan = plan(&connection, &query);
        assert_eq!(plan.matches("SEARCH s USING").count(), 3, "{plan}");
    }
}
