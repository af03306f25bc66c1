//! Sizes of changes counted digit by digit on both engines, and the exact k-th largest found by it.

use kernels::{Digit, Engine, Error, Float, Magnitudes, Measure, Rule, count_of_size, place_of_size};

use crate::support::{bits, on_both, open_card};
use crate::voting::Mixed;

const BINS: [usize; 2] = [65_536, 32_768];

fn work(mixed: &Mixed) -> Measure {
    Measure { sources: mixed.rows.len(), elements: mixed.elements(), input: mixed.input }
}

fn any(input: Float, experts: usize, elements: usize, seed: u64) -> Mixed {
    Mixed::any(Rule::Sum, (input, input), experts, elements, seed)
}

/// Bits of the sizes of the changes of expert `t`.
fn sizes(mixed: &Mixed, t: usize) -> Vec<u32> {
    (0..mixed.elements()).map(|j| mixed.change(t, j).abs().to_bits()).collect()
}

fn expect(mixed: &Mixed, digit: Digit) -> Vec<Vec<u64>> {
    let count = |t: usize| {
        let mut bins = vec![0; BINS[usize::from(digit != Digit::High)]];
        for size in sizes(mixed, t) {
            match digit {
                Digit::High => bins[(size / 32_768) as usize] += 1,
                Digit::Low(prefixes) if size / 32_768 == prefixes[t] => bins[(size % 32_768) as usize] += 1,
                Digit::Low(_) => {}
            }
        }
        bins
    };
    (0..mixed.experts()).map(count).collect()
}

fn run(mixed: &Mixed, digit: Digit, engine: &mut dyn Engine) -> Magnitudes {
    engine.magnitudes(&work(mixed), digit, &mixed.x()).unwrap()
}

#[track_caller]
fn check(mixed: &Mixed, engine: &mut dyn Engine) {
    let prefixes: Vec<u32> = (0..mixed.experts()).map(|t| sizes(mixed, t).last().unwrap_or(&0) >> 15).collect();
    for digit in [Digit::High, Digit::Low(&prefixes)] {
        let got = run(mixed, digit, engine);
        assert!(got.bins == expect(mixed, digit), "{digit:?} on {}", engine.card().name);
        assert_eq!(got.not_finite, vec![0; mixed.rows.len()]);
    }
}

#[test]
fn every_size_number_type_and_number_of_experts_is_counted_exactly() {
    on_both(|engine| {
        for (input, seed) in Float::ALL.into_iter().flat_map(|input| [(input, 2), (input, 3)]) {
            for elements in [0, 1, 2, 33, 1_025, 65_537] {
                check(&any(input, 2, elements, seed), engine);
            }
            for experts in [1, 5, 17] {
                check(&any(input, experts, 999, seed), engine);
            }
        }
    });
}

#[test]
fn one_element_more_or_elsewhere_shows() {
    on_both(|engine| {
        let mixed = any(Float::F32, 2, 1_025, 3);
        let got = run(&mixed, Digit::High, engine).bins;
        assert!(got == expect(&mixed, Digit::High));
        let mut other = mixed.clone();
        other.rows[2][1_024] = bits(Float::F32, 1e6);
        assert!(got != expect(&other, Digit::High));
        let shorter = mixed.part(0..1_024);
        assert!(got != expect(&shorter, Digit::High));
    });
}

/// The `nth` largest size of every expert, counted from 0, by both digits as a caller finds it.
fn largest(mixed: &Mixed, nth: u64, engine: &mut dyn Engine) -> Vec<u32> {
    /// The bin with the element that so many others precede from above, and how many of them are left within it.
    fn find(bins: &[u64], mut nth: u64) -> (u32, u64) {
        for (bin, &count) in bins.iter().enumerate().rev() {
            if nth < count {
                return (bin as u32, nth);
            }
            nth -= count;
        }
        panic!("fewer elements than asked for");
    }
    let high: Vec<_> = run(mixed, Digit::High, engine).bins.iter().map(|bins| find(bins, nth)).collect();
    let prefixes: Vec<u32> = high.iter().map(|&(bin, _)| bin).collect();
    let low = run(mixed, Digit::Low(&prefixes), engine).bins;
    let join = |(bins, (bin, left)): (&Vec<u64>, &(u32, u64))| Digit::join(*bin, find(bins, *left).0);
    low.iter().zip(&high).map(join).collect()
}

