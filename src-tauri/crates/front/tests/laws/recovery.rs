use front::{Bounds, Effort, Error, Link, Measured, Quadratic, design, fit, unknowns};
use proptest::prelude::*;

const LINKS: [Link; 3] = [Link::Sigmoid, Link::Softplus, Link::Identity];

/// Measures `truth` without any error at a design of `mixes`, and fits.
fn refitted(truth: &Quadratic, mixes: usize, seed: u64) -> Quadratic {
    let bounds = Bounds::same(truth.axes(), 0.0, 1.0).unwrap();
    let measure = |mix: Vec<f64>| {
        let score = truth.value(&mix).unwrap();
        Measured::new(mix, vec![score], vec![100]).unwrap()
    };
    let measured: Vec<Measured> = design(&bounds, mixes, seed).unwrap().into_iter().map(measure).collect();
    fit(&measured, &[truth.link()], seed).unwrap().skills()[0].quadratic().clone()
}

fn farthest(x: &Quadratic, y: &Quadratic) -> f64 {
    x.terms().iter().zip(y.terms()).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

#[test]
fn the_worked_quadratic_is_recovered_from_twelve_mixes() {
    for link in LINKS {
        let truth = Quadratic::new(2, link, vec![-1.0, -2.0, 0.5, 1.0, 0.0, 0.2]).unwrap();
        let miss = farthest(&truth, &refitted(&truth, 12, 5));
        assert!(miss < 1e-6, "{link:?}: {miss:e}");
        // Negative control: another quadratic is as far away as it is.
        let other = Quadratic::new(2, link, vec![-1.0, -2.0, 0.5, 1.0, 0.0, 0.21]).unwrap();
        assert!(farthest(&truth, &refitted(&other, 12, 5)) > 1e-3);
    }
}

#[test]
fn eight_strengths_are_recovered_from_ninety_mixes() {
    for link in LINKS {
        let terms = (0..unknowns(8)).map(|at| crate::draw::unit(3, at) - 0.5).collect();
        let truth = Quadratic::new(8, link, terms).unwrap();
        let miss = farthest(&truth, &refitted(&truth, Effort::Normal.mixes(8), 1));
        assert!(miss < 1e-6, "{link:?}: {miss:e}");
    }
}

#[test]
fn a_noise_free_fit_reports_no_miss_and_explains_everything() {
    let truth = Quadratic::new(2, Link::Sigmoid, vec![-1.0, -2.0, 0.5, 1.0, 0.0, 0.2]).unwrap();
    let mixes = design(&Bounds::same(2, 0.0, 1.0).unwrap(), 12, 5).unwrap();
    let measured: Vec<Measured> = mixes
        .into_iter()
        .map(|mix| Measured::new(mix.clone(), vec![truth.value(&mix).unwrap()], vec![9]).unwrap())
        .collect();
    let surrogate = fit(&measured, &[Link::Sigmoid], 5).unwrap();
    let skill = &surrogate.skills()[0];
    assert!(skill.typical_miss().unwrap() < 1e-7 && skill.explained().unwrap() > 1.0 - 1e-9);
    let estimate = surrogate.estimate(&[0.3, 0.4]).unwrap();
    assert!((estimate.values()[0] - 0.537_430).abs() < 5e-7);
    assert!(estimate.misses().unwrap()[0] < 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn quadratics_without_noise_are_recovered(
        axes in 1usize..=4, link in prop::sample::select(LINKS.to_vec()), seed in any::<u64>(),
        terms in prop::collection::vec(-1.0f64..1.0, 15),
    ) {
        let truth = Quadratic::new(axes, link, terms[..unknowns(axes)].to_vec()).unwrap();
        let miss = farthest(&truth, &refitted(&truth, Effort::Normal.mixes(axes), seed));
        prop_assert!(miss < 1e-6, "{miss:e}");
    }

    #[test]
    fn the_order_of_the_mixes_changes_only_the_last_digits(seed in any::<u64>()) {
        let bounds = Bounds::same(2, 0.0, 1.0).unwrap();
        let noisy = |mix: &Vec<f64>| 0.5 + 0.3 * (mix[0] - mix[1] * mix[1]) + 0.02 * (50.0 * mix[0]).sin();
        let mut measured: Vec<Measured> = design(&bounds, 14, seed).unwrap().iter()
            .map(|mix| Measured::new(mix.clone(), vec![noisy(mix).clamp(0.0, 1.0)], vec![50]).unwrap()).collect();
        let first = fit(&measured, &[Link::Sigmoid], 0).unwrap();
        measured.reverse();
        let second = fit(&measured, &[Link::Sigmoid], 0).unwrap();
        prop_assert!(farthest(first.skills()[0].quadratic(), second.skills()[0].quadratic()) < 1e-5);
    }

    #[test]
    fn every_missing_mix_is_counted(axes in 1usize..=6, less in 1usize..=3) {
        let found = unknowns(axes) - less.min(unknowns(axes) - 1);
        let measured: Vec<Measured> = (0..found)
            .map(|at| Measured::new(crate::draw::mix(1, at, axes), vec![0.5], vec![10]).unwrap()).collect();
        let needed = unknowns(axes);
        prop_assert_eq!(fit(&measured, &[Link::Sigmoid], 0).unwrap_err(), Error::TooFewMixes { found, needed });
    }
}
