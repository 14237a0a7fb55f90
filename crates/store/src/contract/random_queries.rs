//! Random documents and queries: the database, the store's model and a naive evaluation agree.

use std::cell::RefCell;

use model::{Collection, Database, Field, Kind, PARENT};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::{Index, select};
use serde_json::{Map, Number, Value, json};

use super::given::{ids, json as json_of, page, raw, walk};
use super::{naive, random};
use crate::{Change, Commit, Direction, Key, Precondition, Query, Store, Test, Write};

const COLLECTIONS: [Collection; 4] =
    [Collection::Chats, Collection::Messages, Collection::EvtPerformances, Collection::VenueDuplicates];
const TEXTS: [&str; 6] = ["", "a", "ab", "b\0", "é", "\u{10FFFF}"];
const PARENTS: [&str; 3] = ["c", "c1", "é"];
const INTEGERS: [i64; 7] = [i64::MIN, -1, 0, 1, 2, 3, i64::MAX];

/// Documents of one collection, and what is asked of them.
#[derive(Clone, Debug)]
struct Case {
    collection: Collection,
    documents: Vec<(String, Value)>,
    questions: Vec<Question>,
}

#[derive(Clone, Debug)]
struct Question {
    query: Query,
    limit: usize,
    /// Where its windows begin.
    position: Index,
}

pub(super) async fn random_queries_find_what_the_model_finds(store: &Store) {
    let written: RefCell<Vec<Key>> = RefCell::default();
    random::check("random queries", 20, 40, &cases(), async |case| {
        let before = written.take();
        written.replace(case.documents.iter().map(|(id, _)| Key::new(case.collection, id)).collect());
        write(store, before, &case).await;
        for question in &case.questions {
            ask(store, &case.documents, question).await;
        }
    });
}

/// Replaces the documents of the case before.
async fn write(store: &Store, before: Vec<Key>, case: &Case) {
    for database in [Database::Pipeline, Database::Main] {
        let new: Vec<Write> = match database == case.collection.database() {
            true => case.documents.iter().map(|(id, value)| raw(case.collection, id, value)).collect(),
            false => Vec::new(),
        };
        let is_new = |key: &Key| new.iter().any(|write| write.key == *key);
        let gone = before.iter().filter(|key| key.collection.database() == database && !is_new(key));
        let gone = gone.map(|key| Write { key: key.clone(), change: Change::Delete, precondition: Precondition::Any });
        let commit = Commit { writes: gone.chain(new.iter().cloned()).collect(), reads: Vec::new() };
        if !commit.writes.is_empty() {
            store.backend(database).commit(commit).await.unwrap();
        }
    }
}

async fn ask(store: &Store, documents: &[(String, Value)], Question { query, limit, position }: &Question) {
    let plan = query.plan().unwrap();
    let by_id = |id: &str| documents.iter().find(|(known, _)| known == id).map(|(_, value)| value).unwrap();
    let expected = naive::found(query, &documents.iter().map(|(id, value)| (id.as_str(), value)).collect::<Vec<_>>());
    let mut modelled: Vec<&(String, Value)> =
        documents.iter().filter(|(id, document)| plan.matches(id, document)).collect();
    let at = |id: &str| plan.position(id, by_id(id));
    modelled.sort_by(|(one, _), (other, _)| plan.compare(&at(one), &at(other)));
    let modelled: Vec<&str> = modelled.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(modelled, expected, "the model of {query:?}");

    assert_eq!(ids(store, query).await, expected, "{query:?}");
    assert_eq!(walk(store, &query.clone().limit(*limit)).await, expected, "pages of {limit}: {query:?}");
    if !expected.is_empty() {
        let n = position.index(expected.len());
        let cursor = Some(at(expected[n]));
        let behind = page(store, &query.clone().after(cursor.clone()).limit(*limit)).await;
        let found: Vec<&str> = behind.documents.iter().map(|stored| stored.key.id.as_str()).collect();
        assert_eq!(found, &expected[n + 1..expected.len().min(n + 1 + limit)], "behind {n}: {query:?}");
        assert!(behind.documents.iter().all(|stored| &json_of(stored) == by_id(&stored.key.id)), "whole documents");
        let before = query.clone().before(cursor).limit(*limit);
        assert_eq!(ids(store, &before).await, &expected[n.saturating_sub(*limit)..n], "before {n}: {query:?}");
    }
    let summed = ["message_count", "confidence", "sender"];
    let measured = store.measure(query, &summed).await.unwrap();
    assert_eq!(measured.count, u64::try_from(expected.len()).unwrap(), "{query:?}");
    for (field, sum) in summed.iter().zip(&measured.sums) {
        let numbers: Vec<&Number> = expected.iter().filter_map(|id| by_id(id)[field].as_number()).collect();
        let expected: f64 = numbers.iter().filter_map(|number| number.as_f64()).sum();
        assert!(sum.as_f64() == Some(expected), "{field} adds up to {expected}, not {sum}: {query:?}");
        assert!(sum.is_i64() || numbers.iter().any(|number| number.is_f64()), "integers stay integers: {sum}");
    }
}

fn cases() -> impl Strategy<Value = Case> {
    select(&COLLECTIONS[..]).prop_flat_map(|collection| {
        let documents = vec((ids_of(collection), document(collection)), 0..25).prop_map(|mut documents| {
            documents.sort_by(|(one, _), (other, _)| one.cmp(other));
            documents.dedup_by(|(one, _), (other, _)| one == other);
            documents
        });
        let question = (query(collection), 1..9_usize, any::<Index>()).prop_map(|(query, limit, position)| Question {
            query,
            limit,
            position,
        });
        (Just(collection), documents, vec(question, 1..6)).prop_map(|(collection, documents, questions)| Case {
            collection,
            documents,
            questions,
        })
    })
}

