//! Keep-masks in sentences: what a threshold removes, which skills agree, how selectivities were chosen.

use crate::masks::{ChosenBy, ChosenMasks, Totals};
use crate::score::Measured;
use crate::words::format;

/// A selectivity without needless digits: `0.4`, `0.35`.
pub fn selectivity(value: f64) -> String {
    format!("{}", (value * 1000.0).round() / 1000.0)
}

/// How many skills need a weight, as the name of a bar: `no skill`, `1 skill`, `2 skills`, `all 4`.
pub fn needed_by(count: usize, skills: usize) -> String {
    match count {
        0 => "no skill".into(),
        count if count == skills && skills > 1 => format!("all {skills}"),
        count => format::counted(count as u64, "skill", "skills"),
    }
}

/// What removing the weights that fewer than `k` skills need does to the change, of which `share` goes with them.
pub fn what_if(k: u32, skills: usize, share: f64) -> String {
    let share = format::small_percent(share);
    let small = match k {
        0 => return "Nothing is removed: every weight stays.".into(),
        k if k as usize > skills => return "Everything is removed: only the starting model is left.".into(),
        1 => "unused weights".to_owned(),
        2 => "unused and one-skill weights".to_owned(),
        k => format!("weights that fewer than {} skills need", format::spelled(k as usize).to_lowercase()),
    };
    format!("Dropping {small} removes {share} of the change.")
}

/// The same for a method that makes a model for each skill: what each of them keeps.
pub fn each_keeps(skills: &[String], kept: &[f64]) -> String {
    let each: Vec<String> =
        skills.iter().zip(kept).map(|(skill, share)| format!("{skill} {}", format::percent(*share))).collect();
    format!("Each model keeps only what its skill needs: {}.", format::list(&each))
}

/// The heat map in one sentence.
pub fn summary(skills: &[String], totals: &Totals) -> String {
    let whole = totals.weights.max(1) as f64;
    let percent = |count: u64| format::percent(count as f64 / whole);
    let kept: Vec<String> =
        skills.iter().zip(&totals.kept).map(|(skill, &count)| format!("{skill} {}", percent(count))).collect();
    let [shared, one, unused] = totals.shared_one_unused();
    format!(
        "Share of all weights that a skill keeps: {}. Two or more skills need {}, exactly one {}, none {}.",
        format::list(&kept),
        percent(shared),
        percent(one),
        percent(unused)
    )
}

/// Two skills and their share of kept weights in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement<'a> {
    /// Name of the one.
    pub a: &'a str,
    /// Name of the other.
    pub b: &'a str,
    /// Share, 0 to 1.
    pub share: f64,
}

/// Which skills agree most and least.
pub fn agreement(most: Agreement<'_>, least: Agreement<'_>) -> String {
    if (most.a, most.b) == (least.a, least.b) {
        return format!("{} and {} have {} in common.", most.a, most.b, format::percent(most.share));
    }
    format!("{} and {} agree most, {} and {} least.", most.a, most.b, least.a, least.b)
}

/// A cell of the grid in words.
pub fn pair(a: &str, b: &str, share: f64) -> String {
    format!("{a} and {b}: {} in common", format::percent(share))
}

