//! What an event in JSON costs.

use std::collections::HashMap;

use model::{EventClaims, Stated};
use serde_json::Value;

use super::Object;
use super::leaves::Leaf;
use crate::page::Page;
use crate::text::price;

const PRICE: [&str; 9] = ["price", "prices", "cost", "min", "max", "amount", "admission", "total", "fare"];
const INSIDE: [&str; 8] =
    ["price", "prices", "price_ranges", "price_range", "cost", "admission", "pricing", "min_price"];

/// Which price fields of a document count in cents: by key, whether.
pub(super) struct Units {
    minor: HashMap<String, bool>,
}

impl Units {
    /// Looks at all prices of all events: whole numbers whose middle is in the hundreds are cents.
    pub(super) fn of(events: &[Object<'_>]) -> Self {
        let mut amounts: HashMap<String, Vec<f64>> = HashMap::new();
        let mut broken: HashMap<String, bool> = HashMap::new();
        for event in events.iter().take(300) {
            let found = super::Found::default();
            for leaf in super::leaves::of(event, &found).iter().filter(|leaf| is_price(leaf)) {
                let Value::Number(number) = leaf.value else { continue };
                let Some(amount) = number.as_f64() else { continue };
                if !number.is_i64() && !number.is_u64() {
                    broken.insert(leaf.path.join("/"), true);
                }
                if amount > 0.0 {
                    amounts.entry(leaf.path.join("/")).or_default().push(amount);
                }
            }
        }
        let minor = amounts.into_iter().map(|(path, mut all)| {
            all.sort_by(f64::total_cmp);
            let cents = !broken.contains_key(&path) && all[all.len() / 2] >= 300.0;
            (path, cents)
        });
        Self { minor: minor.collect() }
    }
}

fn is_price(leaf: &Leaf<'_>) -> bool {
    const OTHER: [&str; 16] = [
        "fee",
        "fees",
        "face",
        "tax",
        "original",
        "id",
        "currency",
        "count",
        "capacity",
        "discount",
        "quantity",
        "age",
        "per",
        "limit",
        "break",
        "breakdown",
    ];
    !leaf.key_has(&OTHER)
        && (leaf.key_has(&PRICE[..3])
            || leaf.key_has(&PRICE) && leaf.path.iter().any(|key| INSIDE.contains(&key.as_str())))
        && !leaf.has(&["merch", "merchandise", "product", "products", "venue", "promoter"])
}

/// Sets prices and currency.
pub(super) fn read(page: &Page<'_>, leaves: &[Leaf<'_>], units: &Units, event: &mut EventClaims) {
    let mut prices: Vec<(f64, &Leaf<'_>, String)> = Vec::new();
    let mut spoken_currency = None;
    for leaf in leaves.iter().filter(|leaf| is_price(leaf)) {
        match leaf.value {
            Value::Number(number) => {
                let Some(amount) = number.as_f64().filter(|amount| *amount >= 0.0) else { continue };
                // Nought is how many systems write "not stated"; believed only of a kind of ticket.
                if amount == 0.0 && !(leaf.has(&["types", "type", "tiers"]) && leaf.key_has(&["total", "price"])) {
                    continue;
                }
                let cents = units.minor.get(&leaf.path.join("/")).copied().unwrap_or(false);
                prices.push((if cents { amount / 100.0 } else { amount }, leaf, number.to_string()));
            }
            Value::String(text) if text.len() <= 80 => {
                if let Some(sum) = price::summary(text) {
                    spoken_currency = spoken_currency.or(sum.currency.map(|code| (code, leaf, text.clone())));
                    prices.push((sum.min, leaf, text[sum.range.clone()].to_owned()));
                    prices.push((sum.max, leaf, text[sum.range].to_owned()));
                } else if let Some(amount) = text.trim().replace(',', ".").parse().ok().filter(|amount| *amount > 0.0) {
                    prices.push((amount, leaf, text.trim().to_owned()));
                }
            }
            _ => {}
        }
    }
    let least = prices.iter().min_by(|one, other| one.0.total_cmp(&other.0));
    let most = prices.iter().max_by(|one, other| one.0.total_cmp(&other.0));
    let (Some(least), Some(most)) = (least, most) else { return };
    event.price_min = Some(Stated::new(least.0, least.1.at.clone(), &least.2));
    if most.0 > least.0 {
        event.price_max = Some(Stated::new(most.0, most.1.at.clone(), &most.2));
    }
    let code = |leaf: &&Leaf<'_>| {
        leaf.key_has(&["currency"])
            && leaf.text().is_some_and(|text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
    };
    event.currency = leaves
        .iter()
        .find(code)
        .and_then(|leaf| Some(Stated::new(leaf.text()?.to_ascii_uppercase(), leaf.at.clone(), leaf.text()?)))
        .or_else(|| spoken_currency.map(|(code, leaf, text)| Stated::new(code.to_owned(), leaf.at.clone(), &text)))
        .or_else(|| Some(Stated::new(page.input.currency?.to_owned(), least.1.at.clone(), &least.2)));
}
