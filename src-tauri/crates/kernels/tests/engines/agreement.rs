//! Both engines against the reference, and bit for bit against each other.

use kernels::{CpuEngine, Engine, Float, Kernel};

use crate::reference::{agrees, expect};
use crate::support::{Case, Stream, bits, difference, on_both, on_card, value, variants};

const SIZES: [usize; 10] = [0, 1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537];
/// With zero, negative, one.
const COEFFICIENTS: [f32; 6] = [0.7, -0.3, 0.0, 1.0, 0.123_456_79, -2.5];

fn coefficients(kernel: Kernel, sources: usize) -> Vec<f32> {
    COEFFICIENTS.iter().copied().cycle().take(kernel.coefficients(sources)).collect()
}

fn case((kernel, input, output): (Kernel, Float, Float), sources: usize, elements: usize, seed: u64) -> Case {
    let rows = Stream(seed).rows(input, sources, elements);
    Case { kernel, input, output, coefficients: coefficients(kernel, sources), rows }
}

/// First element that is not as expected, with all that is needed to look into it.
fn first_difference(case: &Case, got: &[u32]) -> Option<String> {
    (0..case.elements()).find_map(|at| {
        let expected = expect(case, at);
        let x: Vec<f64> = case.rows.iter().map(|row| value(case.input, row[at])).collect();
        let found = value(case.output, got[at]);
        (!agrees(&expected, case.output, got[at])).then(|| {
            format!(
                "{:?} {:?}→{:?} element {at} of {}: {found} ({:#x}) for {expected:?}, x {x:?}, c {:?}",
                case.kernel,
                case.input,
                case.output,
                case.elements(),
                got[at],
                case.coefficients
            )
        })
    })
}

#[track_caller]
fn check(case: &Case, engine: &mut dyn Engine) {
    let (got, tally) = case.run(engine);
    let name = engine.card().name.clone();
    assert_eq!(first_difference(case, &got), None, "on {name}");
    let not_finite = got.iter().filter(|&&bits| !value(case.output, bits).is_finite()).count();
    assert_eq!(tally.not_finite, not_finite as u64, "{:?} on {name}", case.work());
}

#[test]
fn every_size_and_pair_of_number_types_agrees_with_the_reference() {
    on_both(|engine| {
        for variant in variants() {
            for elements in SIZES {
                check(&case(variant, 3, elements, elements as u64), engine);
            }
        }
    });
}

#[test]
fn any_number_of_sources_agrees_with_the_reference() {
    on_both(|engine| {
        for variant in variants() {
            for sources in [1, 2, 5, 6, 17] {
                check(&case(variant, sources, 777, sources as u64), engine);
            }
        }
    });
}

/// NaNs quiet and signalling, infinities, zeros, subnormals, borders of normal numbers and of overflow.
const POISON: [u32; 20] = [
    0x7fc0_0000,
    0xff80_0001,
    0x7f80_0000,
    0xff80_0000,
    0,
    0x8000_0000,
    1,
    0x807f_ffff,
    0x0080_0000,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x3f80_0000,
    0xbf80_0000,
    0x477f_e000,
    0x477f_f000,
    0xc77f_efff,
    0x3380_0000,
    0x3300_0001,
    0x3880_0000,
    0x7f00_0000,
];

/// Every pair of poison values, as base and expert or as two models.
fn poisoned((kernel, input, output): (Kernel, Float, Float), coefficients: &[f32]) -> Case {
    let poison: Vec<u32> = POISON.map(|pattern| bits(input, f32::from_bits(pattern))).to_vec();
    let first = poison.iter().flat_map(|&bits| vec![bits; POISON.len()]).collect();
    let second = poison.iter().cycle().take(POISON.len() * POISON.len()).copied().collect();
    let coefficients = coefficients[..kernel.coefficients(2)].to_vec();
    Case { kernel, input, output, coefficients, rows: vec![first, second] }
}

#[test]
fn poison_values_agree_with_the_reference_and_are_counted() {
    on_both(|engine| {
        for variant in variants() {
            for coefficients in [[1.0, 1.0], [0.5, 0.5], [0.0, 1.0], [-1.0, 0.0], [0.3, -0.7], [1.0, -1.0]] {
                check(&poisoned(variant, &coefficients), engine);
            }
        }
    });
}

