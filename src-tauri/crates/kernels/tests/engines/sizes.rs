//! Sizes of changes: bins of their digits, the exact k-th largest, ties, lengths and bars, against sorting and plain sums.

use kernels::{
    Cut, Digit, Engine, Error, Float, Masking, Measure, Rule, Table, change_sizes, count_of_size, lengths,
    place_of_size,
};
use proptest::prelude::*;

use crate::support::{Stream, bits, on_both, pack, value};

struct Case {
    input: Float,
    rows: Vec<Vec<u32>>,
}

fn case(input: Float, experts: usize, elements: usize) -> Case {
    let mut stream = Stream(elements as u64);
    let base: Vec<f32> = (0..elements).map(|_| stream.weight()).collect();
    let mut row = |scale: f32| base.iter().map(|x| bits(input, x + scale * stream.weight())).collect::<Vec<u32>>();
    let rows = (0..=experts).map(|at| row(if at == 0 { 0.0 } else { 0.05 })).collect();
    Case { input, rows }
}

impl Case {
    fn work(&self) -> Measure {
        Measure { sources: self.rows.len(), elements: self.rows[0].len(), input: self.input }
    }

    fn x(&self) -> Vec<u8> {
        self.rows.iter().flat_map(|row| pack(self.input, row)).collect()
    }

    fn changes(&self, t: usize) -> Vec<f32> {
        let value = |bits: u32| value(self.input, bits) as f32;
        self.rows[t + 1].iter().zip(&self.rows[0]).map(|(&x, &base)| value(x) - value(base)).collect()
    }

    fn sizes(&self, t: usize) -> Vec<u32> {
        self.changes(t).iter().map(|change| change.abs().to_bits()).collect()
    }
}

/// The k-th largest by both digits, k from 1.
fn kth(case: &Case, engine: &mut dyn Engine, t: usize, k: u64) -> u32 {
    let (work, x) = (case.work(), case.x());
    let pick = |bins: &[u64], k: u64| {
        let mut left = k;
        for (value, &count) in bins.iter().enumerate().rev() {
            if left <= count {
                return (value as u32, left);
            }
            left -= count;
        }
        panic!("fewer than {k}");
    };
    let high = engine.magnitudes(&work, Digit::High, &x).unwrap();
    let (value, left) = pick(&high.bins[t], k);
    let prefixes = vec![value; work.experts()];
    let low = engine.magnitudes(&work, Digit::Low(&prefixes), &x).unwrap();
    Digit::join(value, pick(&low.bins[t], left).0)
}

#[test]
fn the_kth_largest_is_that_of_sorting_on_every_engine_and_number_type() {
    on_both(|engine| {
        for input in Float::ALL {
            for elements in [1, 2, 257, 65_569] {
                let case = case(input, 3, elements);
                for t in 0..3 {
                    let mut sorted = case.sizes(t);
                    sorted.sort_unstable_by(|a, b| b.cmp(a));
                    for k in [1, elements / 5, elements / 2, elements].into_iter().filter(|&k| k > 0) {
                        assert_eq!(kth(&case, engine, t, k as u64), sorted[k - 1], "{input:?} {elements} {t} {k}");
                    }
                }
            }
        }
    });
}

#[test]
fn bins_count_every_element_once_and_spoiled_ones_are_told() {
    on_both(|engine| {
        let mut case = case(Float::F32, 2, 1_025);
        let found = engine.magnitudes(&case.work(), Digit::High, &case.x()).unwrap();
        assert!(found.bins.iter().all(|bins| bins.iter().sum::<u64>() == 1_025 && bins.len() == Digit::High.values()));
        assert_eq!(found.not_finite, [0, 0, 0]);
        case.rows[2][1_024] = f32::NAN.to_bits();
        case.rows[0][3] = f32::INFINITY.to_bits();
        let found = engine.magnitudes(&case.work(), Digit::High, &case.x()).unwrap();
        assert_eq!(found.not_finite, [1, 0, 1]);
        let none = Case { input: Float::F32, rows: vec![vec![]; 3] };
        let found = engine.magnitudes(&none.work(), Digit::High, &[]).unwrap();
        assert!(found.bins.iter().flatten().all(|&count| count == 0));
        let result = engine.magnitudes(&case.work(), Digit::Low(&[1]), &case.x());
        assert!(matches!(result, Err(Error::WrongLength { .. })));
    });
}

