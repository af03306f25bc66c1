//! What some methods have to know of all models before the first tensor is mixed: where to trim, how to rescale.

use std::ops::Range;

use kernels::{Cut, Digit, Engine, Lengths, Magnitudes, Masking, Rule, Table, count_of_size, lengths, place_of_size};
use protocol::recipe::Recipe;
use protocol::settings::On;

use crate::Error;
use crate::align::Models;
use crate::plan::Budget;
use crate::relay::Relay;
use crate::run::Control;
use crate::sweep::{Chunk, Order, Sweep};

/// What a recipe's method has to know of all models.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Needs {
    /// Share of every task vector that survives trimming; `None` where nothing is trimmed.
    pub density: Option<f64>,
    /// Whether masked changes are brought back to the length of their task vector.
    pub rescalers: bool,
}

impl Needs {
    /// What the method of `recipe` has to know.
    pub fn of(recipe: &Recipe) -> Self {
        let settings = recipe.settings();
        let density = (settings.on == On::Ties).then_some(settings.density).filter(|&density| density < 1.0);
        Self { density, rescalers: recipe.method.name == "emr" }
    }

    /// How often the models are read for it, at most.
    pub fn sweeps(&self) -> u64 {
        // Two digits of the sizes, and where the border lies among equal ones.
        self.density.map_or(0, |_| 3) + u64::from(self.rescalers)
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prepared {
    /// What trimming leaves of every task vector; empty where nothing is trimmed.
    pub trims: Vec<Trim>,
    /// What every masked change is multiplied by; empty where nothing is rescaled.
    pub rescalers: Vec<f32>,
    /// Chunks that the processor took over from a lost graphics card.
    pub fallback_chunks: u64,
}

/// What trimming leaves of one task vector, over the whole model.
///
/// # Order
/// Everything above the threshold, then of what equals it the first in flat order: tensors by name, elements in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trim {
    /// Bits of the k-th largest size.
    pub threshold: u32,
    /// The tensor, and the element in it, from which on equal ones do not stay; `None`: all of them stay.
    pub border: Option<(String, u64)>,
}

impl Trim {
    /// For the elements from `start` on of a tensor.
    pub(crate) fn cut(&self, tensor: &str, start: u64) -> Cut {
        let border = match &self.border {
            None => u64::MAX,
            Some((name, element)) => match tensor.cmp(name.as_str()) {
                std::cmp::Ordering::Less => u64::MAX,
                std::cmp::Ordering::Equal => *element,
                std::cmp::Ordering::Greater => 0,
            },
        };
        Cut { threshold: self.threshold, border: u32::try_from(border.saturating_sub(start)).unwrap_or(u32::MAX) }
    }
}

impl Prepared {
    /// What trimming leaves of every expert in a chunk.
    pub(crate) fn cuts(&self, experts: usize, tensor: &str, start: u64) -> Vec<Cut> {
        (0..experts).map(|t| self.trims.get(t).map_or(Cut::ALL, |trim| trim.cut(tensor, start))).collect()
    }
}

/// Finds what the method of `recipe` has to know; reads nothing where that is nothing.
///
/// # Units
/// Memory is that of [`crate::statistics`] and, for trimming, 512 KiB for each expert and a buffer of the card as large.
///
/// # Order
/// Exact on every engine, whatever the budget.
///
/// # Errors
/// As [`crate::statistics`].
pub fn prepare(
    recipe: &Recipe,
    models: &Models,
    engine: Box<dyn Engine + '_>,
    budget: &Budget,
    control: &dyn Control,
) -> Result<Prepared, Error> {
    let needs = Needs::of(recipe);
    if needs == Needs::default() {
        return Ok(Prepared::default());
    }
    let sweep = Sweep::new(models, budget, Order::Base, control)?;
    let mut relay = Relay::fitting(engine, &sweep, control);
    let mut looking = Looking { sweep, relay: &mut relay, in_flight: budget.in_flight };
    let trims = needs.density.map(|density| looking.trims(density)).transpose()?.unwrap_or_default();
    let rescalers = if needs.rescalers { looking.rescalers()? } else { Vec::new() };
    Ok(Prepared { trims, rescalers, fallback_chunks: relay.chunks })
}

/// Sweeps in a row.
struct Looking<'a, 'r, 'e> {
    sweep: Sweep<'a>,
    relay: &'r mut Relay<'e>,
    in_flight: usize,
}

/// Where the k-th largest size lies among those with the same digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rank {
    value: u32,
    /// How many with this value stay; at least 1 unless none does.
    stay: u64,
    /// How many have it.
    of: u64,
}

