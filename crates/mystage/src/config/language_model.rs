use std::time::Duration;

use anyhow::Context;

use super::Environment;

/// The language model that reads what adapters cannot. `LLM_URL`: base address of an OpenAI-compatible server, absent
/// for none; `LLM_MODEL`; `LLM_API_KEY`.
pub(crate) fn language_model(environment: &Environment) -> anyhow::Result<Option<llm::Client>> {
    let Some(base_url) = environment.text("LLM_URL") else { return Ok(None) };
    let model = environment.text("LLM_MODEL").context("LLM_URL is set: name the model in LLM_MODEL")?;
    let config = llm::Config {
        base_url,
        api_key: environment.text("LLM_API_KEY").map(llm::Secret::new),
        model,
        timeout: Duration::from_secs(120),
        max_output_tokens: 4_000,
    };
    Ok(Some(llm::Client::new(config)?))
}
