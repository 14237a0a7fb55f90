//! Who plays at an event in JSON.

use model::{ArtistClaims, Stated};
use serde_json::{Map, Value};

use super::leaves::words_of;
use super::{Found, Object};
use crate::page::pointer;
use crate::plain::plain;
use crate::text::lineup;

const LISTS: [&str; 24] = [
    "artists",
    "artist",
    "lineup",
    "line_up",
    "lineups",
    "performers",
    "performer",
    "performances",
    "performance",
    "acts",
    "bands",
    "band",
    "attractions",
    "headliners",
    "headliner",
    "supports",
    "support",
    "support_acts",
    "supporting_acts",
    "talent",
    "talents",
    "musicians",
    "artist_names",
    "event_artists",
];
const NAMES: [&str; 7] = ["name", "display_name", "artist_name", "title", "stage_name", "act_name", "label"];
const INSIDE: [&str; 5] = ["artist", "attraction", "performer", "act", "band"];

/// The acts that an event lists, in order.
pub(super) fn read<'v>(object: &Object<'v>, found: &Found<'v>) -> Vec<ArtistClaims> {
    let mut names: Vec<Stated<String>> = Vec::new();
    lists(object.map, &object.at, found, &mut names, 0);
    names.into_iter().map(|name| ArtistClaims { name: Some(name), ..ArtistClaims::default() }).collect()
}

fn lists<'v>(map: &'v Map<String, Value>, at: &str, found: &Found<'v>, names: &mut Vec<Stated<String>>, depth: usize) {
    for (key, value) in map {
        let words = words_of(key);
        if LISTS.contains(&words.as_str()) {
            list(found.resolve(value), &pointer(at, key), found, names);
        } else if depth == 0
            && matches!(
                words.as_str(),
                "embedded" | "relationships" | "acf" | "meta" | "details" | "fields" | "attributes"
            )
            && let Value::Object(inner) = value
        {
            lists(inner, &pointer(at, key), found, names, depth + 1);
        }
    }
}

fn list<'v>(value: &'v Value, at: &str, found: &Found<'v>, names: &mut Vec<Stated<String>>) {
    match value {
        Value::Array(values) => {
            for (index, value) in values.iter().take(100).enumerate() {
                let at = format!("{at}/{index}");
                match found.resolve(value) {
                    Value::Object(map) => push(named(map, &at, found, 0), names),
                    Value::String(text) => push(whole(text, &at), names),
                    _ => {}
                }
            }
        }
        Value::Object(map) => {
            // A list inside an envelope: `{nodes: [...]}`, `{edges: [{node}]}`, `{data: [...]}`.
            let inner = ["nodes", "edges", "data", "items"].iter().find_map(|key| Some((key, map.get(*key)?)));
            match inner {
                Some((key, inner)) => list(inner, &pointer(at, key), found, names),
                None => push(named(map, at, found, 0), names),
            }
        }
        Value::String(text) => {
            let text = plain(text);
            for name in lineup::split(&text).into_iter().filter(|_| text.len() <= 300) {
                push(Some(Stated::new(name.clone(), at, &name)), names);
            }
        }
        _ => {}
    }
}

fn whole(text: &str, at: &str) -> Option<Stated<String>> {
    let text = plain(text);
    (!text.is_empty() && text.len() <= 120).then(|| Stated::new(text.clone(), at, &text))
}

fn named<'v>(map: &'v Map<String, Value>, at: &str, found: &Found<'v>, depth: usize) -> Option<Stated<String>> {
    for (key, value) in map {
        let words = words_of(key);
        if (INSIDE.contains(&words.as_str()) || words == "node")
            && depth < 3
            && let Value::Object(inner) = found.resolve(value)
        {
            return named(inner, &pointer(at, key), found, depth + 1);
        }
    }
    NAMES.iter().find_map(|name| {
        let (key, value) = map.iter().find(|(key, _)| words_of(key) == *name)?;
        whole(value.as_str()?, &pointer(at, key))
    })
}

fn push(name: Option<Stated<String>>, names: &mut Vec<Stated<String>>) {
    if let Some(name) = name
        && names.len() < 120
        && !names.iter().any(|known| known.value.eq_ignore_ascii_case(&name.value))
        && !lineup::split(&name.value).is_empty()
    {
        names.push(name);
    }
}
