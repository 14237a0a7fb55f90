use jiff::civil::Date;

use crate::text;

/// A title without what a publisher appends to it: the site's name behind a dash, the place behind "at" or "@", the date.
pub(super) fn trim<'t>(title: &'t str, site_names: &[String], venue: Option<&str>, today: Date) -> &'t str {
    let mut title = title.trim();
    for _ in 0..3 {
        let shorter = without_site(title, site_names, venue)
            .or_else(|| without_date(title, today))
            .or_else(|| venue.and_then(|venue| without_place(title, venue)));
        match shorter.map(str::trim).filter(|t| t.chars().count() > 1) {
            Some(shorter) => title = shorter,
            None => break,
        }
    }
    title
}

fn without_site<'t>(title: &'t str, site_names: &[String], venue: Option<&str>) -> Option<&'t str> {
    for dash in [" — ", " – ", " | ", " - ", " · "] {
        let Some(at) = title.rfind(dash) else { continue };
        let behind = title[at + dash.len()..].trim();
        let same = |name: &str| name.trim().eq_ignore_ascii_case(behind);
        if site_names.iter().any(|name| same(name)) || venue.is_some_and(same) {
            return Some(&title[..at]);
        }
    }
    None
}

/// "Owls on 23 Jul 2027": only a date with its year, at the very end, behind "on", a comma or a dash.
fn without_date(title: &str, today: Date) -> Option<&str> {
    let found = text::dates::find(title, today).into_iter().next_back()?;
    if found.range.end < title.len() || !found.year_stated {
        return None;
    }
    let before = title[..found.range.start].trim_end();
    let before = before
        .strip_suffix(" on")
        .or_else(|| before.strip_suffix([',', '-', '–', '—', '|', '@']))
        .or_else(|| before.strip_suffix(" -"))?;
    Some(before.trim_end())
}

/// "Owls at The Mill, Leeds", where the event is stated to be at The Mill.
fn without_place<'t>(title: &'t str, venue: &str) -> Option<&'t str> {
    if venue.chars().count() < 3 {
        return None;
    }
    for word in [" at ", " @ ", " @", " in "] {
        for (at, _) in title.match_indices(word) {
            let behind = &title[at + word.len()..];
            if behind.get(..venue.len()).is_some_and(|head| head.eq_ignore_ascii_case(venue)) {
                return Some(&title[..at]);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_publisher_appends_goes() {
        let today = jiff::civil::date(2026, 8, 16);
        let sites = vec!["Night Owl Club".to_owned()];
        for (title, expected) in [
            ("The Lanterns — Night Owl Club", "The Lanterns"),
            ("The Lanterns at The Mill, Leeds on 19 Nov 2026", "The Lanterns"),
            ("The Lanterns on 23 Jul 2027", "The Lanterns"),
            ("The Lanterns @ The Mill", "The Lanterns"),
            ("Live at Leeds", "Live at Leeds"),
            ("Fest 2026", "Fest 2026"),
            ("Owls - The Musical", "Owls - The Musical"),
            ("The Mill", "The Mill"),
        ] {
            assert_eq!(super::trim(title, &sites, Some("The Mill"), today), expected, "{title}");
        }
    }
}
