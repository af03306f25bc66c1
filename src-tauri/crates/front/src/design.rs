//! Which mixes to measure before anything is known.
//!
//! First the mixes a person will ask about: the base, every specialist alone, the equal mix. The rest is a Latin
//! hypercube (McKay, Beckman and Conover 1979): every strength takes each of its n strata once. Of several such
//! hypercubes the one is kept whose quadratic would be known best, det(ΦᵀΦ) largest (D-optimality; Atkinson and
//! Donev 1992, chapter 10). MAP's code (arXiv:2406.07529) draws from a regular grid instead, which for eight strengths
//! has two levels and so leaves the squares open.

use crate::matrix::{Cholesky, add_outer};
use crate::quadratic::{unknowns, write_basis};
use crate::random::Random;
use crate::{Bounds, Error};

/// Hypercubes tried.
const TRIES: usize = 32;

/// How many mixes to measure, in terms of the unknowns of a quadratic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effort {
    /// 1.3 times the unknowns: 8 mixes for two strengths, 13 for three, 59 for eight.
    Quick,
    /// Twice the unknowns, (k+1)(k+2), as MAP's code means to: 12, 20, 90.
    Normal,
    /// Three times the unknowns: 18, 30, 135.
    Thorough,
}

impl Effort {
    /// Number of mixes for `axes` strengths.
    pub const fn mixes(self, axes: usize) -> usize {
        let unknowns = unknowns(axes);
        match self {
            Effort::Quick => (13 * unknowns).div_ceil(10),
            Effort::Normal => 2 * unknowns,
            Effort::Thorough => 3 * unknowns,
        }
    }
}

/// `mixes` different mixes \[mixes\]\[k\] inside `bounds`: base corner, every specialist alone, equal mix (strength 1/k
/// each), then the hypercube. Those that lie outside the box move to its border.
///
/// # Errors
/// Fewer than (k+1)(k+2)/2 mixes; [`Error::missing`] says how many more the fit needs.
pub fn design(bounds: &Bounds, mixes: usize, seed: u64) -> Result<Vec<Vec<f64>>, Error> {
    let needed = unknowns(bounds.axes());
    if mixes < needed {
        return Err(Error::TooFewMixes { found: mixes, needed });
    }
    Ok(filled(bounds, fixed(bounds), mixes, seed))
}

/// The mixes of every design: base, specialists, equal mix, without repeats.
pub(crate) fn fixed(bounds: &Bounds) -> Vec<Vec<f64>> {
    let axes = bounds.axes();
    let alone = (0..axes).map(|one| (0..axes).map(|axis| f64::from(u8::from(axis == one))).collect());
    let all = std::iter::once(vec![0.0; axes]).chain(alone).chain([vec![1.0 / axes as f64; axes]]);
    let mut mixes: Vec<Vec<f64>> = Vec::with_capacity(axes + 2);
    for mix in all.map(|mix: Vec<f64>| bounds.clamp(&mix)) {
        if !mixes.contains(&mix) {
            mixes.push(mix);
        }
    }
    mixes
}

/// `given`, and hypercube mixes up to `mixes` in all.
pub(crate) fn filled(bounds: &Bounds, given: Vec<Vec<f64>>, mixes: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let free = mixes.saturating_sub(given.len());
    let mut best = (f64::NEG_INFINITY, Vec::new());
    for _ in 0..TRIES {
        let cube = hypercube(bounds, free, &mut random);
        let known = knowledge(bounds, given.iter().chain(&cube));
        if known > best.0 || best.1.is_empty() {
            best = (known, cube);
        }
    }
    let mut all = given;
    all.extend(best.1);
    all
}

/// n mixes; every strength lies once in each of the n strata of its width, at random inside the stratum.
fn hypercube(bounds: &Bounds, n: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut shares = vec![vec![0.0; bounds.axes()]; n];
    for axis in 0..bounds.axes() {
        let mut strata: Vec<usize> = (0..n).collect();
        random.shuffle(&mut strata);
        for (share, stratum) in shares.iter_mut().zip(strata) {
            share[axis] = (stratum as f64 + random.unit()) / n as f64;
        }
    }
    shares.iter().map(|share| bounds.at(|axis| share[axis])).collect()
}

