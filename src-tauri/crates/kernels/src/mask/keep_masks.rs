//! The processor's half of `mask/keep_masks.wgsl`, and what the card's half is given and gives back.

use rayon::prelude::*;

use super::Masking;
use crate::change::{Combining, Words};
use crate::cpu::{BLOCK, Rows, TILE};
use crate::dispatch::Task;
use crate::merge;
use crate::source::{self, Source};

pub(crate) const SOURCE: Source = source::KEEP_MASKS;

/// Elements of one invocation.
const STRETCH: usize = 32;

/// The work of a card, where a dimension of the grid holds at most `most` groups.
pub(crate) fn task<'a>(work: &Masking, words: &'a [f32], x: &'a [u8], most: u32) -> Task<'a> {
    // One invocation does 32 elements where other kernels do two.
    let groups = merge::grid(work.elements.div_ceil(STRETCH) * 2, most);
    Task {
        label: SOURCE.name,
        params: merge::params(work.elements, work.sources, x.len(), groups.0 * source::group_size()),
        groups,
        x,
        c: bytemuck::cast_slice(words),
        y_bytes: work.y_bytes() as u64,
        counters: 1,
    }
}

/// The whole work on the processor, blocks shared out among all cores; gives how many elements are not finite.
pub(crate) fn on_processor(work: &Masking, rows: &Rows, y: &mut [u8]) -> u64 {
    let words = work.table.words();
    let (change, masks) = y.split_at_mut(work.mask_bytes() * 32);
    let starts: Vec<usize> = (0..work.elements).step_by(BLOCK).collect();
    let mut masks: Vec<_> =
        masks.chunks_exact_mut(work.mask_bytes().max(1)).map(|row| row.chunks_mut(BLOCK / 8)).collect();
    let parts = starts.iter().map(|_| masks.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>());
    let blocks: Vec<Block> = starts
        .iter()
        .zip(change.chunks_mut(BLOCK * size_of::<f32>()))
        .zip(parts)
        .map(|((&start, change), masks)| Block { start, end: (start + BLOCK).min(work.elements), change, masks })
        .collect();
    blocks.into_par_iter().map(|block| block.fill(Words::new(&words, work.experts()), rows)).sum()
}

/// Some elements of the work, and where their results go.
struct Block<'y> {
    start: usize,
    end: usize,
    change: &'y mut [u8],
    /// One row of bits for each expert.
    masks: Vec<&'y mut [u8]>,
}

impl Block<'_> {
    fn fill(mut self, words: Words, rows: &Rows) -> u64 {
        self.change.fill(0);
        self.masks.iter_mut().for_each(|row| row.fill(0));
        (self.start..self.end).step_by(TILE).map(|start| self.tile(start, words, rows)).sum()
    }

    fn tile(&mut self, start: usize, words: Words, rows: &Rows) -> u64 {
        let at = start..(start + TILE).min(self.end);
        let (within, length) = (start - self.start, at.len());
        let combining = Combining::new(rows, at, words);
        let change = &mut self.change[within * 4..][..length * 4];
        change.copy_from_slice(bytemuck::cast_slice(combining.combined()));
        let mut needed = [0u8; TILE];
        for (t, row) in self.masks.iter_mut().enumerate() {
            combining.needed(t, words.selectivity(t), &mut needed);
            needed[length..].fill(0);
            pack(&needed[..length.next_multiple_of(8)], &mut row[within / 8..]);
        }
        combining.not_finite()
    }
}

/// Packs bytes that are 0 or 1 into bits, the first into the highest bit of the first byte.
fn pack(flags: &[u8], bits: &mut [u8]) {
    for (eight, byte) in flags.as_chunks::<8>().0.iter().zip(bits) {
        // Byte i of the word lands in bit 7 - i of the highest byte of the product.
        *byte = (u64::from_le_bytes(*eight).wrapping_mul(0x8040_2010_0804_0201) >> 56) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn bits_lie_as_numpy_packs_them() {
        let mut bits = [0u8; 2];
        pack(&[1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &mut bits);
        assert_eq!(bits, [0xd0, 0x01]);
        for at in 0..8 {
            let mut flags = [0u8; 8];
            flags[at] = 1;
            pack(&flags, &mut bits[..1]);
            assert_eq!(bits[0], 0x80 >> at);
        }
    }
}
