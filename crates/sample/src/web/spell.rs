use super::markup::plain;
use crate::random::Dice;

/// A name as somebody careless writes it: without "The", with "and" for "&", without accents, or with a slip of the
/// finger. Never the name of another artist.
pub(crate) fn respell(dice: Dice, noise: f64, name: &str, ids: [u64; 3], is_other: impl Fn(&str) -> bool) -> String {
    let chance = |probability: f64, tag: &str| dice.chance(probability * noise, tag, &ids);
    let mut spelt = name.to_owned();
    if chance(0.12, "drop the") {
        spelt = spelt.strip_prefix("The ").filter(|rest| rest.len() > 4).unwrap_or(&spelt).to_owned();
    }
    if chance(0.2, "ampersand") {
        spelt = if spelt.contains(" & ") { spelt.replace(" & ", " and ") } else { spelt.replace(" and ", " & ") };
    }
    if chance(0.4, "accents") {
        spelt = plain(&spelt);
    }
    if chance(0.04, "typo") {
        spelt = typo(dice, &spelt, &ids);
    }
    if spelt != name && is_other(&spelt) { name.to_owned() } else { spelt }
}

/// Two letters swapped, one missing or one doubled, inside a word of six letters or more.
fn typo(dice: Dice, name: &str, ids: &[u64; 3]) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let inner: Vec<usize> = (0..letters.len().saturating_sub(4))
        .filter(|at| letters[*at..*at + 5].iter().all(|letter| letter.is_alphabetic()))
        .map(|at| at + 2)
        .collect();
    if inner.is_empty() {
        return name.to_owned();
    }
    let at = inner[dice.below(inner.len(), "typo at", ids)];
    match dice.below(3, "typo kind", ids) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

/// The bill in one line. A name that holds a joiner itself forces the one that no name holds.
pub(crate) fn join_bill(names: &[String], style: u64) -> String {
    let Some((first, rest)) = names.split_first() else { return String::new() };
    if rest.is_empty() {
        return first.clone();
    }
    let inside = |name: &String| ["&", ",", "/", " and ", "And ", "?"].iter().any(|joiner| name.contains(joiner));
    if names.iter().any(inside) || names.len() > 4 {
        return names.join(" + ");
    }
    let last = names.len() - 1;
    match style / 128 % 7 {
        0 | 1 => names.join(" + "),
        2 => format!("{first} w/ {}", rest.join(", ")),
        3 => format!("{first} (support: {})", rest.join(", ")),
        4 => names.join(" / "),
        5 if rest.len() == 1 => format!("{first} feat. {}", rest[0]),
        _ => format!("{} & {}", names[..last].join(", "), names[last]),
    }
}

#[cfg(test)]
mod tests {
    use super::{join_bill, respell, typo};
    use crate::random::Dice;

    #[test]
    fn no_noise_spells_as_it_is() {
        let dice = Dice::new(1);
        assert_eq!(respell(dice, 0.0, "The Móna & Co", [1, 2, 3], |_| false), "The Móna & Co");
    }

    #[test]
    fn a_slip_changes_little_and_never_into_another() {
        let dice = Dice::new(1);
        for id in 0..50 {
            let slipped = typo(dice, "Lighthouse Moth", &[id, 0, 0]);
            assert!(slipped.chars().count().abs_diff(15) <= 1, "{slipped}");
            assert_eq!(respell(dice, 1.0, "Lighthouse Moth", [id, 0, 0], |_| true), "Lighthouse Moth");
        }
    }

    #[test]
    fn bills_with_joiners_inside_names_use_plus() {
        let names = ["Salt & Cedar".to_owned(), "Wrenfall".to_owned()];
        for style in 0..2000 {
            assert_eq!(join_bill(&names, style), "Salt & Cedar + Wrenfall");
        }
    }
}
