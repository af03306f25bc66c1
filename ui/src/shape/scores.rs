//! The rows of scores: marks of a bar, change since the last mix, numbers of the table.

use std::sync::Arc;

use protocol::failure::Problem;
use protocol::measure::FEW_EXAMPLES;
use protocol::score::{Metric, SkillScore};
use protocol::words::format;
use protocol::words::screen::scores as words;

use super::board::{Board, Entry, MixKey, Outcome};
use super::draft::Draft;

/// What is known of the examples of a specialist.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// There are none.
    None,
    /// They are being looked at.
    Looking,
    /// They can be used.
    Usable,
    /// They cannot be used.
    Trouble(Problem),
}

/// One skill among the scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Id of the specialist.
    pub model: String,
    /// Name of the skill.
    pub skill: String,
    /// Index of its pigment.
    pub pigment: u8,
    /// What is known.
    pub state: State,
}

/// What is known of the score of a skill.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// It has no examples.
    NoExamples,
    /// It has examples and no score yet.
    Waiting,
    /// It cannot be measured.
    Trouble(Problem),
    /// It was measured.
    Scored(Shown),
}

/// A score as the chart and the table show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The score.
    pub score: Arc<SkillScore>,
    /// The score of the mix before.
    pub before: Option<f64>,
    /// Whether it is of an earlier mix.
    pub is_stale: bool,
}

impl Row {
    /// The score, if the skill has one.
    pub fn shown(&self) -> Option<&Shown> {
        match &self.state {
            State::Scored(shown) => Some(shown),
            _ => None,
        }
    }
}

impl Shown {
    /// The score, 0 to 1.
    pub fn value(&self) -> f64 {
        self.score.value.value()
    }

    /// Half of the interval.
    pub fn half(&self) -> f64 {
        (self.score.interval[1] - self.score.interval[0]) / 2.0
    }

    /// Share of the specialist's score; none where answers are compared with the specialist's own.
    pub fn share(&self) -> Option<f64> {
        self.score.share_of_expert().filter(|_| self.score.metric == Metric::Accuracy)
    }

    /// Score of the specialist where that says something.
    pub fn expert(&self) -> Option<f64> {
        let is_telling = self.score.metric == Metric::Accuracy;
        self.score.references.expert.filter(|_| is_telling).map(|score| score.value())
    }

    /// Whether there are too few examples for a score that is worth much.
    pub fn is_few(&self) -> bool {
        self.score.examples < FEW_EXAMPLES
    }

    /// Change since the mix before, in points of a hundred; none where it rounds to nothing or is not known.
    pub fn change(&self) -> Option<f64> {
        let change = self.value() - self.before.filter(|_| !self.is_stale)?;
        ((change * 1000.0).round() != 0.0).then_some(change)
    }

    /// Where the score before stands, if the bar shows a change.
    pub fn ghost(&self) -> Option<f64> {
        self.change().and(self.before)
    }
}

/// Where a score stands on the bar.
pub fn place(score: f64) -> String {
    format!("{:.2}%", score.clamp(0.0, 1.0) * 100.0)
}

/// One row for each specialist, in the order of the mix.
pub fn rows(draft: &Draft, board: &Board, look: impl Fn(&str) -> Look) -> Vec<Row> {
    let mix = MixKey::of(&draft.project.recipe);
    let row = |expert: &protocol::recipe::Expert| {
        let examples = draft.examples_of(&expert.path);
        let state = match (examples, look(&expert.path)) {
            (None, _) | (_, Look::None) => State::NoExamples,
            (_, Look::Trouble(problem)) => State::Trouble(problem),
            (Some(examples), Look::Looking | Look::Usable) => measured(board.entry(&expert.path), &mix, examples),
        };
        let pigment = draft.pigment(&expert.path);
        Row { model: expert.path.clone(), skill: expert.skill.clone(), pigment, state }
    };
    draft.project.recipe.experts.iter().map(row).collect()
}

