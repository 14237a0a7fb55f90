use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::Problem;

/// The query string, every parameter known and given at most once; otherwise a 400 that says which.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Problem::invalid(rejection.body_text())),
        }
    }
}

/// The variable parts of the path.
pub(crate) struct Segments<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        path.map(|Path(segments)| Self(segments))
            .map_err(|rejection| Problem::new(crate::Code::InvalidId, rejection.body_text()))
    }
}

/// No parameters at all.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParams {}

/// At most this much of a wrong value is repeated in the answer.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(40).collect::<String>())
}

pub(crate) fn number(name: &str, text: &str, least: usize, most: usize) -> Result<usize, Problem> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Problem::invalid(format!("{name} is a number from {least} to {most}, not {}", shown(text))))
}

pub(crate) fn day(name: &str, text: &str) -> Result<Date, Problem> {
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = if plain { text.parse().ok() } else { None };
    date.ok_or_else(|| Problem::invalid(format!("{name} is a day as YYYY-MM-DD, not {}", shown(text))))
}

/// Degrees north and east.
pub(crate) fn place(name: &str, text: &str) -> Result<(f64, f64), Problem> {
    let degrees = |text: &str, most: f64| text.trim().parse::<f64>().ok().filter(|degrees| degrees.abs() <= most);
    let pair = text.split_once(',').and_then(|(lat, lon)| Some((degrees(lat, 90.0)?, degrees(lon, 180.0)?)));
    pair.ok_or_else(|| {
        Problem::invalid(format!(
            "{name} is latitude,longitude in degrees, for example {name}=46.2,7.15, not {}",
            shown(text)
        ))
    })
}

pub(crate) fn kilometres(name: &str, text: &str, most: f64) -> Result<f64, Problem> {
    let length = text.parse().ok().filter(|length| *length > 0.0 && *length <= most);
    length.ok_or_else(|| {
        Problem::invalid(format!("{name} is a number of kilometres above 0 and up to {most}, not {}", shown(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::{day, kilometres, number, place};

    #[test]
    fn values_are_read_or_refused_with_a_hint() {
        assert_eq!(number("limit", "100", 1, 100).unwrap(), 100);
        for text in ["0", "101", "-1", "1.5", "", "many", "99999999999999999999999"] {
            let problem = number("limit", text, 1, 100).unwrap_err();
            assert!(problem.detail().contains("limit is a number from 1 to 100"), "{text}");
        }
        assert!(day("from", "2026-02-28").is_ok());
        for text in ["2026-02-30", "2026-2-3", "tomorrow", "2026-02-28T10:00", "", "20260228"] {
            assert!(day("from", text).is_err(), "{text}");
        }
        assert_eq!(place("near", "46.2, -7.15").unwrap(), (46.2, -7.15));
        for text in ["46.2", "91,0", "0,181", "NaN,0", "inf,0", "a,b", "1,2,3", ""] {
            assert!(place("near", text).is_err(), "{text}");
        }
        for text in ["0", "-1", "NaN", "inf", "501", ""] {
            assert!(kilometres("radius", text, 500.0).is_err(), "{text}");
        }
        let long = number("limit", &"9".repeat(5000), 1, 100).unwrap_err();
        assert!(long.detail().len() < 120);
    }
}
