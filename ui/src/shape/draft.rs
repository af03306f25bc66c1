//! What a person edits, and what undo covers: the project, and whether the starting model was chosen.

use std::collections::BTreeMap;

use protocol::methods::{self, StrengthKind};
use protocol::model::{Inspection, ModelId, Role};
use protocol::project::{Project, ProjectExamples, ProjectModel};
use protocol::recipe::{Base, Expert, FORMAT, Method, Output, Recipe};

use super::naming;

/// How many pigments there are.
const PIGMENTS: usize = 12;

/// Who says which model is the base.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum BaseChoice {
    /// The core proposes one.
    #[default]
    Proposed,
    /// The person chose this one.
    Chosen(ModelId),
    /// The person does without.
    None,
}

/// The state of a mix in the making.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Models, names, strengths, method, output.
    pub project: Project,
    /// Who says which model is the base.
    pub base: BaseChoice,
    /// Pigment of every model that ever was a specialist here, so that it keeps it.
    pub pigments: BTreeMap<String, u8>,
}

impl Draft {
    /// A mix without models.
    pub fn empty(name: &str) -> Self {
        let recipe = Recipe {
            format: FORMAT,
            base: None,
            experts: Vec::new(),
            method: Method { name: methods::METHODS[0].name.to_owned(), parameters: BTreeMap::new() },
            scopes: None,
            output: Output::default(),
            seed: 0,
        };
        let project = Project {
            format: FORMAT,
            key: String::new(),
            name: name.to_owned(),
            models: Vec::new(),
            recipe,
            examples: Vec::new(),
            saved_at: None,
        };
        Self::of(project)
    }

    /// The draft of a project that was opened.
    pub fn of(project: Project) -> Self {
        let pigments = project.models.iter().filter(|m| m.pigment > 0).map(|m| (m.path.clone(), m.pigment)).collect();
        Self { project, base: BaseChoice::Proposed, pigments }
    }

    /// Ids of all models, in the order of adding.
    pub fn ids(&self) -> Vec<ModelId> {
        self.project.models.iter().map(|model| ModelId(model.path.clone())).collect()
    }

    /// Takes in what an inspection found: models that are there, their roles, names for new skills.
    pub fn absorb(&mut self, inspection: &Inspection) {
        let known: Vec<String> = self.project.models.iter().map(|model| model.path.clone()).collect();
        let place = |id: &str| known.iter().position(|other| other == id).unwrap_or(usize::MAX);
        let mut cards: Vec<_> = inspection.models.iter().collect();
        cards.sort_by_key(|card| place(&card.id.0));
        let mut models = Vec::new();
        let mut experts: Vec<Expert> = Vec::new();
        self.project.recipe.base = None;
        for card in cards {
            let id = &card.id.0;
            let pigment = match card.role {
                Role::Base => {
                    self.project.recipe.base = Some(Base { path: id.clone() });
                    0
                }
                Role::Expert => {
                    let expert = self.expert_for(id, &card.skill, &experts);
                    experts.push(expert);
                    self.pigment_for(id)
                }
            };
            models.push(ProjectModel { path: id.clone(), pigment });
        }
        self.project.models = models;
        self.project.recipe.experts = experts;
        let models = &self.project.models;
        self.project.examples.retain(|given| models.iter().any(|model| model.path == given.model));
    }

    /// The entry of this model in the recipe as it is, or a new one with a free name.
    fn expert_for(&self, id: &str, skill: &str, before: &[Expert]) -> Expert {
        let all = &self.project.recipe.experts;
        if let Some(expert) = all.iter().find(|expert| expert.path == id) {
            return expert.clone();
        }
        let taken = all.iter().chain(before).map(|expert| expert.skill.as_str());
        Expert { skill: naming::free(skill, taken), path: id.to_owned(), strength: None }
    }

    /// The pigment of this model; a new one in the order of adding, starting again after the last.
    fn pigment_for(&mut self, id: &str) -> u8 {
        let next = (self.pigments.len() % PIGMENTS) as u8 + 1;
        *self.pigments.entry(id.to_owned()).or_insert(next)
    }

    /// Takes a model out.
    pub fn remove(&mut self, id: &ModelId) {
        self.project.models.retain(|model| model.path != id.0);
        self.project.recipe.experts.retain(|expert| expert.path != id.0);
        if self.project.recipe.base.as_ref().is_some_and(|base| base.path == id.0) {
            self.project.recipe.base = None;
        }
        if self.base == BaseChoice::Chosen(id.clone()) {
            self.base = BaseChoice::Proposed;
        }
        self.set_examples(&id.0, None);
    }

    /// Id of the examples of a model, if it has any.
    pub fn examples_of(&self, model: &str) -> Option<&str> {
        self.project.examples.iter().find(|given| given.model == model).map(|given| given.path.as_str())
    }

    /// Gives a model these examples in place of those it had; `None` takes them away.
    pub fn set_examples(&mut self, model: &str, examples: Option<&str>) {
        let all = &mut self.project.examples;
        let at = all.iter().position(|given| given.model == model);
        match (examples, at) {
            (Some(path), Some(at)) => all[at].path = path.to_owned(),
            (Some(path), None) => all.push(ProjectExamples { model: model.to_owned(), path: path.to_owned() }),
            (None, Some(at)) => {
                all.remove(at);
            }
            (None, None) => {}
        }
    }

