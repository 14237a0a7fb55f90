//! Words by which a page makes clear that an event is no live music.

use std::ops::Range;

use super::status::find_words;

const OTHER: [&str; 99] = [
    "comedy",
    "comedian",
    "comedians",
    "stand-up",
    "stand up comedy",
    "standup",
    "improv",
    "pub quiz",
    "quiz",
    "quiz night",
    "trivia",
    "trivia night",
    "bingo",
    "wrestling",
    "pro wrestling",
    "boxing",
    "darts",
    "snooker",
    "chess",
    "screening",
    "film screening",
    "film club",
    "movie night",
    "cinema",
    "in conversation",
    "in conversation with",
    "podcast",
    "live podcast",
    "lecture",
    "talk",
    "talks",
    "book launch",
    "book club",
    "book signing",
    "author talk",
    "poetry",
    "poetry slam",
    "spoken word",
    "storytelling",
    "yoga",
    "pilates",
    "meditation",
    "zumba",
    "workshop",
    "workshops",
    "craft fair",
    "market",
    "flea market",
    "record fair",
    "vintage fair",
    "food festival",
    "beer festival",
    "exhibition",
    "art exhibition",
    "guided tour",
    "ghost tour",
    "walking tour",
    "ballet",
    "pantomime",
    "panto",
    "magic show",
    "magician",
    "hypnotist",
    "ice rink",
    "ice skating",
    "roller disco",
    "roller derby",
    "speed dating",
    "life drawing",
    "drag brunch",
    "kabarett",
    "lesung",
    "vortrag",
    "poetry-slam",
    "conférence",
    "humour",
    "football match",
    "blood drive",
    "fundraiser lunch",
    "conference",
    "expo",
    "comic con",
    "masterclass",
    "psychic",
    "film night",
    "filmabend",
    "kino",
    "kinoabend",
    "kneipenquiz",
    "quizabend",
    "comedy-abend",
    "cine",
    "monólogos",
    "concurso",
    "noche de trivial",
    "teatro",
    "ciné-club",
    "théâtre",
    "theater play",
];

const MUSIC: [&str; 20] = [
    "music",
    "concert",
    "gig",
    "gigs",
    "band",
    "bands",
    "dj",
    "djs",
    "orchestra",
    "choir",
    "album",
    "songs",
    "singer",
    "songwriter",
    "jazz",
    "punk",
    "metal",
    "musical guests",
    "live music",
    "open mic",
];

/// The words in `text` (a title, a category, a short line) that make it no live music; `None` when there are none, or
/// when words of music stand beside them.
pub(crate) fn not_music(text: &str) -> Option<Range<usize>> {
    if text.len() > 400 {
        return None;
    }
    let found = OTHER.iter().find_map(|words| find_words(text, words))?;
    (!MUSIC.iter().any(|word| find_words(text, word).is_some())).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::not_music;

    #[test]
    fn other_pastimes_are_told_from_music() {
        for text in [
            "Monday Comedy Club",
            "Monólogos de humor",
            "Cine: El puerto",
            "Pub Quiz",
            "A night in conversation with Ada Voss",
            "Film screening: Harbour",
        ] {
            assert!(not_music(text).is_some(), "{text}");
        }
        for text in ["", "Night Bus", "Comedy & live music night", "Talking Heads tribute", "Marketa"] {
            assert_eq!(not_music(text), None, "{text}");
        }
    }
}
