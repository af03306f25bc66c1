//! A tint as it runs: objectives that are smoothed, scales that charts share, the rule that nothing is gained any more.

use protocol::measure::FEW_EXAMPLES;
use protocol::tint::{PATIENCE, TintExamples, TintJudged, TintRound};

/// Most points of one objective; when there are more, neighbours are joined.
const MOST_POINTS: usize = 480;
/// Rounds over which an objective is smoothed, as a part of all rounds.
const SMOOTHED_OVER: f64 = 1.0 / 25.0;
/// Squares of the meter of examples.
pub const SQUARES: usize = 25;
/// Width and height of a chart in its own units; the page stretches it.
pub const SIZE: (f64, f64) = (1000.0, 100.0);
/// Least time between two drawings where the person wants no motion, in milliseconds.
const CALM: f64 = 1000.0;

/// One value of an objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Rounds done.
    pub round: f64,
    /// Mean loss.
    pub loss: f64,
}

/// The objective of every skill over the rounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traces {
    skills: Vec<Vec<Point>>,
}

impl Traces {
    /// Takes in a message. Rounds that were told before are dropped, as after going on from a kept state.
    pub fn push(&mut self, news: &TintRound) {
        self.skills.resize(news.loss.len().max(self.skills.len()), Vec::new());
        for (points, loss) in self.skills.iter_mut().zip(&news.loss) {
            let round = f64::from(news.round);
            points.retain(|point| point.round < round);
            if let Some(loss) = loss.filter(|loss| loss.is_finite()) {
                points.push(Point { round, loss });
            }
            if points.len() > MOST_POINTS {
                *points = joined(points);
            }
        }
    }

    /// The objective of a skill.
    pub fn of(&self, skill: usize) -> &[Point] {
        self.skills.get(skill).map_or(&[], Vec::as_slice)
    }

    /// The end of the scale that all charts share: the highest smoothed objective of any skill.
    pub fn most(&self, rounds: u32) -> f64 {
        let smooth = self.skills.iter().flat_map(|points| smoothed(points, rounds));
        smooth.map(|point| point.loss).fold(0.0, f64::max)
    }
}

/// Half as many points: each the middle of two neighbours.
fn joined(points: &[Point]) -> Vec<Point> {
    let middle = |pair: &[Point]| {
        let count = pair.len() as f64;
        let of = |read: fn(&Point) -> f64| pair.iter().map(read).sum::<f64>() / count;
        Point { round: of(|point| point.round), loss: of(|point| point.loss) }
    };
    points.chunks(2).map(middle).collect()
}

/// The objective with its noise taken out: a mean that forgets exponentially, by rounds and not by messages.
pub fn smoothed(points: &[Point], rounds: u32) -> Vec<Point> {
    let span = (f64::from(rounds) * SMOOTHED_OVER).max(1.0);
    let mut found: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        let loss = found.last().map_or(point.loss, |before| {
            let kept = (-(point.round - before.round) / span).exp();
            kept * before.loss + (1.0 - kept) * point.loss
        });
        found.push(Point { loss, ..*point });
    }
    found
}

/// First and last smoothed value.
pub fn ends(points: &[Point], rounds: u32) -> Option<(f64, f64)> {
    let smooth = smoothed(points, rounds);
    Some((smooth.first()?.loss, smooth.last()?.loss))
}

/// A scale of scores that all charts share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Lower end, 0 to 1.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Distance of its lines.
    pub step: f64,
}

impl Span {
    /// The narrowest round scale that holds all these scores.
    pub fn of(scores: impl Iterator<Item = f64>) -> Self {
        let ends = scores.fold(None, |ends: Option<(f64, f64)>, score| {
            Some(ends.map_or((score, score), |(low, high)| (low.min(score), high.max(score))))
        });
        let (low, high) = ends.unwrap_or((0.0, 1.0));
        let step = [0.02, 0.05, 0.1, 0.2].into_iter().find(|step| high - low <= 3.0 * step).unwrap_or(0.5);
        // A score on the lower end would lie on the axis.
        let mut low = ((low - 0.25 * step) / step).floor().max(0.0) * step;
        let mut high = ((high / step - 1e-9).ceil() * step).min(1.0);
        if high - low < 1.5 * step {
            (low, high) = ((low - step).max(0.0), (high + step).min(1.0));
        }
        Self { low, high, step }
    }

