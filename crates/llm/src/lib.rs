//! Chat completion that answers in JSON of a given schema, over the wire format that OpenAI made and llama.cpp, vLLM,
//! Ollama and many others speak.
//!
//! One question, one answer. Servers differ in what they take, so a refusal that names a parameter is answered by asking
//! again without it, and what was learned is kept for the next question.
//!
//! Deliberately absent: conversations, tools, streaming, budgets, retries (the task runner retries by
//! [`LlmError::is_transient`] and [`LlmError::retry_after`]), and validation against the schema beyond its being an
//! object: callers read the answer into their own types. Prompts, answers and keys are never logged.

mod answer;
mod client;
mod dialect;
mod error;
mod secret;

pub use client::{Client, Completion, Config, Usage};
pub use error::LlmError;
pub use secret::Secret;
