use std::fmt;

use store::live::{Change, Changes};

use crate::faults::Step;

/// What a writer or a listener tells, as a line through a pipe.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// The step's commit was acknowledged, with this revision.
    Done(Step, u64),
    /// It is not known what became of it.
    Unknown(Step),
    /// It failed, and the writer then read that nothing of it is there.
    Refused(Step, String),
    /// The writer could not read where it stands.
    Unread(String),
    /// What a listener was told: the token, and of each message whether it is there (its revision) or not.
    Heard(String, Vec<(String, Option<u64>)>),
    /// Something that may never happen.
    Broken(String),
}

impl Note {
    pub(super) fn heard(item: &Changes) -> Self {
        let change = |change: &Change| match change {
            Change::Added(snapshot) | Change::Modified(snapshot) => (snapshot.key.id.clone(), Some(snapshot.revision)),
            Change::Removed(id) => (id.clone(), None),
        };
        Self::Heard(item.token.to_text(), item.changes.iter().map(change).collect())
    }

    /// `None` for a line that is none of ours.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.split('\t');
        let kind = words.next()?;
        let mut step = || Some(Step { writer: words.next()?.parse().ok()?, number: words.next()?.parse().ok()? });
        match kind {
            "done" => Some(Self::Done(step()?, words.next()?.parse().ok()?)),
            "unknown" => step().map(Self::Unknown),
            "refused" => Some(Self::Refused(step()?, words.next()?.to_owned())),
            "unread" => Some(Self::Unread(words.next()?.to_owned())),
            "broken" => Some(Self::Broken(words.next()?.to_owned())),
            "heard" => {
                let token = words.next()?.to_owned();
                let change = |word: &str| {
                    let (id, revision) = word.split_once('@')?;
                    Some((id.to_owned(), revision.parse().ok()))
                };
                Some(Self::Heard(token, words.map(change).collect::<Option<_>>()?))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |text: &str| text.replace(['\t', '\n'], " ");
        match self {
            Self::Done(step, revision) => write!(f, "done\t{}\t{}\t{revision}", step.writer, step.number),
            Self::Unknown(step) => write!(f, "unknown\t{}\t{}", step.writer, step.number),
            Self::Refused(step, why) => write!(f, "refused\t{}\t{}\t{}", step.writer, step.number, plain(why)),
            Self::Unread(why) => write!(f, "unread\t{}", plain(why)),
            Self::Broken(what) => write!(f, "broken\t{}", plain(what)),
            Self::Heard(token, changes) => {
                write!(f, "heard\t{token}")?;
                changes.iter().try_for_each(|(id, revision)| match revision {
                    Some(revision) => write!(f, "\t{id}@{revision}"),
                    None => write!(f, "\t{id}@-"),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Note;
    use crate::faults::Step;

    #[test]
    fn notes_survive_a_pipe() {
        let step = Step { writer: 3, number: 14 };
        for note in [
            Note::Done(step, 15),
            Note::Unknown(step),
            Note::Refused(step, "because of it".to_owned()),
            Note::Unread("away".to_owned()),
            Note::Heard("t".to_owned(), Vec::new()),
            Note::Heard("t".to_owned(), vec![("w1/1-0".to_owned(), Some(4)), ("w1/1-1".to_owned(), None)]),
            Note::Broken("all".to_owned()),
        ] {
            assert_eq!(Note::read(&note.to_string()), Some(note));
        }
        assert_eq!(Note::read("running 1 test"), None);
    }
}
