//! The kernels that write the elements of a model: one row of the table for each WGSL file.

mod add_changes;
mod elect_changes;
mod weighted_sum;

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use crate::Apply;
use crate::cpu::Rows;
use crate::dispatch::Task;
use crate::source::{self, Source};
use crate::{change, mask};

/// What happens to the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kernel {
    /// y = Σ c\[s\]·x\[s\]: averages and other weighted sums.
    WeightedSum,
    /// y = x\[0\] + Σ c\[t−1\]·(x\[t\] − x\[0\]) for t ≥ 1: task arithmetic on a base.
    AddChanges,
    /// TIES on a base; its coefficients are the words of a [`crate::Table`].
    ElectChanges,
    /// A combined change on a base, as far as enough skills need it; coefficients as before.
    Consensus,
    /// A combined change on a base, as far as one skill needs it; coefficients as before.
    Keep,
}

impl Kernel {
    /// All kernels.
    pub const ALL: [Kernel; 5] =
        [Kernel::WeightedSum, Kernel::AddChanges, Kernel::ElectChanges, Kernel::Consensus, Kernel::Keep];

    /// Name: the stem of its WGSL file.
    pub fn name(self) -> &'static str {
        self.row().source.name
    }

    /// How many coefficients it takes for this many sources.
    pub fn coefficients(self, sources: usize) -> usize {
        let experts = sources.saturating_sub(1);
        match self.row().coefficients {
            Coefficients::OneEach => sources,
            Coefficients::OneEachExpert => experts,
            Coefficients::Table => change::table_words(experts),
        }
    }

    /// The whole WGSL as the driver gets it.
    pub fn wgsl(self) -> String {
        self.source().text()
    }

    pub(crate) fn source(self) -> Source {
        self.row().source
    }

    pub(crate) fn tile(self) -> Tile {
        self.row().tile
    }

    pub(crate) fn row(self) -> &'static Row {
        match self {
            Kernel::WeightedSum => &weighted_sum::ROW,
            Kernel::AddChanges => &add_changes::ROW,
            Kernel::ElectChanges => &elect_changes::ROW,
            Kernel::Consensus => &mask::consensus::ROW,
            Kernel::Keep => &mask::keep::ROW,
        }
    }
}

/// Computes the sums of the elements in a range, before they are encoded: the processor's half of a kernel.
pub(crate) type Tile = fn(&Rows, Range<usize>, &[f32], &mut [f32]);

/// One kernel of the table.
pub(crate) struct Row {
    pub(crate) source: Source,
    pub(crate) coefficients: Coefficients,
    pub(crate) tile: Tile,
}

/// Which coefficients a kernel takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coefficients {
    /// One for each row of x.
    OneEach,
    /// One for each row but the first.
    OneEachExpert,
    /// The words of a [`crate::Table`].
    Table,
}

/// Parameters of every kernel of this family, as the shaders declare them.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(crate) struct Params {
    pub(crate) elements: u32,
    pub(crate) sources: u32,
    pub(crate) row_words: u32,
    pub(crate) grid_width: u32,
}

/// The work of a card, where a dimension of the grid holds at most `most` groups.
///
/// Counts fit into `u32`, because x fits into a binding.
pub(crate) fn task<'a>(work: &'a Apply, x: &'a [u8], y_bytes: usize, most: u32) -> Task<'a> {
    let groups = grid(work.elements, most);
    Task {
        label: work.kernel.name(),
        params: params(work.elements, work.sources, x.len(), groups.0 * source::group_size()),
        groups,
        x,
        c: bytemuck::cast_slice(work.coefficients),
        y_bytes: y_bytes as u64,
        counters: 1,
    }
}

/// The parameters of work on `sources` rows that fill `x_bytes`.
pub(crate) fn params(elements: usize, sources: usize, x_bytes: usize, grid_width: u32) -> Vec<u8> {
    let row_words = (x_bytes / sources / size_of::<u32>()) as u32;
    let params = Params { elements: elements as u32, sources: sources as u32, row_words, grid_width };
    bytemuck::bytes_of(&params).to_vec()
}

/// Groups along both dimensions for this many elements, where a dimension holds at most `most`.
///
/// Covers every pair; what is over is turned away by the check of the bound.
pub(crate) fn grid(elements: usize, most: u32) -> (u32, u32) {
    let groups = elements.div_ceil(2).div_ceil(source::group_size() as usize).max(1);
    let rows = groups.div_ceil(most as usize);
    let columns = groups.div_ceil(rows);
    (columns as u32, rows as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_covers_every_pair_and_keeps_to_the_limit() {
        let group = source::group_size() as usize;
        for elements in [0, 1, 2, 511, 512, 513, 3 * 2 * group, 3 * 2 * group + 1, 65_535 * 2 * group + 1, 1 << 31] {
            for most in [1 << 16, 65_535, 3] {
                let (columns, rows) = grid(elements, most);
                let pairs = columns as usize * rows as usize * group;
                assert!(pairs >= elements.div_ceil(2), "{elements} {most}");
                assert!(columns <= most && columns > 0);
                assert!(pairs < elements.div_ceil(2) + group * (rows as usize + 1), "{elements} {most}: wasteful");
            }
        }
    }
}