fn measured(entry: Option<&Entry>, mix: &MixKey, examples: &str) -> State {
    let Some(entry) = entry.filter(|entry| entry.examples == examples) else { return State::Waiting };
    let is_stale = !entry.is_fresh(mix, examples);
    match &entry.outcome {
        Outcome::Scored(score) => State::Scored(Shown { score: score.clone(), before: entry.before, is_stale }),
        // What spoke against an earlier mix may not speak against this one.
        Outcome::Trouble(_) if is_stale => State::Waiting,
        Outcome::Trouble(problem) => State::Trouble(problem.clone()),
    }
}

/// Mean and lowest of what was measured; none without any.
pub fn overall(rows: &[Row]) -> Option<(f64, (&str, f64))> {
    let scored: Vec<(&str, f64)> =
        rows.iter().filter_map(|row| row.shown().map(|shown| (row.skill.as_str(), shown.value()))).collect();
    let mean = scored.iter().map(|(_, score)| score).sum::<f64>() / scored.len().max(1) as f64;
    let worst = scored.into_iter().reduce(|low, one| if one.1 < low.1 { one } else { low })?;
    Some((mean, worst))
}

/// Whether any score is of an earlier mix.
pub fn is_stale(rows: &[Row]) -> bool {
    rows.iter().filter_map(Row::shown).any(|shown| shown.is_stale)
}

/// Whether any skill waits for its score.
pub fn is_waiting(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.state == State::Waiting)
}

/// Whether any skill is or could be measured.
pub fn has_examples(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.state != State::NoExamples)
}

/// The pieces of the sentence that stands for the chart.
pub fn spoken(rows: &[Row]) -> Vec<words::Spoken<'_>> {
    rows.iter().map(spoken_row).collect()
}

fn spoken_row(row: &Row) -> words::Spoken<'_> {
    let shown = row.shown();
    words::Spoken { skill: &row.skill, score: shown.map(Shown::value), share: shown.and_then(Shown::share) }
}

/// The fields of a row in the table, after the name of the skill.
pub fn fields(row: &Row) -> [String; 7] {
    let none = || words::NONE.to_owned();
    let Some(shown) = row.shown() else { return std::array::from_fn(|_| none()) };
    let references = &shown.score.references;
    let score = |score: Option<f64>| score.map_or_else(none, format::score);
    [
        format::score(shown.value()),
        words::interval(shown.score.interval),
        score(references.expert.map(|score| score.value())),
        score(references.base.map(|score| score.value())),
        score(references.equal.map(|score| score.value())),
        shown.share().map_or_else(none, format::percent),
        words::measured_of(shown.score.examples, shown.score.available),
    ]
}

/// Names of the columns of the table.
pub const COLUMNS: [&str; 8] = [
    words::SKILL,
    words::MIX,
    words::INTERVAL,
    words::SPECIALIST,
    words::STARTING_MODEL,
    words::EQUAL_MIX,
    words::SHARE,
    words::EXAMPLES,
];

