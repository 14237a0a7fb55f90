use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::Collection;

#[derive(Subcommand)]
pub(crate) enum Db {
    /// Create the tables and indexes that are missing.
    ///
    /// Opening the databases does so too; here it is told what is made, large collections are indexed while others read
    /// and write, and what a killed reindex left is cleared.
    Migrate(Migrate),
    /// Tell what each database holds: documents, tasks, feed, indexes, size.
    Status {
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Copy the databases as they are at one moment, while others read and write.
    ///
    /// Covers the databases alone. Copy the folder of pages and images AFTER it: they are stored before a document names
    /// them and never changed, so a later copy has all that the backup names. The search index needs no backup:
    /// `mystage reindex` makes it from the databases.
    Backup {
        /// A folder that is not there yet. It appears when the backup is whole and on the disk.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Put a backup in the place of the databases: all of it or nothing.
    ///
    /// Reads and checks every byte of the backup first. Only onto the engine that it was made of; to another one data go
    /// by export and import. Nobody may use the databases meanwhile. Afterwards `mystage reindex` makes the search index.
    Restore {
        /// What `mystage db backup` made.
        #[arg(value_name = "DIR")]
        backup: PathBuf,
        /// Give up the documents that are there now.
        #[arg(long)]
        replace: bool,
    },
    /// Check the databases, or a backup: pages, documents, indexes, feed. Ends with 1 if something is wrong.
    Verify {
        /// Check this backup instead.
        #[arg(long, value_name = "DIR")]
        backup: Option<PathBuf>,
    },
    /// Write the documents to a file of JSON Lines that any engine's databases can import.
    ///
    /// Equal documents make equal bytes, whichever engine held them. The last line counts the documents and has a
    /// checksum. Documents that are written meanwhile may be in the file or not: for one moment's documents, stop the
    /// workers, or make a backup.
    Export(Export),
    /// Store the documents of an export.
    ///
    /// The whole file is checked before anything is stored. Without --merge the databases must be empty, or hold nothing
    /// but the beginning of this file: an import that was killed goes on when it is started again. A repeated import
    /// changes nothing.
    Import(Import),
    /// Make the indexes anew while others read and write.
    Reindex {
        /// Only of this collection, such as main/chats. May be given several times.
        #[arg(long = "collection", value_name = "COLLECTION", value_parser = collection)]
        collections: Vec<Collection>,
    },
}

#[derive(Args)]
pub(crate) struct Migrate {
    /// Tell what would be done, and do nothing. Ends with 1 if something would be.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Drop indexes that are declared no more. Tables of documents are never dropped.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Write documents of older versions as today's program would. May be killed, and goes on when started again.
    #[arg(long)]
    pub(crate) rewrite: bool,
}

#[derive(Args)]
pub(crate) struct Export {
    /// The file, compressed if its name ends with .gz; or a folder, in which it is called mystage.jsonl.
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) out: PathBuf,
    /// Only this collection, such as main/chats. May be given several times.
    #[arg(long = "collection", value_name = "COLLECTION", value_parser = collection)]
    pub(crate) collections: Vec<Collection>,
    /// Go on behind the last whole line of a file that was broken off.
    #[arg(long)]
    pub(crate) resume: bool,
}

#[derive(Args)]
pub(crate) struct Import {
    /// What `mystage db export` wrote.
    pub(crate) file: PathBuf,
    /// Store them beside the documents that are there; where both have one, the file's wins.
    #[arg(long)]
    pub(crate) merge: bool,
    /// Take what there is of a file that was broken off.
    #[arg(long)]
    pub(crate) broken: bool,
}

fn collection(name: &str) -> Result<Collection, String> {
    let is_named = |collection: &Collection| collection.to_string() == name || collection.name() == name;
    let found: Vec<Collection> = Collection::ALL.into_iter().filter(is_named).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err("there is no such collection; `mystage db status` lists them".to_owned()),
        _ => {
            let names: Vec<String> = found.iter().map(ToString::to_string).collect();
            Err(format!("several databases have one: {}", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Collection, Database};

    use super::collection;

    #[test]
    fn collections_are_named_with_their_database_where_several_have_them() {
        assert_eq!(collection("evt_venues"), Ok(Collection::EvtVenues));
        assert_eq!(collection("main/tasks"), Ok(Collection::Tasks(Database::Main)));
        assert!(collection("tasks").unwrap_err().contains("pipeline/tasks, main/tasks"));
        assert!(collection("songs").is_err());
    }
}
