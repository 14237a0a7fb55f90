use std::time::Duration;

use futures::StreamExt;
use model::{Chat, Collection, Database, Fact, Time, Trace};
use store::live::Token;
use store::{Batch, Fields, Precondition, Query, Result, Store, StoreError};

use crate::faults::step::TOTAL;
use crate::faults::{Note, Step};

/// Between tries of a writer whose database refuses.
const PAUSE: Duration = Duration::from_millis(20);

/// Makes the writer's steps, one after the other, from where the database says it stands. Ends when `goes_on` does not
/// hold any more; never gives up.
pub async fn write(store: &Store, writer: u32, goes_on: impl Fn() -> bool, tell: impl Fn(Note)) {
    let mut may_be_there = 0;
    let Some((mut number, mut revision)) = stands(store, writer, &goes_on, &tell).await else { return };
    while goes_on() {
        let step = Step { writer, number: number + 1 };
        match commit(store, step, revision).await {
            Ok(now) => {
                tell(Note::Done(step, now));
                (number, revision) = (step.number, Some(now));
                continue;
            }
            Err(StoreError::Unknown) => {
                may_be_there = step.number;
                tell(Note::Unknown(step));
            }
            Err(error) if error.is_conflict() && may_be_there == step.number => {}
            Err(error) => {
                tell(Note::Refused(step, words(&error)));
                tokio::time::sleep(PAUSE).await;
            }
        }
        let Some(now) = stands(store, writer, &goes_on, &tell).await else { return };
        if now.0 != number && now.0 != may_be_there {
            tell(Note::Broken(format!("{step:?} was refused, and the writer stands at {}", now.0)));
        }
        (number, revision) = now;
    }
}

/// The number and revision of the writer's last step. Asks for as long as it takes.
async fn stands(
    store: &Store,
    writer: u32,
    goes_on: &impl Fn() -> bool,
    tell: &impl Fn(Note),
) -> Option<(u64, Option<u64>)> {
    let id = Step { writer, number: 0 }.chat_id();
    while goes_on() {
        match store.get::<Chat>(Collection::Chats, &id).await {
            Ok(None) => return Some((0, None)),
            Ok(Some(chat)) => return Some((chat.document.last_message_at.0.unsigned_abs(), Some(chat.revision))),
            Err(error) => {
                tell(Note::Unread(words(&error)));
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    None
}

async fn commit(store: &Store, step: Step, before: Option<u64>) -> Result<u64> {
    let now = Time(step.number.cast_signed());
    if step.transfer().is_none() {
        let mut batch = Batch::new(Database::Main, now);
        fill(&mut batch, step, before)?;
        return store.commit(batch).await;
    }
    store
        .transact(Database::Main, now, |transaction| {
            Box::pin(async move {
                let mut changed = Vec::new();
                for (id, by) in step.transfer().into_iter().flat_map(|(from, to, by)| [(from, -by), (to, by)]) {
                    let account = transaction.get::<Chat>(Collection::Chats, &id).await?;
                    changed.push(account_after(id, account.map(|account| account.document), by));
                }
                for account in &changed {
                    transaction.batch.put(account, Precondition::Any)?;
                }
                fill(&mut transaction.batch, step, before)
            })
        })
        .await?;
    let chat = store.get::<Chat>(Collection::Chats, &step.chat_id()).await;
    // The commit is there: not to know its revision must not look like a failure.
    chat.map(|chat| chat.map_or(0, |chat| chat.revision)).map_err(|_| StoreError::Unknown)
}

fn account_after(id: String, before: Option<Chat>, by: i64) -> Chat {
    let empty = Step { writer: 0, number: 0 }.chat();
    let mut account = before.unwrap_or(Chat { id, members: Vec::new(), ..empty });
    account.message_count += by;
    account
}

fn fill(batch: &mut Batch, step: Step, before: Option<u64>) -> Result<()> {
    batch.trace = Trace { run_id: step.chat_id(), trace_id: step.task_key(), ..Trace::default() };
    batch.put(&step.chat(), before.map_or(Precondition::Absent, Precondition::AtRevision))?;
    for message in step.messages() {
        batch.put(&message, Precondition::Absent)?;
    }
    for id in step.deleted() {
        batch.delete(Collection::Messages, &id, Precondition::Exists)?;
    }
    let total = Fields::default().set("kind", "group").set("created_at", 0).server_time("last_message_at");
    let total = total.union::<&str>("members", []).increment("message_count", 1);
    batch.update::<Chat>(Collection::Chats, TOTAL, total, Precondition::Any)?;
    batch.fact(Fact::PageScraped { scrape_id: step.task_key() });
    batch.count("steps", 1);
    Ok(())
}

/// Listens to all messages, from the token on. Ends with an error only.
pub async fn listen(store: &Store, token: Option<&str>, tell: impl Fn(Note)) {
    let token = match token.map(Token::from_text).transpose() {
        Ok(token) => token,
        Err(error) => return tell(Note::Broken(words(&error))),
    };
    let mut items = store.listen_raw(Query::of(Collection::Messages), token.as_ref());
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => tell(Note::heard(&item)),
            Err(error) => tell(Note::Broken(format!("the listener ends: {}", words(&error)))),
        }
    }
}

pub(super) fn words(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
