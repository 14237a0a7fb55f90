//! Which stretches of a page are the items of a list: repeated structures that carry a date each.

use std::collections::HashMap;

use super::hits::Hit;
use super::outline::Outline;

/// A stretch of a page that speaks of one event.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Index of the date among the hits.
    pub(super) hit: usize,
    /// Pieces `from..to`.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The element that the item is, or the one that holds it beside others.
    pub(super) root: usize,
    /// The item is all of `root`.
    pub(super) whole: bool,
    /// Items of one list have the same number.
    pub(super) list: u64,
}

/// The items of all lists of a page, in document order.
pub(super) fn find(outline: &Outline<'_>, hits: &[Hit]) -> Vec<Item> {
    let mut columns: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, hit) in hits.iter().enumerate() {
        columns
            .entry(if hit.cell { 0 } else { outline.elements[hit.element].path ^ u64::from(hit.hidden) })
            .or_default()
            .push(at);
    }
    let mut columns: Vec<(u64, Vec<usize>)> = columns.into_iter().filter(|(_, column)| column.len() > 1).collect();
    columns.sort_by_key(|(_, column)| column[0]);
    let mut lists: Vec<Vec<Item>> = columns
        .iter()
        .map(|(path, column)| items(outline, hits, column, *path))
        .filter(|items| !items.is_empty())
        .collect();
    adopt(outline, hits, &mut lists);
    without_nested(outline, lists)
}

fn items(outline: &Outline<'_>, hits: &[Hit], column: &[usize], list: u64) -> Vec<Item> {
    let roots = roots(outline, hits, column);
    let named = roots.iter().filter(|root| root.is_some_and(|root| has_name(outline, hits, root))).count();
    if named * 2 >= roots.len() && !tells_more_beside(outline, &roots) {
        let each = column.iter().zip(&roots).filter_map(|(hit, root)| {
            let root = (*root)?;
            let element = &outline.elements[root];
            Some(Item { hit: *hit, from: element.from, to: element.to, root, whole: true, list })
        });
        return each.collect();
    }
    segments(outline, hits, column, &roots, list)
}

