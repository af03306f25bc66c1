//! A zip of a folder of pictures. Nothing is unpacked to the disk; what is read stays bounded whatever the file claims.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use protocol::words::examples as words;
use zip::ZipArchive;

use super::layout::{Listed, arrange, is_hidden, is_picture, skip};
use super::{Content, Error, Examples, place};

/// Most bytes of one encoded picture.
const PICTURE_BYTES: u64 = 64 << 20;
/// Most bytes of all pictures together; they are kept encoded.
const ARCHIVE_BYTES: u64 = 1 << 30;

type Archive = ZipArchive<BufReader<File>>;

/// Reads the pictures of an archive into memory.
///
/// # Errors
/// [`Error::PathTrick`] for names that point outside, [`Error::TooLarge`] beyond the limit, [`Error::Unreadable`] if it
/// is no archive or is protected by a password.
pub(super) fn open(path: &Path) -> Result<Examples, Error> {
    open_within(path, ARCHIVE_BYTES)
}

fn open_within(path: &Path, limit: u64) -> Result<Examples, Error> {
    let file = File::open(path).map_err(|source| Error::reading(path, source))?;
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|fault| Error::unreadable(path, fault.to_string()))?;
    let names = plain_names(path, &archive)?;
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    let mut left = limit;
    for (at, name) in names {
        if !is_picture(&name) {
            skipped.extend((!is_hidden(&name)).then(|| skip(name, words::not_a_picture())));
            continue;
        }
        match read(&mut archive, at, left) {
            Ok(bytes) => {
                left -= bytes.len() as u64;
                files.push(Listed { path: name, content: Content::Encoded(bytes.into()) });
            }
            Err(Refused::Full) => return Err(Error::TooLarge { place: place(path), limit }),
            Err(Refused::Skip(why)) => skipped.push(skip(name, why)),
        }
    }
    Ok(arrange(place(path), files, skipped))
}

/// Index and name of every file; all names are looked at before anything is read.
fn plain_names(path: &Path, archive: &Archive) -> Result<Vec<(usize, String)>, Error> {
    let mut names = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index_data(at).map_err(|fault| Error::unreadable(path, fault.to_string()))?;
        let name = entry.name().map_err(|fault| Error::unreadable(path, fault.to_string()))?.into_owned();
        if !is_plain(&name) {
            return Err(Error::PathTrick { place: place(path), name });
        }
        if entry.encrypted() {
            return Err(Error::unreadable(path, format!("{name} is protected by a password")));
        }
        if !entry.is_dir() && !entry.is_symlink() {
            names.push((at, name));
        }
    }
    Ok(names)
}

/// Whether a packed name stays below the place where it is unpacked, on every system.
fn is_plain(name: &str) -> bool {
    let path = name.strip_suffix('/').unwrap_or(name);
    !name.contains(['\\', '\0', ':']) && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// Why an entry is not taken.
enum Refused {
    /// It alone is at fault.
    Skip(String),
    /// The archive holds more than may be read.
    Full,
}

/// The bytes of an entry, at most `left`. Counts what comes out, not what the archive claims.
fn read(archive: &mut Archive, at: usize, left: u64) -> Result<Vec<u8>, Refused> {
    let broken = || Refused::Skip(words::broken_picture());
    let entry = archive.by_index(at).map_err(|_| broken())?;
    let most = left.min(PICTURE_BYTES);
    let mut bytes = Vec::new();
    entry.take(most + 1).read_to_end(&mut bytes).map_err(|_| broken())?;
    match bytes.len() as u64 {
        length if length <= most => Ok(bytes),
        _ if most == PICTURE_BYTES => Err(Refused::Skip(words::huge_picture())),
        _ => Err(Refused::Full),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    /// An archive of these entries in a folder that lives as long as the answer.
    fn packed(entries: &[(&str, &[u8])]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.zip");
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        (folder, path)
    }

    #[test]
    fn entries_become_examples_in_the_order_of_names() {
        let (_folder, path) = packed(&[("b/1.png", b"B"), ("a/1.png", b"A"), ("a/note.txt", b"n"), (".x", b"")]);
        let examples = open(&path).unwrap();
        assert_eq!(examples.labels, Some(vec!["a".into(), "b".into()]));
        assert!(matches!(&examples.items[0].content, Content::Encoded(bytes) if **bytes == *b"A"));
        assert_eq!(examples.skipped.len(), 1);
    }

    #[test]
    fn names_that_point_outside_are_refused() {
        for name in ["../a/1.png", "a/../../1.png", "/a/1.png", r"a\1.png", "C:/a/1.png", "a//1.png"] {
            assert!(!is_plain(name), "{name}");
        }
        assert!(is_plain("a/b..c/1.png") && is_plain("a/"));
        let (_folder, path) = packed(&[("a/1.png", b"A"), ("../b/1.png", b"B")]);
        assert!(matches!(open(&path), Err(Error::PathTrick { name, .. }) if name == "../b/1.png"));
    }

    #[test]
    fn an_archive_that_swells_is_refused() {
        let zeros = vec![0u8; 1 << 20];
        let (_folder, path) = packed(&[("a/1.png", &zeros), ("b/1.png", &zeros)]);
        assert!(std::fs::metadata(&path).unwrap().len() < 20_000, "it is small as long as it is packed");
        assert!(matches!(open_within(&path, 2_000_000), Err(Error::TooLarge { limit: 2_000_000, .. })));
        assert_eq!(open_within(&path, 1 << 21).unwrap().items.len(), 2);
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.zip");
        std::fs::write(&path, b"no archive at all").unwrap();
        assert!(matches!(open(&path), Err(Error::Unreadable { .. })));
    }
}
