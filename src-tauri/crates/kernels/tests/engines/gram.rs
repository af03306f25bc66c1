//! Inner products of changes on both engines against plain `f64`, and what blocks, pieces and order may not change.

use kernels::{CpuEngine, Engine, Error, Float, Gram, Measure};
use proptest::prelude::*;

use crate::support::{Stream, bits, on_both, on_card, open_card, pack, value};

/// Around the sizes of a lane, a stretch, a slice and a block, with odd ones.
const SIZES: [usize; 14] = [0, 1, 2, 3, 33, 511, 512, 513, 8_191, 8_192, 8_193, 65_535, 65_536, 65_537];
/// None at all, one and more tiles of four.
const EXPERTS: [usize; 6] = [0, 1, 2, 3, 8, 13];
const BLOCK: usize = Measure::BLOCK;

/// 2^-23 and 2^-126, as in the header.
const STEP: f64 = 1.0 / (1u64 << 23) as f64;
const FLUSH: f64 = f32::MIN_POSITIVE as f64;

/// Rows to be measured: the base, then the experts.
#[derive(Debug, Clone)]
struct Case {
    input: Float,
    rows: Vec<Vec<u32>>,
}

impl Case {
    fn work(&self) -> Measure {
        Measure { sources: self.rows.len(), elements: self.rows[0].len(), input: self.input }
    }

    fn x(&self) -> Vec<u8> {
        self.rows.iter().flat_map(|row| pack(self.input, row)).collect()
    }

    fn run(&self, engine: &mut dyn Engine) -> Gram {
        engine.gram(&self.work(), &self.x()).unwrap()
    }

    fn part(&self, at: std::ops::Range<usize>) -> Case {
        Case { rows: self.rows.iter().map(|row| row[at.clone()].to_vec()).collect(), ..*self }
    }
}

/// A base, and experts that differ from it by a twentieth.
fn tuned(input: Float, experts: usize, elements: usize, seed: u64) -> Case {
    let mut stream = Stream(seed);
    let base: Vec<f32> = (0..elements).map(|_| stream.weight()).collect();
    let mut row = |change: f32| base.iter().map(|x| bits(input, x + change * stream.weight())).collect();
    let rows = (0..=experts).map(|at| row(if at == 0 { 0.0 } else { 0.05 })).collect();
    Case { input, rows }
}

/// What a sum should be.
struct Expected {
    value: f64,
    /// Sum of the magnitudes of what was added, and of the changes.
    size: f64,
    changes: f64,
    elements: usize,
}

impl Expected {
    fn of(left: &[f64], right: &[f64]) -> Self {
        let terms = || left.iter().zip(right).map(|(a, b)| a * b);
        Self {
            value: terms().sum(),
            size: terms().map(f64::abs).sum(),
            changes: left.iter().zip(right).map(|(a, b)| a.abs() + b.abs()).sum(),
            elements: left.len(),
        }
    }

    /// The bound of the header.
    fn tolerance(&self) -> f64 {
        48.0 * STEP * self.size + FLUSH * (4.0 * self.changes + 5.0 * self.elements as f64)
    }
}

/// The sums of one block, in the order of [`Gram::blocks`].
fn expect(block: &Case) -> Vec<Expected> {
    let values: Vec<Vec<f64>> =
        block.rows.iter().map(|row| row.iter().map(|&bits| value(block.input, bits)).collect()).collect();
    let base = &values[0];
    let changes: Vec<Vec<f64>> =
        values[1..].iter().map(|row| row.iter().zip(base).map(|(x, b)| x - b).collect()).collect();
    let pairs = (0..changes.len()).flat_map(|i| (i..changes.len()).map(move |j| (i, j)));
    pairs.map(|(i, j)| Expected::of(&changes[i], &changes[j])).chain([Expected::of(base, base)]).collect()
}

/// First sum of the blocks that is not as expected.
fn first_difference(case: &Case, got: &Gram) -> Option<String> {
    let elements = case.work().elements;
    assert_eq!(got.blocks.len(), elements.div_ceil(BLOCK));
    got.blocks.iter().enumerate().find_map(|(at, sums)| {
        let block = case.part(at * BLOCK..((at + 1) * BLOCK).min(elements));
        block_difference(&block, sums).map(|difference| format!("block {at}: {difference}"))
    })
}

fn block_difference(block: &Case, sums: &[f64]) -> Option<String> {
    let expected = expect(block);
    assert_eq!(sums.len(), block.work().sums());
    assert_eq!(sums.len(), expected.len());
    sums.iter().zip(&expected).enumerate().find_map(|(place, (&sum, expected))| {
        let tolerance = expected.tolerance();
        // Written so that NaN is outside too.
        let fits = (sum - expected.value).abs() <= tolerance;
        (!fits).then(|| {
            let Case { input, rows } = block;
            let (sources, elements) = (rows.len(), rows[0].len());
            format!("{input:?}, {sources} × {elements}, sum {place}: {sum:e} for {:e} ± {tolerance:e}", expected.value)
        })
    })
}

