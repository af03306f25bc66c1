//! The step Tint: before it starts, while it runs, and what came of it.
#![allow(missing_docs, reason = "each text is its own description")]

use crate::event::{Phase, Progress};
use crate::score::Metric;
use crate::tint::{TintExamples, TintRowKind};
use crate::words::format;

pub const TITLE: &str = "Tint";
pub const LEAD: &str = "Tint adjusts the strengths and one small layer per skill so that the mix agrees with each \
                        specialist on your examples. Labels are not used for learning.";
pub const LOCKED: &str = "Tint learns from examples. Add examples (labels not needed) for at least one skill.";
pub const NO_EXAMPLES: &str = "Tint learns from examples";
pub const NO_EXAMPLES_HINT: &str = "Add examples (labels not needed) for at least one skill.";
pub const LOOKING: &str = "Looking at the examples…";
pub const FORECASTING: &str = "Reading models and examples, and trying a few of them…";

// Mixes that cannot be tinted.
pub const OWN_BODIES: &str = "This method cannot be tinted";
pub const OWN_BODIES_HINT: &str = "It makes a model of its own for every skill, so there is no common body whose \
                                   strengths could learn. Balanced makes one body for all skills.";
pub const NO_BASE: &str = "Tint needs a starting model";
pub const NO_BASE_HINT: &str = "It adjusts how much of each skill change is added to a starting model, and this mix has \
                                none. Add the model that the specialists were trained from, then use Balanced.";
pub const USE_BALANCED: &str = "Use Balanced";
pub const TO_MODELS: &str = "Go to Models";

// Before the start.
pub const EXAMPLES: &str = "Examples";
pub const SPLIT_ONCE: &str = "Split once, and the same each time: it learns from the first part, the best round is \
                              chosen by the second, and the third only gives the final scores.";
pub const LEARN: &str = "Learn";
pub const CHOOSE: &str = "Choose";
pub const JUDGE: &str = "Judge";
pub const SCORED_BY: &str = "Scored by";
pub const SETTINGS: &str = "Settings";
pub const ROUNDS: &str = "Rounds";
pub const ROUNDS_HINT: &str = "Each round visits every skill once. The best round is kept, not the last.";
pub const COMPARE: &str = "Compare with other ways";
pub const COMPARE_HINT: &str = "Afterwards heads only, AdaMerging, Surgery and EMR learn from the same examples. Takes \
                                longer, and can be stopped.";
pub const MORE: &str = "More settings";
pub const LESS: &str = "Fewer settings";
pub const WAY: &str = "What learns";
pub const WAY_HINT: &str = "Heads only needs seconds, and is often nearly as good.";
pub const WAYS: [&str; 2] = ["Strengths and layers", "Heads only"];
pub const LAYER: &str = "Layer of each skill";
pub const LAYER_HINT: &str = "The head is recommended: it is smallest, and nothing runs more than once.";
pub const LAYERS: [&str; 3] = ["Head", "Last block", "First block"];
pub const OBJECTIVE: &str = "Learns from the specialist";
pub const OBJECTIVE_HINT: &str = "Its probabilities say more, but also hand on its doubts.";
pub const OBJECTIVES: [&str; 2] = ["Its answer", "Its probabilities"];
pub const FILTER: &str = "Leave out uncertain examples";
pub const FILTER_HINT: &str = "Where the mix disagrees and is surer than the specialist, nothing is learned.";
pub const ON_OFF: [&str; 2] = ["On", "Off"];
pub const RATE: &str = "Learning rate";
pub const RATE_HINT: &str = "How far strengths move in each round.";
pub const START_AT: &str = "Strengths start at";
pub const START_HINT: &str = "The strengths on screen are recommended: nothing starts below what you see.";
pub const STARTS: [&str; 2] = ["This mix", "30\u{202f}% (paper)"];
pub const SEED: &str = "Seed";
pub const SEED_HINT: &str = "Order of examples and skills. The same seed gives the same result.";
pub const START: &str = "Start tinting";
pub const BUSY: &str = "A save is running; tint when it is done.";
pub const GO_ON: &str = "Go on";
pub const ANEW: &str = "Start anew";
pub const TRAINED: &str = "What learns";
pub const OF_WEIGHTS: &str = "of all weights";
pub const TIME: &str = "Time";
pub const MEMORY: &str = "Memory";
pub const MEMORY_IN_USE: &str = "Memory expected";
pub const STATES: &str = "Where it is kept";
pub const STATES_HINT: &str = "Every 50 rounds, so that nothing is lost if the power goes.";
pub const LAST_RESULT: &str = "Show the last result";
pub const RULE: &str = "Best = highest score of the worst skill on the examples for choosing.";

