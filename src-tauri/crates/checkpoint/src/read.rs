//! Reads spans of files by position, so that several threads can share one open file.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::Error;

/// Fills `into` from byte `at` of the file.
///
/// # Errors
/// [`Error::Changed`] if the file ends before, [`Error::Io`] for everything else.
pub(crate) fn exact(path: &Path, file: &File, at: u64, into: &mut [u8]) -> Result<(), Error> {
    positioned(file, at, into).map_err(|source| match source.kind() {
        io::ErrorKind::UnexpectedEof => Error::Changed { place: path.display().to_string(), gone: false },
        _ => Error::reading(path, source),
    })
}

/// Opens a file for reading, and says its size and time; whatever is not there is gone.
pub(crate) fn open(path: &Path) -> Result<(File, std::fs::Metadata), Error> {
    let open = || {
        // Asked first: opening a pipe would wait for somebody to write into it.
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = File::open(path)?;
        let about = file.metadata()?;
        Ok((file, about))
    };
    open().map_err(|source| missing(path, source))
}

/// The error for a path that could not be opened.
pub(crate) fn missing(path: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => Error::Changed { place: path.display().to_string(), gone: true },
        _ => Error::reading(path, source),
    }
}

#[cfg(unix)]
fn positioned(file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    // Retries by itself when a signal interrupts it.
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

#[cfg(windows)]
fn positioned(file: &File, mut at: u64, mut into: &mut [u8]) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !into.is_empty() {
        match file.seek_read(into, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                into = &mut into[read..];
                at += read as u64;
            }
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Reads a whole small file; `None` if it has more than `most` bytes.
pub(crate) fn small(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
    let (file, about) = open(path)?;
    if about.len() > most {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, most), &mut bytes)
        .map_err(|source| Error::reading(path, source))?;
    Ok(Some(bytes))
}
