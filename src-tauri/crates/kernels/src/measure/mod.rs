//! The kernels that reduce a model to a few numbers.
//!
//! Sums are kept for every block of [`BLOCK`] elements, whatever the pieces in which the elements come.

pub(crate) mod gram;
pub(crate) mod magnitudes;

use crate::cpu::BLOCK;
use crate::engine::expect_length;
use crate::{Error, Float, row_bytes};

/// One piece of work: the rows of a base and of experts, to be measured.
///
/// # Shapes
/// x holds `sources` rows, each `row_bytes(elements, input)` bytes long, packed as for [`crate::Apply`]:
/// the base first, then the experts.
///
/// # Order
/// A tensor that is cut into pieces of whole blocks gives the blocks of the whole, bit for bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Rows of x; at least 1.
    pub sources: usize,
    /// Elements in each row.
    pub elements: usize,
    /// Number type of x.
    pub input: Float,
}

impl Measure {
    /// Elements of a block; the last of a tensor may be shorter.
    pub const BLOCK: usize = BLOCK;

    /// Bytes of x.
    pub fn x_bytes(&self) -> usize {
        self.sources * row_bytes(self.elements, self.input)
    }

    /// Rows of experts.
    pub fn experts(&self) -> usize {
        self.sources.saturating_sub(1)
    }

    /// Numbers that [`Gram::blocks`] holds for one block.
    pub fn sums(&self) -> usize {
        pairs(self.experts()) + 1
    }

    /// Refuses an x whose length does not belong to this work.
    pub(crate) fn check(&self, x: &[u8]) -> Result<(), Error> {
        if self.sources == 0 {
            return Err(Error::NoSources { kernel: gram::SOURCE.name });
        }
        expect_length("x", self.x_bytes(), x.len())
    }
}

/// How the changes of the experts lie to each other, block by block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gram {
    /// For each block in order: the inner products of the changes of experts i and j, i ≤ j, in the order
    /// (0, 0), (0, 1), …, (1, 1), …; then the squared length of the base.
    ///
    /// A block that holds elements which are not finite sums to nothing meaningful.
    pub blocks: Vec<Vec<f64>>,
    /// Elements of each row that are NaN or infinite; padding is not counted.
    pub not_finite: Vec<u64>,
}

impl Gram {
    /// Whether every sum is a number. Sums of finite rows always are on the processor, and on a card as long as they
    /// stay below the limit in the shader's header.
    pub fn is_finite(&self) -> bool {
        self.blocks.iter().flatten().all(|sum| sum.is_finite())
    }
}

/// Pairs i ≤ j of so many.
pub(crate) fn pairs(count: usize) -> usize {
    count * (count + 1) / 2
}
