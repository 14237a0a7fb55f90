//! Which objects are events, and what their fields state.

use model::{ArtistClaims, EventClaims, Stated};
use serde_json::{Map, Value};

use super::leaves::{self, Leaf, words_of};
use super::{Found, Object, acts, has_word, money, place, start, state};
use crate::page::Page;
use crate::plain::plain;
use crate::text::{lineup, music, title};

/// Keys of a name, best first.
const NAMES: [&str; 14] = [
    "title",
    "event_title",
    "name",
    "event_name",
    "display_name",
    "full_title",
    "headline",
    "heading",
    "show_name",
    "gig_name",
    "summary",
    "subject",
    "label",
    "event",
];

/// Whether an object looks like an event: it has a name, a moment, and what only events have. `parent` is the key that
/// holds it.
pub(super) fn is_event(map: &Map<String, Value>, parent: &str) -> bool {
    if map.len() < 3 {
        return false;
    }
    let mut named = false;
    let mut dated = false;
    let mut points = 0;
    for (key, value) in map {
        let empty = value.is_null();
        let words = words_of(key);
        named |= NAMES.contains(&words.as_str()) && (value.is_string() || value.get("rendered").is_some());
        dated |= !empty && has_moment(&words, value, 0);
        for word in words.split('_') {
            points += match word {
                "venue" | "venues" | "lineup" | "artists" | "performers" | "performance" | "doors" | "door"
                | "attractions" | "curfew" | "gig" | "concert" => 2,
                "location" | "place" | "artist" | "tickets" | "ticket" | "event" | "price" | "prices" | "support"
                | "admission" | "city" | "show" | "performer" | "bands" | "headliner" | "sold" | "canceled"
                | "cancelled" => 1,
                _ => 0,
            };
        }
        if matches!(words.as_str(), "type" | "kind" | "typename" | "object_type")
            && value.as_str().is_some_and(|kind| has_word(kind, &["event", "concert", "gig", "show"]))
        {
            points += 2;
        }
    }
    if has_word(
        parent,
        &[
            "event",
            "events",
            "gig",
            "gigs",
            "show",
            "shows",
            "concert",
            "concerts",
            "performances",
            "listings",
            "agenda",
            "programme",
        ],
    ) {
        points += 2;
    }
    named && dated && points >= 2
}

/// Whether a field may tell when the event is.
fn has_moment(words: &str, value: &Value, depth: usize) -> bool {
    const MOMENT: [&str; 16] = [
        "start",
        "starts",
        "date",
        "dates",
        "datetime",
        "begin",
        "begins",
        "when",
        "day",
        "timestamp",
        "time",
        "at",
        "schedule",
        "local",
        "beginning",
        "starting",
    ];
    let fits = words.split('_').any(|word| MOMENT.contains(&word));
    let other = words.split('_').any(|word| {
        matches!(
            word,
            "sale"
                | "created"
                | "updated"
                | "published"
                | "birth"
                | "release"
                | "modified"
                | "announcement"
                | "expires"
        )
    });
    if !fits || other {
        return false;
    }
    match value {
        Value::String(text) => text.len() >= 5 && text.len() <= 120 && text.bytes().any(|byte| byte.is_ascii_digit()),
        Value::Number(number) => number.as_i64().is_some_and(|number| number > 900_000_000),
        Value::Object(map) if depth < 3 => {
            map.iter().any(|(key, value)| has_moment(&format!("{words}_{}", words_of(key)), value, depth + 1))
        }
        Value::Array(values) if depth < 3 => values.first().is_some_and(|value| has_moment(words, value, depth + 1)),
        _ => false,
    }
}

/// What an event's object states; `None` when it has no readable name or day.
pub(super) fn read<'v>(
    page: &Page<'_>,
    object: &Object<'v>,
    found: &Found<'v>,
    units: &money::Units,
) -> Option<EventClaims> {
    let leaves = leaves::of(object, found);
    let mut event = EventClaims::default();
    let (name, leaf) = name(&leaves)?;
    if !start::read(page, &leaves, &mut event) {
        return None;
    }
    let cleaned = title::clean(&name);
    event.title = Some(Stated::new(cleaned.clone(), leaf.at.clone(), &name));
    event.status = state::status(&leaves).or_else(|| {
        let (status, range) = crate::text::status::find(&name)?;
        Some(Stated::new(status, leaf.at.clone(), &name[range]))
    });
    event.venue = place::read(page, &leaves);
    event.music = music::not_music(&cleaned)
        .map(|range| Stated::new(false, leaf.at.clone(), &cleaned[range]))
        .or_else(|| state::music(&leaves));
    event.artists = acts::read(object, found);
    if event.music.is_none() {
        complete(&mut event.artists, of_title(&cleaned, leaf));
    }
    money::read(page, &leaves, units, &mut event);
    addresses(page, &leaves, &mut event);
    event.key = event.url.as_ref().map(|url| url.value.clone()).or_else(|| {
        let id = object.map.get("id").or_else(|| object.map.get("_id")).or_else(|| object.map.get("uid"))?;
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        Some(format!("{}#{id}", page.host()))
    });
    event.description = leaves
        .iter()
        .filter(|leaf| leaf.path.len() == 1 && leaf.key_has(&["description", "summary", "excerpt"]))
        .find_map(|leaf| {
            Some(plain(leaf.text()?))
                .filter(|text| !text.is_empty())
                .map(|text| Stated::new(text.clone(), leaf.at.clone(), &text))
        });
    Some(event)
}

