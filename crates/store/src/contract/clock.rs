//! The time of day, to compare the server's with.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds.
#[expect(clippy::disallowed_methods, reason = "what the database calls now is compared with the time of the test")]
pub(super) fn millis() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
