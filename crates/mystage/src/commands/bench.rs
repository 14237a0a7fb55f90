pub(crate) mod pipeline;
pub(crate) mod store;

use anyhow::Context;

/// A folder that is removed when the benchmark ends.
struct Folder(std::path::PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("mystage-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind when it cannot be removed: the system's folder for temporary files is cleaned by the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
