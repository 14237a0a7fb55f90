use std::cmp::Ordering;

use model::{Field, Kind, PARENT};
use serde_json::Value;

use crate::plan::fits;
use crate::{Cursor, Direction, Plan, Test};

/// The parent of a document of a subcollection, by its id.
pub fn parent_of(id: &str) -> &str {
    id.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Plan {
    /// Whether a document is in the query's result, cursors and limit aside. Needs only the indexed fields of it.
    pub fn matches(&self, id: &str, document: &Value) -> bool {
        let passes = |(field, test): &(Field, Test)| passes(&value(field, id, document), field.kind, test);
        self.order.iter().all(|(field, _)| !value(field, id, document).is_null())
            && self.ranges.iter().all(passes)
            && self.alternatives.iter().any(|tests| tests.iter().all(passes))
    }

    /// Where a document stands in the query's order.
    pub fn position(&self, id: &str, document: &Value) -> Cursor {
        let values = self.order.iter().map(|(field, _)| value(field, id, document)).collect();
        Cursor { values, id: id.to_owned() }
    }

    /// Which of two positions comes first.
    pub fn compare(&self, one: &Cursor, other: &Cursor) -> Ordering {
        let turned = |ordering: Ordering, direction| match direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        };
        let values = one.values.iter().zip(&other.values).zip(&self.order);
        values
            .map(|((one, other), (_, direction))| turned(compare(one, other), *direction))
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| turned(one.id.cmp(&other.id), self.id_direction()))
    }
}

/// What a field's index holds for a document: null when it is absent or of another kind.
fn value(field: &Field, id: &str, document: &Value) -> Value {
    if *field == PARENT {
        return parent_of(id).into();
    }
    match document.get(field.name) {
        Some(found) if field.kind == Kind::Elements && found.is_array() => found.clone(),
        Some(found) if field.kind != Kind::Elements && fits(found, field.kind) => found.clone(),
        _ => Value::Null,
    }
}

fn passes(found: &Value, kind: Kind, test: &Test) -> bool {
    let is = |wanted: &Value| compare(found, wanted).is_eq();
    let has = |wanted: &Value| found.as_array().is_some_and(|elements| elements.contains(wanted));
    if found.is_null() {
        return matches!(test, Test::Equal(Value::Null)) && kind != Kind::Elements;
    }
    match test {
        Test::Equal(wanted) => is(wanted),
        Test::In(wanted) => wanted.iter().any(is),
        Test::Contains(wanted) => has(wanted),
        Test::ContainsAny(wanted) => wanted.iter().any(has),
        Test::NotEqual(unwanted) => !is(unwanted),
        Test::NotIn(unwanted) => !unwanted.iter().any(is),
        Test::AtLeast(bound) => compare(found, bound).is_ge(),
        Test::Above(bound) => compare(found, bound).is_gt(),
        Test::AtMost(bound) => compare(found, bound).is_le(),
        Test::Below(bound) => compare(found, bound).is_lt(),
    }
}

/// The order of an index: null, then by value. Values of one index are of one kind.
pub(crate) fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.as_bytes().cmp(other.as_bytes()),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Number(first), Value::Number(second)) => match (first.as_i64(), second.as_i64()) {
            (Some(first), Some(second)) => first.cmp(&second),
            _ => first.as_f64().partial_cmp(&second.as_f64()).unwrap_or(Ordering::Equal),
        },
        _ => u8::from(!one.is_null()).cmp(&u8::from(!other.is_null())),
    }
}

#[cfg(test)]
mod tests {
    use model::Collection;
    use serde_json::json;

    use crate::{Direction, Query};

    #[test]
    fn a_document_passes_all_tests_of_one_alternative() {
        let by_time = |query: Query| query.order("last_message_at", Direction::Ascending).plan().unwrap();
        let chats = || Query::of(Collection::Chats);
        let chat = json!({ "members": ["a", "b"], "last_message_at": 5, "kind": "group" });
        for (plan, expected) in [
            (by_time(chats()), true),
            (by_time(chats().contains("members", "b")), true),
            (by_time(chats().contains("members", "c")), false),
            (by_time(chats().contains_any("members", ["c", "a"])), true),
            (by_time(chats().above("last_message_at", 5)), false),
            (by_time(chats().at_least("last_message_at", 5).below("last_message_at", 6)), true),
            (by_time(chats().not_equal("last_message_at", 5)), false),
            (by_time(chats().not_in("last_message_at", [4, 6])), true),
        ] {
            assert_eq!(plan.matches("c1", &chat), expected, "{plan:?}");
        }
        let plan = by_time(chats());
        assert!(!plan.matches("c1", &json!({})), "without the field of the order");
        assert!(!plan.matches("c1", &json!({ "last_message_at": "soon" })), "with a value of another kind");
    }

    #[test]
    fn the_parent_comes_from_the_id() {
        let plan = Query::under(Collection::Messages, "c1").order("sent_at", Direction::Descending).plan().unwrap();
        let message = json!({ "sent_at": 1 });
        assert!(plan.matches("c1/m", &message) && !plan.matches("c2/m", &message));
        let (earlier, later) = (plan.position("c1/m", &message), plan.position("c1/n", &message));
        assert!(plan.compare(&later, &earlier).is_lt(), "ids run in the direction of the order");
    }
}
