//! What is wrong with a recipe, before anything is read.
//!
//! The same function gives instant hints in the window and guards the core.

use crate::failure::Problem;
use crate::methods::{self, METHODS, MethodRow, ParameterKind, ParameterRow, StrengthKind};
use crate::recipe::{FORMAT, Layout, Recipe};
use crate::settings::{CHOOSE, MOST_NEEDED_BY, SELECTIVITY_RANGE};
use crate::words::problems;
use serde_json::Value;

/// Range of a coefficient of a task vector. Negative ones subtract a skill (task negation).
pub const COEFFICIENT: (f64, f64) = (-2.0, 2.0);
/// Range of a relative weight.
pub const RELATIVE_WEIGHT: (f64, f64) = (0.0, 1000.0);

/// Everything wrong with `recipe` itself, found at once; empty if nothing is.
pub fn check(recipe: &Recipe) -> Vec<Problem> {
    if recipe.format != FORMAT {
        return vec![problems::newer_format("recipe", u64::from(recipe.format), FORMAT)];
    }
    let Some(method) = methods::find(&recipe.method.name) else {
        return vec![unknown_method(&recipe.method.name)];
    };
    let mut found = base_and_experts(recipe, method);
    found.extend(strengths(recipe, method));
    found.extend(parameters(recipe, method));
    found
}

fn unknown_method(name: &str) -> Problem {
    let known: Vec<String> = METHODS.iter().map(|method| method.name.to_owned()).collect();
    problems::unknown_method(name, methods::nearest(name, METHODS.iter().map(|method| method.name)), &known)
}

fn base_and_experts(recipe: &Recipe, method: &MethodRow) -> Vec<Problem> {
    let mut found = Vec::new();
    if recipe.experts.len() < method.min_experts {
        found.push(problems::too_few_models(recipe.experts.len(), method.min_experts));
    }
    if method.needs_base && recipe.base.is_none() {
        let skills: Vec<String> = recipe.experts.iter().map(|expert| expert.skill.clone()).collect();
        found.push(problems::no_base(method.title, &skills));
    }
    let mut names: Vec<&str> = recipe.experts.iter().map(|expert| expert.skill.as_str()).collect();
    names.sort_unstable();
    let mut twice: Vec<&str> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    twice.dedup();
    found.extend(twice.into_iter().map(problems::skill_twice));
    found
}

fn strengths(recipe: &Recipe, method: &MethodRow) -> Vec<Problem> {
    let (least, most) = match method.strength {
        StrengthKind::Coefficient => COEFFICIENT,
        StrengthKind::RelativeWeight => RELATIVE_WEIGHT,
        StrengthKind::Unused => return Vec::new(),
    };
    let usable = |value: f64| value.is_finite() && (least..=most).contains(&value);
    let own = recipe.experts.iter().filter_map(|expert| expert.strength.map(|value| (expert.skill.as_str(), value)));
    let scoped = recipe.scopes.iter().flatten().filter_map(|scope| scope.strengths.as_ref()).flatten();
    let all = own.chain(scoped.map(|(skill, &value)| (skill.as_str(), value)));
    let mut found: Vec<Problem> =
        all.filter(|&(_, value)| !usable(value)).map(|(skill, _)| problems::bad_strength(skill, least, most)).collect();
    if method.strength == StrengthKind::RelativeWeight
        && found.is_empty()
        && recipe.strengths().iter().sum::<f64>() <= 0.0
    {
        found.push(problems::zero_weights());
    }
    found
}

fn parameters(recipe: &Recipe, method: &MethodRow) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, value) in &recipe.method.parameters {
        let Some(row) = method.parameters.iter().find(|row| row.name == name) else {
            let near = methods::nearest(name, method.parameters.iter().map(|row| row.name));
            found.push(problems::unknown_parameter(method.name, name, near));
            continue;
        };
        found.extend(value_problem(recipe, method, row, value));
    }
    if recipe.output.layout == Layout::Pack && !method.per_skill {
        found.push(problems::no_pack_of(method.title));
    }
    found
}

