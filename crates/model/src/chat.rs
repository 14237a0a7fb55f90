use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Collection, Document, Time};

/// A conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Chat {
    /// [`ordered_id`](crate::ordered_id): sorts by when the chat began.
    pub id: String,
    pub kind: ChatKind,
    /// Profiles that may read and write.
    pub members: Vec<String>,
    pub created_at: Time,
    /// When the last message was sent; the chat's beginning before the first one.
    pub last_message_at: Time,
    /// Messages sent so far.
    #[serde(default)]
    pub message_count: i64,
}

/// Who talks with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    Direct,
    Group,
    /// Everybody at one live performance.
    Performance,
    ArtistFan,
    VenueArtist,
    Support,
}

impl Document for Chat {
    fn collection(&self) -> Collection {
        Collection::Chats
    }

    fn id(&self) -> &str {
        &self.id
    }
}

/// What somebody said in a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// `{chat}/{message}`; the message's own id is ordered, so that a chat is read by its ids.
    pub id: String,
    /// The profile that sent it.
    pub sender: String,
    pub text: String,
    pub sent_at: Time,
    /// The first message of the thread that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "main.messages"))]
    pub root_message: Option<String>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-references" = "main.messages"))]
    pub referenced_message: Option<String>,
}

impl Document for Message {
    fn collection(&self) -> Collection {
        Collection::Messages
    }

    fn id(&self) -> &str {
        &self.id
    }
}
