//! Masks on both engines against the formulas of `voting`: what they keep, their bits, and what they restore.

use kernels::{Apply, CpuEngine, Cut, Engine, Error, Float, Kernel, Rule, row_bytes};
use proptest::prelude::*;

use crate::support::{Case, Stream, bits, difference, on_both, on_card, open_card, value};
use crate::voting::{Mixed, RULES, TABLED, coarse, rules};

const F32: (Float, Float) = (Float::F32, Float::F32);

/// y of [`Engine::masks`], filled before so that what is not written shows, and the tally.
fn masks(mixed: &Mixed, engine: &mut dyn Engine) -> (Vec<u8>, u64) {
    let work = mixed.masking();
    let mut y = vec![0xa5; work.y_bytes()];
    let tally = engine.masks(&work, &mixed.x(), &mut y).unwrap();
    (y, tally.not_finite)
}

/// Bits as numpy packs them: the first into the highest of the first byte, zeros at the end.
fn pack_bits(flags: &[bool]) -> Vec<u8> {
    let byte = |eight: &[bool]| eight.iter().zip(0..).map(|(&flag, at)| u8::from(flag) << (7 - at)).sum();
    let mut bytes: Vec<u8> = flags.chunks(8).map(byte).collect();
    bytes.resize(flags.len().div_ceil(32) * 4, 0);
    bytes
}

fn expect_masks(mixed: &Mixed) -> Vec<u8> {
    let voted: Vec<_> = (0..mixed.elements()).map(|j| mixed.voted(j)).collect();
    let mut y: Vec<u8> = voted.iter().flat_map(|voted| voted.combined.to_le_bytes()).collect();
    y.resize(mixed.elements().div_ceil(32) * 128, 0);
    for (t, &selectivity) in mixed.selectivity.iter().enumerate() {
        y.extend(pack_bits(&voted.iter().map(|voted| voted.mask(t, selectivity)).collect::<Vec<_>>()));
    }
    y
}

/// First byte that differs, with both.
fn first(got: &[u8], wanted: &[u8]) -> Option<(usize, u8, u8)> {
    assert_eq!(got.len(), wanted.len());
    (0..got.len()).find(|&at| got[at] != wanted[at]).map(|at| (at, got[at], wanted[at]))
}

#[track_caller]
fn check(kernel: Kernel, mixed: &Mixed, engine: &mut dyn Engine) {
    let (got, tally) = mixed.run(kernel, engine);
    assert_eq!(mixed.first_difference(kernel, &got), None, "on {}", engine.card().name);
    assert_eq!(tally.not_finite, 0);
}

#[test]
fn consensus_agrees_with_the_formula_for_every_number_of_skills() {
    on_both(|engine| {
        for &rule in rules(Kernel::Consensus) {
            for (floats, seed) in [(F32, 0), (F32, 1), ((Float::F16, Float::BF16), 2), ((Float::BF16, Float::F32), 3)] {
                for experts in [1, 2, 5, 17] {
                    for number in [0, 1, 2, experts as u32 + 1] {
                        let mixed = Mixed { number, ..Mixed::any(rule, floats, experts, 777, seed) };
                        check(Kernel::Consensus, &mixed, engine);
                    }
                }
            }
        }
    });
}

#[test]
fn consensus_of_none_is_the_plain_mix_bit_for_bit_and_of_more_than_all_the_base() {
    on_both(|engine| {
        for seed in 0..6 {
            let summed = Mixed { number: 0, ..Mixed::any(Rule::Sum, (Float::F16, Float::F32), 5, 2_049, seed) };
            let got = summed.run(Kernel::Consensus, engine).0;
            let plain = Case { coefficients: summed.strengths.clone(), ..summed.case(Kernel::AddChanges) };
            assert_eq!(difference(&got, &plain.run(engine).0), None);
            let elected = Mixed { number: 0, ..Mixed::any(Rule::Ties, F32, 5, 2_049, seed) };
            let got = elected.run(Kernel::Consensus, engine).0;
            assert_eq!(difference(&got, &elected.run(Kernel::ElectChanges, engine).0), None);
            let none = Mixed { number: 6, ..elected.clone() };
            assert_eq!(difference(&none.run(Kernel::Consensus, engine).0, &none.rows[0]), None);
            let two = Mixed { number: 2, ..elected.clone() };
            assert!(difference(&two.run(Kernel::Consensus, engine).0, &got).is_some(), "a mask must show");
        }
    });
}

