//! What is the name of an act, and what only stands in its place.

/// What is no name of an act.
const NOBODY: &str = "\
    plus|plus guests|plus guest|featuring|with|and|presents|local support|tba|tbc|tbd|t.b.a.|more|guests|guest|\
    special guests|special guest|support|supports|support tba|support tbc|more tba|more tbc|many more|& more|\
    and more|others|friends|djs|dj|dj set|live|line up tba|very special guests|very special guest|plus support|\
    surprise guest|surprise guests|secret guest|free entry|free|all dayer|all-dayer|sold out|\
    more to be announced|to be announced|afterparty|after party|matinee|evening|live music|live in concert|\
    piano|vocals|guitar|drums|bass|violin|cello|local support tba|tickets|tour|and guests|resident djs|\
    residents|ticket";

const OPENINGS: &str =
    "dj sets from |dj set from |dj set by |dj sets by |performed by |music by |live music from |music from |starring ";

const SUFFIXES: &str =
    " live| dj set| (live)| band tba| & more| and more| & guests| and guests| & many more| + more| in concert| concert";

/// A name without what stands around it: quotes, origin in brackets, "live".
pub(super) fn tidy(name: &str) -> &str {
    let mut name = name.trim();
    loop {
        let before = name;
        name = name
            .trim_matches(|letter: char| letter.is_whitespace() || "-–—:,;*•|~…\"“”".contains(letter))
            .trim_end_matches("...");
        // "(UK)", "[DJ set]": where from and how, not who.
        if let Some(open) = name.rfind(['(', '[']).filter(|open| *open > 0 && name.ends_with([')', ']'])) {
            name = &name[..open];
        }
        for (open, close) in [('(', ')'), ('[', ']')] {
            if name.starts_with(open) && name.ends_with(close) && name.len() > 1 {
                name = &name[1..name.len() - 1];
            } else if name.starts_with(open) && !name.contains(close) {
                name = &name[1..];
            } else if name.ends_with(close) && !name.contains(open) {
                name = &name[..name.len() - 1];
            }
        }
        for opening in OPENINGS.split('|') {
            if name.get(..opening.len()).is_some_and(|head| head.eq_ignore_ascii_case(opening)) {
                name = &name[opening.len()..];
            }
        }
        for suffix in SUFFIXES.split('|') {
            if let Some(at) = name.len().checked_sub(suffix.len())
                && at > 0
                && name.is_char_boundary(at)
                && name[at..].eq_ignore_ascii_case(suffix)
            {
                name = &name[..at];
            }
        }
        if name == before {
            return name;
        }
    }
}

/// Whether a text can be the name of an act.
pub(super) fn is_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    let open = lower.starts_with("support") && lower.ends_with(['a', 'c']) && lower.len() < 14;
    let counted = name.len() < 6
        && name.starts_with(|letter: char| letter.is_ascii_digit())
        && ["st", "nd", "rd", "th"].iter().any(|end| lower.ends_with(end));
    let letters = name.chars().any(char::is_alphanumeric);
    letters && name.chars().count() <= 90 && !open && !counted && !NOBODY.split('|').any(|nobody| nobody == lower)
}
