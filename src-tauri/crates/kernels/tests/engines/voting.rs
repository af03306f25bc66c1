//! Combining task vectors one element at a time, as the papers put it: the reference for kernels with a table.

use kernels::{Cut, Engine, Float, Kernel, Masking, Rule, Table, Tally};

use crate::reference::{Expected, FLUSH, STEP, agrees};
use crate::support::{Case, Stream, bits, pack, value};

/// One piece of work for a kernel with a table.
#[derive(Debug, Clone)]
pub struct Mixed {
    pub rule: Rule,
    pub is_mean: bool,
    pub number: u32,
    pub strengths: Vec<f32>,
    pub selectivity: Vec<f32>,
    pub cuts: Vec<Cut>,
    pub input: Float,
    pub output: Float,
    /// The base, then the experts.
    pub rows: Vec<Vec<u32>>,
}

pub const RULES: [Rule; 3] = [Rule::Sum, Rule::Ties, Rule::Elect];

/// Rules of a kernel.
pub fn rules(kernel: Kernel) -> &'static [Rule] {
    match kernel {
        Kernel::ElectChanges => &RULES[1..2],
        Kernel::Consensus => &RULES[..2],
        _ => &RULES,
    }
}

pub const TABLED: [Kernel; 3] = [Kernel::ElectChanges, Kernel::Consensus, Kernel::Keep];

/// A base and experts whose changes are small multiples of 1/64: full of ties, zeros and votes without a winner, exact in
/// every number type.
pub fn coarse(input: Float, experts: usize, elements: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut stream = Stream(seed);
    let mut step = |most: u64| (stream.word() >> 20) as f32 % (2.0 * most as f32 + 1.0) - most as f32;
    let base: Vec<f32> = (0..elements).map(|_| step(60)).collect();
    let row = |t: usize| base.iter().map(|x| bits(input, (x + if t == 0 { 0.0 } else { step(4) }) / 64.0)).collect();
    (0..=experts).map(row).collect()
}

impl Mixed {
    /// Work on these rows: everything is kept, strengths and selectivities of many kinds.
    pub fn of(rule: Rule, input: Float, output: Float, rows: Vec<Vec<u32>>) -> Self {
        let experts = rows.len() - 1;
        let cycle = |values: &[f32]| values.iter().copied().cycle().take(experts).collect();
        Self {
            rule,
            is_mean: false,
            number: 0,
            strengths: cycle(&[0.7, -0.3, 1.0, 0.0, 0.123_456_79, -2.5]),
            selectivity: cycle(&[0.4, 0.5, 1.0, 0.25]),
            cuts: vec![Cut::ALL; experts],
            input,
            output,
            rows,
        }
    }

    /// Random or coarse rows, with cuts at sizes that occur and borders everywhere.
    pub fn any(rule: Rule, floats: (Float, Float), experts: usize, elements: usize, seed: u64) -> Self {
        let rows = match seed % 2 {
            0 => coarse(floats.0, experts, elements, seed),
            _ => Stream(seed).rows(floats.0, experts + 1, elements),
        };
        let mut mixed = Self::of(rule, floats.0, floats.1, rows);
        mixed.number = (seed / 2 % (experts as u64 + 2)) as u32;
        mixed.is_mean = rule == Rule::Ties && seed.is_multiple_of(3);
        mixed.cut_anywhere(&mut Stream(seed ^ 0x55));
        mixed
    }

    fn cut_anywhere(&mut self, stream: &mut Stream) {
        let elements = self.elements();
        for t in 0..self.experts() {
            let mut any = || (stream.word() >> 8) as usize % elements.max(1);
            let threshold = if elements == 0 { 0 } else { self.change(t, any()).abs().to_bits() };
            let border = [0, any(), any(), elements, u32::MAX as usize][any() % 5] as u32;
            self.cuts[t] = Cut { threshold, border };
        }
    }

    pub fn experts(&self) -> usize {
        self.rows.len() - 1
    }

