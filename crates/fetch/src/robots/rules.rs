use std::time::Duration;

use url::Url;

use crate::config::product_token;

/// Longer patterns match nothing that is asked for.
const MAX_PATTERN: usize = 2048;

/// The rules of a robots.txt that speak to one crawler: RFC 9309, and `Crawl-delay` as it is commonly meant.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Debug)]
struct Rule {
    allow: bool,
    /// In the octets that are compared, see [`normal`].
    pattern: String,
    /// The line as it stands.
    line: String,
}

impl Rules {
    /// Takes the groups of the crawler's product token, or those of `*` where no group names it.
    pub(crate) fn parse(text: &[u8], token: &str) -> Self {
        let text = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
        let (mut own, mut everyone) = (Self::default(), Self::default());
        let mut named = false;
        // Whom the current group speaks to, and whether its list of crawlers is still open.
        let (mut to_us, mut to_all, mut open) = (false, false, false);
        for line in text.split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" | "useragent" | "user agent" => {
                    if !open {
                        (to_us, to_all, open) = (false, false, true);
                    }
                    to_all |= value == "*" || value.starts_with("* ");
                    to_us |= !token.is_empty() && product_token(value).eq_ignore_ascii_case(token);
                    named |= to_us;
                }
                "allow" | "disallow" | "crawl-delay" => {
                    open = false;
                    for (speaks, rules) in [(to_us, &mut own), (to_all, &mut everyone)] {
                        if speaks {
                            rules.add(&key, value, line);
                        }
                    }
                }
                _ => {}
            }
        }
        if named { own } else { everyone }
    }

    fn add(&mut self, key: &str, value: &str, line: &str) {
        if key == "crawl-delay" {
            let delay = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            self.crawl_delay = self.crawl_delay.max(delay);
        } else if !value.is_empty() && value.len() <= MAX_PATTERN {
            // A missing slash is a common slip, and means the path.
            let slash = if value.starts_with(['/', '*', '$']) { "" } else { "/" };
            let pattern = pattern(&format!("{slash}{value}"));
            self.rules.push(Rule { allow: key == "allow", pattern, line: line.to_owned() });
        }
    }

    /// The rule that forbids `url`: of those that match, the longest decides, and of equals the one that allows.
    pub(crate) fn forbidding(&self, url: &Url) -> Option<&str> {
        if url.path() == "/robots.txt" {
            return None;
        }
        let path = match url.query() {
            Some(query) => normal(&format!("{}?{query}", url.path())),
            None => normal(url.path()),
        };
        let path = path.replace('*', "%2A").replace('$', "%24");
        let matching = self.rules.iter().filter(|rule| matches(&rule.pattern, &path));
        let decisive = matching.max_by_key(|rule| (rule.pattern.len(), rule.allow))?;
        (!decisive.allow).then_some(decisive.line.as_str())
    }

    pub(crate) fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }
}

/// `$` is special only at the end.
fn pattern(text: &str) -> String {
    let text = normal(text);
    match text.strip_suffix('$') {
        Some(start) => start.replace('$', "%24") + "$",
        None => text.replace('$', "%24"),
    }
}

/// One spelling for equal octets, RFC 9309 section 2.2.2: unreserved characters plain, others as they stand, what is
/// not ASCII in percent-encoded capitals.
fn normal(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut normal = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let encoded = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(octet);
        match encoded {
            Some(octet) if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) => normal.push(char::from(octet)),
            Some(octet) => push_encoded(&mut normal, octet),
            None if bytes[at].is_ascii() => normal.push(char::from(bytes[at])),
            None => push_encoded(&mut normal, bytes[at]),
        }
        at += if encoded.is_some() { 3 } else { 1 };
    }
    normal
}

fn octet(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
}

fn push_encoded(text: &mut String, octet: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.extend(['%', char::from(DIGITS[usize::from(octet >> 4)]), char::from(DIGITS[usize::from(octet & 15)])]);
}

