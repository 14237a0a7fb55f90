//! HTML microdata (`itemscope`, `itemprop`) as item trees.

use scraper::ElementRef;

use crate::item::{Item, Prop, Words, local_name};
use crate::page::{Page, css_path, text_of};

/// Values longer than this are cut: a whole page marked as one property is no title.
const VALUE_MAX: usize = 20_000;

/// The items that are no property of another.
pub(crate) fn items(page: &Page<'_>) -> Vec<Item> {
    let Some(root) = page.root() else { return Vec::new() };
    if !page.text.contains("itemscope") {
        return Vec::new();
    }
    root.descendent_elements()
        .filter(|element| element.attr("itemscope").is_some() && element.attr("itemprop").is_none())
        .take(5_000)
        .map(|element| item(root, element))
        .collect()
}

fn item(root: ElementRef<'_>, element: ElementRef<'_>) -> Item {
    let types = element.attr("itemtype").unwrap_or_default();
    let mut item = Item {
        types: types.split_whitespace().map(|t| local_name(t).to_owned()).collect(),
        id: element.attr("itemid").map(str::to_owned),
        at: css_path(element),
        props: Vec::new(),
    };
    let mut open: Vec<ElementRef<'_>> = children(element);
    if let Some(refs) = element.attr("itemref") {
        let wanted: Vec<&str> = refs.split_whitespace().take(20).collect();
        let found = root.descendent_elements().filter(|e| e.value().id().is_some_and(|id| wanted.contains(&id)));
        // An element that refers to what holds it would be read without end.
        open.extend(found.filter(|e| !element.ancestors().any(|a| a.id() == e.id())));
    }
    while let Some(element) = open.pop() {
        let names = element.attr("itemprop").unwrap_or_default();
        let scope = element.attr("itemscope").is_some();
        if scope {
            let nested = item_without_refs(root, element);
            let name = main_property(names.split_whitespace().map(local_name)).unwrap_or_default();
            item.props.push((name.to_owned(), Prop::Item(nested)));
            continue;
        }
        for name in names.split_whitespace().map(local_name) {
            item.props.push((name.to_owned(), Prop::Words(value(element, name))));
        }
        open.extend(children(element));
    }
    item
}

/// The one of several properties under which a nested thing is kept. Keeping it under each would double the tree with
/// every level of nesting.
pub(crate) fn main_property<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    const READ: [&str; 12] = [
        "location",
        "performer",
        "performers",
        "offers",
        "address",
        "geo",
        "subEvent",
        "event",
        "events",
        "image",
        "superEvent",
        "priceSpecification",
    ];
    let names: Vec<&str> = names.take(10).collect();
    names.iter().find(|name| READ.contains(name)).or(names.first()).copied()
}

/// Nested items follow `itemref` too, except into what holds them; depth is bounded by the depth of the page.
fn item_without_refs(root: ElementRef<'_>, element: ElementRef<'_>) -> Item {
    let refers = element.attr("itemref").is_some_and(|refs| {
        refs.split_whitespace()
            .any(|id| element.ancestors().filter_map(ElementRef::wrap).any(|e| e.value().id() == Some(id)))
    });
    if refers { Item::default() } else { item(root, element) }
}

/// Children in reverse, so that a stack gives them in order.
fn children(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let mut children: Vec<_> = element.child_elements().collect();
    children.reverse();
    children
}

/// What the standard says a property's value is, with `content` taken on every element, as publishers do; and the text
/// of a link, not its address, where the property is no address: `<a itemprop="name" href="/owls">Owls</a>`.
pub(crate) fn value(element: ElementRef<'_>, property: &str) -> Words {
    const NAMES: [&str; 9] = [
        "name",
        "performer",
        "performers",
        "location",
        "description",
        "startDate",
        "endDate",
        "addressLocality",
        "address",
    ];
    let attribute = element.attr("content").or_else(|| match element.value().name() {
        "a" | "area" if NAMES.contains(&property) => None,
        "a" | "area" | "link" => element.attr("href"),
        "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => element.attr("src"),
        "object" => element.attr("data"),
        "data" | "meter" => element.attr("value"),
        "time" => element.attr("datetime"),
        _ => None,
    });
    let mut text = attribute.map_or_else(|| text_of(element), crate::page::fold);
    if text.len() > VALUE_MAX {
        text.truncate(text.floor_char_boundary(VALUE_MAX));
    }
    Words::new(text, css_path(element))
}
