use model::VenueClaims;

use crate::item::Words;

/// The parts of an address written in one line (or several), each a piece of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address<'t> {
    pub(crate) name: Option<&'t str>,
    pub(crate) street: Option<&'t str>,
    pub(crate) city: Option<&'t str>,
    pub(crate) region: Option<&'t str>,
    pub(crate) postal_code: Option<&'t str>,
    pub(crate) country: Option<&'t str>,
}

/// Takes an address apart: `Blue Hall, 12 High Street, London E5 8EG, UK`. Without a street, the first of several parts
/// is a name only where `named` says that the text begins with one.
pub(crate) fn split(text: &str, named: bool) -> Address<'_> {
    let mut parts: Vec<&str> =
        text.split([',', '\n', ';', '•', '|']).map(str::trim).filter(|p| !p.is_empty()).collect();
    let mut address = Address::default();
    if parts.len() > 1 && parts.last().is_some_and(|last| is_country(last)) {
        address.country = parts.pop();
    }
    take_postal_code(&mut parts, &mut address);
    if parts.len() > 1 && parts.last().is_some_and(|last| is_region(last)) {
        address.region = parts.pop();
    }
    // "27 Club" alone is a name; with more behind it, a number begins a street.
    let alone = named && parts.len() == 1 && !parts[0].split_whitespace().next_back().is_some_and(is_street_word);
    let street = if alone { None } else { parts.iter().position(|part| is_street(part)) };
    match street {
        Some(at) => {
            address.street = Some(parts[at]);
            if at > 0 {
                address.name = Some(between(text, parts[0], parts[at - 1]));
            }
            address.city = parts[at + 1..].last().copied();
            if address.region.is_none() && parts.len() > at + 2 && address.postal_code.is_some() {
                address.city = Some(parts[at + 1]);
                address.region = parts.last().copied();
            }
        }
        None => without_street(&parts, named, &mut address),
    }
    address
}

fn without_street<'t>(parts: &[&'t str], named: bool, address: &mut Address<'t>) {
    let in_region = address.country.is_some() || address.region.is_some();
    match *parts {
        [] => {}
        // "Memphis, TN" is a city; "Blue Hall, SW2 5BZ" is not.
        [one] if in_region && address.postal_code.is_none() => address.city = Some(one),
        [one] if (in_region || address.postal_code.is_some()) && !named => address.city = Some(one),
        [one] => address.name = Some(one),
        [name, city] => (address.name, address.city) = (Some(name), Some(city)),
        [name, .., city] => (address.name, address.city) = (Some(name), Some(city)),
    }
}

/// The text from the start of one piece to the end of another.
fn between<'t>(text: &'t str, first: &'t str, last: &'t str) -> &'t str {
    let start = first.as_ptr() as usize - text.as_ptr() as usize;
    let end = last.as_ptr() as usize - text.as_ptr() as usize + last.len();
    &text[start..end]
}

/// Takes the postal code out of the part that holds it; what is left there is the region or the city.
fn take_postal_code<'t>(parts: &mut Vec<&'t str>, address: &mut Address<'t>) {
    for at in (0..parts.len()).rev().take(3) {
        let part = parts[at];
        let Some((start, end)) = postal_code(part) else { continue };
        if is_street(part) && at + 1 < parts.len() && part[..start].split_whitespace().count() > 2 {
            continue;
        }
        address.postal_code = Some(&part[start..end]);
        let (before, after) = (part[..start].trim(), part[end..].trim());
        let left = if before.is_empty() { after } else { before };
        if left.is_empty() {
            parts.remove(at);
        } else if is_region(left) && address.region.is_none() {
            address.region = Some(left);
            parts.remove(at);
        } else {
            parts[at] = left;
        }
        return;
    }
}

