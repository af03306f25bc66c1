//! A draft that is tinted: strengths tuned layer by layer, a layer of its own for every skill.

use std::collections::BTreeMap;

use protocol::methods;
use protocol::recipe::{From, Recipe, Scope};
use protocol::tint::{TintRow, TintRowKind};

use super::draft::Draft;

/// Largest strength that a recipe may name for a tensor.
const MOST: f64 = protocol::check::COEFFICIENT.1;

/// Why a mix cannot be tinted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Every skill has a body of its own.
    OwnBodies,
    /// There is no starting model.
    NoBase,
}

/// What keeps this mix from being tinted.
pub fn unfit(recipe: &Recipe) -> Option<Unfit> {
    let per_skill = methods::find(&recipe.method.name).is_some_and(|method| method.per_skill);
    match (recipe.base.is_none(), per_skill) {
        (true, _) => Some(Unfit::NoBase),
        (false, true) => Some(Unfit::OwnBodies),
        (false, false) => None,
    }
}

/// Strengths of a skill in all scopes that name it.
fn tuned<'a>(recipe: &'a Recipe, skill: &'a str) -> impl Iterator<Item = f64> + 'a {
    recipe.scopes.iter().flatten().filter_map(move |scope| scope.strengths.as_ref()?.get(skill).copied())
}

/// Strengths of all skills: the mean over the layers where they were tuned, else the one that was set.
pub fn strengths(recipe: &Recipe) -> Vec<f64> {
    let mean = |(skill, own): (&str, f64)| {
        let (sum, count) = tuned(recipe, skill).fold((0.0, 0), |(sum, count), one| (sum + one, count + 1));
        if count == 0 { own } else { sum / f64::from(count) }
    };
    let skills = recipe.experts.iter().map(|expert| expert.skill.as_str());
    skills.zip(recipe.strengths()).map(mean).collect()
}

/// Whether any strength was tuned layer by layer.
pub fn is_tuned(recipe: &Recipe) -> bool {
    recipe.scopes.iter().flatten().any(|scope| scope.strengths.is_some())
}

/// Whether any skill has a layer of its own that was learned.
pub fn has_layers(recipe: &Recipe) -> bool {
    recipe.experts.iter().any(|expert| expert.layer.is_some())
}

/// Moves the mean of a skill's tuned strengths: all of them by the same factor, or, where the mean is zero, to it.
pub fn scale(recipe: &mut Recipe, skill: &str, wished: f64) {
    let (sum, count) = tuned(recipe, skill).fold((0.0, 0), |(sum, count), one| (sum + one, count + 1));
    let before = if count == 0 { 0.0 } else { sum / f64::from(count) };
    let moved = |now: f64| if before.abs() < 1e-6 { wished } else { (now * wished / before).clamp(-MOST, MOST) };
    for strengths in recipe.scopes.iter_mut().flatten().filter_map(|scope| scope.strengths.as_mut()) {
        if let Some(own) = strengths.get_mut(skill) {
            *own = moved(*own);
        }
    }
}

/// Takes tuned strengths off; what a scope says besides stays.
fn untune(recipe: &mut Recipe) {
    let mut scopes = recipe.scopes.take().unwrap_or_default();
    scopes.retain(|scope| scope.strengths.is_none() || scope.from != From::Mix);
    scopes.iter_mut().for_each(|scope| scope.strengths = None);
    recipe.scopes = (!scopes.is_empty()).then_some(scopes);
}

/// Takes off what tinting added.
pub fn untint(recipe: &mut Recipe) {
    untune(recipe);
    recipe.experts.iter_mut().for_each(|expert| expert.layer = None);
}

/// Whether a tint speaks of the models of this mix, in the same order.
pub fn fits(recipe: &Recipe, tinted: &Recipe) -> bool {
    let paths = |recipe: &Recipe| recipe.experts.iter().map(|expert| expert.path.clone()).collect::<Vec<_>>();
    recipe.base == tinted.base && paths(recipe) == paths(tinted)
}

