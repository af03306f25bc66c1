//! Arrays as NumPy writes them: `npy`, and `npz`, a zip of these.
//!
//! Source: NEP 1 and its successors, the format of `numpy.save` (versions 1 to 3).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use protocol::model::Dtype;
use zip::ZipArchive;

use super::arrays::{ARRAY_BYTES, Array};
use super::{Error, ending, place};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Types that are read, by their names in a header.
const TYPES: [(&str, Dtype); 8] = [
    ("|u1", Dtype::U8),
    ("<u1", Dtype::U8),
    ("<f2", Dtype::F16),
    ("<f4", Dtype::F32),
    ("<f8", Dtype::F64),
    ("<i2", Dtype::I16),
    ("<i4", Dtype::I32),
    ("<i8", Dtype::I64),
];

/// A file with arrays.
pub(super) struct Archive {
    place: String,
    kind: Kind,
}

enum Kind {
    Zip(Box<ZipArchive<BufReader<File>>>),
    /// One array, of no name.
    Alone(BufReader<File>),
}

impl Archive {
    /// Opens an `npz`, or an `npy`.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = BufReader::new(File::open(path).map_err(|source| Error::reading(path, source))?);
        let kind = if ending(&path.to_string_lossy()) == "npy" {
            Kind::Alone(file)
        } else {
            Kind::Zip(Box::new(ZipArchive::new(file).map_err(|fault| Error::unreadable(path, fault.to_string()))?))
        };
        Ok(Self { place: place(path), kind })
    }

    /// The array of this name; a lone array is called `x`.
    pub(super) fn find(&mut self, name: &str) -> Result<Option<Array>, Error> {
        let unreadable = |details: String| Error::Unreadable { place: self.place.clone(), details };
        let read = match &mut self.kind {
            Kind::Alone(_) if name != "x" => return Ok(None),
            Kind::Alone(file) => bounded(file),
            Kind::Zip(archive) => {
                let Some(at) = archive.index_for_name(&format!("{name}.npy")) else { return Ok(None) };
                bounded(archive.by_index(at).map_err(|fault| unreadable(fault.to_string()))?)
            }
        };
        let bytes = read.map_err(|fault| unreadable(fault.to_string()))?;
        if bytes.len() as u64 > ARRAY_BYTES {
            return Err(Error::TooLarge { place: self.place.clone(), limit: ARRAY_BYTES });
        }
        parse(&bytes).map(Some).ok_or_else(|| unreadable(format!("the array “{name}” is of a kind that is not read")))
    }
}

/// At most one byte more than an array may have, whatever the archive claims.
fn bounded(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(ARRAY_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The array in a file; `None` for columns before rows, big-endian numbers, objects, and what does not add up.
fn parse(file: &[u8]) -> Option<Array> {
    let after = file.strip_prefix(MAGIC)?;
    let (&[version, _], after) = after.split_first_chunk()?;
    let (length, after) = if version == 1 {
        let (length, after) = after.split_first_chunk()?;
        (usize::from(u16::from_le_bytes(*length)), after)
    } else {
        let (length, after) = after.split_first_chunk()?;
        (u32::from_le_bytes(*length) as usize, after)
    };
    let (header, bytes) = after.split_at_checked(length)?;
    let header = std::str::from_utf8(header).ok()?;
    let descr = between(header, "'descr': '", "'")?;
    let &(_, dtype) = TYPES.iter().find(|(name, _)| *name == descr)?;
    between(header, "'fortran_order': ", ",").filter(|order| order.trim() == "False")?;
    let sizes = between(header, "'shape': (", ")")?.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape = sizes.map(|size| size.parse().ok()).collect::<Option<Vec<usize>>>()?;
    let count = shape.iter().try_fold(dtype.bytes() as usize, |product, &size| product.checked_mul(size))?;
    (bytes.len() == count).then(|| Array { dtype, shape, bytes: bytes.to_vec() })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let end = text[start..].find(after)?;
    Some(&text[start..start + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, bytes: &[u8]) -> Vec<u8> {
        [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes(), bytes].concat()
    }

    #[test]
    fn a_header_is_read_and_must_add_up() {
        let good = "{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }\n";
        let array = parse(&file(good, &[1, 0, 2, 0, 3, 0])).map(|array| (array.dtype, array.shape, array.bytes));
        assert_eq!(array, Some((Dtype::I16, vec![3], vec![1, 0, 2, 0, 3, 0])));
        assert!(parse(&file(good, &[1, 0, 2, 0, 3])).is_none(), "too short");
        let bad =
            [("<i2", ">i2"), ("<i2", "|O"), ("False", "True"), ("(3,)", "(-3,)"), ("(3,)", "(9223372036854775807,3)")];
        for (from, to) in bad {
            assert!(parse(&file(&good.replace(from, to), &[1, 0, 2, 0, 3, 0])).is_none(), "{to}");
        }
        assert!(parse(b"no array").is_none() && parse(MAGIC).is_none());
    }
}
