//! How the work is split changes no byte.

use kernels::{CpuEngine, Engine, Float, Kernel, scan_not_finite};
use proptest::prelude::*;

use crate::support::{Case, Stream, difference, on_card, pack, value, variants};

fn in_pieces(case: &Case, cuts: &[usize], engine: &mut dyn Engine) -> (Vec<u32>, u64) {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (case.elements() + 1)).chain([case.elements()]).collect();
    ends.sort_unstable();
    let (mut bits, mut not_finite, mut start) = (Vec::new(), 0, 0);
    for end in ends {
        let (part, tally) = case.part(start..end).run(engine);
        bits.extend(part);
        not_finite += tally.not_finite;
        start = end;
    }
    (bits, not_finite)
}

/// Any bit patterns at all, NaNs with all payloads included.
fn any_case((kernel, input, output): (Kernel, Float, Float), sources: usize, elements: usize, seed: u64) -> Case {
    let mut stream = Stream(seed);
    let mask = if input == Float::F32 { u32::MAX } else { 0xffff };
    let rows = (0..sources).map(|_| (0..elements).map(|_| stream.word() as u32 & mask).collect()).collect();
    let coefficients = (0..kernel.coefficients(sources)).map(|_| stream.weight()).collect();
    Case { kernel, input, output, coefficients, rows }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_change_no_byte_on_the_processor(
        variant in 0usize..18,
        sources in 1usize..6,
        elements in prop_oneof![1usize..3_000, 65_000usize..140_000],
        cuts in prop::collection::vec(any::<usize>(), 0..5),
        seed in any::<u64>(),
    ) {
        let case = any_case(variants().nth(variant).unwrap(), sources, elements, seed);
        let mut engine = CpuEngine::new();
        let (whole, tally) = case.run(&mut engine);
        let (pieces, not_finite) = in_pieces(&case, &cuts, &mut engine);
        prop_assert_eq!(difference(&pieces, &whole), None);
        prop_assert_eq!(tally.not_finite, not_finite);
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let case = any_case((Kernel::AddChanges, Float::F16, Float::BF16), 3, 300_001, 3);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| case.run(&mut CpuEngine::new()))
    };
    let alone = run(1);
    assert_eq!(alone, run(2));
    assert_eq!(alone, run(7));
}

#[test]
fn pieces_change_no_byte_on_the_card() {
    on_card(|card| {
        for variant in variants() {
            let case = any_case(variant, 3, 70_001, 8);
            let (whole, tally) = case.run(card);
            let (pieces, not_finite) = in_pieces(&case, &[1, 257, 65_536], card);
            assert_eq!(difference(&pieces, &whole), None, "{variant:?}");
            assert_eq!(tally.not_finite, not_finite);
        }
    });
}

#[test]
fn the_scan_counts_what_is_not_finite_but_not_the_padding() {
    for float in Float::ALL {
        for elements in [0, 1, 255, 65_537, 200_001] {
            let case = any_case((Kernel::WeightedSum, float, float), 1, elements, 2);
            let wanted = case.rows[0].iter().filter(|&&bits| !value(float, bits).is_finite()).count() as u64;
            let mut row = pack(float, &case.rows[0]);
            assert_eq!(scan_not_finite(float, &row, elements), wanted, "{float:?} {elements}");
            let padding = elements * float.bytes();
            row[padding..].fill(0xff);
            assert_eq!(scan_not_finite(float, &row, elements), wanted, "{float:?} {elements}, padding filled");
            assert_eq!(scan_not_finite(float, &row, elements + 1), wanted + (elements % 2) as u64);
        }
    }
}
