//! The declarative half of the table of methods: one row each.
//!
//! The row drives the recipe's schema, [`crate::check`], the controls on screen and the documents.
//! The code half lives in `merge::method`; a tidy test holds the two one to one.

/// A method as people and recipes see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MethodRow {
    /// Name in recipes.
    pub name: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// Short line under the sentence: what it needs and how fast it is.
    pub footnote: &'static str,
    /// Whether it has a card of its own, or stands under "More methods".
    pub has_card: bool,
    /// Whether it works on task vectors and so needs a base.
    pub needs_base: bool,
    /// Fewest experts.
    pub min_experts: usize,
    /// Whether every skill gets a body of its own, so that the result is not one model but one for each skill.
    pub per_skill: bool,
    /// What a strength means here.
    pub strength: StrengthKind,
    /// Parameters besides the strengths.
    pub parameters: &'static [ParameterRow],
    /// Where it comes from.
    pub paper: &'static str,
}

/// What the number beside an expert means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrengthKind {
    /// Coefficient of the task vector; default 1/T.
    Coefficient,
    /// Relative weight; the weights are divided by their sum; default 1.
    RelativeWeight,
    /// None: the method takes every task vector as it is.
    Unused,
}

/// One parameter of a method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterRow {
    /// Name in recipes.
    pub name: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// What values it takes.
    pub kind: ParameterKind,
}

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterKind {
    /// A number in a range.
    Number {
        /// Smallest allowed value.
        least: f64,
        /// Largest allowed value.
        most: f64,
        /// Value when the recipe names none.
        default: f64,
        /// Step of the control on screen.
        step: f64,
    },
    /// How many skills have to need a weight: a whole number from 0 to 255; default [`crate::settings::default_k`].
    NeededBy,
    /// One of some words, each with its name on screen; the first is the default.
    Choice(&'static [(&'static str, &'static str)]),
    /// A number for all skills, an object of numbers by skill, or the word `choose`.
    Selectivity,
}

const DENSITY: ParameterRow = ParameterRow {
    name: "density",
    title: "Share of each change that is kept",
    sentence: "The largest changes of every specialist take part; the rest counts as no change.",
    kind: ParameterKind::Number { least: 0.01, most: 1.0, default: 0.2, step: 0.01 },
};

const SHALLOW: ParameterRow = ParameterRow {
    name: "shallow",
    title: "First layers",
    sentence: "Strengths are multiplied by this in the first block, and outside the blocks.",
    kind: ParameterKind::Number { least: 0.0, most: 4.0, default: 0.5, step: 0.05 },
};

/// Under masks the change grows less with depth: they already take from the first layers what skills do not share
/// (`docs/studies/keep-masks.md`).
const DEEP_MASKED: ParameterRow =
    ParameterRow { kind: ParameterKind::Number { least: 0.0, most: 4.0, default: 1.5, step: 0.05 }, ..DEEP };

const DEEP: ParameterRow = ParameterRow {
    name: "deep",
    title: "Last layers",
    sentence: "Strengths are multiplied by this in the last block; the blocks between lie on a straight line.",
    kind: ParameterKind::Number { least: 0.0, most: 4.0, default: 2.0, step: 0.05 },
};

const SELECTIVITY: ParameterRow = ParameterRow {
    name: "selectivity",
    title: "Selectivity",
    sentence: "The higher, the fewer weights count as needed by a skill.",
    kind: ParameterKind::Selectivity,
};

const ON: ParameterRow = ParameterRow {
    name: "on",
    title: "Built on",
    sentence: "How the changes are combined before weights are removed.",
    kind: ParameterKind::Choice(&[("task_arithmetic", "Plain sum"), ("ties", "TIES"), ("lines", "LiNeS")]),
};

/// All methods, the recommended one first.
pub const METHODS: &[MethodRow] = &[
    MethodRow {
        name: "consensus",
        title: "Balanced",
        sentence: "Adds what each specialist learned, and keeps only weights that enough skills need.",
        footnote: "Needs a starting model · fast",
        has_card: true,
        needs_base: true,
        min_experts: 1,
        per_skill: false,
        strength: StrengthKind::Coefficient,
        parameters: &[
            ParameterRow {
                name: "k",
                title: "Remove weights that are needed by fewer than",
                sentence: "0 keeps everything, 1 removes what no skill needs, 2 also what only one skill needs.",
                kind: ParameterKind::NeededBy,
            },
            SELECTIVITY,
            ON,
            DENSITY,
            ParameterRow {
                name: "combine",
                title: "Agreeing changes are",
                sentence: "With TIES: changes that agree in sign are added up, or their mean is taken.",
                kind: ParameterKind::Choice(&[("sum", "Added up"), ("mean", "Averaged")]),
            },
            SHALLOW,
            DEEP_MASKED,
        ],
        paper: "Wang et al. 2024, Localizing Task Information for Improved Model Merging and Compression, arXiv:2405.07813",
    },
    MethodRow {
        name: "average",
        title: "Simple average",
        sentence: "The plain mean of all specialists.",
        footnote: "No starting model needed · fastest",
        has_card: true,
        needs_base: false,
        min_experts: 2,
        per_skill: false,
        strength: StrengthKind::RelativeWeight,
        parameters: &[],
        paper: "Wortsman et al. 2022, Model soups, arXiv:2203.05482",
    },
    MethodRow {
        name: "task_arithmetic",
        title: "Plain sum",
        sentence: "Adds what each specialist learned to the starting model.",
        footnote: "Needs a starting model · fast",
        has_card: false,
        needs_base: true,
        min_experts: 1,
        per_skill: false,
        strength: StrengthKind::Coefficient,
        parameters: &[],
        paper: "Ilharco et al. 2023, Editing Models with Task Arithmetic, arXiv:2212.04089",
    },
    MethodRow {
        name: "ties",
        title: "TIES",
        sentence: "Drops small changes, lets the rest vote on a sign, and mixes only what agrees with the vote.",
        footnote: "Needs a starting model · reads the models three times",
        has_card: false,
        needs_base: true,
        min_experts: 1,
        per_skill: false,
        strength: StrengthKind::Coefficient,
        parameters: &[
            DENSITY,
            ParameterRow {
                name: "combine",
                title: "Agreeing changes are",
                sentence: "The mean is the paper's; the sum is stronger where skills agree.",
                kind: ParameterKind::Choice(&[("mean", "Averaged"), ("sum", "Added up")]),
            },
        ],
        paper: "Yadav et al. 2023, TIES-Merging, arXiv:2306.01708",
    },
    MethodRow {
        name: "lines",
        title: "LiNeS",
        sentence: "Adds what each specialist learned, less in the first layers and more in the last.",
        footnote: "Needs a starting model · fast",
        has_card: false,
        needs_base: true,
        min_experts: 1,
        per_skill: false,
        strength: StrengthKind::Coefficient,
        parameters: &[SHALLOW, DEEP],
        paper: "Wang et al. 2025, LiNeS: Post-training Layer Scaling, arXiv:2410.17146",
    },
    MethodRow {
        name: "tall_masks",
        title: "Keep-masks",
        sentence: "One change for all skills, and for each skill a mask that keeps what it needs: a model for every skill.",
        footnote: "Needs a starting model · makes one model for each skill, or a skill pack",
        has_card: false,
        needs_base: true,
        min_experts: 1,
        per_skill: true,
        strength: StrengthKind::Unused,
        parameters: &[
            SELECTIVITY,
            ParameterRow {
                name: "on",
                title: "Built on",
                sentence: "How the changes are combined before masks are made.",
                kind: ParameterKind::Choice(&[("task_arithmetic", "Plain sum"), ("ties", "TIES")]),
            },
            DENSITY,
        ],
        paper: "Wang et al. 2024, Localizing Task Information for Improved Model Merging and Compression, arXiv:2405.07813",
    },
    MethodRow {
        name: "emr",
        title: "EMR",
        sentence: "Elects one change for all skills; a mask and one number fit it to each skill: a model for every skill.",
        footnote: "Needs a starting model · makes one model for each skill, or a skill pack",
        has_card: false,
        needs_base: true,
        min_experts: 1,
        per_skill: true,
        strength: StrengthKind::Unused,
        parameters: &[],
        paper: "Huang et al. 2024, EMR-Merging: Tuning-Free High-Performance Model Merging, arXiv:2405.17461",
    },
];

/// The row of this name.
pub fn find(name: &str) -> Option<&'static MethodRow> {
    METHODS.iter().find(|method| method.name == name)
}

/// The known name closest to `name` by edits, if it is close enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored =
        known.into_iter().map(|candidate| (edits(name, candidate), candidate)).min_by_key(|&(edits, _)| edits)?;
    (scored.0 <= 2.max(scored.1.len() / 3)).then_some(scored.1)
}

impl MethodRow {
    /// Strength of an expert for which the recipe names none; `experts` is `T`.
    pub fn default_strength(&self, experts: usize) -> f64 {
        match self.strength {
            StrengthKind::RelativeWeight | StrengthKind::Unused => 1.0,
            StrengthKind::Coefficient => 1.0 / experts.max(1) as f64,
        }
    }
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_method_and_nonsense_does_not() {
        let names = || METHODS.iter().map(|method| method.name);
        assert_eq!(nearest("task_arithmatic", names()), Some("task_arithmetic"));
        assert_eq!(nearest("averge", names()), Some("average"));
        assert_eq!(nearest("quantum", names()), None);
    }

    #[test]
    fn edits_counts_single_changes() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("same", "same"), 0);
    }
}
