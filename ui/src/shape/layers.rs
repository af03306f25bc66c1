//! Which skills change which layers, and which pull the same way.
//!
//! Plain vectors, so that the screen does not care where they come from.

/// A cosine closer to zero than this says that two changes have nothing to do with each other.
pub const UNRELATED: f64 = 0.02;

/// What every skill does to every layer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layers {
    /// Names of the skills \[s\].
    pub skills: Vec<String>,
    /// The layers, in the order of the model.
    pub rows: Vec<Layer>,
    /// The whole model.
    pub total: Layer,
}

/// One layer, or the whole model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// Name for people; empty for the whole model.
    pub name: String,
    /// How many tensors it has.
    pub parts: u64,
    /// Length of each skill's change divided by the length of the layer \[s\].
    pub relative: Vec<Option<f64>>,
    /// Cosine of each two changes \[s, s\].
    pub cosine: Vec<Vec<Option<f64>>>,
}

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

impl Layers {
    /// The largest relative change of any layer, for the end of the scale.
    pub fn most(&self) -> f64 {
        self.rows.iter().flat_map(|row| row.relative.iter().flatten()).copied().fold(0.0, f64::max)
    }

    /// A layer by its place; the whole model where there is none.
    pub fn at(&self, place: Option<usize>) -> &Layer {
        place.and_then(|place| self.rows.get(place)).unwrap_or(&self.total)
    }
}

impl Layer {
    /// Cosine of two skills' changes here.
    pub fn cosine(&self, a: usize, b: usize) -> Option<f64> {
        self.cosine.get(a)?.get(b).copied().flatten().filter(|value| value.is_finite())
    }

    fn pairs(&self) -> impl Iterator<Item = Pair> {
        let count = self.cosine.len();
        let all = (0..count).flat_map(move |a| (a + 1..count).map(move |b| (a, b)));
        all.filter_map(|(a, b)| self.cosine(a, b).map(|cosine| Pair { a, b, cosine }))
    }

    /// The two skills that agree most, and those that agree least.
    pub fn extremes(&self) -> (Option<Pair>, Option<Pair>) {
        let most = self.pairs().reduce(|best, pair| if pair.cosine > best.cosine { pair } else { best });
        let least = self.pairs().reduce(|best, pair| if pair.cosine < best.cosine { pair } else { best });
        (most, least)
    }

    fn others(&self, skill: usize) -> impl Iterator<Item = Pair> {
        (0..self.cosine.len())
            .filter(move |&other| other != skill)
            .filter_map(move |other| self.cosine(skill, other).map(|cosine| Pair { a: skill, b: other, cosine }))
    }

    /// The skill that pulls most in the same direction as this one, if any does.
    pub fn friend(&self, skill: usize) -> Option<usize> {
        let best = self.others(skill).reduce(|best, pair| if pair.cosine > best.cosine { pair } else { best })?;
        (best.cosine >= UNRELATED).then_some(best.b)
    }

    /// The skill that pulls most against this one, if any does.
    pub fn foe(&self, skill: usize) -> Option<usize> {
        let worst = self.others(skill).reduce(|best, pair| if pair.cosine < best.cosine { pair } else { best })?;
        (worst.cosine <= -UNRELATED).then_some(worst.b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer() -> Layer {
        let cosine = vec![
            vec![Some(1.0), Some(0.3), Some(-0.1)],
            vec![Some(0.3), Some(1.0), Some(0.01)],
            vec![Some(-0.1), Some(0.01), Some(1.0)],
        ];
        Layer { name: "Block 1".into(), parts: 16, relative: vec![Some(0.1), None, Some(0.3)], cosine }
    }

    #[test]
    fn friends_pull_the_same_way_and_foes_against_it() {
        let layer = layer();
        assert_eq!((layer.friend(0), layer.foe(0)), (Some(1), Some(2)));
        assert_eq!((layer.friend(1), layer.foe(1)), (Some(0), None));
        assert_eq!((layer.friend(2), layer.foe(2)), (None, Some(0)), "0.01 is nobody's friend");
        assert_eq!((layer.friend(7), Layer::default().foe(0)), (None, None));
    }

    #[test]
    fn the_pairs_that_agree_most_and_least_are_found() {
        let (most, least) = layer().extremes();
        assert_eq!(most, Some(Pair { a: 0, b: 1, cosine: 0.3 }));
        assert_eq!(least, Some(Pair { a: 0, b: 2, cosine: -0.1 }));
        assert_eq!(Layer::default().extremes(), (None, None));
    }

    #[test]
    fn numbers_that_are_none_do_not_count() {
        let mut layer = layer();
        layer.cosine[0][1] = Some(f64::NAN);
        layer.cosine[0][2] = None;
        assert_eq!(layer.friend(0), None);
        let layers = Layers { skills: vec![], rows: vec![layer.clone()], total: Layer::default() };
        assert_eq!(layers.most(), 0.3);
        assert_eq!(layers.at(Some(0)).name, "Block 1");
        assert_eq!(layers.at(Some(9)).name, "");
    }
}
