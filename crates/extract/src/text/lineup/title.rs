//! Who plays, by the title of an event.

use super::name::{is_name, tidy};
use super::split;
use crate::text::status::{find_words, starts_with_word};

const OPENINGS: &str = "\
    an evening with|a night with|an audience with|an intimate evening with|an acoustic evening with|live:|\
    concert:|live music:";

/// With one of these words last, a name is that of a night, a tour or a series.
const EVENTS: &str = "\
    night nights party fest festival halloween christmas xmas nye session sessions showcase day tour series \
    weekender weekend takeover fundraiser benefit special matinee sing residency afternoon brunch all-dayer \
    alldayer club rave ball vol event show shows jam recital soundcheck evening birthday edition concert \
    concerts a-long monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays \
    thursdays fridays saturdays sundays";

/// What stands in the slogan behind an act's name.
const SLOGANS: &str = "\
    tour|live|anniversary|album|launch|show|celebration|years|tribute|concert|night one|night two|night 1|\
    night 2|residency|farewell|final|the best of|acoustic|release|world|ep|headline|plays|performing|performs|\
    christmas|unplugged|experience|record release|matinee|evening|late show|early show";

/// Words of titles that name nobody.
const NOBODY: &str = "\
    quiz|karaoke|open mic|open mike|open jam|jam session|bingo|club night|open decks|disco|comedy|screening|\
    workshop|market|private event|private hire|closed|happy hour|brunch|all dayer|all-dayer";

/// What begins the addition to an act's name.
const PHRASES: &str = "\
    album launch|album release|album live|album show|ep launch|ep release|single launch|record release|\
    launch show|release show|launch party|release party|headline show|farewell tour|world tour|uk tour|\
    european tour|europe tour|tour 20|anniversary|year celebration|years of|year anniversary|reunion show|\
    live show|tribute to";

/// The acts that a title names, without promoter ("Foo presents"), tour and slogan. Nothing for a title that does not
/// look like one made of acts: quizzes, club nights, festivals.
pub(crate) fn of_title(title: &str) -> Vec<String> {
    let cleaned = super::super::title::clean(title);
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
    for opening in OPENINGS.split('|') {
        if starts_with_word(text, opening.trim_end_matches(':')).is_some()
            && text.get(..opening.len()).is_some_and(|head| head.eq_ignore_ascii_case(opening))
        {
            text = text[opening.len()..].trim_start();
        }
    }
    let opened = super::opened(text);
    let text = without_slogan(behind_event(&opened));
    split(text)
        .into_iter()
        .map(|name| tidy(without_tail(without_slogan(&name))).to_owned())
        .filter(|name| is_name(name))
        .collect()
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
    // The word that says so stands last, numbers aside: "That 70s Night", "Night Shift Vol. 3".
    let last = text
        .rsplit(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .find(|word| word.chars().any(char::is_alphabetic));
    text.contains('#') || last.is_some_and(|last| EVENTS.split_whitespace().any(|word| last.eq_ignore_ascii_case(word)))
}

/// "Foo: The Wake World Tour" → "Foo"; "Foo – First Light" → "Foo"; "Foo live in concert" → "Foo".
fn without_slogan(text: &str) -> &str {
    let mut text = text;
    // "The Quiet Hour: Foo" names the night first; a slogan behind an act says that it is one.
    if let Some((head, tail)) = text.split_once(": ")
        && !names_several(head)
        && !is_slogan(tail)
        && tail.chars().filter(|letter| letter.is_alphabetic()).count() > 1
    {
        text = tail;
    }
    for separator in [" – ", " - ", " — ", " | ", ": "] {
        if let Some((head, tail)) = text.split_once(separator)
            && head.chars().filter(|letter| letter.is_alphanumeric()).count() > 1
            && (is_slogan(tail) || !names_several(tail))
            && !names_several(head)
        {
            text = head;
        }
    }
    for words in [" live in ", " live at ", " live @ ", " in concert", " live!", " at christmas", " in winter"] {
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
    let cut = PHRASES
        .split('|')
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
    text.starts_with(['“', '"', '‘', '\''])
        || !names_several(text) && SLOGANS.split('|').any(|sign| find_words(text, sign).is_some())
}

fn names_no_act(text: &str) -> bool {
    let lower = text.to_lowercase();
    let joined = ["+", "/", "ft.", "feat", "w/", "featuring", " with "].iter().any(|joint| lower.contains(joint));
    let festival = lower.trim_end_matches(|letter: char| !letter.is_alphabetic()).ends_with("festival");
    !joined && (festival || NOBODY.split('|').any(|sign| find_words(text, sign).is_some()))
        || crate::text::music::not_music(text).is_some()
}

fn find_plain(text: &str, words: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    (lower.len() == text.len()).then(|| lower.find(words)).flatten().filter(|at| text.is_char_boundary(*at))
}
