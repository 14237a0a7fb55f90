//! Amounts of money in running text.

use std::ops::Range;

use super::tokens::{Kind, Token, cut};

/// An amount, in major units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    pub(crate) amount: f64,
    /// ISO 4217; absent where a sign such as "kr" leaves it open, and for "free".
    pub(crate) currency: Option<&'static str>,
    /// Comes on top of the price before it: the second amount of "£7.00 + £1.00".
    pub(crate) fee: bool,
}

/// The prices of a text taken together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) currency: Option<&'static str>,
    /// From the first amount to the last.
    pub(crate) range: Range<usize>,
}

/// All amounts of `text`, in order; "free entry" is an amount of zero.
pub(crate) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    if text.bytes().any(|byte| byte.is_ascii_digit()) {
        let tokens = cut(text);
        let mut at = 0;
        while at < tokens.len() {
            match read(&tokens, at) {
                Some((price, next)) => {
                    found.push(price);
                    at = next;
                }
                None => at += 1,
            }
        }
    }
    if let Some(range) = free(text)
        && !found.iter().any(|price: &Found| price.range.start < range.end && range.start < price.range.end)
    {
        found.push(Found { range, amount: 0.0, currency: None, fee: false });
    }
    found
}

/// Least and greatest price of `text`, fees left out.
pub(crate) fn summary(text: &str) -> Option<Summary> {
    let found: Vec<Found> = find(text).into_iter().filter(|price| !price.fee).collect();
    let (first, last) = (found.first()?, found.last()?);
    let amounts = || found.iter().map(|price| price.amount);
    Some(Summary {
        min: amounts().fold(f64::INFINITY, f64::min),
        max: amounts().fold(0.0, f64::max),
        currency: found.iter().find_map(|price| price.currency),
        range: first.range.start.min(last.range.start)..last.range.end.max(first.range.end),
    })
}

