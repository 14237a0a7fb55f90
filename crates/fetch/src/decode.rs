use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, ReadBuf};
use tokio_util::io::StreamReader;

use crate::FetchError;

/// What is asked for; [`codings`] reads the answer.
pub(crate) const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";
/// A body may unpack to so many times its size. Pages reach 30, monotonous calendars 100.
const RATIO: u64 = 250;
/// Below this size the ratio says nothing.
const RATIO_FROM: u64 = 1024 * 1024;
/// Layers of coding; servers that pack twice exist, more are an attack.
const MAX_CODINGS: usize = 2;
/// RFC 9659: a window of 8 MiB is all that zstd may ask of an HTTP client.
const ZSTD_WINDOW_LOG: u32 = 23;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Brotli,
    Deflate,
    Zstd,
}

/// Where reading stops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cap {
    pub(crate) bytes: u64,
    /// Keep what was read up to there, instead of failing.
    pub(crate) cut: bool,
}

type Source<'a> = Pin<Box<dyn AsyncBufRead + Send + 'a>>;

/// Reads `Content-Encoding` (RFC 9110 section 8.4), innermost coding first.
pub(crate) fn codings(field: &str) -> Result<Vec<Coding>, FetchError> {
    let mut codings = Vec::new();
    for name in field.split(',').map(str::trim) {
        codings.push(match name.to_ascii_lowercase().as_str() {
            "" | "identity" | "none" => continue,
            "gzip" | "x-gzip" => Coding::Gzip,
            "br" => Coding::Brotli,
            "deflate" => Coding::Deflate,
            "zstd" => Coding::Zstd,
            _ => {
                let name: String = name.chars().take(40).collect();
                return Err(FetchError::Decoding { why: format!("the content coding {name:?} is not known") });
            }
        });
    }
    if codings.len() > MAX_CODINGS {
        return Err(FetchError::Decoding { why: format!("it is packed {} times", codings.len()) });
    }
    Ok(codings)
}

/// Reads a body to its end, or to the cap, and unpacks it on the way.
pub(crate) async fn read<'a, S>(wire: S, codings: &[Coding], cap: Cap) -> Result<Bytes, FetchError>
where
    S: Stream<Item = Result<Bytes, FetchError>> + Send + 'a,
{
    let received = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&received);
    let counted = wire.map(move |chunk| {
        let chunk = chunk.map_err(io::Error::other)?;
        let total = count.fetch_add(chunk.len() as u64, Ordering::Relaxed) + chunk.len() as u64;
        // Without this an endless stream of empty packed blocks would be read for ever.
        if total > cap.bytes && !cap.cut {
            return Err(io::Error::other(FetchError::TooLarge { limit: cap.bytes }));
        }
        Ok(chunk)
    });
    let mut source: Source<'a> = Box::pin(StreamReader::new(counted));
    if source.fill_buf().await.map_err(|error| failure(&error, codings))?.is_empty() {
        return Ok(Bytes::new());
    }
    for coding in codings.iter().rev() {
        source = unpacked(source, *coding).await.map_err(|error| failure(&error, codings))?;
    }
    let mut body = BytesMut::new();
    loop {
        body.reserve(16 * 1024);
        let read = source.read_buf(&mut body).await.map_err(|error| failure(&error, codings))?;
        let size = body.len() as u64;
        if size > cap.bytes || read == 0 {
            if size > cap.bytes && !cap.cut {
                return Err(FetchError::TooLarge { limit: cap.bytes });
            }
            body.truncate(usize::try_from(cap.bytes).unwrap_or(usize::MAX));
            return Ok(body.freeze());
        }
        if size > RATIO_FROM && size / RATIO > received.load(Ordering::Relaxed) {
            return Err(FetchError::Bomb { limit: RATIO });
        }
    }
}

async fn unpacked(mut source: Source<'_>, coding: Coding) -> io::Result<Source<'_>> {
    Ok(match coding {
        Coding::Gzip => Box::pin(BufReader::new(GzipMembers { member: Some(GzipDecoder::new(source)) })),
        Coding::Brotli => Box::pin(BufReader::new(BrotliDecoder::new(source))),
        Coding::Zstd => {
            let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
            let mut frames = ZstdDecoder::with_params(source, &[window]);
            frames.multiple_members(true);
            Box::pin(BufReader::new(frames))
        }
        // The name means zlib (RFC 9110 section 8.4.1.2), and many servers send raw deflate under it.
        Coding::Deflate if is_zlib(source.fill_buf().await?) => Box::pin(BufReader::new(ZlibDecoder::new(source))),
        Coding::Deflate => Box::pin(BufReader::new(DeflateDecoder::new(source))),
    })
}

/// The members of a gzip stream (RFC 1952 section 2.2) one after the other. What follows the last one and is no member
/// is ignored, as browsers do: scripts that print after packing are common.
struct GzipMembers<R> {
    /// `None` after the end.
    member: Option<GzipDecoder<R>>,
}

impl<R: AsyncBufRead + Unpin> AsyncRead for GzipMembers<R> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let Some(member) = &mut self.member else { return Poll::Ready(Ok(())) };
            let before = into.filled().len();
            ready!(Pin::new(&mut *member).poll_read(context, into))?;
            if into.filled().len() > before || into.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            let follows = ready!(Pin::new(member.get_mut()).poll_fill_buf(context))?.first() == Some(&0x1f);
            self.member = self.member.take().filter(|_| follows).map(|member| GzipDecoder::new(member.into_inner()));
        }
    }
}

/// RFC 1950 section 2.2.
fn is_zlib(start: &[u8]) -> bool {
    match *start {
        [method, flags, ..] => method & 0x0f == 8 && (u16::from(method) << 8 | u16::from(flags)) % 31 == 0,
        [method] => method & 0x0f == 8,
        [] => true,
    }
}

fn failure(error: &io::Error, codings: &[Coding]) -> FetchError {
    if let Some(own) = error.get_ref().and_then(|inner| inner.downcast_ref::<FetchError>()) {
        return own.clone();
    }
    let why = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the packed stream ends early".to_owned(),
        _ => error.to_string(),
    };
    let names: Vec<String> = codings.iter().map(|coding| format!("{coding:?}").to_lowercase()).collect();
    FetchError::Decoding { why: format!("{}: {why}", names.join(", ")) }
}
