use super::names::fold;

/// A street address in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// House numbers; both ends of a range.
    pub numbers: Vec<String>,
    /// Words of the street, kinds abbreviated (`st`, `ave`, `str`).
    pub words: Vec<String>,
    /// Suite, floor, room.
    pub units: Vec<String>,
}

/// How two street addresses relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreetAgreement {
    /// Street and number.
    Same,
    /// The street; a number is missing on one side.
    SameStreet,
    OtherNumber,
    /// Another street; `numbered` when both state a number, so that both are street addresses indeed.
    Different {
        numbered: bool,
    },
}

const UNIT_MARKS: &[&str] = &["suite", "ste", "unit", "apt", "apartment", "floor", "fl", "room", "rm", "level", "shop"];

impl Address {
    /// Takes a street address apart. Never fails; what it does not understand is a word.
    pub fn of(street: &str) -> Self {
        let folded = fold(&street.replace('#', " unit ")).replace(['(', ')'], " ");
        let tokens: Vec<&str> = folded.split_whitespace().collect();
        let mut address = Self::default();
        let mut i = 0;
        while i < tokens.len() {
            let (token, next) = (tokens[i], tokens.get(i + 1).copied());
            let short = |text: &str| text.len() <= 2 || text.starts_with(|c: char| c.is_ascii_digit());
            if UNIT_MARKS.contains(&token) && next.is_some_and(short) {
                address.units.extend(next.map(str::to_owned));
                i += 1;
            } else if ordinal(token) && next.is_some_and(|next| matches!(next, "floor" | "fl" | "level")) {
                address.units.push(token.to_owned());
                i += 1;
            } else if token.starts_with(|c: char| c.is_ascii_digit()) && !ordinal(token) {
                address.numbers.push(token.trim_start_matches('0').to_owned());
            } else {
                address.words.push(abbreviate(token));
            }
            i += 1;
        }
        address
    }

    /// `None` when one of them names no street.
    pub fn agreement(&self, other: &Self) -> Option<StreetAgreement> {
        let (a, b) = (self.telling(), other.telling());
        let (fewer, more) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
        if fewer.is_empty() {
            return None;
        }
        let numbered = !self.numbers.is_empty() && !other.numbers.is_empty();
        if !fewer.iter().all(|word| more.iter().any(|candidate| alike(word, candidate))) {
            return Some(StreetAgreement::Different { numbered });
        }
        let leading = |number: &String| number.chars().take_while(char::is_ascii_digit).collect::<String>();
        let shared = self.numbers.iter().any(|n| other.numbers.iter().any(|m| leading(n) == leading(m)));
        Some(match (numbered, shared) {
            (false, _) => StreetAgreement::SameStreet,
            (true, true) => StreetAgreement::Same,
            (true, false) => StreetAgreement::OtherNumber,
        })
    }

    /// Whether both name a unit of the building, and not the same one.
    pub fn other_unit(&self, other: &Self) -> bool {
        !self.units.is_empty() && !other.units.is_empty() && !self.units.iter().any(|unit| other.units.contains(unit))
    }

    /// Number and longest word, by which the address is found.
    pub fn key(&self) -> Option<String> {
        let number = self.numbers.first()?;
        let word = self.telling().into_iter().max_by(|a, b| a.len().cmp(&b.len()).then(b.cmp(a)))?;
        Some(format!("{number}-{}", word.chars().take(6).collect::<String>()))
    }

    fn telling(&self) -> Vec<&str> {
        const KINDS: &[&str] = &["st", "rd", "ave", "blvd", "sq", "pl", "ln", "dr", "str", "the", "n", "s", "e", "w"];
        let telling: Vec<&str> = self.words.iter().map(String::as_str).filter(|word| !KINDS.contains(word)).collect();
        if telling.is_empty() { self.words.iter().map(String::as_str).collect() } else { telling }
    }
}

fn ordinal(token: &str) -> bool {
    let digits = token.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    !digits.is_empty() && matches!(&token[digits.len()..], "st" | "nd" | "rd" | "th")
}

