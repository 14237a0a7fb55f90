use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sample::{Config, Response, Web};

use crate::{PORT, small};

/// Follows `href`s, addresses in feeds and JSON, and `Link` headers from the seeds, obeying robots.txt and staying on
/// each site.
fn crawl(web: &Web) -> BTreeMap<String, Response> {
    let mut pages = BTreeMap::new();
    for source in web.sources(PORT) {
        let host = format!("{}.sample.localhost:{PORT}", source.id);
        let robots = web.respond(&host, "/robots.txt", &[]).body;
        let robots = String::from_utf8_lossy(&robots);
        let closed: Vec<&str> = robots.lines().filter_map(|line| line.strip_prefix("Disallow: ")).collect();
        let mut queue: VecDeque<String> = source.seeds.into();
        while let Some(url) = queue.pop_front() {
            let Some(path) = url.strip_prefix(&format!("http://{host}")) else { continue };
            if pages.contains_key(&url)
                || path.starts_with("/img/")
                || closed.iter().any(|start| path.starts_with(start))
            {
                continue;
            }
            let response = web.respond(&host, path, &[]);
            assert_eq!(response.status, 200, "{url}");
            queue.extend(links(&response, &url));
            pages.insert(url, response);
        }
    }
    pages
}

fn links(response: &Response, base: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&response.body).replace("\r\n ", "");
    let mut found: Vec<String> = Vec::new();
    let mut rest: &str = &text;
    while let Some(at) = rest.to_lowercase().find("href=\"") {
        rest = &rest[at + 6..];
        found.push(rest[..rest.find('"').unwrap_or(0)].replace("&amp;", "&"));
    }
    let mut rest: &str = &text;
    while let Some(at) = rest.find("http://") {
        rest = &rest[at..];
        let end = rest.find(['"', '<', ' ', '\r', '\\']).unwrap_or(rest.len());
        found.push(rest[..end].replace("&amp;", "&"));
        rest = &rest[end..];
    }
    found.extend(response.header("link").and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned())));
    let origin: String = base.split('/').take(3).collect::<Vec<_>>().join("/");
    found
        .into_iter()
        .map(|link| match link.as_str() {
            absolute if absolute.starts_with("http") => absolute.to_owned(),
            path if path.starts_with('/') => format!("{origin}{path}"),
            file => format!("{origin}/{file}"),
        })
        .map(|link| link.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn every_page_is_reached_from_the_seeds_and_no_link_is_dead() {
    for web in [small(), Web::new(&Config { day: 3, ..Config::small(11) })] {
        let reached: BTreeSet<String> = crawl(&web).into_keys().collect();
        let missing: Vec<String> = web.pages(PORT).map(|(url, _)| url).filter(|url| !reached.contains(url)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

#[test]
fn every_show_is_named_on_a_page_of_each_publisher() {
    let web = Web::new(&Config { noise: 0.0, ..Config::small(7) });
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (url, response) in web.pages(PORT) {
        let site = url["http://".len()..].split('.').next().unwrap().to_owned();
        let mut text = String::from_utf8(response.body.clone())
            .unwrap_or_else(|_| response.body.iter().map(|byte| char::from(*byte)).collect());
        text = text.replace("\r\n ", "").replace("\\,", ",").replace("&amp;", "&").replace("&amp;", "&");
        text = text.replace("&#8217;", "'").replace("\\/", "/");
        texts.entry(site).or_default().push_str(&text);
    }
    for (index, show) in web.world().performances.iter().enumerate() {
        for site in web.publishers(index) {
            for name in web.world().bill(show) {
                assert!(texts[site].contains(name), "{site} does not name {name} of show {index}");
            }
        }
    }
}

#[test]
fn what_robots_forbid_exists_and_is_wrong() {
    let web = small();
    let host = format!("ticketgull.sample.localhost:{PORT}");
    let robots = web.respond(&host, "/robots.txt", &[]);
    assert!(String::from_utf8(robots.body).unwrap().contains("Disallow: /drafts/"));
    let drafts = web.respond(&host, "/drafts/", &[]);
    assert_eq!(drafts.status, 200);
    assert!(String::from_utf8(drafts.body).unwrap().contains("To Be Decided Arena"));
}

#[test]
fn pictures_decode_and_the_broken_one_does_not() {
    let web = small();
    let host = format!("ticketgull.sample.localhost:{PORT}");
    for (path, width) in [("/img/artist-3.jpg", 640), ("/img/venue-1.png", 640), ("/img/px.png", 1)] {
        let bytes = web.respond(&host, path, &[]).body;
        assert_eq!(image::load_from_memory(&bytes).unwrap().width(), width, "{path}");
    }
    assert_ne!(web.respond(&host, "/img/artist-3.jpg", &[]).body, web.respond(&host, "/img/artist-4.jpg", &[]).body);
    assert!(image::load_from_memory(&web.respond(&host, "/img/broken.jpg", &[]).body).is_err());
    assert_eq!(web.respond(&host, "/img/artist-99999.jpg", &[]).status, 404);
}
