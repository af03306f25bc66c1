//! Reads the header of a safetensors file and refuses everything that the format does not allow.
//!
//! The library's own parser takes a later duplicate silently and cannot tell a short file from a broken one;
//! both matter to people, so the rules are checked here. Tests hold the library beside it as second opinion.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::File;
use std::path::Path;

use protocol::model::{Dtype, TensorSpec};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::error::{Error, Kind};
use crate::names::{self, shown};
use crate::read;
use crate::sniff::{self, MAX_HEADER};

/// More dimensions than any tensor has; a bound, so that a hostile shape cannot fill the memory.
const MAX_DIMENSIONS: usize = 64;

/// A checked header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// Tensors with the position of their first byte in the file, in the order of the file.
    pub tensors: Vec<(TensorSpec, u64)>,
    /// Metadata.
    pub metadata: BTreeMap<String, String>,
    /// Bytes before the first tensor.
    pub bytes: u64,
    /// Bytes that were read to get here.
    pub read_bytes: u64,
}

/// Reads and checks the header of an open file of `size` bytes.
pub(crate) fn read(path: &Path, file: &File, size: u64) -> Result<Header, Error> {
    let mut first = vec![0; usize::try_from(size).unwrap_or(usize::MAX).min(sniff::FIRST)];
    read::exact(path, file, 0, &mut first)?;
    if let Some(other) = sniff::sniff(path, &first, size) {
        return Err(other);
    }
    let end = 8 + length(path, &first, size)? as usize;
    let seen = first.len();
    first.resize(end.max(seen), 0);
    read::exact(path, file, seen as u64, &mut first[seen..])?;
    let mut header = parse(path, &first[8..end])?;
    header.read_bytes = first.len() as u64;
    check_size(path, &header, size)?;
    Ok(header)
}

/// The length of the JSON text, if it can be one.
fn length(path: &Path, first: &[u8], size: u64) -> Result<u64, Error> {
    let place = || path.display().to_string();
    let Some(bytes) = first.first_chunk::<8>() else {
        return Err(Error::NotComplete { place: place(), arrived: size, promised: 8 });
    };
    let length = u64::from_le_bytes(*bytes);
    if length > MAX_HEADER && !names::ends_with(&names::last(path), names::WEIGHTS) {
        return Err(Error::WrongKind { place: place(), kind: Kind::NotAModel });
    }
    if length > MAX_HEADER {
        return Err(Error::damaged(
            path,
            false,
            format!("a header of {length} bytes; at most {MAX_HEADER} are allowed"),
        ));
    }
    let promised = 8 + length;
    match (promised <= size, sniff::is_plausible(first) || size == 8) {
        (true, _) => Ok(length),
        (false, true) => Err(Error::NotComplete { place: place(), arrived: size, promised }),
        (false, false) => Err(Error::damaged(path, true, format!("the header ends at byte {promised} of {size}"))),
    }
}

/// Checks that the file ends where its last tensor does.
fn check_size(path: &Path, header: &Header, size: u64) -> Result<(), Error> {
    let promised = header.tensors.last().map_or(header.bytes, |(spec, at)| at + spec.bytes());
    if size < promised {
        return Err(Error::NotComplete { place: path.display().to_string(), arrived: size, promised });
    }
    if size > promised {
        return Err(Error::damaged(path, false, format!("{} bytes follow the last tensor", size - promised)));
    }
    Ok(())
}

/// Checks the JSON text of a header; pure.
pub(crate) fn parse(path: &Path, json: &[u8]) -> Result<Header, Error> {
    let damaged = |details: String| Error::damaged(path, false, details);
    let text = std::str::from_utf8(json).map_err(|fault| damaged(format!("the header is not UTF-8: {fault}")))?;
    let raw: Raw = serde_json::from_str(text).map_err(|fault| damaged(shown(&fault.to_string())))?;
    check_dtypes(path, &raw.tensors)?;
    let mut tensors = raw.tensors;
    tensors.sort_by(|a, b| (a.1.data_offsets, &a.0).cmp(&(b.1.data_offsets, &b.0)));
    let bytes = 8 + json.len() as u64;
    let mut header =
        Header { tensors: Vec::with_capacity(tensors.len()), metadata: raw.metadata, bytes, read_bytes: 0 };
    let mut end = 0;
    for (name, tensor) in tensors {
        let spec = placed(path, name, &tensor, end)?;
        header.tensors.push((spec, bytes + end));
        end = tensor.data_offsets.1;
    }
    Ok(header)
}