/// The value of the `k`-th largest, where `bins[v]` have the value `v`.
fn rank(bins: &[u64], k: u64) -> Rank {
    let mut left = k;
    for (value, &of) in bins.iter().enumerate().rev() {
        if left <= of {
            return Rank { value: value as u32, stay: left, of };
        }
        left -= of;
    }
    Rank { value: 0, stay: 0, of: 0 }
}

/// Elements that stay: `⌊density · elements⌋`, where a product that is whole but for rounding counts as whole.
fn kept(density: f64, elements: u64) -> u64 {
    ((density * elements as f64 * (1.0 + 1e-12)) as u64).min(elements)
}

impl Looking<'_, '_, '_> {
    fn experts(&self) -> usize {
        self.sweep.sources.len() - 1
    }

    fn trims(&mut self, density: f64) -> Result<Vec<Trim>, Error> {
        let k = kept(density, self.sweep.steps.iter().map(|step| step.elements).sum());
        if k == 0 {
            // Nothing stays: no size is larger than this.
            let nothing = Trim { threshold: u32::MAX, border: Some((String::new(), 0)) };
            return Ok(vec![nothing; self.experts()]);
        }
        let high: Vec<Rank> = self.digits(Digit::High)?.iter().map(|bins| rank(bins, k)).collect();
        let prefixes: Vec<u32> = high.iter().map(|rank| rank.value).collect();
        let low = self.digits(Digit::Low(&prefixes))?;
        let low: Vec<Rank> = low.iter().zip(&high).map(|(bins, high)| rank(bins, high.stay)).collect();
        let sizes: Vec<u32> = high.iter().zip(&low).map(|(high, low)| Digit::join(high.value, low.value)).collect();
        let borders = self.borders(&sizes, &low)?;
        let trims = sizes.into_iter().zip(borders).map(|(threshold, border)| Trim { threshold, border });
        Ok(trims.collect())
    }

    /// How many elements of every expert have each value of a digit.
    fn digits(&mut self, digit: Digit) -> Result<Vec<Vec<u64>>, Error> {
        let mut bins = vec![vec![0u64; digit.values()]; self.experts()];
        let sweep = &self.sweep;
        sweep.run(self.in_flight, self.relay, |relay, chunk| {
            let work = sweep.work(chunk);
            let found: Magnitudes = relay.work(|engine| engine.magnitudes(&work, digit, &chunk.x))?;
            if found.not_finite.iter().any(|&count| count > 0) {
                return Err(sweep.blame(chunk));
            }
            for (bins, more) in bins.iter_mut().zip(&found.bins) {
                bins.iter_mut().zip(more).for_each(|(bin, more)| *bin += more);
            }
            Ok(())
        })?;
        Ok(bins)
    }

    /// For every expert the place from which on sizes that equal the threshold do not stay.
    fn borders(&mut self, sizes: &[u32], ranks: &[Rank]) -> Result<Vec<Option<(String, u64)>>, Error> {
        let is_cut = |t: &usize| ranks[*t].stay < ranks[*t].of;
        let cut: Vec<usize> = (0..sizes.len()).filter(is_cut).collect();
        let mut borders = vec![None; sizes.len()];
        if cut.is_empty() {
            return Ok(borders);
        }
        let counted = self.equal_ones(sizes, &cut)?;
        for (&t, own) in cut.iter().zip(counted) {
            borders[t] = self.border(t, sizes[t], ranks[t].stay, own)?;
        }
        Ok(borders)
    }

    /// For every expert of `cut`, chunk by chunk, how many sizes equal the threshold.
    fn equal_ones(&mut self, sizes: &[u32], cut: &[usize]) -> Result<Vec<Vec<Equal>>, Error> {
        let mut counted: Vec<Vec<Equal>> = vec![Vec::new(); cut.len()];
        let sweep = &self.sweep;
        sweep.run(self.in_flight, self.relay, |_, chunk| {
            for (counted, &t) in counted.iter_mut().zip(cut) {
                let count = count_of_size(&sweep.work(chunk), &chunk.x, t, sizes[t])?;
                counted.push(Equal { step: chunk.step, span: chunk.span.clone(), count });
            }
            Ok(())
        })?;
        Ok(counted)
    }

    /// The place after the `stay`-th size that equals the threshold, in flat order.
    fn border(&self, t: usize, size: u32, stay: u64, mut counted: Vec<Equal>) -> Result<Option<(String, u64)>, Error> {
        let name = |equal: &Equal| &self.sweep.steps[equal.step].name;
        counted.sort_by(|a, b| name(a).cmp(name(b)).then(a.span.start.cmp(&b.span.start)));
        let mut left = stay;
        for equal in &counted {
            if left < equal.count {
                let place = self.place(t, size, left, equal)?;
                return Ok(place.map(|at| (name(equal).clone(), equal.span.start + at as u64)));
            }
            left -= equal.count;
        }
        Ok(None)
    }

    /// Index in a chunk of the `nth` size that equals the threshold: the first that does not stay.
    fn place(&self, t: usize, size: u32, nth: u64, equal: &Equal) -> Result<Option<usize>, Error> {
        let (mut x, mut scratch) = (Vec::new(), Vec::new());
        self.sweep.fill(&self.sweep.steps[equal.step], equal.span.clone(), &mut x, &mut scratch)?;
        let chunk = Chunk { step: equal.step, pass: 0, span: equal.span.clone(), x };
        Ok(place_of_size(&self.sweep.work(&chunk), &chunk.x, t, size, nth)?)
    }

    /// For every expert the length of its task vector divided by that of what its mask keeps of the elected one: means of
    /// absolute values, added up over the tensors, so that every tensor counts alike (Huang et al. 2024, section 3.2 and
    /// their code).
    fn rescalers(&mut self) -> Result<Vec<f32>, Error> {
        let experts = self.experts();
        let mut sums = vec![Lengths::of(experts); self.sweep.steps.len()];
        let (ones, cuts) = (vec![1.0; experts], vec![Cut::ALL; experts]);
        let table =
            Table { rule: Rule::Elect, is_mean: false, number: 0, strengths: &ones, selectivity: &ones, cuts: &cuts };
        let sweep = &self.sweep;
        sweep.run(self.in_flight, self.relay, |_, chunk| {
            let input = sweep.steps[chunk.step].input;
            let work = Masking { sources: experts + 1, elements: chunk.elements(), input, table };
            let found = lengths(&work, &chunk.x)?;
            if found.not_finite > 0 {
                return Err(sweep.blame(chunk));
            }
            sums[chunk.step].add(&found);
            Ok(())
        })?;
        let mean = |of: &dyn Fn(&Lengths) -> f64| -> f64 {
            let steps = sums.iter().zip(&sweep.steps);
            steps.filter(|(_, step)| step.elements > 0).map(|(sum, step)| of(sum) / step.elements as f64).sum()
        };
        let ratio = |t: usize| {
            let (own, kept) = (mean(&|sum: &Lengths| sum.changes[t]), mean(&|sum: &Lengths| sum.kept[t]));
            // A specialist that equals the base keeps nothing, and nothing has to be scaled.
            if kept > 0.0 { (own / kept) as f32 } else { 1.0 }
        };
        Ok((0..experts).map(ratio).collect())
    }
}

