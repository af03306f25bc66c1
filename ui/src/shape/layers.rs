//! Which skills change which layers, and which pull the same way.

use protocol::statistics::{Layer, LayerStatistics};

/// Cosines closer to zero than this are nobody's friend and nobody's foe: independent fine-tunes of one model lie a
/// few hundredths apart from a right angle.
const WORTH_A_WORD: f64 = 0.05;

/// Two skills and the cosine of their changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Index of the one skill.
    pub a: usize,
    /// Index of the other.
    pub b: usize,
    /// Cosine of their changes.
    pub cosine: f64,
}

/// The largest relative change of any layer, for the end of the scale.
pub fn most(found: &LayerStatistics) -> f64 {
    let all = found.layers.iter().flat_map(|layer| layer.relative.iter().flatten());
    all.copied().filter(|change| change.is_finite()).fold(0.0, f64::max)
}

/// A layer by its place; the whole model where there is none.
pub fn layer(found: &LayerStatistics, place: Option<usize>) -> &Layer {
    place.and_then(|place| found.layers.get(place)).unwrap_or(&found.total)
}

/// Cosine of two skills' changes in a layer.
pub fn cosine(layer: &Layer, a: usize, b: usize) -> Option<f64> {
    layer.cosine.get(a)?.get(b).copied().flatten().filter(|value| value.is_finite())
}

/// The two skills that agree most, and those that agree least.
pub fn extremes(layer: &Layer) -> Option<(Pair, Pair)> {
    let count = layer.cosine.len();
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    let known: Vec<Pair> = pairs.filter_map(|(a, b)| cosine(layer, a, b).map(|cosine| Pair { a, b, cosine })).collect();
    Some((highest(known.iter().copied())?, lowest(known.into_iter())?))
}

fn highest(pairs: impl Iterator<Item = Pair>) -> Option<Pair> {
    pairs.reduce(|best, pair| if pair.cosine > best.cosine { pair } else { best })
}

fn lowest(pairs: impl Iterator<Item = Pair>) -> Option<Pair> {
    pairs.reduce(|best, pair| if pair.cosine < best.cosine { pair } else { best })
}

fn others(layer: &Layer, skill: usize) -> impl Iterator<Item = Pair> {
    (0..layer.cosine.len())
        .filter(move |&other| other != skill)
        .filter_map(move |other| cosine(layer, skill, other).map(|cosine| Pair { a: skill, b: other, cosine }))
}

/// The skill that pulls most in the same direction as this one, if any does.
pub fn friend(layer: &Layer, skill: usize) -> Option<usize> {
    highest(others(layer, skill)).filter(|pair| pair.cosine >= WORTH_A_WORD).map(|pair| pair.b)
}

/// The skill that pulls most against this one, if any does.
pub fn foe(layer: &Layer, skill: usize) -> Option<usize> {
    lowest(others(layer, skill)).filter(|pair| pair.cosine <= -WORTH_A_WORD).map(|pair| pair.b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::statistics::Products;

    /// One block in which all changes have length 1 and these cosines (a-b, a-c, b-c).
    fn found([ab, ac, bc]: [f64; 3]) -> LayerStatistics {
        let gram = vec![vec![1.0, ab, ac], vec![ab, 1.0, bc], vec![ac, bc, 1.0]];
        let tensor = Products { name: "block.0.weight".into(), elements: 1_000, base: 4.0, gram };
        LayerStatistics::new(["A", "B", "C"].map(str::to_owned).to_vec(), &[tensor])
    }

    #[test]
    fn friends_pull_the_same_way_and_foes_against_it() {
        let total = found([0.3, -0.1, 0.01]).total;
        assert_eq!((friend(&total, 0), foe(&total, 0)), (Some(1), Some(2)));
        assert_eq!((friend(&total, 1), foe(&total, 1)), (Some(0), None));
        assert_eq!((friend(&total, 2), foe(&total, 2)), (None, Some(0)), "0.01 is nobody's friend");
        assert_eq!((friend(&total, 7), foe(&total, 7)), (None, None));
    }

    #[test]
    fn the_pairs_that_agree_most_and_least_are_found() {
        let pairs = extremes(&found([0.3, -0.1, 0.01]).total);
        let brief = pairs.map(|(most, least)| [(most.a, most.b), (least.a, least.b)]);
        assert_eq!(brief, Some([(0, 1), (0, 2)]));
    }

    #[test]
    fn numbers_that_are_none_do_not_count() {
        let mut found = found([0.3, -0.1, 0.01]);
        found.total.cosine[0][1] = Some(f64::NAN);
        found.total.cosine[0][2] = None;
        assert_eq!(friend(&found.total, 0), None);
        assert_eq!(most(&found), 0.5, "a change of length 1 in a layer of length 2");
        assert_eq!(layer(&found, Some(0)).block, Some(0));
        assert_eq!(layer(&found, Some(9)).name, protocol::statistics::TOTAL);
    }
}
