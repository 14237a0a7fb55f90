use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fetch::{Config, FetchError, Fetched, Fetcher, Rate, Request};

/// A server whose answers are written byte by byte, in threads of its own, so that it can do what no library does.
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) at: Instant,
}

pub(crate) enum Reply {
    Whole(Vec<u8>),
    /// Then silence until the client hangs up.
    Stall(Vec<u8>),
    /// Then one byte every few milliseconds for ever.
    Drip(Vec<u8>),
    /// Then this block again and again until the client hangs up.
    Endless(Vec<u8>, Vec<u8>),
}

impl Server {
    /// Answers each path; `None` is a 404.
    pub(crate) fn start(answer: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, answer.as_ref()));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }

    /// Short times, and this server's address allowed.
    pub(crate) fn config(&self) -> Config {
        Config {
            user_agent: "ExampleBot/1.0 (+https://example.org/bot)".to_owned(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            max_bytes: 300_000,
            allow: vec![self.address.to_string(), format!("*.sample.localhost:{}", self.port())],
            allowed_rate: Rate { per_second: 10_000.0, burst: 100 },
            ..Config::default()
        }
    }

    pub(crate) fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.config()).expect("a valid configuration")
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &(dyn Fn(&str) -> Option<Reply> + Send + Sync)) {
    while let Some(asked) = read_request(&mut stream) {
        let reply = answer(&asked.path);
        log.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        let reply = reply.unwrap_or_else(|| Reply::Whole(response("404 Not Found", &[], b"nothing here")));
        let kept = match reply {
            Reply::Whole(bytes) => stream.write_all(&bytes).is_ok() && !hangs_up(&bytes),
            Reply::Stall(bytes) => stream.write_all(&bytes).is_ok() && stream.read(&mut [0]).is_err(),
            Reply::Drip(bytes) => stream.write_all(&bytes).is_ok() && drip(&mut stream),
            Reply::Endless(start, block) => {
                let mut alive = stream.write_all(&start).is_ok();
                while alive {
                    alive = stream.write_all(&block).is_ok();
                }
                false
            }
        };
        if !kept {
            return;
        }
    }
}

fn hangs_up(bytes: &[u8]) -> bool {
    bytes.windows(17).any(|window| window.eq_ignore_ascii_case(b"connection: close"))
}

/// Waits for the client to hang up, a little between any two bytes.
fn drip(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(5))).expect("a timeout above zero");
    loop {
        match stream.read(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            _ => return false,
        }
        if stream.write_all(b"x").is_err() {
            return false;
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
        if head == [0x16] {
            // A TLS greeting, answered in plain text as misconfigured servers do.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Some(Asked { path, headers, at: Instant::now() })
}

/// An answer with its length.
pub(crate) fn response(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let mut bytes = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend(body);
    bytes
}

pub(crate) fn ok(headers: &[&str], body: &[u8]) -> Option<Reply> {
    Some(Reply::Whole(response("200 OK", headers, body)))
}

pub(crate) fn redirect(to: &str) -> Option<Reply> {
    Some(Reply::Whole(response("302 Found", &[&format!("Location: {to}")], b"")))
}

pub(crate) async fn get(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchError> {
    fetcher.get(&Request { url, etag: None, last_modified: None, accept: "text/html" }).await
}

/// The class of the error, or what came instead.
pub(crate) async fn class(fetcher: &Fetcher, url: &str) -> String {
    match get(fetcher, url).await {
        Ok(fetched) => format!("{fetched:?}"),
        Err(error) => error.class().to_owned(),
    }
}

pub(crate) async fn text(fetcher: &Fetcher, url: &str) -> String {
    match get(fetcher, url).await {
        Ok(Fetched::Body(body)) => String::from_utf8_lossy(&body.bytes).into_owned(),
        other => format!("{other:?}"),
    }
}