    /// Share of the height at which a score stands, 0 at the lower end.
    pub fn share(&self, score: f64) -> f64 {
        ((score - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Scores at which lines are drawn, the lower end first.
    pub fn lines(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count).map(|at| (self.low + at as f64 * self.step).min(1.0)).collect()
    }
}

/// The scale of everything that was scored so far.
pub fn span(judged: &[TintJudged]) -> Span {
    let all = judged.iter().flat_map(|one| one.scores.iter().chain(&one.experts));
    Span::of(all.map(|score| score.value()))
}

/// Takes in a look; one of the same round is replaced.
pub fn take_judged(all: &mut Vec<TintJudged>, one: TintJudged) {
    all.retain(|other| other.round < one.round);
    all.push(one);
}

/// The newest look that was the best so far.
pub fn best(judged: &[TintJudged]) -> Option<&TintJudged> {
    judged.iter().rev().find(|one| one.best)
}

/// Rounds without a gain, and the round that would be kept, once the last looks were all worse than the best.
pub fn no_gain(judged: &[TintJudged]) -> Option<(u32, u32)> {
    let at = judged.iter().rposition(|one| one.best)?;
    let last = judged.last()?;
    (judged.len() - 1 - at >= PATIENCE).then(|| (last.round - judged[at].round, judged[at].round))
}

/// The look before the first round.
pub fn start(judged: &[TintJudged]) -> Option<&TintJudged> {
    judged.first().filter(|one| one.round == 0)
}

/// Points of a skill's score: round and score.
pub fn scores(judged: &[TintJudged], skill: usize) -> Vec<(f64, f64)> {
    let of = |one: &TintJudged| Some((f64::from(one.round), one.scores.get(skill)?.value()));
    judged.iter().filter_map(of).collect()
}

/// Score of a skill's specialist on the examples for choosing.
pub fn expert(judged: &[TintJudged], skill: usize) -> Option<f64> {
    judged.iter().find_map(|one| one.experts.get(skill)).map(|score| score.value())
}

/// A share of a chart as a place in percent.
pub fn percent(share: f64) -> String {
    format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
}

/// A line through points given as shares of width and of height from below.
pub fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        path += &format!("{letter}{:.1} {:.2}", x.clamp(0.0, 1.0) * SIZE.0, (1.0 - y.clamp(0.0, 1.0)) * SIZE.1);
    }
    path
}

/// Points as strokes without length, which round ends turn into circles however the chart is stretched.
pub fn dots(points: impl Iterator<Item = (f64, f64)>) -> String {
    points.map(|point| line(std::iter::once(point)) + "h0.01").collect()
}

/// Filled squares of the meter of examples.
pub fn filled(share: f64) -> usize {
    (share.clamp(0.0, 1.0) * SQUARES as f64).round() as usize
}

/// Whether there are too few examples to judge by.
pub fn is_few(examples: &TintExamples) -> bool {
    examples.parts[2] < FEW_EXAMPLES
}

/// A gain below this can be chance: half of a 95 % interval on so many examples around a score of 0.85.
pub fn by_chance(judge: u64) -> f64 {
    const SCORE: f64 = 0.85;
    1.96 * (SCORE * (1.0 - SCORE) / judge.max(1) as f64).sqrt()
}

