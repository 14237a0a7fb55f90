use catalogue::Statement;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::views::entity::shown_field;

/// Everything that any page has stated about an entity, published or not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceView {
    /// By field, the most trusted first.
    pub(crate) statements: Vec<StatementView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementView {
    #[schema(example = "name")]
    pub(crate) field: String,
    /// The value as it was understood.
    pub(crate) value: StatedValue,
    /// The verbatim text of the page.
    #[schema(example = "Willow Hall, Porto")]
    pub(crate) quote: String,
    /// Where in the page.
    pub(crate) at: String,
    #[schema(example = "city-listings")]
    pub(crate) source: String,
    #[schema(example = "https://listings.example/tonight")]
    pub(crate) url: String,
    /// SHA-256 of the page as it was read and stored, in hex.
    pub(crate) content_hash: String,
    /// How much the source is believed, 0 to 100.
    pub(crate) priority: u8,
    /// RFC 3339.
    pub(crate) first_seen_at: String,
    /// When the page ceased to state it. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) withdrawn_at: Option<String>,
}

/// Text (also days, ids and states), a number, or several texts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum StatedValue {
    #[schema(example = "Willow Hall")]
    Text(String),
    Number(f64),
    Flag(bool),
    Texts(Vec<String>),
}

impl From<Value> for StatedValue {
    fn from(value: Value) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match &value {
            Value::Array(values) => Self::Texts(values.iter().map(text).collect()),
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => number.as_f64().map_or_else(|| Self::Text(number.to_string()), Self::Number),
            Value::Null | Value::String(_) | Value::Object(_) => Self::Text(text(&value)),
        }
    }
}

impl From<Statement> for StatementView {
    fn from(statement: Statement) -> Self {
        Self {
            field: shown_field(statement.field),
            value: statement.stated.value.into(),
            quote: statement.stated.evidence.quote,
            at: statement.stated.evidence.at,
            source: statement.source_id,
            url: statement.url,
            content_hash: statement.content_hash,
            priority: statement.priority,
            first_seen_at: statement.first_seen_at.to_string(),
            withdrawn_at: statement.withdrawn_at.map(|at| at.to_string()),
        }
    }
}
