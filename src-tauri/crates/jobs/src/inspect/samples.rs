//! Small samples of all models at the same positions: how far apart they are, and whether two are one.

use std::collections::BTreeSet;

use checkpoint::{Entry, Source};
use half::{bf16, f16};
use protocol::model::Dtype;

use super::Seen;

/// Most bytes of samples over all models (decision 9).
const MOST_BYTES: u64 = 100_000_000;
/// Most tensors sampled.
const MOST_TENSORS: usize = 64;
/// Elements at the start of each sampled tensor: 16 KiB in F32.
const MOST_ELEMENTS: u64 = 4096;

/// The sampled numbers of all models.
#[derive(Default)]
pub(super) struct Samples {
    /// Numbers of each model, position by position the same; `None` for a model that could not be read.
    values: Vec<Option<Vec<f32>>>,
    bytes_read: std::cell::Cell<u64>,
}

impl Samples {
    /// Samples the body tensors that all models share.
    pub fn read(seen: &[Seen]) -> Self {
        let names = sampled_names(seen);
        let samples = Self::default();
        let values = seen.iter().map(|seen| samples.of(&seen.checkpoint, &names)).collect();
        Self { values, ..samples }
    }

    /// Bytes read for samples so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.get()
    }

    /// Euclidean distances between all models; `None` if there is nothing to compare.
    pub fn distances(&self) -> Option<Vec<Vec<f64>>> {
        let all: Option<Vec<&Vec<f32>>> = self.values.iter().map(Option::as_ref).collect();
        let all = all.filter(|all| all.first().is_some_and(|first| !first.is_empty()))?;
        Some(all.iter().map(|a| all.iter().map(|b| distance(a, b)).collect()).collect())
    }

    /// Length of the change from `base` to `expert`, divided by the length of the base.
    pub fn change(&self, base: usize, expert: usize) -> Option<f64> {
        let [base, expert] = [base, expert].map(|at| self.values.get(at).and_then(Option::as_ref));
        let (base, expert) = (base?, expert?);
        let length = distance(base, &vec![0.0; base.len()]);
        (length > 0.0).then(|| distance(base, expert) / length)
    }

    /// Pairs of models of equal size whose samples are equal bit for bit, heads included.
    pub fn twins(&self, seen: &[Seen]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for b in 0..seen.len() {
            found.extend((0..b).find(|&a| self.are_twins(seen, a, b)).map(|a| (a, b)));
        }
        found
    }

    fn are_twins(&self, seen: &[Seen], a: usize, b: usize) -> bool {
        let [one, other] = [a, b].map(|at| &seen[at].checkpoint);
        let specs = |entries: &[Entry]| entries.iter().map(|entry| entry.spec.clone()).collect::<Vec<_>>();
        let same_bits = |x: &[f32], y: &[f32]| x.iter().map(|v| v.to_bits()).eq(y.iter().map(|v| v.to_bits()));
        let alike =
            |x: &Option<Vec<f32>>, y: &Option<Vec<f32>>| matches!((x, y), (Some(x), Some(y)) if same_bits(x, y));
        if one.file_bytes() != other.file_bytes()
            || !alike(&self.values[a], &self.values[b])
            || specs(one.entries()) != specs(other.entries())
        {
            return false;
        }
        // Specialists of one frozen body differ in their heads alone.
        let heads: Vec<String> = heads(one).into_iter().map(str::to_owned).take(MOST_TENSORS).collect();
        alike(&self.of(one, &heads), &self.of(other, &heads))
    }

    fn of(&self, source: &dyn Source, names: &[String]) -> Option<Vec<f32>> {
        let mut values = Vec::new();
        for name in names {
            self.append(source, source.find(name)?, &mut values)?;
        }
        Some(values)
    }

    /// Appends the first numbers of a tensor; nothing for types that are not mixed.
    fn append(&self, source: &dyn Source, entry: &Entry, values: &mut Vec<f32>) -> Option<()> {
        if !entry.spec.dtype.is_mixable() {
            return Some(());
        }
        let bytes = entry.spec.elements().min(MOST_ELEMENTS) * entry.spec.dtype.bytes();
        let mut buffer = vec![0; usize::try_from(bytes).ok()?];
        source.read(entry, 0, &mut buffer).ok()?;
        self.bytes_read.set(self.bytes_read.get() + bytes);
        decode(entry.spec.dtype, &buffer, values);
        Some(())
    }
}

/// Names of tensors in head positions.
pub(super) fn heads(source: &dyn Source) -> BTreeSet<&str> {
    let names = source.entries().iter().map(|entry| entry.spec.name.as_str());
    names.filter(|name| merge::is_head_position(name)).collect()
}

/// Body tensors that all models have in one shape, spread evenly over the names.
fn sampled_names(seen: &[Seen]) -> Vec<String> {
    let Some((first, rest)) = seen.split_first() else { return vec![] };
    let everywhere = |entry: &&Entry| {
        entry.spec.dtype.is_mixable()
            && !merge::is_head_position(&entry.spec.name)
            && rest.iter().all(|other| {
                let twin = other.checkpoint.find(&entry.spec.name);
                twin.is_some_and(|twin| twin.spec.shape == entry.spec.shape && twin.spec.dtype.is_mixable())
            })
    };
    let common: Vec<&Entry> = first.checkpoint.entries().iter().filter(everywhere).collect();
    let each = MOST_ELEMENTS * 4 * seen.len() as u64;
    let most = MOST_TENSORS.min(usize::try_from(MOST_BYTES / each).unwrap_or(MOST_TENSORS));
    let kept = common.len().min(most);
    (0..kept).map(|at| common[at * common.len() / kept].spec.name.clone()).collect()
}

fn decode(dtype: Dtype, bytes: &[u8], into: &mut Vec<f32>) {
    match dtype {
        Dtype::F32 => into.extend(bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four))),
        Dtype::F16 => into.extend(bytes.as_chunks().0.iter().map(|&two| f16::from_le_bytes(two).to_f32())),
        Dtype::BF16 => into.extend(bytes.as_chunks().0.iter().map(|&two| bf16::from_le_bytes(two).to_f32())),
        _ => {}
    }
}

/// Euclidean distance in f64; positions where either is not finite are left out (they are found when mixing).
fn distance(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2));
    squares.filter(|square| square.is_finite()).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decoded_by_their_type() {
        let mut values = Vec::new();
        decode(Dtype::F32, &1.5f32.to_le_bytes(), &mut values);
        decode(Dtype::F16, &f16::from_f32(-2.0).to_le_bytes(), &mut values);
        decode(Dtype::BF16, &bf16::from_f32(0.25).to_le_bytes(), &mut values);
        decode(Dtype::I64, &[1; 8], &mut values);
        assert_eq!(values, [1.5, -2.0, 0.25]);
    }

    #[test]
    fn distances_leave_out_what_is_not_a_number() {
        assert_eq!(distance(&[3.0, f32::NAN, 0.0], &[0.0, 1.0, 4.0]), 5.0);
    }

    #[test]
    fn change_is_relative_to_the_base() {
        let samples = Samples { values: vec![Some(vec![3.0, 4.0]), Some(vec![3.0, 4.5]), None], ..Samples::default() };
        assert_eq!(samples.change(0, 1), Some(0.1));
        assert_eq!(samples.change(0, 2), None);
        assert_eq!(samples.distances(), None);
    }
}
