//! Combining task vectors: the rules, the table that kernels read, and the processor's half of `family/changes.wgsl`.

use std::ops::Range;

use crate::cpu::{Loop, Rows, Sums, TILE};

/// How task vectors are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Their sum.
    Sum,
    /// TIES: trimmed, a sign elected, what agrees added up or averaged.
    Ties,
    /// EMR: a sign elected, the largest of what agrees.
    Elect,
}

impl Rule {
    /// The constant of this rule in `family/changes.wgsl`.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Rule::Sum => 0,
            Rule::Ties => 1,
            Rule::Elect => 2,
        }
    }
}

/// What trimming leaves of a task vector: elements whose size has larger bits than `threshold`, and of those that equal
/// it the ones before `border`, counted from the first element of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Bits of the size, without the sign.
    pub threshold: u32,
    /// Index of the first element that does not stay although it equals the threshold.
    pub border: u32,
}

impl Cut {
    /// Leaves everything.
    pub const ALL: Cut = Cut { threshold: 0, border: u32::MAX };
}

/// Everything that kernels know about combining, besides the elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table<'a> {
    /// How task vectors are combined.
    pub rule: Rule,
    /// Whether what agrees is averaged, not added up.
    pub is_mean: bool,
    /// What the kernel says: how many skills have to need a weight, or which expert is restored.
    pub number: u32,
    /// Strength of every expert \[T\].
    pub strengths: &'a [f32],
    /// Selectivity of every mask \[T\].
    pub selectivity: &'a [f32],
    /// What trimming leaves \[T\]; looked at by [`Rule::Ties`] only.
    pub cuts: &'a [Cut],
}

/// Words of the table before the rows.
pub(crate) const HEAD: usize = 4;

/// Words of the table of so many experts.
pub(crate) const fn table_words(experts: usize) -> usize {
    HEAD + 4 * experts
}

impl Table<'_> {
    /// The table as kernels read it: words of 32 bits, here in the type of coefficients.
    ///
    /// Whole numbers travel as the floats with their bits; none of them is the bits of a signalling NaN, since borders
    /// lie within a piece of work and thresholds are sizes of finite numbers.
    pub fn words(&self) -> Vec<f32> {
        let head = [self.rule.code(), u32::from(self.is_mean), self.number, 0];
        let thresholds = self.cuts.iter().map(|cut| cut.threshold);
        let cuts = thresholds.chain(self.cuts.iter().map(|cut| cut.border));
        let floats = self.strengths.iter().chain(self.selectivity).copied();
        head.into_iter().map(f32::from_bits).chain(floats).chain(cuts.map(f32::from_bits)).collect()
    }
}

/// What a table says of its own, from its words.
pub(crate) fn number(words: &[f32]) -> u32 {
    words[2].to_bits()
}

/// The words of a table, read.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    words: &'a [f32],
    experts: usize,
}

impl<'a> Words<'a> {
    /// The table of `experts` experts at the beginning of `words`, which are as long as [`table_words`] says.
    pub(crate) fn new(words: &'a [f32], experts: usize) -> Self {
        Self { words, experts }
    }

    pub(crate) fn rule(&self) -> Rule {
        [Rule::Sum, Rule::Ties].into_iter().find(|rule| rule.code() == self.word(0)).unwrap_or(Rule::Elect)
    }

    fn is_mean(&self) -> bool {
        self.word(1) != 0
    }

    pub(crate) fn number(&self) -> u32 {
        number(self.words)
    }

    fn word(&self, at: usize) -> u32 {
        self.words[at].to_bits()
    }

    fn row(&self, row: usize, t: usize) -> u32 {
        self.word(HEAD + row * self.experts + t)
    }

    pub(crate) fn strength(&self, t: usize) -> f32 {
        f32::from_bits(self.row(0, t))
    }

    pub(crate) fn selectivity(&self, t: usize) -> f32 {
        f32::from_bits(self.row(1, t))
    }