#[track_caller]
fn check(case: &Case, engine: &mut dyn Engine) {
    let got = case.run(engine);
    assert_eq!(first_difference(case, &got), None, "on {}", engine.card().name);
    assert_eq!(got.not_finite, vec![0; case.rows.len()]);
    assert!(got.is_finite());
}

#[test]
fn every_size_and_number_type_agrees_with_the_reference() {
    on_both(|engine| {
        for input in Float::ALL {
            for elements in SIZES {
                check(&tuned(input, 3, elements, elements as u64), engine);
            }
        }
    });
}

#[test]
fn any_number_of_experts_agrees_with_the_reference() {
    on_both(|engine| {
        for input in Float::ALL {
            for experts in EXPERTS {
                check(&tuned(input, experts, 20_001, experts as u64), engine);
            }
            let unrelated = Case { input, rows: Stream(7).rows(input, 5, 70_001) };
            check(&unrelated, engine);
        }
    });
}

#[test]
fn the_comparer_rejects_a_reference_with_one_wrong_row() {
    on_both(|engine| {
        for input in Float::ALL {
            let case = tuned(input, 5, 9_001, 1);
            let got = case.run(engine);
            assert_eq!(first_difference(&case, &got), None);
            for wrong in 0..case.rows.len() {
                let mut other = case.clone();
                other.rows[wrong] = Stream(99).rows(input, 1, 9_001).remove(0);
                assert!(first_difference(&other, &got).is_some(), "{input:?}, row {wrong}");
                // One element in nine thousand, by a quarter.
                let mut other = case.clone();
                other.rows[wrong][4_321] = bits(input, value(input, case.rows[wrong][4_321]) as f32 + 0.25);
                assert!(first_difference(&other, &got).is_some(), "{input:?}, row {wrong}");
            }
            let mut swapped = case.clone();
            swapped.rows.swap(2, 4);
            assert!(first_difference(&swapped, &got).is_some(), "{input:?}, swapped");
        }
    });
}

#[test]
fn experts_equal_to_the_base_have_changed_nothing_at_all() {
    on_both(|engine| {
        for input in Float::ALL {
            let mut case = tuned(input, 5, 70_001, 3);
            case.rows[2] = case.rows[0].clone();
            case.rows[5] = case.rows[0].clone();
            let got = case.run(engine);
            let zero = |sums: &Vec<f64>| sums.iter().filter(|&&sum| sum == 0.0).count();
            // Of 15 pairs of five, 6 are pairs of the three that have changed.
            assert_eq!(got.blocks.iter().map(zero).collect::<Vec<_>>(), [9, 9], "{input:?}");
        }
    });
}

/// NaNs quiet and signalling, infinities of both signs.
const POISON: [u32; 4] = [0x7fc0_0000, 0xff80_0001, 0x7f80_0000, 0xff80_0000];

#[test]
fn what_is_not_finite_is_counted_for_its_row_and_stays_in_its_block() {
    on_both(|engine| {
        for input in Float::ALL {
            let sound = tuned(input, 6, 2 * BLOCK + 777, 4);
            for row in 0..=6 {
                let mut case = sound.clone();
                for (at, poison) in [BLOCK, BLOCK + 1, BLOCK + 50_000, 2 * BLOCK - 1].into_iter().zip(POISON) {
                    case.rows[row][at] = bits(input, f32::from_bits(poison));
                }
                let got = case.run(engine);
                let mut counts = vec![0; 7];
                counts[row] = 4;
                assert_eq!(got.not_finite, counts, "{input:?}");
                for (at, end) in [(0, BLOCK), (2 * BLOCK, 2 * BLOCK + 777)] {
                    let block = sound.part(at..end);
                    let difference = block_difference(&block, &got.blocks[at / BLOCK]);
                    assert_eq!(difference, None, "row {row}");
                }
            }
        }
    });
}

#[test]
fn what_pads_an_odd_row_counts_for_nothing() {
    on_both(|engine| {
        for input in Float::ALL {
            let case = tuned(input, 2, 513, 5);
            let mut x = case.x();
            let row = x.len() / 3;
            for source in 0..3 {
                x[source * row + 513 * input.bytes()..][..input.bytes()].fill(0xff);
            }
            assert_eq!(engine.gram(&case.work(), &x).unwrap(), case.run(engine), "{input:?}");
        }
    });
}

#[test]
fn small_and_subnormal_numbers_agree_with_the_reference() {
    on_both(|engine| {
        for scale in [1e-10, 1e-19, 1e-30, 1e-39] {
            let mut case = tuned(Float::F32, 3, 1_001, 6);
            let scaled = |bits: &u32| (f64::from(f32::from_bits(*bits)) * scale) as f32;
            case.rows.iter_mut().flatten().for_each(|bits| *bits = scaled(bits).to_bits());
            check(&case, engine);
        }
    });
}

