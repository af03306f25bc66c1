//! Many skills by pairs: the two nodes with the closest scores are mixed, and their mix is one node from then on.
//!
//! Source: Nested MAP, arXiv:2406.07529, section 3 and its code. Every fit has two strengths only, so k specialists
//! cost (k−1)·20 mixes where one fit of all needs (k+1)(k+2)/2 at least; the answer is one mix per preference, not a
//! front, and approximate. Pure parts only: measuring a pair's mixes is the caller's.

use crate::design::{filled, fixed};
use crate::error::{check_finite, check_length, check_range, check_rows};
use crate::random::Random;
use crate::{Bounds, Error};

/// Mixes measured per pair, as in MAP's code.
pub const PAIR_MIXES: usize = 20;
/// Of these on the diagonal, and as many again beside it: together a fifth, the code's "isotropic share".
const DIAGONAL: usize = 2;
/// Deviation of those beside the diagonal.
const BESIDE: f64 = 0.1;

/// A specialist, or a mix of some.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    /// Strength of every specialist \[k\] in this node at strength 1.
    strengths: Vec<f64>,
    /// Whether each specialist \[k\] is a part of this node, also at strength 0.
    parts: Vec<bool>,
    score: f64,
    preference: f64,
}

/// Two open nodes to mix next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    left: usize,
    right: usize,
}

/// The tree while it grows.
#[derive(Debug, Clone, PartialEq)]
pub struct Nested {
    nodes: Vec<Node>,
    /// Indices of nodes that are not part of another, ascending.
    open: Vec<usize>,
}

/// Measured mixes of a whole tree over `skills` specialists.
pub const fn nested_mixes(skills: usize) -> usize {
    skills.saturating_sub(1) * PAIR_MIXES
}

/// The strengths \[20\]\[2\] to measure for a pair, in 0 to 1: base, both alone, the equal mix, two on the diagonal, two
/// beside it, the rest a hypercube.
///
/// # Errors
/// None that can happen; the box 0 to 1 is always sound.
pub fn pair_design(seed: u64) -> Result<Vec<Vec<f64>>, Error> {
    let bounds = Bounds::same(2, 0.0, 1.0)?;
    let mut random = Random::new(seed);
    let mut given = fixed(&bounds);
    for _ in 0..DIAGONAL {
        let (on, beside) = (random.unit(), random.unit());
        given.push(vec![on, on]);
        let disturbed = [0, 1].map(|_| beside + BESIDE * random.normal());
        given.push(bounds.clamp(&disturbed));
    }
    Ok(filled(&bounds, given, PAIR_MIXES, seed))
}

impl Nested {
    /// `scores` \[k\]: every specialist on its own skill. `preference` \[k\]: weight of every skill, 0 or more, not all 0.
    ///
    /// # Errors
    /// No specialists, lists of different lengths, numbers that are not finite, weights below 0 or all 0.
    pub fn new(scores: &[f64], preference: &[f64]) -> Result<Self, Error> {
        let skills = scores.len();
        if skills == 0 {
            return Err(Error::Empty { what: "specialists" });
        }
        check_finite("score", 0, scores)?;
        check_length("preference", preference, skills)?;
        preference.iter().try_for_each(|weight| check_range("preference", *weight, 0.0, f64::MAX))?;
        check_range("sum of the preference", preference.iter().sum(), f64::MIN_POSITIVE, f64::MAX)?;
        let node = |one: usize| {
            let parts: Vec<bool> = (0..skills).map(|at| at == one).collect();
            let strengths = parts.iter().map(|part| f64::from(u8::from(*part))).collect();
            Node { strengths, parts, score: scores[one], preference: preference[one] }
        };
        Ok(Self { nodes: (0..skills).map(node).collect(), open: (0..skills).collect() })
    }

