use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::RecordedPage;

/// The largest record that is taken, in bytes. Larger ones are skipped.
const RECORD_MAX: u64 = 64 << 20;

/// The `response` records of a WARC file (ISO 28500), plain or compressed by gzip a record; read one by one.
pub struct Warc {
    input: Box<dyn BufRead + Send>,
    record: usize,
    broken: bool,
}

/// What is wrong with a WARC file.
#[derive(Debug, thiserror::Error)]
pub enum WarcError {
    #[error("the WARC file cannot be read at record {record}")]
    Unreadable { record: usize, source: std::io::Error },
    #[error("record {record} of the WARC file: {what}")]
    Malformed { record: usize, what: &'static str },
}

impl Warc {
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, WarcError> {
        let unreadable = |source| WarcError::Unreadable { record: 0, source };
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let compressed = file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
        let input: Box<dyn BufRead + Send> =
            if compressed { Box::new(BufReader::new(MultiGzDecoder::new(file))) } else { Box::new(file) };
        Ok(Self { input, record: 0, broken: false })
    }

    /// The next record's headers and content; `None` at the end of the file.
    fn record(&mut self) -> Result<Option<(Headers, Vec<u8>)>, WarcError> {
        self.record += 1;
        let record = self.record;
        let malformed = |what| WarcError::Malformed { record, what };
        let unreadable = |source| WarcError::Unreadable { record, source };
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.input.by_ref().take(1024).read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
                return Ok(None);
            }
            if !line.trim_ascii().is_empty() {
                break;
            }
        }
        if !line.starts_with(b"WARC/") {
            return Err(malformed("it does not begin with WARC/"));
        }
        let headers = Headers::read(&mut self.input).map_err(unreadable)?.ok_or(malformed("its headers do not end"))?;
        let length: u64 = headers
            .get("content-length")
            .and_then(|length| length.parse().ok())
            .ok_or(malformed("it has no Content-Length"))?;
        let mut content = Vec::new();
        let taken = self.input.by_ref().take(length.min(RECORD_MAX)).read_to_end(&mut content).map_err(unreadable)?;
        if (taken as u64) < length.min(RECORD_MAX) {
            return Err(malformed("it ends before its Content-Length"));
        }
        if length > RECORD_MAX {
            std::io::copy(&mut self.input.by_ref().take(length - RECORD_MAX), &mut std::io::sink())
                .map_err(unreadable)?;
            content.clear();
        }
        Ok(Some((headers, content)))
    }
}

impl Iterator for Warc {
    type Item = Result<RecordedPage, WarcError>;

    /// Ends after the first malformed record: behind it nothing can be trusted to be a record's beginning.
    fn next(&mut self) -> Option<Self::Item> {
        while !self.broken {
            match self.record() {
                Ok(Some((headers, content))) => {
                    if let Some(page) = page(&headers, &content) {
                        return Some(Ok(page));
                    }
                }
                Ok(None) => return None,
                Err(error) => {
                    self.broken = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// The page of a `response` record that was answered with 200.
fn page(headers: &Headers, mut content: &[u8]) -> Option<RecordedPage> {
    let url = headers.get("warc-target-uri")?.trim_matches(['<', '>']).to_owned();
    if headers.get("warc-type")? != "response" || content.is_empty() {
        return None;
    }
    let mut status = String::new();
    content.read_line(&mut status).ok()?;
    if status.split_whitespace().nth(1) != Some("200") {
        return None;
    }
    let http = Headers::read(&mut content).ok()??;
    let mut body = content.to_vec();
    if http.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        body = unchunked(&body).unwrap_or(body);
    }
    if http.get("content-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("gzip")) {
        let mut plain = Vec::new();
        if MultiGzDecoder::new(&body[..]).take(RECORD_MAX).read_to_end(&mut plain).is_ok() {
            body = plain;
        }
    }
    let site = url::Url::parse(&url).ok()?.host_str()?.to_owned();
    let today = headers.get("warc-date").and_then(|date| date.get(..10)).unwrap_or("1970-01-01").to_owned();
    Some(RecordedPage { url, site, content_type: http.get("content-type").map(str::to_owned), today, body })
}

fn unchunked(mut chunked: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        chunked.read_line(&mut line).ok()?;
        let size = usize::from_str_radix(line.trim().split(';').next()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunked.get(..size)?);
        chunked = chunked.get(size + 2..)?;
    }
}

/// Header lines: names in lower case.
struct Headers(Vec<(String, String)>);

impl Headers {
    /// Up to the empty line; `None` when the input ends before it.
    fn read(input: &mut impl BufRead) -> std::io::Result<Option<Self>> {
        let mut headers = Vec::new();
        loop {
            let mut line = Vec::new();
            if input.take(64 << 10).read_until(b'\n', &mut line)? == 0 || headers.len() > 1_000 {
                return Ok(None);
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim();
            if line.is_empty() {
                return Ok(Some(Self(headers)));
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::Warc;

    fn record(kind: &str, url: &str, http: &str) -> Vec<u8> {
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-22T10:00:00Z\r\n\
             Content-Length: {}\r\n\r\n{http}\r\n\r\n",
            http.len()
        )
        .into_bytes()
    }

    fn pages(bytes: &[u8]) -> Vec<Result<(String, String), String>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Warc::open(file.path())
            .unwrap()
            .map(|page| page.map(|p| (p.url, String::from_utf8(p.body).unwrap())).map_err(|error| error.to_string()))
            .collect()
    }

    #[test]
    fn takes_the_answered_responses() {
        let ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nhello";
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let records = [
            record("warcinfo", "", "software: x"),
            record("response", "https://a.test/", ok),
            record("request", "https://a.test/", "GET / HTTP/1.1\r\n\r\n"),
            record("response", "https://a.test/gone", "HTTP/1.1 404 Not Found\r\n\r\nno"),
            record("response", "<https://b.test/c>", chunked),
        ];
        let expected = vec![
            Ok(("https://a.test/".to_owned(), "hello".to_owned())),
            Ok(("https://b.test/c".to_owned(), "abcde".to_owned())),
        ];
        assert_eq!(pages(&records.concat()), expected);
        let compressed: Vec<u8> = records
            .iter()
            .flat_map(|record| {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(record).unwrap();
                encoder.finish().unwrap()
            })
            .collect();
        assert_eq!(pages(&compressed), expected);
        let cut = pages(&compressed[..compressed.len() - 20]);
        assert!(cut.last().unwrap().is_err(), "a truncated file is said so: {cut:?}");
    }

    #[test]
    fn what_is_no_warc_is_said_so() {
        assert!(pages(b"<html>").iter().all(Result::is_err));
        assert!(pages(b"WARC/1.0\r\nContent-Length: nine\r\n\r\n")[0].is_err());
        assert!(pages(b"").is_empty());
    }
}
