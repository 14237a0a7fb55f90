use model::{Collection, Message};

use super::given::{batch, chat, delete, ids, message, put, update, walk};
use crate::Direction::{Ascending, Descending};
use crate::{Fields, Precondition, Query, Store};

const MESSAGES: Collection = Collection::Messages;

pub(super) async fn messages_lie_under_their_chats(store: &Store) {
    let parents = ["c1", "c10", "c", "C1", "c%", "c_", "é", "c1 "];
    let messages: Vec<_> =
        parents.iter().flat_map(|parent| [2, 1].map(|at| message(&format!("{parent}/m{at}"), "a", at))).collect();
    put(store, &messages).await;
    for parent in parents {
        let both = [format!("{parent}/m1"), format!("{parent}/m2")];
        let under = || Query::under(MESSAGES, parent);
        assert_eq!(ids(store, &under()).await, both);
        assert_eq!(ids(store, &under().order("sent_at", Ascending)).await, both);
        assert_eq!(ids(store, &under().order("sent_at", Descending).limit(1)).await, both[1..]);
        assert_eq!(ids(store, &under().equal("sender", "a").above("sent_at", 1)).await, both[1..]);
        assert_eq!(ids(store, &under().equal("sender", "b").order("sent_at", Ascending)).await, [""; 0]);
    }
    assert!(ids(store, &Query::under(MESSAGES, "none")).await.is_empty());
    let found = store.get::<Message>(MESSAGES, "é/m1").await.unwrap().unwrap();
    assert_eq!(found.document, message("é/m1", "a", 1));

    // A parent needs not be there, and takes nothing with it.
    put(store, &[chat("c1", &[], 0, 0)]).await;
    delete(store, Collection::Chats, "c1").await;
    assert_eq!(ids(store, &Query::under(MESSAGES, "c1")).await, ["c1/m1", "c1/m2"]);

    let mut both = batch();
    both.put(&message("c1/m3", "b", 3), Precondition::Absent).unwrap();
    let read = Fields::default().set("sender", "b");
    both.update::<Message>(MESSAGES, "c1/m1", read, Precondition::Exists).unwrap();
    both.delete(MESSAGES, "c1/m2", Precondition::Exists).unwrap();
    store.commit(both).await.unwrap();
    let by_b = Query::under(MESSAGES, "c1").equal("sender", "b").order("sent_at", Descending);
    assert_eq!(ids(store, &by_b).await, ["c1/m3", "c1/m1"]);
    assert!(update(store, "c1", Fields::default(), Precondition::Exists).await.unwrap_err().is_conflict());
}

pub(super) async fn collection_groups_span_all_parents(store: &Store) {
    let messages: Vec<_> = (0..12)
        .map(|n| message(&format!("c{}/{n:02}", n % 3), ["a", "b"][usize::from(n % 4 == 0)], i64::from(n) / 2))
        .collect();
    put(store, &messages).await;
    let mut expected: Vec<&Message> = messages.iter().filter(|message| message.sender == "a").collect();
    expected.sort_by_key(|message| (message.sent_at, message.id.clone()));
    let expected: Vec<String> = expected.iter().map(|message| message.id.clone()).collect();
    let group = Query::of(MESSAGES).equal("sender", "a").order("sent_at", Ascending);
    assert_eq!(walk(store, &group.clone().limit(4)).await, expected);
    assert_eq!(store.count(&group).await.unwrap(), 9);
    let everybody = Query::of(MESSAGES).is_in("sender", ["b", "a"]).order("sent_at", Descending);
    assert_eq!(walk(store, &everybody.limit(5)).await.len(), 12);
    assert_eq!(ids(store, &Query::of(MESSAGES).limit(5)).await, ["c0/00", "c0/03", "c0/06", "c0/09", "c1/01"]);
}
