//! How good a front is as a whole. Higher scores are better; every measure is exact.

use std::cmp::Ordering;

use crate::Error;
use crate::dominance::{is_covered, non_dominated};
use crate::error::{check_finite, check_length, check_range, check_rows};

/// Most skills of [`hypervolume`]; its time grows exponentially with them.
pub const VOLUME_SKILLS: usize = 8;

/// Volume of all that lies between `reference` \[t\] and some point of `scores` \[n\]\[t\]. Points that are not above the
/// reference in every skill add nothing. Units: the product of the skills' units. Tens of points for up to 8 skills.
///
/// Source: the WFG algorithm (While, Bradstreet and Barone 2012, IEEE Trans. Evol. Comput. 16:86), with the points
/// sorted by the last skill, so that every exclusive part is a volume of one dimension less times one length.
///
/// # Errors
/// Rows of different lengths, numbers that are not finite, more than [`VOLUME_SKILLS`] skills.
pub fn hypervolume<S: AsRef<[f64]>>(scores: &[S], reference: &[f64]) -> Result<f64, Error> {
    check_rows("scores", scores)?;
    check_finite("reference", 0, reference)?;
    check_range("number of skills", reference.len() as f64, 1.0, VOLUME_SKILLS as f64)?;
    let mut above = Vec::with_capacity(scores.len());
    for row in scores {
        check_length("scores", row.as_ref(), reference.len())?;
        let sides: Vec<f64> = row.as_ref().iter().zip(reference).map(|(score, zero)| score - zero).collect();
        if sides.iter().all(|side| *side > 0.0) {
            above.push(sides);
        }
    }
    Ok(volume(without_covered(above), reference.len()))
}

/// Volume from the origin, of points that do not cover each other in their first `skills` numbers.
fn volume(mut points: Vec<Vec<f64>>, skills: usize) -> f64 {
    if skills == 1 || points.len() == 1 {
        let box_of = |point: &Vec<f64>| point[..skills].iter().product();
        return points.iter().map(box_of).fold(0.0, f64::max);
    }
    let last = skills - 1;
    if skills == 2 {
        return area(points);
    }
    points.sort_by(|x, y| x[last].total_cmp(&y[last]));
    let own = |(at, point): (usize, &Vec<f64>)| {
        let base: f64 = point[..last].iter().product();
        point[last] * (base - volume(limited(&points[at + 1..], &point[..last]), last))
    };
    points.iter().enumerate().map(own).sum()
}

/// Area from the origin, of points that do not cover each other.
fn area(mut points: Vec<Vec<f64>>) -> f64 {
    points.sort_by(|x, y| y[0].total_cmp(&x[0]));
    let mut height = 0.0;
    let mut sum = 0.0;
    for point in points {
        sum += point[0] * (point[1] - height);
        height = point[1];
    }
    sum
}

/// What the later points share with the box of `corner`.
fn limited(points: &[Vec<f64>], corner: &[f64]) -> Vec<Vec<f64>> {
    let cut = points.iter().map(|point| point.iter().zip(corner).map(|(x, most)| x.min(*most)).collect());
    without_covered(cut.collect())
}

/// The points that no other covers, one of equals.
fn without_covered(mut points: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    points.sort_by(|x, y| y.partial_cmp(x).unwrap_or(Ordering::Equal));
    let mut kept: Vec<Vec<f64>> = Vec::with_capacity(points.len());
    for point in points {
        if !kept.iter().any(|rival| is_covered(&point, rival)) {
            kept.push(point);
        }
    }
    kept
}

/// Volume of the box of `sides` \[t\], at the origin, that none of the boxes of `others` covers.
pub(crate) fn exclusive(sides: &[f64], others: &[Vec<f64>]) -> f64 {
    sides.iter().product::<f64>() - volume(limited(others, sides), sides.len())
}

/// Mean distance from a point of the `true_front` \[n\]\[t\] to the nearest of `found` \[m\]\[t\]: what was missed
/// (inverted generational distance, Euclidean). 0 is best.
///
/// # Errors
/// Rows of different lengths, numbers that are not finite, an empty list.
pub fn inverted_generational_distance<S: AsRef<[f64]>, T: AsRef<[f64]>>(
    true_front: &[S],
    found: &[T],
) -> Result<f64, Error> {
    mean_distance(true_front, found)
}

/// Mean distance from a point of `found` to the nearest of the `true_front`: how far off it lies (generational
/// distance, Euclidean). 0 is best.
///
/// # Errors
/// As [`inverted_generational_distance`].
pub fn generational_distance<S: AsRef<[f64]>, T: AsRef<[f64]>>(true_front: &[S], found: &[T]) -> Result<f64, Error> {
    mean_distance(found, true_front)
}

fn mean_distance<S: AsRef<[f64]>, T: AsRef<[f64]>>(from: &[S], to: &[T]) -> Result<f64, Error> {
    check_fronts(from, to)?;
    let nearest = |x: &S| to.iter().map(|y| between(x.as_ref(), y.as_ref())).fold(f64::INFINITY, f64::min);
    Ok(from.iter().map(nearest).sum::<f64>() / from.len() as f64)
}

