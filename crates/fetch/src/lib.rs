//! Polite and guarded HTTP for pages, feeds, calendars and images of other people's servers.
//!
//! Polite: robots.txt (RFC 9309) is asked before every hop, each host has its rate, `Crawl-delay` and `Retry-After` are
//! kept, and conditional requests spare the publisher what did not change.
//! Guarded: only public addresses are connected to, whatever a name or a redirect says, unless the configuration names
//! the host; time, size, decompression, headers and redirects have limits.
//!
//! Deliberately absent: cookies, credentials, request bodies, proxies, JavaScript, retries (the task runner retries by
//! [`FetchError::is_transient`] and [`FetchError::retry_after`]) and text decoding (bytes are evidence and stay bytes).
//! robots.txt is read here and not through a crate, because a refusal has to name the rule it obeys.

mod address;
mod config;
mod decode;
mod error;
mod exchange;
mod fetcher;
mod gate;
mod hops;
mod pace;
mod resolver;
mod retry_after;
mod robots;

pub use config::{Config, Rate};
pub use error::FetchError;
pub use fetcher::{Body, Fetched, Fetcher, Request};

/// Makes ring the TLS provider of this process where none is chosen yet. Idempotent; the executable calls it first.
pub fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error says that another thread was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