#[test]
fn numbers_too_large_for_a_card_show_and_the_processor_takes_them() {
    let huge = |sign: f32| (0..300).map(|at| (sign * f32::MAX / (1.0 + at as f32)).to_bits()).collect();
    let case = Case { input: Float::F32, rows: vec![huge(-1.0), huge(1.0), huge(0.5)] };
    check(&case, &mut CpuEngine::new());
    on_card(|card| {
        let got = case.run(card);
        assert!(!got.is_finite(), "{got:?}");
        assert_eq!(got.not_finite, [0, 0, 0], "the numbers themselves are finite");
    });
}

/// The blocks of a case that is cut at these blocks.
fn in_pieces(case: &Case, cuts: &[usize], engine: &mut dyn Engine) -> Vec<Vec<f64>> {
    let elements = case.work().elements;
    let ends = cuts.iter().map(|cut| (cut * BLOCK).min(elements)).chain([elements]);
    let mut start = 0;
    let pieces = ends.map(|end| std::mem::replace(&mut start, end)..end);
    pieces.flat_map(|piece| case.part(piece).run(engine).blocks).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_whole_blocks_change_no_bit_on_the_processor(
        input in 0usize..3,
        experts in 0usize..6,
        elements in 1usize..5 * BLOCK,
        mut cuts in prop::collection::vec(0usize..5, 0..4),
        seed in any::<u64>(),
    ) {
        cuts.sort_unstable();
        let case = tuned(Float::ALL[input], experts, elements, seed);
        let mut engine = CpuEngine::new();
        prop_assert!(in_pieces(&case, &cuts, &mut engine) == case.run(&mut engine).blocks);
    }
}

#[test]
fn pieces_of_whole_blocks_change_no_bit_on_the_card_and_others_do() {
    on_card(|card| {
        for input in Float::ALL {
            let case = tuned(input, 5, 3 * BLOCK + 1_234, 8);
            let whole = case.run(card).blocks;
            for cuts in [&[1, 2, 3][..], &[2]] {
                assert!(in_pieces(&case, cuts, card) == whole, "{input:?} {cuts:?}");
            }
            // The control: a block that is cut gives other sums than the whole.
            assert!(case.part(0..BLOCK / 2).run(card).blocks[0] != whole[0]);
        }
    });
}

#[test]
fn threads_and_the_second_dimension_of_the_grid_change_no_bit() {
    let case = tuned(Float::F16, 6, 4 * BLOCK + 7, 9);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| case.run(&mut CpuEngine::new()))
    };
    let alone = run(1);
    assert!(alone == run(2) && alone == run(7));
    let Some(mut card) = open_card() else { return };
    let wide = case.run(&mut card);
    card.narrow_grid(5);
    assert!(case.run(&mut card) == wide);
}

#[test]
fn another_order_of_the_experts_gives_the_same_bits_in_that_order() {
    on_both(|engine| {
        let case = tuned(Float::BF16, 6, BLOCK + 99, 10);
        let mut turned = case.clone();
        turned.rows[1..].reverse();
        let (one, other) = (case.run(engine), turned.run(engine));
        let place = |i: usize, j: usize| (0..i).map(|row| 6 - row).sum::<usize>() + j - i;
        for (one, other) in one.blocks.iter().zip(&other.blocks) {
            for i in 0..6 {
                for j in i..6 {
                    assert_eq!(one[place(i, j)].to_bits(), other[place(5 - j, 5 - i)].to_bits(), "{i} {j}");
                }
            }
            assert_eq!(one[21].to_bits(), other[21].to_bits());
        }
    });
}

#[test]
fn work_that_does_not_fit_together_or_is_too_large_is_refused() {
    on_both(|engine| {
        let work = Measure { sources: 2, elements: 100, input: Float::F32 };
        let short = engine.gram(&work, &[0; 796]).unwrap_err();
        assert!(matches!(short, Error::WrongLength { what: "x", expected: 800, found: 796 }), "{short:?}");
        let none = engine.gram(&Measure { sources: 0, ..work }, &[]).unwrap_err();
        assert!(matches!(none, Error::NoSources { kernel: "gram" }), "{none:?}");
    });
    on_card(|card| {
        let elements = card.binding_bytes() as usize / 4 + 2;
        let work = Measure { sources: 1, elements, input: Float::F32 };
        let refused = card.gram(&work, &vec![0; elements * 4]);
        assert!(matches!(refused, Err(Error::TooLarge { .. })), "{refused:?}");
    });
}

#[test]
fn a_lost_card_says_so_and_small_work_after_large_work_sees_nothing_of_it() {
    let Some(mut card) = open_card() else { return };
    let (small, large) = (tuned(Float::F32, 2, 1_000, 11), tuned(Float::F32, 9, 200_000, 12));
    let before = small.run(&mut card);
    large.run(&mut card);
    assert_eq!(small.run(&mut card), before);
    card.lose();
    let refused = card.gram(&small.work(), &small.x());
    assert!(matches!(refused, Err(Error::Lost { .. })), "{refused:?}");
}