fn ids_of(collection: Collection) -> impl Strategy<Value = String> {
    let own = select(&["1", "10", "2", "A", "a", "a ", "b", "é", "e\u{301}", "\u{FFFD}", "\u{1F3B8}"][..]);
    (select(&PARENTS[..]), own).prop_map(move |(parent, own)| match collection.parent() {
        Some(_) => format!("{parent}/{own}"),
        None => format!("{own}{parent}"),
    })
}

/// A value for an index of the kind: sometimes none, sometimes of another kind.
fn value(kind: Kind) -> impl Strategy<Value = Option<Value>> {
    let other = select(vec![
        None,
        Some(Value::Null),
        Some(json!("2")),
        Some(json!(true)),
        Some(json!([1])),
        Some(json!({ "a": "a" })),
        Some(json!(1.5)),
        Some(json!(2)),
    ]);
    proptest::prop_oneof![8 => fitting(kind).prop_map(Some), 1 => other]
}

fn fitting(kind: Kind) -> proptest::strategy::BoxedStrategy<Value> {
    let reals = vec![json!(-3.5), json!(0), json!(0.25), json!(1), json!(1.0), json!(7.75)];
    match kind {
        Kind::Text => select(&TEXTS[..]).prop_map(Value::from).boxed(),
        Kind::Integer => select(&INTEGERS[..]).prop_map(Value::from).boxed(),
        Kind::Real => select(reals).boxed(),
        Kind::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Elements => {
            let element = proptest::prop_oneof![
                8 => select(&TEXTS[..]).prop_map(Value::from),
                1 => select(vec![json!(1), Value::Null, json!(["a"])]),
            ];
            vec(element, 0..5).prop_map(Value::from).boxed()
        }
    }
}

fn document(collection: Collection) -> impl Strategy<Value = Value> {
    let fields: Vec<_> = collection
        .indexed_fields()
        .into_iter()
        .map(|field| {
            // Summed up: no integers that leave the range together.
            let values = if field.name == "message_count" {
                proptest::prop_oneof![4 => (-3..9_i64).prop_map(|n| Some(json!(n))), 1 => select(vec![None, Some(json!(0.5))])]
                    .boxed()
            } else {
                value(field.kind).boxed()
            };
            (Just(field.name), values)
        })
        .collect();
    fields.prop_map(|fields| {
        let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(present.collect::<Map<_, _>>())
    })
}

/// A query that one of the declared indexes answers.
fn query(collection: Collection) -> impl Strategy<Value = Query> {
    let mut indexes: Vec<&'static [Field]> = collection.indexes().iter().map(|index| index.0).collect();
    indexes.push(&[]);
    if collection.parent().is_some() {
        indexes.push(&[PARENT]);
    }
    select(indexes).prop_flat_map(move |fields| {
        let elements = fields.iter().position(|field| field.kind == Kind::Elements);
        let fewest = elements.map_or(usize::from(fields == [PARENT]), |n| n + 1);
        (fewest..=fields.len()).prop_flat_map(move |equal| of_index(collection, fields, equal))
    })
}

fn of_index(collection: Collection, fields: &'static [Field], equal: usize) -> impl Strategy<Value = Query> {
    let (first, rest) = fields.split_at(equal);
    let equalities: Vec<_> = first.iter().map(|field| (Just(field.name), equality(field))).collect();
    let ranges: Vec<_> = rest.iter().map(|field| vec((Just(field.name), range(field.kind)), 0..3)).collect();
    (equalities, ranges, any::<bool>(), any::<bool>()).prop_map(move |(mut equalities, ranges, reversed, implied)| {
        let mut query = Query::of(collection).limit(Query::LIMIT_MAX);
        if reversed {
            equalities.reverse();
        }
        // The order may go without saying.
        let implied = implied && !reversed && rest.len() == 1 && !ranges[0].is_empty() && !rest[0].descending;
        for field in rest.iter().filter(|_| !implied) {
            let direction = if field.descending == reversed { Direction::Ascending } else { Direction::Descending };
            query = query.order(field.name, direction);
        }
        query.filters = equalities.into_iter().chain(ranges.into_iter().flatten()).collect();
        query
    })
}

fn equality(field: &Field) -> proptest::strategy::BoxedStrategy<Test> {
    let wanted = match *field == PARENT {
        true => select(&PARENTS[..]).prop_map(Value::from).boxed(),
        false => match field.kind {
            Kind::Elements => fitting(Kind::Text),
            kind => proptest::prop_oneof![9 => fitting(kind), 1 => Just(Value::Null)].boxed(),
        },
    };
    let many = vec(wanted.clone(), 0..4);
    match field.kind {
        Kind::Elements => {
            proptest::prop_oneof![wanted.prop_map(Test::Contains), many.prop_map(Test::ContainsAny)].boxed()
        }
        _ => proptest::prop_oneof![2 => wanted.prop_map(Test::Equal), 1 => many.prop_map(Test::In)].boxed(),
    }
}

fn range(kind: Kind) -> impl Strategy<Value = Test> {
    (fitting(kind), 0..5, option::of(fitting(kind))).prop_map(|(value, which, second)| match which {
        0 => Test::NotEqual(value),
        1 => Test::NotIn([Some(value), second].into_iter().flatten().collect()),
        2 => Test::AtLeast(value),
        3 => Test::AtMost(value),
        _ if second.is_some() => Test::Above(value),
        _ => Test::Below(value),
    })
}
