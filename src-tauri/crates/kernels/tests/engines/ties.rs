//! TIES on both engines against the votes of `voting`, exact ties and borders included.

use kernels::{CpuEngine, Cut, Engine, Float, Kernel, Rule};
use proptest::prelude::*;

use crate::support::{bits, difference, on_both, on_card, value};
use crate::voting::{Mixed, coarse};

const KERNEL: Kernel = Kernel::ElectChanges;
const EXPERTS: [usize; 4] = [1, 2, 5, 17];
const SIZES: [usize; 9] = [0, 1, 2, 3, 511, 513, 1_023, 1_025, 65_537];
const F32: (Float, Float) = (Float::F32, Float::F32);

#[track_caller]
fn check(mixed: &Mixed, engine: &mut dyn Engine) {
    let (got, tally) = mixed.run(KERNEL, engine);
    assert_eq!(mixed.first_difference(KERNEL, &got), None, "on {}", engine.card().name);
    assert_eq!(tally.not_finite, 0);
}

#[test]
fn every_pair_of_number_types_and_number_of_experts_agrees_with_the_votes() {
    on_both(|engine| {
        for input in Float::ALL {
            for output in Float::ALL {
                for (experts, seed) in EXPERTS.into_iter().flat_map(|experts| (0..6).map(move |seed| (experts, seed))) {
                    check(&Mixed::any(Rule::Ties, (input, output), experts, 777, seed), engine);
                }
            }
        }
    });
}

#[test]
fn every_size_agrees_with_the_votes_summed_and_averaged() {
    on_both(|engine| {
        for (elements, is_mean) in SIZES.into_iter().flat_map(|size| [(size, false), (size, true)]) {
            let mixed = Mixed { is_mean, ..Mixed::any(Rule::Ties, F32, 3, elements, 2) };
            check(&mixed, engine);
            check(&Mixed { input: Float::BF16, rows: coarse(Float::BF16, 3, elements, 2), ..mixed }, engine);
        }
    });
}

/// The experts A and B of the worked example, ten times as large so that every number is exact.
fn example() -> Mixed {
    let rows = [[10.0, -20.0, 5.0, 30.0], [14.0, -20.0, 3.0, 32.0], [11.0, -17.0, 1.0, 24.0f32]];
    let rows = rows.map(|row| row.map(f32::to_bits).to_vec()).to_vec();
    let cut = |threshold: f32| Cut { threshold: threshold.to_bits(), border: u32::MAX };
    Mixed { strengths: vec![1.0; 2], cuts: vec![cut(2.0), cut(3.0)], ..Mixed::of(Rule::Ties, F32.0, F32.1, rows) }
}

fn floats(bits: &[u32]) -> Vec<f32> {
    bits.iter().map(|&bits| f32::from_bits(bits)).collect()
}

#[test]
fn the_worked_example_comes_out_summed_averaged_and_scaled() {
    on_both(|engine| {
        let mut run = |mixed: Mixed| floats(&mixed.run(KERNEL, engine).0);
        assert_eq!(run(example()), [14.0, -17.0, -1.0, 24.0]);
        assert_eq!(run(Mixed { is_mean: true, ..example() }), [14.0, -17.0, 2.0, 24.0]);
        let scaled = run(Mixed { strengths: vec![0.3; 2], ..example() });
        for (got, wanted) in scaled.iter().zip([11.2, -19.1, 3.2, 28.2]) {
            assert!((got - wanted).abs() < 4e-6, "{scaled:?}");
        }
        let untrimmed = Mixed { is_mean: true, cuts: vec![Cut::ALL; 2], ..example() };
        assert_eq!(run(untrimmed), [12.5, -17.0, 2.0, 24.0]);
        // A keeps two of its three ties only: the one before the border.
        let mut bordered = example();
        bordered.cuts[0].border = 3;
        assert_eq!(run(bordered.clone()), [14.0, -17.0, -1.0, 24.0]);
        bordered.cuts[0].border = 2;
        assert_eq!(run(bordered), [14.0, -17.0, 1.0, 24.0]);
    });
}

#[test]
fn a_vote_without_a_winner_changes_nothing() {
    on_both(|engine| {
        let base = vec![bits(F32.0, -0.0), bits(F32.0, 1.5)];
        let row = |change: f32| base.iter().map(|&x| bits(F32.0, value(F32.0, x) as f32 + change)).collect();
        let mut mixed = Mixed::of(Rule::Ties, F32.0, F32.1, vec![base.clone(), row(0.25), row(-0.25)]);
        mixed.strengths = vec![3.0, 1.0];
        assert_eq!(difference(&mixed.run(KERNEL, engine).0, &base), None);
        mixed.rows[2] = base.clone();
        assert_eq!(floats(&mixed.run(KERNEL, engine).0), [0.75, 2.25], "with a winner it does");
    });
}

#[test]
fn the_comparer_rejects_another_threshold_border_strength_or_average() {
    on_both(|engine| {
        let mixed = Mixed { rows: coarse(F32.0, 3, 999, 8), ..Mixed::any(Rule::Ties, F32, 3, 999, 8) };
        let cuts = vec![Cut { threshold: (2.0f32 / 64.0).to_bits(), border: 500 }; 3];
        let mixed = Mixed { cuts, is_mean: false, strengths: vec![0.7, -0.3, 1.0], ..mixed };
        let (got, _) = mixed.run(KERNEL, engine);
        assert_eq!(mixed.first_difference(KERNEL, &got), None);
        for t in 0..3 {
            let mut others = [(); 4].map(|()| mixed.clone());
            others[0].cuts[t].threshold += 1;
            others[1].cuts[t].threshold -= 1;
            others[2].cuts[t].border += 40;
            others[3].strengths[t] += 1e-5;
            for (what, other) in others.iter().enumerate() {
                assert!(other.first_difference(KERNEL, &got).is_some(), "{what} of expert {t}");
            }
        }
        let other = Mixed { is_mean: true, ..mixed.clone() };
        assert!(other.first_difference(KERNEL, &got).is_some());
    });
}

#[test]
fn the_engines_agree_in_every_bit_where_products_are_exact() {
    on_card(|card| {
        for (input, seed) in Float::ALL.into_iter().flat_map(|input| (0..8).map(move |seed| (input, seed))) {
            let mut mixed = Mixed::any(Rule::Ties, (input, input), 4, 5_001, seed);
            (mixed.is_mean, mixed.strengths) = (false, vec![1.0, -0.5, 2.0, 0.0]);
            let (on_processor, on_card) = (mixed.run(KERNEL, &mut CpuEngine::new()), mixed.run(KERNEL, card));
            assert_eq!(difference(&on_card.0, &on_processor.0), None, "{input:?} {seed}");
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_with_their_borders_moved_change_no_byte(
        experts in 1usize..6,
        elements in prop_oneof![2usize..3_000, 65_000usize..140_000],
        cut in any::<usize>(),
        seed in any::<u64>(),
    ) {
        let mixed = Mixed::any(Rule::Ties, (Float::BF16, Float::F16), experts, elements, seed);
        let cut = cut % elements;
        let mut engine = CpuEngine::new();
        let whole = mixed.run(KERNEL, &mut engine).0;
        let parts = [0..cut, cut..elements].map(|at| mixed.part(at).run(KERNEL, &mut engine).0);
        prop_assert_eq!(difference(&parts.concat(), &whole), None);
    }
}
