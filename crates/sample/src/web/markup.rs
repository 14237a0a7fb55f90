//! What every template needs to write HTML.

/// Text for HTML: `&`, `<`, `>` and `"` as entities.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text that went through two systems that both escape: `&amp;amp;`, and numeric entities for dashes and quotes.
pub(crate) fn escape_twice(text: &str) -> String {
    escape(&escape(text)).replace('–', "&amp;#8211;").replace('\'', "&#8217;")
}

/// Lower-case ASCII letters, digits and single `-`.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for letter in plain(text).chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(48);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "x".to_owned() } else { slug.to_owned() }
}

/// Without accents.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'á' | 'à' | 'ä' | 'å' => 'a',
            'é' | 'è' | 'ë' => 'e',
            'í' | 'ï' => 'i',
            'ó' | 'ö' | 'ô' => 'o',
            'ú' | 'ü' => 'u',
            'ñ' => 'n',
            'É' => 'E',
            'Ü' => 'U',
            'Ö' => 'O',
            other => other,
        })
        .collect()
}

/// A whole document in UTF-8. `head` and `body` are HTML already.
pub(crate) fn document(language: &str, title: &str, head: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n{head}\n\
         <style>body{{font:16px/1.5 Georgia,serif;max-width:60rem;margin:0 auto}}nav a{{margin-right:1em}}\
         .badge{{display:inline-block;width:3em;text-align:center}}footer{{font-size:.8em;color:#555}}</style>\n\
         </head>\n<body>\n{body}\n</body>\n</html>\n",
        escape(title)
    )
}

/// A script of JSON, safe inside HTML.
pub(crate) fn json_script(attributes: &str, value: &serde_json::Value) -> String {
    format!("<script {attributes}>{}</script>\n", value.to_string().replace("</", "<\\/"))
}

/// Links to the pages before and after; `address` makes the address of a page, which is counted from 1.
pub(crate) fn pager(page: usize, pages: usize, address: impl Fn(usize) -> String) -> String {
    let mut html = String::from("<nav class=\"pagination\">");
    if page > 1 {
        html += &format!("<a rel=\"prev\" href=\"{}\">&laquo; Previous</a> ", escape(&address(page - 1)));
    }
    html += &format!("<span>Page {page}</span> ");
    if page < pages {
        html += &format!("<a rel=\"next\" href=\"{}\">Next &raquo;</a>", escape(&address(page + 1)));
    }
    html + "</nav>\n"
}

/// Windows-1252; what it lacks becomes `?`.
pub(crate) fn windows_1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| match letter {
            '€' => 0x80,
            '…' => 0x85,
            '‘' => 0x91,
            '’' => 0x92,
            '“' => 0x93,
            '”' => 0x94,
            '–' => 0x96,
            '—' => 0x97,
            other => u8::try_from(u32::from(other)).unwrap_or(b'?'),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{escape_twice, slug, windows_1252};

    #[test]
    fn slugs_are_plain() {
        for (text, expected) in [("The Móna & Co.", "the-mona-co"), ("!!", "x"), ("  A  B ", "a-b")] {
            assert_eq!(slug(text), expected);
        }
    }

    #[test]
    fn texts_are_spoilt_on_purpose() {
        assert_eq!(escape_twice("A & B – C"), "A &amp;amp; B &amp;#8211; C");
        assert_eq!(windows_1252("£é–"), [0xa3, 0xe9, 0x96]);
    }
}
