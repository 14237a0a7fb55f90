//! What a group writes, as SQL: one statement a table, however many documents.

use std::collections::BTreeMap;

use model::{Collection, Database};
use store::Stored;

use crate::group::{Entry, Written};
use crate::jsonb::{Json, escape_text};
use crate::link::Parameter;
use crate::sql::{self, qualified};

/// In one transaction with the lock, behind `sequence`, the feed's last.
pub(crate) fn statements(database: Database, sequence: i64, written: &Written) -> Vec<(String, Vec<Parameter>)> {
    let mut puts: BTreeMap<Collection, Vec<&Stored>> = BTreeMap::new();
    let mut deletes: BTreeMap<Collection, Vec<String>> = BTreeMap::new();
    for (key, document) in &written.documents {
        match document {
            Some(stored) => puts.entry(key.collection).or_default().push(stored),
            None => deletes.entry(key.collection).or_default().push(escape_text(&key.id).into_owned()),
        }
    }
    let deletes = deletes.into_iter().map(|(collection, ids)| {
        let ids: Vec<Parameter> = vec![Box::new(ids)];
        (format!("DELETE FROM {} WHERE id = ANY($1)", sql::table(collection)), ids)
    });
    let mut statements: Vec<_> = puts.into_iter().map(|(collection, stored)| upsert(collection, &stored)).collect();
    statements.extend(deletes);
    if !written.feed.is_empty() {
        statements.push(record(database, sequence, &written.feed));
    }
    statements
}

fn record(database: Database, sequence: i64, feed: &[Entry]) -> (String, Vec<Parameter>) {
    let sequences: Vec<i64> = (sequence + 1..).take(feed.len()).collect();
    let collections: Vec<&'static str> = feed.iter().map(|entry| entry.key.collection.name()).collect();
    let ids: Vec<String> = feed.iter().map(|entry| escape_text(&entry.key.id).into_owned()).collect();
    let revisions: Vec<i64> = feed.iter().map(|entry| entry.revision.cast_signed()).collect();
    let deleted: Vec<bool> = feed.iter().map(|entry| entry.deleted).collect();
    let was: Vec<Option<String>> = feed.iter().map(|entry| entry.was.clone()).collect();
    let insert = format!(
        "INSERT INTO {}(sequence, collection, id, revision, deleted, was)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[])",
        qualified(database, "_feed")
    );
    let parameters: Vec<Parameter> = vec![
        Box::new(sequences),
        Box::new(collections),
        Box::new(ids),
        Box::new(revisions),
        Box::new(deleted),
        Box::new(was),
    ];
    (insert, parameters)
}

fn upsert(collection: Collection, stored: &[&Stored]) -> (String, Vec<Parameter>) {
    let text = format!(
        "INSERT INTO {}(id, revision, version, data)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::int[], $4::jsonb[])
         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, version = excluded.version, data = excluded.data",
        sql::table(collection)
    );
    let ids: Vec<String> = stored.iter().map(|one| escape_text(&one.key.id).into_owned()).collect();
    let revisions: Vec<i64> = stored.iter().map(|one| one.revision.cast_signed()).collect();
    let versions: Vec<i32> = stored.iter().map(|one| one.version.cast_signed()).collect();
    let data: Vec<Json> = stored.iter().map(|one| Json::of(&one.data)).collect();
    (text, vec![Box::new(ids), Box::new(revisions), Box::new(versions), Box::new(data)])
}
