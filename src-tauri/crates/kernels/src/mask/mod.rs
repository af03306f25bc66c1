//! The kernels that make masks, use them and count them.

pub(crate) mod consensus;
pub(crate) mod keep;
pub(crate) mod keep_masks;
pub(crate) mod tally_masks;

use crate::change::Table;
use crate::engine::expect_length;
use crate::{Error, Float, Rule, row_bytes};

/// One piece of work: rows of a base and of experts whose masks are wanted.
///
/// # Shapes
/// x holds `sources` rows, each `row_bytes(elements, input)` bytes long, packed as for [`crate::Apply`]:
/// the base first, then the experts.
#[derive(Debug, Clone, Copy)]
pub struct Masking<'a> {
    /// Rows of x; at least 2.
    pub sources: usize,
    /// Elements in each row.
    pub elements: usize,
    /// Number type of x.
    pub input: Float,
    /// How task vectors are combined; one entry for each expert.
    pub table: Table<'a>,
}

impl Masking<'_> {
    /// Bytes of x.
    pub fn x_bytes(&self) -> usize {
        self.sources * row_bytes(self.elements, self.input)
    }

    /// Rows of experts.
    pub fn experts(&self) -> usize {
        self.sources.saturating_sub(1)
    }

    /// Bytes of the bits of one mask: whole words of 32 bits.
    pub fn mask_bytes(&self) -> usize {
        mask_bytes(self.elements)
    }

    /// Bytes of y as [`crate::Engine::masks`] fills it: the combined change as f32, little-endian, zeros up to a multiple
    /// of 32 elements, then the bits of every mask.
    pub fn y_bytes(&self) -> usize {
        self.mask_bytes() * (32 + self.experts())
    }

    /// Where the bits of mask `t` lie in y.
    pub fn mask(&self, t: usize) -> std::ops::Range<usize> {
        let start = self.mask_bytes() * (32 + t);
        start..start + self.elements.div_ceil(8)
    }

    /// Refuses selectivities that are not one for each expert, column by column.
    pub(crate) fn check_columns(&self, columns: &[f32]) -> Result<(), Error> {
        let whole = columns.len().next_multiple_of(self.experts()).max(self.experts());
        expect_length("columns", whole, columns.len())
    }

    /// Refuses an x, or a table, whose lengths do not belong to this work.
    pub(crate) fn check(&self, x: &[u8]) -> Result<(), Error> {
        if self.sources < 2 {
            return Err(Error::NoSources { kernel: keep_masks::SOURCE.name });
        }
        expect_length("strengths", self.experts(), self.table.strengths.len())?;
        expect_length("selectivity", self.experts(), self.table.selectivity.len())?;
        expect_length("cuts", self.experts(), self.table.cuts.len())?;
        expect_length("x", self.x_bytes(), x.len())
    }
}

/// Bytes of one bit for each of so many elements: whole words of 32 bits.
pub(crate) const fn mask_bytes(elements: usize) -> usize {
    elements.div_ceil(32) * 4
}

/// Masks counted, for several columns of selectivities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Elements that at least one expert changed.
    pub changed: u64,
    /// Of these, those that all who changed them moved to the same side.
    pub same_side: u64,
    /// Largest absolute value of the combined change.
    pub largest: f32,
    /// Elements where some row is NaN or infinite.
    pub not_finite: u64,
    /// One for each column.
    pub columns: Vec<Column>,
}

/// Masks counted, for one selectivity of every expert.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Elements that the mask of an expert keeps \[T\].
    pub kept: Vec<u64>,
    /// Elements that so many masks keep \[T + 1\].
    pub needed: Vec<u64>,
    /// Elements that the masks of experts t < u both keep, in the order (0, 1), (0, 2), …, (1, 2), ….
    pub overlap: Vec<u64>,
    /// Squared length of the combined change of the elements that so many masks keep \[T + 1\].
    pub change: Vec<f64>,
}

impl Column {
    /// Of so many experts, nothing counted.
    pub(crate) fn of(experts: usize) -> Self {
        Self {
            kept: vec![0; experts],
            needed: vec![0; experts + 1],
            overlap: vec![0; overlaps(experts)],
            change: vec![0.0; experts + 1],
        }
    }

    fn add(&mut self, other: &Column) {
        let add = |sums: &mut Vec<u64>, more: &[u64]| sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut self.kept, &other.kept);
        add(&mut self.needed, &other.needed);
        add(&mut self.overlap, &other.overlap);
        self.change.iter_mut().zip(&other.change).for_each(|(sum, more)| *sum += more);
    }
}

impl Counts {
    /// Of so many experts and columns, nothing counted.
    pub fn of(experts: usize, columns: usize) -> Self {
        Self { columns: vec![Column::of(experts); columns], ..Self::default() }
    }

    /// Adds what was counted in further elements.
    pub fn add(&mut self, other: &Counts) {
        self.changed += other.changed;
        self.same_side += other.same_side;
        self.not_finite += other.not_finite;
        self.largest = self.largest.max(other.largest);
        self.columns.iter_mut().zip(&other.columns).for_each(|(sum, more)| sum.add(more));
    }
}

/// Pairs i < j of so many.
pub(crate) const fn overlaps(experts: usize) -> usize {
    experts * experts.saturating_sub(1) / 2
}

/// Whether a rule makes masks by selectivity; the masks of EMR have none.
pub(crate) fn has_selectivity(rule: Rule) -> bool {
    rule != Rule::Elect
}
