use std::fmt::Write;

use serde_json::{Number, Value};

/// The one spelling of a document: keys in the order of their bytes, no spaces, numbers by their value. Integers keep all
/// their digits; what is written with a fraction or an exponent is a double, in its shortest form.
///
/// # Errors
/// The text is no JSON.
pub fn canonical(text: &str) -> serde_json::Result<String> {
    Ok(spelled(&serde_json::from_str(text)?))
}

pub(super) fn spelled(value: &Value) -> String {
    let mut out = String::new();
    spell(value, &mut out);
    out
}

fn spell(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_unstable_by(|one, other| one.0.cmp(other.0));
            each(out, ['{', '}'], sorted, |(name, value), out| {
                text(name, out);
                out.push(':');
                spell(value, out);
            });
        }
        Value::Array(elements) => each(out, ['[', ']'], elements, spell),
        Value::String(words) => text(words, out),
        Value::Number(number) => spell_number(number, out),
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
    }
}

fn each<T>(out: &mut String, around: [char; 2], items: impl IntoIterator<Item = T>, spell: impl Fn(T, &mut String)) {
    out.push(around[0]);
    for (n, item) in items.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        spell(item, out);
    }
    out.push(around[1]);
}

pub(super) fn text(words: &str, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{}", Value::from(words));
}

fn spell_number(number: &Number, out: &mut String) {
    // Not every engine knows that a zero can be negative.
    let is_zero = number.is_f64() && number.as_f64() == Some(0.0);
    let _ = if is_zero { write!(out, "0.0") } else { write!(out, "{number}") };
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn one_value_has_one_spelling() {
        for (spellings, expected) in [
            (
                &[r#"{"b":1,"a":[{"d":1.0,"c":2}]}"#, r#" { "a" : [ {"c":2, "d":10e-1} ], "b": 1 }"#][..],
                r#"{"a":[{"c":2,"d":1.0}],"b":1}"#,
            ),
            (&["1e16", "10000000000000000.0", "1.0E+16"], "1e+16"),
            (&["10000000000000000"], "10000000000000000"),
            (&["1e21", "1000000000000000000000"], "1e+21"),
            (&["-0.0", "0.00", "0e5"], "0.0"),
            (&["1e-7", "0.0000001"], "1e-7"),
            (&["18446744073709551615"], "18446744073709551615"),
            (&["0.30000000000000004"], "0.30000000000000004"),
            (&[r#""\u00e9\u0000\/""#, "\"é\\u0000/\""], "\"é\\u0000/\""),
            (&["[ null, true ,false]"], "[null,true,false]"),
        ] {
            for spelling in spellings {
                let once = canonical(spelling).unwrap();
                assert_eq!(once, expected, "{spelling}");
                assert_eq!(canonical(&once).unwrap(), once, "{spelling}");
            }
        }
        assert!(canonical("{").is_err());
    }
}
