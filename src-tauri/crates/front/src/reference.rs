//! Reference points: directions spread evenly over all preferences.

/// Number of skills, divisions of the outer layer, divisions of the inner one (at half the scale).
///
/// Source: Deb and Jain 2014 (IEEE Trans. Evol. Comput. 18:577), table I, for 3, 5, 8, 10 and 15; between them the
/// divisions that give 100 to 280 points.
const LAYERS: [(usize, usize, usize); 11] = [
    (1, 1, 0),
    (2, 99, 0),
    (3, 12, 0),
    (4, 7, 0),
    (5, 6, 0),
    (6, 4, 0),
    (7, 3, 2),
    (8, 3, 2),
    (9, 3, 2),
    (10, 3, 2),
    (15, 2, 1),
];

/// Points \[n\]\[t\] on the simplex Σ = 1, for `skills` skills.
pub(crate) fn reference_points(skills: usize) -> Vec<Vec<f64>> {
    let row = LAYERS.iter().find(|(most, _, _)| skills <= *most);
    let (outer, inner) = row.map_or((1, 1), |(_, outer, inner)| (*outer, *inner));
    let mut points = das_dennis(skills, outer);
    if inner > 0 {
        let middle = 0.5 / skills as f64;
        let shrunk = das_dennis(skills, inner).into_iter();
        points.extend(shrunk.map(|point| point.iter().map(|x| 0.5 * x + middle).collect()));
    }
    points
}

/// All points of the simplex whose numbers are multiples of 1/divisions: C(t + p − 1, p) of them.
///
/// Source: Das and Dennis 1998 (SIAM J. Optim. 8:631).
pub(crate) fn das_dennis(skills: usize, divisions: usize) -> Vec<Vec<f64>> {
    let mut points = Vec::new();
    spread(&mut Vec::with_capacity(skills), skills, divisions, &mut |counts| {
        points.push(counts.iter().map(|count| *count as f64 / divisions as f64).collect());
    });
    points
}

fn spread(counts: &mut Vec<usize>, skills: usize, left: usize, found: &mut impl FnMut(&[usize])) {
    if counts.len() + 1 == skills {
        counts.push(left);
        found(counts);
        counts.pop();
        return;
    }
    for count in 0..=left {
        counts.push(count);
        spread(counts, skills, left - count, found);
        counts.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_paper() {
        for (skills, points) in [(2, 100), (3, 91), (5, 210), (8, 156), (10, 275), (15, 135)] {
            assert_eq!(reference_points(skills).len(), points, "{skills}");
        }
        // MAP's code: two divisions at scale 1 and one at scale ½ give 5 points for 2 skills, 44 for 8.
        for (skills, points) in [(2, 5), (8, 44)] {
            assert_eq!(das_dennis(skills, 2).len() + das_dennis(skills, 1).len(), points);
        }
    }

    #[test]
    fn all_points_lie_on_the_simplex_and_differ() {
        for skills in 1..=12 {
            let points = reference_points(skills);
            for (at, point) in points.iter().enumerate() {
                assert!(point.iter().all(|x| *x >= 0.0) && (point.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                assert!(!points[..at].contains(point), "{skills}: {point:?}");
            }
        }
    }
}
