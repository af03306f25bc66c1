//! A folder of pictures.

use std::fs;
use std::path::Path;

use protocol::score::Skipped;
use protocol::words::examples as words;

use super::layout::{Listed, arrange, is_hidden, skip};
use super::{Content, Error, Examples, place};

/// Folders in folders that are followed; nobody sorts deeper, and a folder that contains itself ends here.
const DEPTH: usize = 8;

/// Lists the pictures of a folder.
///
/// # Errors
/// [`Error::Io`] if the folder itself cannot be listed; folders in it that cannot are left out and named.
pub(super) fn open(path: &Path) -> Result<Examples, Error> {
    let mut found = Found::default();
    found.list(path, "", 0).map_err(|source| Error::reading(path, source))?;
    Ok(arrange(place(path), found.files, found.skipped))
}

#[derive(Default)]
struct Found {
    files: Vec<Listed>,
    skipped: Vec<Skipped>,
}

impl Found {
    fn list(&mut self, folder: &Path, below: &str, depth: usize) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{below}{}", entry.file_name().to_string_lossy());
            if is_hidden(&path) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.go_down(&entry.path(), &path, depth + 1);
            } else if entry.path().is_file() {
                self.files.push(Listed { path, content: Content::File(entry.path()) });
            } else {
                // Links to folders, broken links, sockets.
                self.skipped.push(skip(path, words::not_a_picture()));
            }
        }
        Ok(())
    }

    fn go_down(&mut self, folder: &Path, path: &str, depth: usize) {
        if depth > DEPTH || self.list(folder, &format!("{path}/"), depth).is_err() {
            self.skipped.push(skip(path, words::not_readable()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn folders_are_listed_whatever_lies_between() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a/1.png", "a/deeper/2.png", "b/1.png", ".hidden/1.png", "b/notes.txt"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        let examples = open(folder.path()).unwrap();
        let names: Vec<&str> = examples.items.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["a/1.png", "a/deeper/2.png", "b/1.png"]);
        assert_eq!(examples.labels, Some(vec!["a".into(), "b".into()]));
        assert_eq!(examples.skipped.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_contains_itself_ends() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/1.png"), b"").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/again")).unwrap();
        let examples = open(folder.path()).unwrap();
        assert_eq!((examples.items.len(), &examples.skipped[0].file[..]), (1, "a/again"));
    }

    #[test]
    fn a_place_that_is_gone_is_an_answer_of_the_system() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(&folder.path().join("gone")), Err(Error::Io { .. })));
    }
}
