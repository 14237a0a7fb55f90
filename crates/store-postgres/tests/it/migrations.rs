use futures::future::join_all;
use model::{Chat, ChatKind, Collection, Database, Time};
use store::{Batch, Direction, Precondition, Query};

use crate::given::{get, open, run, server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_open_an_empty_database_at_once() {
    let url = server().fresh();
    let stores = join_all((0..4).map(|_| open(&url))).await;
    let commits = stores.iter().enumerate().map(|(n, store)| store.commit(run(&format!("r{n}"), 1)));
    for committed in join_all(commits).await {
        committed.unwrap();
    }
    for n in 0..4 {
        assert_eq!(get(&stores[0], &format!("r{n}")).await, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_built_beside_those_who_write() {
    let url = server().create_database("built");
    let store = open(&url).await;
    let by_members = |member: &str| {
        Query::of(Collection::Chats).contains("members", member).order("last_message_at", Direction::Ascending)
    };
    let chat = |n: i64| Chat {
        id: format!("c{n}"),
        kind: ChatKind::Group,
        members: vec!["all".to_owned(), format!("m{}", n % 3)],
        created_at: Time(0),
        last_message_at: Time(n),
        message_count: 0,
    };
    let mut batch = Batch::new(Database::Main, Time(0));
    for n in 0..2_500 {
        batch.put(&chat(n), Precondition::Any).unwrap();
    }
    store.commit(batch).await.unwrap();
    // As if both indexes had just been declared, and a first try to build them had been broken off.
    server().execute(
        "built",
        "DELETE FROM main._schema WHERE name IN ('chats__last_message_at', 'chats__members__last_message_at');
         DROP INDEX main.chats__last_message_at;
         DELETE FROM main.chats__members__last_message_at WHERE id < 'c2';",
    );
    let (opened, ()) = futures::join!(join_all((0..3).map(|_| open(&url))), async {
        for n in 2_500..2_600 {
            let mut batch = Batch::new(Database::Main, Time(0));
            batch.put(&chat(n), Precondition::Any).unwrap();
            store.commit(batch).await.unwrap();
        }
    });
    assert_eq!(opened[2].count(&by_members("all")).await.unwrap(), 2_600);
    assert_eq!(opened[0].count(&by_members("m1")).await.unwrap(), 867);
    let valid =
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'main.chats__last_message_at'::regclass AND indisvalid";
    assert_eq!(server().execute("built", valid), "1");
    assert_eq!(server().execute("built", "SELECT count(*) FROM main._schema WHERE name LIKE 'chats%'"), "4");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_layout_is_refused() {
    let url = server().create_database("newer");
    drop(open(&url).await);
    server().execute("newer", "UPDATE main._schema SET definition = '99' WHERE name = '_layout'");
    let error = store_postgres::PostgresBackend::open_all(&url).await.err().unwrap();
    let told = std::error::Error::source(&error).unwrap().to_string();
    assert!(told.contains("layout 99") && told.contains("update this program"), "{told}");
}
