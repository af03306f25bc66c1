//! Where the bytes of new tensors go: the trait, and its twins in memory.
//!
//! Nothing here knows about files; [`crate::Output`] does.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::digest::hex;

/// Takes the tensors of a merged model.
pub trait Sink: Send {
    /// The next bytes of tensor `name` of target `target`.
    ///
    /// # Order
    /// Tensors of one target come in [`crate::file_order`], the bytes of a tensor in order and without gaps.
    /// Targets may be mixed. Tensors without bytes may be left out.
    ///
    /// # Errors
    /// [`Error::Io`] if they cannot be written, [`Error::OutOfStep`] if others were due.
    fn write(&mut self, target: usize, name: &str, bytes: &[u8]) -> Result<(), Error>;

    /// After the last byte: checks that everything is complete, and flushes it to disk.
    ///
    /// # Errors
    /// [`Error::OutOfStep`] for the first tensor that is not complete, [`Error::Io`] if the disk refuses.
    fn finish(&mut self) -> Result<(), Error>;
}

/// Keeps all bytes by target and tensor; takes them in any order of tensors.
#[derive(Debug, Clone, Default)]
pub struct MemorySink {
    /// What was written, by target and tensor name.
    pub tensors: BTreeMap<(usize, String), Vec<u8>>,
}

impl MemorySink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes of one tensor, if any were written.
    pub fn bytes(&self, target: usize, name: &str) -> Option<&[u8]> {
        self.tensors.get(&(target, name.to_owned())).map(Vec::as_slice)
    }
}

impl Sink for MemorySink {
    fn write(&mut self, target: usize, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.tensors.entry((target, name.to_owned())).or_default().extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// Keeps only a SHA-256 over targets, names and bytes.
#[derive(Debug, Clone, Default)]
pub struct DigestSink {
    targets: BTreeMap<usize, Part>,
}

/// One target so far.
#[derive(Debug, Clone, Default)]
struct Part {
    hash: Sha256,
    name: String,
    length: u64,
}

impl Part {
    /// Closes the current tensor with name and length, so that no other cut gives the same hash.
    fn close(&mut self) {
        self.hash.update(self.length.to_le_bytes());
        self.hash.update(self.name.as_bytes());
        self.hash.update((self.name.len() as u64).to_le_bytes());
        self.length = 0;
    }
}

impl DigestSink {
    /// A sink that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// SHA-256 in lower-case hex over everything so far.
    ///
    /// # Order
    /// Does not depend on how tensors were cut into writes, nor on how targets were mixed.
    pub fn digest(&self) -> String {
        let mut whole = Sha256::new();
        for (target, part) in &self.targets {
            let mut part = part.clone();
            part.close();
            whole.update((*target as u64).to_le_bytes());
            whole.update(part.hash.finalize());
        }
        hex(&whole.finalize())
    }
}

impl Sink for DigestSink {
    fn write(&mut self, target: usize, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let part = self.targets.entry(target).or_insert_with(|| Part { name: name.to_owned(), ..Part::default() });
        if part.name != name {
            part.close();
            name.clone_into(&mut part.name);
        }
        part.length += bytes.len() as u64;
        part.hash.update(bytes);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn digest(writes: &[(usize, &str, &[u8])]) -> String {
        let mut sink = DigestSink::new();
        for (target, name, bytes) in writes {
            sink.write(*target, name, bytes).unwrap();
        }
        sink.finish().unwrap();
        sink.digest()
    }

    #[test]
    fn the_digest_sees_contents_and_not_cuts() {
        let whole = digest(&[(0, "a", b"12"), (0, "b", b"3"), (1, "a", b"4")]);
        assert_eq!(digest(&[(0, "a", b"1"), (1, "a", b"4"), (0, "a", b"2"), (0, "b", b"3")]), whole);
        for other in [
            digest(&[(0, "a", b"1"), (0, "b", b"23"), (1, "a", b"4")]),
            digest(&[(0, "a", b"12"), (0, "c", b"3"), (1, "a", b"4")]),
            digest(&[(0, "a", b"12"), (0, "b", b"3"), (2, "a", b"4")]),
            digest(&[(0, "a", b"12"), (0, "b", b"34")]),
            digest(&[]),
        ] {
            assert_ne!(other, whole);
        }
    }

    #[test]
    fn memory_keeps_what_was_written() {
        let mut sink = MemorySink::new();
        sink.write(1, "a", b"12").unwrap();
        sink.write(1, "a", b"3").unwrap();
        assert_eq!(sink.bytes(1, "a"), Some(&b"123"[..]));
        assert_eq!(sink.bytes(0, "a"), None);
    }
}