    fn cut(&self, t: usize) -> Cut {
        Cut { threshold: self.row(2, t), border: self.row(3, t) }
    }
}

const MAGNITUDE: u32 = 0x7fff_ffff;
const INFINITY: u32 = 0x7f80_0000;

/// Whether both are above zero, or both below. Without branches: signs of changes cannot be foretold.
#[inline(always)]
fn agree(a: f32, b: f32) -> bool {
    ((a > 0.0) & (b > 0.0)) | ((a < 0.0) & (b < 0.0))
}

/// The value, or 0 where it is not wanted; without a branch.
#[inline(always)]
pub(crate) fn only_if(wanted: bool, value: f32) -> f32 {
    f32::from_bits(value.to_bits() & 0u32.wrapping_sub(u32::from(wanted)))
}

/// The change, or 0 where its size has smaller bits than `least`.
#[inline(always)]
fn trim(change: f32, least: u32) -> f32 {
    only_if(change.to_bits() & MAGNITUDE >= least, change)
}

/// The task vectors of one tile of elements, combined step by step.
pub(crate) struct Combining<'a, 'r> {
    rows: &'r Rows<'a>,
    at: Range<usize>,
    table: Words<'r>,
    base: Sums,
    /// The task vectors as they are, one tile after the other \[T\]\[TILE\].
    changes: Vec<f32>,
    /// Sum of all task vectors as they are; not finite where an input is not.
    raw: Sums,
    /// Sum of those that vote.
    elected: Sums,
    /// The combined change with all strengths 1.
    combined: Sums,
}

impl<'a, 'r> Combining<'a, 'r> {
    /// Takes the vote on the elements `at`, at most a tile, and combines them with all strengths 1.
    pub(crate) fn new(rows: &'r Rows<'a>, at: Range<usize>, table: Words<'r>) -> Self {
        let new = Sums::new;
        let changes = vec![0.0; table.experts * TILE];
        let mut combining = Self { rows, at, table, base: new(), changes, raw: new(), elected: new(), combined: new() };
        combining.load();
        combining.vote();
        combining.combine();
        combining
    }

    fn length(&self) -> usize {
        self.at.len()
    }

    pub(crate) fn experts(&self) -> Range<usize> {
        0..self.table.experts
    }

    pub(crate) fn base(&self) -> &[f32] {
        &self.base.0[..self.length()]
    }

    pub(crate) fn raw(&self) -> &[f32] {
        &self.raw.0[..self.length()]
    }

    pub(crate) fn combined(&self) -> &[f32] {
        &self.combined.0[..self.length()]
    }

    /// The task vector of expert `t`.
    pub(crate) fn change(&self, t: usize) -> &[f32] {
        &self.changes[t * TILE..][..self.length()]
    }

    /// How many elements have an input that is not finite.
    pub(crate) fn not_finite(&self) -> u64 {
        let raw = self.raw();
        self.rows.arch.dispatch(Loop(
            #[inline(always)]
            move || {
                let mut count = 0u32;
                for raw in raw {
                    count = count.wrapping_add(u32::from(raw.to_bits() & INFINITY == INFINITY));
                }
                u64::from(count)
            },
        ))
    }

    fn load(&mut self) {
        let length = self.length();
        self.rows.load(0, self.at.clone(), &mut self.base.0[..length]);
        for (t, change) in self.changes.chunks_exact_mut(TILE).enumerate() {
            self.rows.change(t + 1, self.at.clone(), &self.base.0[..length], &mut change[..length]);
        }
    }

    /// Elements of the tile, and the smallest bits of a size that trimming leaves there: before the border and after it.
    fn cuts(&self, t: usize) -> [(Range<usize>, u32); 2] {
        let (cut, length) = (self.table.cut(t), self.length());
        let before = (cut.border as usize).saturating_sub(self.at.start).min(length);
        [(0..before, cut.threshold), (before..length, cut.threshold.saturating_add(1))]
    }

