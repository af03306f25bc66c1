//! What the command line says about a measurement.

use crate::measure::{CrossTable, Measurement, RoutedSkill, Subject};
use crate::score::{Measured, Metric, Scores, SkillScore};

use super::terminal::columns;
use super::{examples, format};

/// Scores with their references, how each was made, and the cross table if there is one.
pub fn measurement(measured: &Measurement) -> String {
    let mut blocks = vec![scores(&measured.scores)];
    blocks.extend(measured.cross.as_ref().map(cross));
    blocks.extend(measured.routed.as_deref().map(routed));
    blocks.extend(measured.scores.skills.iter().filter_map(left_out));
    blocks.push(format!("Measured in {}.", format::seconds(measured.seconds)));
    blocks.join("\n\n")
}

fn scores(scores: &Scores) -> String {
    let heads = ["Skill", "Score", "95 % interval", "Specialist", "Share of it", "Starting model", "Equal mix"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(scores.skills.iter().map(row));
    let mut lines = vec![columns(&rows), String::new()];
    let (mean, worst) = (format::score(scores.mean), format::score(scores.worst));
    lines.push(format!("Mean {mean}, worst {worst}."));
    lines.extend(scores.skills.iter().map(|skill| format!("{}: {}", skill.skill, examples::made(skill, scores.part))));
    lines.join("\n")
}

fn row(skill: &SkillScore) -> Vec<String> {
    let known = |score: Option<Measured>| score.map_or_else(|| "–".to_owned(), |score| format::score(score.value()));
    let [low, high] = skill.interval.map(format::score);
    let unit = if skill.metric == Metric::Agreement { " agreement" } else { "" };
    vec![
        skill.skill.clone(),
        format!("{}{unit}", format::score(skill.value.value())),
        format!("{low} to {high}"),
        known(skill.references.expert),
        skill.share_of_expert().map_or_else(|| "–".to_owned(), format::score),
        known(skill.references.base),
        known(skill.references.equal),
    ]
}

/// Name of a model in a cross table.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Base => "Starting model".to_owned(),
        Subject::Expert(skill) => format!("Specialist: {skill}"),
        Subject::Equal => "Equal mix".to_owned(),
        Subject::Mix => "This mix".to_owned(),
    }
}

fn cross(table: &CrossTable) -> String {
    let known = |score: &Option<Measured>| score.map_or_else(|| "–".to_owned(), |score| format::score(score.value()));
    let mut rows = vec![std::iter::once(String::new()).chain(table.skills.iter().cloned()).collect::<Vec<_>>()];
    rows.extend(
        table.rows.iter().map(|row| std::iter::once(subject(&row.model)).chain(row.scores.iter().map(known)).collect()),
    );
    format!("Every model on every skill, each with the skill’s own head:\n{}", columns(&rows))
}

/// What is right where nobody says which skill is asked for.
fn routed(skills: &[RoutedSkill]) -> String {
    let known = |score: Option<Measured>| score.map_or_else(|| "–".to_owned(), |score| format::score(score.value()));
    let mut rows = vec![["Skill", "Came to its own model", "Answered right"].map(str::to_owned).to_vec()];
    rows.extend(skills.iter().map(|one| vec![one.skill.clone(), known(Some(one.own)), known(one.value)]));
    format!("Where the skill is not known, the model that is surest answers:\n{}", columns(&rows))
}

/// Examples that were left out, if there are any.
fn left_out(skill: &SkillScore) -> Option<String> {
    let count = skill.skipped.len();
    let shown = skill.skipped.iter().take(5).map(|skipped| format!("  {}: {}", skipped.file, skipped.why));
    let more = count.checked_sub(5).filter(|more| *more > 0).map(|more| format!("  and {more} more"));
    let lines: Vec<String> = shown.chain(more).collect();
    (count > 0).then(|| format!("Left out of {}:\n{}", skill.skill, lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::CrossRow;
    use crate::score::{Part, References, Skipped};

    fn skill(references: References) -> SkillScore {
        SkillScore {
            skill: "Digits".into(),
            head_from: "digits".into(),
            examples_from: "digits.zip".into(),
            available: 40,
            metric: Metric::Accuracy,
            value: Measured::share(30, 40).expect("a share"),
            correct: 30,
            examples: 40,
            interval: [0.598, 0.858],
            mean_per_class: None,
            top5: None,
            ece: None,
            references,
            labels: vec![],
            confusion: vec![],
            skipped: (0..7).map(|at| Skipped { file: format!("{at}.png"), why: "broken".into() }).collect(),
        }
    }

    #[test]
    fn scores_stand_beside_their_references_and_unknown_ones_are_dashes() {
        let references = References { expert: Measured::share(40, 40), ..References::default() };
        let scores = Scores::new(Part::Judge, 1, vec![skill(references)]);
        let cross = CrossTable {
            skills: vec!["Digits".into()],
            metrics: vec![Metric::Accuracy],
            rows: vec![CrossRow { model: Subject::Base, scores: vec![None] }],
        };
        let measured =
            Measurement { scores, cross: Some(cross), routed: None, problems: vec![], resident: true, seconds: 1.0 };
        let said = measurement(&measured).replace('\u{202f}', " ");
        for part in
            ["75.0 %", "59.8 % to 85.8 %", "100.0 %     75.0 %", "–", "Mean 75.0 %", "2 more", "Starting model  –"]
        {
            assert!(said.contains(part), "{part} is missing in\n{said}");
        }
    }
}