// While it runs.
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const PAUSED: &str = "Paused";
pub const STOP: &str = "Stop and keep best";
pub const STOPPING: &str = "Stopping…";
pub const DISCARD: &str = "Discard…";
pub const DISCARD_ASK: &str = "Discard this tint?";
pub const DISCARD_YES: &str = "Discard";
pub const DISCARD_NO: &str = "Keep going";
pub const DISCARDED: &str = "Tint discarded. The mix is as it was.";
pub const JUDGED_HINT: &str = "Scored every 50 rounds on examples that are never learned from.";
pub const READING: &str = "Reading models and examples";
pub const ASKING: &str = "Asking the specialists, once for every example";
pub const COMPARING: &str = "Comparing with other ways";
pub const SCORE_KEY: &str = "score for choosing, higher is better";
pub const OBJECTIVE_KEY: &str = "objective, lower is better";
pub const BEST_KEY: &str = "best round";
pub const SPECIALIST: &str = "specialist";
pub const BEST: &str = "Best so far";
pub const NOT_YET: &str = "The first scores come after reading.";
pub const USED: &str = "Examples used lately";
pub const USED_REST: &str = "The rest were too uncertain to learn from.";
pub const USED_ALL: &str = "Uncertain examples are not left out.";
pub const EMPTY: &str = "Visits without any usable example";
pub const KEPT_EVERY: &str = "Kept every";
pub const GRID: &str = "Strength by layer";
pub const GRID_UNIT: &str = "blocks, in percent";
pub const RAISED: &str = "raised";
pub const LOWERED: &str = "lowered since the start";
pub const OUTSIDE: &str = "Rest";
pub const OUTSIDE_HINT: &str = "outside the blocks";
pub const NO_GRID: &str = "Only the heads learn; strengths stay as they are.";
pub const GRID_EMPTY: &str = "The strengths come with the first rounds.";
pub const GRID_HELP: &str = "Choose a cell to see how it moved.";
pub const KEEP_GOING: &str = "Keep going";
pub const SHOW: &str = "Show";
pub const ROUND: &str = "Round";
pub const MEAN: &str = "Mean";
pub const WORST: &str = "Worst";
pub const ROUNDS_UNIT: &str = " rounds";
/// Keys of a chart, as assistive technology reads them.
pub const CHART_KEYS: &str = "Space T";
pub const CURVES: &str = "Scores and objective of each skill";
pub const FEW: &str = "few examples";

// What came of it.
pub const DONE: &str = "Tinted";
pub const BEFORE_AFTER: &str = "Before and after";
pub const JUDGED_ON: &str = "on examples held back from everything, with 95\u{202f}% intervals";
pub const ALL_WAYS: &str = "Compared with other ways";
pub const WAITING: &str = "comparing…";
pub const STOP_COMPARING: &str = "Stop comparing";
pub const USE: &str = "Use tinted mix";
pub const KEEP: &str = "Keep untinted";
pub const UNDO: &str = "Undo";
pub const SAVE_THIS: &str = "Save this mix…";
pub const IN_USE: &str = "in use";
pub const USED_NOW: &str = "The mix is tinted now.";
pub const UNDONE: &str = "The mix is as it was before tinting.";
pub const KEPT_UNTINTED: &str = "The mix stays untinted.";
pub const ELSEWHERE: &str = "The models were changed since this tint, so it no longer fits the mix. Tint again.";
pub const CHANGED_SINCE: &str =
    "Strengths were changed since; using the tinted mix replaces them. Undo brings them back.";
