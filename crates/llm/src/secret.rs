use std::fmt;

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Takes the secret out of a text that somebody else wrote.
    pub(crate) fn removed_from(&self, text: &str) -> String {
        // A short one would be found by chance, and removing the empty one never ends well.
        if self.0.len() < 4 { text.to_owned() } else { text.replace(&self.0, "[secret]") }
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}
