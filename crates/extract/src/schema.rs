//! What items under schema.org's names say about events, venues and artists.

mod event;
mod offer;
mod place;
mod suffix;

pub(crate) use self::event::{believable_end, from_title, status_of};

use jiff::tz::TimeZone;

use model::{ArtistClaims, Record, Stated};

use crate::item::{Item, Prop, Words};
use crate::page::Page;

/// The most records that the markup of one page may give.
pub(crate) const RECORDS_MAX: usize = 5_000;

/// Reads items into records, in page order.
pub(crate) struct Reader<'p, 'a> {
    pub(crate) page: &'p Page<'a>,
    pub(crate) zone: Option<TimeZone>,
    /// Names of the site or publisher, which titles carry behind a dash.
    pub(crate) site_names: Vec<String>,
    pub(crate) records: Vec<Record>,
}

/// What an event inherits from the thing it is stated in.
#[derive(Clone, Copy, Default)]
struct Around<'i> {
    venue: Option<&'i Item>,
    performer: Option<&'i Item>,
    festival: Option<&'i Words>,
}

impl<'p, 'a> Reader<'p, 'a> {
    pub(crate) fn new(page: &'p Page<'a>, site_names: Vec<String>) -> Self {
        let zone = page.input.zone.and_then(|zone| TimeZone::get(zone).ok());
        Self { page, zone, site_names, records: Vec::new() }
    }

    pub(crate) fn read(&mut self, items: &[Item]) {
        for item in items {
            if item.is(&["WebSite", "Organization", "Corporation"]) {
                self.site_names.extend(item.words(&["name"]).map(|words| words.text.clone()));
            }
        }
        for item in items {
            self.walk(item, Around::default(), 0);
        }
    }

    fn walk(&mut self, item: &Item, around: Around<'_>, depth: usize) {
        if depth > 32 || self.records.len() >= RECORDS_MAX {
            return;
        }
        let mut inside = around;
        if is_event(item) {
            return self.event(item, around, depth);
        }
        if is_venue(item) {
            inside.venue = Some(item);
            if depth == 0 || around.performer.is_none() {
                self.records.extend(place::venue_record(self.page, item));
            }
        } else if is_artist(item) {
            inside.performer = Some(item);
            if depth == 0 {
                let artist = self.artist(item);
                self.records.extend(artist.map(|artist| Record::Artist(Box::new(artist))));
            }
        }
        for (name, prop) in &item.props {
            if let Prop::Item(nested) = prop
                && !matches!(name.as_str(), "review" | "author" | "publisher" | "track" | "album")
            {
                self.walk(nested, inside, depth + 1);
            }
        }
    }

    /// An artist stated as an item.
    fn artist(&self, item: &Item) -> Option<ArtistClaims> {
        let name = item.words(&["name"])?;
        let website = item.words(&["url", "sameAs"]);
        Some(ArtistClaims {
            name: Some(name.state(name.text.clone())),
            website: website.and_then(|words| self.address(words)),
            image: self.image(item),
            description: description(item),
            genre: item.words(&["genre"]).map(|words| words.state(words.text.clone())),
        })
    }

    /// An address, absolute.
    fn address(&self, words: &Words) -> Option<Stated<String>> {
        Some(words.state(self.page.absolute(&words.text)?))
    }

    fn image(&self, item: &Item) -> Option<Stated<String>> {
        item.all(&["image", "photo", "thumbnailUrl"]).find_map(|prop| match prop {
            Prop::Words(words) => self.address(words),
            Prop::Item(image) => self.address(image.words(&["url", "contentUrl", "src"])?),
        })
    }
}

/// The description, cut to a length that a card can show.
fn description(item: &Item) -> Option<Stated<String>> {
    const MAX: usize = 2_000;
    let words = item.words(&["description"])?;
    let end = words.text.char_indices().nth(MAX).map_or(words.text.len(), |(at, _)| at);
    Some(words.state(words.text[..end].to_owned()))
}

fn is_event(item: &Item) -> bool {
    item.types.iter().any(|t| {
        matches!(t.as_str(), "Festival" | "EventSeries" | "Concert" | "CourseInstance" | "Hackathon")
            || (t.ends_with("Event") && !matches!(t.as_str(), "DeliveryEvent" | "PublicationEvent" | "BroadcastEvent"))
    })
}

fn is_venue(item: &Item) -> bool {
    const VENUES: [&str; 12] = [
        "MusicVenue",
        "EventVenue",
        "NightClub",
        "PerformingArtsTheater",
        "StadiumOrArena",
        "BarOrPub",
        "ComedyClub",
        "ConcertHall",
        "Casino",
        "Brewery",
        "Winery",
        "ArtsVenue",
    ];
    item.is(&VENUES)
}

fn is_artist(item: &Item) -> bool {
    item.is(&["MusicGroup", "PerformingGroup", "DanceGroup", "TheaterGroup"])
}
