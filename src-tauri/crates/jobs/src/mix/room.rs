//! The folders above an output: made where they are missing, and taken away again if nothing comes into them.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::failure::Failure;

use crate::failure;

/// Folders that were made, outermost first; those still empty go away on drop.
pub(crate) struct Room(Vec<PathBuf>);

impl Room {
    /// Makes all missing folders above `out`.
    ///
    /// # Errors
    /// A failure with code `FolderForbidden` or `CannotWrite`; what was made until then is taken away.
    pub fn above(out: &Path) -> Result<Self, Failure> {
        let mut missing: Vec<PathBuf> =
            out.ancestors().skip(1).take_while(|folder| !folder.is_dir()).map(Path::to_owned).collect();
        missing.reverse();
        let mut room = Self(Vec::new());
        for folder in missing.into_iter().filter(|folder| !folder.as_os_str().is_empty()) {
            match fs::create_dir(&folder) {
                Ok(()) => room.0.push(folder),
                // Made by somebody else in the meantime: theirs to keep.
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(failure::making_folder(&folder, error).into()),
            }
        }
        Ok(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // Only empty folders can be removed this way; a finished mix keeps its own.
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_kept_only_if_something_came_into_them() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let out = home.path().join("a/b/mix");
        drop(Room::above(&out).expect("a writable folder"));
        assert!(!home.path().join("a").exists());
        let room = Room::above(&out).expect("a writable folder");
        fs::create_dir(&out).expect("its folder is there");
        drop(room);
        assert!(out.is_dir());
        drop(Room::above(&home.path().join("mix")).expect("nothing to make"));
        assert!(home.path().is_dir());
    }
}
