//! Which mix is explored, and what of a map stays in sight when it is renewed.

use std::collections::BTreeMap;

use protocol::methods;
use protocol::recipe::{From, Output, Recipe, Scope};
use protocol::trade::{TradeMap, TradeMix, TradePoint};
use serde_json::Value;

use super::draft::Draft;
use super::tinted;

/// Strengths that differ by less are the same.
const SAME: f64 = 1e-9;
/// Most points that are kept in sight.
pub const PINS: usize = 4;

/// Why a mix has no trade-offs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// There is no starting model.
    NoBase,
    /// There is a single specialist.
    OneSpecialist,
    /// Every skill has a body of its own.
    OwnBodies,
}

/// What keeps this mix from having trade-offs.
pub fn unfit(recipe: &Recipe) -> Option<Unfit> {
    let per_skill = methods::find(&recipe.method.name).is_some_and(|method| method.per_skill);
    match () {
        () if recipe.base.is_none() => Some(Unfit::NoBase),
        () if recipe.experts.len() < 2 => Some(Unfit::OneSpecialist),
        () if per_skill => Some(Unfit::OwnBodies),
        () => None,
    }
}

/// The mix without its strengths and without what tinting added. An average becomes the sum of changes that it is.
pub fn plain(recipe: &Recipe) -> Recipe {
    let mut found = recipe.clone();
    tinted::untint(&mut found);
    found.experts.iter_mut().for_each(|expert| expert.strength = None);
    if found.method.name == "average" {
        found.method.name = "task_arithmetic".to_owned();
    }
    found
}

/// What a map is about: the models and how they are combined. Strengths, names and the form of the output are not.
pub fn key(recipe: &Recipe) -> Recipe {
    let mut key = plain(recipe);
    let paths: BTreeMap<String, String> =
        key.experts.iter().map(|expert| (expert.skill.clone(), expert.path.clone())).collect();
    let path = |skill: String| paths.get(&skill).cloned().unwrap_or(skill);
    key.experts.iter_mut().for_each(|expert| expert.skill = expert.path.clone());
    if let Some(Value::Object(by_skill)) = key.method.parameters.get_mut("selectivity") {
        let named = std::mem::take(by_skill);
        *by_skill = named.into_iter().map(|(skill, value)| (path(skill), value)).collect();
    }
    // Scopes that only mix say nothing without their strengths.
    let mut scopes: Vec<Scope> = key.scopes.take().unwrap_or_default();
    scopes.retain(|scope| scope.from != From::Mix);
    key.scopes = (!scopes.is_empty()).then_some(scopes);
    key.output = Output::default();
    key
}

/// Whether two mixes are the same.
pub fn is_same(one: &[f64], other: &[f64]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(x, y)| (x - y).abs() <= SAME)
}

/// The point with these strengths; the measured one where both are known.
pub fn find(map: &TradeMap, strengths: &[f64]) -> Option<TradePoint> {
    map.points().find(|point| map.strengths(*point).is_some_and(|own| is_same(own, strengths)))
}

/// Where a point of the map before is in the map that took its place. An estimate that was measured is measured there.
pub fn moved(before: &TradeMap, after: &TradeMap, point: TradePoint) -> Option<TradePoint> {
    find(after, before.strengths(point)?)
}

/// The same of several points, each once.
pub fn all_moved(before: &TradeMap, after: &TradeMap, points: &[TradePoint]) -> Vec<TradePoint> {
    let mut found: Vec<TradePoint> = Vec::new();
    for point in points.iter().filter_map(|point| moved(before, after, *point)) {
        if !found.contains(&point) {
            found.push(point);
        }
    }
    found
}

/// Takes in a mix that was just measured.
pub fn grow(map: &mut TradeMap, mix: TradeMix) {
    if !map.measured.iter().any(|known| is_same(&known.strengths, &mix.strengths)) {
        map.measured.push(mix);
    }
}