/// Adds the acts of the title to those of a list that leaves some of them out.
fn complete(listed: &mut Vec<ArtistClaims>, titled: Vec<ArtistClaims>) {
    let name =
        |artist: &ArtistClaims| artist.name.as_ref().map(|name| crate::mine::squeeze(&name.value)).unwrap_or_default();
    let known: Vec<String> = listed.iter().map(name).collect();
    // "Foo at Blue Hall", where the list says "Foo".
    let longer = |artist: &ArtistClaims| {
        let name = name(artist);
        known.iter().any(|known| known.len() > 3 && *known != name && name.contains(known.as_str()))
    };
    let titled: Vec<ArtistClaims> =
        if listed.is_empty() { titled } else { titled.into_iter().filter(|artist| !longer(artist)).collect() };
    let shared = titled.iter().filter(|artist| known.contains(&name(artist))).count();
    if listed.is_empty() || titled.len() > 1 && shared > 0 && shared < titled.len() {
        let rest: Vec<ArtistClaims> = std::mem::take(listed)
            .into_iter()
            .filter(|artist| !titled.iter().any(|other| name(other) == name(artist)))
            .collect();
        listed.extend(titled);
        listed.extend(rest);
    }
}

fn of_title(title: &str, leaf: &Leaf<'_>) -> Vec<ArtistClaims> {
    let names = lineup::of_title(title).into_iter();
    names
        .map(|name| ArtistClaims {
            name: Some(Stated::new(name.clone(), leaf.at.clone(), &name)),
            ..ArtistClaims::default()
        })
        .collect()
}

fn name<'l, 'v>(leaves: &'l [Leaf<'v>]) -> Option<(String, &'l Leaf<'v>)> {
    let whole = |leaf: &Leaf<'_>, name: &str| leaf.path.len() == 1 && leaf.path[0] == name;
    let wrapped = |leaf: &Leaf<'_>, name: &str| {
        leaf.path.len() == 2
            && leaf.path[0] == name
            && matches!(
                leaf.key(),
                "rendered" | "text" | "raw" | "value" | "en" | "default" | "main" | "name" | "title"
            )
    };
    NAMES.iter().find_map(|name| {
        let leaf = leaves.iter().find(|leaf| (whole(leaf, name) || wrapped(leaf, name)) && leaf.text().is_some())?;
        let text = plain(leaf.text()?);
        (text.chars().any(char::is_alphanumeric) && text.len() <= 300).then_some((text, leaf))
    })
}

/// Sets `url`, `ticket_url` and `image`.
fn addresses(page: &Page<'_>, leaves: &[Leaf<'_>], event: &mut EventClaims) {
    let address = |leaf: &Leaf<'_>| {
        let text = leaf
            .text()
            .filter(|text| !text.contains(char::is_whitespace) && (text.contains("//") || text.starts_with('/')))?;
        Some(Stated::new(page.absolute(text)?, leaf.at.clone(), text))
    };
    let own = |leaf: &&Leaf<'_>| {
        leaf.path.len() == 1
            && leaf.key_has(&["url", "uri", "link", "href", "permalink", "web", "website"])
            && !leaf.key_has(&["image", "ticket", "tickets", "external", "video", "buy"])
    };
    event.url = leaves.iter().filter(own).find_map(address);
    let shop = |leaf: &&Leaf<'_>| {
        leaf.path.len() <= 3
            && leaf.has(&["ticket", "tickets", "buy", "purchase", "booking", "ticketing", "checkout"])
            && leaf.key_has(&["url", "uri", "link", "href", "ticket", "tickets", "website"])
            && !leaf.has(&["image", "images", "logo", "icon", "terms", "self"])
    };
    event.ticket_url = leaves.iter().filter(shop).find_map(address);
    if event.ticket_url.is_none() {
        let sells = |url: &&Stated<String>| crate::mine::is_shop(&url.value);
        event.ticket_url = event.url.as_ref().filter(sells).cloned();
    }
    let picture = |leaf: &&Leaf<'_>| {
        leaf.path.len() <= 3
            && leaf.has(&["image", "images", "photo", "picture", "thumbnail", "poster", "cover", "artwork", "flyer"])
            && !leaf.has(&["artist", "artists", "venue", "venues", "lineup"])
    };
    event.image = leaves.iter().filter(picture).find_map(address);
}
