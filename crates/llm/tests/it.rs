//! Asking servers on loopback that speak the protocol, each in its own way.

use std::collections::VecDeque;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use llm::{Client, Completion, Config, LlmError, Secret, Usage};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const KEY: &str = "sk-very-secret-key";

/// What the server was sent.
#[derive(Clone, Debug)]
struct Asked {
    headers: HeaderMap,
    body: Value,
}

/// A server that gives the prepared answers in turn; dropping it ends it.
struct Server {
    base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    _running: JoinSet<std::io::Result<()>>,
}

#[derive(Clone)]
struct Script {
    answers: Arc<Mutex<VecDeque<Response>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    async fn start(answers: Vec<Response>) -> Self {
        let asked = Arc::default();
        let script = Script { answers: Arc::new(Mutex::new(answers.into())), asked: Arc::clone(&asked) };
        let routes = Router::new().route("/v1/chat/completions", post(answer)).with_state(script);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("a bound address"));
        let mut running = JoinSet::new();
        running.spawn(axum::serve(listener, routes).into_future());
        Self { base, asked, _running: running }
    }

    fn config(&self) -> Config {
        Config {
            base_url: self.base.clone(),
            api_key: Some(Secret::new(KEY)),
            model: "small".to_owned(),
            timeout: Duration::from_secs(10),
            max_output_tokens: 500,
        }
    }

    fn client(&self) -> Client {
        Client::new(self.config()).expect("a valid configuration")
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic while it was held").clone()
    }
}

async fn answer(State(script): State<Script>, headers: HeaderMap, body: String) -> Response {
    let body = serde_json::from_str(&body).expect("JSON");
    script.asked.lock().expect("no panic while it was held").push(Asked { headers, body });
    let next = script.answers.lock().expect("no panic while it was held").pop_front();
    match next {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}

fn completion(content: &str) -> Response {
    let body = json!({
        "id": "1", "object": "chat.completion", "model": "small-2026", "unknown": [],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
    });
    body.to_string().into_response()
}

fn refusal(status: u16, message: &str, headers: &[(&'static str, &'static str)]) -> Response {
    let body = json!({"error": {"message": message, "type": "invalid_request_error", "code": null}}).to_string();
    let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().expect("a header value"));
    }
    response
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"], "additionalProperties": false})
}

async fn ask(client: &Client) -> Result<Completion, LlmError> {
    client.complete("You read posters.", "Tonight: The Larks", &schema()).await
}

