use std::collections::{BTreeMap, HashMap};

use model::Collection;
use serde_json::{Number, Value};
use store::{Key, Measured, Page, Query, Stored};
use tokio_postgres::Row;

use crate::jsonb::{Document, escape_text, unescape_text};
use crate::link::{Fault, Link, Parameter};
use crate::sql;

/// One statement, so that the documents are of one moment.
pub(crate) async fn get(link: &Link, keys: &[Key]) -> Result<Vec<Option<Stored>>, Fault> {
    match keys {
        [] => return Ok(Vec::new()),
        [key] => return Ok(vec![get_one(link, key).await?]),
        _ => {}
    }
    let mut wanted: BTreeMap<Collection, Vec<String>> = BTreeMap::new();
    for key in keys {
        wanted.entry(key.collection).or_default().push(escape_text(&key.id).into_owned());
    }
    let parts: Vec<String> = wanted.keys().enumerate().map(|(n, collection)| of_ids(*collection, n, n + 1)).collect();
    let collections: Vec<Collection> = wanted.keys().copied().collect();
    let parameters = wanted.into_values().map(|ids| Box::new(ids) as Parameter).collect();
    let session = link.reader().await?;
    let rows = session.ask_one(&parts.join(" UNION ALL "), parameters).await?;
    session.finish();
    let mut found: HashMap<Key, Stored> = HashMap::with_capacity(rows.len());
    for row in &rows {
        let n: i32 = row.try_get(4)?;
        let stored = stored(row, 0, collections[usize::try_from(n).unwrap_or_default()])?;
        found.insert(stored.key.clone(), stored);
    }
    Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
}

async fn get_one(link: &Link, key: &Key) -> Result<Option<Stored>, Fault> {
    let text = format!("SELECT id,revision,version,data FROM {} WHERE id = $1", sql::table(key.collection));
    let session = link.reader().await?;
    let rows = session.ask_one(&text, vec![Box::new(escape_text(&key.id).into_owned())]).await?;
    session.finish();
    rows.first().map(|row| stored(row, 0, key.collection)).transpose()
}

/// The documents whose ids are the parameter `$parameter`; the last column says `tag`.
pub(crate) fn of_ids(collection: Collection, tag: usize, parameter: usize) -> String {
    format!("SELECT id,revision,version,data,{tag} FROM {} WHERE id = ANY(${parameter})", sql::table(collection))
}

pub(crate) async fn list(link: &Link, query: &Query) -> Result<Page, Fault> {
    let plan = query.plan()?;
    let (text, parameters) = select(query)?;
    let session = link.reader().await?;
    let rows = session.ask_one(&text, parameters).await?;
    session.finish();
    let position = rows.first().map(|row| row.try_get::<_, i64>(0)).transpose()?.unwrap_or_default();
    let mut documents = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.try_get::<_, Option<&str>>(1)?.is_some() {
            documents.push(stored(row, 1, query.collection)?);
        }
    }
    Ok(Page { position: position.unsigned_abs(), ..plan.page(query, documents) })
}

/// A query's rows, each behind the feed's position in the same snapshot, which stands alone before an empty page. The
/// order of the rows is that of a nested loop, the only way to join without a condition.
pub(crate) fn select(query: &Query) -> Result<(String, Vec<Parameter>), Fault> {
    let database = query.collection.database();
    let select = store::sql::select(&sql::dialect(database), query)?;
    let text = format!(
        "SELECT c.sequence, q.id, q.revision, q.version, q.data FROM {} c LEFT JOIN LATERAL ({}) q ON true",
        sql::qualified(database, "_clock"),
        select.text
    );
    Ok((text, sql::parameters(&select.parameters)))
}

pub(crate) async fn measure(link: &Link, query: &Query, sums: &[&str]) -> Result<Measured, Fault> {
    let measure = store::sql::measure(&sql::dialect(query.collection.database()), query, sums)?;
    // Sums are decimals of any length, which only texts can carry.
    let names: Vec<String> = (0..sums.len()).map(|n| format!(",s{n}")).collect();
    let texts: Vec<String> = (0..sums.len()).map(|n| format!(",m.s{n}::text")).collect();
    let text = format!("SELECT m.n{} FROM ({}) AS m(n{})", texts.concat(), measure.text, names.concat());
    let session = link.reader().await?;
    let rows = session.ask_one(&text, sql::parameters(&measure.parameters)).await?;
    session.finish();
    let Some(row) = rows.first() else { return Ok(Measured::default()) };
    let count: i64 = row.try_get(0)?;
    let sums = (1..=sums.len()).map(|n| Ok(row.try_get::<_, Option<&str>>(n)?.map_or_else(|| 0.into(), number)));
    Ok(Measured { count: count.unsigned_abs(), sums: sums.collect::<Result<_, Fault>>()? })
}

/// An integer if it is one and in range, else the nearest real.
fn number(text: &str) -> Number {
    let real = || text.parse::<f64>().ok().and_then(Number::from_f64);
    text.parse::<i64>().map(Number::from).ok().or_else(real).unwrap_or_else(|| 0.into())
}

/// A document out of the columns id, revision, version and data, of which `first` is the first.
pub(crate) fn stored(row: &Row, first: usize, collection: Collection) -> Result<Stored, Fault> {
    Ok(Stored {
        key: Key::new(collection, unescape_text(row.try_get(first)?)),
        revision: row.try_get::<_, i64>(first + 1)?.unsigned_abs(),
        version: row.try_get::<_, i32>(first + 2)?.unsigned_abs(),
        data: row.try_get::<_, Document>(first + 3)?.0,
    })
}

/// Those fields of a document that its collection's indexes hold, as a JSON object.
pub(crate) fn indexed(collection: Collection, data: &str) -> String {
    let document: Value = serde_json::from_str(data).unwrap_or_default();
    let field = |name: &str| document.get(name).cloned().unwrap_or_default();
    let fields = collection.indexed_fields().into_iter().map(|found| (found.name.to_owned(), field(found.name)));
    Value::Object(fields.collect()).to_string()
}