/// Euclidean distance.
pub(crate) fn between(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

/// Share of (point of `ours`, point of `theirs`, skill) in which ours scores higher; equal scores are not won.
///
/// Source: MAP, arXiv:2406.07529, section 4 (win rate).
///
/// # Errors
/// As [`inverted_generational_distance`].
pub fn win_rate<S: AsRef<[f64]>, T: AsRef<[f64]>>(ours: &[S], theirs: &[T]) -> Result<f64, Error> {
    let skills = check_fronts(ours, theirs)?;
    let won = |x: &[f64], y: &[f64]| x.iter().zip(y).filter(|(x, y)| x > y).count();
    let sum: usize = ours.iter().map(|x| theirs.iter().map(|y| won(x.as_ref(), y.as_ref())).sum::<usize>()).sum();
    Ok(sum as f64 / (ours.len() * theirs.len() * skills) as f64)
}

fn check_fronts<S: AsRef<[f64]>, T: AsRef<[f64]>>(first: &[S], second: &[T]) -> Result<usize, Error> {
    if first.is_empty() || second.is_empty() {
        return Err(Error::Empty { what: "points of the front" });
    }
    let skills = check_rows("scores", first)?;
    check_rows("scores", second)?;
    check_length("scores", second[0].as_ref(), skills)?;
    Ok(skills)
}

/// The share of the hypervolume of `all` that `part` reaches, both above `reference`; 0 where there is none.
///
/// # Errors
/// As [`hypervolume`].
pub fn volume_share<S: AsRef<[f64]>, T: AsRef<[f64]>>(part: &[S], all: &[T], reference: &[f64]) -> Result<f64, Error> {
    let whole = hypervolume(all, reference)?;
    let reached = hypervolume(part, reference)?;
    Ok(if whole > 0.0 { reached / whole } else { 0.0 })
}

/// How much of the hypervolume each point of the front adds alone \[n\], 0 for points that others cover.
///
/// # Errors
/// As [`hypervolume`].
pub fn contributions<S: AsRef<[f64]>>(scores: &[S], reference: &[f64]) -> Result<Vec<f64>, Error> {
    let whole = hypervolume(scores, reference)?;
    let front = non_dominated(scores)?;
    let mut shares = vec![0.0; scores.len()];
    for &one in &front {
        let rest: Vec<&[f64]> = (0..scores.len()).filter(|at| *at != one).map(|at| scores[at].as_ref()).collect();
        shares[one] = whole - hypervolume(&rest, reference)?;
    }
    Ok(shares)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const FRONT: [[f64; 2]; 3] = [[0.9, 0.2], [0.6, 0.6], [0.3, 0.8]];

    #[test]
    fn the_worked_numbers_come_out() {
        assert!((hypervolume(&FRONT, &[0.0, 0.0]).unwrap() - 0.48).abs() < 1e-15);
        let found = [[0.9, 0.2], [0.5, 0.6]];
        assert!((inverted_generational_distance(&FRONT, &found).unwrap() - 0.127_614).abs() < 5e-7);
        assert!((generational_distance(&FRONT, &found).unwrap() - 0.05).abs() < 1e-15);
    }

    #[test]
    fn boxes_of_known_volume_come_out_in_every_dimension() {
        for skills in 1..=VOLUME_SKILLS {
            let half = vec![0.5; skills];
            assert_eq!(hypervolume(&[&half], &vec![0.0; skills]), Ok(0.5f64.powi(skills as i32)));
            // One box of side 1 with the first side 0.5, one with the last side 0.5: 1/2 + 1/2 − 1/4.
            if skills > 1 {
                let cut = |at: usize| (0..skills).map(|axis| if axis == at { 0.5 } else { 1.0 }).collect::<Vec<_>>();
                let volume = hypervolume(&[cut(0), cut(skills - 1)], &vec![0.0; skills]).unwrap();
                assert!((volume - 0.75).abs() < 1e-15, "{skills}: {volume}");
            }
        }
    }

    #[test]
    fn the_reference_moves_the_origin_and_what_lies_below_adds_nothing() {
        let volume = hypervolume(&FRONT, &[0.3, 0.2]).unwrap();
        // (0.9, 0.2) and (0.3, 0.8) are not above it in both: 0.3 · 0.4.
        assert!((volume - 0.12).abs() < 1e-15);
        assert_eq!(hypervolume(&FRONT, &[1.0, 1.0]), Ok(0.0));
        assert_eq!(hypervolume::<[f64; 2]>(&[], &[0.0, 0.0]), Ok(0.0));
    }

    #[test]
    fn too_many_skills_and_wrong_lengths_are_refused() {
        assert!(matches!(hypervolume(&[[0.5; 9]], &[0.0; 9]), Err(Error::OutOfRange { .. })));
        assert!(hypervolume(&FRONT, &[0.0]).is_err() && hypervolume(&FRONT, &[0.0, f64::NAN]).is_err());
        assert!(generational_distance::<[f64; 2], [f64; 2]>(&FRONT, &[]).is_err());
        assert!(win_rate(&FRONT, &[[0.1; 3]]).is_err());
    }

    #[test]
    fn wins_are_counted_over_pairs_and_skills() {
        // (0.9, 0.2) wins the first skill, (0.6, 0.6) both, (0.3, 0.8) the second: 4 of 6.
        assert!((win_rate(&FRONT, &[[0.5, 0.5]]).unwrap() - 4.0 / 6.0).abs() < 1e-15);
        assert_eq!(win_rate(&[[0.5, 0.5]], &[[0.5, 0.5]]), Ok(0.0));
    }

    #[test]
    fn contributions_are_what_vanishes_without_the_point() {
        let with_covered = [FRONT[0], FRONT[1], FRONT[2], [0.2, 0.2]];
        let found = contributions(&with_covered, &[0.0, 0.0]).unwrap();
        for (found, expected) in found.iter().zip([0.3 * 0.2, 0.3 * 0.4, 0.3 * 0.2, 0.0]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        assert!((volume_share(&FRONT[..1], &FRONT, &[0.0, 0.0]).unwrap() - 0.18 / 0.48).abs() < 1e-15);
    }
}