/// Rows with a score as text for the clipboard: columns divided by tabs, as tables of other programs take them.
pub fn copied(rows: &[&Row]) -> String {
    let head = COLUMNS.join("\t");
    let line = |row: &&Row| format!("{}\t{}", row.skill, fields(row).join("\t"));
    std::iter::once(head).chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n").replace('\u{202f}', "\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::board::tests::{score, scores, share, wish};
    use protocol::project::ProjectExamples;
    use protocol::score::References;

    fn draft(strength: f64) -> Draft {
        let mut draft = Draft::empty("Mix");
        draft.project.recipe = wish(strength).recipe;
        let given = |model: &str, path: &str| ProjectExamples { model: model.into(), path: path.into() };
        draft.project.examples = vec![given("f", "fx"), given("s", "sx")];
        draft
    }

    fn board(strength: f64, correct: u64) -> Board {
        let mut board = Board::default();
        board.take(&wish(strength), &scores(vec![score("Flowers", correct)]));
        board
    }

    fn first(draft: &Draft, board: &Board) -> Shown {
        let rows = rows(draft, board, |_| Look::Usable);
        rows[0].shown().cloned().expect("a score")
    }

    #[test]
    fn rows_say_what_is_known_of_each_skill() {
        let problem = protocol::words::examples::no_examples("sx", 3);
        let looks = |model: &str| if model == "s" { Look::Trouble(problem.clone()) } else { Look::Looking };
        let found = rows(&draft(0.4), &Board::default(), looks);
        assert_eq!([&found[0].state, &found[1].state], [&State::Waiting, &State::Trouble(problem.clone())]);
        let mut without = draft(0.4);
        without.set_examples("f", None);
        assert_eq!(rows(&without, &board(0.4, 90), looks)[0].state, State::NoExamples);
        let mut other = draft(0.4);
        other.set_examples("f", Some("new"));
        assert_eq!(
            rows(&other, &board(0.4, 90), looks)[0].state,
            State::Waiting,
            "a score of other examples is no score"
        );
    }

    #[test]
    fn a_change_is_shown_once_it_is_measured_and_not_while_it_is_stale() {
        let mut board = board(0.4, 88);
        board.take(&wish(0.5), &scores(vec![score("Flowers", 90)]));
        let fresh = first(&draft(0.5), &board);
        assert!(!fresh.is_stale);
        assert_eq!(fresh.change().map(|change| (change * 1000.0).round()), Some(20.0));
        assert_eq!(fresh.ghost(), Some(0.88));
        let stale = first(&draft(0.6), &board);
        assert!(stale.is_stale);
        assert_eq!((stale.change(), stale.ghost()), (None, None));
    }

    #[test]
    fn no_change_has_no_ghost() {
        let mut board = board(0.4, 88);
        board.take(&wish(0.5), &scores(vec![score("Flowers", 88)]));
        let shown = first(&draft(0.5), &board);
        assert_eq!((shown.before, shown.change(), shown.ghost()), (Some(0.88), None, None));
    }

    #[test]
    fn the_lowest_is_named_beside_the_mean() {
        let mut board = board(0.4, 90);
        board.take(&wish(0.4), &scores(vec![score("Signs", 80)]));
        let rows = rows(&draft(0.4), &board, |_| Look::Usable);
        let (mean, worst) = overall(&rows).expect("scores");
        assert!((mean - 0.85).abs() < 1e-12);
        assert_eq!(worst, ("Signs", 0.8));
        assert!(!is_stale(&rows) && !is_waiting(&rows) && has_examples(&rows));
        assert_eq!(overall(&[]), None);
    }

    #[test]
    fn agreement_has_no_share_of_its_own() {
        let references = References { expert: Some(share(100, 100)), base: None, equal: None };
        let mut agreed = SkillScore { metric: Metric::Agreement, references, ..score("Flowers", 90) };
        let shown = |score: &SkillScore| Shown { score: Arc::new(score.clone()), before: None, is_stale: false };
        assert_eq!((shown(&agreed).share(), shown(&agreed).expert()), (None, None));
        agreed.metric = Metric::Accuracy;
        assert_eq!((shown(&agreed).share(), shown(&agreed).expert()), (Some(0.9), Some(1.0)));
        assert!(!shown(&agreed).is_few());
        assert!(shown(&SkillScore { examples: FEW_EXAMPLES - 1, ..agreed }).is_few());
    }

    #[test]
    fn marks_stay_on_the_bar() {
        assert_eq!([place(0.905), place(-0.1), place(1.2)], ["90.50%", "0.00%", "100.00%"]);
    }

    #[test]
    fn copied_rows_have_as_many_fields_as_the_head() {
        let rows = rows(&draft(0.4), &board(0.4, 90), |_| Look::Usable);
        let text = copied(&rows.iter().collect::<Vec<_>>());
        let counts: Vec<usize> = text.lines().map(|line| line.split('\t').count()).collect();
        assert_eq!(counts, [8, 8, 8]);
        assert!(text.contains("Flowers\t90.0\u{a0}%\t86.0 to 92.0\u{a0}%\t–"), "{text}");
        assert!(text.lines().last().is_some_and(|line| line.starts_with("Signs\t–")));
    }
}
