//! Small files that the program keeps for itself, as JSON, each replaced in one step.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use protocol::failure::Failure;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::mix::sha256_of;
use crate::{Context, failure};

/// Results that take long to find, kept by what they were found for: the newest of each kind.
pub(crate) struct Shelf {
    /// Folder below that of the program.
    pub folder: &'static str,
    /// Raised when what is kept changes its meaning.
    pub format: u32,
    /// Most results that are kept.
    pub most: usize,
}

#[derive(Serialize, Deserialize)]
struct OnShelf<T> {
    format: u32,
    value: T,
}

impl Shelf {
    /// What was kept for this key, if it is of this format.
    pub fn load<T: DeserializeOwned>(&self, key: &str, cx: &Context) -> Option<T> {
        let found: OnShelf<T> = load(&self.file(key, cx))?;
        (found.format == self.format).then_some(found.value)
    }

    /// Keeps a result. Only time is lost where that cannot be, so nobody is told.
    pub fn keep<T: Serialize>(&self, key: &str, value: &T, cx: &Context) {
        if keep(&self.file(key, cx), &OnShelf { format: self.format, value }).is_ok() {
            forget_oldest(&cx.app_folder.join(self.folder), self.most);
        }
    }

    fn file(&self, key: &str, cx: &Context) -> PathBuf {
        cx.app_folder.join(self.folder).join(format!("{}.json", sha256_of(key)))
    }
}

/// Removes the oldest files of a folder until `most` are left.
fn forget_oldest(folder: &Path, most: usize) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let time = |path: &Path| path.metadata().and_then(|facts| facts.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut files: Vec<(SystemTime, PathBuf)> =
        entries.map(|entry| entry.path()).map(|path| (time(&path), path)).collect();
    files.sort();
    for (_, path) in &files[..files.len().saturating_sub(most)] {
        // A file that stays costs a few kilobytes.
        let _ = fs::remove_file(path);
    }
}

/// Largest file that is read back; ours stay far below.
const MOST_BYTES: u64 = 16 << 20;

/// Reads a kept value; `None` if there is none or its text is another one's.
pub(crate) fn load<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = small_text(path, MOST_BYTES).ok()?;
    serde_json::from_str(&text).ok()
}

/// Writes a value so that a reader sees the old or the new one, never a half.
pub(crate) fn keep<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    write(path, text.as_bytes())
}

/// Writes bytes so that a reader sees the old or the new ones, never a half; makes the folder if needed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}

/// Writes a text that a person wants to have, as a whole or not at all. With `new`, no file is written over.
///
/// # Errors
/// A failure with one of the codes `NameTaken`, `CannotWrite`.
pub fn write_text(path: &Path, new: bool, text: &str) -> Result<(), Failure> {
    if new && path.exists() {
        return Err(failure::name_taken(path).into());
    }
    write(path, text.as_bytes()).map_err(|error| failure::cannot_write(path, &error).into())
}

/// The text of a small file.
///
/// # Errors
/// Of kind `InvalidData` if it is larger than `most` or no UTF-8.
pub(crate) fn small_text(path: &Path, most: u64) -> io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{size} bytes are more than {most}")));
    }
    fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_kept_is_loaded_and_foreign_text_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("deep/list.json");
        keep(&path, &[1, 2, 3]).expect("a writable folder");
        assert_eq!(load::<Vec<u8>>(&path), Some(vec![1, 2, 3]));
        assert_eq!(load::<String>(&path), None);
        write(&path, b"[1, 2").expect("a writable folder");
        assert_eq!(load::<Vec<u8>>(&path), None);
        assert_eq!(
            fs::read_dir(folder.path().join("deep")).expect("the folder").count(),
            1,
            "nothing temporary is left"
        );
    }

    #[test]
    fn a_shelf_gives_back_what_was_kept_for_the_key_in_its_own_format_only() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cx = Context::new(folder.path());
        let shelf = Shelf { folder: "shelf", format: 1, most: 2 };
        shelf.keep("a", &[0.1 + 0.2, 5e-324], &cx);
        assert_eq!(shelf.load("a", &cx), Some(vec![0.1 + 0.2, 5e-324]));
        assert_eq!(shelf.load::<Vec<f64>>("b", &cx), None);
        assert_eq!(shelf.load::<String>("a", &cx), None);
        assert_eq!(Shelf { format: 2, ..shelf }.load::<Vec<f64>>("a", &cx), None);
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, age) in [("c", 1), ("a", 3), ("b", 2)] {
            let path = folder.path().join(name);
            fs::write(&path, name).expect("a writable folder");
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age);
            fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(time)).expect("a time");
        }
        forget_oldest(folder.path(), 5);
        forget_oldest(folder.path(), 2);
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).expect("the folder").flatten().map(|e| e.file_name()).collect();
        left.sort();
        assert_eq!(left, ["b", "c"]);
        forget_oldest(&folder.path().join("nowhere"), 0);
    }

    #[test]
    fn large_files_are_not_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("long");
        write(&path, b"123456").expect("a writable folder");
        assert!(small_text(&path, 5).is_err());
        assert_eq!(small_text(&path, 6).expect("small enough"), "123456");
    }
}
