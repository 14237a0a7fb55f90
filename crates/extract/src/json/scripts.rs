//! The JSON that an HTML page carries.

use std::borrow::Cow;

use serde_json::Value;

use crate::page::{Page, css_path};

/// Scripts and attributes shorter than this hold no list of events.
const TEXT_MIN: usize = 120;
/// How many beginnings of a script that turn out to be no JSON are tried.
const FAILURES_MAX: usize = 200;

/// All JSON values of a page that may hold events, each with what its locators begin with.
pub(super) fn values(page: &Page<'_>) -> Vec<(String, Value)> {
    let mut values = Vec::new();
    let mut flight = String::new();
    let mut flight_at = None;
    for script in page.scripts() {
        if script.text.len() < TEXT_MIN || script.kind == "application/ld+json" || !may_tell(&script.text) {
            continue;
        }
        let at = script.at("");
        if let Ok(value) = serde_json::from_str::<Value>(script.text.trim()) {
            values.push((at, value));
            continue;
        }
        if script.text.contains("__next_f") {
            flight_at.get_or_insert(at);
            for (call, name) in script.text.match_indices("__next_f.push(") {
                let mut stream =
                    serde_json::Deserializer::from_str(&script.text[call + name.len()..]).into_iter::<Value>();
                if let Some(Ok(value)) = stream.next() {
                    gather_strings(&value, &mut flight);
                }
            }
            continue;
        }
        in_text(&script.text, &mut |value| values.push((at.clone(), value)));
        for text in parsed_strings(&script.text) {
            in_text(&text, &mut |value| values.push((at.clone(), value)));
        }
    }
    if let Some(at) = flight_at {
        in_text(&flight, &mut |value| values.push((at.clone(), value)));
    }
    attributes(page, &mut values);
    values
}

/// A cheap look: without a word for a moment there is no event.
fn may_tell(text: &str) -> bool {
    ["date", "Date", "start", "Start", "time"]
        .iter()
        .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
}

/// Every JSON object or list that stands in a text, outermost first.
fn in_text(text: &str, take: &mut impl FnMut(Value)) {
    let bytes = text.as_bytes();
    let (mut at, mut failures) = (0, 0);
    while let Some(found) = memchr::memchr2(b'{', b'[', &bytes[at..]) {
        let start = at + found;
        at = start + 1;
        let next = bytes[at..].iter().find(|byte| !byte.is_ascii_whitespace());
        let begins = match bytes[start] {
            b'{' => next == Some(&b'"'),
            _ => matches!(next, Some(b'{' | b'[' | b'"')),
        };
        if !begins {
            continue;
        }
        let mut stream = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        match stream.next() {
            Some(Ok(value)) => {
                let length = stream.byte_offset();
                at = start + length.max(1);
                if length >= TEXT_MIN {
                    take(value);
                }
            }
            _ => {
                failures += 1;
                if failures > FAILURES_MAX {
                    return;
                }
            }
        }
    }
}

/// The arguments of `JSON.parse("…")`.
fn parsed_strings(text: &str) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    for (at, call) in text.match_indices("JSON.parse(").take(20) {
        let rest = text[at + call.len()..].trim_start();
        let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`')) else { continue };
        let body = &rest[1..];
        let mut escaped = false;
        let end = body.find(|letter: char| {
            let ends = letter == quote && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        });
        if let Some(end) = end {
            found.push(crate::unescape::json(&body[..end]));
        }
    }
    found
}

fn gather_strings(value: &Value, all: &mut String) {
    if let Value::Array(values) = value {
        for value in values {
            match value {
                Value::String(text) => all.push_str(text),
                Value::Array(_) => gather_strings(value, all),
                _ => {}
            }
        }
    }
}

/// `data-page="{…}"` and the like.
fn attributes(page: &Page<'_>, values: &mut Vec<(String, Value)>) {
    let Some(root) = page.root() else { return };
    for element in root.descendent_elements() {
        for (name, value) in element.value().attrs() {
            let json = value.len() >= TEXT_MIN
                && value.trim_start().starts_with(['{', '['])
                && (name.starts_with("data-") || name.starts_with(':'));
            if json
                && may_tell(value)
                && let Ok(parsed) = serde_json::from_str::<Value>(value)
            {
                values.push((format!("{}@{name}#", css_path(element)), parsed));
            }
        }
    }
}
