//! Masks counted on both engines against one element at a time, and the looks that only the processor takes.

use kernels::{Column, Counts, CpuEngine, Engine, Error, Float, Lengths, Rule, change_sizes, lengths};

use crate::support::{bits, on_both, on_card, open_card};
use crate::voting::{Mixed, RULES, coarse};

/// Elements of a slice of `mask/tally_masks.wgsl`.
const SLICE: usize = 8_192;
const F32: (Float, Float) = (Float::F32, Float::F32);

/// Selectivities of every expert, column by column.
fn grid(experts: usize, columns: usize) -> Vec<f32> {
    (0..experts * columns).map(|at| [0.25, 0.4, 0.5, 1.0, 0.2, 2.0, 0.0][(at + at / experts) % 7]).collect()
}

fn run(mixed: &Mixed, columns: &[f32], engine: &mut dyn Engine) -> Counts {
    engine.count_masks(&mixed.masking(), columns, &mixed.x()).unwrap()
}

fn expect(mixed: &Mixed, columns: &[f32]) -> Counts {
    let experts = mixed.experts();
    let mut counts = Counts::of(experts, columns.len() / experts);
    for voted in (0..mixed.elements()).map(|j| mixed.voted(j)) {
        let (up, down) = (voted.changes.iter().any(|&c| c > 0.0), voted.changes.iter().any(|&c| c < 0.0));
        counts.changed += u64::from(up || down);
        counts.same_side += u64::from(up != down);
        counts.largest = counts.largest.max(voted.combined.abs());
        counts.not_finite += u64::from(voted.is_spoiled);
        for (column, selectivity) in counts.columns.iter_mut().zip(columns.chunks_exact(experts)) {
            let masks: Vec<bool> = (0..experts).map(|t| voted.mask(t, selectivity[t])).collect();
            masks.iter().zip(&mut column.kept).for_each(|(&mask, kept)| *kept += u64::from(mask));
            let pairs = (0..experts).flat_map(|t| (t + 1..experts).map(move |u| (t, u)));
            pairs.zip(&mut column.overlap).for_each(|((t, u), both)| *both += u64::from(masks[t] && masks[u]));
            let needed = masks.iter().filter(|&&mask| mask).count();
            column.needed[needed] += 1;
            column.change[needed] += f64::from(voted.combined).powi(2);
        }
    }
    counts
}

/// The same without sums of squares, which are not exact.
fn exact(counts: &Counts) -> Counts {
    let columns = counts.columns.iter().map(|column| Column { change: vec![], ..column.clone() });
    Counts { columns: columns.collect(), ..counts.clone() }
}

/// What a card may err in the sums of squares, by the header: so much in every slice.
fn bound(mixed: &Mixed) -> f64 {
    let largest = |start: usize| {
        let slice = start..(start + SLICE).min(mixed.elements());
        slice.map(|j| f64::from(mixed.voted(j).combined).abs()).fold(0.0, f64::max)
    };
    let squares: f64 = (0..mixed.elements()).step_by(SLICE).map(|start| largest(start).powi(2)).sum();
    SLICE as f64 * (2f64.powi(-19) + 2f64.powi(-21)) * squares
}

/// First sum of squares farther from the expected one than it may be.
fn first_square(got: &Counts, wanted: &Counts, bound: f64) -> Option<String> {
    let both = got.columns.iter().zip(&wanted.columns).flat_map(|(got, wanted)| got.change.iter().zip(&wanted.change));
    // NaN is outside too.
    let is_inside = |got: f64, wanted: f64| (got - wanted).abs() <= bound + 1e-12 * wanted.abs();
    let found = both.clone().find(|(got, wanted)| !is_inside(**got, **wanted));
    found.map(|(got, wanted)| format!("{got:e} for {wanted:e} ± {bound:e}"))
}