#[test]
fn both_digits_join_to_the_exact_kth_largest() {
    on_both(|engine| {
        for (input, seed) in Float::ALL.into_iter().flat_map(|input| [(input, 4), (input, 5)]) {
            let mixed = any(input, 3, 4_001, seed);
            for nth in [0, 1, 800, 2_000, 4_000] {
                let sorted = |t: usize| {
                    let mut sizes = sizes(&mixed, t);
                    sizes.sort_unstable_by(|a, b| b.cmp(a));
                    sizes[nth as usize]
                };
                let wanted: Vec<u32> = (0..3).map(sorted).collect();
                assert_eq!(largest(&mixed, nth, engine), wanted, "{input:?} {nth}");
            }
        }
    });
}

#[test]
fn ties_are_counted_and_found_in_order() {
    for (input, elements) in Float::ALL.into_iter().flat_map(|input| [(input, 999), (input, 70_001)]) {
        let mixed = any(input, 2, elements, 6);
        let (work, x, size) = (work(&mixed), mixed.x(), (3.0f32 / 64.0).to_bits());
        let places: Vec<usize> = (0..elements).filter(|&j| sizes(&mixed, 1)[j..=j] == [size]).take(300).collect();
        let all = sizes(&mixed, 1).iter().filter(|&&own| own == size).count() as u64;
        assert!(all > 100, "ties are tested");
        assert_eq!(count_of_size(&work, &x, 1, size).unwrap(), all);
        assert_eq!(count_of_size(&work, &x, 1, size + 1).unwrap(), 0);
        for (nth, &place) in places.iter().enumerate().step_by(37) {
            assert_eq!(place_of_size(&work, &x, 1, size, nth as u64).unwrap(), Some(place));
        }
        let last = place_of_size(&work, &x, 1, size, all - 1).unwrap();
        assert_eq!(last, sizes(&mixed, 1).iter().rposition(|&own| own == size));
        assert_eq!(place_of_size(&work, &x, 1, size, all).unwrap(), None);
    }
}

#[test]
fn what_is_not_finite_is_counted_row_by_row_without_the_padding() {
    on_both(|engine| {
        for input in Float::ALL {
            let mut mixed = any(input, 2, 1_025, 2);
            mixed.rows[0][7] = bits(input, f32::NAN);
            mixed.rows[2][8] = bits(input, f32::INFINITY);
            mixed.rows[2][1_024] = bits(input, f32::NEG_INFINITY);
            assert_eq!(run(&mixed, Digit::High, engine).not_finite, [1, 0, 2]);
            assert_eq!(run(&mixed, Digit::Low(&[0, 0]), engine).not_finite, [1, 0, 2]);
        }
    });
}

#[test]
fn the_second_dimension_of_the_grid_changes_no_count() {
    let Some(mut card) = open_card() else { return };
    let mixed = any(Float::BF16, 2, 70_001, 1);
    card.narrow_grid(3);
    assert!(run(&mixed, Digit::High, &mut card).bins == expect(&mixed, Digit::High));
}

#[test]
fn work_that_does_not_fit_together_is_refused() {
    on_both(|engine| {
        let mixed = any(Float::F32, 2, 10, 1);
        let (work, x) = (work(&mixed), mixed.x());
        let wrong = |error: Error, name| matches!(error, Error::WrongLength { what, .. } if what == name);
        assert!(wrong(engine.magnitudes(&work, Digit::High, &x[4..]).unwrap_err(), "x"));
        assert!(wrong(engine.magnitudes(&work, Digit::Low(&[1]), &x).unwrap_err(), "prefixes"));
        let none = Measure { sources: 0, ..work };
        assert!(matches!(engine.magnitudes(&none, Digit::High, &[]), Err(Error::NoSources { .. })));
        assert!(wrong(count_of_size(&work, &x[4..], 0, 1).unwrap_err(), "x"));
        assert!(wrong(count_of_size(&work, &x, 2, 1).unwrap_err(), "experts"));
        assert!(wrong(place_of_size(&work, &x, 2, 1, 0).unwrap_err(), "experts"));
    });
}
