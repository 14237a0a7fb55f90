//! Every declared index is used, for the filter and for the order.

use model::{Collection, Database, Field, Kind, PARENT};
use serde_json::{Value, json};
use store::sql::{elements_of, index_name};
use store::{Cursor, Direction, Query, Test};
use testing::Postgres;

use crate::address::Address;
use crate::link::{Link, Session};
use crate::sql::short;
use crate::{migrate, read, schema};

fn sample(field: &Field) -> Value {
    match field.kind {
        Kind::Text | Kind::Elements => "x".into(),
        Kind::Integer => 1.into(),
        Kind::Real => json!(0.5),
        Kind::Flag => true.into(),
    }
}

/// The query that an index is there for: its last field orders, the others are equal to something.
fn question(collection: Collection, fields: &[Field], value: fn(&Field) -> Value) -> Query {
    let (last, equal) = fields.split_last().unwrap();
    let query = equal.iter().fold(Query::of(collection), |query, field| match field.kind {
        Kind::Elements => query.contains(field.name, sample(field)),
        _ => query.equal(field.name, value(field)),
    });
    match last.kind {
        _ if *last == PARENT => query.equal(last.name, "x"),
        Kind::Elements => query.contains(last.name, "x"),
        _ => query.order(last.name, Direction::Ascending),
    }
}

async fn server() -> (Postgres, Link) {
    let server = Postgres::quick();
    let link = Link::new(Address::parse(&server.create_database("plans")).unwrap()).unwrap();
    for database in Database::ALL {
        migrate::migrate(&link.address, database).await.unwrap();
    }
    for collection in Collection::ALL {
        server.execute("plans", &fill(collection));
    }
    (server, link)
}

/// Some documents, so that one index differs from another; without statistics, as in a table's first minutes.
fn fill(collection: Collection) -> String {
    let fields: Vec<String> = collection
        .indexed_fields()
        .iter()
        .map(|field| {
            let value = match field.kind {
                Kind::Text => "'x' || n % 50",
                Kind::Elements => "array['x' || n % 50, 'x' || n % 7]",
                Kind::Integer => "n",
                Kind::Real => "n / 7.0",
                Kind::Flag => "n % 2 = 0",
            };
            format!("'{}', {value}", field.name)
        })
        .collect();
    format!(
        "INSERT INTO {} SELECT 'p' || n % 20 || '/' || n, n, 1, jsonb_build_object({}) FROM generate_series(1, 3000) n",
        crate::sql::table(collection),
        fields.join(", ")
    )
}

/// The plan that a prepared statement has here, whatever its parameters.
async fn plan(session: &Session, query: &Query) -> String {
    let (text, parameters) = read::select(query).unwrap();
    let nulls = vec!["NULL"; parameters.len()].join(",");
    let nulls = if nulls.is_empty() { nulls } else { format!("({nulls})") };
    session.ask_one(&format!("PREPARE asked AS {text}"), Vec::new()).await.unwrap();
    let lines = session.ask_one(&format!("EXPLAIN (COSTS OFF) EXECUTE asked{nulls}"), Vec::new()).await.unwrap();
    session.ask_one("DEALLOCATE asked", Vec::new()).await.unwrap();
    lines.iter().map(|line| line.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_declared_index_answers_filter_and_order() {
    let (_server, link) = server().await;
    let session = link.reader().await.unwrap();
    for collection in Collection::ALL {
        for index in schema::declared(collection) {
            let query = question(collection, index.0, sample);
            let of = |name: &str| index.0.iter().find(|field| field.name == name).map(sample).unwrap();
            let values = query.order.iter().map(|(name, _)| of(name)).collect();
            let cursor = Cursor { values, id: "x".to_owned() };
            let suffix = if elements_of(&index).is_some() { "__found" } else { "" };
            let name = short(&format!("{}{suffix}", short(&index_name(collection, &index))));
            for query in [query.clone(), query.clone().after(Some(cursor.clone())), query.before(Some(cursor))] {
                let plan = plan(&session, &query).await;
                assert!(plan.contains(&format!(" using {name} on ")), "{collection} {index:?}:\n{plan}");
                assert!(plan.contains("Index Cond") || query.filters.is_empty(), "{collection} {index:?}:\n{plan}");
                assert!(!plan.contains("Sort") && !plan.contains("Bitmap"), "{collection} {index:?}:\n{plan}");
                assert_eq!(plan.matches("Seq Scan").count(), 1, "only that of _clock: {collection} {index:?}:\n{plan}");
            }
        }
    }
    session.finish();
}

#[tokio::test]
async fn absent_values_are_found_by_the_index_too() {
    let (_server, link) = server().await;
    let session = link.reader().await.unwrap();
    let query = Query::of(Collection::Scrapes).equal("url_id", Value::Null).order("at", Direction::Ascending);
    let plan = plan(&session, &query).await;
    assert!(plan.contains("using scrapes__url_id__at"), "{plan}");
    session.finish();
}

#[tokio::test]
async fn each_alternative_is_a_walk_of_its_own() {
    let (_server, link) = server().await;
    let session = link.reader().await.unwrap();
    let query = Query::of(Collection::Chats)
        .contains_any("members", ["a", "b", "c"])
        .order("last_message_at", Direction::Descending)
        .test("last_message_at", Test::Above(3.into()))
        .limit(5);
    let plan = plan(&session, &query).await;
    assert_eq!(plan.matches("using chats__members__last_message_at__found on").count(), 3, "{plan}");
    session.finish();
}