pub const SAVING: &str = "What saving does";
pub const SAVING_HINT: &str = "The shared body is written with the tuned strengths, and each skill’s own layer is stored \
                               beside it. The card of the model says which layer belongs to which skill.";
pub const TRANSDUCTIVE: &str = "Learned from these very examples";
pub const TRANSDUCTIVE_HINT: &str =
    "Rows marked ° were scored on examples that they learned from. Expect less on new ones.";
pub const RESULT: &str = "Result";
pub const BEST_ROUND: &str = "Round that is kept";
pub const TOOK: &str = "Took";
pub const MEMORY_PEAK: &str = "Memory used";
pub const LEARNED: &str = "Numbers that learned";
pub const HEADS_HINT: &str = "Heads only does as well here";
pub const USE_HEADS: &str = "Tint heads only";
pub const WORSE: &str = "Tinting did not help here";
pub const COMPARING_HINT: &str = "The tint itself is done; comparing only shows what other ways would give.";
pub const NOT_USED: &str = "Your mix is untinted so far.";
pub const LEARNING: &str = "Numbers that learn";
pub const TINT_RUNS: &str = "A tint is running; save when it is done.";
pub const TIME_NOTE: &str = "Tried with a few of your examples on this computer, without comparing.";
pub const WAY_COLUMN: &str = "Way";

// The step Mix.
pub const IS_TINTED: &str = "Tinted: every skill keeps a layer of its own.";
pub const IS_TUNED: &str = "Strengths were tuned layer by layer; the sliders show their mean and move all of them.";
pub const REMOVE: &str = "Remove";
pub const REMOVED: &str = "Tint removed. The strengths of the sliders count again.";
pub const MEANS: &str = " Strengths are means over the layers";
pub const LAYERS_TOO: &str = "every skill keeps a layer of its own";

pub fn stays(strength: f64) -> String {
    format!("No examples, so its strength stays at {}. Labels are not needed.", format::strength(strength))
}

pub fn stays_short(strength: f64) -> String {
    format!("stays at {}", format::strength(strength).replace("\u{202f}%", ""))
}

pub fn stays_at(strength: f64) -> String {
    format!("stays at {}", format::strength(strength))
}

/// `0.5 %` of all weights.
pub fn share(trained: u64, all: u64) -> String {
    format::small_percent(trained as f64 / all.max(1) as f64)
}

pub fn trained_of(trained: u64, all: u64) -> String {
    format!("{} of {}", format::count(trained), format::count(all))
}

/// The line beside the button.
pub fn forecast(memory: u64, seconds: f64, compare: bool) -> String {
    let more = if compare { ", then comparing" } else { "" };
    format!(
        "Needs {} memory, {}{more}. Your mix changes only when you use the result.",
        format::bytes(memory),
        super::about(seconds)
    )
}

/// What learns, under the title of a running tint. `only`: the heads alone.
pub fn learning(trained: u64, all: u64, only: bool) -> String {
    let share = share(trained, all);
    match only {
        true => format!("The head of each skill, {share} of all weights, learns from your examples."),
        false => format!("Strengths and one small layer per skill, {share} of all weights, learn from your examples."),
    }
}

pub fn resumes(round: u32) -> String {
    format!("Your last tint stopped at round {}.", format::grouped(round.into()))
}

pub const RESUMES_HINT: &str = "Nothing of it is lost: same examples, same settings.";

pub fn scored_by(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "right answers",
        Metric::Agreement => "agreement",
    }
}

pub fn few_title(skill: &str) -> String {
    format!("Few examples for {skill}")
}

