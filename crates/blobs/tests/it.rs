//! Keeping and finding bytes in a real folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use blobs::{BlobError, Blobs, content_hash};
use bytes::Bytes;

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn open(folder: &Path) -> Blobs {
    Blobs::open(folder.to_str().expect("a UTF-8 path")).expect("a folder that opens")
}

fn staged(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(".staging")).expect("the staging folder");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn hash_is_sha256_in_hex() {
    assert_eq!(content_hash(b"test"), HASH);
    assert_eq!(content_hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[tokio::test]
async fn what_was_put_is_got() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path());
    let key = format!("pages/{HASH}");
    assert_eq!(blobs.get(&key).await.unwrap(), None);
    assert!(!blobs.exists(&key).await.unwrap());

    blobs.put(&key, Bytes::from_static(b"test")).await.unwrap();
    assert_eq!(blobs.get(&key).await.unwrap().as_deref(), Some(&b"test"[..]));
    assert!(blobs.exists(&key).await.unwrap());
    assert!(folder.path().join("pages/9f").join(HASH).is_file());
    assert_eq!(staged(folder.path()), Vec::<PathBuf>::new());

    blobs.put("pages/empty", Bytes::new()).await.unwrap();
    assert_eq!(blobs.get("pages/empty").await.unwrap().as_deref(), Some(&b""[..]));
}

#[tokio::test]
async fn a_folder_reads_what_an_earlier_process_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().join("deep/er").display());
    Blobs::open(&url).unwrap().put("a/b", Bytes::from_static(b"kept")).await.unwrap();
    let again = open(&folder.path().join("deep/er"));
    assert_eq!(again.get("a/b").await.unwrap().as_deref(), Some(&b"kept"[..]));
}

#[tokio::test]
async fn a_key_that_exists_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path());
    blobs.put("a", Bytes::from_static(b"first")).await.unwrap();
    blobs.put("a", Bytes::from_static(b"second")).await.unwrap();
    assert_eq!(blobs.get("a").await.unwrap().as_deref(), Some(&b"first"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_of_one_key_leave_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path());
    let body = Bytes::from(vec![7_u8; 300_000]);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (blobs, body) = (blobs.clone(), body.clone());
        writers.spawn(async move {
            blobs.put("images/one", body.clone()).await.unwrap();
            // Whoever was told that it is there finds it whole.
            assert_eq!(blobs.get("images/one").await.unwrap(), Some(body));
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    assert_eq!(staged(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_half_written_file_of_a_killed_process_is_never_seen_and_swept_later() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path());
    let old = folder.path().join(".staging/77-0");
    let recent = folder.path().join(".staging/78-0");
    fs::write(&old, b"half").unwrap();
    fs::write(&recent, b"half").unwrap();
    File::options().write(true).open(&old).unwrap().set_modified(UNIX_EPOCH + Duration::from_secs(1)).unwrap();
    assert!(matches!(blobs.get(".staging/77-0").await, Err(BlobError::Key { .. })));

    open(folder.path());
    assert_eq!(staged(folder.path()), [recent]);
}

#[tokio::test]
async fn a_put_that_cannot_be_kept_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(folder.path());
    blobs.put("a", Bytes::from_static(b"file")).await.unwrap();
    let below = blobs.put("a/b", Bytes::from_static(b"under a file")).await;
    assert!(matches!(below, Err(BlobError::File { .. })), "{below:?}");
    blobs.put("d/e", Bytes::from_static(b"file")).await.unwrap();
    assert!(blobs.put("../d", Bytes::new()).await.is_err());
    assert_eq!(staged(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn locations_that_are_no_folder_are_refused_in_words() {
    for (location, word) in [
        ("s3://bucket/x", "only folders"),
        ("gs://bucket", "only folders"),
        ("file://host/x", "host"),
        ("", "no folder"),
    ] {
        let error = Blobs::open(location).unwrap_err().to_string();
        assert!(error.contains(word), "{location}: {error}");
    }
}
