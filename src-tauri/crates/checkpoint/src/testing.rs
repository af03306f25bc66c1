//! Sinks and sources that fail on purpose, for tests of the crates above.

use std::io;

use crate::{Entry, Error, Sink, Source};

/// A sink on a disk that is full after some bytes.
#[derive(Debug)]
pub struct FullDisk<S> {
    inner: S,
    left: u64,
}

impl<S: Sink> FullDisk<S> {
    /// A sink that takes `bytes` bytes and no more.
    pub fn after(bytes: u64, inner: S) -> Self {
        Self { inner, left: bytes }
    }

    /// The sink inside.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: Sink> Sink for FullDisk<S> {
    fn write(&mut self, target: usize, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let full = || Error::Io { place: "full disk".into(), source: io::ErrorKind::StorageFull.into(), writing: true };
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(full)?;
        self.inner.write(target, name, bytes)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.inner.finish()
    }
}

/// A source whose disk is taken away: every read of one tensor is refused.
#[derive(Debug)]
pub struct LostDisk<S> {
    inner: S,
    tensor: String,
}

impl<S: Source> LostDisk<S> {
    /// A source that cannot read `tensor`.
    pub fn at(tensor: impl Into<String>, inner: S) -> Self {
        Self { inner, tensor: tensor.into() }
    }
}

impl<S: Source> Source for LostDisk<S> {
    fn place(&self) -> &str {
        self.inner.place()
    }

    fn entries(&self) -> &[Entry] {
        self.inner.entries()
    }

    fn read(&self, entry: &Entry, at: u64, into: &mut [u8]) -> Result<(), Error> {
        if entry.spec.name == self.tensor {
            let source = io::Error::other("the disk was taken away");
            return Err(Error::Io { place: self.place().to_owned(), source, writing: false });
        }
        self.inner.read(entry, at, into)
    }
}
