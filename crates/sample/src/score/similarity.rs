use crate::web::plain;

/// A name for comparing: lower case, no accents, "and" for "&", no leading "the", single spaces for all the rest.
pub(super) fn fold(name: &str) -> String {
    let lower = plain(&name.to_lowercase()).replace('&', " and ").replace('ß', "ss").replace(['\'', '’'], "");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let rest = match words.split_first() {
        Some((&"the", rest)) if !rest.is_empty() => rest,
        _ => &words,
    };
    rest.join(" ")
}

/// A street for comparing: folded, with the usual abbreviations written out.
pub(super) fn fold_street(street: &str) -> String {
    let words = fold(street);
    let long: Vec<String> = words
        .split(' ')
        .map(|word| match word {
            "st" => "street".to_owned(),
            "rd" => "road".to_owned(),
            "ave" => "avenue".to_owned(),
            "c" => "calle".to_owned(),
            word => word.strip_suffix("str").map_or_else(|| word.to_owned(), |stem| format!("{stem}strasse")),
        })
        .collect();
    long.join(" ")
}

/// 1 for equal folded names, else 1 less the share of letters to edit (Levenshtein 1966); 0 when that is below `least`.
pub(super) fn similarity(one: &str, other: &str, least: f64) -> f64 {
    if one == other {
        return if one.is_empty() { 0.0 } else { 1.0 };
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let longer = one.len().max(other.len());
    let most = ((1.0 - least) * longer as f64 + 1e-9) as usize;
    if one.len().abs_diff(other.len()) > most {
        return 0.0;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        let mut fewest = row[0];
        for (j, b) in other.iter().enumerate() {
            let cost = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
            fewest = fewest.min(row[j + 1]);
        }
        if fewest > most {
            return 0.0;
        }
    }
    if row[other.len()] > most { 0.0 } else { 1.0 - row[other.len()] as f64 / longer as f64 }
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_street, similarity};

    #[test]
    fn spellings_of_one_name_fold_together() {
        for (one, other) in [("The Móna & Co.", "mona and co"), ("N'Dara", "NDara"), ("The", "the")] {
            assert_eq!(fold(one), fold(other));
        }
        assert_eq!(fold_street("12 Tanner St."), fold_street("12 Tanner Street"));
        assert_eq!(fold_street("Hafenstr. 3"), fold_street("Hafenstraße 3"));
    }

    #[test]
    fn similarity_is_the_share_of_letters_kept() {
        assert!((similarity("kitten", "sitting", 0.5) - (1.0 - 3.0 / 7.0)).abs() < 1e-9);
        assert!((similarity("ab", "ab", 0.9) - 1.0).abs() < 1e-9);
        for (one, other, least) in [("", "", 0.5), ("ab", "abcdefgh", 0.5), ("kitten", "sitting", 0.6)] {
            assert!(similarity(one, other, least).abs() < 1e-9, "{one} {other}");
        }
    }
}
