use std::str::FromStr;

use anyhow::Context;

/// The environment's variables, or those that a test gives.
pub(crate) struct Environment(fn(&str) -> Option<String>);

impl Environment {
    pub(crate) fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
        Self(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
    }

    #[cfg(test)]
    pub(crate) fn given(variables: fn(&str) -> Option<String>) -> Self {
        Self(variables)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }

    /// The variable as a `T`. What is malformed is an error that names the variable, not a default in silence.
    pub(crate) fn parsed<T>(&self, name: &str) -> anyhow::Result<Option<T>>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.trim().parse().map(Some).with_context(|| format!("the environment variable {name} is not usable"))
    }

    /// The variable as texts between commas.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}