    /// The two open nodes with the closest scores, the earliest of equals; `None` when one node is left.
    pub fn next_pair(&self) -> Option<Pair> {
        let pairs = self
            .open
            .iter()
            .enumerate()
            .flat_map(|(at, &left)| self.open[at + 1..].iter().map(move |&right| Pair { left, right }));
        let apart = |pair: &Pair| (self.nodes[pair.left].score - self.nodes[pair.right].score).abs();
        pairs.min_by(|x, y| apart(x).total_cmp(&apart(y)))
    }

    /// Specialists \[k\] whose skills the left and the right node stand for; a node's score is the mean over these.
    pub fn skills(&self, pair: Pair) -> [Vec<usize>; 2] {
        [pair.left, pair.right].map(|node| {
            let parts = &self.nodes[node].parts;
            (0..parts.len()).filter(|&skill| parts[skill]).collect()
        })
    }

    /// Strengths of the specialists \[k\] in the pair's mix at `strengths` of its nodes: factors multiply down the tree.
    pub fn mix(&self, pair: Pair, strengths: [f64; 2]) -> Vec<f64> {
        let (left, right) = (&self.nodes[pair.left].strengths, &self.nodes[pair.right].strengths);
        left.iter().zip(right).map(|(x, y)| strengths[0] * x + strengths[1] * y).collect()
    }

    /// The point of the pair's front `values` \[n\]\[2\] (score of the left node's skills, of the right node's) with the
    /// largest preference-weighted sum, the preference brought to length 1 first. The first of equals.
    ///
    /// # Errors
    /// No points, rows that do not have two numbers, numbers that are not finite.
    pub fn choose<S: AsRef<[f64]>>(&self, pair: Pair, values: &[S]) -> Result<usize, Error> {
        check_rows("scores", values)?;
        values.iter().try_for_each(|row| check_length("scores", row.as_ref(), 2))?;
        let weights = [pair.left, pair.right].map(|node| self.nodes[node].preference);
        let length = weights[0].hypot(weights[1]).max(f64::MIN_POSITIVE);
        let sum = |at: usize| values[at].as_ref().iter().zip(weights).map(|(x, w)| x * w / length).sum::<f64>();
        let better = |x: usize, y: usize| if sum(y) > sum(x) { y } else { x };
        (0..values.len()).reduce(better).ok_or(Error::Empty { what: "points" })
    }

    /// The pair becomes one node, mixed at `strengths`, whose measured score is `score` and whose preference the sum.
    ///
    /// # Errors
    /// A pair that is not open any more, numbers that are not finite.
    pub fn join(&mut self, pair: Pair, strengths: [f64; 2], score: f64) -> Result<(), Error> {
        check_finite("strength", 0, &strengths)?;
        check_finite("score", 0, &[score])?;
        if ![pair.left, pair.right].iter().all(|node| self.open.contains(node)) {
            return Err(Error::Empty { what: "open nodes of this pair" });
        }
        let (left, right) = (&self.nodes[pair.left], &self.nodes[pair.right]);
        let parts = left.parts.iter().zip(&right.parts).map(|(x, y)| *x || *y).collect();
        let preference = left.preference + right.preference;
        let node = Node { strengths: self.mix(pair, strengths), parts, score, preference };
        self.open.retain(|open| *open != pair.left && *open != pair.right);
        self.open.push(self.nodes.len());
        self.nodes.push(node);
        Ok(())
    }

