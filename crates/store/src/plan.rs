use model::{Collection, Field, Index, Kind, PARENT};
use serde_json::Value;

use crate::matching::compare;
use crate::{Direction, Page, Query, Result, StoreError, Stored, Test};

/// How one declared index answers a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// `None` for the order of ids alone.
    pub index: Option<&'static Index>,
    /// A document is found when it passes all tests of one of these: only [`Test::Equal`] and [`Test::Contains`].
    pub alternatives: Vec<Vec<(Field, Test)>>,
    /// Tests that hold besides, on fields of the order.
    pub ranges: Vec<(Field, Test)>,
    /// The order, completed by the fields of the ranges; by id behind them, in the last field's direction.
    pub order: Vec<(Field, Direction)>,
}

impl Plan {
    /// The direction in which documents of equal values follow each other by id.
    pub fn id_direction(&self) -> Direction {
        self.order.last().map_or(Direction::Ascending, |(_, direction)| *direction)
    }

    /// A page out of its rows, which come as [`crate::sql::select`] asks for them: one more than the page has if there
    /// are more, and from the last to the first if the query asks for what is before a cursor.
    pub fn page(&self, query: &Query, mut rows: Vec<Stored>) -> Page {
        let more = rows.len() > query.page();
        rows.truncate(query.page());
        let (mut has_next, mut has_previous) = (more, query.after.is_some());
        if query.before.is_some() {
            rows.reverse();
            (has_next, has_previous) = (true, more);
        }
        let cursor = |row: Option<&Stored>| {
            row.map(|row| self.position(&row.key.id, &serde_json::from_str(&row.data).unwrap_or_default()))
        };
        let next = if has_next { cursor(rows.last()) } else { None };
        let previous = if has_previous { cursor(rows.first()) } else { None };
        Page { documents: rows, next, previous, position: 0 }
    }
}

