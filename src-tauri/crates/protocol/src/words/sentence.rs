//! The sentence that says what a mix is: always true, whatever the sliders say.

use crate::methods::{self, StrengthKind};
use crate::recipe::Recipe;

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
        StrengthKind::Coefficient => changes(&kept, name),
        StrengthKind::RelativeWeight => mean(&kept, name),
    }
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

fn changes(kept: &[(usize, f64)], name: impl Fn(usize) -> String) -> Vec<Piece> {
    if kept.is_empty() {
        return vec![Piece::Words("Result = the starting model, unchanged.".into())];
    }
    let mut pieces = vec![Piece::Words("Result = starting model".into())];
    for &(at, strength) in kept {
        let sign = if strength < 0.0 { '−' } else { '+' };
        pieces.push(Piece::Words(format!(" {sign} {} of ", format::strength(strength.abs()))));
        pieces.push(Piece::Skill(at, name(at)));
    }
    pieces.push(Piece::Words(".".into()));
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
        assert_eq!(said("average", &[1.0, 1.0, 1.0]), "Result = the mean of Flowers, Signs and Birds.");
        assert_eq!(said("average", &[3.0, 1.0]), "Result = 75 % of Flowers + 25 % of Signs.");
        assert_eq!(said("average", &[0.0, 0.0]), "No result yet: every strength is zero.");
    }
}
