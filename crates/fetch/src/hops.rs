use std::collections::HashSet;

use url::Url;

use crate::FetchError;
use crate::gate::shown;

/// The addresses that one call went through.
#[derive(Debug)]
pub(crate) struct Hops {
    seen: HashSet<String>,
    limit: usize,
}

impl Hops {
    pub(crate) fn new(start: &Url, limit: usize) -> Self {
        Self { seen: HashSet::from([start.as_str().to_owned()]), limit }
    }

    /// Goes on to `next`, which may not have been seen and not be one too many.
    pub(crate) fn go(&mut self, next: &Url) -> Result<(), FetchError> {
        if !self.seen.insert(next.as_str().to_owned()) {
            return Err(FetchError::RedirectLoop { url: shown(next) });
        }
        if self.seen.len() > self.limit + 1 {
            return Err(FetchError::TooManyRedirects { limit: self.limit, url: shown(next) });
        }
        Ok(())
    }
}
