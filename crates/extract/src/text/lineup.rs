//! Who plays: names out of a billing line or a title.

use super::status::{find_words, starts_with_word};

/// Names that hold signs which otherwise part names, in lower case.
const WHOLE: [&str; 18] = [
    "earth, wind & fire",
    "earth, wind and fire",
    "crosby, stills, nash & young",
    "crosby, stills & nash",
    "blood, sweat & tears",
    "emerson, lake & palmer",
    "peter, paul and mary",
    "peter, paul & mary",
    "tyler, the creator",
    "10,000 maniacs",
    "10, 000 maniacs",
    "and so i watch you from afar",
    "godspeed you! black emperor",
    "black country, new road",
    "me first and the gimme gimmes",
    "nothing, nowhere",
    "stephen, stills & nash",
    "me, myself & i",
];

/// Words between names. Those with `true` part names wherever they stand.
const JOINTS: [&str; 30] = [
    "with very special guests",
    "with very special guest",
    "with special guests",
    "with special guest",
    "plus special guests",
    "plus special guest",
    "and special guests",
    "and special guest",
    "very special guests",
    "special guests",
    "special guest",
    "with support from",
    "support from",
    "with support",
    "plus support",
    "supported by",
    "plus guests",
    "featuring",
    "presents",
    "feat.",
    "feat",
    "ft.",
    "ft",
    "w/",
    "plus",
    "support",
    "vs.",
    "vs",
    "b2b",
    "and guests",
];

/// What is no name of an act.
const NOBODY: [&str; 52] = [
    "plus",
    "plus guests",
    "plus guest",
    "featuring",
    "with",
    "and",
    "presents",
    "local support",
    "tba",
    "tbc",
    "tbd",
    "t.b.a.",
    "more",
    "guests",
    "guest",
    "special guests",
    "special guest",
    "support",
    "supports",
    "support tba",
    "support tbc",
    "more tba",
    "more tbc",
    "many more",
    "& more",
    "and more",
    "others",
    "friends",
    "djs",
    "dj",
    "dj set",
    "live",
    "line up tba",
    "very special guests",
    "very special guest",
    "plus support",
    "surprise guest",
    "surprise guests",
    "secret guest",
    "free entry",
    "free",
    "all dayer",
    "all-dayer",
    "sold out",
    "more to be announced",
    "to be announced",
    "afterparty",
    "after party",
    "matinee",
    "evening",
    "live music",
    "live in concert",
];

