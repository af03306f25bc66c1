//! Scores as they come in: which are true for the mix on screen, which are of an earlier one.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::failure::Problem;
use protocol::measure::{Given, SkillProblem, Wish};
use protocol::recipe::{Output, Recipe};
use protocol::score::{References, Scores, SkillScore};

/// Everything about a mix that its scores depend on. Names of skills are not among it: renaming measures nothing anew.
#[derive(Debug, Clone, PartialEq)]
pub struct MixKey(Recipe);

impl MixKey {
    /// The key of the mix that this recipe describes.
    pub fn of(recipe: &Recipe) -> Self {
        let strengths = recipe.strengths();
        let mut key = recipe.clone();
        let id = |skill: &str| recipe.experts.iter().find(|expert| expert.skill == skill).map(|one| one.path.clone());
        for (expert, strength) in key.experts.iter_mut().zip(strengths) {
            expert.skill = expert.path.clone();
            expert.strength = Some(strength);
        }
        for strengths in key.scopes.iter_mut().flatten().filter_map(|scope| scope.strengths.as_mut()) {
            let named = std::mem::take(strengths);
            *strengths = named.into_iter().map(|(skill, value)| (id(&skill).unwrap_or(skill), value)).collect();
        }
        if let Some(serde_json::Value::Object(by_skill)) = key.method.parameters.get_mut("selectivity") {
            let named = std::mem::take(by_skill);
            *by_skill = named.into_iter().map(|(skill, value)| (id(&skill).unwrap_or(skill), value)).collect();
        }
        // Only the number type changes what the models compute.
        key.output = Output { dtype: key.output.dtype, ..Output::default() };
        Self(key)
    }

    /// The same models and the same method, whatever the strengths.
    fn has_same_models(&self, other: &Self) -> bool {
        let plain = |key: &Self| {
            let mut recipe = key.0.clone();
            recipe.experts.iter_mut().for_each(|expert| (expert.strength, expert.layer) = (None, None));
            recipe.scopes = None;
            recipe
        };
        plain(self) == plain(other)
    }
}

/// What is known of one skill.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The mix it was measured for.
    pub mix: MixKey,
    /// Id of the examples.
    pub examples: String,
    /// The score, or why there is none.
    pub outcome: Outcome,
    /// The score of the mix before, on the same examples.
    pub before: Option<f64>,
}

/// What came of measuring a skill.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A score; shared, because its confusion can be large.
    Scored(Arc<SkillScore>),
    /// It could not be measured.
    Trouble(Problem),
}

impl Entry {
    /// The score, if there is one.
    pub fn score(&self) -> Option<&SkillScore> {
        match &self.outcome {
            Outcome::Scored(score) => Some(score),
            Outcome::Trouble(_) => None,
        }
    }

    /// Whether this holds for the mix and the examples now.
    pub fn is_fresh(&self, mix: &MixKey, examples: &str) -> bool {
        self.mix == *mix && self.examples == examples
    }
}

/// The newest scores on one part of the examples, by id of the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Board {
    entries: BTreeMap<String, Entry>,
}

impl Board {
    /// What is known of the skill of a model.
    pub fn entry(&self, model: &str) -> Option<&Entry> {
        self.entries.get(model)
    }

    /// Takes in scores of the mix that was wished for.
    pub fn take(&mut self, wish: &Wish, scores: &Scores) {
        let mix = MixKey::of(&wish.recipe);
        for score in &scores.skills {
            self.put(wish, &mix, &score.skill, Ok(score.clone()));
        }
    }

    /// Takes in why skills could not be measured.
    pub fn take_problems(&mut self, wish: &Wish, problems: &[SkillProblem]) {
        let mix = MixKey::of(&wish.recipe);
        for one in problems {
            self.put(wish, &mix, &one.skill, Err(one.problem.clone()));
        }
    }