/// Finds number types that we do not know, and how many tensors have the first of them.
fn check_dtypes(path: &Path, tensors: &[(String, RawTensor)]) -> Result<(), Error> {
    let Some((_, unknown)) = tensors.iter().find(|(_, tensor)| Dtype::parse(&tensor.dtype).is_none()) else {
        return Ok(());
    };
    let parts = tensors.iter().filter(|(_, tensor)| tensor.dtype == unknown.dtype).count() as u64;
    Err(Error::UnknownDtype { place: path.display().to_string(), dtype: shown(&unknown.dtype), parts })
}

/// Checks one tensor that has to begin where the one before it ended.
fn placed(path: &Path, name: String, tensor: &RawTensor, due: u64) -> Result<TensorSpec, Error> {
    let (begin, end) = tensor.data_offsets;
    let fault =
        |outside: bool, what: String| Err(Error::damaged(path, outside, format!("tensor {:?}: {what}", shown(&name))));
    let dtype = Dtype::parse(&tensor.dtype).unwrap_or(Dtype::U8);
    let elements = tensor.shape.iter().try_fold(1u64, |product, &size| product.checked_mul(size));
    let Some(bytes) = elements.and_then(|elements| elements.checked_mul(dtype.bytes())) else {
        return fault(false, format!("{} of shape {:?} is larger than any file", dtype, tensor.shape));
    };
    // No file system has files of more bytes; beyond it, positions could overflow.
    if begin > i64::MAX as u64 / 2 || end > i64::MAX as u64 / 2 {
        return fault(true, format!("bytes {begin} to {end}"));
    }
    if end < begin {
        return fault(false, format!("ends at byte {end}, before it begins at {begin}"));
    }
    if begin != due {
        let what = if begin > due { "leaves a hole" } else { "overlaps another" };
        return fault(false, format!("begins at byte {begin} and {what}: {due} is due"));
    }
    if end - begin != bytes {
        return fault(false, format!("has {} bytes, but its shape needs {bytes}", end - begin));
    }
    Ok(TensorSpec { name, dtype, shape: tensor.shape.clone() })
}

/// The header as JSON, every name once.
struct Raw {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, RawTensor)>,
}

/// One tensor as JSON.
#[derive(serde::Deserialize)]
struct RawTensor {
    dtype: String,
    #[serde(deserialize_with = "dimensions")]
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut raw = Raw { metadata: BTreeMap::new(), tensors: Vec::new() };
                let mut names = HashSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format!("{:?} comes twice", shown(&name))));
                    }
                    if name == "__metadata__" {
                        raw.metadata = map.next_value::<Option<Once>>()?.map(|once| once.0).unwrap_or_default();
                    } else {
                        raw.tensors.push((name, map.next_value()?));
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A map of texts in which every key comes once.
#[derive(Debug)]
pub(crate) struct Once(pub BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if let Some(_earlier) = texts.insert(key.clone(), value) {
                        return Err(A::Error::custom(format!("{:?} comes twice", shown(&key))));
                    }
                }
                Ok(Once(texts))
            }
        }
        deserializer.deserialize_map(Texts)
    }
}

/// A list of sizes that ends before it can fill the memory.
fn dimensions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    struct Sizes;
    impl<'de> Visitor<'de> for Sizes {
        type Value = Vec<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MAX_DIMENSIONS} sizes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sizes: A) -> Result<Vec<u64>, A::Error> {
            let mut shape = Vec::new();
            while let Some(size) = sizes.next_element()? {
                if shape.len() == MAX_DIMENSIONS {
                    return Err(A::Error::invalid_length(shape.len() + 1, &self));
                }
                shape.push(size);
            }
            Ok(shape)
        }
    }
    deserializer.deserialize_seq(Sizes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests;
