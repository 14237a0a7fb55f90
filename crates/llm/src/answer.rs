use serde::Deserialize;
use serde_json::Value;

use crate::{Completion, LlmError, Usage};

/// What of a server's answer is read; everything may be missing.
#[derive(Debug, Deserialize)]
struct Wire {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<WireUsage>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct WireUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

/// Reads the body of a successful answer.
pub(crate) fn read(body: &[u8], asked_model: &str) -> Result<Completion, LlmError> {
    let malformed = |why: String| LlmError::Malformed { why };
    let wire: Wire = serde_json::from_slice(body)
        .map_err(|error| malformed(format!("the server's answer is not the JSON of a completion: {error}")))?;
    let usage = wire.usage.unwrap_or_default();
    let usage = Usage { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens };
    let choice = wire.choices.into_iter().next().ok_or_else(|| malformed("it has no choices".to_owned()))?;
    if let Some(message) = choice.message.refusal.filter(|refusal| !refusal.is_empty()) {
        return Err(LlmError::Refused { message: shortened(&message) });
    }
    match choice.finish_reason.as_deref() {
        Some("length") => return Err(LlmError::CutShort { output_tokens: usage.output_tokens }),
        Some("content_filter") => {
            return Err(LlmError::Refused { message: "the content filter stopped it".to_owned() });
        }
        _ => {}
    }
    let content = choice.message.content.unwrap_or_default();
    let value: Value = serde_json::from_str(bare(&content)).map_err(|error| malformed(format!("no JSON: {error}")))?;
    if !value.is_object() {
        return Err(malformed("the JSON is no object".to_owned()));
    }
    Ok(Completion { value, usage, model: wire.model.unwrap_or_else(|| asked_model.to_owned()) })
}

/// The message of an error's body, which is `{"error": {"message", "code"}}`, or something like it, or no JSON at all.
pub(crate) fn error_of(body: &str) -> (String, Option<String>) {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return (shortened(body), None) };
    let error = value.get("error").unwrap_or(&value);
    let message = ["message", "detail", "msg"].iter().find_map(|name| error.get(name));
    let message = message.unwrap_or(error);
    let message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    let code = ["code", "type"].iter().find_map(|name| error.get(name)?.as_str());
    (shortened(&message), code.map(str::to_owned))
}

/// Models put thoughts before the answer and fences around it, whatever they were asked.
fn bare(content: &str) -> &str {
    let mut text = content.trim();
    if text.starts_with("<think>")
        && let Some((_, after)) = text.split_once("</think>")
    {
        text = after.trim();
    }
    let Some(fenced) = text.strip_prefix("```") else { return text };
    let fenced = fenced.strip_suffix("```").unwrap_or(fenced);
    fenced.strip_prefix("json").unwrap_or(fenced).trim()
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 500;
    let text = text.trim();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{bare, error_of, read};
    use crate::LlmError;

    #[test]
    fn answers_without_their_wrapping() {
        let cases = [
            ("{}", "{}"),
            (" \n{}\n", "{}"),
            ("```json\n{}\n```", "{}"),
            ("```\n{}```", "{}"),
            ("```json {}", "{}"),
            ("<think>what {if}</think>\n\n{\"a\":1}", "{\"a\":1}"),
            ("<think>endless", "<think>endless"),
            ("", ""),
        ];
        for (content, expected) in cases {
            assert_eq!(bare(content), expected, "{content:?}");
        }
    }

    #[test]
    fn answers_that_are_none() {
        let answer = |message: serde_json::Value, reason: &str| {
            let body =
                json!({"choices": [{"message": message, "finish_reason": reason}], "usage": {"completion_tokens": 9}});
            read(body.to_string().as_bytes(), "m")
        };
        let refused = |message: &str| LlmError::Refused { message: message.to_owned() };
        assert_eq!(answer(json!({"refusal": "no"}), "stop"), Err(refused("no")));
        assert_eq!(answer(json!({"content": null}), "content_filter"), Err(refused("the content filter stopped it")));
        assert_eq!(answer(json!({"content": "{\"a\":"}), "length"), Err(LlmError::CutShort { output_tokens: 9 }));
        for content in ["", "no JSON", "[1]", "1", "null", "{\"a\":", "{} and more"] {
            let result = answer(json!({"content": content}), "stop");
            assert!(matches!(result, Err(LlmError::Malformed { .. })), "{content:?}: {result:?}");
        }
        for body in ["", "<html>", "[]", "{}", "{\"choices\":[]}", "{\"choices\":[{}]}", "{\"choices\":7}"] {
            let result = read(body.as_bytes(), "m");
            assert!(matches!(result, Err(LlmError::Malformed { .. })), "{body:?}: {result:?}");
        }
    }

    #[test]
    fn error_messages() {
        let cases = [
            (r#"{"error":{"message":"bad","code":"x","type":"t"}}"#, "bad", Some("x")),
            (r#"{"error":{"message":"bad","code":null,"type":"t"}}"#, "bad", Some("t")),
            (r#"{"error":"bad"}"#, "bad", None),
            (r#"{"detail":[{"loc":["body"]}]}"#, r#"[{"loc":["body"]}]"#, None),
            ("upstream is down\n", "upstream is down", None),
            ("", "", None),
        ];
        for (body, message, code) in cases {
            assert_eq!(error_of(body), (message.to_owned(), code.map(str::to_owned)), "{body}");
        }
        assert_eq!(error_of(&"ä".repeat(900)).0.chars().count(), 501);
    }
}
