//! Scores: what a model was measured to do, and how sure that is.
//!
//! All scores lie between 0 and 1; percent exist on screen only.

use serde::{Deserialize, Serialize};

/// A score that was measured on examples. There is no way from an [`Estimate`] to one of these.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Measured(f64);

impl Measured {
    /// The share of `correct` among `examples`; `None` without examples or with more correct than there are.
    pub fn share(correct: u64, examples: u64) -> Option<Self> {
        (examples > 0 && correct <= examples).then(|| Self(correct as f64 / examples as f64))
    }

    /// The score, 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// A score that a formula expects. It never turns into a [`Measured`]: only examples do that.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Estimate(f64);

impl Estimate {
    /// What a formula expects; it may lie a little outside 0 to 1.
    pub fn new(value: f64) -> Self {
        Self(value)
    }

    /// The expected score.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// Which part of the examples something looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What training may see.
    Learn,
    /// What decides between settings.
    Choose,
    /// What is only ever reported.
    Judge,
}

impl Part {
    /// All parts.
    pub const ALL: [Part; 3] = [Part::Learn, Part::Choose, Part::Judge];

    /// The name, as in files and folders.
    pub fn name(self) -> &'static str {
        match self {
            Part::Learn => "learn",
            Part::Choose => "choose",
            Part::Judge => "judge",
        }
    }
}

/// What a score counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Answers that are the label.
    Accuracy,
    /// Answers that are the specialist's answer; for examples without labels.
    Agreement,
}

/// An example that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its place below the dropped folder, file and line for texts.
    pub file: String,
    /// Why, in words.
    pub why: String,
}

/// Scores of other models on the same examples with the same head; those that were not measured are absent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct References {
    /// The skill's own specialist.
    pub expert: Option<Measured>,
    /// The starting model.
    pub base: Option<Measured>,
    /// The mix in which every specialist has the same strength.
    pub equal: Option<Measured>,
}

/// How one model does on one skill: an entry of `skills` in the result line of `measure`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkillScore {
    /// Name of the skill.
    pub skill: String,
    /// Name of the model whose head gave the answers.
    pub head_from: String,
    /// Name of the folder or file of the examples.
    pub examples_from: String,
    /// Examples of the part, of which `examples` were measured.
    pub available: u64,
    /// What is counted.
    pub metric: Metric,
    /// `correct / examples`.
    pub value: Measured,
    /// Answers that are as they should be.
    pub correct: u64,
    /// Examples that were measured; skipped ones are not among them.
    pub examples: u64,
    /// Lower and upper end of the 95 % interval after Wilson.
    pub interval: [f64; 2],
    /// Mean of the classes' own scores; `None` for agreement.
    pub mean_per_class: Option<f64>,
    /// Share of examples whose label is among the five likeliest answers; `None` for agreement.
    pub top5: Option<f64>,
    /// Expected calibration error over 15 bins; `None` for agreement.
    pub ece: Option<f64>,
    /// The same number of other models.
    pub references: References,
    /// Names of the classes in `confusion`, in the order of the head: those that are asked for or answered.
    pub labels: Vec<String>,
    /// How often class \[row\] (label, or the specialist's answer) was answered as class \[column\].
    pub confusion: Vec<Vec<u64>>,
    /// Examples that were left out.
    pub skipped: Vec<Skipped>,
}

impl SkillScore {
    /// This score as a share of the specialist's; `None` where that was not measured or is zero.
    pub fn share_of_expert(&self) -> Option<f64> {
        let expert = self.references.expert?.value();
        (expert > 0.0).then(|| self.value.value() / expert)
    }
}

/// The scores of one model on every skill that has examples: the result of `measure`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Which part of the examples was looked at.
    pub part: Part,
    /// Seed of the split.
    pub split_seed: u64,
    /// One entry for each skill.
    pub skills: Vec<SkillScore>,
    /// Mean of the skills' scores; 0 without skills.
    pub mean: f64,
    /// The lowest of the skills' scores; 0 without skills.
    pub worst: f64,
}

impl Scores {
    /// The scores of these skills with their mean and the worst.
    pub fn new(part: Part, split_seed: u64, skills: Vec<SkillScore>) -> Self {
        let values = || skills.iter().map(|skill| skill.value.value());
        let mean = values().sum::<f64>() / skills.len().max(1) as f64;
        let worst = values().reduce(f64::min).unwrap_or(0.0);
        Self { part, split_seed, skills, mean, worst }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_needs_examples() {
        assert_eq!(Measured::share(3, 4).map(Measured::value), Some(0.75));
        assert_eq!(Measured::share(0, 0), None);
        assert_eq!(Measured::share(5, 4), None);
    }

    #[test]
    fn the_line_has_the_fields_of_the_contract() {
        let value = Measured::share(1, 2).expect("a share of something");
        let score = SkillScore {
            examples_from: "s.zip".into(),
            available: 1,
            skill: "Flowers".into(),
            head_from: "flowers".into(),
            metric: Metric::Accuracy,
            value,
            correct: 1,
            examples: 2,
            interval: [0.1, 0.9],
            mean_per_class: None,
            top5: None,
            ece: None,
            references: References { expert: Measured::share(2, 2), ..References::default() },
            labels: vec![],
            confusion: vec![],
            skipped: vec![Skipped { file: "a.png".into(), why: "x".into() }],
        };
        let line = serde_json::to_value(&score).expect("plain data");
        let mut names: Vec<&str> = line.as_object().expect("an object").keys().map(String::as_str).collect();
        names.sort_unstable();
        let contract = "confusion correct ece examples head_from interval labels mean_per_class metric references skill \
                        skipped top5 value";
        // Fields may be added to the contract's, never renamed.
        let added = ["available", "examples_from"];
        names.retain(|name| !added.contains(name));
        assert_eq!(names, contract.split_whitespace().collect::<Vec<_>>());
        assert_eq!(line["value"], 0.5);
        assert_eq!(line["metric"], "accuracy");
        assert_eq!(line["references"]["expert"], 1.0);
        assert_eq!(score.share_of_expert(), Some(0.5));
        let better = SkillScore { value: Measured::share(2, 2).expect("a share of something"), ..score.clone() };
        let scores = Scores::new(Part::Judge, 1, vec![better, score]);
        assert_eq!((scores.mean, scores.worst), (0.75, 0.5));
        assert_eq!(serde_json::to_value(&scores).expect("plain data")["part"], "judge");
    }
}
