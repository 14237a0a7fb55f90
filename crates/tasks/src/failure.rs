use std::fmt;
use std::time::Duration;

use model::ErrorType;

/// Why a step did not come to its end. What it says is kept in the dead letter.
#[derive(Debug)]
pub struct Failure {
    pub(crate) error_type: ErrorType,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) conflict: bool,
    pub(crate) cause: anyhow::Error,
}

impl Failure {
    /// Trying again cannot help: the task becomes a dead letter at once.
    pub fn permanent(cause: impl Into<anyhow::Error>) -> Self {
        Self::of(ErrorType::Permanent, cause)
    }

    pub(crate) fn of(error_type: ErrorType, cause: impl Into<anyhow::Error>) -> Self {
        Self { error_type, ..Self::from(cause.into()) }
    }

    /// Tries again, but not before `wait` has passed, if that is longer than the queue's own backoff.
    pub fn after(wait: Duration, cause: impl Into<anyhow::Error>) -> Self {
        Self { retry_after: Some(wait), ..Self::from(cause.into()) }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(cause: E) -> Self {
        let cause = cause.into();
        let conflict = cause.downcast_ref::<store::StoreError>().is_some_and(store::StoreError::is_conflict);
        Self { error_type: ErrorType::Failed, retry_after: None, conflict, cause }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.cause)
    }
}