/// Whether something new may be drawn now, in milliseconds; charts are calm where the person wants no motion.
pub fn is_due(now: f64, drawn: f64, is_calm: bool) -> bool {
    !is_calm || now - drawn >= CALM
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use protocol::score::{Measured, Metric};

    pub fn share(correct: u64) -> Measured {
        Measured::share(correct, 1000).expect("a share of something")
    }

    pub fn news(round: u32, loss: &[Option<f64>]) -> TintRound {
        TintRound {
            skills: vec![],
            round,
            rounds: 500,
            loss: loss.to_vec(),
            used_share: 0.74,
            empty: 0,
            grid: None,
            seconds_left: None,
        }
    }

    fn judged(round: u32, worst: u64, best: bool) -> TintJudged {
        let scores = vec![share(worst), share(925)];
        let mean = scores.iter().map(|score| score.value()).sum::<f64>() / 2.0;
        let experts = vec![share(920), share(961)];
        TintJudged { round, skills: vec![], worst: share(worst).value(), mean, scores, experts, best }
    }

    #[test]
    fn smoothing_takes_the_noise_out_and_keeps_the_trend() {
        let points: Vec<Point> = (0..200)
            .map(|at| Point {
                round: f64::from(at),
                loss: 1.0 - f64::from(at) / 400.0 + if at % 2 == 0 { 0.2 } else { -0.2 },
            })
            .collect();
        let smooth = smoothed(&points, 500);
        let jump = |all: &[Point]| all.windows(2).map(|pair| (pair[1].loss - pair[0].loss).abs()).fold(0.0, f64::max);
        assert!(jump(&points) > 0.35 && jump(&smooth) < 0.05, "{} to {}", jump(&points), jump(&smooth));
        let last = smooth[199].loss;
        assert!((last - 0.5).abs() < 0.08, "{last} follows the fall to 0.5");
        assert_eq!(ends(&points[..1], 500), Some((1.2, 1.2)));
        assert_eq!(ends(&[], 500), None);
    }

    #[test]
    fn smoothing_counts_rounds_and_not_messages() {
        let at = |round: f64| Point { round, loss: if round == 0.0 { 1.0 } else { 0.0 } };
        let far = smoothed(&[at(0.0), at(100.0)], 500)[1].loss;
        let near = smoothed(&[at(0.0), at(1.0)], 500)[1].loss;
        assert!(far < 0.01 && near > 0.9, "{far}, {near}");
    }

    #[test]
    fn many_messages_stay_few_points() {
        let mut traces = Traces::default();
        for round in 0..5_000 {
            traces.push(&news(round, &[Some(1.0), None]));
        }
        assert!(traces.of(0).len() <= MOST_POINTS && traces.of(0).len() > MOST_POINTS / 3, "{}", traces.of(0).len());
        assert!(traces.of(1).is_empty() && traces.of(7).is_empty());
        assert!((traces.most(500) - 1.0).abs() < 1e-12);
        traces.push(&news(100, &[Some(0.5), Some(f64::NAN)]));
        assert_eq!(traces.of(0).last().map(|point| point.round), Some(100.0), "it goes on from a kept state");
        assert!(traces.of(1).is_empty(), "what is no number is not drawn");
    }

    #[test]
    fn charts_share_a_round_scale_that_holds_everything() {
        let scale = Span::of([0.825, 0.96].into_iter());
        assert_eq!((scale.low, scale.high), (0.8, 1.0));
        let said: Vec<String> = scale.lines().iter().map(|line| format!("{line:.2}")).collect();
        assert_eq!(said, ["0.80", "0.85", "0.90", "0.95", "1.00"]);
        assert!(Span::of([0.1, 0.9].into_iter()).low < 1e-12);
        assert_eq!(Span::of(std::iter::empty()).lines(), [0.0, 0.5, 1.0]);
        let narrow = Span::of([0.9].into_iter());
        assert!(narrow.low < 0.9 && narrow.high > 0.9 && narrow.share(0.9) > 0.0, "{narrow:?}");
        let perfect = Span::of([1.0].into_iter());
        assert!(perfect.high <= 1.0 && perfect.low < 1.0, "{perfect:?}");
        assert_eq!((scale.share(0.7), scale.share(1.2)), (0.0, 1.0));
    }

    #[test]
    fn the_flag_stands_at_the_newest_best_look() {
        let all = [judged(0, 825, true), judged(50, 840, true), judged(100, 830, false)];
        assert_eq!(best(&all).map(|one| one.round), Some(50));
        assert_eq!(start(&all).map(|one| one.round), Some(0));
        assert_eq!(start(&all[1..]), None, "what came before was not told");
        assert_eq!(scores(&all, 0), [(0.0, 0.825), (50.0, 0.84), (100.0, 0.83)]);
        assert_eq!((expert(&all, 1), expert(&all, 2)), (Some(0.961), None));
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn four_looks_without_a_gain_are_said_and_three_are_not() {
        let mut all = vec![judged(0, 825, true), judged(50, 840, true)];
        for round in [100, 150, 200] {
            all.push(judged(round, 830, false));
        }
        assert_eq!(no_gain(&all), None);
        all.push(judged(250, 830, false));
        assert_eq!(no_gain(&all), Some((200, 50)));
        all.push(judged(300, 850, true));
        assert_eq!(no_gain(&all), None);
        assert_eq!(no_gain(&[]), None);
    }

    #[test]
    fn a_look_of_the_same_round_is_replaced() {
        let mut all = vec![judged(0, 825, true), judged(50, 840, true), judged(100, 830, false)];
        take_judged(&mut all, judged(50, 841, true));
        assert_eq!(all.iter().map(|one| one.round).collect::<Vec<_>>(), [0, 50], "it goes on from a kept state");
    }

    #[test]
    fn lines_and_dots_stay_inside_the_chart() {
        assert_eq!(line([(0.0, 0.0), (0.5, 2.0)].into_iter()), "M0.0 100.00L500.0 0.00");
        assert_eq!(dots([(0.0, 0.5)].into_iter()), "M0.0 50.00h0.01");
        assert_eq!(percent(0.333_33), "33.33%");
    }

    #[test]
    fn few_examples_are_called_few_and_say_what_chance_does() {
        let of = |judge| TintExamples { skill: "a".into(), parts: [1, 1, judge], metric: Metric::Accuracy };
        assert!(is_few(&of(FEW_EXAMPLES - 1)) && !is_few(&of(FEW_EXAMPLES)));
        assert!(by_chance(40) > 0.1 && by_chance(40) < 0.12 && by_chance(4_000) < 0.012);
        assert_eq!((filled(0.74), filled(0.0), filled(2.0)), (19, 0, SQUARES));
    }

    #[test]
    fn without_motion_charts_are_drawn_once_a_second() {
        assert!(is_due(1_250.0, 1_000.0, false) && !is_due(1_250.0, 1_000.0, true) && is_due(2_000.0, 1_000.0, true));
    }
}