#[test]
fn poison_is_really_tested() {
    let case = poisoned((Kernel::WeightedSum, Float::F32, Float::F16), &[0.5, 0.5]);
    let expected: Vec<_> = (0..case.elements()).map(|at| expect(&case, at)).collect();
    let open = expected.iter().filter(|expected| expected.is_open).count();
    let not_finite = expected.iter().filter(|expected| !expected.is_open && !expected.value.is_finite()).count();
    assert!(open < 40, "{open} of 400 are not tested");
    assert!(not_finite > 100, "only {not_finite} of 400 are poisoned");
}

#[test]
fn the_comparer_rejects_a_reference_with_one_wrong_coefficient() {
    on_both(|engine| {
        for variant in variants() {
            let case = case(variant, 3, 257, 1);
            let (got, _) = case.run(engine);
            assert_eq!(first_difference(&case, &got), None);
            for wrong in 0..case.coefficients.len() {
                let mut other = case.clone();
                // 2^-7 of the sources: two steps of bf16, the coarsest type, and more of all others.
                other.coefficients[wrong] += 1.0 / 128.0;
                assert!(first_difference(&other, &got).is_some(), "{variant:?}, coefficient {wrong}");
            }
        }
    });
}

#[test]
fn the_engines_agree_in_every_bit_where_products_are_exact() {
    on_card(|card| {
        for variant in variants() {
            for elements in [1, 257, 65_537] {
                let mut case = case(variant, 6, elements, 9);
                case.coefficients = [1.0, -0.5, 2.0, 0.0, 0.25, -4.0][..case.coefficients.len()].to_vec();
                let (on_processor, on_card) = (case.run(&mut CpuEngine::new()), case.run(card));
                assert_eq!(difference(&on_card.0, &on_processor.0), None, "{variant:?}");
                assert_eq!(on_processor.1, on_card.1);
            }
        }
    });
}

#[test]
fn strengths_of_zero_give_the_base_itself() {
    on_both(|engine| {
        for float in Float::ALL {
            let mut case = case((Kernel::AddChanges, float, float), 3, 1_001, 4);
            case.rows[0][7] = bits(float, -0.0);
            case.coefficients = vec![0.0, -0.0];
            assert_eq!(difference(&case.run(engine).0, &case.rows[0]), None, "{float:?}");
        }
    });
}

#[test]
fn experts_equal_to_the_base_give_the_base_itself() {
    on_both(|engine| {
        for float in Float::ALL {
            let mut case = case((Kernel::AddChanges, float, float), 4, 1_001, 5);
            case.rows[0][8] = bits(float, -0.0);
            case.rows = vec![case.rows[0].clone(); 4];
            assert_eq!(difference(&case.run(engine).0, &case.rows[0]), None, "{float:?}");
            let mut other = case.clone();
            other.rows[1][500] ^= 1 << 9;
            let found = difference(&other.run(engine).0, &case.rows[0]);
            assert_eq!(found.map(|(at, ..)| at), Some(500), "a changed expert must show");
        }
    });
}

#[test]
fn average_of_equal_models_is_the_model() {
    on_both(|engine| {
        for float in Float::ALL {
            let mut case = case((Kernel::WeightedSum, float, float), 2, 1_001, 6);
            case.rows[0][9] = bits(float, -0.0);
            case.rows[1] = case.rows[0].clone();
            case.coefficients = vec![0.5, 0.5];
            assert_eq!(difference(&case.run(engine).0, &case.rows[0]), None, "{float:?}");
        }
    });
}

#[test]
fn a_result_beyond_f16_is_counted_and_the_same_in_f32_is_not() {
    on_both(|engine| {
        for (output, count) in [(Float::F16, 3), (Float::F32, 0), (Float::BF16, 0)] {
            let rows = vec![[40_000.0f32, 60_000.0, -65_519.0, 65_519.0, 65_520.0].map(f32::to_bits).to_vec(); 2];
            let mut case =
                Case { kernel: Kernel::WeightedSum, input: Float::F32, output, coefficients: vec![0.5, 0.5], rows };
            case.rows[1][0] = 100_000.0f32.to_bits();
            case.rows[1][1] = 80_000.0f32.to_bits();
            let tally = case.run(engine).1;
            assert_eq!(tally.not_finite, count, "{output:?}");
        }
    });
}