/// Whether what follows each root up to the next one belongs to it: paragraphs of which the first has date and name.
fn tells_more_beside(outline: &Outline<'_>, roots: &[Option<usize>]) -> bool {
    let pairs = roots.windows(2).filter_map(|pair| Some((pair[0]?, pair[1]?)));
    let (mut all, mut apart) = (0, 0);
    for (one, other) in pairs {
        let (one, other) = (&outline.elements[one], &outline.elements[other]);
        all += 1;
        let between = other.from.saturating_sub(one.to);
        apart += usize::from(one.parent == other.parent && one.to - one.from <= 4 && (1..12).contains(&between));
    }
    let loose = roots.iter().flatten().all(|root| {
        matches!(outline.name(*root), "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "strong" | "b" | "div")
    });
    loose && all > 0 && apart * 10 >= all * 7
}

/// The only event of a list: an element that is called one and shows a name beside the date.
pub(super) fn lone(outline: &Outline<'_>, hits: &[Hit]) -> Option<Item> {
    const NAMES: [&str; 8] = ["event", "gig", "show", "concert", "listing", "vevent", "termin", "veranstaltung"];
    hits.iter().enumerate().find_map(|(at, hit)| {
        let root = outline.chain(hit.element).take(6).find(|root| {
            let classes = outline.classes(*root);
            let called = classes.split(|letter: char| !letter.is_ascii_alphabetic()).any(|word| NAMES.contains(&word));
            called && outline.elements[*root].bytes < 2000 && has_name(outline, hits, *root)
        })?;
        let element = &outline.elements[root];
        let item = Item { hit: at, from: element.from, to: element.to, root, whole: true, list: element.path };
        offers(outline, &item).then_some(item)
    })
}

/// For each date the highest element that holds no other date of its column; `None` where two stand in one element.
fn roots(outline: &Outline<'_>, hits: &[Hit], column: &[usize]) -> Vec<Option<usize>> {
    let mut roots = Vec::with_capacity(column.len());
    for (place, hit) in column.iter().enumerate() {
        let element = hits[*hit].element;
        if hits[*hit].cell {
            roots.push(Some(element));
            continue;
        }
        let beside = [place.checked_sub(1), Some(place + 1)];
        let depth = beside
            .into_iter()
            .filter_map(|other| column.get(other?))
            .map(|other| outline.elements[outline.joint(element, hits[*other].element)].depth)
            .max();
        let depth = depth.unwrap_or(0) + 1;
        roots.push((outline.elements[element].depth >= depth).then(|| outline.ancestor(element, depth)));
    }
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for root in roots.iter().flatten() {
        *counts.entry(outline.elements[*root].path).or_default() += 1;
    }
    let usual = counts.into_iter().max_by_key(|(path, count)| (*count, *path)).map(|(path, _)| path);
    // The only item of its month stands for the whole month: step down to what the others are.
    for (root, hit) in roots.iter_mut().zip(column) {
        let Some(place) = root.as_mut() else { continue };
        if Some(outline.elements[*place].path) != usual
            && let Some(below) = outline.chain(hits[*hit].element).find(|at| Some(outline.elements[*at].path) == usual)
        {
            *place = below;
        }
    }
    roots
}

/// Whether an element shows more than dates, times and labels.
pub(super) fn has_name(outline: &Outline<'_>, hits: &[Hit], root: usize) -> bool {
    let element = &outline.elements[root];
    shows_name(outline, hits, element.from, element.to)
}

fn shows_name(outline: &Outline<'_>, hits: &[Hit], from: usize, to: usize) -> bool {
    (from..to).any(|at| {
        let rest = super::fields::residue(outline, hits, at);
        rest.chars().filter(|letter| letter.is_alphabetic()).count() > 1 && !super::hints::is_label(&rest)
    })
}

/// Dates that stand beside what they date: each item reaches from one date to the next, or, where the names stand
/// first, from behind the date before to its own.
fn segments(outline: &Outline<'_>, hits: &[Hit], column: &[usize], roots: &[Option<usize>], list: u64) -> Vec<Item> {
    let start_of = |place: usize| match roots[place] {
        Some(root) => outline.elements[root].from,
        None => line_start(outline, hits[column[place]].from),
    };
    let mut items = Vec::new();
    for (place, hit) in column.iter().enumerate() {
        let element = hits[*hit].element;
        let holder = match roots[place] {
            Some(root) => outline.elements[root].parent,
            None => element,
        };
        let bounds = &outline.elements[holder];
        let from = start_of(place);
        let next = if place + 1 < column.len() { start_of(place + 1) } else { bounds.to };
        let to = if next > from && next <= bounds.to { next } else { bounds.to };
        items.push(Item { hit: *hit, from, to, root: holder, whole: false, list });
    }
    let named = |items: &[Item]| items.iter().filter(|item| shows_name(outline, hits, item.from, item.to)).count();
    if names_stand_first(outline, hits, &items) {
        let mut before = items.first().map_or(0, |item| {
            let holder = outline.elements[item.root].from;
            let length = items.get(1).map_or(3, |second| (second.from - item.from).min(8));
            item.from.saturating_sub(length).max(holder)
        });
        for item in &mut items {
            let end = hits[item.hit].to;
            (item.from, item.to) = (before.min(item.from), end.max(item.from));
            before = item.to;
        }
    }
    if named(&items) * 2 < items.len() { Vec::new() } else { items }
}

/// The last date of the list has nothing behind it, and the first has a name before it.
fn names_stand_first(outline: &Outline<'_>, hits: &[Hit], items: &[Item]) -> bool {
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return false };
    let holder = &outline.elements[first.root];
    let behind =
        shows_name(outline, hits, hits[last.hit].to.min(last.to), last.to) || shows_own_name(outline, hits, last);
    !behind && shows_name(outline, hits, first.from.saturating_sub(3).max(holder.from), first.from)
}

fn shows_own_name(outline: &Outline<'_>, hits: &[Hit], item: &Item) -> bool {
    shows_name(outline, hits, hits[item.hit].from, hits[item.hit].to)
}

fn line_start(outline: &Outline<'_>, mut at: usize) -> usize {
    while at > 0 && !outline.pieces[at].breaks {
        at -= 1;
    }
    at
}

/// Lone dates in elements that look like the items of a list join that list.
fn adopt(outline: &Outline<'_>, hits: &[Hit], lists: &mut [Vec<Item>]) {
    let mut roots: HashMap<u64, usize> = HashMap::new();
    for (at, list) in lists.iter().enumerate() {
        for item in list.iter().filter(|item| item.whole) {
            roots.entry(outline.elements[item.root].path).or_insert(at);
        }
    }
    let used: std::collections::HashSet<usize> = lists.iter().flatten().map(|item| item.root).collect();
    for (at, hit) in hits.iter().enumerate() {
        let chain: Vec<usize> = outline.chain(hit.element).collect();
        if chain.iter().any(|element| used.contains(element)) {
            continue;
        }
        let home = chain.iter().find_map(|element| Some((*element, *roots.get(&outline.elements[*element].path)?)));
        if let Some((root, list)) = home
            && !lists[list].iter().any(|item| item.root == root)
        {
            let element = &outline.elements[root];
            let number = lists[list][0].list;
            lists[list].push(Item { hit: at, from: element.from, to: element.to, root, whole: true, list: number });
        }
    }
}