/// A map that begins to grow, with the estimates of the one before until there are new ones.
pub fn begun(mut map: TradeMap, before: Option<&TradeMap>) -> TradeMap {
    if let Some(before) = before.filter(|before| before.skills.len() == map.skills.len()) {
        let is_open = |strengths: &[f64]| !map.measured.iter().any(|mix| is_same(&mix.strengths, strengths));
        map.front = before.front.iter().filter(|one| is_open(&one.strengths)).cloned().collect();
        for (skill, known) in map.skills.iter_mut().zip(&before.skills) {
            (skill.typical_miss, skill.band) = (known.typical_miss, known.band);
        }
        map.hypervolume = map.hypervolume.or(before.hypervolume);
    }
    map
}

/// The strengths of a mix that stands in the map as an estimate only.
pub fn estimated(map: &TradeMap, recipe: &Recipe) -> Option<Vec<f64>> {
    if tinted::is_tuned(recipe) || tinted::has_layers(recipe) || recipe.method.name == "average" {
        return None;
    }
    let strengths = recipe.strengths();
    matches!(find(map, &strengths), Some(TradePoint::Estimate(_))).then_some(strengths)
}

/// Pins a point, or takes it off; `false` where no more can be pinned.
pub fn toggle_pin(pins: &mut Vec<TradePoint>, point: TradePoint) -> bool {
    match pins.iter().position(|pin| *pin == point) {
        Some(at) => {
            pins.remove(at);
            true
        }
        None if pins.len() < PINS => {
            pins.push(point);
            true
        }
        None => false,
    }
}

/// Moves the skill at a place of the ranking up or down.
pub fn rank(ranking: &mut [usize], at: usize, up: bool) -> Option<usize> {
    let to = if up { at.checked_sub(1)? } else { Some(at + 1).filter(|to| *to < ranking.len())? };
    ranking.swap(at, to);
    Some(to)
}

/// The mix with these strengths, and without what tinting added.
pub fn with_strengths(recipe: &Recipe, strengths: &[f64]) -> Recipe {
    let mut found = plain(recipe);
    found.experts.iter_mut().zip(strengths).for_each(|(expert, own)| expert.strength = Some(*own));
    found
}