/// `*` stands for anything, `$` for the end. Takes the first place for every part, which is enough without backtracking.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, to_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !to_end || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if to_end && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use url::Url;

    use super::Rules;

    fn forbidding(text: &str, path: &str) -> Option<String> {
        let url = Url::parse("http://example.org").unwrap().join(path).unwrap();
        Rules::parse(text.as_bytes(), "ExampleBot").forbidding(&url).map(str::to_owned)
    }

    #[test]
    fn patterns() {
        // Pattern, path, whether it matches: RFC 9309 section 2.2.2, 2.2.3 and 5.2.
        let cases = [
            ("/", "/", true),
            ("/", "/any", true),
            ("/fish", "/fish.html", true),
            ("/fish", "/Fish.asp", false),
            ("/fish", "/catfish", false),
            ("/fish/", "/fish", false),
            ("/fish/", "/fish/?a=b", true),
            ("/*.php", "/folder/any.php.file.html", true),
            ("/*.php", "/windows.PHP", false),
            ("/*.php$", "/folder/filename.php", true),
            ("/*.php$", "/filename.php?parameters", false),
            ("/*.php$", "/a.php/b.php", true),
            ("/fish*.php", "/fishheads/catfish.php?x", true),
            ("*", "/x", true),
            ("/a$", "/a", true),
            ("/a$", "/ab", false),
            ("/a$b", "/a$b", true),
            ("/a%24", "/a$", true),
            ("/a%2Ab", "/a*b", true),
            ("/a%2Ab", "/axb", false),
            ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html", true),
            ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false),
            ("/foo/bar/ツ", "/foo/bar/%E3%83%84", true),
            ("/foo/bar/%e3%83%84", "/foo/bar/ツ", true),
            ("/foo/bar/%62%61%7A", "/foo/bar/baz", true),
            ("/a%3cd", "/a%3Cd", true),
            ("/a/%2F", "/a/%2f", true),
            ("/?q=", "/?q=1", true),
            ("admin", "/admin/x", true),
            ("/**a**b", "/xaxb", true),
            ("/a*a*a$", "/aa", false),
            ("/%", "/%", true),
            ("/%zz", "/%zz", true),
        ];
        for (pattern, path, expected) in cases {
            let rule = format!("Disallow: {pattern}");
            let found = forbidding(&format!("User-agent: *\n{rule}"), path);
            assert_eq!(found, expected.then_some(rule), "{pattern} on {path}");
        }
    }

    #[test]
    fn groups() {
        let text = "\u{feff}Disallow: /before-any-group\n\
            user-agent : OtherBot\r\nUSER-AGENT: examplebot/2.0 (x)\rDisallow: /ours # why\n\n\
            Sitemap: https://example.org/map.xml\nDisallow: /also\nallow: /also/open\n\
            User-agent: *\nDisallow: /\n\
            User-agent: ExampleBot\nUser-agent: Third\nnonsense\nCrawl-delay: 1.5\nDisallow: /later";
        let cases = [
            ("/", None),
            ("/before-any-group", None),
            ("/ours/x", Some("Disallow: /ours")),
            ("/also", Some("Disallow: /also")),
            ("/also/open/x", None),
            ("/later", Some("Disallow: /later")),
            ("/robots.txt", None),
        ];
        for (path, expected) in cases {
            assert_eq!(forbidding(text, path).as_deref(), expected, "{path}");
        }
        let rules = Rules::parse(text.as_bytes(), "ExampleBot");
        assert_eq!(rules.crawl_delay(), Some(Duration::from_millis(1500)));
        assert_eq!(Rules::parse(text.as_bytes(), "Stranger").crawl_delay(), None);
    }

    #[test]
    fn the_longest_rule_decides_and_of_equals_the_one_that_allows() {
        let cases = [
            ("Allow: /p\nDisallow: /", "/page", None),
            ("Allow: /folder\nDisallow: /folder", "/folder/page", None),
            ("Disallow: /folder\nAllow: /folder", "/folder/page", None),
            ("Allow: /page\nDisallow: /*.htm", "/page.htm", Some("Disallow: /*.htm")),
            ("Allow: /$\nDisallow: /", "/", None),
            ("Allow: /$\nDisallow: /", "/page.htm", Some("Disallow: /")),
            ("Disallow:", "/", None),
            ("Disallow: /x\nDisallow:", "/x", Some("Disallow: /x")),
        ];
        for (rules, path, expected) in cases {
            assert_eq!(
                forbidding(&format!("User-agent: *\n{rules}"), path).as_deref(),
                expected,
                "{rules:?} on {path}"
            );
        }
    }

    #[test]
    fn a_group_without_rules_for_us_allows_what_everyone_is_forbidden() {
        let text = "User-agent: *\nDisallow: /\n\nUser-agent: ExampleBot\nDisallow:\n";
        assert_eq!(forbidding(text, "/x"), None);
    }

    #[test]
    fn delays_that_are_no_delays_are_ignored() {
        for value in ["", "x", "-1", "NaN", "inf", "1e300"] {
            let rules = Rules::parse(format!("User-agent: *\nCrawl-delay: {value}").as_bytes(), "ExampleBot");
            assert_eq!(rules.crawl_delay(), None, "{value}");
        }
    }

    #[test]
    fn hostile_files_are_read_in_linear_time() {
        let start = Instant::now();
        let stars = format!("User-agent: *\nDisallow: /{}b\n", "*a".repeat(900)).repeat(250);
        let path = format!("/{}", "a".repeat(8000));
        assert_eq!(forbidding(&stars, &path), None);
        Rules::parse(&[0xff; 500_000], "ExampleBot");
        Rules::parse(&b":\n".repeat(250_000), "ExampleBot");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
