use std::path::Path;
use std::process::Command;

use store_postgres::PostgresBackend;
use testing::{Options, Postgres};

use crate::given::{get, open, run};

/// A key and a certificate for 127.0.0.1, which the server may read.
fn certificate(folder: &Path) {
    let script = "
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
          -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE &&
        chmod 600 key.pem && chmod 755 . && { [ $(id -u) -ne 0 ] || chown postgres key.pem; }";
    let made = Command::new("sh").args(["-c", script]).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_encrypted_where_the_address_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let settings = vec![
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("cert.pem")),
        format!("ssl_key_file={}", file("key.pem")),
    ];
    let server = Postgres::with(Options { fsync: false, settings });
    let url = server.create_database("encrypted");
    let trusted = format!("{url}?sslmode=require&sslrootcert={}", file("cert.pem"));
    let store = open(&trusted).await;
    store.commit(run("a", 1)).await.unwrap();
    assert_eq!(get(&store, "a").await, Some(1));
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                     WHERE application_name = 'mystage'";
    assert_eq!(server.execute("encrypted", encrypted), "t");
    assert!(PostgresBackend::open_all(&format!("{url}?sslmode=require")).await.is_err(), "nobody vouches for it");
}