/// `chance`: points within which a gain can be chance, 0 to 1.
pub fn few_hint(judge: u64, chance: f64) -> String {
    format!(
        "{} to judge by: a gain below {:.0} points can be chance. Add more for a firmer answer.",
        format::counted(judge, "example", "examples"),
        (chance * 100.0).max(1.0)
    )
}

pub fn job(project: &str) -> String {
    format!("Tinting {project}")
}

/// What the job bar says: `Round 340 of 500`, or the phase it is in.
pub fn at(phase: Phase, round: u32, rounds: u32, progress: Option<&Progress>) -> String {
    let amount = progress.filter(|news| news.phase == phase && news.total > 0).map(|news| match news.unit {
        crate::event::Unit::Bytes => super::saving::amount(news.done, news.total),
        _ => format!("{} of {}", format::grouped(news.done), format::grouped(news.total)),
    });
    let with = |text: &str| amount.as_ref().map_or_else(|| text.to_owned(), |amount| format!("{text}, {amount}"));
    match phase {
        Phase::Tint => round_of(round, rounds),
        Phase::Teach => with("Asking the specialists"),
        Phase::Compare => with(COMPARING),
        _ => with(READING),
    }
}

pub fn round_of(round: u32, rounds: u32) -> String {
    format!("Round {} of {}", format::grouped(round.into()), format::grouped(rounds.into()))
}

pub fn round(round: u32) -> String {
    format!("round {}", format::grouped(round.into()))
}

pub fn rounds(rounds: u32) -> String {
    format::counted(rounds.into(), "round", "rounds")
}

pub fn left(seconds: f64) -> String {
    super::about(seconds)
}

/// `mean, was 86.7`.
pub fn mean_was(was: Option<f64>) -> String {
    was.map_or_else(|| "mean".into(), |was| format!("mean, was {}", format::tenths(was)))
}

pub fn worst_was(was: Option<f64>) -> String {
    was.map_or_else(|| "worst skill".into(), |was| format!("worst skill, was {}", format::tenths(was)))
}

/// Where the objective cannot get better: asked, not done.
pub fn no_gain(rounds: u32, best: u32) -> String {
    format!("No gain for {} rounds. Keep round {}?", format::grouped(rounds.into()), format::grouped(best.into()))
}

pub fn keep_round(best: u32) -> String {
    format!("Keep round {}", format::grouped(best.into()))
}

/// One chart in one sentence.
pub struct CurveSaid<'a> {
    pub skill: &'a str,
    pub first: Option<f64>,
    pub last: Option<f64>,
    pub best: Option<(u32, f64)>,
    pub expert: Option<f64>,
    pub objective: Option<(f64, f64)>,
}

/// Axes that do not begin at zero say so.
pub fn scale_from(low: f64) -> String {
    format!("scores from {} up", format::percent(low))
}

/// The sentence that stands for a chart.
pub fn curve(said: &CurveSaid) -> String {
    let mut parts = Vec::new();
    match (said.first, said.last) {
        (Some(first), Some(last)) => {
            parts.push(format!("score {} at the start, {} now", format::tenths(first), format::tenths(last)))
        }
        _ => parts.push("no score yet".to_owned()),
    }
    if let Some((round, score)) = said.best {
        parts.push(format!("best mix at round {round} with {}", format::tenths(score)));
    }
    if let Some(expert) = said.expert {
        parts.push(format!("specialist {}", format::tenths(expert)));
    }
    if let Some((first, last)) = said.objective {
        parts.push(format!("objective from {first:.2} to {last:.2}"));
    }
    format!("{}: {}", said.skill, parts.join(", "))
}

/// Heard when the mix was scored.
pub fn judged(round: u32, mean: f64, worst: f64, best: bool) -> String {
    let best = if best { ", the best so far" } else { "" };
    format!("Round {round}: mean {}, worst {}{best}.", format::score(mean), format::score(worst))
}

