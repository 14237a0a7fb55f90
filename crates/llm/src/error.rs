use std::error::Error;
use std::time::Duration;

/// Why there is no answer. Messages of servers are cut short and free of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    #[error("the language model's configuration is not valid: {why}")]
    Config { why: String },
    #[error("the model server could not be reached: {why}")]
    Connection { why: String },
    #[error("the model server did not answer in time: {why}")]
    Timeout { why: String },
    #[error("the model server answered with status {status}: {message}")]
    Status { status: u16, message: String, retry_after: Option<Duration>, transient: bool },
    #[error("the model refused: {message}")]
    Refused { message: String },
    #[error("the answer was cut at {output_tokens} tokens")]
    CutShort { output_tokens: u64 },
    #[error("the answer is not what was asked for: {why}")]
    Malformed { why: String },
}

impl LlmError {
    /// Whether the same question may be answered later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection { .. } | Self::Timeout { .. } => true,
            Self::Status { transient, .. } => *transient,
            _ => false,
        }
    }

    /// How long the server asks to wait before the next question.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    pub(crate) fn of_client(error: &reqwest::Error) -> Self {
        // The innermost cause says what happened; the outer ones repeat the address.
        let mut cause: &dyn Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let why = cause.to_string();
        if error.is_timeout() { Self::Timeout { why } } else { Self::Connection { why } }
    }
}
