//! One span of a tensor of several sources, as the packed rows that engines take.

use std::ops::Range;

use checkpoint::Source;
use half::slice::HalfFloatSliceExt;
use kernels::{Float, row_bytes, scan_not_finite};

use crate::Error;

/// The type all `sources` have for the tensor `name`, else F32.
pub(crate) fn common_type<'a>(sources: impl IntoIterator<Item = &'a dyn Source>, name: &str) -> Float {
    let mut types = sources.into_iter().filter_map(|source| source.find(name)).map(|entry| entry.spec.dtype);
    let first = types.next().and_then(|dtype| Float::try_from(dtype).ok()).unwrap_or(Float::F32);
    if types.all(|dtype| dtype == first.into()) { first } else { Float::F32 }
}

/// Reads the elements `span` of the tensor `name` into a packed row of `input`; the padding of `row` becomes zero.
///
/// Where the source has another type, the elements are decoded to F32, which `input` then is; `scratch` holds them.
pub(crate) fn read_row(
    source: &dyn Source,
    name: &str,
    input: Float,
    span: Range<u64>,
    row: &mut [u8],
    scratch: &mut Vec<u8>,
) -> Result<(), Error> {
    // Whoever asks has looked at the same sources before, so only a mistake of ours can end here.
    let entry = source.find(name).ok_or(Error::Stopped("reading"))?;
    let own = entry.spec.dtype.bytes();
    let bytes = ((span.end - span.start) * own) as usize;
    if entry.spec.dtype == input.into() {
        source.read(entry, span.start * own, &mut row[..bytes])?;
        row[bytes..].fill(0);
        return Ok(());
    }
    scratch.resize(bytes, 0);
    source.read(entry, span.start * own, scratch)?;
    decode(Float::try_from(entry.spec.dtype)?, scratch, row);
    Ok(())
}

/// Index of the first of the packed rows in `x` that holds NaN or infinity among its elements.
pub(crate) fn first_not_finite(x: &[u8], input: Float, elements: usize) -> Option<usize> {
    x.chunks_exact(row_bytes(elements, input)).position(|row| scan_not_finite(input, row, elements) > 0)
}

/// Decodes packed elements to little-endian F32; the padding of `row` becomes zero. Exact.
fn decode(from: Float, packed: &[u8], row: &mut [u8]) {
    const STRETCH: usize = 512;
    let mut bits = [0u16; STRETCH];
    let mut values = [0f32; STRETCH];
    let filled = packed.len() / 2 * 4;
    for (packed, row) in packed.chunks(2 * STRETCH).zip(row[..filled].chunks_mut(4 * STRETCH)) {
        let count = packed.len() / 2;
        for (bits, two) in bits.iter_mut().zip(packed.as_chunks::<2>().0) {
            *bits = u16::from_le_bytes(*two);
        }
        widen(from, &bits[..count], &mut values[..count]);
        for (four, value) in row.as_chunks_mut::<4>().0.iter_mut().zip(values) {
            *four = value.to_le_bytes();
        }
    }
    row[filled..].fill(0);
}

fn widen(from: Float, bits: &[u16], values: &mut [f32]) {
    use half::slice::HalfBitsSliceExt;
    match from {
        Float::F16 => bits.reinterpret_cast::<half::f16>().convert_to_f32_slice(values),
        Float::BF16 => bits.reinterpret_cast::<half::bf16>().convert_to_f32_slice(values),
        // F32 is never decoded: it is what the rows are in.
        Float::F32 => values.fill(0.0),
    }
}
