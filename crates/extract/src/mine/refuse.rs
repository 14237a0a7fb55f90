//! Lists of dated things that are no events: news, posts, tweets, comments.

use std::collections::HashMap;

use jiff::civil::Date;

use super::groups::Item;
use super::hits::Hit;
use super::outline::Outline;

/// Takes out the items of lists that are no lists of events.
pub(super) fn lists(outline: &Outline<'_>, hits: &[Hit], items: &mut Vec<Item>, today: Date) {
    let mut counts: HashMap<u64, (usize, usize)> = HashMap::new();
    for item in items.iter() {
        let hit = &hits[item.hit];
        let (all, past) = counts.entry(item.list).or_default();
        *all += 1;
        *past += usize::from(hit.year_stated && hit.end.unwrap_or(hit.start) < today);
    }
    items.retain(|item| {
        let (all, past) = counts[&item.list];
        let words = words_around(outline, item);
        let eventful = words.event;
        !(words.navigation || words.other && !words.event_here || past * 10 >= all * 9 && !eventful)
    });
}

#[derive(Default)]
struct Words {
    /// The item or what holds it is called an event, a gig, a show.
    event: bool,
    event_here: bool,
    /// It is called news, a post, a tweet.
    other: bool,
    navigation: bool,
}

fn words_around(outline: &Outline<'_>, item: &Item) -> Words {
    let mut words = Words::default();
    for (step, at) in outline.chain(item.root).take(12).enumerate() {
        let name = outline.name(at);
        words.navigation |= name == "nav" && step < 4;
        if matches!(name, "body" | "html") {
            break;
        }
        for word in outline.classes(at).split(|letter: char| !letter.is_ascii_alphabetic()) {
            let event = matches!(
                word,
                "event"
                    | "events"
                    | "gig"
                    | "gigs"
                    | "show"
                    | "shows"
                    | "concert"
                    | "concerts"
                    | "tour"
                    | "performance"
                    | "performances"
                    | "calendar"
                    | "listing"
                    | "listings"
                    | "agenda"
                    | "whatson"
                    | "programme"
                    | "program"
                    | "veranstaltung"
                    | "veranstaltungen"
                    | "eventlist"
                    | "concerti"
                    | "evenement"
                    | "evenements"
                    | "konzerte"
                    | "conciertos"
                    | "gigography"
                    | "vevent"
                    | "tourdates"
            );
            words.event |= event;
            words.event_here |= event && step < 3;
            words.other |= step < 6
                && matches!(
                    word,
                    "news"
                        | "blog"
                        | "tweet"
                        | "tweets"
                        | "twitter"
                        | "comment"
                        | "comments"
                        | "review"
                        | "reviews"
                        | "testimonial"
                        | "testimonials"
                        | "instagram"
                        | "press"
                        | "copyright"
                        | "merch"
                        | "shop"
                        | "podcast"
                        | "podcasts"
                );
        }
    }
    // The addresses that an item leads to speak too.
    words.event |= super::groups::inside(outline, item).filter(|at| outline.name(*at) == "a").any(|at| {
        let href = outline.elements[at].element.attr("href").unwrap_or_default().to_ascii_lowercase();
        ["event", "gig", "show", "ticket", "concert", "whats-on", "whatson"].iter().any(|word| href.contains(word))
    });
    words
}
