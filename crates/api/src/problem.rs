use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use search::Error as SearchError;
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// Why a request was not answered, as RFC 9457 `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    #[schema(example = "Bad Request")]
    title: &'static str,
    #[schema(example = 400)]
    status: u16,
    code: Code,
    /// What was wrong with this request and, where it is the caller's to mend, what to do.
    #[schema(example = "limit is a number from 1 to 100, not \"many\"")]
    detail: String,
}

/// What went wrong, for programs: a code keeps its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A query parameter is unknown, missing, given twice, or has a value that cannot be meant.
    InvalidQuery,
    /// The address names an entity in a way that no entity is named.
    InvalidId,
    NotFound,
    /// The entity existed and was deleted.
    Gone,
    MethodNotAllowed,
    /// The answer took too long.
    Timeout,
    /// A part of the platform does not answer now; try again later.
    Unavailable,
    /// A fault of ours. The request's id is in the header `x-request-id`.
    Internal,
}

impl Code {
    fn status(self) -> StatusCode {
        match self {
            Self::InvalidQuery | Self::InvalidId => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let status = code.status();
        let title = status.canonical_reason().unwrap_or_default();
        Self { kind: "about:blank", title, status: status.as_u16(), code, detail: detail.into() }
    }

    pub fn code(&self) -> Code {
        self.code
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.code.status()
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidQuery, detail)
    }

    /// Logs a failure of ours, once and here, and tells the caller no more than its sort.
    pub(crate) fn of(code: Code, error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let told: Vec<String> = causes.map(ToString::to_string).collect();
        tracing::error!(?code, error = told.join(": "), "a request failed");
        let detail = match code {
            Code::Unavailable => "a part of the platform does not answer now; try again later",
            _ => "a fault of ours; the header x-request-id names this request",
        };
        Self::new(code, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        (status, headers, Json(self)).into_response()
    }
}

impl From<catalogue::Error> for Problem {
    fn from(error: catalogue::Error) -> Self {
        match error {
            catalogue::Error::Store(error) => error.into(),
            catalogue::Error::Search(error) => error.into(),
            catalogue::Error::Interrupted => Self::of(Code::Unavailable, &error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Backend { .. }
            | StoreError::Closed
            | StoreError::Conflict { .. }
            | StoreError::Outdated { .. }
            | StoreError::Unknown
            | StoreError::FeedTrimmed { .. } => Code::Unavailable,
            StoreError::InvalidCursor { .. } | StoreError::InvalidToken { .. } => {
                return Self::invalid(error.to_string());
            }
            StoreError::NoIndex { .. }
            | StoreError::InvalidQuery { .. }
            | StoreError::ReadAfterWrite { .. }
            | StoreError::IndexedTooLong { .. }
            | StoreError::BadLine { .. }
            | StoreError::Refused { .. }
            | StoreError::File { .. }
            | StoreError::Unreadable { .. }
            | StoreError::FromTheFuture { .. }
            | StoreError::Unwritable { .. }
            | StoreError::TooLarge { .. }
            | StoreError::InvalidId { .. }
            | StoreError::WrongDatabase { .. }
            | StoreError::WrittenTwice { .. } => Code::Internal,
        };
        Self::of(code, &error)
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        let code = match error {
            SearchError::InvalidQuery(detail) => return Self::invalid(detail),
            SearchError::Locked(_) | SearchError::Folder(..) | SearchError::Interrupted => Code::Unavailable,
            SearchError::Document(_) | SearchError::Engine(_) => Code::Internal,
        };
        Self::of(code, &error)
    }
}

impl From<blobs::BlobError> for Problem {
    fn from(error: blobs::BlobError) -> Self {
        use blobs::BlobError;
        let code = match &error {
            BlobError::Key { .. } => return Self::new(Code::NotFound, "there is no such file"),
            BlobError::Location { .. } => Code::Internal,
            BlobError::File { .. } | BlobError::Read { .. } | BlobError::Interrupted { .. } => Code::Unavailable,
        };
        Self::of(code, &error)
    }
}
