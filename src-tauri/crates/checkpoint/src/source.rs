//! Where bytes of tensors come from: the trait, and its twin in memory.
//!
//! Nothing here knows about files; [`crate::Checkpoint`] does.

use std::io;

use protocol::model::TensorSpec;

use crate::Error;

/// One tensor in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name, number type and shape.
    pub spec: TensorSpec,
    /// Index of the file that holds it.
    pub file: usize,
    /// Position of its first byte in that file.
    pub at: u64,
}

/// Tensors that can be read a span at a time.
pub trait Source: Send + Sync {
    /// Where it is, for messages.
    fn place(&self) -> &str;

    /// Where the tensor of this name is, for messages.
    fn place_of(&self, _name: &str) -> &str {
        self.place()
    }

    /// All tensors, sorted by name (byte order); names are unique.
    fn entries(&self) -> &[Entry];

    /// The tensor of this name.
    fn find(&self, name: &str) -> Option<&Entry> {
        let entries = self.entries();
        let at = entries.binary_search_by(|entry| entry.spec.name.as_str().cmp(name)).ok()?;
        entries.get(at)
    }

    /// Whether the tensor of this name belongs to this model alone, even where others have one like it.
    fn is_private(&self, _name: &str) -> bool {
        false
    }

    /// Fills `into` with the bytes `at..at + into.len()` of a tensor; may be called from several threads.
    ///
    /// # Errors
    /// [`Error::Changed`] if the file ends before, [`Error::Io`] if it cannot be read or the tensor has no such bytes.
    fn read(&self, entry: &Entry, at: u64, into: &mut [u8]) -> Result<(), Error>;
}

/// Tensors in memory, one "file" each.
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    place: String,
    entries: Vec<Entry>,
    tensors: Vec<Vec<u8>>,
}

impl MemorySource {
    /// A source of these tensors, in any order.
    ///
    /// # Panics
    /// If a name comes twice, or bytes and spec of a tensor disagree in length.
    pub fn new(place: impl Into<String>, mut tensors: Vec<(TensorSpec, Vec<u8>)>) -> Self {
        tensors.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        assert!(tensors.windows(2).all(|pair| pair[0].0.name != pair[1].0.name), "a tensor name comes twice");
        let mut source = Self { place: place.into(), ..Self::default() };
        for (file, (spec, bytes)) in tensors.into_iter().enumerate() {
            assert_eq!(spec.bytes(), bytes.len() as u64, "length of {}", spec.name);
            source.entries.push(Entry { spec, file, at: 0 });
            source.tensors.push(bytes);
        }
        source
    }

    fn span(&self, entry: &Entry, at: u64, length: usize) -> Option<&[u8]> {
        let start = usize::try_from(at).ok()?;
        self.tensors.get(entry.file)?.get(start..start.checked_add(length)?)
    }
}

impl Source for MemorySource {
    fn place(&self) -> &str {
        &self.place
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, at: u64, into: &mut [u8]) -> Result<(), Error> {
        into.copy_from_slice(self.span(entry, at, into.len()).ok_or_else(|| no_such_span(&self.place))?);
        Ok(())
    }
}

/// The error for bytes that a tensor does not have: a mistake of the caller.
pub(crate) fn no_such_span(place: &str) -> Error {
    let source = io::Error::new(io::ErrorKind::InvalidInput, "the tensor has no such bytes");
    Error::Io { place: place.to_owned(), source, writing: false }
}
