use super::{Breach, Tree};

/// Packages that must not come in, by whatever way, and why.
const BANNED: [(&str, &str); 3] = [
    ("aws-lc-sys", "ring is the one TLS provider; this one takes a C toolchain half a minute"),
    ("native-tls", "rustls is the one TLS library"),
    ("openssl-sys", "rustls is the one TLS library; nothing may be needed on the machine"),
];

/// What the whole workspace is built from.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let lines = (1..).zip(tree.text("Cargo.lock").unwrap_or_default().lines());
    let named = lines.filter_map(|(number, line)| Some((number, line.strip_prefix("name = \"")?.strip_suffix('"')?)));
    named
        .filter_map(|(number, name)| {
            let (_, why) = BANNED.iter().find(|(banned, _)| *banned == name)?;
            Some(Breach::new("Cargo.lock", number, format!("{name} came in: {why}; see `cargo tree --invert {name}`")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn a_second_tls_library_does_not_come_in_unseen() {
        let lock = "[[package]]\nname = \"ring\"\n\n[[package]]\nname = \"openssl-sys\"\n";
        let found = check(&Tree::of(&[("Cargo.lock", lock)]));
        assert_eq!(found.iter().map(|breach| breach.line).collect::<Vec<_>>(), [5]);
    }
}