/// The scopes of a tint with the skills' names as they are now.
fn renamed(scopes: Option<&Vec<Scope>>, names: &BTreeMap<&str, &str>) -> Option<Vec<Scope>> {
    let name = |skill: &String| names.get(skill.as_str()).map_or_else(|| skill.clone(), |now| (*now).to_owned());
    let one = |scope: &Scope| {
        let strengths = scope.strengths.as_ref();
        let strengths = strengths.map(|all| all.iter().map(|(skill, value)| (name(skill), *value)).collect());
        Scope { strengths, ..scope.clone() }
    };
    scopes.map(|scopes| scopes.iter().map(one).collect())
}

/// The mix with what a tint found: method, strengths, scopes, layers. Names and output stay as they are.
pub fn taken(recipe: &Recipe, tinted: &Recipe) -> Option<Recipe> {
    if !fits(recipe, tinted) {
        return None;
    }
    let both = || tinted.experts.iter().zip(&recipe.experts);
    let names = both().map(|(then, now)| (then.skill.as_str(), now.skill.as_str())).collect();
    let mut found = recipe.clone();
    found.method = tinted.method.clone();
    found.scopes = renamed(tinted.scopes.as_ref(), &names);
    for (now, then) in found.experts.iter_mut().zip(&tinted.experts) {
        now.strength = then.strength;
        now.layer = then.layer.clone();
    }
    Some(found)
}

impl Draft {
    /// Takes a tinted mix; `false` if it is of other models.
    pub fn take_tinted(&mut self, tinted: &Recipe) -> bool {
        let found = taken(&self.project.recipe, tinted);
        found.map(|found| self.project.recipe = found).is_some()
    }

    /// Whether the mix is this tinted one.
    pub fn uses(&self, tinted: &Recipe) -> bool {
        taken(&self.project.recipe, tinted).is_some_and(|found| found == self.project.recipe)
    }

    /// Takes off what tinting added.
    pub fn remove_tint(&mut self) {
        untint(&mut self.project.recipe);
    }

    /// The recipe as the true sentence says it: with the means of tuned strengths.
    pub fn said_recipe(&self) -> Recipe {
        let mut recipe = self.project.recipe.clone();
        if is_tuned(&recipe) {
            let means = strengths(&recipe);
            recipe.experts.iter_mut().zip(means).for_each(|(expert, mean)| expert.strength = Some(mean));
        }
        recipe
    }
}

/// Takes in a row of the table of results; one of the same way is replaced.
pub fn take_row(rows: &mut Vec<TintRow>, row: TintRow) {
    rows.retain(|other| other.method != row.method);
    rows.push(row);
    rows.sort_by_key(|row| row.method);
}

/// The ways that are compared, in order.
pub const WAYS: [TintRowKind; 10] = [
    TintRowKind::Base,
    TintRowKind::Average,
    TintRowKind::TaskArithmetic,
    TintRowKind::Start,
    TintRowKind::Heads,
    TintRowKind::Adamerging,
    TintRowKind::Surgery,
    TintRowKind::Emr,
    TintRowKind::Tinted,
    TintRowKind::Experts,
];

/// Ways whose rows are still to come.
pub fn to_come(rows: &[TintRow]) -> Vec<TintRowKind> {
    WAYS.into_iter().filter(|kind| !rows.iter().any(|row| row.method == *kind)).collect()
}

/// The row of a way.
pub fn row(rows: &[TintRow], kind: TintRowKind) -> Option<&TintRow> {
    rows.iter().find(|row| row.method == kind)
}

/// Difference of the means, tinted minus before, and the wider half of the two intervals.
pub fn gain(rows: &[TintRow]) -> Option<(f64, f64)> {
    let (start, tinted) = (row(rows, TintRowKind::Start)?, row(rows, TintRowKind::Tinted)?);
    Some((tinted.mean - start.mean, start.margin.max(tinted.margin)))
}

