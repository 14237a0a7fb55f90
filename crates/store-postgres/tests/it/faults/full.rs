use std::time::{Duration, Instant};

use model::Collection;
use store::{Backend, Change, Commit, Key, Precondition, Query, Result, Write};
use store_postgres::PostgresBackend;
use testing::Postgres;

use super::load::runtime;
use crate::given::server;

/// As much as a file of the write-ahead log has.
const LIMIT: &str = "--fsize=16777216:";
const DOCUMENT: usize = 1_000_000;

/// For the postmaster, with all that it starts, and for all that run. By the server's own user, who may.
fn limit(server: &Postgres, how: &str) {
    let postmaster = server.pid().unwrap();
    let script = format!(
        "cat >/dev/null; for pid in $(ps -o pid= --ppid {postmaster}); do prlimit --pid $pid {how} || true; done;
         prlimit --pid {postmaster} {how}"
    );
    server.execute("postgres", &format!("COPY (SELECT 1) TO PROGRAM '{script}'"));
}

async fn put(backend: &dyn Backend, n: usize) -> Result<u64> {
    // Not to be compressed.
    let noise =
        std::iter::successors(Some(n as u64 + 1), |x| Some(x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1)));
    let noise: String = noise.map(|x| char::from(b'#' + (x >> 57) as u8 % 56)).take(DOCUMENT).collect();
    let data = serde_json::json!({ "id": n.to_string(), "text": noise }).to_string();
    let write = |id: String, data: &str| Write {
        key: Key::new(Collection::Scrapes, id),
        change: Change::Put { version: 1, data: data.to_owned() },
        precondition: Precondition::Absent,
    };
    let writes = vec![write(format!("small{n}"), "{}"), write(format!("large{n}"), &data)];
    backend.commit(Commit { writes, reads: Vec::new() }).await
}

/// Files that may not grow: the system refuses as on a full disk, with another number of the error.
#[test]
fn what_finds_no_room_is_refused_whole() {
    let server = Postgres::start();
    limit(&server, LIMIT);
    let url = server.create_database("full");
    runtime().block_on(async {
        let backends = PostgresBackend::open_all(&url).await.unwrap();
        let pipeline = &*backends[0];
        let mut done = 0;
        let error = loop {
            match put(pipeline, done).await {
                Ok(_) => done += 1,
                Err(error) => break error,
            }
            assert!(done < 40, "there is a limit");
        };
        let why = std::error::Error::source(&error).map(|why| format!("{why:?}")).unwrap_or_default();
        assert!(why.contains("could not extend file"), "{error}: {why}");
        let count = async || pipeline.measure(&Query::of(Collection::Scrapes), &[]).await.unwrap().count;
        assert_eq!(count().await, 2 * done as u64, "reading goes on, and nothing is half there");
        limit(&server, "--fsize=unlimited:");
        for n in done..done + 3 {
            put(pipeline, n).await.unwrap();
        }
        assert_eq!(count().await, 2 * (done + 3) as u64);
    });
}

/// What the server says of a disk without room, said by a trigger: it is told at once, in words.
#[test]
fn a_server_without_room_is_told_of() {
    let url = server().create_database("no_room");
    runtime().block_on(async {
        let backends = PostgresBackend::open_all(&url).await.unwrap();
        let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                      $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
                      CREATE TRIGGER no_room BEFORE INSERT ON pipeline.scrapes EXECUTE FUNCTION refuse()";
        server().execute("no_room", refuse);
        let since = Instant::now();
        let error = put(&*backends[0], 0).await.unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
        server().execute("no_room", "DROP TRIGGER no_room ON pipeline.scrapes");
        put(&*backends[0], 0).await.unwrap();
    });
}
