//! How long a slider move takes for eight skills, and the steps before it. Prints, asserts nothing.
//!
//! Median of five passes, with the extremes. Beside them a plain pass over the same numbers, as a reference.

use std::hint::black_box;
use std::time::Instant;

use front::{
    Bounds, Effort, Estimate, Link, Measured, Point, Search, Surrogate, candidates, design, fit, hypervolume,
    preferred, remaining, settle, stoppers, worth_measuring,
};

const PASSES: usize = 5;
/// As many as the window is given.
const MOST_ESTIMATES: usize = 300;

fn main() {
    for skills in [2, 3, 8] {
        let points = measured(skills);
        let links = vec![Link::Sigmoid; skills];
        println!("{skills} skills, {} measured mixes", points.len());
        print("fit with held-out mixes", 1, || fit(&points, &links, 0).map(|found| found.skills().len()));
        let surrogate = fit(&points, &links, 0).expect("the design suffices");
        print("one estimate with bands", 1_000, || surrogate.estimate(&vec![0.4; skills]));
        print("search, 120 rounds", 1, || surrogate.front(None, &Search::default()).map(|front| front.len()));
        let front = surrogate.front(None, &Search::default()).expect("the sampled box is sound");
        print("where to measure six more", 1, || surrogate.next_mixes(&front, 6, 0));
        print("hypervolume of 40 points", 1, || {
            let some: Vec<&[f64]> = front.iter().take(40).map(Estimate::values).collect();
            hypervolume(&some, &vec![0.0; skills])
        });
        print("which six to measure", 1, || worth_measuring(&front, &points, &vec![0.2; skills], 6));
        slider(&surrogate, front, points);
    }
}

/// One move: what remains, every reachable range, and what stops the moved floor.
fn slider(surrogate: &Surrogate, front: Vec<Estimate>, measured: Vec<Measured>) {
    let skills = surrogate.skills().len();
    let estimates = front.into_iter().take(MOST_ESTIMATES).map(Point::Estimate);
    let points: Vec<Point> = measured.into_iter().map(Point::Measured).chain(estimates).collect();
    for copies in [1, 4] {
        let values: Vec<&[f64]> = points.iter().map(Point::values).cycle().take(copies * points.len()).collect();
        let floors: Vec<Option<f64>> = (0..skills).map(|at| (at % 2 == 0).then_some(0.35)).collect();
        println!("  {} candidates", values.len());
        print("slider move, no floor set", 100, || remaining(&values, &vec![None; skills]).map(|left| left.reach));
        print("slider move", 100, || remaining(&values, &floors).map(|left| left.candidates.len()));
        print("what stops a floor", 100, || stoppers(&values, &floors, 1));
        print("a floor that settles", 100, || settle(&values, &floors, 1, 0.99));
        print("(plain sum of all numbers)", 100, || values.iter().map(|row| row.iter().sum::<f64>()).sum::<f64>());
    }
    let weights = vec![1.0 / skills as f64; skills];
    print("the mix for priorities", 100, || preferred(&points, &vec![0.9; skills], &weights));
    print("named candidates", 10, || candidates(&points, &vec![0.9; skills], &[0, 1]));
}

/// A normal design; each skill peaks at its own specialist, with a small error that is fixed per mix.
fn measured(skills: usize) -> Vec<Measured> {
    let score = |mix: &[f64], own: usize| {
        let q = |(at, c): (usize, &f64)| if at == own { 3.0 * c - 1.5 * c * c } else { -0.8 * c };
        let error = 0.02 * (mix.iter().sum::<f64>() * 91.0 + own as f64).sin();
        (Link::Sigmoid.value(mix.iter().enumerate().map(q).sum()) + error).clamp(0.0, 1.0)
    };
    let bounds = Bounds::same(skills, 0.0, 1.0).expect("0 lies below 1");
    let mixes = design(&bounds, Effort::Normal.mixes(skills), 1).expect("normal effort suffices");
    let measured = mixes.into_iter().map(|mix| {
        let scores = (0..skills).map(|own| score(&mix, own)).collect();
        Measured::new(mix, scores, vec![200; skills]).expect("scores are finite")
    });
    measured.collect()
}

fn print<T>(what: &str, repeats: u32, mut work: impl FnMut() -> T) {
    let mut times: Vec<f64> = (0..PASSES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..repeats {
                black_box(work());
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(repeats)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("  {what:<28} {:>12.1} µs  ({:.1} to {:.1})", times[PASSES / 2], times[0], times[PASSES - 1]);
}
