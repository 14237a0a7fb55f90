use model::{Record, hash_id};
use serde_json::Value;

/// Equal if and only if the records state the same: the order of records and the places where values stand do not
/// matter, values and quotes do.
pub fn fingerprint(records: &[Record]) -> String {
    let mut stated: Vec<String> = records
        .iter()
        .map(|record| {
            let mut value = serde_json::to_value(record).expect("records hold only what JSON can say");
            forget_places(&mut value);
            value.to_string()
        })
        .collect();
    stated.sort_unstable();
    let parts: Vec<&str> = stated.iter().map(String::as_str).collect();
    hash_id(&parts)
}

/// Takes the locators out: every object that has a quote is a stated value.
fn forget_places(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.contains_key("quote") {
                map.shift_remove("at");
            }
            map.values_mut().for_each(forget_places);
        }
        Value::Array(list) => list.iter_mut().for_each(forget_places),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use model::{EventClaims, Record, Stated};

    use super::fingerprint;

    fn show(title: &str, at: &str, quote: &str) -> Record {
        let title = Some(Stated::new(title.to_owned(), at, quote));
        Record::Event(Box::new(EventClaims { title, ..EventClaims::default() }))
    }

    #[test]
    fn order_and_places_do_not_matter_and_words_do() {
        let (a, b) = (show("A", "h1", "A"), show("B", "h2", "B"));
        assert_eq!(fingerprint(&[a.clone(), b.clone()]), fingerprint(&[b, show("A", "h7", "A")]));
        assert_ne!(fingerprint(from_ref(&a)), fingerprint(&[show("A", "h1", "A!")]));
        assert_ne!(fingerprint(from_ref(&a)), fingerprint(&[show("C", "h1", "A")]));
        assert_ne!(fingerprint(from_ref(&a)), fingerprint(&[a.clone(), a]));
        assert_eq!(fingerprint(&[]).len(), 24);
    }
}
