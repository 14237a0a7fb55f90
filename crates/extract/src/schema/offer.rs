use model::{EventClaims, EventStatus, Stated};

use crate::item::{Item, Prop, Words};
use crate::page::Page;
use crate::text;

/// Fills price, currency, ticket address and "sold out" from an event's offers.
pub(super) fn fill(page: &Page<'_>, event: &Item, claims: &mut EventClaims) {
    let mut offers: Vec<&Item> = event.items(&["offers", "offer"]).collect();
    let inner: Vec<&Item> = offers.iter().flat_map(|offer| offer.items(&["offers"])).collect();
    offers.extend(inner);
    for offer in &offers {
        amounts(offer, claims);
        for specification in offer.items(&["priceSpecification"]) {
            amounts(specification, claims);
        }
    }
    amounts(event, claims);
    if let (Some(min), Some(max)) = (&claims.price_min, &claims.price_max)
        && min.value == max.value
    {
        claims.price_max = None;
    }
    let links =
        offers.iter().filter_map(|offer| offer.words(&["url"])).chain(event.all(&["offers"]).filter_map(as_words));
    claims.ticket_url = links.filter_map(|words| Some(words.state(page.absolute(&words.text)?))).next();
    let availability: Vec<&Words> = offers.iter().filter_map(|offer| offer.words(&["availability"])).collect();
    let sold_out = |words: &&Words| words.text.ends_with("SoldOut");
    if let Some(words) = availability.first().filter(|_| availability.iter().all(sold_out)) {
        claims.status = Some(words.state(EventStatus::SoldOut));
    }
}

fn as_words(prop: &Prop) -> Option<&Words> {
    match prop {
        Prop::Words(words) => Some(words),
        Prop::Item(_) => None,
    }
}

fn amounts(offer: &Item, claims: &mut EventClaims) {
    for words in ["lowPrice", "price", "minPrice", "highPrice", "maxPrice"].iter().flat_map(|name| texts(offer, name)) {
        let Some((low, high)) = read(&words.text) else { continue };
        for amount in [low, high] {
            // Plug-ins write 0 where the organiser left the price empty.
            if amount == 0.0 && !words.text.to_lowercase().contains("free") {
                continue;
            }
            if claims.price_min.as_ref().is_none_or(|min| amount < min.value) {
                claims.price_min = Some(words.state(amount));
            }
            if claims.price_max.as_ref().is_none_or(|max| amount > max.value) {
                claims.price_max = Some(words.state(amount));
            }
        }
        let currency = words_currency(offer).or_else(|| sign(words));
        claims.currency = claims.currency.take().or(currency);
    }
}

fn texts<'i>(item: &'i Item, name: &str) -> Vec<&'i Words> {
    item.props
        .iter()
        .filter(|(n, _)| n == name)
        .filter_map(|(_, prop)| as_words(prop))
        .filter(|w| !w.text.is_empty())
        .collect()
}

fn words_currency(offer: &Item) -> Option<Stated<String>> {
    let words = offer.words(&["priceCurrency", "currency"])?;
    let code = words.text.trim().to_uppercase();
    (code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())).then(|| words.state(code))
}

fn sign(words: &Words) -> Option<Stated<String>> {
    let code = text::price::summary(&words.text)?.currency?;
    Some(words.state(code.to_owned()))
}

/// Least and greatest amount of a price property: `12.50`, `£10 - £12`, `1.234,50`.
fn read(text: &str) -> Option<(f64, f64)> {
    let bare = text.trim();
    let number = match (bare.rfind(','), bare.rfind('.')) {
        (Some(comma), Some(dot)) if comma > dot => bare.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => bare.replace(',', ""),
        (Some(comma), None) if bare.len() - comma <= 3 => bare.replace(',', "."),
        _ => bare.to_owned(),
    };
    if let Ok(amount) = number.parse::<f64>() {
        return (amount.is_finite() && (0.0..1e6).contains(&amount)).then_some((amount, amount));
    }
    let summary = text::price::summary(text)?;
    Some((summary.min, summary.max))
}
