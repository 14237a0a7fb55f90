use model::Collection;
use rusqlite::types::Value as SqlValue;
use serde_json::Value;
use store::{Bound, Direction, Query};

use crate::schema::expression;

/// A query as SQL with its parameters. Asks for one row more than the page, to know whether there is a next one.
pub(crate) fn select(query: &Query) -> (String, Vec<SqlValue>) {
    let mut parameters = Vec::new();
    let mut conditions = Vec::new();
    for (field, value) in &query.equals {
        parameters.push(sql_value(value));
        conditions.push(format!("{}=?{}", expression(field), parameters.len()));
    }
    let mut order_by = String::from("id");
    if let Some((field, direction)) = query.order {
        let ordered = expression(field);
        let (keyword, beyond) = match direction {
            Direction::Ascending => ("ASC", ">"),
            Direction::Descending => ("DESC", "<"),
        };
        order_by = format!("{ordered} {keyword}, id {keyword}");
        conditions.push(format!("{ordered} IS NOT NULL"));
        for (bound, including, excluding) in [(&query.from, ">=", ">"), (&query.to, "<=", "<")] {
            let Some(bound) = bound else { continue };
            let (value, operator) = match bound {
                Bound::Including(value) => (value, including),
                Bound::Excluding(value) => (value, excluding),
            };
            parameters.push(sql_value(value));
            conditions.push(format!("{ordered}{operator}?{}", parameters.len()));
        }
        if let Some(cursor) = &query.after {
            parameters.push(sql_value(&cursor.value));
            parameters.push(SqlValue::Text(cursor.id.clone()));
            let n = parameters.len();
            conditions.push(format!("({ordered},id){beyond}(?{},?{n})", n - 1));
        }
    } else if let Some(cursor) = &query.after {
        parameters.push(SqlValue::Text(cursor.id.clone()));
        conditions.push(format!("id>?{}", parameters.len()));
    }
    let filter = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let cursor_value = query.order.map_or_else(|| "NULL".to_owned(), |(field, _)| expression(field));
    let sql = format!(
        "SELECT id,revision,version,data,{cursor_value} FROM {}{filter} ORDER BY {order_by} LIMIT {}",
        query.collection.name(),
        query.limit + 1,
    );
    (sql, parameters)
}

pub(crate) fn get(collection: Collection) -> String {
    format!("SELECT id,revision,version,data FROM {} WHERE id=?1", collection.name())
}

fn sql_value(value: &Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Bool(flag) => SqlValue::Integer(i64::from(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => SqlValue::Integer(integer),
            None => SqlValue::Real(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => SqlValue::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => SqlValue::Text(value.to_string()),
    }
}
