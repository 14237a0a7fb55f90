use std::collections::HashSet;

use super::Artist;
use super::words::{ADJECTIVES, CURATED, FIRST, GENRES, LAST, NOUNS, SYLLABLES};
use crate::random::Dice;

/// `count` artists with distinct names, the curated ones first.
pub(super) fn artists(dice: Dice, count: usize) -> Vec<Artist> {
    let mut taken: HashSet<String> = CURATED.iter().map(|name| bare(name)).collect();
    (0..count)
        .map(|index| {
            let name = match CURATED.get(index) {
                Some(name) => (*name).to_owned(),
                None => invented(dice, index as u64, &mut taken),
            };
            let genre = dice.pick(&GENRES, "genre", &[index as u64]);
            Artist { name, genre, site: index % 12 == 5 }
        })
        .collect()
}

fn invented(dice: Dice, index: u64, taken: &mut HashSet<String>) -> String {
    let mut attempt = 0;
    loop {
        let name = name(dice, index, attempt);
        if taken.insert(bare(&name)) {
            return name;
        }
        attempt += 1;
    }
}

/// Letters and digits alone, singular, without a leading "the": names that are near by accident count as taken, so that
/// the only near ones are the curated.
fn bare(name: &str) -> String {
    let lower = name.to_lowercase();
    singular(&lower.strip_prefix("the ").unwrap_or(&lower).chars().filter(|c| c.is_alphanumeric()).collect::<String>())
}

/// A folded word without its plural ending, roughly: both numbers of a word come out the same.
pub(super) fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix("es").unwrap_or(word).trim_end_matches(['s', 'e']).to_owned(),
    }
}

fn name(dice: Dice, index: u64, attempt: u64) -> String {
    let ids = [index, attempt];
    let adjective = dice.pick(&ADJECTIVES, "adjective", &ids);
    let noun = dice.pick(&NOUNS, "noun", &ids);
    let other = dice.pick(&NOUNS, "other noun", &ids);
    let (nouns, others) = (plural(noun), plural(other));
    let first = dice.pick(&FIRST, "first", &ids);
    let last = dice.pick(&LAST, "last", &ids);
    let mut name = match dice.below(20, "pattern", &ids) {
        0..=3 => format!("The {adjective} {nouns}"),
        4..=5 => format!("{adjective} {noun}"),
        6..=10 => format!("{first} {last}"),
        11 => format!("{first} & The {nouns}"),
        12 => format!("{first} {last} and the {adjective} {nouns}"),
        13..=14 => word(dice, &ids),
        15 => format!("{noun} & {other}"),
        16 => format!("{last} {}", dice.pick(&["Quartet", "Trio", "Quintet", "Ensemble"], "size", &ids)),
        17 => format!("DJ {}", word(dice, &ids)),
        18 => format!(
            "{adjective} {noun} {}",
            dice.pick(&["Orchestra", "Collective", "Sound System", "Choir"], "kind", &ids)
        ),
        _ => format!("{noun} of the {others}"),
    };
    if attempt > 20 {
        name = format!("{name} {last}");
    }
    name
}

fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with('e') => format!("{stem}ies"),
        _ if noun.ends_with("ss") => format!("{noun}es"),
        _ if noun.ends_with('s') => noun.to_owned(),
        _ => format!("{noun}s"),
    }
}

fn word(dice: Dice, ids: &[u64; 2]) -> String {
    let parts: String = SYLLABLES
        .iter()
        .enumerate()
        .map(|(place, syllables)| dice.pick(syllables, "syllable", &[ids[0], ids[1], place as u64]))
        .collect();
    format!("{}{}", parts[..1].to_uppercase(), &parts[1..])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::artists;
    use crate::random::Dice;

    #[test]
    fn nouns_have_their_plurals() {
        for (noun, expected) in
            [("Quarry", "Quarries"), ("Valley", "Valleys"), ("Compass", "Compasses"), ("Gallows", "Gallows")]
        {
            assert_eq!(super::plural(noun), expected);
        }
    }

    #[test]
    fn names_stay_distinct_in_great_numbers() {
        let all = artists(Dice::new(3), 20_000);
        let names: HashSet<&str> = all.iter().map(|artist| artist.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
    }
}