/// The names in a billing line, in order: "A + B / C w/ D, E & F". A line that names nobody gives nothing.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in strong(text) {
        for name in weak(piece) {
            let name = tidy(name);
            if is_name(name)
                && !names.iter().any(|known: &String| known.eq_ignore_ascii_case(name))
                && names.len() < 120
            {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// The names in a line that says who plays besides: "Plus A & B", "Support from A".
pub(crate) fn riders(text: &str) -> Vec<String> {
    let mut text = text.trim();
    loop {
        let before = text;
        text = text.trim_start_matches(|letter: char| letter.is_whitespace() || "+:-–&".contains(letter));
        let opening = ["plus", "with", "and", "support", "supports", "from", "by"].into_iter().chain(JOINTS);
        if let Some(length) = opening.filter_map(|word| starts_with_word(text, word)).max()
            && length < text.len()
        {
            text = text[length..].trim_start_matches(['.', ':', ' ']);
        }
        if text == before {
            break;
        }
    }
    split(text)
}

/// The acts that a title names, without promoter ("Foo presents"), tour and slogan. Nothing for a title that does not
/// look like one made of acts: quizzes, club nights, festivals.
pub(crate) fn of_title(title: &str) -> Vec<String> {
    let cleaned = super::title::clean(title);
    let mut text = cleaned.as_str();
    if names_no_act(text) {
        return Vec::new();
    }
    if let Some(range) = find_words(text, "presents").or_else(|| find_words(text, "present"))
        && range.start > 0
    {
        let rest =
            text[range.end..].trim_start_matches(|letter: char| letter.is_whitespace() || ":-–—…".contains(letter));
        if rest.chars().any(char::is_alphanumeric) {
            text = rest;
        }
    }
    const OPENINGS: [&str; 9] = [
        "an evening with",
        "a night with",
        "an audience with",
        "an intimate evening with",
        "an acoustic evening with",
        "live:",
        "concert:",
        "uitzending:",
        "live music:",
    ];
    for opening in OPENINGS {
        if starts_with_word(text, opening.trim_end_matches(':')).is_some()
            && text.get(..opening.len()).is_some_and(|head| head.eq_ignore_ascii_case(opening))
        {
            text = text[opening.len()..].trim_start();
        }
    }
    let text = without_slogan(behind_event(text));
    split(text).into_iter().map(|name| without_tail(&name).to_owned()).filter(|name| is_name(name)).collect()
}

/// "That 70s Night ft. Foo" → "Foo"; "Autumn Tour: Foo, Bar" → "Foo, Bar": where the head names an event and not an act.
fn behind_event(text: &str) -> &str {
    for joint in [" ft. ", " ft ", " feat. ", " feat ", " featuring ", " with ", " w/ ", ": ", " – ", " - "] {
        let Some(at) = find_plain(text, joint) else { continue };
        let (head, tail) = (&text[..at], text[at + joint.len()..].trim());
        let many = joint.starts_with(" f") && tail.matches([',', '+', '/']).count() >= 2;
        if (is_event_name(head) || many)
            && tail.chars().filter(|letter| letter.is_alphabetic()).count() > 1
            && !is_slogan(tail)
        {
            return tail;
        }
    }
    find_plain(text, "performed by ").map_or(text, |at| &text[at + "performed by ".len()..])
}

/// Words of which the names of nights, tours and series are made.
fn is_event_name(text: &str) -> bool {
    const WORDS: [&str; 36] = [
        "night",
        "nights",
        "party",
        "fest",
        "festival",
        "halloween",
        "christmas",
        "xmas",
        "nye",
        "session",
        "sessions",
        "showcase",
        "day",
        "tour",
        "series",
        "weekender",
        "weekend",
        "takeover",
        "fundraiser",
        "benefit",
        "special",
        "matinee",
        "sing",
        "residency",
        "afternoon",
        "brunch",
        "all-dayer",
        "alldayer",
        "club",
        "rave",
        "ball",
        "vol",
        "sundays",
        "fridays",
        "saturdays",
        "event",
    ];
    // The word that says so stands last, numbers aside: "That 70s Night", "Night Shift Vol. 3".
    let last = text
        .rsplit(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .find(|word| word.chars().any(char::is_alphabetic));
    text.contains('#') || last.is_some_and(|last| WORDS.iter().any(|word| last.eq_ignore_ascii_case(word)))
}

/// "Foo: The Wake World Tour" → "Foo"; "Foo – First Light" → "Foo"; "Foo live in concert" → "Foo".
fn without_slogan(text: &str) -> &str {
    let mut text = text;
    for separator in [" – ", " - ", " — ", " | ", ": "] {
        if let Some((head, tail)) = text.split_once(separator)
            && head.chars().filter(|letter| letter.is_alphanumeric()).count() > 1
            && (is_slogan(tail) || !names_several(tail))
            && !names_several(head)
        {
            text = head;
        }
    }
    for words in [" live in ", " live at ", " live @ ", " in concert", " live!"] {
        if let Some(at) = find_plain(text, words).filter(|at| *at > 1) {
            text = &text[..at];
        }
    }
    text
}

fn names_several(text: &str) -> bool {
    [" + ", " / ", " // ", " w/ ", " ft", " feat", ", "].iter().any(|joint| text.contains(joint))
}

/// "Foo 'Four' Album Launch Show" → "Foo"; "Foo 10 Year Celebration" → "Foo".
fn without_tail(name: &str) -> &str {
    const PHRASES: [&str; 26] = [
        "album launch",
        "album release",
        "album live",
        "album show",
        "ep launch",
        "ep release",
        "single launch",
        "record release",
        "launch show",
        "release show",
        "launch party",
        "release party",
        "headline show",
        "farewell tour",
        "world tour",
        "uk tour",
        "european tour",
        "europe tour",
        "tour 20",
        "anniversary",
        "year celebration",
        "years of",
        "year anniversary",
        "reunion show",
        "live show",
        "tribute to",
    ];
    let cut = PHRASES
        .iter()
        .filter_map(|phrase| {
            find_words(name, phrase)
                .or_else(|| phrase.ends_with("20").then(|| find_plain(name, phrase).map(|at| at..at))?)
        })
        .map(|range| range.start)
        .min();
    let Some(mut text) = cut.filter(|at| *at > 1).map(|at| name[..at].trim_end()) else { return name };
    loop {
        let before = text;
        text = text.trim_end_matches(|letter: char| letter.is_whitespace() || "-–—:,".contains(letter));
        for quote in [['\'', '\''], ['‘', '’'], ['“', '”'], ['"', '"']] {
            if text.ends_with(quote[1])
                && let Some(at) = text[..text.len() - quote[1].len_utf8()]
                    .rfind(quote[0])
                    .filter(|at| *at > 1 && text[..*at].ends_with(' '))
            {
                text = &text[..at];
            }
        }
        let last = text.rsplit(' ').next().unwrap_or(text);
        let counts = last.starts_with(|letter: char| letter.is_ascii_digit());
        if text.contains(' ')
            && (counts
                || ["debut", "new", "farewell", "the", "final", "uk", "their"]
                    .iter()
                    .any(|word| last.eq_ignore_ascii_case(word)))
        {
            text = text[..text.len() - last.len()].trim_end();
        }
        if text == before {
            return if text.chars().any(char::is_alphanumeric) { text } else { name };
        }
    }
}

fn is_slogan(text: &str) -> bool {
    const SIGNS: [&str; 30] = [
        "tour",
        "live",
        "anniversary",
        "album",
        "launch",
        "show",
        "celebration",
        "years",
        "tribute",
        "concert",
        "night one",
        "night two",
        "night 1",
        "night 2",
        "residency",
        "farewell",
        "final",
        "the best of",
        "acoustic",
        "release",
        "world",
        "ep",
        "headline",
        "plays",
        "performing",
        "performs",
        "christmas",
        "unplugged",
        "experience",
        "record release",
    ];
    !names_several(text) && SIGNS.iter().any(|sign| find_words(text, sign).is_some())
}

fn names_no_act(text: &str) -> bool {
    const SIGNS: [&str; 22] = [
        "quiz",
        "karaoke",
        "open mic",
        "open mike",
        "open jam",
        "jam session",
        "bingo",
        "club night",
        "open decks",
        "disco",
        "festival",
        "comedy",
        "screening",
        "workshop",
        "market",
        "private event",
        "private hire",
        "closed",
        "happy hour",
        "brunch",
        "all dayer",
        "all-dayer",
    ];
    let lower = text.to_lowercase();
    let joined = ["+", "/", "ft.", "feat", "w/", "featuring", " with "].iter().any(|joint| lower.contains(joint));
    !joined && SIGNS.iter().any(|sign| find_words(text, sign).is_some()) || super::music::not_music(text).is_some()
}

/// Cuts at signs and words that only stand between acts.
fn strong(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut from, mut at, mut depth) = (0, 0, 0_i32);
    while let Some(letter) = text[at..].chars().next() {
        let fresh = at == 0 || !text[..at].ends_with(char::is_alphanumeric);
        let cut = if depth == 0 { joint_at(text, at, letter, fresh) } else { None };
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = (depth - 1).max(0),
            _ => {}
        }
        if let Some(length) = cut {
            pieces.push(&text[from..at]);
            at += length;
            from = at;
        } else {
            at += letter.len_utf8();
        }
    }
    pieces.push(&text[from..]);
    pieces
}

/// The bytes that a joint takes at `at`, when there is one.
fn joint_at(text: &str, at: usize, letter: char, fresh: bool) -> Option<usize> {
    let rest = &text[at..];
    let spaced_before = at == 0 || text[..at].ends_with(char::is_whitespace);
    let behind = rest[letter.len_utf8()..].chars().next();
    let spaced = spaced_before && behind.is_none_or(char::is_whitespace);
    match letter {
        '\n' | '|' | '•' | '·' | ';' | '●' | '★' | '✦' => Some(letter.len_utf8()),
        '/' if rest.starts_with("//") => Some(rest.len() - rest.trim_start_matches('/').len()),
        '+' | '/' | '\\' if spaced || spaced_before || letter == '+' && behind.is_some_and(char::is_whitespace) => {
            Some(letter.len_utf8())
        }
        'x' | 'X' | '×'
            if spaced && at > 0 && behind.is_some() && (letter != 'X' || !text.contains(char::is_lowercase)) =>
        {
            Some(letter.len_utf8())
        }
        _ if fresh && letter.is_alphabetic() => {
            let length = JOINTS
                .iter()
                .find_map(|joint| starts_with_word(rest, joint).filter(|length| *length < rest.len() || at > 0))?;
            let tail = &rest[length..];
            let opens_line = at == 0;
            let word = &rest[..length];
            // A name may begin with "Support" or "Plus"; as a joint it is followed by a colon or stands between names.
            let colon = tail.trim_start().starts_with(':');
            let plain = word.eq_ignore_ascii_case("support")
                || word.eq_ignore_ascii_case("plus")
                || word.eq_ignore_ascii_case("feat");
            let skip = tail.len()
                - tail
                    .trim_start_matches(|letter: char| letter == ':' || letter == '.' || letter.is_whitespace())
                    .len();
            if opens_line && plain && !colon { None } else { Some(length + skip) }
        }
        _ => None,
    }
}

/// Cuts at commas, and at "&" or "and" where they end a list of commas.
fn weak(piece: &str) -> Vec<&str> {
    let trimmed = piece.trim();
    let lower = trimmed.to_lowercase();
    if WHOLE.contains(&lower.as_str()) {
        return vec![trimmed];
    }
    if let Some(whole) = WHOLE.iter().find(|whole| lower.starts_with(**whole) && trimmed.is_char_boundary(whole.len()))
        && lower.len() == trimmed.len()
    {
        let (head, tail) = trimmed.split_at(whole.len());
        let mut names = vec![head];
        names.extend(weak(tail.trim_start_matches([',', ' ', '&'])));
        return names;
    }
    let names: Vec<&str> = commas(trimmed);
    if names.len() < 2 {
        return pair(trimmed);
    }
    let mut out = Vec::with_capacity(names.len() + 1);
    let last = names.len() - 1;
    for (index, name) in names.into_iter().enumerate() {
        let name = name.trim();
        let name = ["& ", "and "].iter().find_map(|joint| name.strip_prefix(joint)).unwrap_or(name);
        match [" & ", " and "].iter().find_map(|joint| name.split_once(joint)) {
            Some((head, tail)) if index == last && !is_band_of(tail) => out.extend([head, tail]),
            _ => out.push(name),
        }
    }
    out
}

fn commas(text: &str) -> Vec<&str> {
    let mut depth = 0;
    text.split(|letter: char| {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth <= 0
    })
    .collect()
}

/// "A and the B", "A & her Band", "A & B": one act. "A with B", "Ada Voss & Kit Lane": two.
fn pair(text: &str) -> Vec<&str> {
    if let Some((head, tail)) =
        text.split_once(" with ").or_else(|| text.split_once(" With ")).or_else(|| text.split_once(" WITH "))
        && !tail.starts_with("the ")
        && !head.trim().is_empty()
        && !tail.contains(" with ")
    {
        return pair(head).into_iter().chain(pair(tail)).collect();
    }
    for joint in [" & ", " and ", " AND ", " And "] {
        let Some((head, tail)) = text.split_once(joint) else { continue };
        let (before, behind) = (weight(head), weight(tail));
        if !is_band_of(tail) && before > 0 && behind > 0 && before + behind >= 3 && !tail.contains(joint) {
            return vec![head, tail];
        }
    }
    vec![text]
}

/// The words of a name, articles and the like left out.
fn weight(name: &str) -> usize {
    const SMALL: [&str; 8] = ["the", "of", "a", "an", "in", "for", "to", "and"];
    name.split_whitespace().filter(|word| !SMALL.iter().any(|small| word.eq_ignore_ascii_case(small))).count()
}

fn is_band_of(tail: &str) -> bool {
    ["the ", "his ", "her ", "their ", "friends", "co", "band"].iter().any(|word| {
        tail.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            && (word.ends_with(' ') || tail.len() == word.len())
    })
}

fn tidy(name: &str) -> &str {
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
        for opening in [
            "dj sets from ",
            "dj set from ",
            "dj set by ",
            "dj sets by ",
            "performed by ",
            "music by ",
            "live music from ",
            "music from ",
        ] {
            if name.get(..opening.len()).is_some_and(|head| head.eq_ignore_ascii_case(opening)) {
                name = &name[opening.len()..];
            }
        }
        for suffix in [
            " live",
            " dj set",
            " (live)",
            " band tba",
            " & more",
            " and more",
            " & guests",
            " and guests",
            " & many more",
            " + more",
        ] {
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

fn is_name(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric()).count();
    let lower = name.to_lowercase();
    letters > 0
        && name.chars().count() <= 90
        && !NOBODY.contains(&lower.as_str())
        && !(lower.starts_with("support") && lower.ends_with(['a', 'c']) && lower.len() < 14)
}

fn find_plain(text: &str, words: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    (lower.len() == text.len()).then(|| lower.find(words)).flatten().filter(|at| text.is_char_boundary(*at))
}

#[cfg(test)]
mod tests {
    use super::{of_title, split};

    #[test]
    fn names_part_at_what_stands_between_them() {
        for (text, expected) in [
            ("Night Bus + Kalter Hafen", "Night Bus;Kalter Hafen"),
            ("Night Bus / Kalter Hafen // Ada Voss", "Night Bus;Kalter Hafen;Ada Voss"),
            ("Night Bus w/ Ada Voss", "Night Bus;Ada Voss"),
            ("Night Bus ft. Ada Voss & more", "Night Bus;Ada Voss"),
            ("Night Bus, Ada Voss & Kalter Hafen", "Night Bus;Ada Voss;Kalter Hafen"),
            ("Night Bus, Ada Voss and the Owls", "Night Bus;Ada Voss and the Owls"),
            ("Night Bus plus support: Ada Voss", "Night Bus;Ada Voss"),
            ("Support: Ada Voss", "Ada Voss"),
            ("Night Bus with special guests Ada Voss + TBA", "Night Bus;Ada Voss"),
            ("Night Bus x Ada Voss", "Night Bus;Ada Voss"),
            ("Night Bus (UK) + Owls [DJ set]", "Night Bus;Owls"),
            ("AC/DC", "AC/DC"),
            ("Man/Woman/Chainsaw + Owls", "Man/Woman/Chainsaw;Owls"),
            ("And So I Watch You From Afar", "And So I Watch You From Afar"),
            ("Earth, Wind & Fire", "Earth, Wind & Fire"),
            ("Earth, Wind & Fire + Owls", "Earth, Wind & Fire;Owls"),
            ("Simon & Garfield", "Simon & Garfield"),
            ("Ada Voss & Kit Lane", "Ada Voss;Kit Lane"),
            ("Ada Voss & The Owls", "Ada Voss & The Owls"),
            ("The Hare and Hound", "The Hare and Hound"),
            ("Support Lesbiens", "Support Lesbiens"),
            ("+ support TBA", ""),
            ("Malcolm X Band", "Malcolm X Band"),
            ("", ""),
        ] {
            assert_eq!(split(text).join(";"), expected, "{text}");
        }
    }

    #[test]
    fn a_line_of_riders_names_those_who_play_besides() {
        for (text, expected) in [
            ("Plus Ada Voss & Owls", "Ada Voss;Owls"),
            ("+ support from Night Bus", "Night Bus"),
            ("With special guests Night Bus and more", "Night Bus"),
            ("plus guests", ""),
            ("Support: TBA", ""),
        ] {
            assert_eq!(super::riders(text).join(";"), expected, "{text}");
        }
    }

    #[test]
    fn titles_lose_promoter_and_tour() {
        for (title, expected) in [
            ("Harbour Noise presents: Night Bus + Owls", "Night Bus;Owls"),
            ("Ada Voss: The Long Way World Tour", "Ada Voss"),
            ("Ada Voss – Live in Concert", "Ada Voss"),
            ("An Evening with Ada Voss", "Ada Voss"),
            ("Night Bus – SOLD OUT", "Night Bus"),
            ("That 70s Night ft. Night Bus", "Night Bus"),
            ("Harbour Tour: Night Bus, Owls", "Night Bus;Owls"),
            ("Night Bus – First Light", "Night Bus"),
            ("Night Bus 'Four' Album Launch Show", "Night Bus"),
            ("Night Bus 10 Year Celebration", "Night Bus"),
            ("Night Bus + DJ sets from Owls", "Night Bus;Owls"),
            ("Pub Quiz", ""),
            ("Harbour Festival", ""),
        ] {
            assert_eq!(of_title(title).join(";"), expected, "{title}");
        }
    }
}