#[test]
fn keep_agrees_with_the_formula_for_every_rule_and_expert() {
    on_both(|engine| {
        for (rule, seed) in RULES.into_iter().flat_map(|rule| (0..4).map(move |seed| (rule, seed))) {
            for (experts, own) in [(1, 0), (2, 1), (5, 0), (5, 3), (17, 16)] {
                for (input, output) in [F32, (Float::F16, Float::F16), (Float::BF16, Float::F32)] {
                    let mixed = Mixed { number: own, ..Mixed::any(rule, (input, output), experts, 501, seed) };
                    check(Kernel::Keep, &mixed, engine);
                }
            }
        }
    });
}

#[test]
fn the_comparer_rejects_another_selectivity_expert_strength_or_number() {
    on_both(|engine| {
        for rule in [Rule::Sum, Rule::Ties] {
            let mixed = Mixed { number: 2, ..Mixed::of(rule, F32.0, F32.1, coarse(F32.0, 3, 999, 4)) };
            let (kept, agreed) = (mixed.run(Kernel::Keep, engine).0, mixed.run(Kernel::Consensus, engine).0);
            assert_eq!(mixed.first_difference(Kernel::Keep, &kept), None);
            assert_eq!(mixed.first_difference(Kernel::Consensus, &agreed), None);
            let mut others = [(); 3].map(|()| mixed.clone());
            // Equal is not above: the least step below equality lets equal sizes in.
            others[0].selectivity[2] = 0.999_999_9;
            others[1].strengths[2] += 1e-4;
            others[2].number = 1;
            for (what, other) in others.iter().enumerate() {
                assert!(other.first_difference(Kernel::Keep, &kept).is_some(), "{rule:?} {what}");
                assert!(other.first_difference(Kernel::Consensus, &agreed).is_some(), "{rule:?} {what}");
            }
        }
    });
}

#[test]
fn change_and_bits_are_those_of_the_formula_and_the_same_on_both_engines() {
    on_both(|engine| {
        for (rule, seed) in RULES.into_iter().flat_map(|rule| (0..4).map(move |seed| (rule, seed))) {
            for elements in [0, 1, 2, 31, 32, 33, 1_023, 1_025, 20_001] {
                let mixed = Mixed::any(rule, (Float::ALL[seed as usize % 3], Float::F32), 3, elements, seed);
                let (got, not_finite) = masks(&mixed, engine);
                assert_eq!(first(&got, &expect_masks(&mixed)), None, "{rule:?} {elements} on {}", engine.card().name);
                assert_eq!(not_finite, 0);
            }
        }
        for rule in RULES {
            let many = Mixed::any(rule, F32, 17, 65_569, 3);
            assert_eq!(first(&masks(&many, engine).0, &expect_masks(&many)), None, "{rule:?}");
        }
        let mixed = Mixed::any(Rule::Sum, F32, 3, 1_025, 0);
        let (got, _) = masks(&mixed, engine);
        let mut other = mixed.clone();
        other.rows[2][1_024] ^= 1 << 22;
        assert!(first(&got, &expect_masks(&other)).is_some(), "one element must show");
        let other = Mixed { selectivity: vec![0.4, 0.5, 0.999_999_9], ..mixed };
        assert!(first(&got, &expect_masks(&other)).is_some(), "equal is not above");
    });
}

#[test]
fn keep_keeps_what_the_bits_say() {
    on_both(|engine| {
        for rule in RULES {
            let mixed = Mixed { strengths: vec![1.0; 4], ..Mixed::any(rule, F32, 4, 3_333, 7) };
            let (y, _) = masks(&mixed, engine);
            for t in 0..4 {
                let kept = Mixed { number: t as u32, ..mixed.clone() }.run(Kernel::Keep, engine).0;
                let bits = &y[mixed.masking().mask(t)];
                let rebuilt = |j: usize| {
                    let base = f32::from_bits(mixed.rows[0][j]);
                    let change = f32::from_le_bytes(y[4 * j..4 * j + 4].try_into().unwrap());
                    let is_kept = bits[j / 8] >> (7 - j % 8) & 1 == 1;
                    if is_kept && change != 0.0 { (base + change).to_bits() } else { base.to_bits() }
                };
                let rebuilt: Vec<u32> = (0..mixed.elements()).map(rebuilt).collect();
                assert_eq!(difference(&kept, &rebuilt), None, "{rule:?} {t}");
                assert!(difference(&kept, &mixed.rows[0]).is_some(), "{rule:?} {t} keeps something");
            }
        }
    });
}

