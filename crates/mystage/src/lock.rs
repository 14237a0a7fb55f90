use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, bail};

use crate::config::{Environment, Places};

/// Keeps a data folder for one working process. Whoever holds it knows that every lease it finds is of a process that
/// died. The system lets go of it when the process ends, however it ends.
pub(crate) struct DataLock(#[expect(dead_code, reason = "held, never read")] File);

impl DataLock {
    pub(crate) fn take(data: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("the data folder {} cannot be made", data.display()))?;
        let path = data.join("lock");
        let file = File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => bail!(
                "another mystage process works on {}; stop it first, or choose another folder with --data",
                data.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }
}

/// The lock, where the databases are files that one process works on. Databases on a server have leases for that.
pub(crate) fn unless_shared(data: &Path) -> anyhow::Result<Option<DataLock>> {
    let places = Places::from_env(&Environment::of_process(), data)?;
    if places.databases.are_shared() { Ok(None) } else { DataLock::take(data).map(Some) }
}
