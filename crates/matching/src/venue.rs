mod compare;

pub(crate) use compare::describe;

use model::VenueClaims;
use serde::{Deserialize, Serialize};

use crate::{
    block::{distinct, key, name_keys, sorted_key},
    comparison::Comparison,
    features::{note, unite},
    normalise::{
        addresses::{Address, fold_city, fold_postal_code},
        geo::fold_point,
        hosts::fold_site,
        names::{NameParts, fold},
        phones::fold_phone,
        words::VENUE_COMMON,
    },
};

/// What is known of a venue as far as it tells venues apart. Every list holds distinct folded values in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VenueFeatures {
    pub names: Vec<String>,
    pub streets: Vec<String>,
    pub cities: Vec<String>,
    pub postal_codes: Vec<String>,
    /// Degrees north and east, WGS 84.
    pub points: Vec<(f64, f64)>,
    pub phones: Vec<String>,
    pub hosts: Vec<String>,
}

const CAP: usize = 8;

impl VenueFeatures {
    /// What a page states of a venue.
    pub fn of(claims: &VenueClaims) -> Self {
        let text = |field: &Option<model::Stated<String>>| field.as_ref().map(|stated| stated.value.clone());
        let mut features = Self::default();
        features.add_name(text(&claims.name).as_deref());
        features.add_place(
            text(&claims.street).as_deref(),
            text(&claims.city).as_deref(),
            text(&claims.postal_code).as_deref(),
        );
        if let (Some(lat), Some(lon)) = (&claims.lat, &claims.lon) {
            features.points.extend(fold_point(lat.value, lon.value));
        }
        note(&mut features.phones, text(&claims.phone).and_then(|phone| fold_phone(&phone)), CAP);
        note(&mut features.hosts, text(&claims.website).and_then(|site| fold_site(&site)), CAP);
        features
    }

    /// Adds a name.
    pub fn add_name(&mut self, name: Option<&str>) {
        note(&mut self.names, name.map(fold).filter(|name| !name.is_empty()), CAP);
    }

    /// Adds the parts of an address.
    pub fn add_place(&mut self, street: Option<&str>, city: Option<&str>, postal_code: Option<&str>) {
        note(&mut self.streets, street.map(fold_street).filter(|street| !street.is_empty()), CAP);
        note(&mut self.cities, city.and_then(fold_city), CAP);
        note(&mut self.postal_codes, postal_code.and_then(fold_postal_code), CAP);
    }

    /// The keys under which the venue is found, the most telling first: the name up to a typo, telling words of the
    /// name in its town, house number and street, postal code, telephone, site. Places are no key of their own yet.
    pub fn blocks(&self) -> Vec<String> {
        let mut keys = Vec::new();
        keys.extend(self.phones.iter().map(|phone| key("v:p:", phone)));
        keys.extend(self.hosts.iter().map(|host| key("v:w:", host)));
        keys.extend(self.streets.iter().filter_map(|street| Address::of(street).key()).map(|a| key("v:a:", &a)));
        for name in &self.names {
            name_keys("v:", name, &mut keys);
            let parts = NameParts::of(name);
            for city in &self.cities {
                let town = city.replace(' ', "");
                keys.push(key("v:n:", &format!("{}.{town}", parts.squashed())));
                keys.extend(telling_words(&parts).map(|word| key("v:c:", &format!("{word}.{town}"))));
                // "Blue Note Milton" without a town is the Blue Note in Milton.
                if !name.ends_with(city.as_str()) {
                    keys.push(sorted_key("v:", &format!("{}{town}", parts.squashed())));
                }
            }
        }
        keys.extend(self.postal_codes.iter().map(|code| key("v:z:", code)));
        distinct(keys)
    }

    /// Takes over what `other` knows. Whether anything was new. Commutative and idempotent.
    pub fn absorb(&mut self, other: &Self) -> bool {
        let mut changed = unite(&mut self.names, &other.names, CAP);
        changed |= unite(&mut self.streets, &other.streets, CAP);
        changed |= unite(&mut self.cities, &other.cities, CAP);
        changed |= unite(&mut self.postal_codes, &other.postal_codes, CAP);
        changed |= unite(&mut self.phones, &other.phones, CAP);
        changed |= unite(&mut self.hosts, &other.hosts, CAP);
        changed | unite_points(&mut self.points, &other.points)
    }

    /// Whether both are one venue. Symmetric.
    pub fn compare(&self, other: &Self) -> Comparison {
        compare::compare(self, other)
    }

    /// Whether both are one venue, given the number of shows that are stated of both: the same act on the same day.
    pub fn compare_with_shows(&self, other: &Self, shared: usize) -> Comparison {
        compare::compare_with_shows(self, other, shared)
    }

    /// How many kinds of thing are known besides the name.
    pub fn stated(&self) -> usize {
        let lists = [&self.streets, &self.cities, &self.postal_codes, &self.phones, &self.hosts];
        lists.iter().filter(|list| !list.is_empty()).count() + usize::from(!self.points.is_empty())
    }

    /// Whether there is anything by which the venue can be told: a name, or a street.
    pub fn is_known(&self) -> bool {
        !self.names.is_empty() || !self.streets.is_empty()
    }
}

/// Folded, but with the mark of a unit kept.
fn fold_street(street: &str) -> String {
    fold(&street.replace('#', " unit "))
}

/// The two longest words that not many venues share.
fn telling_words(parts: &NameParts) -> impl Iterator<Item = &String> {
    let mut words: Vec<&String> = parts.tokens.iter().filter(|word| !VENUE_COMMON.contains(&word.as_str())).collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    words.into_iter().take(2)
}

fn unite_points(points: &mut Vec<(f64, f64)>, more: &[(f64, f64)]) -> bool {
    let mut all = points.clone();
    all.extend_from_slice(more);
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    all.dedup();
    all.truncate(CAP);
    let changed = all != *points;
    *points = all;
    changed
}