    fn put(&mut self, wish: &Wish, mix: &MixKey, skill: &str, found: Result<SkillScore, Problem>) {
        let expert = wish.recipe.experts.iter().find(|expert| expert.skill == skill);
        let given = wish.examples.iter().find(|given| given.skill == skill);
        let (Some(expert), Some(given)) = (expert, given) else { return };
        let old = self.entries.get(&expert.path).filter(|old| old.examples == given.path);
        let (outcome, before) = match found {
            Ok(mut score) => {
                let before = old.and_then(|old| if old.mix == *mix { old.before } else { comparable(old, &score) });
                if let Some(old) = old {
                    keep_references(&mut score, old, mix);
                }
                (Outcome::Scored(Arc::new(score)), before)
            }
            Err(problem) => (Outcome::Trouble(problem), None),
        };
        let entry = Entry { mix: mix.clone(), examples: given.path.clone(), outcome, before };
        self.entries.insert(expert.path.clone(), entry);
    }

    /// Those of `given` whose skill has no entry for the mix of this recipe.
    pub fn missing(&self, recipe: &Recipe, given: &[Given]) -> Vec<Given> {
        let mix = MixKey::of(recipe);
        let is_missing = |given: &&Given| {
            let expert = recipe.experts.iter().find(|expert| expert.skill == given.skill);
            expert.is_some_and(|expert| self.entry(&expert.path).is_none_or(|entry| !entry.is_fresh(&mix, &given.path)))
        };
        given.iter().filter(is_missing).cloned().collect()
    }
}

/// The value of an older entry, where it counts the same examples.
fn comparable(old: &Entry, new: &SkillScore) -> Option<f64> {
    let old = old.score()?;
    (old.examples == new.examples && old.metric == new.metric).then(|| old.value.value())
}

