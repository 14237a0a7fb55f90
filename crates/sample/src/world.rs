use jiff::ToSpan;
use jiff::civil::{Date, Time};
use model::{EventStatus, When};

use crate::config::{BASE_DATE, Config};
use crate::random::Dice;
pub use crate::world::places::{City, Language};

mod artists;
mod days;
mod festivals;
pub(crate) mod places;
mod shows;
mod venues;
pub(crate) mod words;

/// What is true on one day. Positions in the lists are the ids of things; later days only append.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub today: Date,
    pub cities: Vec<City>,
    pub venues: Vec<Venue>,
    pub artists: Vec<Artist>,
    pub performances: Vec<Performance>,
    pub festivals: Vec<Festival>,
    pub series: Vec<Series>,
}

/// A place where music is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Venue {
    pub name: String,
    /// The name it bore until lately, which some still use.
    pub old_name: Option<String>,
    pub street: String,
    /// The street as it was on day 1; aggregators never correct theirs.
    pub first_street: String,
    /// Position in [`World::cities`].
    pub city: usize,
    pub postal_code: String,
    /// Degrees, WGS 84.
    pub lat: f64,
    pub lon: f64,
    pub phone: String,
    /// How the venue itself publishes.
    pub channel: Channel,
}

/// How a venue publishes its own programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A site that several venues share.
    Group,
    HEvent,
    Calendar,
    /// Its own site without markup.
    Own,
    /// It has none.
    None,
    /// A festival's field, spoken for by the festival's site.
    Field,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Artist {
    pub name: String,
    pub genre: &'static str,
    /// Whether the artist has a site with tour dates.
    pub site: bool,
}

/// One bill at one place on one day. A day of a festival in a field is one performance with a long bill.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// Position in [`World::venues`].
    pub venue: usize,
    /// Positions in [`World::artists`], headliner first.
    pub artists: Vec<usize>,
    /// The name of the night where it has one.
    pub night: Option<String>,
    /// Local date and time.
    pub start: When,
    /// Local time of the doors, where one is published.
    pub doors: Option<Time>,
    pub status: EventStatus,
    /// Least and greatest price in major units of the town's currency; (0, 0) is free entry.
    pub price: Option<(f64, f64)>,
    pub festival: Option<usize>,
    pub series: Option<usize>,
    pub promoter: Promoter,
    /// The day on which it first appears on the web.
    pub announced: u32,
    /// The start as first announced. Listings break into pages by it, so that a change moves no other show.
    pub first_start: When,
    /// The date it was moved away from, if it was.
    pub moved_from: Option<Date>,
}

/// Who puts a show on, where it is not the venue itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promoter {
    None,
    /// The one with a feed.
    Saltlamp,
    /// The one with a calendar plug-in.
    Wharfside,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Festival {
    pub name: String,
    pub city: usize,
    pub first: Date,
    pub last: Date,
    /// The venue of a festival in a field; absent where it plays in the town's venues.
    pub field: Option<usize>,
    pub stages: Vec<String>,
}

/// A weekly residency.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub venue: usize,
    pub artist: usize,
    pub first: When,
    /// Weeks from the first to the last, skipped ones included.
    pub weeks: u32,
    pub skipped: Vec<Date>,
}

/// Generates the truth on the configured day.
pub fn world(config: &Config) -> World {
    let dice = Dice::new(config.seed);
    let mut world = first_day(dice, config);
    for day in 2..=config.day {
        days::step(&mut world, dice, day);
    }
    world
}

fn first_day(dice: Dice, config: &Config) -> World {
    let scale = config.scale;
    let cities = places::cities(dice, scale.venues);
    let artists = artists::artists(dice, scale.artists);
    let mut world = World {
        today: BASE_DATE,
        venues: Vec::new(),
        cities,
        artists,
        performances: Vec::with_capacity(scale.performances),
        festivals: Vec::new(),
        series: Vec::new(),
    };
    venues::venues(dice, scale, &mut world);
    let mut booking = shows::Booking::default();
    festivals::festivals(dice, scale, &mut world, &mut booking);
    shows::fill(dice, scale.performances, &mut world, &mut booking);
    world
}

impl World {
    /// The first and last date on which anybody plays.
    pub fn window() -> (Date, Date) {
        (BASE_DATE.saturating_sub(14.days()), BASE_DATE.saturating_add(180.days()))
    }

    pub fn city_of(&self, venue: usize) -> &City {
        &self.cities[self.venues[venue].city]
    }

    /// The name of the night, or the headliner.
    pub fn title(&self, performance: &Performance) -> String {
        match (&performance.night, performance.artists.first()) {
            (Some(night), _) => night.clone(),
            (None, Some(headliner)) => self.artists[*headliner].name.clone(),
            (None, None) => String::new(),
        }
    }

    /// The bill by name, headliner first.
    pub fn bill<'a>(&'a self, performance: &'a Performance) -> impl Iterator<Item = &'a str> {
        performance.artists.iter().map(|artist| self.artists[*artist].name.as_str())
    }
}
