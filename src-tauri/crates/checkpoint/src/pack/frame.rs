//! One mask of one tensor: packed bits in a frame of zstd.
//!
//! Bits are packed as numpy.packbits does it, most significant first; those behind the last weight are zero.

use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use zstd::stream::{read, write};

use super::PackError;
use crate::{Checkpoint, Entry, Error, Source};

/// Strength of compression; more gains nothing on bits that look like noise.
const LEVEL: i32 = 3;
/// Bits have no likeness over long stretches, so a small window does; it bounds the memory of both sides.
const WINDOW: u32 = 18;
/// A frame of another writer may have a larger window, but not one that fills the memory.
const WINDOW_READ: u32 = 24;
/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// Memory of one frame that is being written, in bytes; generous.
pub const FRAME_MEMORY: u64 = 2 << 20;

/// Bytes of the packed mask of so many weights.
pub(super) fn packed(elements: u64) -> u64 {
    elements.div_ceil(8)
}

/// Most bytes that a frame of so many bytes can take.
pub(super) fn most(bytes: u64) -> u64 {
    zstd::zstd_safe::compress_bound(usize::try_from(bytes).unwrap_or(usize::MAX)) as u64 + 32
}

/// A frame in the making.
pub(super) struct Frame(write::Encoder<'static, Vec<u8>>);

impl Frame {
    /// A frame that will hold exactly `bytes` bytes.
    pub(super) fn begin(bytes: u64) -> io::Result<Self> {
        let mut encoder = write::Encoder::new(Vec::new(), LEVEL)?;
        encoder.window_log(WINDOW)?;
        encoder.include_checksum(true)?;
        encoder.include_contentsize(true)?;
        encoder.set_pledged_src_size(Some(bytes))?;
        Ok(Self(encoder))
    }

    /// Takes the next bytes, and gives what is ready to be stored.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.0.write_all(bytes)?;
        Ok(std::mem::take(self.0.get_mut()))
    }

    /// The rest of it.
    pub(super) fn end(self) -> io::Result<Vec<u8>> {
        self.0.finish()
    }
}

/// The bytes of one tensor of a file, read in order.
struct Span<'a> {
    source: &'a Checkpoint,
    entry: &'a Entry,
    at: u64,
}

impl Read for Span<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = (self.entry.spec.bytes() - self.at).min(into.len() as u64) as usize;
        self.source.read(self.entry, self.at, &mut into[..count]).map_err(io::Error::other)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// The packed bits of one tensor, read in order.
pub struct Bits<'a> {
    decoder: Option<read::Decoder<'a, BufReader<Span<'a>>>>,
    /// Packed bytes that are still to come.
    left: u64,
    /// Bits of the last byte that stand for weights.
    last: u8,
    place: PathBuf,
    file: String,
}

impl<'a> Bits<'a> {
    /// The bits of `entry`, which stand for `elements` weights.
    pub(super) fn open(
        source: &'a Checkpoint,
        entry: &'a Entry,
        elements: u64,
        pack: &Path,
        file: &str,
    ) -> Result<Self, PackError> {
        let span = BufReader::with_capacity(PIECE, Span { source, entry, at: 0 });
        let make = || {
            let mut decoder = read::Decoder::with_buffer(span)?.single_frame();
            decoder.window_log_max(WINDOW_READ)?;
            Ok(decoder)
        };
        // A tensor without elements has no frame.
        let decoder = if elements == 0 { None } else { Some(make().map_err(Error::in_memory)?) };
        let last = match elements % 8 {
            0 => 0xff,
            some => !(0xff >> some),
        };
        Ok(Self { decoder, left: packed(elements), last, place: pack.to_owned(), file: file.to_owned() })
    }

    /// Fills `into` with the next packed bytes.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if there are not as many, if their sum does not hold, or if bits behind the last weight are
    /// set; [`PackError::File`].
    pub fn read(&mut self, into: &mut [u8]) -> Result<(), PackError> {
        let decoder = self.decoder.as_mut().filter(|_| into.len() as u64 <= self.left);
        let Some(decoder) = decoder else { return Err(self.damaged("fewer bits than weights".to_owned())) };
        decoder.read_exact(into).map_err(|fault| self.fault(fault))?;
        self.left -= into.len() as u64;
        match into.last() {
            Some(byte) if self.left == 0 && byte & !self.last != 0 => {
                Err(self.damaged("bits behind the last weight".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// After the last byte: checks that nothing follows, and the sum that ends the frame.
    ///
    /// # Errors
    /// As [`Bits::read`].
    pub fn end(mut self) -> Result<(), PackError> {
        let Some(mut decoder) = self.decoder.take() else { return Ok(()) };
        let more = decoder.read(&mut [0]).map_err(|fault| self.fault(fault))?;
        let rest = decoder.finish();
        let behind = rest.buffer().len() as u64 + rest.get_ref().entry.spec.bytes() - rest.get_ref().at;
        if self.left > 0 || more > 0 || behind > 0 {
            return Err(self.damaged("more or fewer bits than weights".to_owned()));
        }
        Ok(())
    }

    fn damaged(&self, details: String) -> PackError {
        PackError::damaged(&self.place, &self.file, details)
    }

    /// What the disk said, if it was the disk; else the frame is damaged.
    fn fault(&self, fault: io::Error) -> PackError {
        match fault.downcast::<Error>() {
            Ok(error) => PackError::File(error),
            Err(fault) => self.damaged(fault.to_string()),
        }
    }
}
