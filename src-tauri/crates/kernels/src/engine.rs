//! What an engine is, and what it is asked to do.

use protocol::engine::EngineCard;

use crate::{Counts, Digit, Error, Float, Gram, Kernel, Magnitudes, Masking, Measure, change, row_bytes};

/// One piece of work: one kernel over all elements of some rows.
///
/// # Shapes
/// x holds `sources` rows, each `row_bytes(elements, input)` bytes long: elements packed little-endian as in the file,
/// an odd count padded with one zero. y holds one row of `row_bytes(elements, output)` bytes.
///
/// # Order
/// Elements do not know of each other, so any split of the elements over several calls gives the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct Apply<'a> {
    /// What happens to the elements.
    pub kernel: Kernel,
    /// Rows of x; at least 1.
    pub sources: usize,
    /// Elements in each row.
    pub elements: usize,
    /// Number type of x.
    pub input: Float,
    /// Number type of y.
    pub output: Float,
    /// As many as [`Kernel::coefficients`] says.
    pub coefficients: &'a [f32],
}

impl Apply<'_> {
    /// Bytes of x.
    pub fn x_bytes(&self) -> usize {
        self.sources * row_bytes(self.elements, self.input)
    }

    /// Bytes of y.
    pub fn y_bytes(&self) -> usize {
        row_bytes(self.elements, self.output)
    }

    /// Refuses slices whose lengths do not belong to this work.
    pub(crate) fn check(&self, x: &[u8], y: &[u8]) -> Result<(), Error> {
        if self.sources == 0 {
            return Err(Error::NoSources { kernel: self.kernel.name() });
        }
        let coefficients = self.kernel.coefficients(self.sources);
        expect_length("coefficients", coefficients, self.coefficients.len())?;
        if self.kernel == Kernel::Keep {
            expect_expert(change::number(self.coefficients) as usize, self.sources - 1)?;
        }
        expect_length("x", self.x_bytes(), x.len())?;
        expect_length("y", self.y_bytes(), y.len())
    }
}

pub(crate) fn expect_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::WrongLength { what, expected, found }) }
}

/// Refuses an expert that is not one of so many.
pub(crate) fn expect_expert(t: usize, experts: usize) -> Result<(), Error> {
    if t < experts { Ok(()) } else { Err(Error::WrongLength { what: "experts", expected: t + 1, found: experts }) }
}

/// What was counted while working.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Elements of y that are NaN or infinite in the type of y; padding is not counted.
    pub not_finite: u64,
}

/// Someone who can do the arithmetic.
pub trait Engine: Send {
    /// Who it is.
    fn card(&self) -> &EngineCard;

    /// Largest x, in bytes, to hand over at once.
    fn binding_bytes(&self) -> u64;

    /// Computes y from x.
    ///
    /// # Order
    /// The same engine gives the same bytes for the same work, however the elements are split.
    /// Engines agree within the tolerance stated in the header of the kernel's WGSL file.
    /// The padding of an odd row of y is zero.
    ///
    /// # Errors
    /// [`Error::NoSources`], [`Error::WrongLength`] and [`Error::TooLarge`] for work that does not fit together;
    /// y is untouched. The others come from a graphics card; what y holds then means nothing.
    /// After [`Error::Lost`] every call fails like that.
    fn apply(&mut self, work: &Apply, x: &[u8], y: &mut [u8]) -> Result<Tally, Error>;

    /// Measures how the changes of experts against a base lie to each other: all their inner products.
    ///
    /// # Order
    /// The same engine gives the same bits for the same block, whatever the other blocks of the work.
    /// Engines agree within the tolerance stated in the header of `measure/gram.wgsl`.
    ///
    /// # Errors
    /// As for [`Engine::apply`].
    fn gram(&mut self, work: &Measure, x: &[u8]) -> Result<Gram, Error>;

    /// Counts the sizes of the changes of every expert by a digit of their bits; exact on every engine.
    ///
    /// # Errors
    /// As for [`Engine::apply`].
    fn magnitudes(&mut self, work: &Measure, digit: Digit, x: &[u8]) -> Result<Magnitudes, Error>;

    /// Computes the combined change with all strengths 1, and the bits of every expert's mask, into y as
    /// [`Masking::y_bytes`] says. [`Tally::not_finite`] counts elements where some row is NaN or infinite.
    ///
    /// # Order
    /// Pieces whose lengths are multiples of 32 give the bytes of the whole.
    ///
    /// # Errors
    /// As for [`Engine::apply`].
    fn masks(&mut self, work: &Masking, x: &[u8], y: &mut [u8]) -> Result<Tally, Error>;

    /// Counts the masks of every expert for several selectivities: `columns` holds one for each expert, column by column.
    ///
    /// Counts are exact on every engine; sums of squares agree within the bound of `mask/tally_masks.wgsl`.
    ///
    /// # Errors
    /// As for [`Engine::apply`].
    fn count_masks(&mut self, work: &Masking, columns: &[f32], x: &[u8]) -> Result<Counts, Error>;
}

/// An engine that is only lent, so that it can be used again.
impl<E: Engine + ?Sized> Engine for &mut E {
    fn card(&self) -> &EngineCard {
        (**self).card()
    }

    fn binding_bytes(&self) -> u64 {
        (**self).binding_bytes()
    }

    fn apply(&mut self, work: &Apply, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        (**self).apply(work, x, y)
    }

    fn gram(&mut self, work: &Measure, x: &[u8]) -> Result<Gram, Error> {
        (**self).gram(work, x)
    }

    fn magnitudes(&mut self, work: &Measure, digit: Digit, x: &[u8]) -> Result<Magnitudes, Error> {
        (**self).magnitudes(work, digit, x)
    }

    fn masks(&mut self, work: &Masking, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        (**self).masks(work, x, y)
    }

    fn count_masks(&mut self, work: &Masking, columns: &[f32], x: &[u8]) -> Result<Counts, Error> {
        (**self).count_masks(work, columns, x)
    }
}