#[track_caller]
fn check(mixed: &Mixed, columns: &[f32], engine: &mut dyn Engine) {
    let (got, wanted) = (run(mixed, columns, engine), expect(mixed, columns));
    let (name, is_processor) = (engine.card().name.clone(), engine.card().id == "cpu");
    assert_eq!(exact(&got), exact(&wanted), "{:?} on {name}", mixed.rule);
    let bound = if is_processor { 0.0 } else { bound(mixed) };
    assert_eq!(first_square(&got, &wanted, bound), None, "{:?} on {name}", mixed.rule);
}

#[test]
fn every_count_is_exact_and_every_sum_within_the_bound() {
    on_both(|engine| {
        for (rule, seed) in RULES.into_iter().flat_map(|rule| (0..3).map(move |seed| (rule, seed))) {
            for elements in [0, 1, 2, 33, 1_025, 8_191, 8_193] {
                let floats = (Float::ALL[seed as usize], Float::F32);
                check(&Mixed::any(rule, floats, 3, elements, seed), &grid(3, 3), engine);
            }
            for (experts, columns) in [(1, 9), (2, 1), (8, 9), (17, 9)] {
                check(&Mixed::any(rule, F32, experts, 2_001, seed), &grid(experts, columns), engine);
            }
        }
        check(&Mixed::any(Rule::Sum, F32, 4, 140_001, 1), &grid(4, 2), engine);
    });
}

#[test]
fn what_a_card_has_no_room_for_the_processor_counts() {
    on_card(|card| {
        // The last that fits, one column more, one expert more, and far more than that.
        for (experts, columns) in [(31, 5), (31, 6), (32, 1), (40, 9)] {
            let (mixed, limits) = (Mixed::any(Rule::Sum, F32, experts, 999, 3), grid(experts, columns));
            check(&mixed, &limits, card);
            let alike = run(&mixed, &limits, card) == run(&mixed, &limits, &mut CpuEngine::new());
            assert_eq!(alike, (experts, columns) != (31, 5), "{experts} {columns}");
        }
    });
}

#[test]
fn another_selectivity_or_one_changed_element_shows() {
    on_both(|engine| {
        let (mixed, columns) = (Mixed::of(Rule::Sum, F32.0, F32.1, coarse(F32.0, 3, 9_001, 2)), grid(3, 3));
        let got = run(&mixed, &columns, engine);
        for at in 0..columns.len() {
            let mut other = columns.clone();
            other[at] += 1.0;
            let wanted = expect(&mixed, &other);
            assert_ne!(exact(&got), exact(&wanted), "{at}");
            assert!(first_square(&got, &wanted, bound(&mixed)).is_some(), "{at}");
        }
        let mut other = mixed.clone();
        other.rows[3][9_000] = bits(F32.0, 1.5);
        assert_ne!(exact(&got), exact(&expect(&other, &columns)));
    });
}

#[test]
fn pieces_add_up_to_the_whole() {
    on_both(|engine| {
        let (mixed, columns) = (Mixed::any(Rule::Ties, (Float::F16, Float::F32), 3, 20_001, 2), grid(3, 2));
        let mut sum = Counts::of(3, 2);
        for at in [0..7, 7..8_200, 8_200..20_001] {
            sum.add(&run(&mixed.part(at), &columns, engine));
        }
        let whole = run(&mixed, &columns, engine);
        assert_eq!(exact(&sum), exact(&whole));
        assert_eq!(first_square(&sum, &whole, 3.0 * bound(&mixed)), None);
    });
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (mixed, columns) = (Mixed::any(Rule::Sum, F32, 3, 300_001, 3), grid(3, 2));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&mixed, &columns, &mut CpuEngine::new()))
    };
    let alone = run(1);
    assert!(alone == run(2) && alone == run(7));
}

#[test]
fn what_is_not_finite_is_counted() {
    on_both(|engine| {
        for input in Float::ALL {
            let mut mixed = Mixed::of(Rule::Sum, input, input, coarse(input, 3, 1_025, 2));
            for (row, j, poison) in [(0, 3, f32::NAN), (1, 4, f32::INFINITY), (3, 1_024, f32::NEG_INFINITY)] {
                mixed.rows[row][j] = bits(input, poison);
            }
            assert_eq!(run(&mixed, &[1e30; 3], engine).not_finite, 3, "{input:?}");
        }
    });
}

