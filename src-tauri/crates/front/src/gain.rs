//! Which estimates to measure before anybody trusts the front: those that would widen it most.

use crate::error::{check_finite, check_length, check_range};
use crate::volume::{VOLUME_SKILLS, exclusive};
use crate::{Error, Estimate, Measured};

/// Up to `count` indices of `front` \[n\], the most promising first: each would add the most hypervolume above
/// `reference` \[t\] to what is measured and to those before it, if its estimate were right. Fewer where none adds any.
///
/// A front of estimates is optimistic, since the search seeks out their errors; so the promising ones are measured
/// first. Taking the largest gain each time reaches at least 63 % of the best choice's volume (Nemhauser, Wolsey and
/// Fisher 1978, the volume being submodular); gains only shrink, so an old gain is an upper bound (Minoux 1978).
///
/// # Errors
/// Scores of another length than the reference, numbers that are not finite, more than [`VOLUME_SKILLS`] skills.
pub fn worth_measuring(
    front: &[Estimate],
    known: &[Measured],
    reference: &[f64],
    count: usize,
) -> Result<Vec<usize>, Error> {
    check_finite("reference", 0, reference)?;
    check_range("number of skills", reference.len() as f64, 1.0, VOLUME_SKILLS as f64)?;
    let mut taken = known.iter().map(|one| sides(one.scores(), reference)).collect::<Result<Vec<_>, _>>()?;
    let open = front.iter().map(|one| sides(one.values(), reference)).collect::<Result<Vec<_>, _>>()?;
    let mut bounds: Vec<f64> = open.iter().map(|sides| exclusive(sides, &taken)).collect();
    let mut chosen = Vec::new();
    while chosen.len() < count {
        let Some((best, gain)) = largest(&open, &taken, &mut bounds) else { break };
        if gain <= 0.0 {
            break;
        }
        bounds[best] = f64::NEG_INFINITY;
        taken.push(open[best].clone());
        chosen.push(best);
    }
    Ok(chosen)
}

/// Sides of the box between reference and scores; a side below 0 is 0, and such a box is empty.
fn sides(scores: &[f64], reference: &[f64]) -> Result<Vec<f64>, Error> {
    check_length("scores", scores, reference.len())?;
    Ok(scores.iter().zip(reference).map(|(score, zero)| (score - zero).max(0.0)).collect())
}

/// The largest gain there is now, found by renewing the largest bound until it stays on top.
fn largest(open: &[Vec<f64>], taken: &[Vec<f64>], bounds: &mut [f64]) -> Option<(usize, f64)> {
    let mut fresh = vec![false; open.len()];
    loop {
        let better = |x: usize, y: usize| if bounds[y] > bounds[x] { y } else { x };
        let best = (0..open.len()).reduce(better)?;
        if fresh[best] || bounds[best] <= 0.0 {
            return Some((best, bounds[best]));
        }
        bounds[best] = exclusive(&open[best], taken);
        fresh[best] = true;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::hypervolume;

    fn estimates(values: &[[f64; 2]]) -> Vec<Estimate> {
        values.iter().map(|row| Estimate::restored(vec![0.0], row.to_vec(), None).unwrap()).collect()
    }

    fn known(scores: &[[f64; 2]]) -> Vec<Measured> {
        scores.iter().map(|row| Measured::new(vec![0.0], row.to_vec(), vec![9; 2]).unwrap()).collect()
    }

    #[test]
    fn the_largest_gain_comes_first_and_what_adds_nothing_not_at_all() {
        let front = estimates(&[[0.9, 0.2], [0.6, 0.6], [0.3, 0.8], [0.5, 0.5], [-0.1, 0.9]]);
        let chosen = |known: &[Measured]| worth_measuring(&front, known, &[0.0, 0.0], 9).unwrap();
        assert_eq!(chosen(&[]), [1, 0, 2]);
        assert_eq!(chosen(&known(&[[0.6, 0.6]])), [0, 2], "0.06 each: the first of equals");
        assert_eq!(chosen(&known(&[[1.0, 1.0]])), [0; 0]);
        assert_eq!(worth_measuring(&front, &[], &[0.0, 0.0], 1).unwrap(), [1]);
    }

    #[test]
    fn lazy_choice_is_the_plain_greedy_choice() {
        let values: Vec<[f64; 2]> = (0..60)
            .map(|at| {
                let angle = 1.57 * (f64::from(at) * 0.618).fract();
                let length = 0.7 + 0.3 * (f64::from(at) * 0.382).fract();
                [length * angle.cos(), length * angle.sin()]
            })
            .collect();
        let mut plain: Vec<usize> = Vec::new();
        for _ in 0..8 {
            let with = |one: usize| {
                let rows: Vec<[f64; 2]> = plain.iter().chain([&one]).map(|&at| values[at]).collect();
                hypervolume(&rows, &[0.0, 0.0]).unwrap()
            };
            let best = (0..60).reduce(|x, y| if with(y) > with(x) { y } else { x }).unwrap();
            plain.push(best);
        }
        assert_eq!(worth_measuring(&estimates(&values), &[], &[0.0, 0.0], 8).unwrap(), plain);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let front = estimates(&[[0.5, 0.5]]);
        assert!(worth_measuring(&front, &[], &[0.0], 1).is_err());
        assert!(worth_measuring(&front, &[], &[0.0, f64::NAN], 1).is_err());
        assert!(worth_measuring(&[], &[], &[0.0; 9], 1).is_err());
    }
}