/// A column of the grid: `1–2`, counted from 1.
pub fn blocks(first: u64, last: u64) -> String {
    if first == last { format!("{}", first + 1) } else { format!("{}–{}", first + 1, last + 1) }
}

fn column(first: Option<u64>, last: Option<u64>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if first == last => format!("block {}", first + 1),
        (Some(first), Some(last)) => format!("blocks {}", blocks(first, last)),
        _ => OUTSIDE_HINT.to_owned(),
    }
}

/// A cell of the grid in words.
pub fn cell(skill: &str, first: Option<u64>, last: Option<u64>, start: f64, now: f64) -> String {
    format!("{skill}, {}: {} at the start, {} now", column(first, last), format::score(start), format::score(now))
}

pub fn used_title(share: f64) -> String {
    format!("{USED}: {}", format::percent(share))
}

/// Name of a way in the table of results.
pub fn way(kind: TintRowKind) -> &'static str {
    match kind {
        TintRowKind::Base => "Starting model",
        TintRowKind::Average => "Average of the specialists",
        TintRowKind::TaskArithmetic => "Plain sum",
        TintRowKind::Start => "This mix",
        TintRowKind::Heads => "Heads only",
        TintRowKind::Adamerging => "AdaMerging",
        TintRowKind::Surgery => "Surgery",
        TintRowKind::Emr => "EMR",
        TintRowKind::Body => "All weights",
        TintRowKind::Tinted => "Tinted mix",
        TintRowKind::Experts => "Specialists",
    }
}

/// What a way is, in a few words.
pub fn way_hint(kind: TintRowKind) -> &'static str {
    match kind {
        TintRowKind::Base => "with the head of each skill",
        TintRowKind::Average => "nothing learned",
        TintRowKind::TaskArithmetic => "same strength for all",
        TintRowKind::Start => "before tinting",
        TintRowKind::Heads => "same start, same visits",
        TintRowKind::Adamerging => "strengths that make answers sure",
        TintRowKind::Surgery => "features moved per skill",
        TintRowKind::Emr => "a body for each skill",
        TintRowKind::Body => "plain fine-tuning",
        TintRowKind::Tinted => "the best round",
        TintRowKind::Experts => "one whole model per skill",
    }
}

pub fn interval_of(skill: &str, value: f64, [low, high]: [f64; 2], examples: u64) -> String {
    format!(
        "{skill} {}, 95\u{202f}% interval {} to {}, {}",
        format::score(value),
        format::tenths(low),
        format::tenths(high),
        format::counted(examples, "example", "examples")
    )
}

/// The result in one sentence; `before`: mean and worst of the mix that was on screen.
pub fn result(mean: f64, worst: f64, before: Option<(f64, f64)>) -> String {
    let now = format!("Mean {}, worst skill {}", format::score(mean), format::score(worst));
    match before {
        Some((mean, worst)) => format!("{now}; before {} and {}.", format::tenths(mean), format::tenths(worst)),
        None => format!("{now}."),
    }
}

/// Whether tinting gained: difference of the means and the half of its interval.
pub fn gain(difference: f64, margin: f64) -> String {
    let points = format::points(difference);
    if difference.abs() <= margin {
        format!("{points} points on average, within what chance does (±{}).", format::tenths(margin))
    } else {
        format!("{points} points on average.")
    }
}

pub fn heads_suffice(difference: f64) -> String {
    format!(
        "Its mean is within the error bars of the tinted mix ({} points apart). It leaves the strengths as they are and \
         learns in seconds, so it is the better choice.",
        format::tenths(difference.abs())
    )
}

pub fn worse_hint(difference: f64) -> String {
    format!(
        "On the held-back examples the tinted mix is {} points below this mix. Keep it untinted, or try with more examples.",
        format::tenths(difference.abs())
    )
}

pub fn bar(skill: &str, way: &str, value: f64, half: f64) -> String {
    format!(
        "{skill}, {}: {} percent, plus or minus {}",
        way.to_lowercase(),
        format::tenths(value),
        format::tenths(half)
    )
}

