use serde_json::{Value, json};

/// What a server has been found to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    format: Format,
    /// OpenAI's newer models take `max_completion_tokens` only, most others `max_tokens` only.
    new_token_limit: bool,
    /// Reasoning models take none.
    temperature: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// `json_schema`, the form of OpenAI, vLLM and llama.cpp.
    Schema,
    /// `json_object` with a schema beside it, the form of llama-cpp-python.
    ObjectWithSchema,
    /// `json_object`, with the schema in the prompt alone.
    Object,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { format: Format::Schema, new_token_limit: false, temperature: true }
    }
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) model: &'a str,
    pub(crate) system: &'a str,
    pub(crate) user: &'a str,
    pub(crate) schema: &'a Value,
    pub(crate) max_output_tokens: u32,
}

impl Dialect {
    /// The next thing to try after a refusal with this message, or `None` where it was about something else.
    pub(crate) fn after(self, refusal: &str) -> Option<Self> {
        let refusal = refusal.to_ascii_lowercase();
        if refusal.contains("max_completion_tokens") && !self.new_token_limit {
            return Some(Self { new_token_limit: true, ..self });
        }
        if refusal.contains("temperature") && self.temperature {
            return Some(Self { temperature: false, ..self });
        }
        let about_format = ["response_format", "json_schema", "json_object", "schema", "grammar"];
        if about_format.iter().any(|word| refusal.contains(word)) {
            let format = match self.format {
                Format::Schema => Format::ObjectWithSchema,
                Format::ObjectWithSchema => Format::Object,
                Format::Object => return None,
            };
            return Some(Self { format, ..self });
        }
        None
    }

    /// The body of `POST /v1/chat/completions`.
    pub(crate) fn body(self, question: &Question<'_>) -> Value {
        let Question { model, system, user, schema, max_output_tokens } = *question;
        let format = match self.format {
            Format::Schema => {
                json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}})
            }
            Format::ObjectWithSchema => json!({"type": "json_object", "schema": schema}),
            Format::Object => json!({"type": "json_object"}),
        };
        let system = match self.format {
            Format::Schema => system.to_owned(),
            // Servers that take no schema, or drop it in silence, read it here.
            _ => format!("{system}\n\nAnswer with one JSON object that satisfies this JSON schema:\n{schema}"),
        };
        let limit = if self.new_token_limit { "max_completion_tokens" } else { "max_tokens" };
        let mut body = json!({
            "model": model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "response_format": format,
            limit: max_output_tokens,
        });
        if self.temperature {
            body["temperature"] = json!(0);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Dialect, Question};

    #[test]
    fn refusals_lead_to_the_next_form_and_end() {
        let start = Dialect::default();
        assert_eq!(start.after("The model `x` does not exist"), None);
        let refusal = "'response_format.type' must be one of 'text', 'json_object'";
        let second = start.after(refusal).unwrap();
        let third = second.after("Unknown parameter: 'response_format.schema'").unwrap();
        assert_eq!(third.after(refusal), None);

        let tokens = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        let renamed = start.after(tokens).unwrap();
        assert_eq!(renamed.after(tokens), None);
        let cold = renamed.after("Unsupported value: 'temperature' does not support 0").unwrap();
        assert_eq!(cold.after("'temperature'"), None);
    }

    #[test]
    fn bodies() {
        let schema = json!({"type": "object"});
        let question = Question { model: "m", system: "s", user: "u", schema: &schema, max_output_tokens: 7 };
        let first = Dialect::default();
        let body = first.body(&question);
        assert_eq!(body["response_format"]["json_schema"], json!({"name": "answer", "strict": true, "schema": schema}));
        assert_eq!((&body["max_tokens"], &body["temperature"], &body["model"]), (&json!(7), &json!(0), &json!("m")));
        assert_eq!(body["messages"], json!([{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]));

        let body = first.after("json_schema").unwrap().body(&question);
        assert_eq!(body["response_format"], json!({"type": "json_object", "schema": schema}));
        let last = first.after("json_schema").unwrap().after("schema").unwrap().after("temperature").unwrap();
        let body = last.after("max_completion_tokens").unwrap().body(&question);
        assert_eq!(body["response_format"], json!({"type": "json_object"}));
        assert!(body["messages"][0]["content"].as_str().unwrap().ends_with(r#"{"type":"object"}"#));
        assert!(body.get("temperature").is_none() && body.get("max_tokens").is_none());
        assert_eq!(body["max_completion_tokens"], json!(7));
    }
}
