//! Whether an event in JSON takes place, and whether it is music.

use model::{EventStatus, Stated};
use serde_json::Value;

use super::leaves::Leaf;
use crate::text::{music, status};

/// The status that the fields of an event state.
pub(super) fn status(leaves: &[Leaf<'_>]) -> Option<Stated<EventStatus>> {
    let near = || {
        leaves.iter().filter(|leaf| {
            leaf.path.len() <= 3
                && !leaf.has(&["tickets", "ticket", "types", "venue", "venues", "artists", "url", "image"])
        })
    };
    for leaf in near() {
        let words = leaf.key().replace('_', " ");
        let words = words
            .strip_prefix("is ")
            .or_else(|| words.strip_prefix("has been "))
            .or_else(|| words.strip_prefix("event "))
            .unwrap_or(&words);
        match leaf.value {
            Value::Bool(true) => {
                if let Some((status, range)) = status::find(words).filter(|(_, range)| range.len() == words.len()) {
                    let key = leaf.at.rsplit('/').next().unwrap_or_default();
                    let _ = range;
                    return Some(Stated::new(status, leaf.at.clone(), key));
                }
            }
            Value::String(text) if leaf.has(&["status", "state", "availability"]) && text.len() <= 40 => {
                let spaced = text.replace(['-', '_'], " ");
                if let Some((status, _)) = status::find(&spaced) {
                    return Some(Stated::new(status, leaf.at.clone(), text));
                }
            }
            _ => {}
        }
    }
    None
}

/// False where the fields say that this is no live music.
pub(super) fn music(leaves: &[Leaf<'_>]) -> Option<Stated<bool>> {
    const KINDS: [&str; 12] = [
        "genre",
        "genres",
        "category",
        "categories",
        "segment",
        "classification",
        "classifications",
        "type",
        "types",
        "tags",
        "kind",
        "discipline",
    ];
    let kinds = || {
        leaves.iter().filter(|leaf| {
            leaf.path.len() <= 4 && leaf.has(&KINDS) && !leaf.has(&["venue", "ticket", "tickets", "venues", "price"])
        })
    };
    let texts = || kinds().filter_map(|leaf| Some((leaf, leaf.text().filter(|text| text.len() <= 60)?)));
    let musical = |text: &str| {
        status::find_words(&text.replace([':', '_', '-'], " "), "music").is_some()
            || text.to_lowercase().contains("concert")
    };
    if texts().any(|(_, text)| musical(text)) {
        return None;
    }
    let other = |text: &str| {
        music::not_music(&text.replace([':', '_', '-'], " ")).is_some()
            || ["sports", "sport", "theatre", "theater", "film", "family"]
                .iter()
                .any(|kind| text.eq_ignore_ascii_case(kind))
    };
    texts().find(|(_, text)| other(text)).map(|(leaf, text)| Stated::new(false, leaf.at.clone(), text))
}