pub fn comparing(known: usize, all: usize) -> String {
    format!("{known} of {all} ways compared")
}

pub fn way_done(kind: TintRowKind, mean: f64) -> String {
    format!("{}: mean {}", way(kind), format::score(mean))
}

pub fn kept_round(best: u32, rounds: u32) -> String {
    format!("{} of {}", format::grouped(best.into()), format::grouped(rounds.into()))
}

/// Sum of the examples of all skills: `800, 160, 200`.
pub fn totals(skills: &[TintExamples]) -> String {
    let sum = |at: usize| skills.iter().map(|skill| skill.parts[at]).sum::<u64>();
    [0, 1, 2].map(|at| format::grouped(sum(at))).join(" · ")
}

pub const TOTALS: &str = "Learn · choose · judge";

/// End of the true sentence of a tinted mix.
pub fn sentence_end(tuned: bool, layers: bool) -> String {
    match (tuned, layers) {
        (true, true) => format!("{MEANS}; {LAYERS_TOO}."),
        (true, false) => format!("{MEANS}."),
        (false, true) => format!(" {}.", capital(LAYERS_TOO)),
        (false, false) => String::new(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace('\u{202f}', " ")
    }

    #[test]
    fn the_job_says_where_it_is() {
        assert_eq!(plain(at(Phase::Tint, 340, 500, None)), "Round 340 of 500");
        assert_eq!(at(Phase::Load, 0, 500, None), READING);
        let news = Progress {
            phase: Phase::Teach,
            done: 40,
            total: 1_200,
            unit: crate::event::Unit::Examples,
            seconds_left: None,
            part: None,
            part_at: 0,
            parts: 0,
        };
        assert_eq!(plain(at(Phase::Teach, 0, 500, Some(&news))), "Asking the specialists, 40 of 1 200");
        assert_eq!(at(Phase::Compare, 0, 500, Some(&news)), COMPARING, "progress of another phase says nothing");
    }

    #[test]
    fn charts_and_cells_are_read_aloud() {
        let said = CurveSaid {
            skill: "Flowers",
            first: Some(0.9),
            last: Some(0.925),
            best: Some((300, 0.925)),
            expert: Some(0.96),
            objective: Some((1.2, 0.31)),
        };
        assert_eq!(
            curve(&said),
            "Flowers: score 90.0 at the start, 92.5 now, best mix at round 300 with 92.5, specialist 96.0, objective \
             from 1.20 to 0.31"
        );
        let empty = CurveSaid { first: None, last: None, best: None, expert: None, objective: None, ..said };
        assert_eq!(curve(&empty), "Flowers: no score yet");
        assert_eq!(
            plain(cell("Signs", Some(2), Some(3), 0.25, 0.31)),
            "Signs, blocks 3–4: 25.0 % at the start, 31.0 % now"
        );
        assert_eq!(
            plain(cell("Signs", None, None, 0.25, 0.31)),
            "Signs, outside the blocks: 25.0 % at the start, 31.0 % now"
        );
    }

    #[test]
    fn a_gain_within_chance_is_not_praised() {
        assert_eq!(plain(gain(0.004, 0.012)), "+0.4 points on average, within what chance does (±1.2).");
        assert_eq!(gain(0.034, 0.012), "+3.4 points on average.");
        assert_eq!(
            plain(few_hint(40, 0.104)),
            "40 examples to judge by: a gain below 10 points can be chance. Add more for a firmer answer."
        );
    }

    #[test]
    fn the_sentence_says_what_is_tuned() {
        assert_eq!(sentence_end(false, false), "");
        assert_eq!(sentence_end(false, true), " Every skill keeps a layer of its own.");
        assert_eq!(
            sentence_end(true, true),
            " Strengths are means over the layers; every skill keeps a layer of its own."
        );
    }
}
