//! Numbers of candle tensors as slices, and loops over them on all cores.

use std::ops::Deref;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};
use rayon::prelude::*;

/// Numbers a thread takes at a time at least; smaller pieces cost more than they bring.
const PIECE: usize = 1 << 14;

/// The numbers of an operand of a forward pass.
///
/// # Errors
/// If they are no `f32` or do not lie one after the other.
pub fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("an operand that is not contiguous") };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// The numbers of a tensor; `G` keeps it from being changed meanwhile.
pub struct View<G> {
    storage: G,
    range: (usize, usize),
}

/// The numbers of a tensor, for a backward pass.
///
/// # Errors
/// If they are no `f32` on the processor or do not lie one after the other.
pub fn view(tensor: &Tensor) -> Result<View<impl Deref<Target = Storage> + '_>> {
    let (storage, layout) = tensor.storage_and_layout();
    let Some(range) = layout.contiguous_offsets() else { bail!("an operand that is not contiguous") };
    match &*storage {
        Storage::Cpu(CpuStorage::F32(_)) => Ok(View { storage, range }),
        _ => bail!("numbers that are not f32 on the processor"),
    }
}

impl<G: Deref<Target = Storage>> Deref for View<G> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(numbers)) => &numbers[self.range.0..self.range.1],
            // Ruled out by `view`.
            _ => &[],
        }
    }
}

/// How many rows of this width one thread takes at a time.
pub fn rows_at_once(width: usize) -> usize {
    (PIECE / width.max(1)).max(1)
}

/// Sums of the columns of a matrix with rows of `width`, in an order that does not depend on the number of threads.
pub fn column_sums(x: &[f32], width: usize) -> Vec<f32> {
    let partial = |rows: &[f32]| {
        let mut sums = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        sums
    };
    let parts: Vec<Vec<f32>> = x.par_chunks(width * rows_at_once(width)).map(partial).collect();
    parts.into_iter().fold(vec![0.0; width], |mut sums, part| {
        sums.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        sums
    })
}

/// The sum of two tensors of the same shape, on this thread.
///
/// # Errors
/// If one of them is not as [`view`] takes it, or they differ in length.
pub fn sum(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let values: Vec<f32> = {
        let (a, b) = (view(a)?, view(b)?);
        if a.len() != b.len() {
            bail!("a sum of {} and {} numbers", a.len(), b.len());
        }
        a.iter().zip(b.iter()).map(|(a, b)| a + b).collect()
    };
    Tensor::from_vec(values, a.shape(), a.device())
}