/// Keeps one item for each stretch. An item that holds several items of another list is the frame of that list.
fn without_nested(outline: &Outline<'_>, lists: Vec<Vec<Item>>) -> Vec<Item> {
    let mut lengths: HashMap<u64, usize> = HashMap::new();
    for item in lists.iter().flatten() {
        *lengths.entry(item.list).or_default() += 1;
    }
    let mut items: Vec<Item> = lists.into_iter().flatten().filter(|item| item.to > item.from).collect();
    // Outer items first; of equal ones that of the longer list.
    items.sort_by_key(|item| (item.from, std::cmp::Reverse((item.to, lengths[&item.list])), item.hit));
    let mut kept = Vec::new();
    keep(outline, &items, &mut kept, 0);
    kept
}

fn keep(outline: &Outline<'_>, items: &[Item], kept: &mut Vec<Item>, depth: usize) {
    let mut at = 0;
    while let Some(outer) = items.get(at) {
        let mut next = at + 1;
        while items.get(next).is_some_and(|item| item.from < outer.to) {
            next += 1;
        }
        let inner: Vec<Item> = items[at + 1..next]
            .iter()
            .filter(|item| item.to <= outer.to && (item.from, item.to) != (outer.from, outer.to))
            .cloned()
            .collect();
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for item in inner.iter().filter(|item| offers(outline, item)) {
            *counts.entry(item.list).or_default() += 1;
        }
        if depth < 8 && counts.values().any(|count| *count > 1) {
            let real: Vec<Item> =
                inner.into_iter().filter(|item| counts.get(&item.list).is_some_and(|count| *count > 1)).collect();
            keep(outline, &real, kept, depth + 1);
        } else {
            kept.push(outer.clone());
        }
        at = next;
    }
}

/// Whether a stretch has what an item of a list has: a heading or a link of its own.
fn offers(outline: &Outline<'_>, item: &Item) -> bool {
    inside(outline, item).any(|at| outline.name(at) == "a" || is_heading(outline.name(at)))
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// The elements that stand wholly in a stretch.
pub(super) fn inside<'o>(outline: &'o Outline<'_>, item: &Item) -> impl Iterator<Item = usize> + use<'o> {
    let (from, to, whole, root) = (item.from, item.to, item.whole, item.root);
    let first = if whole { root } else { root + 1 };
    (first..outline.elements[root].end).filter(move |at| {
        let element = &outline.elements[*at];
        whole || element.from >= from && element.to <= to && (element.to > element.from || element.from < to)
    })
}

/// The events of one date heading: repeated structures in the stretch of one date, each with a name and a link or a
/// clock time of its own.
pub(super) fn split(outline: &Outline<'_>, hits: &[Hit], item: &Item) -> Vec<Item> {
    let date = &hits[item.hit];
    let mut columns: HashMap<u64, Vec<usize>> = HashMap::new();
    for at in inside(outline, item) {
        let element = &outline.elements[at];
        let holds_date = element.from <= date.from && element.to >= date.to;
        if !holds_date && element.to > element.from && is_event_like(outline, hits, at) {
            columns.entry(element.path).or_default().push(at);
        }
    }
    let column = columns
        .into_values()
        .filter(|column| column.len() > 1)
        .min_by_key(|column| (outline.elements[column[0]].depth, column[0]));
    let Some(column) = column else { return vec![item.clone()] };
    let each = column.into_iter().map(|root| {
        let element = &outline.elements[root];
        Item { hit: item.hit, from: element.from, to: element.to, root, whole: true, list: item.list }
    });
    each.collect()
}

fn is_event_like(outline: &Outline<'_>, hits: &[Hit], at: usize) -> bool {
    let element = &outline.elements[at];
    if outline.name(at) == "a" && element.to - element.from < 2 || !has_name(outline, hits, at) {
        return false;
    }
    let below = || at..element.end;
    let titled = below().any(|at| {
        is_heading(outline.name(at)) || super::hints::Hints::of(outline.name(at), &outline.classes(at)).title
    });
    let linked = below().any(|at| outline.name(at) == "a" && outline.elements[at].element.attr("href").is_some());
    let timed = || (element.from..element.to).any(|at| !crate::text::clock::find(&outline.pieces[at].text).is_empty());
    titled && linked || timed()
}