impl Draft {
    /// Takes the strengths of a mix of a map, and takes off what tinting added; `false` if it is of other models.
    pub fn take_strengths(&mut self, strengths: &[f64]) -> bool {
        let recipe = &mut self.project.recipe;
        if recipe.experts.len() != strengths.len() {
            return false;
        }
        *recipe = with_strengths(recipe, strengths);
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::shape::trade_named::tests::map;
    use protocol::recipe::OutputDtype;
    use protocol::score::Measured;

    fn recipe() -> Recipe {
        Recipe::new("consensus", Some("base"), &[("Signs", "s"), ("Flowers", "f")])
    }

    fn mix(strengths: &[f64]) -> TradeMix {
        TradeMix {
            strengths: strengths.to_vec(),
            scores: vec![Measured::share(3, 4).unwrap(); strengths.len()],
            expected: None,
        }
    }

    #[test]
    fn only_mixes_of_common_bodies_over_a_base_have_trade_offs() {
        assert_eq!(unfit(&recipe()), None);
        let of = |method: &str| Recipe { method: Recipe::new(method, None, &[]).method, ..recipe() };
        assert_eq!(unfit(&of("average")), None);
        assert_eq!(unfit(&of("tall_masks")), Some(Unfit::OwnBodies));
        assert_eq!(unfit(&of("emr")), Some(Unfit::OwnBodies));
        assert_eq!(unfit(&Recipe { base: None, ..recipe() }), Some(Unfit::NoBase));
        assert_eq!(unfit(&Recipe::new("ties", Some("base"), &[("Signs", "s")])), Some(Unfit::OneSpecialist));
    }

    #[test]
    fn a_map_survives_strengths_names_and_the_form_of_the_output() {
        let mut other = recipe();
        other.experts[0].strength = Some(0.7);
        other.experts[0].skill = "Road signs".into();
        other.experts[1].layer = Some("layer".into());
        other.output.dtype = OutputDtype::F16;
        other.scopes = Some(vec![Scope {
            pattern: "*".into(),
            strengths: Some([("Flowers".to_owned(), 0.2)].into()),
            from: From::Mix,
        }]);
        assert_eq!(key(&other), key(&recipe()));
        other.experts.swap(0, 1);
        assert_ne!(key(&other), key(&recipe()), "other models in another order");
        let sum = Recipe::new("task_arithmetic", Some("base"), &[("Signs", "s"), ("Flowers", "f")]);
        assert_ne!(key(&sum), key(&recipe()), "another method");
        assert_eq!(key(&Recipe { method: Recipe::new("average", None, &[]).method, ..recipe() }), key(&sum));
    }

    #[test]
    fn selectivities_follow_the_models_and_not_the_names() {
        let with = |skill: &str| {
            let mut one = recipe();
            one.experts[0].skill = skill.into();
            one.method.parameters.insert("selectivity".into(), serde_json::json!({ skill: 0.3 }));
            one
        };
        assert_eq!(key(&with("Signs")), key(&with("Road signs")));
    }

    #[test]
    fn an_estimate_that_was_measured_stays_selected() {
        let before = map(2);
        let strengths = before.front[1].strengths.clone();
        let mut after = before.clone();
        after.front.remove(1);
        grow(&mut after, mix(&strengths));
        let last = after.measured.len() - 1;
        assert_eq!(moved(&before, &after, TradePoint::Estimate(1)), Some(TradePoint::Measured(last)));
        assert_eq!(moved(&before, &after, TradePoint::Estimate(2)), Some(TradePoint::Estimate(1)));
        assert_eq!(moved(&before, &after, TradePoint::Measured(0)), Some(TradePoint::Measured(0)));
        let pins = [TradePoint::Estimate(1), TradePoint::Measured(last), TradePoint::Estimate(99)];
        assert_eq!(all_moved(&before, &after, &pins), [TradePoint::Measured(last)]);
    }

    #[test]
    fn a_mix_grows_the_map_once_and_estimates_wait_for_new_ones() {
        let known = map(2);
        let mut bare = TradeMap { front: vec![], ..known.clone() };
        bare.measured.push(mix(&known.front[0].strengths));
        let mut grown = begun(bare, Some(&known));
        assert_eq!(grown.front, known.front[1..]);
        let count = grown.measured.len();
        grow(&mut grown, mix(&known.front[0].strengths));
        assert_eq!(grown.measured.len(), count);
        assert!(begun(TradeMap { front: vec![], ..known }, None).front.is_empty());
    }

    #[test]
    fn a_mix_that_nobody_measured_is_known_as_an_estimate() {
        let map = map(2);
        let mut draft = Draft::empty("x");
        draft.project.recipe = recipe();
        draft.project.recipe.experts[0].layer = Some("layer".into());
        assert!(draft.take_strengths(&map.front[0].strengths));
        assert_eq!(estimated(&map, &draft.project.recipe), Some(map.front[0].strengths.clone()));
        assert!(draft.take_strengths(&map.measured[0].strengths));
        assert_eq!(estimated(&map, &draft.project.recipe), None);
        assert!(!draft.take_strengths(&[0.1]));
    }

    #[test]
    fn four_points_can_be_pinned() {
        let mut pins = Vec::new();
        let all: Vec<bool> = (0..5).map(|at| toggle_pin(&mut pins, TradePoint::Estimate(at))).collect();
        assert_eq!(all, [true, true, true, true, false]);
        assert!(toggle_pin(&mut pins, TradePoint::Estimate(1)));
        assert_eq!(pins.len(), 3);
    }

    #[test]
    fn a_skill_moves_within_the_ranking() {
        let mut ranking = [2, 0, 1];
        assert_eq!(rank(&mut ranking, 1, true), Some(0));
        assert_eq!(ranking, [0, 2, 1]);
        assert_eq!((rank(&mut ranking, 0, true), rank(&mut ranking, 2, false)), (None, None));
    }
}