/// What was chosen, and how, one sentence for each way of choosing.
pub fn chosen(chosen: &ChosenMasks) -> String {
    let by = |way: ChosenBy| -> Vec<String> {
        let ones = chosen.skills.iter().filter(|one| one.by == way);
        ones.map(|one| format!("{} {}{}", one.skill, selectivity(one.selectivity), scored(one.selectivity, &one.tried)))
            .collect()
    };
    let say = |way: ChosenBy, how: &str| {
        let ones = by(way);
        (!ones.is_empty()).then(|| format!("{how}: {}.", format::list(&ones)))
    };
    let said = [
        say(ChosenBy::Accuracy, "By accuracy on the examples for choosing"),
        say(ChosenBy::Agreement, "By agreement with the specialist, without labels"),
        say(ChosenBy::Default, "Without examples, so it stays as it was"),
    ];
    said.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The score of what was chosen: ` (91.2 %)`.
fn scored(value: f64, tried: &[(f64, Measured)]) -> String {
    let own = tried.iter().find(|(tried, _)| (tried - value).abs() < 1e-9);
    own.map_or_else(String::new, |(_, score)| format!(" ({})", format::score(score.value())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::masks::ChosenSelectivity;

    fn plain(text: String) -> String {
        text.replace('\u{202f}', " ")
    }

    #[test]
    fn what_a_threshold_removes_is_said_for_every_threshold() {
        let said = |k| plain(what_if(k, 4, 0.214));
        assert_eq!(said(0), "Nothing is removed: every weight stays.");
        assert_eq!(said(1), "Dropping unused weights removes 21 % of the change.");
        assert_eq!(said(2), "Dropping unused and one-skill weights removes 21 % of the change.");
        assert_eq!(said(3), "Dropping weights that fewer than three skills need removes 21 % of the change.");
        assert_eq!(said(5), "Everything is removed: only the starting model is left.");
    }

    #[test]
    fn bars_are_named_in_words() {
        assert_eq!([0, 1, 2, 4].map(|count| needed_by(count, 4)), ["no skill", "1 skill", "2 skills", "all 4"]);
        assert_eq!(needed_by(1, 1), "1 skill");
    }

    #[test]
    fn selectivities_have_no_needless_digits() {
        assert_eq!([0.4, 0.35, 0.2 + 0.1].map(selectivity), ["0.4", "0.35", "0.3"]);
    }

    #[test]
    fn the_heat_map_is_one_sentence() {
        let skills = ["Flowers", "Signs"].map(str::to_owned);
        let totals = Totals {
            weights: 200,
            changed: 150,
            kept: vec![120, 40],
            needed_by: vec![80, 80, 40],
            ..Totals::default()
        };
        assert_eq!(
            plain(summary(&skills, &totals)),
            "Share of all weights that a skill keeps: Flowers 60 % and Signs 20 %. \
             Two or more skills need 20 %, exactly one 40 %, none 40 %."
        );
        assert_eq!(
            plain(each_keeps(&skills, &[0.6, 0.2])),
            "Each model keeps only what its skill needs: Flowers 60 % and Signs 20 %."
        );
    }

    #[test]
    fn agreement_names_both_ends_once() {
        let of = |a, b, share| Agreement { a, b, share };
        let said = agreement(of("Flowers", "Birds", 0.71), of("Birds", "Textures", 0.35));
        assert_eq!(said, "Flowers and Birds agree most, Birds and Textures least.");
        let only = of("Flowers", "Birds", 0.71);
        assert_eq!(plain(agreement(only, only)), "Flowers and Birds have 71 % in common.");
        assert_eq!(plain(pair("A", "B", 0.5)), "A and B: 50 % in common");
    }

    #[test]
    fn a_choice_says_how_it_was_made_and_what_was_scored() {
        let one = |skill: &str, selectivity, by, tried: &[(f64, u64)]| ChosenSelectivity {
            skill: skill.into(),
            selectivity,
            by,
            tried: tried.iter().filter_map(|&(at, right)| Some((at, Measured::share(right, 200)?))).collect(),
        };
        let skills = vec![
            one("Flowers", 0.3, ChosenBy::Accuracy, &[(0.2, 180), (0.3, 182)]),
            one("Signs", 0.5, ChosenBy::Accuracy, &[(0.5, 170)]),
            one("Birds", 0.4, ChosenBy::Default, &[]),
        ];
        assert_eq!(
            plain(chosen(&ChosenMasks { skills })),
            "By accuracy on the examples for choosing: Flowers 0.3 (91.0 %) and Signs 0.5 (85.0 %). \
             Without examples, so it stays as it was: Birds 0.4."
        );
        assert_eq!(chosen(&ChosenMasks::default()), "");
    }
}