pub(crate) fn plan(query: &Query) -> Result<Plan> {
    let mut equals: Vec<(&'static str, Vec<Test>)> = Vec::new();
    let mut ranges: Vec<(&'static str, &Test)> = Vec::new();
    for (field, test) in &query.filters {
        match alternatives(test) {
            Some(_) if equals.iter().any(|(known, _)| known == field) => {
                return Err(invalid(query, format!("it tests {field} for equality twice")));
            }
            Some(tests) => equals.push((field, tests)),
            None => ranges.push((field, test)),
        }
    }
    let mut order = query.order.clone();
    for (field, _) in &ranges {
        if !order.iter().any(|(known, _)| known == field) {
            order.push((field, Direction::Ascending));
        }
    }
    let index = find(query, &equals, &order)?;
    let field = |name: &'static str| field_of(index, name);
    let order: Vec<(Field, Direction)> = order.iter().map(|(name, direction)| (field(name), *direction)).collect();
    let ranges: Vec<(Field, Test)> = ranges.iter().map(|(name, test)| (field(name), (*test).clone())).collect();
    let mut combined: Vec<Vec<(Field, Test)>> = vec![Vec::new()];
    for (name, tests) in &equals {
        combined = combined
            .iter()
            .flat_map(|before| tests.iter().map(|test| [&before[..], &[(field(name), test.clone())]].concat()))
            .collect();
        if combined.len() > Query::ALTERNATIVES_MAX {
            let most = Query::ALTERNATIVES_MAX;
            return Err(invalid(query, format!("it has more than {most} combinations of values")));
        }
    }
    for (field, test) in combined.iter().flatten().chain(&ranges) {
        check_kinds(query, field, test)?;
    }
    if let Some((field, _)) = order.iter().find(|(field, _)| field.kind == Kind::Elements) {
        return Err(invalid(query, format!("{} is an array: there is no order by it", field.name)));
    }
    for cursor in query.after.iter().chain(&query.before) {
        if cursor.values.len() != order.len() || cursor.values.iter().zip(&order).any(|(v, (f, _))| !fits(v, f.kind)) {
            return Err(StoreError::InvalidCursor { cursor: cursor.to_text() });
        }
    }
    Ok(Plan { index, alternatives: combined, ranges, order })
}

/// The tests for equality that a test stands for, each once; `None` for a range.
fn alternatives(test: &Test) -> Option<Vec<Test>> {
    // 1 and 1.0 are one number.
    let same = |one: &Value, other: &Value| {
        one == other || (one.is_number() && other.is_number() && compare(one, other).is_eq())
    };
    let each = |values: &[Value], test: fn(Value) -> Test| {
        let mut distinct: Vec<&Value> = Vec::with_capacity(values.len());
        for value in values {
            if !distinct.iter().any(|known| same(known, value)) {
                distinct.push(value);
            }
        }
        distinct.into_iter().cloned().map(test).collect()
    };
    match test {
        Test::Equal(value) => Some(vec![Test::Equal(value.clone())]),
        Test::Contains(value) => Some(vec![Test::Contains(value.clone())]),
        Test::In(values) => Some(each(values, Test::Equal)),
        Test::ContainsAny(values) => Some(each(values, Test::Contains)),
        _ => None,
    }
}

fn find(
    query: &Query,
    equals: &[(&'static str, Vec<Test>)],
    order: &[(&'static str, Direction)],
) -> Result<Option<&'static Index>> {
    if equals.is_empty() && order.is_empty() {
        return Ok(None);
    }
    if equals.len() == 1 && equals[0].0 == PARENT.name && order.is_empty() && query.collection.parent().is_some() {
        return Ok(Some(&Index(&[PARENT])));
    }
    let answers = |index: &&'static Index| {
        let (first, rest) = index.0.split_at(equals.len().min(index.0.len()));
        first.len() == equals.len()
            && equals.iter().all(|(name, _)| first.iter().any(|field| field.name == *name))
            && rest.iter().map(|field| field.name).eq(order.iter().map(|(name, _)| *name))
            && runs(rest, order)
    };
    match query.collection.indexes().iter().find(answers) {
        Some(index) => Ok(Some(index)),
        None => Err(StoreError::NoIndex {
            collection: query.collection,
            declaration: declaration(query.collection, equals, order),
        }),
    }
}

/// Whether an index that is walked forwards or backwards has this order.
fn runs(fields: &[Field], order: &[(&'static str, Direction)]) -> bool {
    let same =
        |(field, (_, direction)): (&Field, &(_, Direction))| field.descending == (*direction == Direction::Descending);
    fields.iter().zip(order).all(same) || !fields.iter().zip(order).any(same)
}

/// The declaration that would answer the query, as it is to be written.
fn declaration(
    collection: Collection,
    equals: &[(&'static str, Vec<Test>)],
    order: &[(&'static str, Direction)],
) -> String {
    let known = collection.indexed_fields();
    let kind = |name: &str, value: Option<&Value>| match (known.iter().find(|field| field.name == name), value) {
        (Some(field), _) => match field.kind {
            Kind::Text => "text",
            Kind::Integer => "integer",
            Kind::Real => "real",
            Kind::Flag => "flag",
            Kind::Elements => "elements",
        },
        (None, Some(Value::Number(number))) if number.is_i64() => "integer",
        (None, Some(Value::Number(_))) => "real",
        (None, Some(Value::Bool(_))) => "flag",
        (None, _) => "text",
    };
    let mut fields: Vec<String> = equals
        .iter()
        .map(|(name, tests)| match tests.first() {
            _ if *name == PARENT.name => "PARENT".to_owned(),
            Some(Test::Contains(_)) => format!("elements({name:?})"),
            Some(Test::Equal(value)) => format!("{}({name:?})", kind(name, Some(value))),
            _ => format!("{}({name:?})", kind(name, None)),
        })
        .collect();
    let mixed = order.iter().any(|(_, direction)| *direction != order[0].1);
    fields.extend(order.iter().map(|(name, direction)| {
        let turned = if mixed && *direction == Direction::Descending { ".descending()" } else { "" };
        format!("{}({name:?}){turned}", kind(name, None))
    }));
    format!("Index(&[{}])", fields.join(", "))
}

fn field_of(index: Option<&'static Index>, name: &'static str) -> Field {
    let found = index.and_then(|index| index.0.iter().find(|field| field.name == name));
    // Only called with fields of the index that was found for them.
    found.copied().unwrap_or_else(|| model::text(name))
}

fn check_kinds(query: &Query, field: &Field, test: &Test) -> Result<()> {
    let values: &[Value] = match test {
        Test::NotIn(values) | Test::In(values) | Test::ContainsAny(values) => values,
        Test::Equal(value)
        | Test::Contains(value)
        | Test::NotEqual(value)
        | Test::AtLeast(value)
        | Test::Above(value)
        | Test::AtMost(value)
        | Test::Below(value) => std::slice::from_ref(value),
    };
    let of_elements = matches!(test, Test::Contains(_));
    if of_elements != (field.kind == Kind::Elements) {
        return Err(invalid(query, format!("{} is indexed as {:?}", field.name, field.kind)));
    }
    let absent = |value: &Value| value.is_null() && matches!(test, Test::Equal(_));
    match values.iter().find(|value| !absent(value) && !fits(value, field.kind)) {
        Some(value) => Err(invalid(query, format!("{} is indexed as {:?}, not as {value}", field.name, field.kind))),
        None => Ok(()),
    }
}

/// Whether an index of the kind can hold the value.
pub(crate) fn fits(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Text | Kind::Elements => value.is_string(),
        Kind::Integer => value.is_i64(),
        Kind::Real => value.is_number(),
        Kind::Flag => value.is_boolean(),
    }
}

fn invalid(query: &Query, why: String) -> StoreError {
    StoreError::InvalidQuery { collection: query.collection, why }
}

#[cfg(test)]
mod tests {
    use model::{Collection, Database};

    use crate::{Cursor, Direction, Query, StoreError};

    const CHATS: Collection = Collection::Chats;

    #[test]
    fn a_query_needs_its_index() {
        let tasks = Collection::Tasks(Database::Main);
        let due = Query::of(tasks).equal("queue", "sync").equal("priority", 1).order("due_at", Direction::Descending);
        assert_eq!(due.index().unwrap().unwrap().0.map_names(), ["queue", "priority", "due_at"]);
        assert!(Query::of(tasks).index().unwrap().is_none());
        for (refused, declaration) in [
            (Query::of(tasks).equal("kind", "scrape"), r#"Index(&[text("kind")])"#),
            (Query::of(tasks).equal("queue", "sync"), r#"Index(&[text("queue")])"#),
            (Query::of(tasks).at_least("rank", 1), r#"Index(&[text("rank")])"#),
            (Query::of(Collection::EvtVenues).equal("capacity", 3), r#"Index(&[integer("capacity")])"#),
            (
                Query::of(CHATS).contains("members", "a").order("kind", Direction::Ascending),
                r#"Index(&[elements("members"), text("kind")])"#,
            ),
            (
                Query::under(Collection::Messages, "c")
                    .order("sent_at", Direction::Ascending)
                    .order("sender", Direction::Descending),
                r#"Index(&[PARENT, integer("sent_at"), text("sender").descending()])"#,
            ),
        ] {
            let message = refused.index().unwrap_err().to_string();
            assert!(message.contains(declaration), "{message}");
        }
    }

    #[test]
    fn an_index_is_walked_forwards_or_backwards_but_not_both() {
        let by = |first, second| {
            Query::of(CHATS).equal("kind", "group").order("last_message_at", first).order("message_count", second)
        };
        assert!(by(Direction::Descending, Direction::Ascending).index().is_ok());
        assert!(by(Direction::Ascending, Direction::Descending).index().is_ok());
        assert!(by(Direction::Ascending, Direction::Ascending).index().is_err());
    }

    #[test]
    fn values_of_another_kind_and_too_many_of_them_are_refused() {
        for query in [
            Query::of(CHATS).above("last_message_at", "yesterday"),
            Query::of(CHATS).contains("members", 4).order("last_message_at", Direction::Ascending),
            Query::of(CHATS).equal("members", "a").order("last_message_at", Direction::Ascending),
            Query::of(CHATS)
                .contains_any("members", (0..31).map(|n| n.to_string()))
                .order("last_message_at", Direction::Ascending),
        ] {
            assert!(matches!(query.plan(), Err(StoreError::InvalidQuery { .. })), "{query:?}");
        }
        let elsewhere = Cursor { values: Vec::new(), id: "x".to_owned() };
        let query = Query::of(CHATS).order("last_message_at", Direction::Ascending).after(Some(elsewhere));
        assert!(matches!(query.plan(), Err(StoreError::InvalidCursor { .. })));
    }

    trait Names {
        fn map_names(&self) -> Vec<&'static str>;
    }

    impl Names for [model::Field] {
        fn map_names(&self) -> Vec<&'static str> {
            self.iter().map(|field| field.name).collect()
        }
    }
}
