//! What a person edits, and what undo covers: the project, and whether the starting model was chosen.

use std::collections::BTreeMap;

use protocol::methods::{self, StrengthKind};
use protocol::model::{Inspection, ModelId, Role};
use protocol::project::{Project, ProjectExamples, ProjectModel};
use protocol::recipe::{Base, Expert, FORMAT, From, Layout, Method, Output, Recipe, Scope};
use protocol::settings::{Combine, On};
use protocol::words::screen::mix::Basis;
use serde_json::{Value, json};

use super::masks::{Treatment, treatment};
use super::{naming, parameters, tinted};

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
        self.forget_the_gone();
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
        Expert { skill: naming::free(skill, taken), path: id.to_owned(), strength: None, layer: None }
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
        self.forget_the_gone();
    }

    /// Selectivities and strengths of skills that are no longer there go with them.
    fn forget_the_gone(&mut self) {
        let recipe = &mut self.project.recipe;
        let is_there = |skill: &str| recipe.experts.iter().any(|expert| expert.skill == skill);
        if let Some(Value::Object(by_skill)) = recipe.method.parameters.get_mut("selectivity") {
            by_skill.retain(|skill, _| is_there(skill));
        }
        for strengths in recipe.scopes.iter_mut().flatten().filter_map(|scope| scope.strengths.as_mut()) {
            strengths.retain(|skill, _| is_there(skill));
        }
        if matches!(recipe.method.parameters.get("selectivity"), Some(Value::Object(left)) if left.is_empty()) {
            recipe.method.parameters.remove("selectivity");
        }
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
                let before = std::mem::replace(&mut expert.skill, name.to_owned());
                self.rename_in_settings(&before, name);
                true
            }
            _ => false,
        }
    }

    /// What is set for a skill by its name follows the name.
    fn rename_in_settings(&mut self, before: &str, name: &str) {
        let recipe = &mut self.project.recipe;
        if let Some(Value::Object(by_skill)) = recipe.method.parameters.get_mut("selectivity")
            && let Some(own) = by_skill.remove(before)
        {
            by_skill.insert(name.to_owned(), own);
        }
        for strengths in recipe.scopes.iter_mut().flatten().filter_map(|scope| scope.strengths.as_mut()) {
            if let Some(own) = strengths.remove(before) {
                strengths.insert(name.to_owned(), own);
            }
        }
    }

    /// Sets the strength of one specialist; `None`: the default. With `linked`, all others move by as much.
    pub fn set_strength(&mut self, id: &str, strength: Option<f64>, linked: bool) {
        let strengths = tinted::strengths(&self.project.recipe);
        let default = self.default_strength();
        let experts = &self.project.recipe.experts;
        let Some(at) = experts.iter().position(|expert| expert.path == id) else { return };
        let moved = strength.unwrap_or(default) - strengths[at];
        for (other, now) in strengths.iter().enumerate() {
            if linked && other != at {
                let whole = ((now + moved) * 1000.0).round() / 1000.0;
                self.put_strength(other, Some(whole.clamp(0.0, super::strength::MOST)));
            }
        }
        self.put_strength(at, strength);
    }

    /// Sets the strength of one specialist; where it was tuned layer by layer, all layers follow.
    fn put_strength(&mut self, at: usize, strength: Option<f64>) {
        let wished = strength.unwrap_or(self.default_strength());
        let recipe = &mut self.project.recipe;
        recipe.experts[at].strength = strength;
        let skill = recipe.experts[at].skill.clone();
        tinted::scale(recipe, &skill, wished);
    }

    /// Strength of a specialist for which none was set.
    pub fn default_strength(&self) -> f64 {
        self.project.recipe.default_strength()
    }

    /// Multiplies every strength.
    pub fn scale_strengths(&mut self, factor: f64) {
        let strengths = tinted::strengths(&self.project.recipe);
        for (at, strength) in strengths.into_iter().enumerate() {
            self.put_strength(at, Some((strength * factor * 1000.0).round() / 1000.0));
        }
    }

    /// Switches the method. Settings that the new one has too stay; strengths that mean something else there start
    /// from its defaults, and so does a form that it cannot be saved in.
    pub fn set_method(&mut self, name: &str) {
        let recipe = &mut self.project.recipe;
        let Some(method) = methods::find(name).filter(|_| recipe.method.name != name) else { return };
        let before = meaning(recipe);
        recipe.method.name = name.to_owned();
        recipe.method.parameters.retain(|parameter, value| parameters::fits(method, parameter, value));
        if before != meaning(recipe) {
            recipe.experts.iter_mut().for_each(|expert| expert.strength = None);
            tinted::untint(recipe);
        }
        let is_of_another = if method.per_skill { Layout::Shared } else { Layout::Pack };
        if recipe.output.layout == is_of_another {
            recipe.output.layout = Layout::PerSkill;
        }
    }

    /// Sets a parameter of the method; `None`: its default. Where that makes strengths mean something else, they
    /// start from their default.
    pub fn set_parameter(&mut self, name: &str, value: Option<Value>) {
        let recipe = &mut self.project.recipe;
        let before = meaning(recipe);
        match value {
            Some(value) => recipe.method.parameters.insert(name.to_owned(), value),
            None => recipe.method.parameters.remove(name),
        };
        if meaning(recipe) != before {
            recipe.experts.iter_mut().for_each(|expert| expert.strength = None);
        }
    }

    /// Gives every skill its own selectivity; where all are the same, they are one number.
    pub fn set_selectivities(&mut self, chosen: &BTreeMap<String, f64>) {
        let all: Vec<f64> = chosen.values().copied().collect();
        match all.first() {
            Some(&first) if all.iter().all(|&value| value == first) => {
                self.set_parameter("selectivity", Some(json!(first)));
            }
            Some(_) => self.project.recipe.set_selectivity(chosen),
            None => {}
        }
    }

    /// Sets the selectivity of one skill.
    pub fn set_own_selectivity(&mut self, skill: &str, value: f64) {
        let settings = self.project.recipe.settings();
        let experts = self.project.recipe.experts.iter().zip(&settings.selectivity);
        let mut all: BTreeMap<String, f64> = experts.map(|(expert, &own)| (expert.skill.clone(), own)).collect();
        all.insert(skill.to_owned(), value);
        self.set_selectivities(&all);
    }

    /// Writes an exception for a layer, in place of those it had: its `patterns` speak of the tensors `names`.
    pub fn treat(&mut self, patterns: &[String], names: &[&str], from: From) {
        let is_old = |scope: &Scope| scope.strengths.is_none() && patterns.contains(&scope.pattern);
        let mut scopes = self.project.recipe.scopes.take().unwrap_or_default();
        scopes.retain(|scope| !is_old(scope));
        let is_mixed_anyway = from == From::Mix && treatment(&scopes, names.iter().copied()) == Treatment::Mixed;
        if !is_mixed_anyway {
            let new = patterns.iter().map(|pattern| Scope { pattern: pattern.clone(), strengths: None, from });
            scopes.splice(0..0, new);
        }
        self.project.recipe.scopes = (!scopes.is_empty()).then_some(scopes);
    }

    /// Exceptions for some layers.
    pub fn scopes(&self) -> &[Scope] {
        self.project.recipe.scopes.as_deref().unwrap_or_default()
    }

    /// Whether strengths take part in the method at all.
    pub fn has_strengths(&self) -> bool {
        parameters::method(&self.project.recipe).is_none_or(|method| method.strength != StrengthKind::Unused)
    }

    /// Whether every skill gets a model of its own.
    pub fn is_per_skill(&self) -> bool {
        parameters::method(&self.project.recipe).is_some_and(|method| method.per_skill)
    }

    /// Why strengths are what they are where none is set.
    pub fn basis(&self) -> Basis {
        let recipe = &self.project.recipe;
        let plain = parameters::method(recipe).map_or(1.0, |method| method.default_strength(recipe.experts.len()));
        match meaning(recipe) {
            (Some(StrengthKind::RelativeWeight), _) => Basis::Even,
            (_, true) => Basis::Mean,
            _ if recipe.default_strength() > plain => Basis::Sparse,
            _ => Basis::Part,
        }
    }

    /// Whether strengths are relative weights that are divided by their sum.
    pub fn is_relative(&self) -> bool {
        methods::find(&self.project.recipe.method.name)
            .is_some_and(|method| method.strength == StrengthKind::RelativeWeight)
    }

    /// The strengths as they work: coefficients as they are, relative weights as shares of the whole.
    pub fn said_strengths(&self) -> Vec<f64> {
        let strengths = tinted::strengths(&self.project.recipe);
        let total: f64 = strengths.iter().sum();
        let whole = if self.is_relative() && total > 0.0 { total } else { 1.0 };
        strengths.into_iter().map(|strength| strength / whole).collect()
    }

    /// Pigment and strength of every specialist, in order.
    pub fn shares(&self) -> Vec<(u8, f64)> {
        let strengths = tinted::strengths(&self.project.recipe);
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

/// What a strength means: its kind, and whether changes that agree are averaged.
fn meaning(recipe: &Recipe) -> (Option<StrengthKind>, bool) {
    let settings = recipe.settings();
    let is_mean = settings.on == On::Ties && settings.combine == Combine::Mean;
    (methods::find(&recipe.method.name).map(|method| method.strength), is_mean)
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
        assert_eq!(draft.project.recipe.method.name, "consensus", "the recommended method comes first");
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
        let default = draft.default_strength();
        assert_eq!(draft.project.recipe.strengths(), [0.4, default, default]);
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

    #[test]
    fn settings_that_another_method_has_too_stay_and_the_rest_goes() {
        let mut draft = mixed();
        draft.set_strength("a", Some(0.4), false);
        for (name, value) in [("k", json!(2)), ("selectivity", json!(0.3)), ("on", json!("lines"))] {
            draft.set_parameter(name, Some(value));
        }
        draft.set_method("tall_masks");
        let left: Vec<&String> = draft.project.recipe.method.parameters.keys().collect();
        assert_eq!(left, ["selectivity"]);
        assert_eq!(protocol::check::check(&draft.project.recipe), []);
        assert!(!draft.has_strengths() && draft.is_per_skill());
        draft.set_method("average");
        assert!(draft.project.recipe.method.parameters.is_empty());
    }

    #[test]
    fn strengths_that_mean_the_same_stay() {
        let mut draft = mixed();
        draft.set_strength("a", Some(0.4), false);
        draft.set_method("task_arithmetic");
        assert_eq!(draft.project.recipe.strengths(), [0.4, 0.5]);
        draft.set_method("ties");
        assert_eq!(draft.project.recipe.strengths(), [1.0, 1.0], "a mean is as long as one change");
        draft.set_strength("a", Some(0.7), false);
        draft.set_parameter("combine", Some(json!("sum")));
        assert_eq!((draft.project.recipe.strengths(), draft.basis()), (vec![0.5, 0.5], Basis::Part));
    }

    #[test]
    fn a_threshold_leaves_strengths_that_were_set_alone() {
        let mut draft = mixed();
        draft.set_strength("a", Some(0.4), false);
        draft.set_parameter("k", Some(json!(2)));
        assert_eq!(draft.project.recipe.experts[0].strength, Some(0.4));
        assert_eq!(draft.basis(), Basis::Sparse, "removed weights make the change shorter");
        draft.set_parameter("k", None);
        assert_eq!((draft.project.recipe.experts[0].strength, draft.basis()), (Some(0.4), Basis::Part));
        draft.set_method("average");
        assert_eq!(draft.basis(), Basis::Even);
    }

    #[test]
    fn forms_that_a_method_cannot_be_saved_in_are_left() {
        let mut draft = mixed();
        draft.project.recipe.output.layout = Layout::Shared;
        draft.set_method("tall_masks");
        assert_eq!(draft.project.recipe.output.layout, Layout::PerSkill);
        draft.project.recipe.output.layout = Layout::Pack;
        draft.set_method("emr");
        assert_eq!(draft.project.recipe.output.layout, Layout::Pack);
        draft.set_method("consensus");
        assert_eq!(draft.project.recipe.output.layout, Layout::PerSkill);
    }

    #[test]
    fn selectivities_follow_their_skills() {
        let mut draft = mixed();
        draft.set_own_selectivity("A", 0.2);
        assert_eq!(draft.project.recipe.settings().selectivity, [0.2, 0.4]);
        draft.rename(&ModelId("a".into()), "Flowers");
        assert_eq!(draft.project.recipe.settings().selectivity, [0.2, 0.4]);
        assert_eq!(protocol::check::check(&draft.project.recipe), []);
        draft.remove(&ModelId("b".into()));
        assert_eq!(draft.project.recipe.method.parameters["selectivity"], json!({"Flowers": 0.2}));
        draft.remove(&ModelId("a".into()));
        assert!(draft.project.recipe.method.parameters.is_empty());
        let mut same = mixed();
        same.set_selectivities(&BTreeMap::from([("A".into(), 0.3), ("B".into(), 0.3)]));
        assert_eq!(same.project.recipe.method.parameters["selectivity"], json!(0.3));
    }

    #[test]
    fn a_layer_is_excluded_copied_and_mixed_again() {
        let (patterns, names) = (["x.0.*".to_owned()], ["x.0.w"]);
        let mut draft = mixed();
        draft.treat(&patterns, &names, From::Plain);
        draft.treat(&patterns, &names, From::Base);
        assert_eq!((draft.scopes().len(), draft.scopes()[0].from), (1, From::Base));
        draft.treat(&patterns, &names, From::Mix);
        assert_eq!(draft.project.recipe.scopes, None);
        draft.project.recipe.scopes = Some(vec![Scope { pattern: "x.*".into(), strengths: None, from: From::Base }]);
        draft.treat(&patterns, &names, From::Mix);
        assert_eq!((draft.scopes().len(), draft.scopes()[0].from), (2, From::Mix), "an exception from an exception");
    }
}