/// What is wrong with the value of a parameter.
fn value_problem(recipe: &Recipe, method: &MethodRow, row: &ParameterRow, value: &Value) -> Option<Problem> {
    let in_range = |least: f64, most: f64, value: &Value| {
        let is_inside = value.as_f64().is_some_and(|value| (least..=most).contains(&value));
        (!is_inside).then(|| problems::parameter_out_of_range(method.name, row.name, least, most))
    };
    match row.kind {
        ParameterKind::Number { least, most, .. } => in_range(least, most, value),
        ParameterKind::NeededBy => {
            let is_inside = value.as_u64().is_some_and(|k| k <= MOST_NEEDED_BY);
            (!is_inside).then(|| problems::parameter_not_whole(method.name, row.name, MOST_NEEDED_BY))
        }
        ParameterKind::Choice(words) => {
            let known: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
            let is_known = value.as_str().is_some_and(|word| known.contains(&word));
            (!is_known).then(|| problems::parameter_unknown_word(method.name, row.name, &known))
        }
        ParameterKind::Selectivity => {
            let (least, most) = SELECTIVITY_RANGE;
            match value {
                Value::String(word) if word == CHOOSE => None,
                Value::Object(by_skill) => {
                    let is_skill = |name: &String| recipe.experts.iter().any(|expert| expert.skill == *name);
                    let unknown = by_skill.keys().find(|name| !is_skill(name));
                    let unknown = unknown.map(|name| problems::selectivity_of_nobody(name));
                    unknown.or_else(|| by_skill.values().find_map(|value| in_range(least, most, value)))
                }
                value => in_range(least, most, value),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureCode as Code;
    use serde_json::json;

    fn codes(recipe: &Recipe) -> Vec<Code> {
        check(recipe).into_iter().map(|problem| problem.code).collect()
    }

    fn good() -> Recipe {
        Recipe::new("task_arithmetic", Some("base"), &[("a", "a"), ("b", "b")])
    }

    #[test]
    fn a_good_recipe_has_no_problem() {
        assert_eq!(codes(&good()), []);
    }

    #[test]
    fn all_problems_are_found_at_once() {
        let mut recipe = good();
        recipe.base = None;
        recipe.experts[1].skill = "a".into();
        recipe.experts[0].strength = Some(f64::NAN);
        recipe.method.parameters.insert("lambda".into(), 1.into());
        assert_eq!(codes(&recipe), [Code::NoBase, Code::SkillTwice, Code::BadStrength, Code::BadParameter]);
    }

    #[test]
    fn strengths_in_scopes_are_checked_too() {
        let mut recipe = good();
        let strengths = [("a".to_owned(), 40.0)].into();
        recipe.scopes = Some(vec![crate::recipe::Scope {
            pattern: "*".into(),
            strengths: Some(strengths),
            from: Default::default(),
        }]);
        assert_eq!(codes(&recipe), [Code::BadStrength]);
    }

    #[test]
    fn an_average_of_nothing_is_refused() {
        let mut recipe = Recipe::new("average", None, &[("a", "a"), ("b", "b")]);
        recipe.experts.iter_mut().for_each(|expert| expert.strength = Some(0.0));
        assert_eq!(codes(&recipe), [Code::ZeroWeights]);
        recipe.experts.truncate(1);
        assert_eq!(codes(&recipe), [Code::TooFewModels, Code::ZeroWeights]);
    }

    #[test]
    fn parameters_are_checked_by_their_kinds() {
        let with = |method: &str, name: &str, value: Value| {
            let mut recipe = Recipe { method: Recipe::new(method, None, &[]).method, ..good() };
            recipe.method.parameters.insert(name.into(), value);
            codes(&recipe)
        };
        let good = [
            ("consensus", "k", json!(0)),
            ("consensus", "on", json!("ties")),
            ("consensus", "selectivity", json!("choose")),
            ("consensus", "selectivity", json!({"a": 0.3})),
            ("ties", "density", json!(1)),
        ];
        for (method, name, value) in good {
            assert_eq!(with(method, name, value.clone()), [], "{name} {value}");
        }
        let bad = [
            ("consensus", "k", json!(1.5)),
            ("consensus", "k", json!(-1)),
            ("consensus", "on", json!("tie")),
            ("consensus", "selectivity", json!("chose")),
            ("consensus", "selectivity", json!({"c": 0.3})),
            ("consensus", "selectivity", json!({"a": -0.3})),
            ("ties", "density", json!(0)),
            ("ties", "combine", json!(1)),
        ];
        for (method, name, value) in bad {
            assert_eq!(with(method, name, value.clone()), [Code::BadParameter], "{name} {value}");
        }
    }

    #[test]
    fn a_pack_is_made_of_masks_only() {
        let mut recipe = good();
        recipe.output.layout = Layout::Pack;
        assert_eq!(codes(&recipe), [Code::BadParameter]);
        recipe.method.name = "tall_masks".into();
        assert_eq!(codes(&recipe), []);
    }

    #[test]
    fn a_later_format_and_an_unknown_method_end_the_check() {
        assert_eq!(codes(&Recipe { format: 2, ..good() }), [Code::NewerFormat]);
        assert_eq!(codes(&Recipe::new("averge", None, &[])), [Code::UnknownMethod]);
    }
}
