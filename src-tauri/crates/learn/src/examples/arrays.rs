//! Arrays from a tensor file or from NumPy (`npz`, `npy`): `images` or `x`, and `labels`.
//!
//! | Array | Type | Meaning |
//! |---|---|---|
//! | `images` or `x` \[n, c, h, w\], \[n, h, w, c\] or \[n, h, w\], c = 1 or 3 | bytes | pictures; prepared as the model says |
//! | `images` or `x` \[n, …\] | F32, F16, BF16, F64 | numbers in the form that the model takes; shown as they are |
//! | `labels` or `y` \[n\] | whole numbers | the class, from 0 |

use std::path::Path;
use std::sync::Arc;

use checkpoint::{Checkpoint, Entry, Source};
use protocol::model::Dtype;
use protocol::words::examples as words;

use super::{Content, Error, Examples, Item, Labelled, Rgb, npy, number_labels, place};

/// Most bytes of an array.
pub(super) const ARRAY_BYTES: u64 = 1 << 30;
/// Names of the array of examples.
const INPUTS: [&str; 2] = ["images", "x"];
/// Names of the array of labels.
const LABELS: [&str; 2] = ["labels", "y"];

/// An array in memory.
pub(super) struct Array {
    /// Type of the numbers.
    pub dtype: Dtype,
    /// Dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Row-major, little-endian.
    pub bytes: Vec<u8>,
}

/// Reads the arrays of a tensor file.
///
/// # Errors
/// [`Error::Unreadable`] names the array that is missing or does not fit; [`Error::TooLarge`].
pub(super) fn open(path: &Path) -> Result<Examples, Error> {
    let source = Checkpoint::open(path).map_err(|fault| Error::unreadable(path, fault.to_string()))?;
    join(path, |name| source.find(name).map(|entry| read(&source, entry, path)).transpose())
}

/// Reads the arrays of a NumPy archive; a lone array is taken for `x`.
///
/// # Errors
/// As [`open`].
pub(super) fn open_numpy(path: &Path) -> Result<Examples, Error> {
    let mut archive = npy::Archive::open(path)?;
    join(path, |name| archive.find(name))
}

fn read(source: &Checkpoint, entry: &Entry, path: &Path) -> Result<Array, Error> {
    let length = entry.spec.checked_elements().and_then(|count| count.checked_mul(entry.spec.dtype.bytes()));
    let length = length.filter(|&length| length <= ARRAY_BYTES);
    let length = length.ok_or_else(|| Error::TooLarge { place: place(path), limit: ARRAY_BYTES })?;
    let mut bytes = vec![0; length as usize];
    source.read(entry, 0, &mut bytes).map_err(|fault| Error::unreadable(path, fault.to_string()))?;
    Ok(Array { dtype: entry.spec.dtype, shape: entry.spec.shape.iter().map(|&size| size as usize).collect(), bytes })
}

/// Examples from the arrays that `find` knows by name.
fn join(path: &Path, mut find: impl FnMut(&str) -> Result<Option<Array>, Error>) -> Result<Examples, Error> {
    let mut first = |names: [&str; 2]| match find(names[0]) {
        Ok(None) => find(names[1]),
        found => found,
    };
    let inputs = first(INPUTS)?.ok_or_else(|| Error::unreadable(path, "it has no array “images” or “x”"))?;
    let labels = first(LABELS)?.map(|array| numbered(&array, path)).transpose()?;
    let contents = contents(&inputs, path)?;
    if labels.as_ref().is_some_and(|labels| labels.len() != contents.len()) {
        return Err(Error::unreadable(path, "“labels” is not as long as the examples"));
    }
    let item = |(at, content)| {
        let name = words::entry(at);
        let label = labels.as_ref().map(|labels| labels[at].clone());
        Labelled { item: Item { key: name.clone(), name, label: None, part: None, content }, label }
    };
    Ok(number_labels(place(path), contents.into_iter().enumerate().map(item).collect(), vec![]))
}

/// Little-endian numbers of `N` bytes.
fn words_of<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}

fn numbered(array: &Array, path: &Path) -> Result<Vec<String>, Error> {
    let bytes = &array.bytes;
    let numbers: Vec<i64> = match array.dtype {
        Dtype::U8 => bytes.iter().map(|&byte| i64::from(byte)).collect(),
        Dtype::I16 => words_of(bytes).map(|word| i64::from(i16::from_le_bytes(word))).collect(),
        Dtype::I32 => words_of(bytes).map(|word| i64::from(i32::from_le_bytes(word))).collect(),
        Dtype::I64 => words_of(bytes).map(i64::from_le_bytes).collect(),
        other => return Err(Error::unreadable(path, format!("“labels” are {}, not whole numbers", other.name()))),
    };
    Ok(numbers.iter().map(i64::to_string).collect())
}

