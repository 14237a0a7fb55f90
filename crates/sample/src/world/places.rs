use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

use super::words::SYLLABLES;
use crate::random::Dice;

/// The language in which a place speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Spanish,
    German,
}

/// A town. None of them exists.
#[derive(Clone, Debug, PartialEq)]
pub struct City {
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// IANA name.
    pub zone: &'static str,
    pub language: Language,
    /// Degrees of the centre, WGS 84.
    pub lat: f64,
    pub lon: f64,
    /// What every postal code of the town begins with.
    pub postal: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    /// Not in the region; only artists on tour go there.
    pub outside: bool,
}

impl City {
    /// The country as people write it.
    pub fn country_name(&self) -> &'static str {
        match self.country {
            "GB" => "United Kingdom",
            "ES" => "España",
            "DE" => "Deutschland",
            "SE" => "Sweden",
            "IE" => "Ireland",
            _ => "United States",
        }
    }

    /// Minutes east of UTC at noon of a local date; the nights of the change itself are not distinguished.
    pub fn offset(&self, day: Date) -> i16 {
        let (standard, summer) = match self.zone {
            "America/New_York" => (-300, day >= nth_sunday(day.year(), 3, 2) && day < nth_sunday(day.year(), 11, 1)),
            "Europe/London" | "Europe/Dublin" => (0, european_summer(day)),
            _ => (60, european_summer(day)),
        };
        standard + if summer { 60 } else { 0 }
    }
}

/// The region's towns, then those outside. `venues` decides how many small towns there are.
pub(super) fn cities(dice: Dice, venues: usize) -> Vec<City> {
    let mut all = vec![
        city("Port Aldra", "GB", "Europe/London", Language::English, (50.912, -3.104), "QX1", "GBP"),
        city("Harrowmere", "GB", "Europe/London", Language::English, (51.184, -2.731), "QX7", "GBP"),
        city("Wexcombe Bay", "GB", "Europe/London", Language::English, (50.702, -2.988), "QY2", "GBP"),
        city("Villanarra", "ES", "Europe/Madrid", Language::Spanish, (43.391, -3.552), "39", "EUR"),
        city("Marlstadt", "DE", "Europe/Berlin", Language::German, (53.612, 8.021), "26", "EUR"),
        city("St Brannick", "GB", "Europe/London", Language::English, (50.551, -3.617), "QZ3", "GBP"),
    ];
    for extra in 0..(venues / 60) as u64 {
        let mut name = String::new();
        for (place, part) in SYLLABLES.iter().enumerate().take(2) {
            name += dice.pick(part, "city", &[extra, place as u64]);
        }
        name += dice.pick(&["combe", "mouth", "wick", "stow", "holme", "minster"], "city end", &[extra]);
        let name = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        if all.iter().any(|other| other.name == name) {
            continue;
        }
        let place = (50.2 + dice.unit("city lat", &[extra]) * 3.0, -4.0 + dice.unit("city lon", &[extra]) * 3.0);
        all.push(city(&name, "GB", "Europe/London", Language::English, place, "QV4", "GBP"));
    }
    for mut away in [
        city("Kvarnvik", "SE", "Europe/Stockholm", Language::English, (57.713, 12.402), "44", "SEK"),
        city("New Aldra", "US", "America/New_York", Language::English, (42.117, -73.021), "06", "USD"),
        city("Dunmarrow", "IE", "Europe/Dublin", Language::English, (53.022, -8.413), "R9", "EUR"),
    ] {
        away.outside = true;
        all.push(away);
    }
    all
}

fn city(
    name: &str,
    country: &'static str,
    zone: &'static str,
    language: Language,
    (lat, lon): (f64, f64),
    postal: &'static str,
    currency: &'static str,
) -> City {
    City { name: name.to_owned(), country, zone, language, lat, lon, postal, currency, outside: false }
}

fn european_summer(day: Date) -> bool {
    day >= last_sunday(day.year(), 3) && day < last_sunday(day.year(), 10)
}

fn last_sunday(year: i16, month: i8) -> Date {
    let last = date(year, month, 1).last_of_month();
    last.saturating_sub(i64::from(last.weekday().to_sunday_zero_offset()).days())
}

fn nth_sunday(year: i16, month: i8, nth: i8) -> Date {
    date(year, month, 1).nth_weekday_of_month(nth, Weekday::Sunday).expect("every month has two Sundays")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::cities;
    use crate::random::Dice;

    #[test]
    fn offsets_follow_summer_time() {
        let all = cities(Dice::new(1), 8);
        let offset = |name: &str, day| all.iter().find(|city| city.name == name).unwrap().offset(day);
        for (name, day, expected) in [
            ("Port Aldra", date(2026, 12, 1), 0),
            ("Port Aldra", date(2027, 3, 27), 0),
            ("Port Aldra", date(2027, 3, 28), 60),
            ("Villanarra", date(2026, 12, 1), 60),
            ("Villanarra", date(2027, 4, 1), 120),
            ("New Aldra", date(2027, 3, 13), -300),
            ("New Aldra", date(2027, 3, 14), -240),
        ] {
            assert_eq!(offset(name, day), expected, "{name} {day}");
        }
    }
}
