//! Floors: "at least this much of that skill". Which mixes remain, and how far every floor can still go.
//!
//! The idea that what is reachable shrinks live is NAUTILUS Navigator's (Ruiz et al. 2019, J. Global Optim.); here it
//! runs over the candidates that there are, so that every number shown belongs to one of them. One pass over them:
//! microseconds for hundreds of candidates and eight skills. Undoing a floor is the caller's: floors have no memory.

use crate::Error;
use crate::error::{check_finite, check_length, check_range, check_rows};

/// What one skill can still have while all *other* floors hold; its own floor does not count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// The least of it.
    pub least: f64,
    /// The most of it: its floor stops here.
    pub most: f64,
    /// Index of the candidate that has the most, the first of equals.
    pub at: usize,
}

/// What floors leave over.
#[derive(Debug, Clone, PartialEq)]
pub struct Remaining {
    /// Indices, ascending, of the candidates that keep every floor.
    pub candidates: Vec<usize>,
    /// Per skill \[t\]; `None` where no candidate keeps all other floors.
    pub reach: Vec<Option<Reach>>,
}

/// A score that is a rounding error below its floor keeps it: the person set the floor to that very score.
fn keeps(score: f64, floor: Option<f64>) -> bool {
    floor.is_none_or(|floor| score >= floor - 1e-12 * floor.abs())
}

/// `values` \[n\]\[t\], higher is better; `floors` \[t\] in the same unit, `None` without a floor.
///
/// # Errors
/// Rows of different lengths, numbers that are not finite.
pub fn remaining<S: AsRef<[f64]>>(values: &[S], floors: &[Option<f64>]) -> Result<Remaining, Error> {
    check_floors(values, floors)?;
    let mut candidates = Vec::new();
    let mut reach = vec![None; floors.len()];
    for (at, row) in values.iter().enumerate() {
        let row = row.as_ref();
        let mut broken = (0..floors.len()).filter(|&skill| !keeps(row[skill], floors[skill]));
        match (broken.next(), broken.next()) {
            (None, _) => {
                candidates.push(at);
                (0..floors.len()).for_each(|skill| widen(&mut reach[skill], row[skill], at));
            }
            // It breaks the floor of one skill only: for that skill it is still within reach.
            (Some(skill), None) => widen(&mut reach[skill], row[skill], at),
            _ => {}
        }
    }
    Ok(Remaining { candidates, reach })
}

fn check_floors<S: AsRef<[f64]>>(values: &[S], floors: &[Option<f64>]) -> Result<(), Error> {
    check_rows("scores", values)?;
    let set: Vec<f64> = floors.iter().flatten().copied().collect();
    check_finite("floor", 0, &set)?;
    values.first().map_or(Ok(()), |row| check_length("scores", row.as_ref(), floors.len()))
}

fn widen(reach: &mut Option<Reach>, score: f64, at: usize) {
    let known = reach.get_or_insert(Reach { least: score, most: score, at });
    known.least = known.least.min(score);
    if score > known.most {
        (known.most, known.at) = (score, at);
    }
}

/// The floor nearest to `wish` that leaves a candidate: `wish` itself, or the most that is within reach.
/// `None` where the other floors already leave nothing.
///
/// # Errors
/// As [`remaining`], a skill that there is not, a wish that is not finite.
pub fn settle<S: AsRef<[f64]>>(
    values: &[S],
    floors: &[Option<f64>],
    skill: usize,
    wish: f64,
) -> Result<Option<f64>, Error> {
    check_range("skill", skill as f64, 0.0, floors.len() as f64 - 1.0)?;
    check_finite("floor", 0, &[wish])?;
    let reach = remaining(values, floors)?.reach[skill];
    Ok(reach.map(|reach| wish.min(reach.most)))
}

