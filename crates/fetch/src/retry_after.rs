use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// No host is left alone for longer on its own word.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How long the host asks to be left alone, RFC 9110 section 10.2.3: seconds, or a date.
///
/// A date is taken against the `Date` of the same answer: both come from the same clock, which need not agree with ours.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit mean a very long time.
        return Some(Duration::from_secs(asked.parse().unwrap_or(u64::MAX)).min(LONGEST));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()?;
    Some(until.duration_since(now).unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

    use super::retry_after;

    #[test]
    fn seconds_and_dates() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let cases = [
            ("120", None, Some(120)),
            (" 0 ", None, Some(0)),
            ("99999999999999999999999", None, Some(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(date), Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(date), Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(date), Some(0)),
            ("Fri, 31 Dec 1999 23:59:59 GMT", Some(date), Some(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", None, None),
            ("soon", Some(date), None),
            ("-5", None, None),
            ("1.5", None, None),
            ("", None, None),
        ];
        for (asked, now, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(asked).unwrap());
            if let Some(now) = now {
                headers.insert(DATE, HeaderValue::from_str(now).unwrap());
            }
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{asked:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
