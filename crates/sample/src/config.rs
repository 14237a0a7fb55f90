use jiff::civil::{Date, date};

/// What to generate. The same configuration gives the same bytes everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub seed: u64,
    pub scale: Scale,
    /// The day on which the web is looked at: 1 and onwards.
    pub day: u32,
    /// How much the sources err: 0.0 not at all, 1.0 as in life.
    pub noise: f64,
}

/// How many things there are on day 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    pub venues: usize,
    pub artists: usize,
    pub performances: usize,
    pub festivals: usize,
}

/// The local date of day 1.
pub const BASE_DATE: Date = date(2026, 11, 22);

impl Config {
    /// The region as it is on `day`, as the demonstration serves it.
    pub fn region(seed: u64, day: u32) -> Self {
        Self { seed, scale: Scale::region(), day, noise: 1.0 }
    }

    /// A few venues, for quick tests.
    pub fn small(seed: u64) -> Self {
        Self { seed, scale: Scale::small(), day: 1, noise: 1.0 }
    }
}

impl Scale {
    pub fn region() -> Self {
        Self { venues: 40, artists: 300, performances: 1500, festivals: 6 }
    }

    pub fn small() -> Self {
        Self { venues: 8, artists: 40, performances: 120, festivals: 1 }
    }

    /// As many things as fill at least `pages` pages. Memory of the truth: about 250 bytes a page.
    pub fn pages(pages: usize) -> Self {
        let performances = (pages * 5 / 6).max(120);
        Self {
            venues: (performances / 37).max(8),
            artists: (performances / 5).max(40),
            performances,
            festivals: (performances / 250).max(1),
        }
    }
}
