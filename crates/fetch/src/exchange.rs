use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use reqwest::{Client, Response};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::decode::{self, Cap, codings};
use crate::gate::{Gate, Reach, shown};
use crate::pace::{Pace, Tempo};
use crate::resolver::Vetted;
use crate::retry_after::retry_after;
use crate::{Config, FetchError};

/// All headers of one answer together.
const MAX_HEADERS: usize = 64 * 1024;
/// The pause after status 429 without a time to come back.
const UNTOLD_PAUSE: Duration = Duration::from_secs(10);

/// One request and its answer at a time, no redirect followed: gate, turn, connection, status, body.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) config: Config,
    pub(crate) gate: Gate,
    pace: Pace,
    places: Semaphore,
    /// Connections to public addresses only.
    public: Client,
    /// Connections of the hosts that the configuration names. Two clients, so that no connection is ever shared.
    named: Client,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) accept: &'a str,
    pub(crate) etag: Option<&'a str>,
    pub(crate) last_modified: Option<&'a str>,
    pub(crate) cap: Cap,
    pub(crate) crawl_delay: Option<Duration>,
}

#[derive(Debug)]
pub(crate) enum Answer {
    /// Status 2xx.
    Content(Content),
    Redirect(Url),
    /// Only to a conditional request.
    NotModified,
    /// Everything else; the body is not read.
    Status {
        status: u16,
        retry_after: Option<Duration>,
        date: Option<String>,
    },
}

#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) bytes: Bytes,
}

/// The time that is left of one call.
#[derive(Debug)]
pub(crate) struct Budget {
    whole: Duration,
    left: Duration,
}

impl Budget {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, left: whole }
    }
}

impl Exchange {
    pub(crate) fn new(config: Config) -> Result<Self, FetchError> {
        config.check()?;
        crate::install_tls();
        Ok(Self {
            gate: Gate::new(&config.allow)?,
            pace: Pace::default(),
            places: Semaphore::new(config.concurrency.min(Semaphore::MAX_PERMITS)),
            public: client(&config, Reach::Public)?,
            named: client(&config, Reach::Named)?,
            config,
        })
    }

    /// Waits for the host's turn and for a place, then asks. Only the asking takes from the budget.
    pub(crate) async fn ask(&self, url: &Url, ask: &Ask<'_>, budget: &mut Budget) -> Result<Answer, FetchError> {
        let reach = self.gate.check(url)?;
        let host = url.host_str().unwrap_or_default();
        let rate = if reach == Reach::Named { self.config.allowed_rate } else { self.config.per_host };
        self.pace.turn(host, Tempo::new(rate, ask.crawl_delay), self.config.patience).await?;
        let _place = self.places.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        let answer = timeout(budget.left, self.exchange(url, ask, reach)).await;
        budget.left = budget.left.saturating_sub(started.elapsed());
        let answer = answer.unwrap_or_else(|_| {
            Err(FetchError::Timeout { why: format!("it took more than {:.1} s in all", budget.whole.as_secs_f64()) })
        });
        tracing::debug!(url = shown(url), took = ?started.elapsed(), failed = answer.is_err(), "asked");
        answer
    }

    async fn exchange(&self, url: &Url, ask: &Ask<'_>, reach: Reach) -> Result<Answer, FetchError> {
        let client = if reach == Reach::Named { &self.named } else { &self.public };
        let headers = request_headers(ask)?;
        let conditional = headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE);
        let response = client.get(url.clone()).headers(headers).send().await.map_err(FetchError::of_client)?;
        check_answer(url, &response, reach)?;
        let status = response.status().as_u16();
        match status {
            200..=299 => self.content(response, ask.cap).await.map(Answer::Content),
            304 if conditional => Ok(Answer::NotModified),
            301 | 302 | 303 | 307 | 308 if response.headers().contains_key(LOCATION) => redirect(url, &response),
            _ => {
                let mut pause = retry_after(response.headers());
                if status == 429 {
                    pause = pause.or(Some(UNTOLD_PAUSE));
                }
                let date = response.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
                if let (429 | 503, Some(pause)) = (status, pause) {
                    self.pace.pause(url.host_str().unwrap_or_default(), pause);
                }
                Ok(Answer::Status { status, retry_after: pause, date })
            }
        }
    }

    async fn content(&self, response: Response, cap: Cap) -> Result<Content, FetchError> {
        if !cap.cut && response.content_length().is_some_and(|length| length > cap.bytes) {
            return Err(FetchError::TooLarge { limit: cap.bytes });
        }
        let headers = response.headers();
        let fields: Vec<String> = headers.get_all(CONTENT_ENCODING).iter().map(lossy).collect();
        let codings = codings(&fields.join(","))?;
        // Validators go back as they came, so one that cannot be written again is none.
        let exact = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
        let (etag, last_modified, date) = (exact(ETAG), exact(LAST_MODIFIED), exact(DATE));
        let content_type = headers.get(CONTENT_TYPE).map(lossy);
        let status = response.status().as_u16();
        let wire = response.bytes_stream().map_err(FetchError::of_client);
        let bytes = decode::read(wire, &codings, cap).await?;
        Ok(Content { status, content_type, etag, last_modified, date, bytes })
    }
}

/// The address is not checked here, so that its error belongs to the next hop.
fn redirect(from: &Url, response: &Response) -> Result<Answer, FetchError> {
    let location = response.headers().get(LOCATION).map(lossy).unwrap_or_default();
    let mut next = from.join(location.trim()).map_err(|error| FetchError::Url {
        url: shown(from),
        why: format!("it redirects to an address that is not valid: {error}"),
    })?;
    next.set_fragment(None);
    Ok(Answer::Redirect(next))
}

fn client(config: &Config, reach: Reach) -> Result<Client, FetchError> {
    let builder = || {
        Client::builder()
            .user_agent(&config.user_agent)
            .dns_resolver(Vetted { reach })
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(config.connect_timeout)
            .read_timeout(config.idle_timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .http2_max_header_list_size(64 * 1024)
    };
    builder().build().or_else(|error| {
        // A bare machine has no root certificates. With none, http works and every https fails by its own clear error.
        let client = builder().tls_certs_only([]).build();
        let client =
            client.map_err(|_| FetchError::Config { why: format!("no HTTP client can be made: {error:?}") })?;
        tracing::warn!(?error, "no root certificates were found, https will fail");
        Ok(client)
    })
}

fn request_headers(ask: &Ask<'_>) -> Result<HeaderMap, FetchError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(decode::ACCEPT_ENCODING));
    let accept = HeaderValue::from_str(ask.accept);
    headers.insert(ACCEPT, accept.map_err(|_| FetchError::Config { why: "accept is no header value".to_owned() })?);
    for (name, validator) in [(IF_NONE_MATCH, ask.etag), (IF_MODIFIED_SINCE, ask.last_modified)] {
        // Without a validator the page comes whole, which is right too.
        if let Some(value) = validator.and_then(|validator| HeaderValue::from_str(validator).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(headers)
}

fn check_answer(url: &Url, response: &Response, reach: Reach) -> Result<(), FetchError> {
    // The resolver has vetted it before; this looks at the connection itself.
    if let Some(address) = response.remote_addr().map(|address| address.ip())
        && !reach.admits(address)
    {
        return Err(FetchError::PrivateAddress { host: url.host_str().unwrap_or_default().to_owned(), address });
    }
    let size: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > MAX_HEADERS {
        return Err(FetchError::Protocol { why: format!("headers of {size} bytes") });
    }
    Ok(())
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
