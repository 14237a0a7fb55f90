use std::collections::BTreeSet;

use model::{Chat, ChatKind, Collection, Fact, Message, NewTask, TaskDoc, Time};
use serde::{Deserialize, Serialize};
use store::Key;
use tasks::Task;

/// After how many of its writer's steps the messages of a step are deleted.
const KEPT: u64 = 5;
const ACCOUNTS: u64 = 4;
pub(super) const EFFECT: &str = "done-";
/// A chat that every step adds one to.
pub(super) const TOTAL: &str = "total";

/// The n-th commit of a writer (from 1): several documents, of which others write some too, a fact, a count. All of it
/// follows from the two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    pub writer: u32,
    pub number: u64,
}

impl Step {
    fn roll(self, salt: u64) -> u64 {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        let mut z = (u64::from(self.writer) << 40 | self.number << 8 | salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn parts(self) -> u64 {
        1 + self.roll(0) % 4
    }

    pub(super) fn chat_id(self) -> String {
        format!("w{}", self.writer)
    }

    /// The writer's chat as the step leaves it.
    pub(super) fn chat(self) -> Chat {
        let parts = (1..=self.number).map(|number| Self { number, ..self }.parts()).sum::<u64>();
        Chat {
            id: self.chat_id(),
            kind: ChatKind::Group,
            members: vec![self.chat_id(), format!("m{}", self.roll(1) % 3)],
            created_at: Time(0),
            last_message_at: Time(self.number.cast_signed()),
            message_count: parts.cast_signed(),
        }
    }

    /// What it adds; now and then more than a page of a database holds.
    pub(super) fn messages(self) -> Vec<Message> {
        let length =
            |part: u64| if self.roll(part + 10).is_multiple_of(8) { 9_000 } else { 40 + self.roll(part) % 200 };
        let message = |part: u64| Message {
            id: format!("w{}/{:07}-{part}", self.writer, self.number),
            sender: format!("p{part}"),
            text: format!("{self:?} {part} ").repeat(usize::try_from(length(part) / 32).unwrap_or_default() + 1),
            sent_at: Time(self.number.cast_signed()),
            root_message: None,
            referenced_message: None,
        };
        (0..self.parts()).map(message).collect()
    }

    /// The ids of what it deletes.
    pub(super) fn deleted(self) -> Vec<String> {
        match self.number.checked_sub(KEPT) {
            None | Some(0) => Vec::new(),
            Some(number) => Self { number, ..self }.messages().into_iter().map(|message| message.id).collect(),
        }
    }

    /// Those whose messages are there when it is the writer's last.
    pub(super) fn kept(self) -> impl Iterator<Item = Self> {
        (1..=self.number)
            .skip_while(move |number| number + KEPT <= self.number)
            .map(move |number| Self { number, ..self })
    }

    /// Every third step is a transaction that moves an amount from one account to another.
    pub(super) fn transfer(self) -> Option<(String, String, i64)> {
        let from = self.roll(2) % ACCOUNTS;
        let to = (from + 1 + self.roll(3) % (ACCOUNTS - 1)) % ACCOUNTS;
        self.number
            .is_multiple_of(3)
            .then(|| (format!("a{from}"), format!("a{to}"), 1 + (self.roll(4) % 50).cast_signed()))
    }

    pub(super) fn task_key(self) -> String {
        format!("{}-{}", self.writer, self.number)
    }

    /// The chat that its task makes.
    pub(super) fn effect_id(key: &str) -> String {
        format!("{EFFECT}{key}")
    }

    pub(super) fn task_id(self) -> String {
        TaskDoc::id_of(Route::KIND, &self.task_key())
    }

    /// The documents that the feed must name for it.
    pub(super) fn recorded(self) -> BTreeSet<Key> {
        let mut chats = vec![self.chat_id(), TOTAL.to_owned()];
        chats.extend(self.transfer().into_iter().flat_map(|(from, to, _)| [from, to]));
        let messages = self.messages().into_iter().map(|message| message.id).chain(self.deleted());
        let messages = messages.map(|id| Key::new(Collection::Messages, id));
        chats.into_iter().map(|id| Key::new(Collection::Chats, id)).chain(messages).collect()
    }
}

/// What each step leaves to be done.
#[derive(Serialize, Deserialize)]
pub(super) struct Route {
    pub(super) scrape_id: String,
}

impl Task for Route {
    const KIND: &'static str = "route";
    const QUEUE: &'static str = "routing";

    fn key(&self) -> String {
        self.scrape_id.clone()
    }
}

/// The tasks that the steps' facts cause.
pub fn reactions(fact: &Fact) -> Vec<NewTask> {
    match fact {
        Fact::PageScraped { scrape_id } => vec![Route { scrape_id: scrape_id.clone() }.new_task()],
        _ => Vec::new(),
    }
}