#[tokio::test]
async fn a_question_is_asked_in_the_protocol_and_its_answer_read() {
    let server = Server::start(vec![completion(r#"{"name":"The Larks"}"#)]).await;
    let completion = ask(&server.client()).await.unwrap();
    assert_eq!(completion.value, json!({"name": "The Larks"}));
    assert_eq!(completion.usage, Usage { input_tokens: 12, output_tokens: 3 });
    assert_eq!(completion.model, "small-2026");

    let Asked { headers, body } = &server.asked()[0];
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!((&body["model"], &body["max_tokens"]), (&json!("small"), &json!(500)));
    assert_eq!(body["messages"][1], json!({"role": "user", "content": "Tonight: The Larks"}));
    assert_eq!(body["response_format"]["json_schema"]["schema"], schema());
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let server = Server::start(vec![completion("{}")]).await;
    let client = Client::new(Config { api_key: None, ..server.config() }).unwrap();
    ask(&client).await.unwrap();
    assert!(!server.asked()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn servers_that_take_no_schema_get_it_in_the_prompt_and_are_remembered() {
    let server = Server::start(vec![
        refusal(422, "response_format.type: input should be 'text' or 'json_object'", &[]),
        refusal(400, "Unknown parameter: 'response_format.schema'", &[]),
        completion("```json\n{\"name\":\"x\"}\n```"),
        completion("{\"name\":\"y\"}"),
    ])
    .await;
    let client = server.client();
    assert_eq!(ask(&client).await.unwrap().value, json!({"name": "x"}));
    assert_eq!(ask(&client).await.unwrap().value, json!({"name": "y"}));
    let asked = server.asked();
    let formats: Vec<&str> = asked.iter().filter_map(|asked| asked.body["response_format"]["type"].as_str()).collect();
    assert_eq!(formats, ["json_schema", "json_object", "json_object", "json_object"]);
    assert_eq!(asked[1].body["response_format"]["schema"], schema());
    for asked in &asked[2..] {
        assert_eq!(asked.body["response_format"], json!({"type": "json_object"}));
        assert!(asked.body["messages"][0]["content"].as_str().unwrap().contains("additionalProperties"));
    }
}

#[tokio::test]
async fn a_server_that_refuses_every_form_is_not_asked_for_ever() {
    let refusals = (0..9).map(|_| refusal(400, "response_format, temperature, max_completion_tokens: no", &[]));
    let server = Server::start(refusals.collect()).await;
    let error = ask(&server.client()).await.unwrap_err();
    assert!(matches!(error, LlmError::Status { status: 400, .. }) && !error.is_transient(), "{error:?}");
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn errors_say_whether_to_come_back_and_when() {
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let cases = [
        (refusal(429, "slow down", &[("retry-after", "20")]), 429, true, Some(20)),
        (refusal(503, "busy", &[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"), date]), 503, true, Some(10)),
        (refusal(500, "oops", &[]), 500, true, None),
        (refusal(401, "who", &[]), 401, false, None),
        (refusal(404, "no such model", &[]), 404, false, None),
        (refusal(307, "elsewhere", &[("location", "http://127.0.0.1:1/")]), 307, false, None),
    ];
    for (answer, expected, transient, seconds) in cases {
        let server = Server::start(vec![answer]).await;
        let error = ask(&server.client()).await.unwrap_err();
        assert!(matches!(error, LlmError::Status { status, .. } if status == expected), "{error:?}");
        assert_eq!(
            (error.is_transient(), error.retry_after()),
            (transient, seconds.map(Duration::from_secs)),
            "{expected}"
        );
        assert_eq!(server.asked().len(), 1);
    }
    let empty = json!({"error": {"message": "pay first", "code": "insufficient_quota"}}).to_string();
    let server = Server::start(vec![(StatusCode::TOO_MANY_REQUESTS, empty).into_response()]).await;
    assert!(!ask(&server.client()).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn the_key_is_shown_nowhere() {
    let server = Server::start(vec![refusal(401, &format!("Incorrect API key provided: {KEY}."), &[])]).await;
    let client = server.client();
    let error = ask(&client).await.unwrap_err();
    assert_eq!(error.to_string(), "the model server answered with status 401: Incorrect API key provided: [secret].");
    for shown in [format!("{error:?}"), format!("{client:?}"), format!("{:?}", server.config())] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[tokio::test]
async fn silence_and_closed_ports_are_transient() {
    let server = Server::start(Vec::new()).await;
    let client = Client::new(Config { timeout: Duration::from_millis(100), ..server.config() }).unwrap();
    let error = ask(&client).await.unwrap_err();
    assert!(matches!(error, LlmError::Timeout { .. }) && error.is_transient(), "{error:?}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::new(Config { base_url: format!("http://{closed}"), ..server.config() }).unwrap();
    let error = ask(&client).await.unwrap_err();
    assert!(matches!(error, LlmError::Connection { .. }) && error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn answers_have_a_largest_size_and_must_be_objects() {
    for content in ["x".repeat(9_000_000), "no JSON".to_owned(), "[]".to_owned()] {
        let server = Server::start(vec![completion(&content)]).await;
        let error = ask(&server.client()).await.unwrap_err();
        assert!(matches!(error, LlmError::Malformed { .. }) && !error.is_transient(), "{error:?}");
    }
}

#[test]
fn configurations_that_cannot_work_are_refused() {
    let config = |base: &str, model: &str| Config {
        base_url: base.to_owned(),
        api_key: None,
        model: model.to_owned(),
        timeout: Duration::from_secs(1),
        max_output_tokens: 1,
    };
    for broken in [config("example.org", "m"), config("http://example.org", " ")] {
        assert!(matches!(Client::new(broken), Err(LlmError::Config { .. })));
    }
}
