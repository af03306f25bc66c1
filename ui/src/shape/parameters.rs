//! The settings of a method as controls: which of them count, and their values as they are shown.

use protocol::methods::{self, MethodRow, ParameterKind, ParameterRow};
use protocol::recipe::Recipe;
use protocol::settings::{Combine, On};
use protocol::words::masks::selectivity;
use protocol::words::screen::masks as words;
use protocol::words::screen::parameters;
use serde_json::Value;

/// The row of the method in use.
pub fn method(recipe: &Recipe) -> Option<&'static MethodRow> {
    methods::find(&recipe.method.name)
}

/// The parameters that count for this recipe: some are only for one way of combining.
pub fn shown(recipe: &Recipe) -> Vec<&'static ParameterRow> {
    let on = recipe.settings().on;
    let counts = |row: &&ParameterRow| match row.name {
        "density" | "combine" => on == On::Ties,
        "shallow" | "deep" => on == On::Lines,
        _ => true,
    };
    method(recipe).map(|method| method.parameters.iter().filter(counts).collect()).unwrap_or_default()
}

/// The number that counts for a parameter.
pub fn number(recipe: &Recipe, name: &str) -> f64 {
    let settings = recipe.settings();
    match name {
        "density" => settings.density,
        "shallow" => settings.shallow,
        "deep" => settings.deep,
        _ => 0.0,
    }
}

/// The word that counts for a parameter.
pub fn word(recipe: &Recipe, name: &str) -> &'static str {
    let settings = recipe.settings();
    match (name, settings.on, settings.combine) {
        ("on", On::Sum, _) => "task_arithmetic",
        ("on", On::Ties, _) => "ties",
        ("on", On::Lines, _) => "lines",
        ("combine", _, Combine::Sum) => "sum",
        ("combine", _, Combine::Mean) => "mean",
        _ => "",
    }
}

/// Whether the recipe says nothing about a parameter, so that its default counts.
pub fn is_default(recipe: &Recipe, name: &str) -> bool {
    !recipe.method.parameters.contains_key(name)
}

/// The selectivity of all skills; `None` where it differs from skill to skill.
pub fn uniform(recipe: &Recipe) -> Option<f64> {
    let all = recipe.settings().selectivity;
    let first = *all.first()?;
    all.iter().all(|&value| value == first).then_some(first)
}

/// The selectivity as it is said: a number, or that it differs.
pub fn said_selectivity(recipe: &Recipe) -> String {
    uniform(recipe).map_or_else(|| words::DIFFERS.to_owned(), selectivity)
}

/// Where the handle of the selectivity stands: at the value of all skills, or at their mean.
pub fn middle(recipe: &Recipe) -> f64 {
    let all = recipe.settings().selectivity;
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

/// The settings in one line.
pub fn folded(recipe: &Recipe) -> String {
    let shown = shown(recipe);
    let has = |kind: fn(&ParameterKind) -> bool| shown.iter().any(|row| kind(&row.kind));
    let k = has(|kind| matches!(kind, ParameterKind::NeededBy)).then(|| recipe.settings().k);
    let selectivity = has(|kind| matches!(kind, ParameterKind::Selectivity)).then(|| said_selectivity(recipe));
    let on = shown.iter().find(|row| row.name == "on").filter(|_| recipe.settings().on != On::Sum);
    let on = on.and_then(|row| title(&row.kind, word(recipe, "on")));
    parameters::folded(k, selectivity.as_deref(), on)
}

/// Name on screen of one of the words of a choice.
fn title(kind: &ParameterKind, word: &str) -> Option<&'static str> {
    match kind {
        ParameterKind::Choice(words) => words.iter().find(|(known, _)| *known == word).map(|&(_, title)| title),
        _ => None,
    }
}

/// Whether the parameter means the same to another method, so that its value can stay.
pub fn fits(method: &MethodRow, name: &str, value: &Value) -> bool {
    let row = method.parameters.iter().find(|row| row.name == name);
    row.is_some_and(|row| match row.kind {
        ParameterKind::Choice(words) => words.iter().any(|(word, _)| Some(*word) == value.as_str()),
        _ => true,
    })
}

