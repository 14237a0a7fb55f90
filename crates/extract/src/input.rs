use jiff::civil::Date;

use model::{PageClass, Record};

/// A page and what is known about it from outside.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub body: &'a [u8],
    /// The `Content-Type` header, parameters included.
    pub content_type: Option<&'a str>,
    /// The absolute address that the body came from, after redirects.
    pub url: &'a str,
    /// The day on which the page was fetched or saved: the anchor of dates without a year.
    pub today: Date,
    /// ISO 4217: what a bare `$` or a price without a sign means on this source.
    pub currency: Option<&'a str>,
    /// IANA name: instants given in UTC are turned into this zone's local time.
    pub zone: Option<&'a str>,
}

/// What a page states.
#[derive(Clone, Debug)]
pub struct Extracted {
    pub class: PageClass,
    /// In page order; one for each event, however often the page states it.
    pub records: Vec<Record>,
    pub links: Vec<Link>,
    /// Whether the page is about one thing.
    pub detail: bool,
    /// What was malformed, in words.
    pub problems: Vec<String>,
}

/// An address that is worth a visit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Absolute, as [`model::normalise_url`] spells it.
    pub url: String,
    pub rel: LinkRel,
}

/// Why an address is worth a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkRel {
    /// The next page of the same list.
    Next,
    /// An event's own page.
    Event,
    Venue,
    Artist,
    /// An iCalendar file.
    Calendar,
    /// An RSS or Atom feed.
    Feed,
    /// Another page of the site, of which nothing is known.
    Section,
}
