use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use testing::Postgres;
use testing::faults::{Account, Part};

use super::load::{LEASE, all_is_there, both_go_on, moment, under_load};

/// Stopped by its administrator, killed as a whole and in parts: every process goes on by itself.
#[test]
fn servers_come_back_with_all_that_was_acknowledged() {
    let mut server = Postgres::start();
    let url = server.create_database("stopped");
    let account = Arc::new(Account::default());
    let works = Some((LEASE, Duration::ZERO));
    let parts = [
        Part { writers: 0..2, listens: Some(None), works },
        Part { writers: 2..4, works, ..Part::default() },
        Part { works, ..Part::default() },
    ];
    let disturbances: [fn(&mut Postgres); 7] = [restart, kill, kill_one, break_all, kill, restart_later, kill_one];
    under_load(&parts.map(|part| (url.clone(), part)), &account, || {
        for disturb in disturbances {
            both_go_on(&account);
            moment();
            disturb(&mut server);
        }
        both_go_on(&account);
    });
    let told = account.lock();
    assert!(told.refused.is_empty() && told.unread.is_empty(), "nobody had to be told of it: {}", told.summary());
    drop(told);
    all_is_there(&url, &account);
}

fn restart(server: &mut Postgres) {
    server.restart();
}

fn restart_later(server: &mut Postgres) {
    server.stop();
    moment();
    server.restart();
}

fn kill(server: &mut Postgres) {
    server.kill();
    server.restart();
}

/// One of its processes dies (SIGKILL): the server ends all others and recovers.
fn kill_one(server: &mut Postgres) {
    let one = "SELECT pid FROM pg_stat_activity WHERE datname = 'stopped' ORDER BY random() LIMIT 1";
    let pid = server.execute("postgres", one);
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
}

fn break_all(server: &mut Postgres) {
    server.execute("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'stopped'");
}