fn alike(a: &str, b: &str) -> bool {
    a == b || (a.len().min(b.len()) >= 5 && crate::similarity::edits(a, b) <= 1)
}

fn abbreviate(token: &str) -> String {
    let short = match token {
        "street" | "saint" => "st",
        "road" => "rd",
        "avenue" | "av" => "ave",
        "boulevard" => "blvd",
        "square" => "sq",
        "place" => "pl",
        "lane" => "ln",
        "drive" => "dr",
        "strasse" => "str",
        "north" => "n",
        "south" => "s",
        "east" => "e",
        "west" => "w",
        "first" => "1st",
        "second" => "2nd",
        "third" => "3rd",
        "fourth" => "4th",
        "fifth" => "5th",
        _ => {
            return token
                .strip_suffix("strasse")
                .filter(|stem| stem.len() > 2)
                .map_or_else(|| token.to_owned(), |stem| format!("{stem}str"));
        }
    };
    short.to_owned()
}

/// A postal code in capitals without blanks; of a US ZIP+4 the first five digits.
pub fn fold_postal_code(text: &str) -> Option<String> {
    let code: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let zip4 = code.len() == 9 && code.bytes().all(|b| b.is_ascii_digit());
    let code = if zip4 { code[..5].to_owned() } else { code };
    ((3..=10).contains(&code.len()) && code.bytes().any(|b| b.is_ascii_digit())).then_some(code)
}

/// The town of a "town, region, country".
pub fn fold_city(text: &str) -> Option<String> {
    let town = fold(text.split([',', '(']).next().unwrap_or(text));
    let town: String =
        town.split(' ').filter(|token| !token.bytes().any(|b| b.is_ascii_digit())).collect::<Vec<_>>().join(" ");
    (!town.is_empty() && town.bytes().any(|b| b.is_ascii_alphabetic())).then_some(town)
}

#[cfg(test)]
mod tests {
    use super::{Address, StreetAgreement, fold_city, fold_postal_code};

    #[test]
    fn addresses_agree_in_levels() {
        use StreetAgreement::{Different, OtherNumber, Same, SameStreet};
        for (a, b, expected) in [
            ("12 High Street", "12 High St.", Some(Same)),
            ("Hauptstraße 12a", "Hauptstrasse 12", Some(Same)),
            ("123 W 42nd St", "123 West 42nd Street, Suite 4", Some(Same)),
            ("12-14 Mill Road", "14 Mill Rd", Some(Same)),
            ("High Street", "12 High St", Some(SameStreet)),
            ("13 High Street", "12 High St", Some(OtherNumber)),
            ("12 Hihg Street", "12 High St", Some(Different { numbered: true })),
            ("12 Bridgwater Street", "12 Bridgewater St", Some(Same)),
            ("12 High Street", "Market Square", Some(Different { numbered: false })),
            ("", "12 High St", None),
        ] {
            assert_eq!(Address::of(a).agreement(&Address::of(b)), expected, "{a} | {b}");
            assert_eq!(Address::of(b).agreement(&Address::of(a)), expected, "{b} | {a}");
        }
    }

    #[test]
    fn units_are_told_from_houses() {
        let (a, b) = (Address::of("5 Dock Rd, Unit 3"), Address::of("5 Dock Road #4"));
        assert_eq!(a.agreement(&b), Some(StreetAgreement::Same));
        assert!(a.other_unit(&b));
        assert!(!a.other_unit(&Address::of("5 Dock Road")));
        assert_eq!(Address::of("2nd floor, 9 Elm St").units, ["2nd"]);
        assert_eq!(a.key(), Some("5-dock".to_owned()));
    }

    #[test]
    fn codes_and_towns() {
        assert_eq!(fold_postal_code("sw1a 1aa").as_deref(), Some("SW1A1AA"));
        assert_eq!(fold_postal_code("12345-6789").as_deref(), Some("12345"));
        assert_eq!(fold_postal_code("n/a"), None);
        assert_eq!(fold_city("Zürich 8005").as_deref(), Some("zurich"));
        assert_eq!(fold_city("London, UK").as_deref(), Some("london"));
        assert_eq!(fold_city("–"), None);
    }
}
