//! Which points no other point beats. Higher is better everywhere.

use std::cmp::Ordering;

use crate::Error;
use crate::error::check_rows;

/// Whether `x` is nowhere worse than `y` and somewhere better. Both \[t\]; NaN is for the caller to keep out.
pub fn dominates(x: &[f64], y: &[f64]) -> bool {
    let mut is_better = false;
    for (x, y) in x.iter().zip(y) {
        if x < y {
            return false;
        }
        is_better |= x > y;
    }
    is_better
}

/// Indices, ascending, of the points that no other dominates; of equal points only the first. `scores` \[n\]\[t\].
///
/// Two skills: O(n log n), by one sweep. More: O(n·f·t) for f points in the front.
///
/// Source: Kung, Luccio and Preparata 1975 (sorting first, since a point is only dominated by an earlier one).
///
/// # Errors
/// Rows of different lengths, scores that are not finite.
pub fn non_dominated<S: AsRef<[f64]>>(scores: &[S]) -> Result<Vec<usize>, Error> {
    let skills = check_rows("scores", scores)?;
    let row = |at: usize| scores[at].as_ref();
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&x, &y| descending(row(x), row(y)).then(x.cmp(&y)));
    let mut kept: Vec<usize> = Vec::new();
    for at in order {
        // With two skills the last one kept has the best second score so far.
        let rivals = if skills == 2 { &kept[kept.len().saturating_sub(1)..] } else { &kept[..] };
        if !rivals.iter().any(|&rival| is_covered(row(at), row(rival))) {
            kept.push(at);
        }
    }
    kept.sort_unstable();
    Ok(kept)
}

/// Whether `x` is nowhere better than `y`.
pub(crate) fn is_covered(x: &[f64], y: &[f64]) -> bool {
    x.iter().zip(y).all(|(x, y)| x <= y)
}

/// Best first by the first skill, then by the second, …
pub(crate) fn descending(x: &[f64], y: &[f64]) -> Ordering {
    let numbers = x.iter().zip(y).map(|(x, y)| y.partial_cmp(x).unwrap_or(Ordering::Equal));
    numbers.fold(Ordering::Equal, Ordering::then)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn known_points_are_compared() {
        assert!(dominates(&[1.0, 2.0], &[1.0, 1.0]));
        for (x, y) in [([1.0, 1.0], [1.0, 1.0]), ([2.0, 0.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, 2.0])] {
            assert!(!dominates(&x, &y), "{x:?} {y:?}");
        }
    }

    #[test]
    fn of_equal_points_the_first_is_kept() {
        let scores = [[0.5, 0.5], [0.2, 0.9], [0.5, 0.5], [0.2, 0.8], [0.9, 0.1], [-0.0, 0.9], [0.0, 0.9]];
        assert_eq!(non_dominated(&scores), Ok(vec![0, 1, 4]));
        assert_eq!(non_dominated(&[[-0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]), Ok(vec![0]), "zero has one value");
    }

    #[test]
    fn nothing_has_an_empty_front_and_one_point_is_its_front() {
        assert_eq!(non_dominated::<[f64; 2]>(&[]), Ok(vec![]));
        assert_eq!(non_dominated(&[[0.0]]), Ok(vec![0]));
        assert_eq!(non_dominated(&[[0.3], [0.9], [0.9]]), Ok(vec![1]));
    }

    #[test]
    fn scores_that_are_not_numbers_never_enter() {
        let error = non_dominated(&[[0.1, 0.2], [f64::NAN, 0.1]]).unwrap_err();
        assert!(matches!(error, Error::NotFinite { row: 1, column: 0, .. }), "{error:?}");
        assert!(non_dominated(&[vec![0.1], vec![0.1, 0.2]]).is_err());
    }
}
