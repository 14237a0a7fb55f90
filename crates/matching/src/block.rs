use model::hash_id;

use crate::normalise::names::NameParts;

/// The most keys of one entity. A record that states one name gives about a dozen.
pub(crate) const MAX_BLOCKS: usize = 40;

/// A block key: `prefix`, then `text` if it can stand in a document id, otherwise its hash.
pub(crate) fn key(prefix: &str, text: &str) -> String {
    let plain = text.len() <= 60 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    if plain { format!("{prefix}{text}") } else { format!("{prefix}~{}", hash_id(&[text])) }
}

/// Appends the keys of a folded name, of which any two names within one typo of each other share at least one, from
/// five letters on: a letter replaced, dropped, added, or two neighbours exchanged.
///
/// With `n` letters, for both m = n - 1 and m = n: the first ⌊m/2⌋ and the last ⌊m/2⌋ letters, under the label m. One
/// replaced letter spares one half; one added letter leaves m of the shorter name on both sides and spares one half.
/// Two exchanged neighbours may spoil both halves; they, and words in another order, keep the sorted letters.
///
/// The name without what may be dropped (article, "(live)") comes first; where that differs from the full name, both
/// have keys, since a typo may hide what is droppable.
pub(crate) fn name_keys(prefix: &str, folded: &str, keys: &mut Vec<String>) {
    let core = NameParts::of(folded).squashed();
    let full: String = folded.chars().filter(|c| !" ()".contains(*c)).collect();
    spelling_keys(prefix, &core, keys);
    if core != full {
        spelling_keys(prefix, &full, keys);
    }
}

fn spelling_keys(prefix: &str, spelling: &str, keys: &mut Vec<String>) {
    const SHORTEST: usize = 5;
    const LONGEST_HALF: usize = 9;
    keys.push(sorted_key(prefix, spelling));
    let letters: Vec<char> = spelling.chars().collect();
    let n = letters.len();
    for m in [n.saturating_sub(1), n] {
        if m >= SHORTEST {
            let half = (m / 2).min(LONGEST_HALF);
            let head: String = letters[..half].iter().collect();
            let tail: String = letters[n - half..].iter().collect();
            keys.push(key(&format!("{prefix}h{m}:"), &head));
            keys.push(key(&format!("{prefix}t{m}:"), &tail));
        }
    }
}

/// The key of a name's letters, whatever their order.
pub(crate) fn sorted_key(prefix: &str, spelling: &str) -> String {
    let mut letters: Vec<char> = spelling.chars().filter(|c| *c != ' ').collect();
    letters.sort_unstable();
    key(&format!("{prefix}s:"), &letters.into_iter().collect::<String>())
}

/// Distinct keys in the order given, so that the first, most telling ones survive the cap.
pub(crate) fn distinct(keys: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    keys.into_iter().filter(|key| seen.insert(key.clone())).take(MAX_BLOCKS).collect()
}

#[cfg(test)]
mod tests {
    use super::{key, name_keys};
    use crate::normalise::names::fold;

    fn share(a: &str, b: &str) -> bool {
        let keys = |name: &str| {
            let mut keys = Vec::new();
            name_keys("x:", &fold(name), &mut keys);
            keys
        };
        let (a, b) = (keys(a), keys(b));
        a.iter().any(|key| b.contains(key))
    }

    #[test]
    fn namesakes_with_a_slip_meet() {
        for (a, b) in [
            ("The Beatles", "Beatles"),
            ("The Beatles", "Teh Beatles"),
            ("The Beatles", "Beatles, The"),
            ("Blur (live)", "Blur"),
            ("Marina", "Marian"),
            ("Marina", "Mairna"),
            ("Marina", "Marin"),
            ("Marina", "Marinna"),
            ("Studio Two", "Studio 2"),
            ("Smith John", "John Smith"),
            ("AC/DC", "ACDC"),
        ] {
            assert!(share(a, b), "{a} | {b}");
        }
        assert!(!share("Marina", "Oberon"));
    }

    #[test]
    fn keys_are_fit_for_document_ids() {
        for text in ["plain", "a/b", "ümlaut", &"x".repeat(500), "", ".."] {
            let key = key("v:s:", text);
            assert!(key.len() < 100 && !key.contains('/'), "{key}");
        }
    }
}
