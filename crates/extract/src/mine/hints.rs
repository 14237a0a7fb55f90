//! What class names, words of links and words before a date give away.

use crate::text::status::find_words;

/// What the names on an element (classes, id, tag) say about its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    pub(super) title: bool,
    pub(super) support: bool,
    pub(super) venue: bool,
    pub(super) city: bool,
    pub(super) address: bool,
    pub(super) price: bool,
    pub(super) date: bool,
    /// Category, genre, share buttons, labels: nothing that names the event.
    pub(super) side: bool,
    pub(super) text: bool,
    pub(super) button: bool,
    pub(super) heading: u8,
    pub(super) strong: bool,
    pub(super) link: bool,
}

impl Hints {
    pub(super) fn add(&mut self, other: Self) {
        self.title |= other.title;
        self.support |= other.support;
        self.venue |= other.venue;
        self.city |= other.city;
        self.address |= other.address;
        self.price |= other.price;
        self.date |= other.date;
        self.side |= other.side;
        self.text |= other.text;
        self.button |= other.button;
        self.strong |= other.strong;
        self.link |= other.link;
        self.heading = match (self.heading, other.heading) {
            (0, heading) | (heading, 0) => heading,
            (one, another) => one.min(another),
        };
    }

    pub(super) fn of(name: &str, classes: &str) -> Self {
        let mut hints = Self::default();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => hints.heading = name.as_bytes()[1] - b'0',
            "strong" | "b" | "em" => hints.strong = true,
            "a" => hints.link = true,
            "button" => hints.button = true,
            "time" => hints.date = true,
            "address" => hints.address = true,
            _ => {}
        }
        for word in classes.split(|letter: char| !letter.is_ascii_alphabetic()) {
            match word {
                "title" | "name" | "headline" | "summary" | "heading" | "eventname" | "eventtitle" | "headliner"
                | "headliners" | "artist" | "act" | "band" | "titel" | "titre" | "titulo" | "titolo" => {
                    hints.title = true;
                }
                "subtitle" | "subheading" | "support" | "supports" | "supporting" | "lineup" | "artists" | "acts"
                | "bands" | "performers" | "guests" | "subline" | "undercard" => hints.support = true,
                "venue" | "venues" | "location" | "place" | "where" | "locatie" | "lieu" | "ort" | "lugar"
                | "luogo" | "room" | "hall" | "stage" | "zaal" => hints.venue = true,
                "city" | "town" | "locality" | "stad" | "ville" | "stadt" => hints.city = true,
                "address" | "street" | "adr" | "adresse" => hints.address = true,
                "price" | "prices" | "cost" | "preis" | "prix" | "precio" | "fee" => hints.price = true,
                "date" | "dates" | "day" | "month" | "datum" | "time" | "when" | "doors" | "year" | "fecha"
                | "start" | "weekday" => hints.date = true,
                "category" | "categories" | "genre" | "genres" | "tag" | "tags" | "label" | "labels" | "badge"
                | "status" | "share" | "social" | "age" | "ages" | "type" | "promoter" | "presenter" | "presents"
                | "presented" | "breadcrumb" | "count" | "pagination" | "filter" | "notice" | "overline" | "kicker"
                | "eyebrow" => hints.side = true,
                "description" | "desc" | "excerpt" | "text" | "body" | "content" | "teaser" | "intro" | "blurb" => {
                    hints.text = true;
                }
                "btn" | "button" | "buttons" | "cta" | "tickets" | "ticket" | "buy" | "more" | "readmore"
                | "actions" | "icon" => hints.button = true,
                _ => {}
            }
        }
        hints
    }
}

const LABELS: &str = "\
    gig|live|live music|concert|event|club|club night|music|festival|live event|support|special guests|\
    share event|all ages|18+|14+|16+|over 18s|book here|tickets available|free event|gigs|concerts|next event|\
    buy tickets|buy ticket|buy now|book now|book|book tickets|tickets|ticket|get tickets|more info|\
    more information|info|info & tickets|info and tickets|read more|learn more|find out more|view event|\
    view details|view more|details|event details|more details|see details|show more|load more|see more|more|\
    share|sold out|cancelled|canceled|postponed|rescheduled|free|free entry|tba|tbc|tickets here|waiting list|\
    join waiting list|on sale|on sale now|on sale soon|coming soon|notify me|register|rsvp|sign up|map|\
    directions|view map|google calendar|ics|add to calendar|ical|facebook|twitter|instagram|email|spotify|\
    youtube|website|official site|doors|doors open|show|start|curfew|price|date|time|venue|location|when|where|\
    upcoming|featured|new|today|tonight|bestel tickets|karten|zu den tickets|mehr infos|mehr erfahren|réserver|\
    billetterie|en savoir plus|entradas|comprar entradas|biglietti|reserve|event cancelled";

/// Whether a text is the label of a button or a field and names nothing.
pub(super) fn is_label(text: &str) -> bool {
    let text = text.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '+');
    if text.is_empty() || text.len() > 39 {
        return text.is_empty();
    }
    let lower = text.to_lowercase();
    LABELS.split('|').any(|label| label == lower)
}

/// Whether the words of a link lead to a shop.
pub(super) fn sells(text: &str) -> bool {
    const WORDS: [&str; 24] = [
        "ticket",
        "tickets",
        "buy",
        "book",
        "book now",
        "booking",
        "get tickets",
        "reserve",
        "rsvp",
        "sold out",
        "karten",
        "réserver",
        "billets",
        "billetterie",
        "entradas",
        "comprar",
        "biglietti",
        "kaarten",
        "tickets bestellen",
        "vorverkauf",
        "waiting list",
        "join waiting list",
        "bestel",
        "register",
    ];
    text.len() < 60 && WORDS.iter().any(|word| find_words(text, word).is_some())
}

/// Whether the words right before a date make it none of an event: when it was posted, when its tickets go on sale,
/// when it was to be.
pub(super) fn disowns(before: &str) -> bool {
    const WORDS: [&str; 46] = [
        "on sale",
        "onsale",
        "on general sale",
        "general sale",
        "presale",
        "pre-sale",
        "presales",
        "available from",
        "available until",
        "added on",
        "added",
        "originally",
        "original date",
        "previously",
        "moved from",
        "rescheduled from",
        "postponed from",
        "posted",
        "posted on",
        "published",
        "published on",
        "updated",
        "last updated",
        "copyright",
        "©",
        "born",
        "since",
        "est.",
        "established",
        "released",
        "out now",
        "release date",
        "valid from",
        "valid until",
        "valid on",
        "offer ends",
        "deadline",
        "closes",
        "sale ends",
        "sales end",
        "written by",
        "reviewed",
        "joined",
        "effective",
        "as of",
        "created",
    ];
    let mut start = before.len().saturating_sub(48);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    let near = &before[start..];
    // A sentence that ended before the date says nothing about it.
    let near = near.rsplit(['\n', '|', '•']).next().unwrap_or(near);
    near.contains('©') || WORDS.iter().any(|word| find_words(near, word).is_some())
}
