//! New mixes from old ones.

use crate::Bounds;
use crate::random::Random;

/// Distribution index of crossover: children lie close to their parents. Source: Deb and Jain 2014, table II.
const CROSSOVER: f64 = 30.0;
/// Distribution index of mutation; same source.
const MUTATION: f64 = 20.0;

/// Two children: simulated binary crossover, then mutation, both kept inside the box.
pub(crate) fn children(x: &[f64], y: &[f64], bounds: &Bounds, random: &mut Random) -> [Vec<f64>; 2] {
    let (mut first, mut second) = (x.to_vec(), y.to_vec());
    for axis in 0..bounds.axes() {
        if random.unit() < 0.5 {
            (first[axis], second[axis]) = cross(x[axis], y[axis], random);
        }
    }
    [first, second].map(|child| bounds.clamp(&mutated(child, bounds, random)))
}

/// Simulated binary crossover of one strength: the children's mean is the parents'.
///
/// Source: Deb and Agrawal 1995 (Complex Systems 9:115). Children beyond the box are moved to its border.
fn cross(x: f64, y: f64, random: &mut Random) -> (f64, f64) {
    let chance = random.unit();
    let ratio = if chance <= 0.5 { 2.0 * chance } else { 0.5 / (1.0 - chance) };
    let spread = ratio.powf(1.0 / (CROSSOVER + 1.0));
    let (middle, half) = (0.5 * (x + y), 0.5 * spread * (x - y));
    if random.unit() < 0.5 { (middle + half, middle - half) } else { (middle - half, middle + half) }
}

/// Polynomial mutation, one strength in k on average. Source: Deb and Goyal 1996.
fn mutated(mut mix: Vec<f64>, bounds: &Bounds, random: &mut Random) -> Vec<f64> {
    let chance = 1.0 / mix.len() as f64;
    for (axis, strength) in mix.iter_mut().enumerate() {
        if random.unit() < chance {
            let draw = random.unit();
            let power = 1.0 / (MUTATION + 1.0);
            let shift =
                if draw < 0.5 { (2.0 * draw).powf(power) - 1.0 } else { 1.0 - (2.0 * (1.0 - draw)).powf(power) };
            *strength += shift * bounds.width(axis);
        }
    }
    mix
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn children_of_crossover_keep_their_parents_mean() {
        let mut random = Random::new(2);
        for _ in 0..200 {
            let (x, y) = cross(0.2, 0.7, &mut random);
            assert!((x + y - 0.9).abs() < 1e-15, "{x} {y}");
        }
    }

    #[test]
    fn children_stay_in_the_box_and_differ_from_their_parents() {
        let bounds = Bounds::new(vec![0.0, -1.0], vec![0.5, 0.0]).unwrap();
        let mut random = Random::new(4);
        let mut changed = 0;
        for _ in 0..500 {
            for child in children(&[0.5, 0.0], &[0.0, -0.9], &bounds, &mut random) {
                assert!(bounds.holds(&child), "{child:?}");
                changed += usize::from(child != [0.5, 0.0] && child != [0.0, -0.9]);
            }
        }
        assert!(changed > 500, "{changed}");
    }
}