/// Scores of other models do not depend on the strengths: those that are not told again are still true.
fn keep_references(score: &mut SkillScore, old: &Entry, mix: &MixKey) {
    let Some(known) = old.score().filter(|known| known.examples == score.examples && known.metric == score.metric)
    else {
        return;
    };
    let now = score.references;
    let (same, known) = (old.mix.has_same_models(mix), known.references);
    if same {
        score.references = References {
            expert: now.expert.or(known.expert),
            base: now.base.or(known.base),
            equal: now.equal.or(known.equal),
        };
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use protocol::score::{Measured, Metric, Part};

    pub fn share(correct: u64, examples: u64) -> Measured {
        Measured::share(correct, examples).expect("a share of something")
    }

    pub fn score(skill: &str, correct: u64) -> SkillScore {
        SkillScore {
            skill: skill.into(),
            head_from: skill.into(),
            examples_from: "x".into(),
            available: 200,
            metric: Metric::Accuracy,
            value: share(correct, 100),
            correct,
            examples: 100,
            interval: [correct as f64 / 100.0 - 0.04, correct as f64 / 100.0 + 0.02],
            mean_per_class: None,
            top5: None,
            ece: None,
            references: References::default(),
            labels: vec![],
            confusion: vec![],
            skipped: vec![],
        }
    }

    pub fn recipe(strength: f64) -> Recipe {
        let mut recipe = Recipe::new("task_arithmetic", Some("base"), &[("Flowers", "f"), ("Signs", "s")]);
        recipe.experts[0].strength = Some(strength);
        recipe
    }

    pub fn wish(strength: f64) -> Wish {
        let given = |skill: &str, path: &str| Given { skill: skill.into(), path: path.into() };
        Wish {
            recipe: recipe(strength),
            examples: vec![given("Flowers", "fx"), given("Signs", "sx")],
            part: Part::Choose,
            most: Some(200),
            cross: false,
            whole: false,
        }
    }

    pub fn scores(skills: Vec<SkillScore>) -> Scores {
        Scores::new(Part::Choose, 0, skills)
    }

    #[test]
    fn names_and_layout_do_not_matter_and_strengths_do() {
        let key = MixKey::of(&recipe(0.4));
        let mut renamed = recipe(0.4);
        renamed.experts[0].skill = "Blossoms".into();
        renamed.output.layout = protocol::recipe::Layout::Shared;
        renamed.experts[1].strength = Some(0.5);
        assert_eq!(MixKey::of(&renamed), key, "0.5 is what the default is for two");
        assert_ne!(MixKey::of(&recipe(0.41)), key);
        let mut rounded = recipe(0.4);
        rounded.output.dtype = protocol::recipe::OutputDtype::F16;
        assert_ne!(MixKey::of(&rounded), key, "another number type is another mix");
        let mut other = recipe(0.4);
        other.method.name = "average".into();
        assert_ne!(MixKey::of(&other), key);
    }

    #[test]
    fn scopes_are_compared_by_model() {
        let scoped = |skill: &str, value: f64| {
            let mut recipe = recipe(0.4);
            recipe.experts[0].skill = skill.into();
            recipe.scopes = Some(vec![protocol::recipe::Scope {
                pattern: "*".into(),
                strengths: Some([(skill.to_owned(), value)].into()),
                from: Default::default(),
            }]);
            MixKey::of(&recipe)
        };
        assert_eq!(scoped("Flowers", 0.2), scoped("Blossoms", 0.2));
        assert_ne!(scoped("Flowers", 0.2), scoped("Flowers", 0.3));
    }

    #[test]
    fn a_score_is_fresh_for_its_own_mix_and_examples_only() {
        let mut board = Board::default();
        board.take(&wish(0.4), &scores(vec![score("Flowers", 90)]));
        let entry = board.entry("f").expect("taken in");
        assert!(entry.is_fresh(&MixKey::of(&recipe(0.4)), "fx"));
        assert!(!entry.is_fresh(&MixKey::of(&recipe(0.5)), "fx"));
        assert!(!entry.is_fresh(&MixKey::of(&recipe(0.4)), "other"));
        let left: Vec<String> =
            board.missing(&recipe(0.4), &wish(0.4).examples).into_iter().map(|one| one.skill).collect();
        assert_eq!(left, ["Signs"]);
        assert_eq!(board.missing(&recipe(0.5), &wish(0.4).examples).len(), 2);
    }

    #[test]
    fn the_score_before_stays_while_the_same_mix_is_told_again() {
        let mut board = Board::default();
        board.take(&wish(0.4), &scores(vec![score("Flowers", 88)]));
        assert_eq!(board.entry("f").and_then(|entry| entry.before), None);
        board.take(&wish(0.5), &scores(vec![score("Flowers", 90)]));
        board.take(&wish(0.5), &scores(vec![score("Flowers", 90)]));
        assert_eq!(board.entry("f").and_then(|entry| entry.before), Some(0.88));
        let more = SkillScore { value: share(180, 200), examples: 200, correct: 180, ..score("Flowers", 90) };
        board.take(&wish(0.6), &scores(vec![more]));
        assert_eq!(board.entry("f").and_then(|entry| entry.before), None, "other examples are not comparable");
    }

    #[test]
    fn references_are_kept_until_models_or_examples_change() {
        let with = |correct| {
            let references = References { expert: Some(share(95, 100)), base: None, equal: Some(share(80, 100)) };
            SkillScore { references, ..score("Flowers", correct) }
        };
        let mut board = Board::default();
        board.take(&wish(0.4), &scores(vec![with(88)]));
        board.take(&wish(0.5), &scores(vec![score("Flowers", 90)]));
        let references = |board: &Board| board.entry("f").and_then(Entry::score).map(|score| score.references);
        assert_eq!(references(&board).and_then(|known| known.expert), Some(share(95, 100)));
        assert_eq!(references(&board).and_then(|known| known.equal), Some(share(80, 100)));
        let mut changed = wish(0.5);
        changed.examples[0].path = "other".into();
        board.take(&changed, &scores(vec![score("Flowers", 90)]));
        assert_eq!(references(&board), Some(References::default()));
    }

    #[test]
    fn a_problem_takes_the_place_of_a_score_and_is_not_asked_again() {
        let mut board = Board::default();
        let problem = protocol::words::examples::no_examples("fx", 0);
        board.take(&wish(0.4), &scores(vec![score("Flowers", 90), score("Signs", 80)]));
        board.take_problems(&wish(0.5), &[SkillProblem { skill: "Flowers".into(), problem: problem.clone() }]);
        assert_eq!(board.entry("f").map(|entry| &entry.outcome), Some(&Outcome::Trouble(problem)));
        let left = board.missing(&recipe(0.5), &wish(0.5).examples);
        assert_eq!(left.len(), 1, "Signs only");
    }
}
