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
    /// Whether it works on task vectors and so needs a base.
    pub needs_base: bool,
    /// Fewest experts.
    pub min_experts: usize,
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
}

/// One parameter of a method: a number in a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterRow {
    /// Name in recipes.
    pub name: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Smallest allowed value.
    pub least: f64,
    /// Largest allowed value.
    pub most: f64,
    /// Value when the recipe names none.
    pub default: f64,
}

/// All methods, the recommended one first.
pub const METHODS: &[MethodRow] = &[
    MethodRow {
        name: "task_arithmetic",
        title: "Balanced",
        sentence: "Adds what each specialist learned to the starting model.",
        footnote: "Needs a starting model · fast",
        needs_base: true,
        min_experts: 1,
        strength: StrengthKind::Coefficient,
        parameters: &[],
        paper: "Ilharco et al. 2023, Editing Models with Task Arithmetic, arXiv:2212.04089",
    },
    MethodRow {
        name: "average",
        title: "Simple average",
        sentence: "The plain mean of all specialists.",
        footnote: "No starting model needed · fastest",
        needs_base: false,
        min_experts: 2,
        strength: StrengthKind::RelativeWeight,
        parameters: &[],
        paper: "Wortsman et al. 2022, Model soups, arXiv:2203.05482",
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
            StrengthKind::RelativeWeight => 1.0,
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
