//! What is wrong with a recipe, before anything is read.
//!
//! The same function gives instant hints in the window and guards the core.

use crate::failure::Problem;
use crate::methods::{self, METHODS, MethodRow, StrengthKind};
use crate::recipe::{FORMAT, Recipe};
use crate::words::problems;

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
        if !value.as_f64().is_some_and(|value| (row.least..=row.most).contains(&value)) {
            found.push(problems::parameter_out_of_range(method.name, name, row.least, row.most));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureCode as Code;

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
    fn a_later_format_and_an_unknown_method_end_the_check() {
        assert_eq!(codes(&Recipe { format: 2, ..good() }), [Code::NewerFormat]);
        assert_eq!(codes(&Recipe::new("averge", None, &[])), [Code::UnknownMethod]);
    }
}