#[test]
fn a_single_expert_is_restored_exactly() {
    on_both(|engine| {
        for (rule, float) in RULES.into_iter().flat_map(|rule| Float::ALL.map(|float| (rule, float))) {
            let rows = if float == Float::F32 { coarse(float, 1, 999, 3) } else { Stream(3).rows(float, 2, 999) };
            let mixed = Mixed { strengths: vec![1.0], ..Mixed::of(rule, float, float, rows) };
            assert_eq!(difference(&mixed.run(Kernel::Keep, engine).0, &mixed.rows[1]), None, "{rule:?} {float:?}");
        }
    });
}

#[test]
fn experts_that_changed_different_weights_are_restored_exactly_and_others_are_not() {
    on_both(|engine| {
        for rule in RULES {
            let mut rows = coarse(F32.0, 3, 999, 5);
            for (t, j) in (0..3).flat_map(|t| (0..999).map(move |j| (t, j))).filter(|(t, j)| j % 3 != *t) {
                rows[t + 1][j] = rows[0][j];
            }
            let mut mixed = Mixed { strengths: vec![1.0; 3], ..Mixed::of(rule, F32.0, F32.1, rows) };
            for t in 0..3 {
                mixed.number = t as u32;
                assert_eq!(difference(&mixed.run(Kernel::Keep, engine).0, &mixed.rows[t + 1]), None, "{rule:?} {t}");
            }
            mixed.rows = coarse(F32.0, 3, 999, 5);
            assert!(difference(&mixed.run(Kernel::Keep, engine).0, &mixed.rows[3]).is_some(), "{rule:?}");
        }
    });
}

/// Work on F32 rows that are a base and changes to it.
fn small(rule: Rule, base: [f32; 4], changes: [[f32; 4]; 2], selectivity: f32) -> Mixed {
    let row = |change: &[f32; 4]| base.iter().zip(change).map(|(base, change)| (base + change).to_bits()).collect();
    let rows = [[0.0; 4]].iter().chain(&changes).map(row).collect();
    Mixed { strengths: vec![1.0; 2], selectivity: vec![selectivity; 2], ..Mixed::of(rule, F32.0, F32.1, rows) }
}

fn floats(bits: &[u32]) -> Vec<f32> {
    bits.iter().map(|&bits| f32::from_bits(bits)).collect()
}

#[test]
fn the_worked_examples_of_masks_come_out() {
    on_both(|engine| {
        let mut mask = |mixed: &Mixed| [0, 1].map(|t| masks(mixed, engine).0[mixed.masking().mask(t)].to_vec());
        // Ten times as large, so that every number is exact.
        let first = small(Rule::Sum, [0.0; 4], [[10.0, -2.0, 0.0, 5.0], [1.0, -3.0, 0.0, -5.0]], 0.4);
        assert_eq!(mask(&first), [[0xd0], [0x50]]);
        let second = small(Rule::Sum, [0.0; 4], [[4.0, 0.0, -2.0, 2.0], [1.0, 3.0, -4.0, -6.0]], 0.4);
        assert_eq!(mask(&second), [[0xa0], [0x70]]);
        assert_eq!(mask(&Mixed { selectivity: vec![1.0; 2], ..second.clone() }), [[0x80], [0x70]]);
        assert_eq!(mask(&Mixed { rule: Rule::Elect, ..second.clone() }), [[0xa0], [0xf0]]);
        let consensus = |mixed: &Mixed, engine: &mut dyn Engine| {
            floats(&Mixed { number: 2, ..mixed.clone() }.run(Kernel::Consensus, engine).0)
        };
        assert_eq!(consensus(&first, engine), [0.0, -5.0, 0.0, 0.0]);
        assert_eq!(consensus(&second, engine), [0.0, 0.0, -6.0, 0.0]);
    });
}

