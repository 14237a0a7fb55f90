use fetch::{Config, Fetched, Fetcher};

use crate::server::{Reply, Server, class, get, ok, redirect, response};

#[tokio::test]
async fn redirects_are_followed_to_the_end() {
    let server = Server::start(|path| match path {
        "/a" => redirect("b?x=1#part"),
        "/b?x=1" => Some(Reply::Whole(response("301 Moved", &["Location: /dir/c"], b"moved"))),
        "/dir/c" => Some(Reply::Whole(response("307 Temporary", &["Location: ./d \u{e9}"], b""))),
        "/dir/d%20%C3%A9" => ok(&[], b"end"),
        _ => None,
    });
    let Fetched::Body(body) = get(&server.fetcher(), &server.url("/a")).await.unwrap() else { panic!("no body") };
    assert_eq!((body.final_url, &body.bytes[..]), (server.url("/dir/d%20%C3%A9"), &b"end"[..]));
    assert_eq!(server.count("/robots.txt"), 1);
}

#[tokio::test]
async fn loops_and_endless_chains_end() {
    let server = Server::start(|path| match path {
        "/self" => redirect("/self"),
        "/ping" => redirect("/pong"),
        "/pong" => redirect("/ping#again"),
        _ => redirect(&format!("{path}x")).filter(|_| path.starts_with("/longer")),
    });
    let fetcher = server.fetcher();
    for (path, expected) in [("/self", "redirect_loop"), ("/ping", "redirect_loop"), ("/longer", "too_many_redirects")]
    {
        let error = get(&fetcher, &server.url(path)).await.unwrap_err();
        assert_eq!((error.class(), error.is_transient()), (expected, false), "{path}");
    }
    assert_eq!(server.asked().iter().filter(|asked| asked.path.starts_with("/longer")).count(), 6);
}

#[tokio::test]
async fn the_last_redirect_of_the_limit_is_still_followed() {
    let server = Server::start(|path| match path {
        "/1" => redirect("/2"),
        "/2" => redirect("/3"),
        "/3" => ok(&[], b"end"),
        _ => None,
    });
    for (max_redirects, expected) in [(2, "body"), (1, "too_many_redirects"), (0, "too_many_redirects")] {
        let fetcher = Fetcher::new(Config { max_redirects, ..server.config() }).unwrap();
        let class = get(&fetcher, &server.url("/1")).await.map_or_else(|error| error.class(), |_| "body");
        assert_eq!(class, expected, "{max_redirects}");
    }
}

#[tokio::test]
async fn redirects_lead_nowhere_that_may_not_be_asked() {
    let secret = Server::start(|_| ok(&[], b"secret"));
    let port = secret.port();
    let server = Server::start(move |path| match path {
        "/port" => redirect(&format!("http://127.0.0.1:{port}/")),
        "/mapped" => redirect(&format!("http://[::ffff:127.0.0.1]:{port}/")),
        "/decimal" => redirect(&format!("//2130706433:{port}/")),
        "/localhost" => redirect(&format!("http://localhost:{port}/")),
        "/metadata" => redirect("http://169.254.169.254/latest/meta-data/"),
        "/private" => redirect("https://10.0.0.1/"),
        "/twice" => redirect("/private"),
        "/file" => redirect("file:///etc/passwd"),
        "/ftp" => redirect("ftp://example.org/"),
        "/script" => redirect("javascript:alert(1)"),
        "/credentials" => redirect("http://name:word@example.org/"),
        "/broken" => redirect("http://[::1"),
        "/empty" => redirect(""),
        _ => None,
    });
    let fetcher = server.fetcher();
    for (path, expected) in [
        ("/port", "private_address"),
        ("/mapped", "private_address"),
        ("/decimal", "private_address"),
        ("/localhost", "private_address"),
        ("/metadata", "private_address"),
        ("/private", "private_address"),
        ("/twice", "private_address"),
        ("/file", "scheme"),
        ("/ftp", "scheme"),
        ("/script", "scheme"),
        ("/credentials", "credentials"),
        ("/broken", "bad_url"),
        ("/empty", "redirect_loop"),
    ] {
        assert_eq!(class(&fetcher, &server.url(path)).await, expected, "{path}");
    }
    assert_eq!(secret.asked().len(), 0);
}

#[tokio::test]
async fn the_robots_of_every_origin_on_the_way_are_asked() {
    let server = Server::start(|path| match path {
        "/robots.txt" => ok(&[], b"User-agent: *\nDisallow: /closed"),
        "/open" => redirect("/closed/page"),
        "/closed/page" => ok(&[], b"secret"),
        _ => None,
    });
    assert_eq!(class(&server.fetcher(), &server.url("/open")).await, "robots");
    assert_eq!(server.count("/closed/page"), 0);
}