    pub fn elements(&self) -> usize {
        self.rows[0].len()
    }

    pub fn table(&self) -> Table<'_> {
        Table {
            rule: self.rule,
            is_mean: self.is_mean,
            number: self.number,
            strengths: &self.strengths,
            selectivity: &self.selectivity,
            cuts: &self.cuts,
        }
    }

    pub fn case(&self, kernel: Kernel) -> Case {
        let coefficients = self.table().words();
        Case { kernel, input: self.input, output: self.output, coefficients, rows: self.rows.clone() }
    }

    pub fn run(&self, kernel: Kernel, engine: &mut dyn Engine) -> (Vec<u32>, Tally) {
        self.case(kernel).run(engine)
    }

    pub fn masking(&self) -> Masking<'_> {
        Masking { sources: self.rows.len(), elements: self.elements(), input: self.input, table: self.table() }
    }

    pub fn x(&self) -> Vec<u8> {
        self.rows.iter().flat_map(|row| pack(self.input, row)).collect()
    }

    /// The same work on some of the elements, borders moved along.
    pub fn part(&self, at: std::ops::Range<usize>) -> Self {
        let moved = |cut: &Cut| Cut { border: cut.border.saturating_sub(at.start as u32), ..*cut };
        Self {
            rows: self.rows.iter().map(|row| row[at.clone()].to_vec()).collect(),
            cuts: self.cuts.iter().map(moved).collect(),
            ..self.clone()
        }
    }

    fn x_at(&self, row: usize, j: usize) -> f64 {
        value(self.input, self.rows[row][j])
    }

    /// Task vector of expert `t`, rounded once.
    pub fn change(&self, t: usize, j: usize) -> f32 {
        self.x_at(t + 1, j) as f32 - self.x_at(0, j) as f32
    }

    pub fn voted(&self, j: usize) -> Voted {
        let changes: Vec<f32> = (0..self.experts()).map(|t| self.change(t, j)).collect();
        let sum = |values: &[f32]| values.iter().fold(0.0f32, |sum, value| sum + value);
        let trimmed: Vec<f32> = match self.rule {
            Rule::Ties => changes.iter().zip(&self.cuts).map(|(&change, cut)| trim(change, cut, j)).collect(),
            _ => changes.clone(),
        };
        let votes = sum(&trimmed);
        let flag = if votes > 0.0 { 1.0 } else { -1.0 };
        let joins = |&value: &f32| match self.rule {
            Rule::Sum => true,
            Rule::Ties => votes != 0.0 && value * flag > 0.0,
            Rule::Elect => value * flag > 0.0,
        };
        let joins: Vec<bool> = trimmed.iter().map(joins).collect();
        let joining: Vec<f32> =
            trimmed.iter().zip(&joins).filter(|(_, joins)| **joins).map(|(value, _)| *value).collect();
        let combined = match self.rule {
            Rule::Elect => flag * joining.iter().fold(0.0f32, |most, value| value.abs().max(most)),
            _ => sum(&joining),
        };
        Voted { is_spoiled: !sum(&changes).is_finite(), changes, joins, combined, is_elect: self.rule == Rule::Elect }
    }

    /// The element `j` of the result, by the header's formula, with its bound.
    pub fn expect(&self, kernel: Kernel, j: usize) -> Expected {
        let voted = self.voted(j);
        let base = self.x_at(0, j);
        if voted.is_spoiled {
            return Expected { value: f64::NAN, tolerance: 0.0, is_open: false };
        }
        let stays = match kernel {
            Kernel::Consensus => voted.needed(&self.selectivity) >= self.number as usize,
            Kernel::Keep => voted.mask(self.number as usize, self.selectivity[self.number as usize]),
            _ => true,
        };
        let (change, tolerance) = match kernel {
            _ if !stays => (0.0, 0.0),
            Kernel::Keep => self.restored(&voted, j),
            _ => self.scaled(&voted, j),
        };
        Expected { value: base + change, tolerance: tolerance + STEP * base.abs(), is_open: false }
    }

    /// Exact task vectors of those that join, each with its strength.
    fn joining(&self, voted: &Voted, j: usize) -> Vec<(f64, f64)> {
        let change = |t: usize| self.x_at(t + 1, j) - self.x_at(0, j);
        let joining = (0..self.experts()).filter(|&t| voted.joins[t]);
        joining.map(|t| (change(t), f64::from(self.strengths[t]))).collect()
    }

    fn scaled(&self, voted: &Voted, j: usize) -> (f64, f64) {
        let terms: Vec<f64> = self.joining(voted, j).into_iter().map(|(change, strength)| change * strength).collect();
        let share = if self.is_mean { 1.0 / terms.len().max(1) as f64 } else { 1.0 };
        let size = terms.iter().map(|term| term.abs()).sum::<f64>() * share;
        let strengths: f64 = self.strengths.iter().map(|&strength| f64::from(strength.abs())).sum();
        let sources = self.rows.len() as f64;
        // A sum has the tighter bound, that of add_changes.
        let more = if self.rule == Rule::Sum { 1.0 } else { 5.0 };
        let tolerance = (sources + more) * STEP * size + FLUSH * (2.0 * sources + 3.0 * strengths);
        (terms.iter().sum::<f64>() * share, tolerance)
    }

    fn restored(&self, voted: &Voted, j: usize) -> (f64, f64) {
        let changes: Vec<f64> = self.joining(voted, j).into_iter().map(|(change, _)| change).collect();
        let combined = match self.rule {
            Rule::Elect => {
                changes.iter().fold(0.0f64, |most, change| if change.abs() > most.abs() { *change } else { most })
            }
            _ => changes.iter().sum(),
        };
        let strength = f64::from(self.strengths[self.number as usize]);
        let size: f64 = (0..self.experts()).map(|t| (self.x_at(t + 1, j) - self.x_at(0, j)).abs()).sum();
        let sources = self.rows.len() as f64;
        let bound = (sources + 2.0) * STEP * size * (1.0 + strength.abs()) + FLUSH * (2.0 * sources + 3.0);
        (combined * strength, bound)
    }

    /// First element that is not as expected.
    pub fn first_difference(&self, kernel: Kernel, got: &[u32]) -> Option<String> {
        (0..self.elements()).find_map(|j| {
            let expected = self.expect(kernel, j);
            (!agrees(&expected, self.output, got[j])).then(|| {
                let Mixed { rule, input, output, cuts, .. } = self;
                let found = value(self.output, got[j]);
                let voted = self.voted(j);
                format!(
                    "{kernel:?} {rule:?} {input:?}→{output:?}, {j}: {found:e} for {expected:?}, {voted:?}, {cuts:?}"
                )
            })
        })
    }
}

fn trim(change: f32, cut: &Cut, j: usize) -> f32 {
    let threshold = f32::from_bits(cut.threshold);
    let stays = change.is_nan() || change.abs() > threshold || (change.abs() == threshold && j < cut.border as usize);
    if stays { change } else { 0.0 }
}

/// One element after the vote.
#[derive(Debug)]
pub struct Voted {
    /// Some input is not finite.
    pub is_spoiled: bool,
    pub changes: Vec<f32>,
    /// Who is part of the combined change.
    joins: Vec<bool>,
    /// The combined change, every strength 1.
    pub combined: f32,
    is_elect: bool,
}

impl Voted {
    /// Whether the mask of `t` keeps the element.
    pub fn mask(&self, t: usize, selectivity: f32) -> bool {
        if self.is_elect {
            return self.joins[t];
        }
        let others = (self.combined - self.changes[t]).abs();
        selectivity * others < self.changes[t].abs()
    }

    /// How many masks keep it.
    pub fn needed(&self, selectivity: &[f32]) -> usize {
        (0..self.changes.len()).filter(|&t| self.mask(t, selectivity[t])).count()
    }
}
