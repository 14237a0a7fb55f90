use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, Url};
use serde_json::Value;

use crate::dialect::{Dialect, Question};
use crate::{LlmError, Secret, answer};

/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub struct Config {
    /// Such as `http://127.0.0.1:8070` or `https://api.example.org/v1`; the `/v1` may be there or not.
    pub base_url: String,
    pub api_key: Option<Secret>,
    pub model: String,
    /// For one whole question.
    pub timeout: Duration,
    pub max_output_tokens: u32,
}

/// Asks one model of one server.
#[derive(Debug)]
pub struct Client {
    config: Config,
    endpoint: Url,
    http: reqwest::Client,
    dialect: Mutex<Dialect>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// An object; whether it satisfies the schema is the server's promise alone.
    pub value: Value,
    pub usage: Usage,
    /// The model that answered, as the server names it.
    pub model: String,
}

/// Zero where the server does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
}

impl Client {
    /// # Errors
    /// A base address that is no `http` or `https` one or carries credentials, and an empty model name.
    pub fn new(config: Config) -> Result<Self, LlmError> {
        let endpoint = endpoint(&config.base_url)?;
        if config.model.trim().is_empty() {
            return Err(LlmError::Config { why: "no model is named".to_owned() });
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // An error says that another thread was faster, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let http = http_client(config.timeout)?;
        Ok(Self { config, endpoint, http, dialect: Mutex::default() })
    }

    /// Asks for an object of `schema` (a JSON schema whose root is an object; for OpenAI's strict mode every property
    /// required and `additionalProperties` false).
    ///
    /// # Errors
    /// See [`LlmError`]. An answer that was cut, refused or is no JSON is an error and has cost its tokens.
    pub async fn complete(&self, system: &str, user: &str, schema: &Value) -> Result<Completion, LlmError> {
        let Config { model, max_output_tokens, .. } = &self.config;
        let question = Question { model, system, user, schema, max_output_tokens: *max_output_tokens };
        let mut dialect = *self.dialect.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let error = match self.ask(&dialect.body(&question)).await {
                Ok(completion) => {
                    *self.dialect.lock().unwrap_or_else(PoisonError::into_inner) = dialect;
                    return Ok(completion);
                }
                Err(error) => error,
            };
            let LlmError::Status { status: 400 | 404 | 415 | 422 | 500 | 501, message, .. } = &error else {
                return Err(error);
            };
            // Each step goes one way, so this ends.
            dialect = dialect.after(message).ok_or(error)?;
            tracing::debug!(model, ?dialect, "the server refused a parameter, asking in another form");
        }
    }

    async fn ask(&self, body: &Value) -> Result<Completion, LlmError> {
        let mut request = self.http.post(self.endpoint.clone()).json(body);
        if let Some(key) = &self.config.api_key {
            request = request.bearer_auth(key.reveal());
        }
        let mut response = request.send().await.map_err(|error| LlmError::of_client(&error))?;
        let body = read_body(&mut response).await?;
        if !response.status().is_success() {
            return Err(self.refusal(&response, &body));
        }
        let completion = answer::read(&body, &self.config.model)?;
        let Usage { input_tokens, output_tokens } = completion.usage;
        tracing::debug!(model = completion.model, input_tokens, output_tokens, "the model answered");
        Ok(completion)
    }

    fn refusal(&self, response: &Response, body: &[u8]) -> LlmError {
        let status = response.status().as_u16();
        // Servers quote the key when they do not like it. Taken out before the message is cut, which might cut the key.
        let body = String::from_utf8_lossy(body);
        let key = self.config.api_key.as_ref();
        let (message, code) = answer::error_of(&key.map_or_else(|| body.to_string(), |key| key.removed_from(&body)));
        // OpenAI says 429 also when the account is empty, which no waiting cures.
        let empty = code.as_deref() == Some("insufficient_quota");
        let transient = matches!(status, 408 | 409 | 425 | 429 | 500 | 502..=504 | 529) && !empty;
        LlmError::Status { status, message, retry_after: retry_after(response.headers()), transient }
    }
}

fn http_client(timeout: Duration) -> Result<reqwest::Client, LlmError> {
    let builder = || {
        reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            // A redirect would carry the key and the page to another place.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
    };
    builder().build().or_else(|error| {
        // A bare machine has no root certificates; a model on the same machine needs none.
        let client = builder().tls_certs_only([]).build();
        let client = client.map_err(|_| LlmError::Config { why: format!("no HTTP client can be made: {error:?}") })?;
        tracing::warn!(?error, "no root certificates were found, https will fail");
        Ok(client)
    })
}

fn endpoint(base: &str) -> Result<Url, LlmError> {
    let refuse = |why: &str| LlmError::Config { why: format!("the base address {why}") };
    let base = base.trim_end_matches('/');
    let base = base.strip_suffix("/v1").unwrap_or(base);
    let url =
        Url::parse(&format!("{base}/v1/chat/completions")).map_err(|error| refuse(&format!("is not one: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("has more than scheme, host, port and path; the key has its own place"));
    }
    Ok(url)
}

async fn read_body(response: &mut Response) -> Result<Vec<u8>, LlmError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| LlmError::of_client(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(LlmError::Malformed { why: format!("it is larger than {MAX_ANSWER} bytes") });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// RFC 9110 section 10.2.3. A date is taken against the `Date` of the same answer, which comes from the same clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn endpoints() {
        let cases = [
            ("http://127.0.0.1:8070", Some("http://127.0.0.1:8070/v1/chat/completions")),
            ("http://127.0.0.1:8070/", Some("http://127.0.0.1:8070/v1/chat/completions")),
            ("https://api.example.org/v1", Some("https://api.example.org/v1/chat/completions")),
            ("https://example.org/proxy/v1/", Some("https://example.org/proxy/v1/chat/completions")),
            ("", None),
            ("api.example.org", None),
            ("ftp://example.org", None),
            ("file:///v1", None),
            ("http://u:secret@example.org", None),
            ("http://example.org/?key=secret", None),
            ("http://e.org/#x", None),
        ];
        for (base, expected) in cases {
            let found = endpoint(base);
            assert_eq!(found.as_ref().ok().map(reqwest::Url::as_str), expected, "{base}");
            assert!(!format!("{found:?}").contains("secret"));
        }
    }
}
