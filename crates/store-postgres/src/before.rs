//! The first way to the server and back: the lock, and whatever decides about a group.

use std::collections::HashMap;

use model::{Collection, Database, Time};
use store::{Commit, Key, Read, StoreError, Stored};
use tokio_postgres::Row;

use crate::group::{Needs, State, needs};
use crate::jsonb::{Document, escape_text, unescape_text};
use crate::link::{Fault, Request, Session};
use crate::read;
use crate::sql::{self, qualified};

/// What was read under the lock.
pub(crate) struct Before {
    /// The feed's last.
    pub(crate) sequence: i64,
    pub(crate) known: HashMap<Key, State>,
    /// For each commit, that something it has listed is not the same any more.
    pub(crate) outdated: Vec<Option<StoreError>>,
    /// One a commit.
    pub(crate) revisions: Vec<u64>,
    pub(crate) now: Time,
}

/// Takes the lock and reads what decides.
pub(crate) async fn read_under_lock(session: &Session, database: Database, group: &[Commit]) -> Result<Before, Fault> {
    let needs = needs(group.iter());
    let clock = format!("SELECT sequence FROM {} FOR UPDATE", qualified(database, "_clock"));
    let mut requests = vec![
        session.request("BEGIN ISOLATION LEVEL READ COMMITTED", Vec::new()).await?,
        session.request(&clock, Vec::new()).await?,
    ];
    let asked = ask_for(session, &needs, &mut requests).await?;
    let listed = ask_again(session, group, &mut requests).await?;
    // Behind the locks, so that revisions grow in the order of the commits.
    let revisions = format!(
        "SELECT nextval('{}'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM generate_series(1, $1)",
        qualified(database, "_revisions")
    );
    let count = i32::try_from(group.len()).unwrap_or(i32::MAX);
    requests.push(session.request(&revisions, vec![Box::new(count)]).await?);

    let mut answers = session.ask(&requests).await?.into_iter().skip(1);
    let mut next = || answers.next().unwrap_or_default();
    let sequence = next().first().map(|row| row.try_get::<_, i64>(0)).transpose()?.unwrap_or_default();
    let mut known = HashMap::new();
    for (collection, whole) in asked {
        for row in &next() {
            let (key, state) = state(row, collection, whole)?;
            known.insert(key, state);
        }
    }
    let mut outdated: Vec<Option<StoreError>> = group.iter().map(|_| None).collect();
    for (commit, read) in listed {
        if !still_so(read, &next())? {
            let Read::Listed { query, .. } = read else { continue };
            outdated[commit].get_or_insert(StoreError::Outdated { collection: query.collection });
        }
    }
    let rows = next();
    let revisions = rows.iter().map(|row| Ok(row.try_get::<_, i64>(0)?.unsigned_abs()));
    let now = Time(rows.first().map(|row| row.try_get(1)).transpose()?.unwrap_or_default());
    Ok(Before { sequence, known, outdated, revisions: revisions.collect::<Result<_, Fault>>()?, now })
}

/// Adds the questions for documents. Says of which collection each is, and whether it is for whole ones.
async fn ask_for(
    session: &Session,
    needs: &Needs<'_>,
    requests: &mut Vec<Request>,
) -> Result<Vec<(Collection, bool)>, Fault> {
    let mut asked = Vec::new();
    for (kind, whole) in [(&needs.heads, false), (&needs.wholes, true)] {
        for (&collection, ids) in kind {
            let ids: Vec<String> = ids.iter().map(|id| escape_text(id).into_owned()).collect();
            requests.push(session.request(&before(collection, whole), vec![Box::new(ids)]).await?);
            asked.push((collection, whole));
        }
    }
    Ok(asked)
}

fn before(collection: Collection, whole: bool) -> String {
    let columns = match (whole, collection.is_recorded()) {
        (true, _) => "version,data".to_owned(),
        (false, true) => sql::indexed(collection),
        (false, false) => "NULL::jsonb".to_owned(),
    };
    // What is not recorded can be claimed at any moment; everything else only changes under the lock that is held.
    let lock = if collection.is_recorded() { "" } else { " FOR UPDATE" };
    format!("SELECT id,revision,{columns} FROM {} WHERE id = ANY($1){lock}", sql::table(collection))
}

fn state(row: &Row, collection: Collection, whole: bool) -> Result<(Key, State), Fault> {
    if whole {
        let stored = read::stored(row, 0, collection)?;
        return Ok((stored.key.clone(), State::Whole(stored)));
    }
    let key = Key::new(collection, unescape_text(row.try_get(0)?));
    let indexed = row.try_get::<_, Option<Document>>(2)?.map(|document| document.0).unwrap_or_default();
    Ok((key, State::Head { revision: row.try_get::<_, i64>(1)?.unsigned_abs(), indexed }))
}

/// Adds the queries that transactions have read. Says of which commit each is.
async fn ask_again<'a>(
    session: &Session,
    group: &'a [Commit],
    requests: &mut Vec<Request>,
) -> Result<Vec<(usize, &'a Read)>, Fault> {
    let mut asked = Vec::new();
    for (n, commit) in group.iter().enumerate() {
        for read in &commit.reads {
            if let Read::Listed { query, .. } = read {
                let select = store::sql::select(&sql::dialect(query.collection.database()), query)?;
                requests.push(session.request(&select.text, sql::parameters(&select.parameters)).await?);
                asked.push((n, read));
            }
        }
    }
    Ok(asked)
}

/// Whether a query finds what it has found.
fn still_so(read: &Read, rows: &[Row]) -> Result<bool, Fault> {
    let Read::Listed { query, found } = read else { return Ok(true) };
    let rows: Result<Vec<Stored>, Fault> = rows.iter().map(|row| read::stored(row, 0, query.collection)).collect();
    let page = query.plan()?.page(query, rows?);
    let now = page.documents.iter().map(|row| (row.key.id.as_str(), row.revision));
    Ok(now.eq(found.iter().map(|(id, revision)| (id.as_str(), *revision))))
}
