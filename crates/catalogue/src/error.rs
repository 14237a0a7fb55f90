pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the store could not be read")]
    Store(#[from] store::StoreError),
    #[error("the search failed")]
    Search(#[from] search::Error),
    /// The search's thread ended early: the process is going down.
    #[error("the search was interrupted")]
    Interrupted,
}
