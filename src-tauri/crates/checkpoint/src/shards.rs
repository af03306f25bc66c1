//! Writes the weight files of one target: headers first, then the bytes of the tensors in file order.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use protocol::model::TensorSpec;
use safetensors::tensor::Metadata;

use crate::Error;
use crate::layout::{Layout, Shard, Target, header, layout};

/// Smaller writes are gathered up to this many bytes; larger ones go to the system as they are.
pub(crate) const GATHER: usize = 1 << 20;

/// The weight files of one target.
#[derive(Debug)]
pub(crate) struct ShardWriter {
    /// Index of the target, for messages.
    target_at: usize,
    target: Target,
    root: PathBuf,
    shards: Vec<Shard>,
    /// Where the next byte goes: shard, tensor in it, byte of that.
    shard: usize,
    tensor: usize,
    at: u64,
    stream: Option<Stream>,
}

impl ShardWriter {
    /// Creates all files of a target in `root`, with their headers and the index.
    pub(crate) fn create(root: &Path, target_at: usize, target: Target) -> Result<Self, Error> {
        let Layout { shards, index } = layout(&target);
        if !target.folder.is_empty() {
            let folder = root.join(&target.folder);
            std::fs::create_dir_all(&folder).map_err(|source| Error::writing(&folder, source))?;
        }
        let headers = shards.iter().map(|shard| (&shard.path, &shard.header[..]));
        for (path, bytes) in headers.chain(index.iter().map(|(path, text)| (path, text.as_bytes()))) {
            let path = root.join(path);
            let write = || File::create_new(&path)?.write_all(bytes);
            write().map_err(|source| Error::writing(&path, source))?;
        }
        Ok(Self { target_at, target, root: root.to_owned(), shards, shard: 0, tensor: 0, at: 0, stream: None })
    }

    /// The tensor whose bytes are due, after closing what is complete.
    fn due(&mut self) -> Result<Option<TensorSpec>, Error> {
        while let Some(shard) = self.shards.get(self.shard) {
            match shard.tensors.get(self.tensor) {
                Some(spec) if self.at < spec.bytes() => return Ok(Some(spec.clone())),
                Some(_) => (self.tensor, self.at) = (self.tensor + 1, 0),
                None => {
                    self.stream.take().map_or(Ok(()), |mut stream| stream.flush())?;
                    (self.shard, self.tensor) = (self.shard + 1, 0);
                }
            }
        }
        Ok(None)
    }

    /// Takes the next bytes of tensor `name`.
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let count = bytes.len() as u64;
        if count == 0 {
            return Ok(());
        }
        let due = self.due()?;
        match &due {
            Some(spec) if spec.name == name && self.at + count <= spec.bytes() => {}
            _ => return Err(self.out_of_step(due, name, count)),
        }
        if self.stream.is_none() {
            self.stream = Some(Stream::append(self.root.join(&self.shards[self.shard].path))?);
        }
        self.stream.as_mut().map_or(Ok(()), |stream| stream.push(bytes))?;
        self.at += count;
        Ok(())
    }

    fn out_of_step(&self, due: Option<TensorSpec>, name: &str, count: u64) -> Error {
        let next = due.map(|spec| spec.name).unwrap_or_default();
        let found = if name == next { self.at + count } else { count };
        Error::OutOfStep { target: self.target_at, name: name.to_owned(), found, next, expected: self.at }
    }

    /// Checks that every tensor is complete and every file as planned, and flushes them to disk.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        if let Some(spec) = self.due()? {
            return Err(self.out_of_step(Some(spec), "", 0));
        }
        for shard in &self.shards {
            let path = self.root.join(&shard.path);
            check(&path, shard).and_then(|()| sync(&path)).map_err(|source| Error::writing(&path, source))?;
        }
        Ok(())
    }

    /// Replaces `old` by `new` in the metadata value of `key`; false if the value does not hold it.
    pub(crate) fn fill(&mut self, key: &str, old: &str, new: &str) -> Result<bool, Error> {
        let Some(value) = self.target.metadata.get(key).filter(|value| value.contains(old)) else { return Ok(false) };
        let mut metadata = self.target.metadata.clone();
        metadata.insert(key.to_owned(), value.replace(old, new));
        let filled: Vec<Vec<u8>> = self.shards.iter().map(|shard| header(&shard.tensors, &metadata)).collect();
        let lengths = self.shards.iter().zip(&filled).all(|(shard, filled)| shard.header.len() == filled.len());
        if old.len() != new.len() || !lengths {
            return Err(Error::writing(&self.root, mistake("the filled header has another length")));
        }
        self.target.metadata = metadata;
        for (shard, header) in self.shards.iter_mut().zip(filled) {
            shard.header = header;
            let path = self.root.join(&shard.path);
            let write = || OpenOptions::new().write(true).open(&path)?.write_all(&shard.header);
            write().and_then(|()| sync(&path)).map_err(|source| Error::writing(&path, source))?;
        }
        Ok(true)
    }

    /// Relative paths of the files, with the index.
    pub(crate) fn paths(&self) -> Vec<String> {
        crate::layout::files_of(&self.target).into_iter().map(|(path, _)| path).collect()
    }
}

/// A slip in our own code, found before it could do harm.
pub(crate) fn mistake(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// Flushes a closed file to disk.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    // Opened for writing, because Windows flushes only such files.
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// Compares a file with its plan, and asks the `safetensors` library whether it agrees.
fn check(path: &Path, shard: &Shard) -> io::Result<()> {
    let wrong = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut header = vec![0; shard.header.len()];
    file.read_exact(&mut header)?;
    if header != shard.header || size != shard.bytes {
        return wrong("the file is not as it was written");
    }
    match serde_json::from_slice::<Metadata>(&header[8..]) {
        Ok(parsed) if (header.len() + parsed.data_len()) as u64 == size => Ok(()),
        _ => wrong("the library does not take the header"),
    }
}

/// A file that is appended to, small writes together.
#[derive(Debug)]
pub(crate) struct Stream {
    path: PathBuf,
    file: File,
    gathered: Vec<u8>,
}

impl Stream {
    /// Behind what the file at `path` holds.
    pub(crate) fn append(path: PathBuf) -> Result<Self, Error> {
        let file = OpenOptions::new().append(true).open(&path).map_err(|source| Error::writing(&path, source))?;
        Ok(Self { path, file, gathered: Vec::new() })
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.gathered.len() + bytes.len() > GATHER {
            self.flush()?;
        }
        if bytes.len() >= GATHER {
            return self.file.write_all(bytes).map_err(|source| Error::writing(&self.path, source));
        }
        self.gathered.extend_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.file.write_all(&self.gathered).map_err(|source| Error::writing(&self.path, source))?;
        self.gathered.clear();
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_as_such_for_small_and_large_writes() {
        for size in [8, 2 * GATHER] {
            let mut stream = Stream::append("/dev/full".into()).unwrap();
            let full = stream.push(&vec![0; size]).and_then(|()| stream.flush()).unwrap_err();
            assert!(full.is_disk_full() && !full.is_forbidden(), "{full:?}");
        }
        let mut stream = Stream::append("/dev/null".into()).unwrap();
        stream.push(&[0; 8]).and_then(|()| stream.flush()).unwrap();
    }
}
