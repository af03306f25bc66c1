//! Small files that the program keeps for itself, as JSON, each replaced in one step.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use protocol::failure::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure;

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
    fn large_files_are_not_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("long");
        write(&path, b"123456").expect("a writable folder");
        assert!(small_text(&path, 5).is_err());
        assert_eq!(small_text(&path, 6).expect("small enough"), "123456");
    }
}
