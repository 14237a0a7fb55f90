use bytes::Bytes;
use url::Url;

use crate::decode::Cap;
use crate::exchange::{Answer, Ask, Budget, Content, Exchange};
use crate::gate::{Reach, shown};
use crate::hops::Hops;
use crate::robots::Robots;
use crate::{Config, FetchError, Rate};

/// Fetches pages. One for the whole process: its rates, delays and robots.txt hold only within it. Who fetches from
/// several processes spreads the visits of each [`Fetcher::paced_host`] over them.
#[derive(Debug)]
pub struct Fetcher {
    exchange: Exchange,
    robots: Robots,
}

#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub url: &'a str,
    /// The validators of the copy at hand, as the server wrote them.
    pub etag: Option<&'a str>,
    pub last_modified: Option<&'a str>,
    /// The `Accept` header, such as `text/html,*/*;q=0.8`.
    pub accept: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    Body(Body),
    /// The copy whose validators were sent is the current one.
    NotModified,
    /// Status 404 or 410.
    Gone {
        status: u16,
        /// As [`Body::date`].
        date: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// After redirects, without fragment.
    pub final_url: String,
    /// 200 to 299.
    pub status: u16,
    pub content_type: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// The server's clock, as its `Date` header gives it (RFC 9110, 6.6.1).
    pub date: Option<String>,
    /// Unpacked, in the charset the server used.
    pub bytes: Bytes,
}

impl Fetcher {
    /// # Errors
    /// [`FetchError::Config`] for a configuration that cannot work.
    pub fn new(config: Config) -> Result<Self, FetchError> {
        Ok(Self { exchange: Exchange::new(config)?, robots: Robots::default() })
    }

    /// The host whose rate a visit is to keep. None for hosts that the configuration names, which are our own.
    pub fn paced_host(&self, url: &str) -> Option<String> {
        let gate = &self.exchange.gate;
        let url = gate.parse(url).ok()?;
        let public = gate.check(&url).ok()? == Reach::Public;
        url.host_str().filter(|_| public).map(str::to_owned)
    }

    /// How fast each host may be asked that the configuration does not name.
    pub fn per_host(&self) -> Rate {
        self.exchange.config.per_host
    }

    /// Fetches one page: waits for its host's turn, asks its robots.txt, follows its redirects.
    ///
    /// Validators go along on every hop, as the page that they describe may lie behind redirects.
    ///
    /// # Errors
    /// See [`FetchError`]; statuses other than 2xx, 304, 404 and 410 are errors.
    pub async fn get(&self, request: &Request<'_>) -> Result<Fetched, FetchError> {
        let config = &self.exchange.config;
        let mut url = self.exchange.gate.parse(request.url)?;
        let mut hops = Hops::new(&url, config.max_redirects);
        let mut budget = Budget::new(config.timeout);
        loop {
            match self.hop(&url, request, &mut budget).await? {
                Answer::Content(content) => return Ok(Fetched::Body(body(&url, content))),
                Answer::NotModified => return Ok(Fetched::NotModified),
                Answer::Status { status: status @ (404 | 410), date, .. } => return Ok(Fetched::Gone { status, date }),
                Answer::Status { status, retry_after, .. } => return Err(FetchError::Status { status, retry_after }),
                Answer::Redirect(next) => {
                    tracing::debug!(from = shown(&url), to = shown(&next), "redirected");
                    self.exchange.gate.check(&next)?;
                    hops.go(&next)?;
                    url = next;
                }
            }
        }
    }

    async fn hop(&self, url: &Url, request: &Request<'_>, budget: &mut Budget) -> Result<Answer, FetchError> {
        let leave = self.robots.leave(&self.exchange, url).await?;
        let ask = Ask {
            accept: request.accept,
            etag: request.etag,
            last_modified: request.last_modified,
            cap: Cap { bytes: self.exchange.config.max_bytes, cut: false },
            crawl_delay: leave.crawl_delay,
        };
        self.exchange.ask(url, &ask, budget).await
    }
}

fn body(url: &Url, content: Content) -> Body {
    let Content { status, content_type, etag, last_modified, date, bytes } = content;
    Body { final_url: url.as_str().to_owned(), status, content_type, etag, last_modified, date, bytes }
}
