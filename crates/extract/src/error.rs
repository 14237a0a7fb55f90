/// Why nothing could be read at all. What was merely malformed is in [`crate::Extracted::problems`].
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    #[error("the page's address is not an absolute http(s) address: {0:?}")]
    Address(String),
    #[error("the page has {bytes} bytes, more than the {limit} that are read")]
    TooLarge { bytes: usize, limit: usize },
    /// Binary, empty, or of a kind that holds no text.
    #[error("nothing that can be read as text: {0}")]
    Unreadable(&'static str),
    #[error("the body says it is JSON and is not")]
    Json(#[source] serde_json::Error),
}
