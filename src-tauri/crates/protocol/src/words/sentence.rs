//! The sentence that says what a mix is: always true, whatever the sliders say.

use crate::methods::{self, StrengthKind};
use crate::recipe::Recipe;
use crate::settings::On;

use super::format;

/// A piece of the sentence; skills are pieces of their own so that the window can mark them.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Plain words.
    Words(String),
    /// The skill of the expert with this index, with its name.
    Skill(usize, String),
}

/// The sentence in pieces, such as *Result = starting model + 40 % of Flowers + 30 % of Signs.*
pub fn pieces(recipe: &Recipe) -> Vec<Piece> {
    let strengths = recipe.strengths();
    let kept: Vec<(usize, f64)> =
        strengths.iter().copied().enumerate().filter(|&(_, strength)| strength != 0.0).collect();
    let kind = methods::find(&recipe.method.name).map_or(StrengthKind::Coefficient, |method| method.strength);
    let name = |at: usize| recipe.experts.get(at).map_or_else(String::new, |expert| expert.skill.clone());
    match kind {
        StrengthKind::Coefficient => changes(recipe, &kept, name),
        StrengthKind::RelativeWeight => mean(&kept, name),
        StrengthKind::Unused => vec![Piece::Words(for_each_skill(&recipe.method.name).into())],
    }
}

/// What a method that makes a model for each skill makes.
fn for_each_skill(method: &str) -> &'static str {
    match method {
        "emr" => "Result = for each skill the starting model + one elected change, masked and scaled for this skill.",
        _ => "Result = for each skill the starting model + the sum of all changes, keeping only weights it needs.",
    }
}

/// How the sum of changes is made smaller, as the end of the sentence.
fn refinement(recipe: &Recipe) -> String {
    let settings = recipe.settings();
    let base = match settings.on {
        On::Sum => String::new(),
        On::Ties => format!(", of every change the largest {} that win the vote", format::strength(settings.density)),
        On::Lines => {
            format!(", × {} in the first layers to × {} in the last", settings.shallow, settings.deep)
        }
    };
    let skills = match (recipe.method.name.as_str(), settings.k) {
        ("consensus", 1) => ", keeping only weights that at least one skill uses".to_owned(),
        ("consensus", k) if k > 1 => {
            format!(", keeping only weights that at least {} skills use", format::spelled(k as usize).to_lowercase())
        }
        _ => String::new(),
    };
    base + &skills
}

/// The sentence as text.
pub fn text(recipe: &Recipe) -> String {
    pieces(recipe)
        .into_iter()
        .map(|piece| match piece {
            Piece::Words(words) => words,
            Piece::Skill(_, skill) => skill,
        })
        .collect()
}

fn changes(recipe: &Recipe, kept: &[(usize, f64)], name: impl Fn(usize) -> String) -> Vec<Piece> {
    let leaves_nothing = recipe.method.name == "consensus" && recipe.settings().k as usize > recipe.experts.len();
    if kept.is_empty() || leaves_nothing {
        return vec![Piece::Words("Result = the starting model, unchanged.".into())];
    }
    let mut pieces = vec![Piece::Words("Result = starting model".into())];
    for &(at, strength) in kept {
        let sign = if strength < 0.0 { '−' } else { '+' };
        pieces.push(Piece::Words(format!(" {sign} {} of ", format::strength(strength.abs()))));
        pieces.push(Piece::Skill(at, name(at)));
    }
    pieces.push(Piece::Words(refinement(recipe) + "."));
    pieces
}

fn mean(kept: &[(usize, f64)], name: impl Fn(usize) -> String) -> Vec<Piece> {
    let total: f64 = kept.iter().map(|&(_, weight)| weight).sum();
    if kept.is_empty() || total <= 0.0 {
        return vec![Piece::Words("No result yet: every strength is zero.".into())];
    }
    let even = kept.iter().all(|&(_, weight)| weight == kept[0].1);
    let mut pieces = vec![Piece::Words(if even { "Result = the mean of ".into() } else { "Result = ".into() })];
    for (place, &(at, weight)) in kept.iter().enumerate() {
        let between = match (place, even) {
            (0, _) => "",
            (_, false) => " + ",
            (place, true) if place + 1 == kept.len() => " and ",
            (_, true) => ", ",
        };
        let share = if even { String::new() } else { format!("{} of ", format::strength(weight / total)) };
        pieces.push(Piece::Words(format!("{between}{share}")));
        pieces.push(Piece::Skill(at, name(at)));
    }
    pieces.push(Piece::Words(".".into()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(method: &str, strengths: &[f64]) -> String {
        let skills = ["Flowers", "Signs", "Birds"];
        let experts: Vec<(&str, &str)> = skills.iter().take(strengths.len()).map(|&skill| (skill, skill)).collect();
        let mut recipe = Recipe::new(method, Some("base"), &experts);
        for (expert, &strength) in recipe.experts.iter_mut().zip(strengths) {
            expert.strength = Some(strength);
        }
        text(&recipe).replace('\u{202f}', " ")
    }

    #[test]
    fn the_sentence_says_what_the_sliders_say() {
        assert_eq!(said("task_arithmetic", &[0.4, 0.3]), "Result = starting model + 40 % of Flowers + 30 % of Signs.");
        assert_eq!(said("task_arithmetic", &[0.4, 0.0]), "Result = starting model + 40 % of Flowers.");
        assert_eq!(said("task_arithmetic", &[-0.1]), "Result = starting model − 10 % of Flowers.");
        assert_eq!(said("task_arithmetic", &[0.0, 0.0]), "Result = the starting model, unchanged.");
        assert_eq!(
            said("consensus", &[0.4, 0.3]),
            "Result = starting model + 40 % of Flowers + 30 % of Signs, keeping only weights that at least one skill uses."
        );
        assert!(said("consensus", &[0.4, 0.3, 0.1]).ends_with(", keeping only weights that at least two skills use."));
        assert_eq!(
            said("ties", &[1.0]),
            "Result = starting model + 100 % of Flowers, of every change the largest 20 % that win the vote."
        );
        assert_eq!(
            said("lines", &[0.5]),
            "Result = starting model + 50 % of Flowers, × 0.5 in the first layers to × 2 in the last."
        );
        assert!(said("emr", &[1.0, 1.0]).contains("for each skill"));
        assert_eq!(said("average", &[1.0, 1.0, 1.0]), "Result = the mean of Flowers, Signs and Birds.");
        assert_eq!(said("average", &[3.0, 1.0]), "Result = 75 % of Flowers + 25 % of Signs.");
        assert_eq!(said("average", &[0.0, 0.0]), "No result yet: every strength is zero.");
    }
}
