//! A weight file whose tensors are as large as they turn out to be.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use protocol::model::TensorSpec;
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::layout::header;
use crate::shards::{GATHER, Stream, mistake, sync};
use crate::{Error, Output, read};

/// A safetensors file that is written front to back, in the order in which tensors come.
///
/// Room for the header is kept from the start, as much as the largest possible sizes need; what it does not need in the
/// end is filled with spaces, which the format allows. So nothing is written twice and nothing is kept in memory.
#[derive(Debug)]
pub(super) struct Growing {
    relative: String,
    path: PathBuf,
    stream: Stream,
    metadata: BTreeMap<String, String>,
    /// Bytes of length field and header.
    room: usize,
    done: Vec<TensorSpec>,
    /// Bytes of the tensor that is being written.
    open: u64,
    hash: Sha256,
}

/// What a finished file holds, to be compared with what is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grown {
    /// Path within the output folder.
    pub relative: String,
    /// Bytes before the first tensor.
    pub room: u64,
    /// Bytes of the whole file.
    pub bytes: u64,
    /// SHA-256 in hex of everything behind the header.
    pub sha256: String,
}

impl Growing {
    /// Creates the file; `largest` names every tensor that will come with its largest size.
    pub(super) fn create(
        output: &mut Output,
        relative: &str,
        largest: &[TensorSpec],
        metadata: BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        let path = output.place(relative)?;
        let room = room(largest, &metadata);
        let create = || File::create_new(&path)?.write_all(&vec![b' '; room]);
        create().map_err(|source| Error::writing(&path, source))?;
        let stream = Stream::append(path.clone())?;
        let (relative, done) = (relative.to_owned(), Vec::new());
        Ok(Self { relative, path, stream, metadata, room, done, open: 0, hash: Sha256::new() })
    }

    /// The next bytes of the tensor at work.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.open += bytes.len() as u64;
        self.hash.update(bytes);
        self.stream.push(bytes)
    }

    /// Bytes of the tensor at work so far.
    pub(super) fn open_bytes(&self) -> u64 {
        self.open
    }

    /// The tensor at work is complete, and was this.
    pub(super) fn close(&mut self, spec: TensorSpec) -> Result<(), Error> {
        if spec.bytes() != self.open {
            return Err(Error::writing(&self.path, mistake("a tensor has other bytes than its shape says")));
        }
        self.open = 0;
        self.done.push(spec);
        Ok(())
    }

    /// Writes the header and flushes everything to disk.
    pub(super) fn finish(mut self) -> Result<Grown, Error> {
        self.stream.flush()?;
        let mut header = header(&self.done, &self.metadata);
        if header.len() > self.room || self.open > 0 {
            return Err(Error::writing(&self.path, mistake("more tensors came than room was kept for")));
        }
        header.resize(self.room, b' ');
        let length = (self.room - 8) as u64;
        header[..8].copy_from_slice(&length.to_le_bytes());
        // The stream only appends.
        let write = || File::options().write(true).open(&self.path)?.write_all(&header);
        write().and_then(|()| sync(&self.path)).map_err(|source| Error::writing(&self.path, source))?;
        let tensors: u64 = self.done.iter().map(TensorSpec::bytes).sum();
        let room = self.room as u64;
        Ok(Grown { relative: self.relative, room, bytes: room + tensors, sha256: hex(&self.hash.finalize()) })
    }
}

/// Bytes of length field and header for these tensors.
pub(super) fn room(largest: &[TensorSpec], metadata: &BTreeMap<String, String>) -> usize {
    header(largest, metadata).len()
}

/// Size and hash of everything behind the first `room` bytes of a file, and the hash of all of it.
type Hashes = ((u64, String), String);

/// Reads a file once and hashes it twice; `None` if `go_on`, which gets the bytes of each piece, said so.
pub(super) fn hash_twice(path: &Path, room: u64, go_on: &mut dyn FnMut(u64) -> bool) -> Result<Option<Hashes>, Error> {
    let (mut file, _) = read::open(path)?;
    let (mut data, mut whole, mut done) = (Sha256::new(), Sha256::new(), 0u64);
    let mut piece = vec![0; GATHER];
    loop {
        let count = match file.read(&mut piece) {
            Ok(0) => return Ok(Some(((done, hex(&data.finalize())), hex(&whole.finalize())))),
            Ok(count) => count,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
            Err(fault) => return Err(Error::reading(path, fault)),
        };
        let header = room.saturating_sub(done).min(count as u64) as usize;
        whole.update(&piece[..count]);
        data.update(&piece[header..count]);
        done += count as u64;
        if !go_on(count as u64) {
            return Ok(None);
        }
    }
}
