use tracing_subscriber::EnvFilter;

use super::Environment;

/// What is logged when nothing is said: warnings. Tantivy warns of merges that a later commit has overtaken, which is
/// how merges end.
const DEFAULT: &str = "warn,tantivy=error";

/// `MYSTAGE_LOG`: levels by room, such as `info,fetch=debug`.
pub(crate) fn log_filter(environment: &Environment) -> EnvFilter {
    let said = environment.text("MYSTAGE_LOG").and_then(|filter| EnvFilter::try_new(filter).ok());
    said.unwrap_or_else(|| EnvFilter::new(DEFAULT))
}