fn contents(array: &Array, path: &Path) -> Result<Vec<Content>, Error> {
    let (Some(&count), false) = (array.shape.first(), array.shape.contains(&0)) else {
        return Ok(vec![]);
    };
    let shape: Arc<[usize]> = array.shape[1..].into();
    let unfit = || {
        let what = format!("the examples are {} of shape {:?}", array.dtype.name(), array.shape);
        Error::unreadable(path, format!("{what}: neither pictures in bytes nor numbers"))
    };
    let each = array.bytes.chunks_exact(array.bytes.len() / count);
    each.map(|one| content(one, array.dtype, &shape).ok_or_else(unfit)).collect()
}

fn content(bytes: &[u8], dtype: Dtype, shape: &Arc<[usize]>) -> Option<Content> {
    let numbers: Vec<f32> = match dtype {
        Dtype::U8 => return picture(bytes, shape).map(|rgb| Content::Pixels(Arc::new(rgb))),
        Dtype::F32 => words_of(bytes).map(f32::from_le_bytes).collect(),
        Dtype::F64 => words_of(bytes).map(|word| f64::from_le_bytes(word) as f32).collect(),
        Dtype::F16 => words_of(bytes).map(|word| half::f16::from_le_bytes(word).to_f32()).collect(),
        Dtype::BF16 => words_of(bytes).map(|word| half::bf16::from_le_bytes(word).to_f32()).collect(),
        _ => return None,
    };
    Some(Content::Numbers(numbers.into(), Arc::clone(shape)))
}

/// Channels first is what models are given; channels last, or none, is what programs for pictures write.
fn picture(bytes: &[u8], shape: &[usize]) -> Option<Rgb> {
    match *shape {
        [height, width] => Rgb::from_planes(bytes, 1, height, width),
        [channels @ (1 | 3), height, width] => Rgb::from_planes(bytes, channels, height, width),
        [height, width, 1] => Rgb::from_planes(bytes, 1, height, width),
        [height, width, 3] => Rgb::new(width, height, bytes.to_vec()),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use safetensors::tensor::{Dtype as Type, TensorView, serialize};

    type Array<'a> = (&'a str, Type, Vec<usize>, Vec<u8>);

    fn opened(arrays: &[Array]) -> Result<Examples, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        let views = arrays.iter().map(|(name, dtype, shape, bytes)| {
            (name.to_string(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        std::fs::write(&path, serialize(views, None).unwrap()).unwrap();
        open(&path)
    }

    #[test]
    fn bytes_are_pictures_and_gray_becomes_colour() {
        let pixels = vec![1, 2, 3, 4, 5, 6, 7, 8];
        let images = ("images", Type::U8, vec![2, 1, 2, 2], pixels);
        let labels = ("labels", Type::I64, vec![2], [10i64, 9].iter().flat_map(|n| n.to_le_bytes()).collect());
        let examples = opened(&[images, labels]).unwrap();
        assert_eq!(examples.labels, Some(vec!["10".into(), "9".into()]));
        assert_eq!(examples.items[1].label, Some(1));
        let Content::Pixels(rgb) = &examples.items[1].content else { panic!("not a picture") };
        assert_eq!((rgb.width, rgb.height, &rgb.bytes[..6]), (2, 2, &[5, 5, 5, 6, 6, 6][..]));
    }

    #[test]
    fn numbers_are_shown_as_they_are_whatever_their_type() {
        let full = [0.5f32, -1.0, 2.0, 8.0].iter().flat_map(|n| n.to_le_bytes()).collect();
        let short = [0.5f32, -1.0, 2.0, 8.0].iter().flat_map(|&n| half::bf16::from_f32(n).to_le_bytes()).collect();
        for array in [("x", Type::F32, vec![2, 2], full), ("x", Type::BF16, vec![2, 2], short)] {
            let examples = opened(&[array]).unwrap();
            assert_eq!(examples.labels, None);
            let Content::Numbers(numbers, shape) = &examples.items[1].content else { panic!("not numbers") };
            assert_eq!((&numbers[..], &shape[..]), (&[2.0f32, 8.0][..], &[2usize][..]));
        }
    }

    #[test]
    fn channels_may_come_first_last_or_not_at_all() {
        let shapes = [(vec![1, 3, 2, 2], 0), (vec![1, 2, 2, 3], 1), (vec![1, 2, 6], 2)];
        let expected = [[0, 4, 8], [0, 1, 2], [0, 0, 0]];
        for (shape, at) in shapes {
            let examples = opened(&[("images", Type::U8, shape, (0..12).collect())]).unwrap();
            let Content::Pixels(rgb) = &examples.items[0].content else { panic!("not a picture") };
            assert_eq!(rgb.bytes[..3], expected[at]);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_reason() {
        let said = |arrays: &[Array]| opened(arrays).unwrap_err().to_string();
        assert!(said(&[("z", Type::F32, vec![1], vec![0; 4])]).contains("no array"));
        assert!(said(&[("images", Type::U8, vec![1, 2, 2, 2], vec![0; 8])]).contains("neither"));
        let images = ("images", Type::U8, vec![2, 1, 1, 1], vec![0; 2]);
        assert!(said(&[images.clone(), ("labels", Type::I32, vec![1], vec![0; 4])]).contains("not as long"));
        assert!(said(&[images, ("labels", Type::F32, vec![2], vec![0; 8])]).contains("not whole numbers"));
    }
}