/// Whether heads alone do as well, as far as rows are known: the rule of `protocol::tint::Tinted`.
pub fn heads_suffice(heads: Option<&TintRow>, tinted: Option<&TintRow>) -> bool {
    heads.zip(tinted).is_some_and(|(heads, tinted)| tinted.mean - heads.mean <= heads.margin.max(tinted.margin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::recipe::Expert;
    use protocol::tint::{TintMemory, Tinted};

    fn recipe() -> Recipe {
        Recipe::new("task_arithmetic", Some("base"), &[("A", "a"), ("B", "b")])
    }

    fn scope(pattern: &str, a: f64) -> Scope {
        Scope { pattern: pattern.into(), strengths: Some([("A".to_owned(), a)].into()), from: From::Mix }
    }

    fn tinted() -> Recipe {
        let mut recipe = recipe();
        recipe.scopes = Some(vec![scope("x.0", 0.2), scope("x.1", 0.6)]);
        recipe.experts[0] = Expert { strength: Some(0.25), layer: Some("layer-a".into()), ..recipe.experts[0].clone() };
        recipe
    }

    #[test]
    fn a_tuned_strength_is_the_mean_over_the_layers() {
        let found = strengths(&tinted());
        assert!((found[0] - 0.4).abs() < 1e-12 && (found[1] - 0.5).abs() < 1e-12, "{found:?}");
        assert_eq!(strengths(&recipe()), recipe().strengths());
        assert!(is_tuned(&tinted()) && has_layers(&tinted()) && !is_tuned(&recipe()) && !has_layers(&recipe()));
    }

    #[test]
    fn a_slider_moves_all_layers_and_keeps_their_proportions() {
        let mut recipe = tinted();
        scale(&mut recipe, "A", 0.2);
        let all: Vec<f64> = tuned(&recipe, "A").collect();
        assert!((all[0] - 0.1).abs() < 1e-12 && (all[1] - 0.3).abs() < 1e-12, "{all:?}");
        scale(&mut recipe, "A", 0.0);
        assert_eq!(tuned(&recipe, "A").collect::<Vec<_>>(), [0.0, 0.0], "left out is left out");
        scale(&mut recipe, "A", 0.3);
        assert_eq!(tuned(&recipe, "A").collect::<Vec<_>>(), [0.3, 0.3]);
    }

    #[test]
    fn sliders_of_a_tinted_mix_move_every_layer_and_another_kind_of_strength_ends_the_tint() {
        let mut draft = Draft::empty("Mix");
        draft.project.recipe = tinted();
        draft.set_strength("a", Some(0.8), true);
        let means: Vec<f64> = draft.shares().iter().map(|share| (share.1 * 1000.0).round()).collect();
        assert_eq!(means, [800.0, 900.0], "the other one moves by as much");
        assert_eq!(tuned(&draft.project.recipe, "A").map(|one| (one * 10.0).round()).collect::<Vec<_>>(), [4.0, 12.0]);
        draft.set_method("lines");
        assert!(has_layers(&draft.project.recipe), "strengths mean the same");
        draft.set_method("average");
        assert!(!has_layers(&draft.project.recipe) && !is_tuned(&draft.project.recipe));
    }

    #[test]
    fn a_tinted_mix_is_taken_with_the_names_of_now() {
        let mut draft = Draft::empty("Mix");
        draft.project.recipe = recipe();
        draft.project.recipe.experts[0].skill = "Flowers".into();
        assert!(!draft.uses(&tinted()));
        assert!(draft.take_tinted(&tinted()));
        assert!(draft.uses(&tinted()));
        let found = &draft.project.recipe;
        assert_eq!(found.experts[0].layer.as_deref(), Some("layer-a"));
        assert_eq!(tuned(found, "Flowers").collect::<Vec<_>>(), [0.2, 0.6]);
        assert_eq!(draft.said_recipe().experts[0].strength.map(|mean| (mean * 1000.0).round()), Some(400.0));
        draft.project.recipe.experts.pop();
        assert!(!draft.take_tinted(&tinted()), "other models");
    }

    #[test]
    fn removing_leaves_what_a_person_said_of_layers() {
        let mut recipe = tinted();
        let plain = Scope { pattern: "y".into(), strengths: None, from: From::Base };
        let both = Scope { from: From::Plain, ..scope("z", 0.3) };
        recipe.scopes.as_mut().expect("scopes").extend([plain.clone(), both.clone()]);
        untint(&mut recipe);
        assert_eq!(recipe.scopes, Some(vec![plain, Scope { strengths: None, ..both }]));
        assert!(!has_layers(&recipe) && !is_tuned(&recipe));
        let mut only = tinted();
        untint(&mut only);
        assert_eq!(only.scopes, None);
    }

    #[test]
    fn mixes_without_one_body_or_without_a_start_cannot_be_tinted() {
        assert_eq!(unfit(&recipe()), None);
        for method in ["tall_masks", "emr"] {
            let recipe = Recipe { method: Recipe::new(method, None, &[]).method, ..recipe() };
            assert_eq!(unfit(&recipe), Some(Unfit::OwnBodies), "{method}");
        }
        assert_eq!(unfit(&Recipe { base: None, ..recipe() }), Some(Unfit::NoBase));
    }

    fn result(method: TintRowKind, mean: f64, margin: f64) -> TintRow {
        let part = protocol::score::Part::Judge;
        TintRow { method, part, transductive: false, skills: vec![], mean, worst: mean, margin }
    }

    #[test]
    fn rows_come_in_any_order_and_stand_in_one() {
        let mut rows = Vec::new();
        take_row(&mut rows, result(TintRowKind::Tinted, 0.9, 0.01));
        take_row(&mut rows, result(TintRowKind::Start, 0.8, 0.02));
        take_row(&mut rows, result(TintRowKind::Tinted, 0.91, 0.01));
        assert_eq!(rows.iter().map(|row| row.method).collect::<Vec<_>>(), [TintRowKind::Start, TintRowKind::Tinted]);
        assert_eq!(to_come(&rows).len(), WAYS.len() - 2);
        let (gain, margin) = gain(&rows).expect("both are there");
        assert!((gain - 0.11).abs() < 1e-12 && margin == 0.02);
        assert_eq!(super::gain(&rows[..1]), None);
    }

    #[test]
    fn heads_suffice_within_the_error_bars_only() {
        let with = |heads: f64| {
            let rows = [result(TintRowKind::Heads, heads, 0.01), result(TintRowKind::Tinted, 0.9, 0.012)];
            let (heads, tinted) = (row(&rows, TintRowKind::Heads), row(&rows, TintRowKind::Tinted));
            heads_suffice(heads, tinted)
        };
        assert!(with(0.895) && with(0.95) && !with(0.88));
        assert!(!heads_suffice(None, None));
        let rows = vec![result(TintRowKind::Heads, 0.895, 0.01), result(TintRowKind::Tinted, 0.9, 0.012)];
        assert!(done(rows.clone()).heads_suffice() && !done(rows[1..].to_vec()).heads_suffice(), "the protocol's rule");
    }

    fn done(rows: Vec<TintRow>) -> Tinted {
        Tinted {
            recipe: recipe(),
            rounds: 1,
            best_round: 1,
            seed: 0,
            trained_parameters: 1,
            parameters: 1,
            transductive: false,
            rows,
            layers: vec![],
            grid: None,
            judged: vec![],
            empty: 0,
            memory: TintMemory { forecast: 1, peak: None },
            seconds: 1.0,
            warnings: vec![],
        }
    }
}
