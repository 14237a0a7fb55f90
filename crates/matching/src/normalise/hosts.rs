/// Sites on which many parties have a page of their own: the first part of the path is theirs.
const PLATFORMS: &[&str] = &[
    "facebook.com",
    "instagram.com",
    "twitter.com",
    "x.com",
    "youtube.com",
    "soundcloud.com",
    "linktr.ee",
    "tiktok.com",
    "myspace.com",
    "mixcloud.com",
    "sites.google.com",
    "threads.net",
];

/// Sites whose pages are about others: they identify nobody.
const STRANGERS: &[&str] = &[
    "ticketmaster.com",
    "eventbrite.com",
    "songkick.com",
    "bandsintown.com",
    "dice.fm",
    "ra.co",
    "residentadvisor.net",
    "google.com",
    "maps.google.com",
    "goo.gl",
    "bit.ly",
    "wikipedia.org",
    "open.spotify.com",
    "spotify.com",
    "music.apple.com",
    "last.fm",
    "setlist.fm",
    "seetickets.com",
    "axs.com",
    "youtu.be",
    "yelp.com",
    "tripadvisor.com",
];

/// What a web address says about whose it is: the host without `www.`, with a port where it is not the scheme's own, and
/// with the handle on a platform (`facebook.com~bluenote`). `None` for no http(s) address and for sites about others.
pub fn fold_site(address: &str) -> Option<String> {
    let address = address.trim().to_ascii_lowercase();
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let rest = match rest {
        Some(rest) => rest,
        None if address.contains("://") || !address.contains('.') || address.contains([' ', '@']) => return None,
        None => &address,
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let host = authority.strip_suffix(":80").or_else(|| authority.strip_suffix(":443")).unwrap_or(authority);
    let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("m.")).unwrap_or(host);
    let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b)) && host.len() <= 100;
    if host.is_empty() || !named || within(host, STRANGERS) {
        return None;
    }
    if !within(host, PLATFORMS) {
        return Some(host.to_owned());
    }
    let handle = path.split(['/', '?', '#']).find(|part| !part.is_empty())?.trim_start_matches('@');
    let plain = handle.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) && handle.len() <= 60;
    (plain && !matches!(handle, "events" | "pages" | "channel" | "watch" | "p")).then(|| format!("{host}~{handle}"))
}

fn within(host: &str, sites: &[&str]) -> bool {
    sites.iter().any(|site| host == *site || host.strip_suffix(site).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::fold_site;

    #[test]
    fn an_address_tells_whose_it_is() {
        for (given, expected) in [
            ("https://www.BlueNote.test/contact?x=1", Some("bluenote.test")),
            ("http://bluenote.test:80", Some("bluenote.test")),
            ("bluenote.test/", Some("bluenote.test")),
            ("http://127.0.0.1:4000/venue", Some("127.0.0.1:4000")),
            ("https://m.facebook.com/BlueNote/", Some("facebook.com~bluenote")),
            ("https://www.facebook.com/events/12", None),
            ("https://facebook.com", None),
            ("https://someone.bandcamp.com/album", Some("someone.bandcamp.com")),
            ("https://www.ticketmaster.com/x", None),
            ("mailto:a@b.test", None),
            ("not a site", None),
            ("", None),
        ] {
            assert_eq!(fold_site(given).as_deref(), expected, "{given}");
        }
    }
}