/// The other floors that stop `skill`: without one of them more of it would be within reach. For the sentence "90 % is
/// the most that fits with Flowers ≥ 92 %". Where only several together stop it, all of these are named.
///
/// # Errors
/// As [`remaining`], a skill that there is not.
pub fn stoppers<S: AsRef<[f64]>>(values: &[S], floors: &[Option<f64>], skill: usize) -> Result<Vec<usize>, Error> {
    check_range("skill", skill as f64, 0.0, floors.len() as f64 - 1.0)?;
    let most = |floors: &[Option<f64>]| {
        remaining(values, floors).map(|left| left.reach[skill].map_or(f64::NEG_INFINITY, |reach| reach.most))
    };
    let now = most(floors)?;
    let others: Vec<usize> = (0..floors.len()).filter(|&other| other != skill && floors[other].is_some()).collect();
    let mut alone = Vec::new();
    for &other in &others {
        let mut without = floors.to_vec();
        without[other] = None;
        if most(&without)? > now {
            alone.push(other);
        }
    }
    let is_stopped = most(&vec![None; floors.len()])? > now;
    Ok(if alone.is_empty() && is_stopped { others } else { alone })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const VALUES: [[f64; 3]; 4] = [[0.9, 0.5, 0.5], [0.8, 0.7, 0.4], [0.6, 0.9, 0.6], [0.5, 0.5, 0.9]];

    fn reach(least: f64, most: f64, at: usize) -> Option<Reach> {
        Some(Reach { least, most, at })
    }

    #[test]
    fn without_floors_everything_remains() {
        let all = remaining(&VALUES, &[None; 3]).unwrap();
        assert_eq!(all.candidates, [0, 1, 2, 3]);
        assert_eq!(all.reach, [reach(0.5, 0.9, 0), reach(0.5, 0.9, 2), reach(0.4, 0.9, 3)]);
    }

    #[test]
    fn a_floor_shrinks_the_reach_of_the_others_and_not_its_own() {
        let left = remaining(&VALUES, &[Some(0.7), None, None]).unwrap();
        assert_eq!(left.candidates, [0, 1]);
        assert_eq!(left.reach, [reach(0.5, 0.9, 0), reach(0.5, 0.7, 1), reach(0.4, 0.5, 0)]);
    }

    #[test]
    fn a_floor_set_to_the_most_within_reach_keeps_its_candidate() {
        let floors = [Some(0.7), None, None];
        let most = remaining(&VALUES, &floors).unwrap().reach[1].unwrap().most;
        let left = remaining(&VALUES, &[Some(0.7), Some(most), None]).unwrap();
        assert_eq!(left.candidates, [1]);
        let beyond = remaining(&VALUES, &[Some(0.7), Some(most + 1e-9), None]).unwrap();
        assert!(beyond.candidates.is_empty(), "one step further nothing is left");
    }

    #[test]
    fn a_wish_beyond_reach_stops_at_the_most() {
        let floors = [Some(0.7), None, None];
        assert_eq!(settle(&VALUES, &floors, 1, 0.95), Ok(Some(0.7)));
        assert_eq!(settle(&VALUES, &floors, 1, 0.6), Ok(Some(0.6)));
        assert_eq!(settle(&VALUES, &[Some(2.0), None, None], 1, 0.6), Ok(None));
        assert!(settle(&VALUES, &floors, 3, 0.6).is_err() && settle(&VALUES, &floors, 1, f64::NAN).is_err());
    }

    #[test]
    fn the_floors_that_stop_a_skill_are_named() {
        assert_eq!(stoppers(&VALUES, &[Some(0.7), None, Some(0.1)], 1), Ok(vec![0]));
        assert_eq!(stoppers(&VALUES, &[Some(0.5), None, None], 1), Ok(vec![]), "that floor stops nothing");
        // Both floors hold: the third skill stops at 0.4. Without the first it reaches 0.6, without the second 0.5.
        assert_eq!(stoppers(&VALUES, &[Some(0.7), Some(0.6), None], 2), Ok(vec![0, 1]));
        // Neither floor alone makes room, both together do: both are named.
        let values = [[0.0, 0.0, 0.9], [1.0, 1.0, 0.1]];
        assert_eq!(stoppers(&values, &[Some(0.5), Some(0.5), None], 2), Ok(vec![0, 1]));
    }

    #[test]
    fn floors_that_fit_nothing_leave_nothing_and_floors_that_are_none_are_refused() {
        let left = remaining(&VALUES, &[Some(0.95), Some(0.95), None]).unwrap();
        assert!(left.candidates.is_empty() && left.reach == [None, None, None]);
        assert!(remaining(&VALUES, &[Some(f64::NAN), None, None]).is_err() && remaining(&VALUES, &[None]).is_err());
        assert_eq!(remaining::<[f64; 2]>(&[], &[None, None]).unwrap().candidates, []);
    }
}
