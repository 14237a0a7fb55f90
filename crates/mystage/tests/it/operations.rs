//! `mystage db`: what is backed up, moved or damaged is what comes back, goes over or is found.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use testing::Postgres;

use crate::data::{free_port, mystage, succeeds};

/// What the executable complains about.
fn fails(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

fn refused(data: &Path, arguments: &[&str]) -> String {
    fails(&mut mystage(data, arguments))
}

fn on(data: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = mystage(data, arguments);
    command.env("STORE_URL", url);
    command
}

fn runs(mut command: Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn exported(data: &Path, to: &Path) -> Vec<u8> {
    succeeds(data, &["db", "export", "--out", text(to)]);
    fs::read(to).unwrap()
}

fn assert_equal(one: &[u8], other: &[u8]) {
    if one != other {
        let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
        let (one, other) = (lines(one), lines(other));
        let differing = one.iter().zip(&other).find(|(one, other)| one != other);
        panic!("{} and {} lines; first {differing:?}", one.len(), other.len());
    }
}

/// The databases after a run over the small region, and room beside them.
struct Region {
    folder: tempfile::TempDir,
}

impl Region {
    fn crawled() -> Self {
        let region = Self { folder: tempfile::tempdir().unwrap() };
        let port = free_port().to_string();
        succeeds(&region.data(), &["run", "--once", "--scale", "small", "--sample-port", &port]);
        region
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[test]
fn what_is_backed_up_destroyed_and_restored_is_the_same() {
    let region = Region::crawled();
    let (data, backup) = (region.data(), region.beside("backup"));
    let before = exported(&data, &region.beside("before.jsonl"));
    assert!(before.len() > 100_000);
    let status: serde_json::Value = serde_json::from_str(&succeeds(&data, &["db", "status", "--json"])).unwrap();
    assert_eq!(status["engine"], "sqlite");
    assert!(status["databases"][1]["documents"]["evt_venues"].as_u64().unwrap() > 5, "{status:#}");
    succeeds(&data, &["db", "migrate", "--dry-run"]);

    succeeds(&data, &["db", "backup", "--out", text(&backup)]);
    succeeds(&data, &["db", "verify", "--backup", text(&backup)]);
    assert!(refused(&data, &["db", "backup", "--out", text(&backup)]).contains("there already"));
    assert!(refused(&data, &["db", "restore", text(&backup)]).contains("--replace"));

    fs::remove_dir_all(&data).unwrap();
    assert!(refused(&data, &["db", "verify"]).contains("not there"));
    succeeds(&data, &["db", "restore", text(&backup)]);
    let after = exported(&data, &region.beside("after.jsonl"));
    assert_equal(&before, &after);
    succeeds(&data, &["db", "verify"]);
    succeeds(&data, &["reindex"]);

    succeeds(&data, &["db", "export", "--collection", "evt_venues", "--out", text(&region.beside("venues.jsonl.gz"))]);
    fs::remove_dir_all(&data).unwrap();
    succeeds(&data, &["db", "import", text(&region.beside("venues.jsonl.gz"))]);
    assert!(
        refused(&data, &["db", "import", "--broken", text(&region.beside("backup/manifest.json"))]).contains("line 1")
    );

    corrupted_backups_are_refused(&data, &backup);
    let now = succeeds(&data, &["db", "status"]);
    assert!(now.contains("evt_venues") && !now.contains("evt_artists"), "untouched: {now}");
}

fn corrupted_backups_are_refused(data: &Path, backup: &Path) {
    let file = backup.join("main.db");
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for (bytes, what) in [(&damaged[..], "a bit"), (&whole[..whole.len() - 1], "its end")] {
        fs::write(&file, bytes).unwrap();
        for command in [&["db", "restore", "--replace", text(backup)], &["db", "verify", "--backup", text(backup)]] {
            assert!(refused(data, command).contains("damaged"), "{what}");
        }
    }
    fs::write(&file, &whole).unwrap();
    fs::rename(backup.join("manifest.json"), backup.join("m.json")).unwrap();
    assert!(refused(data, &["db", "restore", "--replace", text(backup)]).contains("no backup"));
}

#[test]
fn data_go_to_postgresql_and_are_the_same() {
    let region = Region::crawled();
    let file = region.beside("sqlite.jsonl");
    let before = exported(&region.data(), &file);
    let server = Postgres::quick();
    let (url, other) = (server.fresh(), region.beside("other"));
    runs(on(&other, &url, &["db", "import", text(&file)]));
    let again = runs(on(&other, &url, &["db", "import", text(&file)]));
    assert!(again.contains(" 0 were new, 0 took the place"), "{again}");
    let back = region.beside("postgres.jsonl");
    runs(on(&other, &url, &["db", "export", "--out", text(&back)]));
    assert_equal(&before, &fs::read(&back).unwrap());

    let (backup, restored) = (region.beside("backup"), server.fresh());
    runs(on(&other, &url, &["db", "verify"]));
    runs(on(&other, &url, &["db", "reindex"]));
    runs(on(&other, &url, &["db", "backup", "--out", text(&backup)]));
    runs(on(&other, &url, &["db", "verify", "--backup", text(&backup)]));
    assert!(fails(&mut on(&other, &url, &["db", "restore", text(&backup)])).contains("--replace"));
    let elsewhere = refused(&other, &["db", "restore", text(&backup)]);
    assert!(elsewhere.contains("mystage db export"), "{elsewhere}");
    runs(on(&other, &restored, &["db", "restore", text(&backup)]));
    runs(on(&other, &restored, &["db", "verify"]));
    fs::remove_file(&back).unwrap();
    runs(on(&other, &restored, &["db", "export", "--out", text(&back)]));
    assert_equal(&before, &fs::read(&back).unwrap());
    let status = runs(on(&other, &restored, &["db", "status"]));
    assert!(status.contains("postgres in 127.0.0.1:") && status.contains("evt_venues"), "{status}");
}

#[test]
fn transfers_that_were_killed_go_on() {
    let region = Region::crawled();
    let file = region.beside("whole.jsonl");
    let whole = exported(&region.data(), &file);

    let broken = region.beside("broken.jsonl");
    for part in [0, 10, whole.len() / 3, whole.len() - 20, whole.len()] {
        fs::write(&broken, &whole[..part]).unwrap();
        if part < whole.len() {
            assert!(refused(&region.beside("x"), &["db", "import", text(&broken)]).contains("broken off"));
        }
        succeeds(&region.data(), &["db", "export", "--resume", "--out", text(&broken)]);
        assert_equal(&whole, &fs::read(&broken).unwrap());
    }
    assert!(refused(&region.data(), &["db", "export", "--out", text(&broken)]).contains("--resume"));

    fs::write(&broken, &whole[..whole.len() / 3]).unwrap();
    let filled = region.beside("filled");
    succeeds(&filled, &["db", "import", "--broken", text(&broken)]);
    let mut killed = 0;
    for delay in 0..40 {
        let mut import = mystage(&filled, &["db", "import", text(&file)]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + delay * 15));
        import.kill().unwrap();
        if import.wait().unwrap().success() {
            break;
        }
        killed += 1;
    }
    assert!(killed > 2, "{killed}");
    succeeds(&filled, &["db", "import", text(&file)]);
    assert_equal(&whole, &exported(&filled, &region.beside("filled.jsonl")));
    succeeds(&filled, &["db", "verify"]);

    let foreign = region.beside("foreign");
    let venues = region.beside("venues.jsonl");
    succeeds(&region.data(), &["db", "export", "--collection", "evt_venues", "--out", text(&venues)]);
    let artists = region.beside("artists.jsonl");
    succeeds(&region.data(), &["db", "export", "--collection", "evt_artists", "--out", text(&artists)]);
    succeeds(&foreign, &["db", "import", text(&venues)]);
    assert!(refused(&foreign, &["db", "import", text(&artists)]).contains("--merge"));
    succeeds(&foreign, &["db", "import", "--merge", text(&artists)]);
}

#[test]
fn damage_is_found_and_an_index_made_anew() {
    let region = Region::crawled();
    let (data, file) = (region.data(), region.data().join("pipeline.db"));
    succeeds(&data, &["db", "verify"]);
    let mut bytes = fs::read(&file).unwrap();
    let name = b"\"started_at\":";
    let places: Vec<usize> = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + 1] = b'S';
    }
    fs::write(&file, &bytes).unwrap();
    let said = refused(&data, &["db", "verify"]);
    assert!(
        said.contains("missing from index runs__started_at") && said.contains("missing field `started_at`"),
        "{said}"
    );
    succeeds(&data, &["db", "reindex", "--collection", "runs"]);
    let said = refused(&data, &["db", "verify"]);
    assert!(!said.contains("index") && said.contains("missing field `started_at`"), "{said}");

    // A page of the middle.
    let at = bytes.len() / 2 / 4096 * 4096;
    bytes[at..at + 200].fill(0xee);
    fs::write(&file, &bytes).unwrap();
    assert!(refused(&data, &["db", "verify"]).contains("restore a backup"));
}

#[test]
fn a_killed_reindex_leaves_databases_that_work() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("chats.jsonl"));
    let mut lines = String::from("{\"mystage\":\"export\",\"format\":1,\"collections\":null}\n");
    for n in 0..15_000 {
        writeln!(
            lines,
            "{{\"database\":\"main\",\"collection\":\"chats\",\"id\":\"c{n:06}\",\"version\":1,\"data\":{{\"created_at\":1,\
             \"id\":\"c{n:06}\",\"kind\":\"group\",\"last_message_at\":{n},\"members\":[\"a\",\"b{}\"],\"message_count\":0}}}}",
            n % 10
        )
        .unwrap();
    }
    fs::write(&file, &lines).unwrap();
    succeeds(&data, &["db", "import", "--broken", text(&file)]);
    let before = exported(&data, &folder.path().join("before.jsonl"));
    let mut killed = 0;
    for delay in [150, 400, 900] {
        let reindex = ["db", "reindex", "--collection", "chats"];
        let mut reindex = mystage(&data, &reindex).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        reindex.kill().unwrap();
        killed += u32::from(!reindex.wait().unwrap().success());
        let after = folder.path().join(format!("after-{delay}.jsonl"));
        assert_equal(&before, &exported(&data, &after));
    }
    assert!(killed > 1);
    assert!(refused(&data, &["db", "verify"]).contains("left behind by a rebuild"));
    succeeds(&data, &["db", "migrate"]);
    succeeds(&data, &["db", "verify"]);
    succeeds(&data, &["db", "reindex", "--collection", "chats"]);
    succeeds(&data, &["db", "verify"]);
}
