//! What the window remembers between two starts: some folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// The folders, as kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Folders {
    /// Where saved models go.
    pub output: Option<PathBuf>,
    /// Where models were last chosen from.
    pub models: Option<PathBuf>,
    /// Where examples were last chosen from.
    pub examples: Option<PathBuf>,
    /// Where tables and drawings were last written.
    pub exports: Option<PathBuf>,
}

/// The file that keeps them. A file that cannot be read or written is as good as none.
pub struct Memory {
    file: PathBuf,
    folders: Mutex<Folders>,
}

impl Memory {
    /// Reads `window.json` in `app_folder`, if it is there.
    pub fn open(app_folder: &Path) -> Self {
        let file = app_folder.join("window.json");
        let kept = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self { file, folders: Mutex::new(kept.unwrap_or_default()) }
    }

    /// The folders now.
    pub fn folders(&self) -> Folders {
        self.folders.lock().map(|folders| folders.clone()).unwrap_or_default()
    }

    /// Changes the folders and keeps them.
    pub fn change(&self, change: impl FnOnce(&mut Folders)) {
        if let Ok(mut folders) = self.folders.lock() {
            change(&mut folders);
            // Forgetting a folder is no reason to disturb anybody.
            let _ = write(&self.file, &folders);
        }
    }
}

/// Replaces the file as a whole, so that it is never half there.
fn write(file: &Path, folders: &Folders) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = file.with_extension("json.new");
    fs::write(&fresh, serde_json::to_vec_pretty(folders)?)?;
    fs::rename(fresh, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_there_at_the_next_start() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let memory = Memory::open(&home.path().join("made on the way"));
        assert_eq!(memory.folders(), Folders::default());
        memory.change(|folders| folders.output = Some("/models".into()));
        let again = Memory::open(&home.path().join("made on the way"));
        assert_eq!(again.folders().output.as_deref(), Some(Path::new("/models")));
    }

    #[test]
    fn a_broken_file_is_as_good_as_none() {
        let home = tempfile::tempdir().expect("a temporary folder");
        fs::write(home.path().join("window.json"), "{\"output\":").expect("a writable folder");
        assert_eq!(Memory::open(home.path()).folders(), Folders::default());
    }
}