#[test]
fn the_worked_example_of_emr_comes_out() {
    on_both(|engine| {
        let changes = [[0.4, 0.0, -0.2, 0.2], [0.1, 0.3, -0.4, -0.6]];
        let mixed = small(Rule::Elect, [1.0, -2.0, 0.5, 3.0], changes, 0.0);
        let mixed = Mixed { strengths: vec![1.125, 0.823_529], ..mixed };
        let wanted = [[1.45, -2.0, 0.05, 3.0], [1.329_412, -1.752_941, 0.170_588, 2.505_882f32]];
        for (number, wanted) in (0..).zip(wanted) {
            let got = floats(&Mixed { number, ..mixed.clone() }.run(Kernel::Keep, engine).0);
            assert!(got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 2e-6), "{got:?}");
        }
    });
}

/// Masks that keep nothing, strengths of zero, cuts that drop every number.
fn closed(rule: Rule, kernel: Kernel, input: Float) -> Mixed {
    let mut mixed = Mixed { number: 2, ..Mixed::of(rule, input, Float::F32, coarse(input, 3, 301, 6)) };
    mixed.strengths = vec![0.0; 3];
    mixed.selectivity = vec![1e30; 3];
    mixed.cuts = vec![Cut { threshold: f32::MAX.to_bits(), border: 0 }; 3];
    if kernel == Kernel::Consensus {
        mixed.number = 9;
    }
    mixed
}

