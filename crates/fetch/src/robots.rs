mod rules;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::config::product_token;
use crate::decode::Cap;
use crate::exchange::{Answer, Ask, Budget, Exchange};
use crate::gate::shown;
use crate::hops::Hops;
use crate::{Config, FetchError};
use rules::Rules;

/// RFC 9309 section 2.5: at least this much is read; what follows is ignored.
const MAX_BYTES: u64 = 500 * 1024;
/// RFC 9309 section 2.3.1.2.
const MAX_REDIRECTS: usize = 5;
/// A longer delay is taken for this one; it would mean a few pages a day.
const MAX_CRAWL_DELAY: Duration = Duration::from_secs(30);
/// Above this many origins those whose time is over are forgotten.
const ORIGINS: usize = 10_000;

/// What each origin allows. One caller asks for a robots.txt while the others wait for it.
#[derive(Debug, Default)]
pub(crate) struct Robots {
    origins: Mutex<HashMap<String, Arc<Origin>>>,
}

type Origin = tokio::sync::Mutex<Option<Known>>;

#[derive(Debug)]
struct Known {
    verdict: Verdict,
    until: Instant,
}

#[derive(Clone, Debug)]
enum Verdict {
    Rules(Arc<Rules>),
    Unreachable(FetchError),
}

/// Leave to fetch a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leave {
    pub(crate) crawl_delay: Option<Duration>,
}

impl Robots {
    /// Asks whether `url` may be fetched.
    ///
    /// # Errors
    /// [`FetchError::Robots`] with the rule, [`FetchError::RobotsUnreachable`], and what keeps the origin itself from
    /// being reached, which would keep the page too.
    pub(crate) async fn leave(&self, exchange: &Exchange, url: &Url) -> Result<Leave, FetchError> {
        let origin = url.origin().ascii_serialization();
        let slot = self.slot(&origin);
        let mut known = slot.lock().await;
        let now = Instant::now();
        let verdict = match &*known {
            Some(Known { verdict, until }) if *until > now => {
                let mut verdict = verdict.clone();
                if let Verdict::Unreachable(FetchError::RobotsUnreachable { retry_after, .. }) = &mut verdict {
                    *retry_after = *until - now;
                }
                verdict
            }
            _ => {
                let fresh = refresh(exchange, &origin, url, known.take()).await?;
                known.insert(fresh).verdict.clone()
            }
        };
        drop(known);
        let rules = match verdict {
            Verdict::Rules(rules) => rules,
            Verdict::Unreachable(error) => return Err(error),
        };
        match rules.forbidding(url) {
            Some(rule) => Err(FetchError::Robots { origin, path: url.path().to_owned(), rule: rule.to_owned() }),
            None => Ok(Leave { crawl_delay: rules.crawl_delay().map(|delay| delay.min(MAX_CRAWL_DELAY)) }),
        }
    }

    fn slot(&self, origin: &str) -> Arc<Origin> {
        let now = Instant::now();
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if origins.len() >= ORIGINS && !origins.contains_key(origin) {
            // One that is being asked for is locked, and stays.
            let stays = |known: &Option<Known>| known.as_ref().is_some_and(|known| known.until > now);
            origins.retain(|_, slot| slot.try_lock().map_or(true, |known| stays(&known)));
        }
        Arc::clone(origins.entry(origin.to_owned()).or_default())
    }
}

/// Asks anew. Where that fails, rules that were known stay in force (RFC 9309 section 2.4).
async fn refresh(exchange: &Exchange, origin: &str, url: &Url, old: Option<Known>) -> Result<Known, FetchError> {
    let Config { robots_ttl, robots_retry, .. } = exchange.config;
    let asked = ask(exchange, origin, url).await;
    let now = Instant::now();
    Ok(match (asked, old) {
        (Ok(rules), _) => Known { verdict: Verdict::Rules(Arc::new(rules)), until: now + robots_ttl },
        // Nothing was asked, so nothing was learned.
        (Err(error @ FetchError::HostPaused { .. }), _) => return Err(error),
        (Err(error), Some(Known { verdict: verdict @ Verdict::Rules(_), .. })) => {
            tracing::debug!(origin, %error, "robots.txt could not be had again, its old rules hold");
            Known { verdict, until: now + robots_retry }
        }
        (Err(error), _) => Known { verdict: Verdict::Unreachable(error), until: now + robots_retry },
    })
}

async fn ask(exchange: &Exchange, origin: &str, url: &Url) -> Result<Rules, FetchError> {
    let config = &exchange.config;
    let unreachable = |why: String| FetchError::RobotsUnreachable {
        origin: origin.to_owned(),
        why,
        retry_after: config.robots_retry,
    };
    let cap = Cap { bytes: MAX_BYTES, cut: true };
    let ask = Ask { accept: "text/plain, */*;q=0.5", etag: None, last_modified: None, cap, crawl_delay: None };
    let mut budget = Budget::new(config.timeout);
    let mut at = url.join("/robots.txt").map_err(|error| unreachable(error.to_string()))?;
    let home = at.clone();
    let mut hops = Hops::new(&at, MAX_REDIRECTS);
    loop {
        match exchange.ask(&at, &ask, &mut budget).await {
            Ok(Answer::Content(content)) => return Ok(Rules::parse(&content.bytes, product_token(&config.user_agent))),
            Ok(Answer::Redirect(next)) if hops.go(&next).is_ok() => at = next,
            Ok(Answer::Status { status: status @ (429 | 500..), .. }) => {
                return Err(unreachable(format!("status {status}")));
            }
            // Unavailable, which allows everything: RFC 9309 section 2.3.1.3, and 2.3.1.2 for endless redirects.
            Ok(Answer::Redirect(_) | Answer::NotModified | Answer::Status { .. }) => return Ok(Rules::default()),
            Err(error @ FetchError::HostPaused { .. }) => return Err(error),
            Err(error) if at != home => return Err(unreachable(format!("redirected to {}: {error}", shown(&at)))),
            Err(error @ (FetchError::Decoding { .. } | FetchError::Bomb { .. } | FetchError::Protocol { .. })) => {
                return Err(unreachable(error.to_string()));
            }
            // The page would fail the same way, and says it better.
            Err(error) => return Err(error),
        }
    }
}