fn read(tokens: &[Token<'_>], at: usize) -> Option<(Found, usize)> {
    let (currency, number, prefixed) = match currency(tokens, at) {
        Some((currency, next)) => (Some(currency), next, true),
        None => (None, at, false),
    };
    if !prefixed
        && at > 0
        && tokens[at].glued
        && !matches!(tokens[at - 1].kind, Kind::Sign('(' | '/' | '-' | '–' | '+'))
    {
        return None;
    }
    let (amount, mut to) = amount(tokens, number)?;
    let currency = match currency {
        Some(currency) => currency,
        None => {
            let (currency, next) = currency_behind(tokens, to)?;
            to = next;
            currency
        }
    };
    let fee = at > 0 && tokens[at - 1].is('+');
    let range = tokens[at].start..tokens[to - 1].end();
    Some((Found { range, amount, currency, fee }, to))
}

fn currency(tokens: &[Token<'_>], at: usize) -> Option<(Option<&'static str>, usize)> {
    let token = tokens.get(at)?;
    if let Kind::Sign(sign) = token.kind {
        let code = match sign {
            '£' => Some("GBP"),
            '€' => Some("EUR"),
            '$' => Some("USD"),
            '¥' => Some("JPY"),
            _ => return None,
        };
        return Some((code, at + 1));
    }
    if token.kind != Kind::Word || token.text.len() > 4 {
        return None;
    }
    if tokens.get(at + 1).is_some_and(|sign| sign.is('$') && sign.glued) {
        let code = match token.text {
            "US" | "USD" => "USD",
            "A" | "AU" | "AUD" => "AUD",
            "C" | "CA" | "CAD" => "CAD",
            "NZ" => "NZD",
            _ => return None,
        };
        return Some((Some(code), at + 2));
    }
    let code = code(token.text)?;
    let dot = tokens.get(at + 1).is_some_and(|token| token.is('.') && token.glued);
    Some((code, at + 1 + usize::from(dot)))
}

fn code(word: &str) -> Option<Option<&'static str>> {
    Some(Some(match word {
        "GBP" => "GBP",
        "EUR" | "Euro" | "euro" | "Euros" | "euros" | "eur" => "EUR",
        "USD" => "USD",
        "CHF" | "Fr" | "SFr" | "sFr" => "CHF",
        "AUD" => "AUD",
        "CAD" => "CAD",
        "NZD" => "NZD",
        "SEK" => "SEK",
        "NOK" => "NOK",
        "DKK" => "DKK",
        "PLN" | "zł" => "PLN",
        "CZK" | "Kč" => "CZK",
        "kr" | "Kr" | "KR" => return Some(None),
        _ => return None,
    }))
}

fn currency_behind(tokens: &[Token<'_>], at: usize) -> Option<(Option<&'static str>, usize)> {
    let token = tokens.get(at)?;
    // "£20 $30" and "10 $5": a sign that touches the next number belongs to that.
    let belongs_behind = tokens.get(at + 1).is_some_and(|next| next.glued && matches!(next.kind, Kind::Number(_)));
    if belongs_behind && !token.glued || matches!(token.text, "Fr" | "Kr" | "KR") && !token.glued && token.text == "Fr"
    {
        return None;
    }
    match token.kind {
        Kind::Sign(_) => currency(tokens, at),
        Kind::Word => Some((code(token.text)?, at + 1)),
        Kind::Number(_) => None,
    }
}

/// `12`, `12.50`, `12,50`, `1,200.00`, `15,-`, `25.-`.
fn amount(tokens: &[Token<'_>], at: usize) -> Option<(f64, usize)> {
    let first = tokens.get(at)?.number(1..=6)?;
    let mut amount = f64::from(first);
    let mut to = at + 1;
    while let [sign, digits] = tokens.get(to..to + 2).unwrap_or_default() {
        let joined = sign.glued && digits.glued && matches!(sign.kind, Kind::Sign('.' | ','));
        let (Some(number), true) = (digits.number(1..=3), joined) else { break };
        match digits.text.len() {
            3 => amount = amount * 1000.0 + f64::from(number),
            length => {
                amount += f64::from(number) / if length == 2 { 100.0 } else { 10.0 };
                to += 2;
                break;
            }
        }
        to += 2;
    }
    if let [sign, dash] = tokens.get(to..to + 2).unwrap_or_default()
        && sign.glued
        && dash.glued
        && matches!(sign.kind, Kind::Sign('.' | ','))
        && matches!(dash.kind, Kind::Sign('-' | '–' | '—'))
    {
        to += 2;
    }
    Some((amount, to))
}

/// The words that say that nothing is to be paid.
fn free(text: &str) -> Option<Range<usize>> {
    const PHRASES: [&str; 18] = [
        "free entry",
        "free admission",
        "free event",
        "free show",
        "free gig",
        "entry free",
        "admission free",
        "free entrance",
        "eintritt frei",
        "freier eintritt",
        "entrée libre",
        "entrée gratuite",
        "entrada libre",
        "entrada gratuita",
        "ingresso libero",
        "ingresso gratuito",
        "gratis toegang",
        "free before",
    ];
    let trimmed = text.trim();
    if ["free", "gratis", "gratuit", "kostenlos", "free!"].iter().any(|word| trimmed.eq_ignore_ascii_case(word)) {
        let start = text.len() - text.trim_start().len();
        return Some(start..start + trimmed.len());
    }
    PHRASES.iter().find_map(|phrase| super::status::find_words(text, phrase))
}

#[cfg(test)]
mod tests {
    use super::{find, summary};

    fn read(text: &str) -> Vec<(f64, &'static str, bool)> {
        find(text).into_iter().map(|price| (price.amount, price.currency.unwrap_or("-"), price.fee)).collect()
    }

    #[test]
    fn amounts_in_many_spellings() {
        for (text, expected) in [
            ("£12.50", (12.5, "GBP", false)),
            ("£28 + BF", (28.0, "GBP", false)),
            ("From £8", (8.0, "GBP", false)),
            ("£10 OTD", (10.0, "GBP", false)),
            ("€ 15,-", (15.0, "EUR", false)),
            ("15,50 €", (15.5, "EUR", false)),
            ("20€", (20.0, "EUR", false)),
            ("CHF 25.-", (25.0, "CHF", false)),
            ("1,200.00 USD", (1200.0, "USD", false)),
            ("A$45", (45.0, "AUD", false)),
            ("200 kr", (200.0, "-", false)),
            ("Free Entry", (0.0, "-", false)),
            ("FREE", (0.0, "-", false)),
            ("Eintritt frei", (0.0, "-", false)),
        ] {
            assert_eq!(read(text), [expected], "{text}");
        }
        assert_eq!(read("£7.00 + £1.00"), [(7.0, "GBP", false), (1.0, "GBP", true)]);
        assert_eq!(read("£10 / £12"), [(10.0, "GBP", false), (12.0, "GBP", false)]);
    }

    #[test]
    fn what_is_no_price() {
        for text in ["", "42", "19:30", "20 Aug", "Free Bird", "Feel free to come", "U2", "20 Friends"] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    #[test]
    fn fees_do_not_lower_the_least_price() {
        let sum = summary("Advance £7.00 + £1.00, door £9").unwrap();
        assert_eq!((sum.min, sum.max, sum.currency), (7.0, 9.0, Some("GBP")));
    }
}
