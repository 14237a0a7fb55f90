//! Microformats: `h-event` and the older hCalendar (`vevent`), with `h-card`, `h-adr` and `vcard` inside, as item trees
//! under schema.org's names.

use scraper::ElementRef;

use crate::item::{Item, Prop, Words};
use crate::page::{Page, css_path, fold, text_of};

/// What a class names: a property of schema.org, and whether its value may be a thing of its own.
const PROPERTIES: [(&str, &str); 44] = [
    ("p-name", "name"),
    ("summary", "name"),
    ("fn", "name"),
    ("p-summary", "description"),
    ("description", "description"),
    ("e-content", "description"),
    ("dt-start", "startDate"),
    ("dtstart", "startDate"),
    ("dt-end", "endDate"),
    ("dtend", "endDate"),
    ("p-location", "location"),
    ("location", "location"),
    ("p-performer", "performer"),
    ("performer", "performer"),
    ("p-category", "category"),
    ("category", "category"),
    ("u-url", "url"),
    ("url", "url"),
    ("u-photo", "image"),
    ("photo", "image"),
    ("u-featured", "image"),
    ("u-uid", "identifier"),
    ("uid", "identifier"),
    ("p-price", "price"),
    ("price", "price"),
    ("p-status", "eventStatus"),
    ("status", "eventStatus"),
    ("p-street-address", "streetAddress"),
    ("street-address", "streetAddress"),
    ("p-locality", "addressLocality"),
    ("locality", "addressLocality"),
    ("p-region", "addressRegion"),
    ("region", "addressRegion"),
    ("p-postal-code", "postalCode"),
    ("postal-code", "postalCode"),
    ("p-country-name", "addressCountry"),
    ("country-name", "addressCountry"),
    ("p-latitude", "latitude"),
    ("latitude", "latitude"),
    ("p-longitude", "longitude"),
    ("longitude", "longitude"),
    ("p-tel", "telephone"),
    ("tel", "telephone"),
    ("p-adr", "address"),
];

/// The events of the page that are no part of another event.
pub(crate) fn items(page: &Page<'_>) -> Vec<Item> {
    let Some(root) = page.root() else { return Vec::new() };
    if !(page.text.contains("h-event") || page.text.contains("vevent")) {
        return Vec::new();
    }
    let mut tops = Vec::new();
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        if has_class(element, &["h-event", "vevent"]) && tops.len() < 5_000 {
            tops.push(item(element, "Event"));
        } else {
            open.extend(reversed_children(element));
        }
    }
    tops
}

fn item(element: ElementRef<'_>, kind: &str) -> Item {
    let mut item = Item { types: vec![kind.to_owned()], id: None, at: css_path(element), props: Vec::new() };
    // The classic root carries its own properties at times: <span class="location vcard fn">.
    let mut open = reversed_children(element);
    while let Some(element) = open.pop() {
        let nested = nested_kind(element);
        let names: Vec<&str> = names(element);
        for name in &names {
            let prop = match (*name, nested) {
                ("location" | "performer" | "address", Some(kind)) => Prop::Item(self::item(element, kind)),
                ("startDate" | "endDate", _) => Prop::Words(moment(element)),
                ("url" | "image" | "identifier", _) => Prop::Words(address(element)),
                _ => Prop::Words(words(element)),
            };
            item.props.push(((*name).to_owned(), prop));
        }
        match nested {
            // An address without a property of its own belongs to the thing around it.
            Some("PostalAddress") if names.is_empty() => {
                item.props.push(("address".to_owned(), Prop::Item(self::item(element, "PostalAddress"))));
            }
            Some(_) => {}
            None => open.extend(reversed_children(element)),
        }
    }
    if item.words(&["name"]).is_none() && kind != "PostalAddress" {
        item.push_words("name", text_of(element), css_path(element));
    }
    item
}

fn names(element: ElementRef<'_>) -> Vec<&'static str> {
    let mut names = Vec::new();
    for class in element.value().classes() {
        if let Some((_, name)) = PROPERTIES.iter().find(|(known, _)| *known == class)
            && !names.contains(name)
        {
            names.push(*name);
        }
    }
    names
}

fn nested_kind(element: ElementRef<'_>) -> Option<&'static str> {
    if has_class(element, &["h-event", "vevent"]) {
        Some("Event")
    } else if has_class(element, &["h-card", "vcard"]) {
        Some("Place")
    } else if has_class(element, &["h-adr", "adr", "p-adr", "h-geo"]) {
        Some("PostalAddress")
    } else {
        None
    }
}

fn has_class(element: ElementRef<'_>, wanted: &[&str]) -> bool {
    element.value().classes().any(|class| wanted.contains(&class))
}

fn words(element: ElementRef<'_>) -> Words {
    let attribute = match element.value().name() {
        "abbr" => element.attr("title"),
        "data" | "input" => element.attr("value"),
        "img" | "area" => element.attr("alt"),
        _ => None,
    };
    Words::new(attribute.map_or_else(|| text_of(element), fold), css_path(element))
}

fn address(element: ElementRef<'_>) -> Words {
    let attribute = ["href", "src", "data", "poster"].iter().find_map(|name| element.attr(name));
    Words::new(attribute.map_or_else(|| text_of(element), fold), css_path(element))
}

/// A moment: `datetime`, `title`, the text; or the parts of the value-class pattern, joined by `T`.
fn moment(element: ElementRef<'_>) -> Words {
    let parts: Vec<String> = element
        .descendent_elements()
        .filter(|part| part.id() != element.id() && has_class(*part, &["value", "value-title"]))
        .map(|part| machine_text(part))
        .collect();
    let text = match parts.as_slice() {
        [] => machine_text(element),
        [one] => one.clone(),
        [first, second, ..] if first.contains('-') => format!("{first}T{second}"),
        [first, second, ..] => format!("{second}T{first}"),
    };
    Words { text, at: css_path(element), quote: parts.into_iter().next() }
}

fn machine_text(element: ElementRef<'_>) -> String {
    let attribute = match element.value().name() {
        "time" | "ins" | "del" => element.attr("datetime"),
        "abbr" => element.attr("title"),
        "data" | "input" => element.attr("value"),
        _ => None,
    };
    let attribute = attribute.or_else(|| has_class(element, &["value-title"]).then(|| element.attr("title")).flatten());
    attribute.map_or_else(|| text_of(element), fold)
}

fn reversed_children(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let mut children: Vec<_> = element.child_elements().collect();
    children.reverse();
    children
}