    /// Names of the skills with examples, and of those without.
    pub fn with_and_without_examples(&self) -> (Vec<String>, Vec<String>) {
        let experts = self.project.recipe.experts.iter();
        let (with, without): (Vec<_>, Vec<_>) = experts.partition(|expert| self.examples_of(&expert.path).is_some());
        let names = |experts: Vec<&Expert>| experts.into_iter().map(|expert| expert.skill.clone()).collect();
        (names(with), names(without))
    }

    /// Gives a skill another name; an empty one or one that is taken is not taken over.
    pub fn rename(&mut self, id: &ModelId, name: &str) -> bool {
        let name = name.trim();
        let experts = &mut self.project.recipe.experts;
        let free = experts.iter().all(|expert| expert.path == id.0 || expert.skill != name);
        match experts.iter_mut().find(|expert| expert.path == id.0) {
            Some(expert) if free && !name.is_empty() => {
                expert.skill = name.to_owned();
                true
            }
            _ => false,
        }
    }

    /// Sets the strength of one specialist; `None`: the default. With `linked`, all others move by as much.
    pub fn set_strength(&mut self, id: &str, strength: Option<f64>, linked: bool) {
        let strengths = self.project.recipe.strengths();
        let default = self.default_strength();
        let experts = &mut self.project.recipe.experts;
        let Some(at) = experts.iter().position(|expert| expert.path == id) else { return };
        let moved = strength.unwrap_or(default) - strengths[at];
        for (other, now) in strengths.iter().enumerate() {
            if linked && other != at {
                let whole = ((now + moved) * 1000.0).round() / 1000.0;
                experts[other].strength = Some(whole.clamp(0.0, super::strength::MOST));
            }
        }
        experts[at].strength = strength;
    }

    /// Strength of a specialist for which none was set.
    pub fn default_strength(&self) -> f64 {
        methods::find(&self.project.recipe.method.name)
            .map_or(1.0, |method| method.default_strength(self.project.recipe.experts.len()))
    }

    /// Multiplies every strength.
    pub fn scale_strengths(&mut self, factor: f64) {
        let strengths = self.project.recipe.strengths();
        for (expert, strength) in self.project.recipe.experts.iter_mut().zip(strengths) {
            expert.strength = Some((strength * factor * 1000.0).round() / 1000.0);
        }
    }

    /// Switches the method. Strengths mean something else there, so they start from its defaults.
    pub fn set_method(&mut self, name: &str) {
        let recipe = &mut self.project.recipe;
        if recipe.method.name != name {
            recipe.method = Method { name: name.to_owned(), parameters: BTreeMap::new() };
            recipe.experts.iter_mut().for_each(|expert| expert.strength = None);
        }
    }

    /// Whether strengths are relative weights that are divided by their sum.
    pub fn is_relative(&self) -> bool {
        methods::find(&self.project.recipe.method.name)
            .is_some_and(|method| method.strength == StrengthKind::RelativeWeight)
    }

    /// The strengths as they work: coefficients as they are, relative weights as shares of the whole.
    pub fn said_strengths(&self) -> Vec<f64> {
        let strengths = self.project.recipe.strengths();
        let total: f64 = strengths.iter().sum();
        let whole = if self.is_relative() && total > 0.0 { total } else { 1.0 };
        strengths.into_iter().map(|strength| strength / whole).collect()
    }

    /// Pigment and strength of every specialist, in order.
    pub fn shares(&self) -> Vec<(u8, f64)> {
        let strengths = self.project.recipe.strengths();
        self.project
            .recipe
            .experts
            .iter()
            .zip(strengths)
            .map(|(expert, strength)| (self.pigment(&expert.path), strength))
            .collect()
    }

