//! Queries once more, as simply as can be: compared with the store's own model and with the database.

use std::cmp::Ordering;

use model::{Collection, Kind, PARENT};
use serde_json::Value;

use crate::{Direction, Query, Test};

/// What a field is to an index.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Indexed {
    Text(String),
    Integer(i64),
    Real(f64),
    Flag(bool),
}

/// The documents that a query finds, cursors and limit aside, in its order.
pub(super) fn found<'a>(query: &Query, documents: &[(&'a str, &'a Value)]) -> Vec<&'a str> {
    let mut order = query.order.clone();
    for (name, test) in &query.filters {
        let equality = matches!(test, Test::Equal(_) | Test::In(_) | Test::Contains(_) | Test::ContainsAny(_));
        if !equality && order.iter().all(|(known, _)| known != name) {
            order.push((name, Direction::Ascending));
        }
    }
    let mut found: Vec<(Vec<Indexed>, &str)> = documents
        .iter()
        .filter(|(id, document)| {
            query.filters.iter().all(|(name, test)| holds(query.collection, id, document, name, test))
        })
        .filter_map(|(id, document)| {
            let values =
                order.iter().map(|(name, _)| indexed(field(query.collection, id, document, name), query, name));
            Some((values.collect::<Option<Vec<_>>>()?, *id))
        })
        .collect();
    found.sort_by(|(one, one_id), (other, other_id)| {
        let mut directions = order.iter().map(|(_, direction)| *direction);
        for (one, other) in one.iter().zip(other) {
            match turned(one.partial_cmp(other).unwrap(), directions.next().unwrap()) {
                Ordering::Equal => {}
                different => return different,
            }
        }
        turned(one_id.cmp(other_id), order.last().map_or(Direction::Ascending, |(_, direction)| *direction))
    });
    found.into_iter().map(|(_, id)| id).collect()
}

fn turned(ordering: Ordering, direction: Direction) -> Ordering {
    if direction == Direction::Descending { ordering.reverse() } else { ordering }
}

fn kind(collection: Collection, name: &str) -> Kind {
    collection.indexed_fields().iter().find(|field| field.name == name).map_or(Kind::Text, |field| field.kind)
}

fn field(collection: Collection, id: &str, document: &Value, name: &str) -> Value {
    if collection.parent().is_some() && name == PARENT.name {
        return id.split('/').next().unwrap().into();
    }
    document.get(name).cloned().unwrap_or_default()
}

fn indexed(value: Value, query: &Query, name: &str) -> Option<Indexed> {
    match (kind(query.collection, name), value) {
        (Kind::Text, Value::String(text)) => Some(Indexed::Text(text)),
        (Kind::Integer, Value::Number(number)) if !number.is_f64() => number.as_i64().map(Indexed::Integer),
        (Kind::Real, Value::Number(number)) => number.as_f64().map(Indexed::Real),
        (Kind::Flag, Value::Bool(flag)) => Some(Indexed::Flag(flag)),
        _ => None,
    }
}

fn holds(collection: Collection, id: &str, document: &Value, name: &str, test: &Test) -> bool {
    let query = Query::of(collection);
    let value = field(collection, id, document, name);
    let has =
        |wanted: &Value| value.as_array().is_some_and(|elements| elements.iter().any(|element| element == wanted));
    match test {
        Test::Contains(wanted) => return has(wanted),
        Test::ContainsAny(wanted) => return wanted.iter().any(has),
        _ => {}
    }
    let found = indexed(value.clone(), &query, name);
    let wanted = |value: &Value| indexed(value.clone(), &query, name);
    let present = found.is_some();
    match test {
        Test::Equal(value) => found == wanted(value),
        Test::In(values) => values.iter().any(|value| found == wanted(value)),
        Test::NotEqual(value) => present && found != wanted(value),
        Test::NotIn(values) => present && values.iter().all(|value| found != wanted(value)),
        Test::AtLeast(value) => present && found >= wanted(value),
        Test::Above(value) => present && found > wanted(value),
        Test::AtMost(value) => present && found <= wanted(value),
        Test::Below(value) => present && found < wanted(value),
        Test::Contains(_) | Test::ContainsAny(_) => false,
    }
}