#[test]
fn what_is_not_finite_is_never_hidden_by_a_mask_a_vote_or_a_strength() {
    const POISON: [f32; 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    on_both(|engine| {
        for kernel in TABLED {
            for (&rule, input) in rules(kernel).iter().flat_map(|rule| Float::ALL.map(|input| (rule, input))) {
                let mut mixed = closed(rule, kernel, input);
                let base: Vec<u32> = mixed.rows[0].iter().map(|&x| (value(input, x) as f32).to_bits()).collect();
                assert_eq!(difference(&mixed.run(kernel, engine).0, &base), None, "{kernel:?} {rule:?}");
                let places: Vec<(usize, f32)> = (0..12).map(|at| (25 * at, POISON[at % 3])).collect();
                places.iter().for_each(|&(j, poison)| mixed.rows[j / 25 / 3][j] = bits(input, poison));
                // Two infinities against each other.
                (mixed.rows[1][300], mixed.rows[2][300]) = (bits(input, POISON[1]), bits(input, POISON[2]));
                let (got, tally) = mixed.run(kernel, engine);
                let found: Vec<usize> = (0..301).filter(|&j| !f32::from_bits(got[j]).is_finite()).collect();
                let wanted: Vec<usize> = places.iter().map(|&(j, _)| j).chain([300]).collect();
                assert_eq!(found, wanted, "{kernel:?} {rule:?} {input:?}");
                assert_eq!(tally.not_finite, 13);
                assert_eq!(masks(&mixed, engine).1, 13, "{rule:?} {input:?}");
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_whole_words_make_the_masks_of_the_whole(
        rule in 0usize..3,
        experts in 1usize..6,
        elements in prop_oneof![1usize..3_000, 65_000usize..140_000],
        cut in any::<usize>(),
        seed in any::<u64>(),
    ) {
        let mixed = Mixed::any(RULES[rule], (Float::F16, Float::F32), experts, elements, seed);
        let cut = cut % elements.div_ceil(32) * 32;
        let mut engine = CpuEngine::new();
        let whole = masks(&mixed, &mut engine).0;
        let parts = [0..cut, cut..elements].map(|at| (masks(&mixed.part(at.clone()), &mut engine).0, at.len().div_ceil(32) * 4));
        let mut joined: Vec<u8> = parts.iter().flat_map(|(part, bytes)| part[..bytes * 32].to_vec()).collect();
        for t in 0..experts {
            joined.extend(parts.iter().flat_map(|(part, bytes)| part[bytes * (32 + t)..][..*bytes].to_vec()));
        }
        prop_assert_eq!(first(&joined, &whole), None);
        if elements < 3_000 {
            prop_assert_eq!(first(&whole, &expect_masks(&mixed)), None);
        }
    }

    #[test]
    fn pieces_of_mixes_change_no_byte(
        kernel in 1usize..3,
        rule in 0usize..2,
        elements in prop_oneof![2usize..3_000, 65_000usize..140_000],
        cut in any::<usize>(),
        seed in any::<u64>(),
    ) {
        let (kernel, cut) = (TABLED[kernel], cut % elements);
        let mixed = Mixed { number: 1, ..Mixed::any(RULES[rule], (Float::BF16, Float::BF16), 3, elements, seed) };
        let mut engine = CpuEngine::new();
        let whole = mixed.run(kernel, &mut engine).0;
        let parts = [0..cut, cut..elements].map(|at| mixed.part(at).run(kernel, &mut engine).0);
        prop_assert_eq!(difference(&parts.concat(), &whole), None);
    }
}

#[test]
fn the_engines_agree_in_every_bit_where_products_are_exact() {
    on_card(|card| {
        for kernel in [Kernel::Consensus, Kernel::Keep] {
            for (&rule, seed) in rules(kernel).iter().flat_map(|rule| (0..4).map(move |seed| (rule, seed))) {
                let mixed = Mixed::any(rule, (Float::F16, Float::F32), 4, 5_001, seed);
                let strengths = vec![1.0, -0.5, 2.0, 0.25];
                let mixed = Mixed { is_mean: false, strengths, number: 2, ..mixed };
                let (on_processor, on_card) = (mixed.run(kernel, &mut CpuEngine::new()), mixed.run(kernel, card));
                assert_eq!(difference(&on_card.0, &on_processor.0), None, "{kernel:?} {rule:?} {seed}");
            }
        }
    });
}

#[test]
fn the_second_dimension_of_the_grid_changes_no_byte() {
    let Some(mut card) = open_card() else { return };
    let mixed = Mixed { number: 1, ..Mixed::any(Rule::Ties, (Float::BF16, Float::F32), 3, 70_001, 2) };
    let run = |card: &mut dyn Engine| (TABLED.map(|kernel| mixed.run(kernel, card)), masks(&mixed, card));
    let before = run(&mut card);
    card.narrow_grid(3);
    assert!(run(&mut card) == before);
}

#[test]
fn no_elements_at_all_are_masked_too() {
    on_both(|engine| {
        for rule in RULES {
            let mixed = Mixed::any(rule, F32, 3, 0, 1);
            assert_eq!(masks(&mixed, engine), (vec![], 0));
            let base_only = Mixed::of(rule, F32.0, F32.1, vec![vec![7, 8, 9]]);
            assert_eq!(base_only.run(Kernel::Consensus, engine).0, [7, 8, 9], "without experts");
        }
    });
}

#[test]
fn work_that_does_not_fit_together_is_refused_untouched() {
    on_both(|engine| {
        let mixed = Mixed::any(Rule::Ties, F32, 2, 100, 2);
        let (x, mut y) = (mixed.x(), vec![7; mixed.masking().y_bytes()]);
        let wrong = |error: Error, name| matches!(error, Error::WrongLength { what, .. } if what == name);
        let mut refuse = |work: &Mixed, x: &[u8], y: &mut [u8]| engine.masks(&work.masking(), x, y).unwrap_err();
        assert!(wrong(refuse(&mixed, &x[4..], &mut y), "x"));
        assert!(wrong(refuse(&mixed, &x, &mut y[4..]), "y"));
        let refused = |change: fn(&mut Mixed)| {
            let mut other = mixed.clone();
            change(&mut other);
            other
        };
        assert!(wrong(refuse(&refused(|mixed| mixed.strengths.truncate(1)), &x, &mut y), "strengths"));
        assert!(wrong(refuse(&refused(|mixed| mixed.selectivity.push(0.5)), &x, &mut y), "selectivity"));
        assert!(wrong(refuse(&refused(|mixed| mixed.cuts.clear()), &x, &mut y), "cuts"));
        let lonely = Mixed::of(Rule::Sum, F32.0, F32.1, vec![mixed.rows[0].clone()]);
        assert!(matches!(refuse(&lonely, &lonely.x(), &mut y), Error::NoSources { .. }));
        assert!(y.iter().all(|&byte| byte == 7));
        let (words, case) = (mixed.table().words(), mixed.case(Kernel::Keep));
        let work = Apply { kernel: Kernel::Keep, coefficients: &words[1..], ..case.work() };
        let mut y = vec![7; row_bytes(100, Float::F32)];
        assert!(wrong(engine.apply(&work, &x, &mut y).unwrap_err(), "coefficients"));
        let stranger = Mixed { number: 2, ..mixed.clone() }.case(Kernel::Keep);
        assert!(wrong(engine.apply(&stranger.work(), &x, &mut y).unwrap_err(), "experts"));
        assert!(y.iter().all(|&byte| byte == 7));
    });
}