    /// Pigment of a model; 0 for the base and for what is not in the mix.
    pub fn pigment(&self, id: &str) -> u8 {
        self.project.models.iter().find(|model| model.path == id).map_or(0, |model| model.pigment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::model::{ModelCard, RoleReason, Verdict};

    fn card(id: &str, role: Role) -> ModelCard {
        ModelCard {
            id: ModelId(id.into()),
            name: id.into(),
            skill: id.to_uppercase(),
            place: id.into(),
            paths: vec![],
            family: "ViT".into(),
            role,
            role_reason: RoleReason::NotBase,
            parameters: 1,
            tensors: 1,
            bytes: 4,
            dtypes: BTreeMap::new(),
            private: vec![],
            layers: None,
            width: None,
            words: None,
            labels: None,
            licence: None,
            change: None,
            recipe: None,
        }
    }

    fn found(cards: &[(&str, Role)]) -> Inspection {
        Inspection {
            verdict: Verdict::Ready,
            title: String::new(),
            because: String::new(),
            bytes_read: 0,
            models: cards.iter().map(|&(id, role)| card(id, role)).collect(),
            table: vec![],
            problems: vec![],
        }
    }

    fn mixed() -> Draft {
        let mut draft = Draft::empty("Mix");
        draft.absorb(&found(&[("base", Role::Base), ("a", Role::Expert), ("b", Role::Expert)]));
        draft
    }

    #[test]
    fn models_keep_their_pigment_when_roles_change_and_come_back() {
        let mut draft = mixed();
        assert_eq!(draft.shares(), [(1, 0.5), (2, 0.5)]);
        draft.absorb(&found(&[("a", Role::Base), ("base", Role::Expert), ("b", Role::Expert)]));
        assert_eq!((draft.pigment("a"), draft.pigment("base"), draft.pigment("b")), (0, 3, 2));
        draft.absorb(&found(&[("base", Role::Base), ("a", Role::Expert), ("b", Role::Expert)]));
        assert_eq!((draft.pigment("a"), draft.pigment("base"), draft.pigment("b")), (1, 0, 2));
        assert_eq!(draft.project.recipe.base.as_ref().map(|base| base.path.as_str()), Some("base"));
    }

    #[test]
    fn the_thirteenth_pigment_is_the_first_again() {
        let mut draft = Draft::empty("Mix");
        let names: Vec<String> = (0..13).map(|at| format!("m{at:02}")).collect();
        let cards: Vec<(&str, Role)> = names.iter().map(|name| (name.as_str(), Role::Expert)).collect();
        draft.absorb(&found(&cards));
        assert_eq!((draft.pigment("m11"), draft.pigment("m12")), (12, 1));
    }

    #[test]
    fn names_and_strengths_survive_another_model() {
        let mut draft = mixed();
        assert!(draft.rename(&ModelId("a".into()), " Flowers "));
        draft.set_strength("a", Some(0.4), false);
        draft.absorb(&found(&[("base", Role::Base), ("a", Role::Expert), ("b", Role::Expert), ("c", Role::Expert)]));
        let first = &draft.project.recipe.experts[0];
        assert_eq!((first.skill.as_str(), first.strength), ("Flowers", Some(0.4)));
        assert_eq!(draft.project.recipe.strengths(), [0.4, 1.0 / 3.0, 1.0 / 3.0]);
    }

    #[test]
    fn two_skills_never_share_a_name() {
        let mut draft = mixed();
        assert!(!draft.rename(&ModelId("a".into()), "B"));
        assert!(!draft.rename(&ModelId("a".into()), "  "));
        assert_eq!(draft.project.recipe.experts[0].skill, "A");
    }

    #[test]
    fn linked_sliders_move_by_the_same_amount_and_stay_on_the_track() {
        let mut draft = mixed();
        draft.set_strength("a", Some(0.7), true);
        assert_eq!(draft.project.recipe.strengths(), [0.7, 0.7]);
        draft.set_strength("b", Some(1.4), false);
        draft.set_strength("a", Some(1.0), true);
        assert_eq!(draft.project.recipe.strengths(), [1.0, 1.5]);
    }

    #[test]
    fn another_method_starts_from_its_own_defaults() {
        let mut draft = mixed();
        draft.set_strength("a", Some(0.4), false);
        draft.set_method("average");
        assert_eq!(draft.project.recipe.strengths(), [1.0, 1.0]);
    }

    #[test]
    fn relative_weights_are_said_as_shares_and_coefficients_as_they_are() {
        let mut draft = mixed();
        draft.set_strength("a", Some(1.5), false);
        assert_eq!(draft.said_strengths(), [1.5, 0.5]);
        draft.set_method("average");
        draft.set_strength("a", Some(0.5), false);
        draft.set_strength("b", Some(1.5), false);
        assert_eq!(draft.said_strengths(), [0.25, 0.75]);
    }

    #[test]
    fn examples_belong_to_the_model_and_go_with_it() {
        let mut draft = mixed();
        draft.set_examples("a", Some("x"));
        draft.set_examples("a", Some("y"));
        draft.set_examples("b", Some("z"));
        draft.set_examples("b", None);
        assert_eq!((draft.examples_of("a"), draft.examples_of("b")), (Some("y"), None));
        assert_eq!(draft.with_and_without_examples(), (vec!["A".to_owned()], vec!["B".to_owned()]));
        draft.rename(&ModelId("a".into()), "Flowers");
        assert_eq!(draft.examples_of("a"), Some("y"));
        draft.remove(&ModelId("a".into()));
        assert_eq!(draft.project.examples, []);
    }

    #[test]
    fn examples_of_a_model_that_is_gone_are_not_kept() {
        let mut draft = mixed();
        draft.set_examples("a", Some("x"));
        draft.set_examples("b", Some("y"));
        draft.absorb(&found(&[("a", Role::Base), ("base", Role::Expert)]));
        assert_eq!((draft.examples_of("a"), draft.examples_of("b")), (Some("x"), None));
    }

    #[test]
    fn removing_the_chosen_base_leaves_the_choice_open() {
        let mut draft = mixed();
        draft.base = BaseChoice::Chosen(ModelId("base".into()));
        draft.remove(&ModelId("base".into()));
        assert_eq!((draft.base, draft.project.recipe.base), (BaseChoice::Proposed, None));
    }
}
