//! The executable: reads the environment and the command line, opens what is configured, and runs one command.

mod cli;
mod commands;
mod config;
mod lock;
mod open;
mod report;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let cli = cli::Cli::parse();
    let filter = config::log_filter(&config::Environment::of_process());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    fetch::install_tls();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("mystage: the async runtime cannot start: {error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mystage: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