    fn vote(&mut self) {
        for t in self.experts() {
            let change = &self.changes[t * TILE..][..self.at.len()];
            add(self.rows.arch, change, 0, &mut self.raw.0);
            if self.table.rule() == Rule::Ties {
                for (span, least) in self.cuts(t) {
                    let change = &self.changes[t * TILE..][span.clone()];
                    add(self.rows.arch, change, least, &mut self.elected.0[span]);
                }
            }
        }
        if self.table.rule() != Rule::Ties {
            self.elected.0 = self.raw.0;
        }
    }

    fn combine(&mut self) {
        match self.table.rule() {
            Rule::Sum => self.combined.0 = self.raw.0,
            Rule::Ties => self.experts().for_each(|t| self.join(t)),
            Rule::Elect => self.elect(),
        }
    }

    /// Adds what is left of a task vector and agrees with the vote.
    fn join(&mut self, t: usize) {
        for (span, least) in self.cuts(t) {
            let (change, elected) = (&self.changes[t * TILE..][span.clone()], &self.elected.0[span.clone()]);
            let combined = &mut self.combined.0[span];
            self.rows.arch.dispatch(Loop(
                #[inline(always)]
                move || {
                    for ((sum, &change), &elected) in combined.iter_mut().zip(change).zip(elected) {
                        let change = trim(change, least);
                        *sum += only_if(agree(change, elected), change);
                    }
                },
            ));
        }
    }

    fn elect(&mut self) {
        let length = self.length();
        for change in self.changes.chunks_exact(TILE) {
            let (change, elected) = (&change[..length], &self.elected.0[..length]);
            let combined = &mut self.combined.0[..length];
            self.rows.arch.dispatch(Loop(
                #[inline(always)]
                move || {
                    for ((largest, &change), &elected) in combined.iter_mut().zip(change).zip(elected) {
                        let toward = if elected > 0.0 { change } else { -change };
                        *largest = if toward > *largest { toward } else { *largest };
                    }
                },
            ));
        }
        let (combined, elected) = (&mut self.combined.0[..length], &self.elected.0[..length]);
        self.rows.arch.dispatch(Loop(
            #[inline(always)]
            move || {
                for (largest, &elected) in combined.iter_mut().zip(elected) {
                    *largest = if elected > 0.0 { *largest } else { -*largest };
                }
            },
        ));
    }

    /// The combined change with every strength, into `sums`; for sums and TIES.
    pub(crate) fn scaled(&self, sums: &mut [f32]) {
        let mut count = Sums::new();
        sums.fill(0.0);
        for t in self.experts() {
            let strength = self.table.strength(t);
            if self.table.rule() == Rule::Ties {
                self.add_joining(t, strength, sums, &mut count.0);
            } else {
                self.add_scaled(t, strength, sums);
            }
        }
        if self.table.is_mean() {
            let count = &count.0[..self.length()];
            self.rows.arch.dispatch(Loop(
                #[inline(always)]
                || {
                    for (sum, &count) in sums.iter_mut().zip(count) {
                        *sum /= if count > 1.0 { count } else { 1.0 };
                    }
                },
            ));
        }
    }

    fn add_scaled(&self, t: usize, strength: f32, sums: &mut [f32]) {
        let change = self.change(t);
        self.rows.arch.dispatch(Loop(
            #[inline(always)]
            move || {
                for (sum, &change) in sums.iter_mut().zip(change) {
                    let product = strength * change;
                    *sum += product;
                }
            },
        ));
    }

    /// Adds what is left of a task vector and agrees with the vote, with its strength, and counts it.
    fn add_joining(&self, t: usize, strength: f32, sums: &mut [f32], count: &mut [f32]) {
        for (span, least) in self.cuts(t) {
            let (change, elected) = (&self.change(t)[span.clone()], &self.elected.0[span.clone()]);
            let (sums, count) = (&mut sums[span.clone()], &mut count[span]);
            self.rows.arch.dispatch(Loop(
                #[inline(always)]
                move || {
                    let both = change.iter().zip(elected);
                    for ((sum, count), (&change, &elected)) in sums.iter_mut().zip(count.iter_mut()).zip(both) {
                        let change = trim(change, least);
                        let agrees = agree(change, elected);
                        let product = strength * only_if(agrees, change);
                        *sum += product;
                        *count += only_if(agrees, 1.0);
                    }
                },
            ));
        }
    }

