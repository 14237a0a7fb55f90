//! Runs a command beside a PostgreSQL server that is there for as long as the command runs: durable, empty, on a free
//! loopback port. `{url}` in the command's words becomes the server's address.
//!
//! `cargo run -p testing --example postgres -- mystage bench store --postgres {url}`

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() {
        eprintln!("usage: postgres COMMAND [WORD…], with {{url}} where the server's address belongs");
        return ExitCode::FAILURE;
    }
    let server = testing::Postgres::start();
    let url = server.create_database("mystage");
    let words: Vec<String> = words.iter().map(|word| word.replace("{url}", &url)).collect();
    match Command::new(&words[0]).args(&words[1..]).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {error}", words[0]);
            ExitCode::FAILURE
        }
    }
}