proptest! {
    #[test]
    fn equal_sizes_are_counted_and_found_in_order(elements in 1usize..200_000, nth in 0u64..40, seed in 0usize..1_000) {
        // Coarse numbers: changes of few different sizes.
        let rows = vec![vec![0u32; elements], (0..elements).map(|at| ((at * 7 + seed) % 11) as f32).map(f32::to_bits).collect()];
        let case = Case { input: Float::F32, rows };
        let wanted = 3.0f32.to_bits();
        let all: Vec<usize> = (0..elements).filter(|&at| case.rows[1][at] == wanted).collect();
        let (work, x) = (case.work(), case.x());
        prop_assert_eq!(count_of_size(&work, &x, 0, wanted).unwrap(), all.len() as u64);
        let place = place_of_size(&work, &x, 0, wanted, nth).unwrap();
        prop_assert_eq!(place, all.get(nth as usize).copied());
    }
}

fn masking<'a>(case: &Case, rule: Rule, ones: &'a [f32], cuts: &'a [Cut]) -> Masking<'a> {
    let table = Table { rule, is_mean: false, number: 0, strengths: ones, selectivity: ones, cuts };
    let Measure { sources, elements, input } = case.work();
    Masking { sources, elements, input, table }
}

#[test]
fn lengths_are_those_of_the_elected_change_under_each_mask() {
    let case = case(Float::F32, 3, 70_001);
    let (ones, cuts) = ([1.0; 3], [Cut::ALL; 3]);
    let found = lengths(&masking(&case, Rule::Elect, &ones, &cuts), &case.x()).unwrap();
    let changes: Vec<Vec<f32>> = (0..3).map(|t| case.changes(t)).collect();
    for t in 0..3 {
        let own: f64 = changes[t].iter().map(|change| f64::from(change.abs())).sum();
        assert!((found.changes[t] - own).abs() <= 1e-9 * own);
        let kept = |at: usize| {
            let sum = changes.iter().fold(0.0, |sum, row| sum + row[at]);
            let flag = if sum > 0.0 { 1.0 } else { -1.0f32 };
            let largest = changes.iter().map(|row| row[at] * flag).fold(0.0f32, f32::max);
            if changes[t][at] * flag > 0.0 { f64::from(largest) } else { 0.0 }
        };
        let expected: f64 = (0..70_001).map(kept).sum();
        assert!((found.kept[t] - expected).abs() <= 1e-9 * expected && expected < own * 3.0, "{t}");
    }
}

#[test]
fn bars_count_changed_elements_by_the_size_of_the_combined_change() {
    let mut case = case(Float::F32, 2, 2_000);
    for at in 0..100 {
        case.rows[1][at] = case.rows[0][at];
        case.rows[2][at] = case.rows[0][at];
    }
    let (ones, cuts) = ([1.0; 2], [Cut::ALL; 2]);
    let sums: Vec<f64> = case.changes(0).iter().zip(case.changes(1)).map(|(a, b)| f64::from(0.0 + a + b)).collect();
    let reach = sums.iter().fold(0.0f64, |most, sum| most.max(sum.abs()));
    let mut bars = vec![0u64; 8];
    change_sizes(&masking(&case, Rule::Sum, &ones, &cuts), &case.x(), reach, &mut bars).unwrap();
    let mut expected = vec![0u64; 8];
    sums.iter().skip(100).for_each(|sum| expected[(((sum + reach) / (2.0 * reach) * 8.0) as usize).min(7)] += 1);
    assert_eq!(bars, expected);
    assert_eq!(bars.iter().sum::<u64>(), 1_900, "what nobody changed is left out");
}
