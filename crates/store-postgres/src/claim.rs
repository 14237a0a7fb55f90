use model::Time;
use store::{Fields, Query, Stored, Test};

use crate::jsonb::{Json, escape_text};
use crate::link::{Fault, Link, Session};
use crate::read;
use crate::sql::{self, qualified};

/// A transaction of its own, which does not wait for the disk: a claim that a crash of the server undoes is as if it had
/// not been made.
pub(crate) async fn claim(link: &Link, query: &Query, fields: &Fields) -> Result<Vec<Stored>, Fault> {
    let plan = query.plan()?;
    let session = link.writer().await?;
    let mut requests = vec![
        session.request("BEGIN ISOLATION LEVEL READ COMMITTED", Vec::new()).await?,
        session.request("SELECT set_config('synchronous_commit', 'off', true)", Vec::new()).await?,
        session.request("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint", Vec::new()).await?,
    ];
    let begun = requests.len();
    for alternative in alternatives(query) {
        let select = store::sql::select(&sql::dialect(query.collection.database()), &alternative)?;
        let of_elements = plan.index.is_some_and(|index| store::sql::elements_of(index).is_some());
        let of = if of_elements { " OF t" } else { "" };
        let text = format!("{} FOR UPDATE{of} SKIP LOCKED", select.text);
        requests.push(session.request(&text, sql::parameters(&select.parameters)).await?);
    }
    let answers = session.ask(&requests).await?;
    let now = Time(answers[begun - 1].first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default());
    let mut found: Vec<Stored> = Vec::new();
    for row in answers[begun..].iter().flatten() {
        let stored = read::stored(row, 0, query.collection)?;
        if !found.iter().any(|known| known.key == stored.key) {
            found.push(stored);
        }
    }
    let position =
        |stored: &Stored| plan.position(&stored.key.id, &serde_json::from_str(&stored.data).unwrap_or_default());
    found.sort_by(|one, other| plan.compare(&position(one), &position(other)));
    found.truncate(query.page());
    let claimed = change(&session, found, fields, now).await?;
    session.finish();
    Ok(claimed)
}

/// Changes what was found, and ends the transaction.
async fn change(session: &Session, mut found: Vec<Stored>, fields: &Fields, now: Time) -> Result<Vec<Stored>, Fault> {
    let mut requests = Vec::with_capacity(2);
    if let Some(first) = found.first() {
        let collection = first.key.collection;
        let mut ids = Vec::with_capacity(found.len());
        let mut data = Vec::with_capacity(found.len());
        for stored in &mut found {
            (stored.version, stored.data) = fields.update(Some(stored), &stored.key, stored.version, now)?;
            ids.push(escape_text(&stored.key.id).into_owned());
            data.push(Json::of(&stored.data));
        }
        // One revision for all. Behind the locks, so that a document's revisions grow.
        let text = format!(
            "WITH next AS MATERIALIZED (SELECT nextval('{}') AS revision)
             UPDATE {} AS t SET revision = next.revision, data = changed.data
             FROM next, unnest($1::text[], $2::jsonb[]) AS changed(id, data) WHERE t.id = changed.id
             RETURNING t.revision",
            qualified(collection.database(), "_revisions"),
            sql::table(collection),
        );
        requests.push(session.request(&text, vec![Box::new(ids), Box::new(data)]).await?);
    }
    requests.push(session.request("COMMIT", Vec::new()).await?);
    let answers = session.ask(&requests).await?;
    if let Some(row) = answers[0].first() {
        let revision = row.try_get::<_, i64>(0)?.unsigned_abs();
        found.iter_mut().for_each(|stored| stored.revision = revision);
    }
    Ok(found)
}

/// Rows of a union cannot be locked: each way to be found is a query of its own.
fn alternatives(query: &Query) -> Vec<Query> {
    let mut all = vec![Query { filters: Vec::new(), ..query.clone() }];
    for (field, test) in &query.filters {
        let tests = match test {
            Test::In(values) => values.iter().cloned().map(Test::Equal).collect(),
            Test::ContainsAny(values) => values.iter().cloned().map(Test::Contains).collect(),
            test => vec![test.clone()],
        };
        all = all.iter().flat_map(|query| tests.iter().map(|test| query.clone().test(field, test.clone()))).collect();
    }
    all
}