    /// Says for every element whether the mask of `t` with this selectivity keeps it: 1 or 0 into `needed`.
    pub(crate) fn needed(&self, t: usize, limit: f32, needed: &mut [u8]) {
        let (change, combined, needed) = (self.change(t), self.combined(), &mut needed[..self.length()]);
        if self.table.rule() == Rule::Elect {
            self.rows.arch.dispatch(Loop(
                #[inline(always)]
                move || {
                    for ((needed, &change), &combined) in needed.iter_mut().zip(change).zip(combined) {
                        *needed = u8::from(agree(change, combined));
                    }
                },
            ));
        } else {
            self.rows.arch.dispatch(Loop(
                #[inline(always)]
                move || {
                    for ((needed, &change), &combined) in needed.iter_mut().zip(change).zip(combined) {
                        *needed = u8::from(change.abs() > limit * (combined - change).abs());
                    }
                },
            ));
        }
    }

    /// What the mask of `t` compares: it keeps an element where `sizes` is above the selectivity times `others`.
    /// For masks without selectivity `sizes` is 1 or 0, and `others` 0.
    pub(crate) fn compared(&self, t: usize, sizes: &mut [f32], others: &mut [f32]) {
        let (change, combined) = (self.change(t), self.combined());
        let is_elect = self.table.rule() == Rule::Elect;
        self.rows.arch.dispatch(Loop(
            #[inline(always)]
            move || {
                let both = change.iter().zip(combined);
                for ((size, other), (&change, &combined)) in sizes.iter_mut().zip(others.iter_mut()).zip(both) {
                    *size = if is_elect { only_if(agree(change, combined), 1.0) } else { change.abs() };
                    *other = only_if(!is_elect, (combined - change).abs());
                }
            },
        ));
    }

    /// Adds the base to a change; where some input is not finite, the result is not either.
    pub(crate) fn finish(&self, sums: &mut [f32]) {
        self.rows.add_base(self.base(), sums);
        let raw = self.raw();
        self.rows.arch.dispatch(Loop(
            #[inline(always)]
            move || {
                for (sum, &raw) in sums.iter_mut().zip(raw) {
                    *sum = if raw.is_finite() { *sum } else { f32::NAN };
                }
            },
        ));
    }
}

/// Adds what is left of a task vector.
fn add(arch: pulp::Arch, change: &[f32], least: u32, sums: &mut [f32]) {
    arch.dispatch(Loop(
        #[inline(always)]
        move || {
            for (sum, &change) in sums.iter_mut().zip(change) {
                *sum += trim(change, least);
            }
        },
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_they_were() {
        let cuts = [Cut { threshold: 7, border: 2 }, Cut::ALL];
        let table = Table {
            rule: Rule::Elect,
            is_mean: true,
            number: 3,
            strengths: &[0.5, -1.0],
            selectivity: &[0.4, 0.2],
            cuts: &cuts,
        };
        let words = table.words();
        assert_eq!(words.len(), table_words(2));
        let read = Words::new(&words, 2);
        assert_eq!((read.rule(), read.is_mean(), read.number()), (Rule::Elect, true, 3));
        assert_eq!((read.strength(1), read.selectivity(0)), (-1.0, 0.4));
        assert_eq!([read.cut(0), read.cut(1)], cuts);
    }

    #[test]
    fn agreeing_takes_two_signs() {
        let cases = [(1.0, 2.0, true), (-1.0, -2.0, true), (1.0, -1.0, false), (0.0, 1.0, false), (-0.0, -1.0, false)];
        for (a, b, expected) in cases {
            assert_eq!(agree(a, b), expected, "{a} {b}");
        }
        assert!(!agree(f32::NAN, 1.0));
    }
}