    /// Strengths \[k\] of the whole mix, once a single node is left.
    pub fn strengths(&self) -> Option<&[f64]> {
        match self.open[..] {
            [last] => Some(&self.nodes[last].strengths),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn four() -> Nested {
        Nested::new(&[0.95, 0.60, 0.90, 0.70], &[1.0, 2.0, 3.0, 4.0]).unwrap()
    }

    #[test]
    fn the_closest_scores_are_paired_first() {
        let mut tree = four();
        let pair = tree.next_pair().unwrap();
        assert_eq!(tree.skills(pair), [vec![0], vec![2]]);
        tree.join(pair, [0.5, 0.4], 0.75).unwrap();
        // Left are 0.60, 0.70 and the new 0.75.
        let pair = tree.next_pair().unwrap();
        assert_eq!(tree.skills(pair), [vec![3], vec![0, 2]]);
    }

    #[test]
    fn strengths_multiply_down_the_tree() {
        let mut tree = four();
        assert_eq!(tree.strengths(), None);
        for (strengths, score) in [([0.5, 0.4], 0.75), ([0.8, 0.5], 0.65), ([1.0, 0.5], 0.6)] {
            let pair = tree.next_pair().unwrap();
            tree.join(pair, strengths, score).unwrap();
        }
        // ((0 at 0.5, 2 at 0.4) at 0.5 with 3 at 0.8) at 0.5, with 1 at 1.
        let expected = [0.5 * 0.5 * 0.5, 1.0, 0.4 * 0.5 * 0.5, 0.8 * 0.5];
        for (found, expected) in tree.strengths().unwrap().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        assert_eq!(tree.next_pair(), None);
    }

    #[test]
    fn a_part_at_strength_zero_stays_a_part() {
        let mut tree = four();
        let pair = tree.next_pair().unwrap();
        tree.join(pair, [0.0, 1.0], 0.6).unwrap();
        let pair = tree.next_pair().unwrap();
        assert_eq!(tree.skills(pair), [vec![1], vec![0, 2]]);
    }

    #[test]
    fn the_preference_chooses_and_adds_up() {
        let mut tree = four();
        let pair = tree.next_pair().unwrap();
        let front = [[0.9, 0.1], [0.5, 0.5], [0.2, 0.55]];
        // Weights 1 : 3, sums 1.2, 2.0, 1.85.
        assert_eq!(tree.choose(pair, &front), Ok(1));
        let equal = Nested::new(&[0.5, 0.5], &[1.0, 1.0]).unwrap();
        assert_eq!(equal.choose(equal.next_pair().unwrap(), &front), Ok(0), "of equal sums the first");
        tree.join(pair, [0.5, 0.5], 0.62).unwrap();
        // Node 1 (weight 2) beside the mix (weight 4): sums 2·0.9 + 4·0.1 = 2.2, 3.0, 2.6.
        assert_eq!(tree.choose(tree.next_pair().unwrap(), &front), Ok(1));
        assert!(tree.choose(pair, &[[0.1; 3]]).is_err() && tree.choose::<[f64; 2]>(pair, &[]).is_err());
    }

    #[test]
    fn a_pair_is_joined_once() {
        let mut tree = four();
        let pair = tree.next_pair().unwrap();
        assert!(tree.join(pair, [0.5, f64::NAN], 0.7).is_err());
        assert!(tree.join(pair, [0.5, 0.5], 0.7).is_ok() && tree.join(pair, [0.5, 0.5], 0.7).is_err());
    }

    #[test]
    fn preferences_that_are_none_are_refused() {
        assert!(Nested::new(&[], &[]).is_err() && Nested::new(&[0.5], &[0.0]).is_err());
        assert!(Nested::new(&[0.5, 0.5], &[-1.0, 2.0]).is_err() && Nested::new(&[f64::NAN], &[1.0]).is_err());
    }

    #[test]
    fn a_pair_is_measured_at_twenty_mixes_of_which_two_lie_on_the_diagonal() {
        let mixes = pair_design(1).unwrap();
        assert_eq!(mixes.len(), PAIR_MIXES);
        assert_eq!(mixes[4..8].iter().filter(|mix| mix[0] == mix[1]).count(), 2);
        assert!(mixes.iter().flatten().all(|strength| (0.0..=1.0).contains(strength)));
        assert_eq!((nested_mixes(8), nested_mixes(1), nested_mixes(0)), (140, 0, 0));
        assert_eq!(pair_design(1), pair_design(1));
    }
}