/// ln det(ΦᵀΦ) over the box brought to −1 … 1; minus infinity where a term stays open.
fn knowledge<'a>(bounds: &Bounds, mixes: impl Iterator<Item = &'a Vec<f64>>) -> f64 {
    let unknowns = unknowns(bounds.axes());
    let (mut matrix, mut row) = (vec![0.0; unknowns * unknowns], Vec::new());
    for mix in mixes {
        let scaled: Vec<f64> = mix
            .iter()
            .enumerate()
            .map(|(axis, strength)| 2.0 * (strength - bounds.least()[axis]) / bounds.width(axis) - 1.0)
            .collect();
        write_basis(&scaled, &mut row);
        add_outer(&mut matrix, &row, 1.0);
    }
    Cholesky::of(&matrix, unknowns).map_or(f64::NEG_INFINITY, |cholesky| cholesky.log_determinant())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn unit(axes: usize) -> Bounds {
        Bounds::same(axes, 0.0, 1.0).unwrap()
    }

    #[test]
    fn counts_are_those_of_the_screen() {
        let counts = |effort: Effort| [2, 3, 8].map(|axes| effort.mixes(axes));
        assert_eq!(counts(Effort::Quick), [8, 13, 59]);
        assert_eq!(counts(Effort::Normal), [12, 20, 90]);
        assert_eq!(counts(Effort::Thorough), [18, 30, 135]);
    }

    #[test]
    fn every_design_begins_with_base_specialists_and_equal_mix() {
        let mixes = design(&unit(2), 8, 1).unwrap();
        assert_eq!(mixes[..4], [vec![0.0, 0.0], vec![1.0, 0.0], vec![0.0, 1.0], vec![0.5, 0.5]]);
        assert_eq!(mixes.len(), 8);
    }

    #[test]
    fn fixed_mixes_outside_the_box_move_to_its_border_without_repeats() {
        let bounds = Bounds::same(2, 0.1, 0.4).unwrap();
        let mixes = design(&bounds, 12, 1).unwrap();
        assert!(mixes.iter().all(|mix| bounds.holds(mix)), "{mixes:?}");
        assert_eq!(mixes[..4], [vec![0.1, 0.1], vec![0.4, 0.1], vec![0.1, 0.4], vec![0.4, 0.4]]);
        let one = design(&unit(1), 4, 1).unwrap();
        assert_eq!(one.iter().filter(|mix| mix[0] == 1.0).count(), 1);
    }

    #[test]
    fn too_few_mixes_are_refused_with_the_number_missing() {
        assert_eq!(design(&unit(3), 7, 0).unwrap_err().missing(), Some(3));
        assert!(design(&unit(3), 10, 0).is_ok());
    }

    #[test]
    fn strata_are_taken_once_each() {
        let cube = hypercube(&unit(3), 10, &mut Random::new(5));
        for axis in 0..3 {
            let mut strata: Vec<usize> = cube.iter().map(|mix| (mix[axis] * 10.0) as usize).collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_kept_hypercube_is_no_worse_than_any_tried() {
        let bounds = unit(3);
        let kept = knowledge(&bounds, design(&bounds, 20, 9).unwrap().iter());
        let mut random = Random::new(9);
        for _ in 0..TRIES {
            let cube = hypercube(&bounds, 15, &mut random);
            assert!(kept >= knowledge(&bounds, fixed(&bounds).iter().chain(&cube)));
        }
        let line: Vec<Vec<f64>> = (0..20).map(|at| vec![f64::from(at) / 20.0; 3]).collect();
        assert!(kept > knowledge(&bounds, line.iter()), "a line knows nothing");
    }

    #[test]
    fn a_seed_fixes_the_design_and_another_changes_it() {
        assert_eq!(design(&unit(4), 20, 3), design(&unit(4), 20, 3));
        assert_ne!(design(&unit(4), 20, 3), design(&unit(4), 20, 4));
    }
}