/// Sizes in a chunk that equal the threshold.
#[derive(Debug, Clone)]
struct Equal {
    step: usize,
    span: Range<u64>,
    count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kth_largest_is_found_with_how_many_of_its_equals_stay() {
        let bins = [5, 0, 3, 1];
        assert_eq!(rank(&bins, 1), Rank { value: 3, stay: 1, of: 1 });
        assert_eq!(rank(&bins, 2), Rank { value: 2, stay: 1, of: 3 });
        assert_eq!(rank(&bins, 4), Rank { value: 2, stay: 3, of: 3 });
        assert_eq!(rank(&bins, 5), Rank { value: 0, stay: 1, of: 5 });
        assert_eq!(rank(&bins, 9), Rank { value: 0, stay: 5, of: 5 });
    }

    #[test]
    fn shares_that_are_whole_but_for_rounding_count_as_whole() {
        assert_eq!(kept(0.29, 100), 29);
        assert_eq!(kept(0.2, 5), 1);
        assert_eq!(kept(0.2, 4), 0);
        assert_eq!(kept(1.0, 7), 7);
    }

    #[test]
    fn borders_are_counted_from_the_chunk() {
        let trim = Trim { threshold: 9, border: Some(("m".into(), 100)) };
        let border = |tensor, start| trim.cut(tensor, start).border;
        assert_eq!((border("a", 64), border("z", 0)), (u32::MAX, 0));
        assert_eq!((border("m", 0), border("m", 64), border("m", 128)), (100, 36, 0));
        assert_eq!(Trim { threshold: 9, border: None }.cut("m", 0).border, u32::MAX);
    }
}