#[test]
fn the_second_dimension_of_the_grid_changes_no_count() {
    let Some(mut card) = open_card() else { return };
    card.narrow_grid(2);
    check(&Mixed::any(Rule::Ties, F32, 3, 40_001, 2), &grid(3, 2), &mut card);
}

#[test]
fn columns_that_are_not_whole_are_refused() {
    on_both(|engine| {
        let mixed = Mixed::any(Rule::Sum, F32, 3, 10, 2);
        let wrong = |error: Error, name| matches!(error, Error::WrongLength { what, .. } if what == name);
        let mut refuse = |columns: &[f32], x: &[u8]| engine.count_masks(&mixed.masking(), columns, x).unwrap_err();
        assert!(wrong(refuse(&[0.5; 4], &mixed.x()), "columns"));
        assert!(wrong(refuse(&[], &mixed.x()), "columns"));
        assert!(wrong(refuse(&[0.5; 3], &mixed.x()[4..]), "x"));
        assert!(wrong(lengths(&mixed.masking(), &mixed.x()[4..]).unwrap_err(), "x"));
        assert!(wrong(change_sizes(&mixed.masking(), &mixed.x()[4..], 1.0, &mut [0; 4]).unwrap_err(), "x"));
    });
}

fn close(got: &[f64], wanted: &[f64]) -> bool {
    got.len() == wanted.len()
        && got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() <= 1e-12 * wanted.abs())
}

#[test]
fn lengths_are_those_of_changes_and_of_what_masks_keep() {
    for (rule, seed) in RULES.into_iter().flat_map(|rule| [(rule, 2), (rule, 3)]) {
        let mixed = Mixed::any(rule, F32, 3, 70_001, seed);
        let mut wanted = Lengths::of(3);
        for voted in (0..mixed.elements()).map(|j| mixed.voted(j)) {
            for t in 0..3 {
                wanted.changes[t] += f64::from(voted.changes[t]).abs();
                let kept = voted.mask(t, mixed.selectivity[t]);
                wanted.kept[t] += if kept { f64::from(voted.combined).abs() } else { 0.0 };
            }
        }
        let got = lengths(&mixed.masking(), &mixed.x()).unwrap();
        assert!(close(&got.changes, &wanted.changes) && close(&got.kept, &wanted.kept), "{got:?} {wanted:?}");
        assert!(!close(&got.kept, &wanted.changes), "the comparer takes anything");
        assert_eq!(got.not_finite, 0);
    }
    let empty = Mixed::any(Rule::Sum, F32, 3, 0, 2);
    assert_eq!(lengths(&empty.masking(), &empty.x()).unwrap(), Lengths::of(3));
}

#[test]
fn sizes_of_the_combined_change_fall_into_their_bars() {
    for rule in RULES {
        let mixed = Mixed::of(rule, F32.0, F32.1, coarse(F32.0, 2, 70_001, 4));
        // From -8/64 to 8/64 in steps of 2/64, all of them exact; sums reach to ±8/64.
        let mut wanted = [0u64; 8];
        for voted in (0..mixed.elements()).map(|j| mixed.voted(j)).filter(|v| v.changes.iter().any(|&c| c != 0.0)) {
            let steps = voted.combined * 64.0;
            let bar = (0..8).rev().find(|&bar| steps >= bar as f32 * 2.0 - 8.0);
            wanted[bar.unwrap()] += 1;
        }
        let mut got = [0; 8];
        change_sizes(&mixed.masking(), &mixed.x(), 0.125, &mut got).unwrap();
        assert_eq!(got, wanted, "{rule:?}");
        change_sizes(&mixed.masking(), &mixed.x(), 0.125, &mut []).unwrap();
        // What lies beyond is in the outermost bars.
        let mut narrow = [0; 2];
        change_sizes(&mixed.masking(), &mixed.x(), 1.0 / 64.0, &mut narrow).unwrap();
        assert_eq!(narrow.iter().sum::<u64>(), wanted.iter().sum::<u64>());
        assert_eq!(narrow[0], wanted[..4].iter().sum::<u64>());
    }
}