/// Where in `part` a postal code stands: British, Canadian or Dutch in two words, or four or five digits.
fn postal_code(part: &str) -> Option<(usize, usize)> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let start = |word: &str| word.as_ptr() as usize - part.as_ptr() as usize;
    for pair in words.windows(2) {
        let british = is_outward(pair[0]) && shape(pair[1]) == "9AA";
        let canadian = shape(pair[0]) == "A9A" && shape(pair[1]) == "9A9";
        let dutch = shape(pair[0]) == "9999" && shape(pair[1]) == "AA" && words.len() > 2;
        if british || canadian || dutch {
            return Some((start(pair[0]), start(pair[1]) + pair[1].len()));
        }
    }
    let last = *words.last()?;
    let first = *words.first()?;
    if shape(last).starts_with("99999") && (last.len() == 5 || last.len() == 10) {
        return Some((start(last), part.len()));
    }
    if words.len() == 1 && matches!(shape(last).as_str(), "9999") && !last.starts_with("20") && !last.starts_with("19")
    {
        return Some((start(last), part.len()));
    }
    if words.len() == 1 && matches!(shape(last).as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A") {
        return Some((start(last), part.len()));
    }
    if words.len() > 1
        && words[1].starts_with(char::is_alphabetic)
        && (shape(first) == "99999" || shape(first) == "9999")
        && !is_street_word(words.last()?)
    {
        return Some((0, first.len()));
    }
    let region_and_code = words.len() == 2 && is_region(first) && shape(last) == "9999";
    region_and_code.then(|| (start(last), part.len()))
}

fn is_outward(word: &str) -> bool {
    matches!(shape(word).as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A")
}

/// Capital letters as `A`, digits as `9`, the rest as it is.
fn shape(word: &str) -> String {
    word.chars()
        .take(12)
        .map(|c| match c {
            'A'..='Z' => 'A',
            '0'..='9' => '9',
            c => c,
        })
        .collect()
}

fn is_street(part: &str) -> bool {
    let digit = part.bytes().any(|b| b.is_ascii_digit());
    let first = part.split_whitespace().next().unwrap_or_default();
    let numbered = first.starts_with(|c: char| c.is_ascii_digit()) && part.contains(' ')
        || (digit
            && part.split_whitespace().next_back().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()))
            && part.contains(' '));
    numbered || part.split_whitespace().next_back().is_some_and(is_street_word) && part.contains(' ')
}

fn is_street_word(word: &str) -> bool {
    let word = word.trim_end_matches('.').to_lowercase();
    matches!(
        word.as_str(),
        "street"
            | "st"
            | "road"
            | "rd"
            | "avenue"
            | "ave"
            | "lane"
            | "ln"
            | "boulevard"
            | "blvd"
            | "drive"
            | "dr"
            | "way"
            | "highway"
            | "hwy"
            | "terrace"
            | "crescent"
            | "alley"
            | "parade"
            | "quay"
    ) || word.ends_with("straße")
        || word.ends_with("strasse")
        || word.ends_with("straat")
        || word.ends_with("gade")
        || word.ends_with("gatan")
        || word.ends_with("vej")
}

fn is_region(part: &str) -> bool {
    const OTHERS: [&str; 14] = [
        "NSW",
        "QLD",
        "VIC",
        "TAS",
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
        "Ontario",
        "Quebec",
        "Québec",
        "British Columbia",
        "ACT",
        "Greater London",
    ];
    (part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase()) && !is_country(part))
        || OTHERS.contains(&part)
        || US_STATES.contains(&part)
}

const US_STATES: [&str; 48] = [
    "Alabama",
    "Alaska",
    "Arizona",
    "Arkansas",
    "California",
    "Colorado",
    "Connecticut",
    "Delaware",
    "Florida",
    "Georgia",
    "Hawaii",
    "Idaho",
    "Illinois",
    "Indiana",
    "Iowa",
    "Kansas",
    "Kentucky",
    "Louisiana",
    "Maine",
    "Maryland",
    "Massachusetts",
    "Michigan",
    "Minnesota",
    "Mississippi",
    "Missouri",
    "Montana",
    "Nebraska",
    "Nevada",
    "New Hampshire",
    "New Jersey",
    "New Mexico",
    "North Carolina",
    "North Dakota",
    "Ohio",
    "Oklahoma",
    "Oregon",
    "Pennsylvania",
    "Rhode Island",
    "South Carolina",
    "South Dakota",
    "Tennessee",
    "Texas",
    "Utah",
    "Vermont",
    "Virginia",
    "West Virginia",
    "Wisconsin",
    "Wyoming",
];

