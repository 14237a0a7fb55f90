//! RDFa Lite (`typeof`, `property`) in the schema.org vocabulary as item trees.

use scraper::ElementRef;

use crate::item::{Item, Prop, local_name};
use crate::microdata::{main_property, value};
use crate::page::{Page, css_path};

/// The items that are no property of another.
pub(crate) fn items(page: &Page<'_>) -> Vec<Item> {
    let Some(root) = page.root() else { return Vec::new() };
    if !page.text.contains("typeof") {
        return Vec::new();
    }
    let mut tops = Vec::new();
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        if element.attr("typeof").is_some() {
            tops.push(item(element));
            if tops.len() >= 5_000 {
                break;
            }
        } else {
            open.extend(reversed_children(element));
        }
    }
    tops
}

fn item(element: ElementRef<'_>) -> Item {
    let types = element.attr("typeof").unwrap_or_default();
    let mut item = Item {
        types: types.split_whitespace().map(|t| local_name(t).to_owned()).collect(),
        id: element.attr("resource").or_else(|| element.attr("about")).map(str::to_owned),
        at: css_path(element),
        props: Vec::new(),
    };
    let mut open = reversed_children(element);
    while let Some(element) = open.pop() {
        let typed = element.attr("typeof").is_some();
        let names = element.attr("property").or_else(|| element.attr("rel")).unwrap_or_default();
        if typed {
            // A thing without a property still may be an event of the page.
            let name = main_property(names.split_whitespace().map(schema_name)).unwrap_or_default();
            item.props.push((name.to_owned(), Prop::Item(self::item(element))));
            continue;
        }
        if element.attr("property").is_some() {
            for name in names.split_whitespace() {
                item.props.push((schema_name(name).to_owned(), Prop::Words(value(element, schema_name(name)))));
            }
        }
        open.extend(reversed_children(element));
    }
    item
}

fn reversed_children(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let mut children: Vec<_> = element.child_elements().collect();
    children.reverse();
    children
}

/// The schema.org name of a property, also for the older data-vocabulary.org.
fn schema_name(name: &str) -> &str {
    match local_name(name) {
        "summary" => "name",
        "dtstart" => "startDate",
        "dtend" => "endDate",
        "street-address" => "streetAddress",
        "locality" => "addressLocality",
        "region" => "addressRegion",
        "postal-code" => "postalCode",
        "country-name" => "addressCountry",
        other => other,
    }
}
