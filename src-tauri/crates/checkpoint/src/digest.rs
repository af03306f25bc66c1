//! SHA-256 of files.

use std::fmt::Write;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::{Error, read};

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// SHA-256 of a file in lower-case hex; `None` if it was stopped.
///
/// `go_on` gets the bytes read so far after each piece of at most 1 MiB, and stops it with `false`.
/// The processor's own SHA instructions are used where it has them.
///
/// # Errors
/// [`Error::Changed`] if the file is gone, [`Error::Io`] if it cannot be read.
pub fn sha256(path: &Path, go_on: &mut dyn FnMut(u64) -> bool) -> Result<Option<String>, Error> {
    let (mut file, _) = read::open(path)?;
    let mut piece = vec![0; PIECE];
    let mut hash = Sha256::new();
    let mut done = 0;
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok(Some(hex(&hash.finalize()))),
            Ok(read) => read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
            Err(fault) => return Err(Error::reading(path, fault)),
        };
        hash.update(&piece[..read]);
        done += read as u64;
        if !go_on(done) {
            return Ok(None);
        }
    }
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_file_is_the_known_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&path, &mut |_| true).unwrap().as_deref(), Some(known));
    }

    #[test]
    fn hashing_stops_between_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zeros");
        std::fs::write(&path, vec![0; 3 * PIECE]).unwrap();
        let mut seen = Vec::new();
        let stopped = sha256(&path, &mut |done| {
            seen.push(done);
            seen.len() < 2
        });
        assert_eq!(stopped.unwrap(), None);
        assert_eq!(seen, [PIECE as u64, 2 * PIECE as u64]);
    }

    #[test]
    fn a_file_that_is_gone_is_told_as_gone() {
        let folder = tempfile::tempdir().unwrap();
        let gone = sha256(&folder.path().join("none"), &mut |_| true);
        assert!(matches!(gone, Err(Error::Changed { gone: true, .. })), "{gone:?}");
    }
}