fn is_country(part: &str) -> bool {
    let part = part.trim_end_matches('.').to_lowercase();
    matches!(
        part.as_str(),
        "uk" | "u.k"
            | "united kingdom"
            | "great britain"
            | "gb"
            | "us"
            | "usa"
            | "u.s"
            | "u.s.a"
            | "united states"
            | "united states of america"
            | "canada"
            | "ireland"
            | "éire"
            | "germany"
            | "deutschland"
            | "france"
            | "spain"
            | "españa"
            | "italy"
            | "italia"
            | "netherlands"
            | "the netherlands"
            | "nederland"
            | "belgium"
            | "belgië"
            | "belgique"
            | "switzerland"
            | "schweiz"
            | "suisse"
            | "svizzera"
            | "austria"
            | "österreich"
            | "denmark"
            | "danmark"
            | "sweden"
            | "sverige"
            | "norway"
            | "norge"
            | "finland"
            | "suomi"
            | "iceland"
            | "poland"
            | "polska"
            | "czechia"
            | "czech republic"
            | "portugal"
            | "greece"
            | "hungary"
            | "australia"
            | "new zealand"
            | "japan"
            | "mexico"
            | "méxico"
            | "brazil"
            | "brasil"
            | "argentina"
            | "chile"
            | "south africa"
            | "luxembourg"
            | "estonia"
            | "latvia"
            | "lithuania"
            | "croatia"
            | "slovenia"
            | "serbia"
            | "romania"
            | "bulgaria"
            | "turkey"
            | "israel"
            | "india"
            | "singapore"
    )
}

/// Fills what `venue` does not state yet from an address in one text.
pub(crate) fn fill(venue: &mut VenueClaims, words: &Words, named: bool) {
    let address = split(&words.text, named);
    let state = |part: Option<&str>| part.map(|part| model::Stated::new(part.to_owned(), words.at.as_str(), part));
    let fields = [
        (&mut venue.name, address.name),
        (&mut venue.street, address.street),
        (&mut venue.city, address.city),
        (&mut venue.region, address.region),
        (&mut venue.postal_code, address.postal_code),
        (&mut venue.country, address.country),
    ];
    for (field, part) in fields {
        if field.is_none() {
            *field = state(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, split};

    fn show(address: Address<'_>) -> [&str; 6] {
        let a = address;
        [a.name, a.street, a.city, a.region, a.postal_code, a.country].map(Option::unwrap_or_default)
    }

    #[test]
    fn addresses_fall_into_parts() {
        for (text, expected) in [
            ("205a Lower Road, London E5 8EG, UK", ["", "205a Lower Road", "London", "", "E5 8EG", "UK"]),
            (
                "Blue Hall, 2425 Old Hwy East, Lancaster, PA, 17605, United States",
                ["Blue Hall", "2425 Old Hwy East", "Lancaster", "PA", "17605", "United States"],
            ),
            ("12 High Street\nLeeds\nLS1 4AB", ["", "12 High Street", "Leeds", "", "LS1 4AB", ""]),
            ("SW2 5BZ London", ["", "", "London", "", "SW2 5BZ", ""]),
            ("Memphis, TN, US", ["", "", "Memphis", "TN", "", "US"]),
            ("220 S. Lake Ave, Chicago, Illinois, USA", ["", "220 S. Lake Ave", "Chicago", "Illinois", "", "USA"]),
            ("Lido, Hauptstraße 5, 10115 Berlin, Germany", ["Lido", "Hauptstraße 5", "Berlin", "", "10115", "Germany"]),
            ("128 American Alley, Petaluma, CA 94952", ["", "128 American Alley", "Petaluma", "CA", "94952", ""]),
            (
                "2 Green Place\nLondon, England, NW1\nUnited Kingdom",
                ["", "2 Green Place", "London", "England", "NW1", "United Kingdom"],
            ),
            ("", ["", "", "", "", "", ""]),
        ] {
            assert_eq!(show(split(text, false)), expected, "{text}");
        }
        assert_eq!(split("Memphis, TN, US", true).city, Some("Memphis"));
        assert_eq!(split("27 Club Leeds", true).name, Some("27 Club Leeds"));
        assert_eq!(split("0844 847 1234", false).postal_code, None);
        assert_eq!(split("The Blue Hall", true).name, Some("The Blue Hall"));
        assert_eq!(split("The Blue Hall, Leeds", true).city, Some("Leeds"));
    }
}
