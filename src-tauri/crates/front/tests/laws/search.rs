use front::{
    Bounds, Effort, Link, Measured, Quadratic, Search, Surrogate, design, dominates, fit, hypervolume, non_dominated,
    unknowns,
};

/// One skill per strength; each has its peak near its own specialist and suffers from the others.
fn peaks(skills: usize) -> Vec<Quadratic> {
    let terms = |own: usize| {
        let square = |at: usize| if at == own { -4.0 } else { -1.5 };
        let linear = |at: usize| if at == own { 6.0 } else { 0.2 };
        let products = vec![-0.4; skills * (skills - 1) / 2];
        let squares = (0..skills).map(square);
        squares.chain(products).chain((0..skills).map(linear)).chain([-1.0]).collect()
    };
    (0..skills).map(|own| Quadratic::new(skills, Link::Sigmoid, terms(own)).unwrap()).collect()
}

/// Saddles with strong cross terms, some of whose best places lie on the border of the box.
fn saddles(skills: usize) -> Vec<Quadratic> {
    let term = |own: usize, at: usize| 4.0 * crate::draw::unit(20 + own as u64, at) - 2.0;
    (0..skills)
        .map(|own| {
            let terms = (0..unknowns(skills)).map(|at| term(own, at)).collect();
            Quadratic::new(skills, Link::Sigmoid, terms).unwrap()
        })
        .collect()
}

fn scores(truth: &[Quadratic], mix: &[f64]) -> Vec<f64> {
    truth.iter().map(|quadratic| quadratic.value(mix).unwrap()).collect()
}

fn surrogate(truth: &[Quadratic]) -> Surrogate {
    let bounds = Bounds::same(truth.len(), 0.0, 1.0).unwrap();
    let mixes = design(&bounds, Effort::Normal.mixes(truth.len()), 2).unwrap();
    let measure = |mix: Vec<f64>| Measured::new(mix.clone(), scores(truth, &mix), vec![100; truth.len()]).unwrap();
    fit(&mixes.into_iter().map(measure).collect::<Vec<_>>(), &vec![Link::Sigmoid; truth.len()], 2).unwrap()
}

/// Front of a dense grid over the unit box, `steps` to a side.
fn grid(truth: &[Quadratic], steps: usize) -> Vec<Vec<f64>> {
    let skills = truth.len();
    let mix = |at: usize| -> Vec<f64> {
        (0..skills).map(|axis| (at / steps.pow(axis as u32) % steps) as f64 / (steps - 1) as f64).collect()
    };
    let all: Vec<Vec<f64>> = (0..steps.pow(skills as u32)).map(|at| scores(truth, &mix(at))).collect();
    non_dominated(&all).unwrap().into_iter().map(|at| all[at].clone()).collect()
}

/// Share of the grid's hypervolume, above the base's scores.
fn share(truth: &[Quadratic], found: &[Vec<f64>], grid: &[Vec<f64>]) -> f64 {
    let base = scores(truth, &vec![0.0; truth.len()]);
    hypervolume(found, &base).unwrap() / hypervolume(grid, &base).unwrap()
}

/// A surface takes many points: in three skills 500 reach about 97 %, and the grid itself has thousands.
fn check(truth: &[Quadratic], steps: usize, most: usize) {
    let above = Some(scores(truth, &vec![0.0; truth.len()]));
    let front = surrogate(truth).front(None, &Search { most, above, ..Search::default() }).unwrap();
    let found: Vec<Vec<f64>> = front.iter().map(|estimate| scores(truth, estimate.coefficients())).collect();
    let grid = grid(truth, steps);
    let reached = share(truth, &found, &grid);
    println!("{} skills: {} points reach {reached:.4} of {} points of the grid", truth.len(), found.len(), grid.len());
    assert!(reached >= 0.99, "{reached}");
    // Negative control: equal strengths for all do not get there.
    let line: Vec<Vec<f64>> = (0..=200).map(|at| scores(truth, &vec![f64::from(at) / 200.0; truth.len()])).collect();
    let alone = share(truth, &line, &grid);
    assert!(alone < 0.99, "equal strengths reach {alone}");
}

#[test]
fn the_search_reaches_the_grid_for_two_skills_with_peaks() {
    check(&peaks(2), 201, 200);
}

#[test]
fn the_search_reaches_the_grid_for_two_skills_with_saddles() {
    check(&saddles(2), 201, 200);
}

#[test]
fn the_search_reaches_the_grid_for_three_skills_with_peaks() {
    check(&peaks(3), 31, 2_000);
}

#[test]
fn the_search_reaches_the_grid_for_three_skills_with_saddles() {
    check(&saddles(3), 31, 2_000);
}

#[test]
fn no_estimate_of_a_front_is_dominated_and_all_lie_in_the_box() {
    let surrogate = surrogate(&peaks(4));
    let narrow = Bounds::same(4, 0.1, 0.6).unwrap();
    let front = surrogate.front(Some(&narrow), &Search { rounds: 30, most: 80, seed: 4, above: None }).unwrap();
    assert!(front.len() >= 40, "{}", front.len());
    for one in &front {
        assert!(narrow.holds(one.coefficients()), "{one:?}");
        assert!(!front.iter().any(|other| dominates(other.values(), one.values())), "{one:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_front_bit_by_bit() {
    let front = |seed| {
        let front = surrogate(&peaks(3)).front(None, &Search { rounds: 10, most: 40, seed, above: None }).unwrap();
        front.iter().flat_map(|one| one.coefficients().to_vec()).map(f64::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(front(1), front(1));
    assert_ne!(front(1), front(2));
}

#[test]
fn a_box_beside_the_measured_mixes_is_refused() {
    let beside = Bounds::same(2, 2.0, 3.0).unwrap();
    assert!(surrogate(&peaks(2)).front(Some(&beside), &Search::default()).is_err());
}

/// Best worst score over the skills, and best score of the first skill.
fn best(rows: &[Vec<f64>]) -> [f64; 2] {
    let worst = rows.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).fold(0.0, f64::max);
    [worst, rows.iter().map(|row| row[0]).fold(0.0, f64::max)]
}

#[test]
fn the_search_beats_as_many_random_mixes_in_four_and_eight_skills() {
    // Reference points of 4 and 8 skills, rounded up to four, times 120 rounds and the first population.
    for (skills, tries) in [(4, 120 * 121), (8, 156 * 121)] {
        let truth = peaks(skills);
        let front = surrogate(&truth).front(None, &Search::default()).unwrap();
        let found: Vec<Vec<f64>> = front.iter().map(|one| scores(&truth, one.coefficients())).collect();
        let random: Vec<Vec<f64>> = (0..tries).map(|at| scores(&truth, &crate::draw::mix(8, at, skills))).collect();
        let (found, random) = (best(&found), best(&random));
        println!("{skills} skills: {found:.4?} found, {random:.4?} by chance");
        assert!(found[0] > random[0] && found[1] > random[1], "{skills}: {found:?} {random:?}");
    }
}