/// Where a value stands on its slider, 0 to 1.
pub fn position(value: f64, least: f64, most: f64) -> f64 {
    if most > least { ((value - least) / (most - least)).clamp(0.0, 1.0) } else { 0.0 }
}

/// A typed number, if it lies in the range.
pub fn typed(text: &str, least: f64, most: f64) -> Option<f64> {
    let value: f64 = text.trim().replace(',', ".").parse().ok()?;
    (least..=most).contains(&value).then_some(value)
}

/// A value of a slider without the dust of its arithmetic.
pub fn land(value: f64, step: f64) -> f64 {
    let steps = (value / step).round() * step;
    (steps * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn recipe(method: &str, parameters: Value) -> Recipe {
        let mut recipe = Recipe::new(method, Some("b"), &[("A", "a"), ("B", "b"), ("C", "c")]);
        recipe.method.parameters = serde_json::from_value(parameters).expect("an object");
        recipe
    }

    fn names(recipe: &Recipe) -> Vec<&'static str> {
        shown(recipe).iter().map(|row| row.name).collect()
    }

    #[test]
    fn controls_that_count_for_another_choice_are_hidden() {
        assert_eq!(names(&recipe("consensus", json!({}))), ["k", "selectivity", "on"]);
        let ties = recipe("consensus", json!({"on": "ties"}));
        assert_eq!(names(&ties), ["k", "selectivity", "on", "density", "combine"]);
        let lines = recipe("consensus", json!({"on": "lines"}));
        assert_eq!(names(&lines), ["k", "selectivity", "on", "shallow", "deep"]);
        assert_eq!(names(&recipe("ties", json!({}))), ["density", "combine"]);
        assert_eq!(names(&recipe("lines", json!({}))), ["shallow", "deep"]);
        assert_eq!(names(&recipe("average", json!({}))), [""; 0]);
    }

    #[test]
    fn values_are_those_that_count() {
        let set = recipe("consensus", json!({"on": "ties", "density": 0.35, "combine": "mean"}));
        assert_eq!((number(&set, "density"), word(&set, "on"), word(&set, "combine")), (0.35, "ties", "mean"));
        assert!(is_default(&set, "k") && !is_default(&set, "density"));
        assert_eq!(word(&recipe("ties", json!({})), "combine"), "mean");
    }

    #[test]
    fn a_selectivity_by_skill_is_told_from_one_for_all() {
        assert_eq!(uniform(&recipe("consensus", json!({"selectivity": 0.3}))), Some(0.3));
        let own = recipe("consensus", json!({"selectivity": {"A": 0.2, "B": 0.3, "C": 0.4}}));
        assert_eq!((uniform(&own), said_selectivity(&own).as_str()), (None, words::DIFFERS));
        assert!((middle(&own) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn folded_settings_say_what_counts() {
        assert_eq!(folded(&recipe("consensus", json!({}))), "kept from 2 skills up · selectivity 0.4");
        let ties = recipe("tall_masks", json!({"on": "ties", "selectivity": 0.5}));
        assert_eq!(folded(&ties), "selectivity 0.5 · built on TIES");
        assert_eq!(folded(&recipe("ties", json!({}))), "");
    }

    #[test]
    fn a_value_stays_only_where_it_means_something() {
        let find = |name| methods::find(name).expect("in the table");
        assert!(fits(find("tall_masks"), "on", &json!("ties")));
        assert!(!fits(find("tall_masks"), "on", &json!("lines")));
        assert!(!fits(find("tall_masks"), "k", &json!(2)));
        assert!(fits(find("ties"), "density", &json!(0.3)));
    }

    #[test]
    fn sliders_land_on_their_steps_and_boxes_take_what_is_in_range() {
        assert_eq!([land(0.3499, 0.05), land(0.1 + 0.2, 0.01)], [0.35, 0.3]);
        assert_eq!((typed(" 0,5 ", 0.0, 1.0), typed("2", 0.0, 1.0), typed("x", 0.0, 1.0)), (Some(0.5), None, None));
        assert_eq!((position(0.4, 0.2, 0.6) * 100.0).round(), 50.0);
    }
}
