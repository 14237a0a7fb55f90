use std::sync::Arc;

use model::Database;

use crate::{Query, Result, StoreError};

/// Up to where a listener of one query has been told. Opaque to the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    database: Database,
    query: Arc<str>,
    pub(super) sequence: u64,
}

impl Token {
    /// Of the beginning of the feed.
    pub(super) fn of(query: &Query) -> Self {
        let query_id = model::hash_id(&[&format!("{query:?}")]);
        Self { database: query.collection.database(), query: query_id.into(), sequence: 0 }
    }

    pub(super) fn at(&self, sequence: u64) -> Self {
        Self { sequence, ..self.clone() }
    }

    /// What two queries share only if they are the same.
    pub(super) fn query(&self) -> &Arc<str> {
        &self.query
    }

    /// # Errors
    /// The token is that of another query.
    pub(super) fn check(&self, of: &Self) -> Result<()> {
        if self.database == of.database && self.query == of.query { Ok(()) } else { Err(invalid(&self.to_text())) }
    }

    pub(super) fn refuse(&self) -> StoreError {
        invalid(&self.to_text())
    }

    /// For a client to keep.
    pub fn to_text(&self) -> String {
        format!("{}.{}.{}", self.database.name(), self.query, self.sequence)
    }

    /// # Errors
    /// [`StoreError::InvalidToken`] when the text did not come from [`Token::to_text`].
    pub fn from_text(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [database, query, sequence] = parts[..] else { return Err(invalid(text)) };
        let database = Database::ALL.into_iter().find(|known| known.name() == database);
        match (database, sequence.parse()) {
            (Some(database), Ok(sequence)) if query.len() == 24 && query.is_ascii() => {
                Ok(Self { database, query: query.into(), sequence })
            }
            _ => Err(invalid(text)),
        }
    }
}

fn invalid(text: &str) -> StoreError {
    StoreError::InvalidToken { token: text.chars().take(80).collect() }
}

#[cfg(test)]
mod tests {
    use model::Collection;

    use super::Token;
    use crate::Query;

    #[test]
    fn tokens_survive_the_outside_and_belong_to_one_query() {
        let query = Query::of(Collection::Urls).equal("source_id", "a");
        let token = Token::of(&query).at(u64::MAX);
        assert_eq!(Token::from_text(&token.to_text()).unwrap(), token);
        assert!(token.check(&Token::of(&query)).is_ok());
        for other in [Query::of(Collection::Urls).equal("source_id", "b"), query.limit(3)] {
            assert!(token.check(&Token::of(&other)).is_err(), "{other:?}");
        }
        let text = token.to_text();
        for text in ["", "a.b.c", "..", &text[1..], &text.replace('.', ":"), &format!("{text}.1"), &format!("{text}9")]
        {
            assert!(Token::from_text(text).is_err(), "{text}");
        }
    }
}
