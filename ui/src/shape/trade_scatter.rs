//! Two skills against each other: axes, marks, the front as a curve, and the slider that follows it.

use front::Curve;
use protocol::trade::{TradeMap, TradePoint};

use super::trade_named;

/// What is stretched is drawn in a square of this side.
pub const SIDE: f64 = 1000.0;
/// The axes hold what lies at most this far below the best of a skill; the rest stands at their ends.
const INTERESTING: f64 = 0.3;
/// A measured point is hit at this much more distance than an estimate.
const EASIER: f64 = 0.6;

/// The scale of one skill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// Lower end, 0 to 1.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Distance of its lines.
    pub step: f64,
}

impl Axis {
    /// From 0 to 1.
    pub const FULL: Axis = Axis { low: 0.0, high: 1.0, step: 0.2 };

    /// The narrowest round scale that holds these scores.
    pub fn of(scores: impl Iterator<Item = f64>) -> Self {
        let ends = scores.fold(None, |ends: Option<(f64, f64)>, score| {
            Some(ends.map_or((score, score), |(low, high)| (low.min(score), high.max(score))))
        });
        let Some((low, high)) = ends else { return Self::FULL };
        let step = [0.01, 0.02, 0.05, 0.1].into_iter().find(|step| high - low <= 6.0 * step).unwrap_or(0.2);
        let down = |value: f64| (value / step + 1e-9).floor() * step;
        let mut low = down(low - 0.2 * step).max(0.0);
        let mut high = (down(high - 1e-9) + step).min(1.0);
        if high - low < 1.5 * step {
            (low, high) = ((low - step).max(0.0), (high + step).min(1.0));
        }
        Self { low, high, step }
    }

    /// Share of the length at which a score stands, between the ends.
    pub fn share(&self, score: f64) -> f64 {
        self.place(score).clamp(0.0, 1.0)
    }

    /// The same for scores that may lie outside.
    pub fn place(&self, score: f64) -> f64 {
        (score - self.low) / (self.high - self.low)
    }

    /// Whether a score lies outside.
    pub fn is_beyond(&self, score: f64) -> bool {
        score < self.low - 1e-9 || score > self.high + 1e-9
    }

    /// Scores at which lines are drawn, the lower end first.
    pub fn lines(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step + 1e-6).floor() as usize;
        (0..=count).map(|at| self.low + at as f64 * self.step).collect()
    }
}

/// The two axes of a plot, and which skills they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Skills across and upward.
    pub pair: [usize; 2],
    /// Scale across.
    pub x: Axis,
    /// Scale upward.
    pub y: Axis,
}

impl Frame {
    /// The axes that show the interesting part of two skills, or all from 0 to 1.
    pub fn of(map: &TradeMap, pair: [usize; 2], is_full: bool) -> Self {
        let [x, y] = pair.map(|skill| if is_full { Axis::FULL } else { Axis::of(interesting(map, skill).into_iter()) });
        Self { pair, x, y }
    }

    /// Where values \[t\] stand, as shares of width and of height from above.
    pub fn spot(&self, values: &[f64]) -> (f64, f64) {
        let [x, y] = self.pair.map(|skill| values.get(skill).copied().unwrap_or(0.0));
        (self.x.share(x), 1.0 - self.y.share(y))
    }

    /// The same in the square, for what is cut at its edges.
    fn drawn(&self, values: [f64; 2]) -> String {
        let (x, y) = (self.x.place(values[0]).clamp(-4.0, 5.0), 1.0 - self.y.place(values[1]).clamp(-4.0, 5.0));
        format!("{:.1} {:.1}", x * SIDE, y * SIDE)
    }

    fn path(&self, points: &[[f64; 2]]) -> String {
        let places: Vec<String> = points.iter().map(|point| self.drawn(*point)).collect();
        if places.is_empty() { String::new() } else { format!("M{}", places.join("L")) }
    }

    /// Whether values lie outside the axes.
    pub fn is_beyond(&self, values: &[f64]) -> bool {
        let of = |skill: usize| values.get(skill).copied().unwrap_or(0.0);
        self.x.is_beyond(of(self.pair[0])) || self.y.is_beyond(of(self.pair[1]))
    }

    /// The lines of the ground.
    pub fn grid(&self) -> String {
        let across = |score: f64| format!("M{:.1} 0V{SIDE}", self.x.share(score) * SIDE);
        let upward = |score: f64| format!("M0 {:.1}H{SIDE}", (1.0 - self.y.share(score)) * SIDE);
        self.x.lines().into_iter().map(across).chain(self.y.lines().into_iter().map(upward)).collect()
    }
}

/// Scores that a scale should hold: the front and the equal mix, as far as they are near the best.
fn interesting(map: &TradeMap, skill: usize) -> Vec<f64> {
    let own = |point: TradePoint| map.values(point).and_then(|values| values.get(skill).copied());
    let best = best_measured(map);
    let measured = best.iter().map(|at| TradePoint::Measured(*at));
    let front = (0..map.front.len()).map(TradePoint::Estimate);
    let mut all: Vec<f64> = measured.chain(front).filter_map(own).collect();
    let known = map.skills.get(skill);
    all.extend(known.into_iter().flat_map(|known| [known.expert.value(), known.equal.value()]));
    let most = all.iter().copied().fold(0.0, f64::max);
    all.retain(|score| *score >= most - INTERESTING);
    all
}

/// The measured mixes that no measured mix beats.
pub fn best_measured(map: &TradeMap) -> Vec<usize> {
    let rows: Vec<Vec<f64>> =
        map.measured.iter().map(|mix| mix.scores.iter().map(|score| score.value()).collect()).collect();
    front::non_dominated(&rows).unwrap_or_default()
}

/// A measured mix in a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Which it is.
    pub point: TradePoint,
    /// Place, as shares of width and of height from above.
    pub place: (f64, f64),
    /// Whether no measured mix beats it.
    pub is_best: bool,
    /// Its scores in all skills.
    pub values: Vec<f64>,
}

/// The measured mixes within the axes; those that are reference marks are left out.
pub fn marks(map: &TradeMap, frame: &Frame) -> Vec<Mark> {
    let best = best_measured(map);
    let one = |at: usize| {
        let values = map.values(TradePoint::Measured(at))?;
        let is_shown = !frame.is_beyond(&values) && !is_reference(&map.measured[at].strengths);
        let place = frame.spot(&values);
        is_shown.then(|| Mark { point: TradePoint::Measured(at), place, is_best: best.contains(&at), values })
    };
    (0..map.measured.len()).filter_map(one).collect()
}

/// The starting model, or one specialist alone.
fn is_reference(strengths: &[f64]) -> bool {
    let is = |strength: &f64, value: f64| (strength - value).abs() < 1e-9;
    let ones = strengths.iter().filter(|strength| is(strength, 1.0)).count();
    ones <= 1 && strengths.iter().filter(|strength| is(strength, 0.0)).count() + ones == strengths.len()
}

/// What a reference mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// The specialist of this skill alone.
    Alone(usize),
    /// The starting model.
    Start,
    /// All specialists equally strong.
    Equal,
}

/// The reference marks with their scores in the two skills, as far as they were measured.
pub fn references(map: &TradeMap, pair: [usize; 2]) -> Vec<(Reference, [f64; 2])> {
    let [Some(x), Some(y)] = pair.map(|skill| map.skills.get(skill)) else { return Vec::new() };
    let alone = |own: usize| {
        let specialist = map.skills[own].specialist;
        let score = |skill: usize| match skill == own {
            true => Some(map.skills[skill].expert.value()),
            false => Some(map.skills[skill].alone.get(specialist)?.as_ref()?.value()),
        };
        Some((Reference::Alone(own), [score(pair[0])?, score(pair[1])?]))
    };
    let start = x.base.zip(y.base).map(|(x, y)| (Reference::Start, [x.value(), y.value()]));
    let equal = (Reference::Equal, [x.equal.value(), y.equal.value()]);
    pair.into_iter().filter_map(alone).chain(start).chain([equal]).collect()
}

/// Expected scores of two skills along the front, from the left to the right; what is beaten in these two is left out.
fn along(map: &TradeMap, pair: [usize; 2]) -> Vec<(usize, [f64; 2])> {
    let two = |at: usize| pair.map(|skill| map.front[at].values.get(skill).map_or(0.0, |value| value.value()));
    let rows: Vec<[f64; 2]> = (0..map.front.len()).map(two).collect();
    let kept = front::non_dominated(&rows).unwrap_or_default();
    let mut found: Vec<(usize, [f64; 2])> = kept.into_iter().map(|at| (at, rows[at])).collect();
    found.sort_by(|one, other| one.1[0].total_cmp(&other.1[0]));
    found
}

/// The front of two skills as a dashed line.
pub fn front_line(map: &TradeMap, frame: &Frame) -> String {
    frame.path(&along(map, frame.pair).into_iter().map(|(_, values)| values).collect::<Vec<_>>())
}

/// The band of the typical miss around it; nothing while it is not known.
pub fn band(map: &TradeMap, frame: &Frame) -> String {
    let line = along(map, frame.pair);
    let own = |(at, _): &(usize, [f64; 2])| {
        let misses = map.front[*at].misses.as_ref()?;
        Some(frame.pair.map(|skill| misses.get(skill).copied().unwrap_or(0.0)))
    };
    let Some(misses) = line.iter().map(own).collect::<Option<Vec<[f64; 2]>>>() else { return String::new() };
    let mut upper = Vec::new();
    let mut lower = Vec::new();
    for (at, (_, [x, y])) in line.iter().enumerate() {
        let [across, upward] = around(&misses, at);
        upper.push([x + across, y + upward]);
        lower.push([x - across, y - upward]);
    }
    lower.reverse();
    upper.extend(lower);
    if upper.len() < 4 { String::new() } else { frame.path(&upper) + "Z" }
}

/// Mean of the misses around a place, so that the edge of the band is calm.
fn around(misses: &[[f64; 2]], at: usize) -> [f64; 2] {
    let reach = misses.len() / 8;
    let near = &misses[at.saturating_sub(reach)..(at + reach + 1).min(misses.len())];
    [0, 1].map(|axis| near.iter().map(|miss| miss[axis]).sum::<f64>() / near.len() as f64)
}

/// Estimates that stand for all on the line: at equal distances, within the axes.
pub fn some_estimates(map: &TradeMap, frame: &Frame, count: usize) -> Vec<TradePoint> {
    let line = along(map, frame.pair);
    let is_inside = |values: &[f64; 2]| !frame.x.is_beyond(values[0]) && !frame.y.is_beyond(values[1]);
    let line: Vec<(usize, [f64; 2])> = line.into_iter().filter(|(_, values)| is_inside(values)).collect();
    let Ok(curve) = Curve::new(line.iter().map(|(_, values)| *values).collect()) else { return Vec::new() };
    let mut found: Vec<usize> = Vec::new();
    for part in 0..count {
        let share = (part as f64 + 0.5) / count as f64;
        let Ok(place) = curve.place(share) else { continue };
        let at = line[(place.from + usize::from(place.share > 0.5)).min(line.len() - 1)].0;
        if !found.contains(&at) {
            found.push(at);
        }
    }
    found.into_iter().map(TradePoint::Estimate).collect()
}

/// The point nearest to a place of the plot; measured ones are hit more easily. `aspect`: width over height.
pub fn hit(map: &TradeMap, frame: &Frame, place: (f64, f64), aspect: f64) -> Option<TradePoint> {
    let far = |point: &TradePoint| {
        let (x, y) = frame.spot(&map.values(*point).unwrap_or_default());
        let distance = ((x - place.0) * aspect).hypot(y - place.1);
        if matches!(point, TradePoint::Measured(_)) { distance * EASIER } else { distance }
    };
    let visible = |point: &TradePoint| map.values(*point).is_some_and(|values| !frame.is_beyond(&values));
    map.points().filter(visible).min_by(|one, other| far(one).total_cmp(&far(other)))
}

/// The bend of the front, where it is pronounced: the point, and what one more point of the first skill costs there in
/// points of the second.
pub fn knee(map: &TradeMap, pair: [usize; 2]) -> Option<(TradePoint, f64)> {
    let line = along(map, pair);
    let knee = Curve::new(line.iter().map(|(_, values)| *values).collect()).ok()?.knee()?;
    let is_inner = knee.at > 0 && knee.at + 1 < line.len();
    let price = knee.prices[0];
    (is_inner && price.is_finite()).then_some((TradePoint::Estimate(line[knee.at].0), price))
}

/// The best mixes of two skills from the left of the plot to its right, measured or expected: what the slider follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    points: Vec<TradePoint>,
    values: Vec<[f64; 2]>,
    shares: Vec<f64>,
}

impl Way {
    /// Nothing while there are no estimates, or only one best mix.
    pub fn of(map: &TradeMap, pair: [usize; 2]) -> Option<Self> {
        if map.front.is_empty() {
            return None;
        }
        let all: Vec<TradePoint> = map.points().collect();
        let two = |point: &TradePoint| {
            let values = map.values(*point).unwrap_or_default();
            pair.map(|skill| values.get(skill).copied().unwrap_or(0.0))
        };
        let rows: Vec<[f64; 2]> = all.iter().map(two).collect();
        let mut kept = front::non_dominated(&rows).ok()?;
        kept.sort_by(|one, other| rows[*one][0].total_cmp(&rows[*other][0]));
        let values: Vec<[f64; 2]> = kept.iter().map(|at| rows[*at]).collect();
        let curve = Curve::new(values.clone()).ok()?;
        let shares: Vec<f64> = (0..values.len()).filter_map(|at| curve.share(at).ok()).collect();
        let points = kept.into_iter().map(|at| all[at]).collect();
        (shares.len() > 1).then_some(Self { points, values, shares })
    }

    /// How far along a point lies, 0 to 1; for points beside the way that of the nearest one on it.
    pub fn share(&self, point: TradePoint, values: [f64; 2]) -> f64 {
        let far = |at: &usize| (self.values[*at][0] - values[0]).hypot(self.values[*at][1] - values[1]);
        let own = self.points.iter().position(|one| *one == point);
        let nearest = || (0..self.points.len()).min_by(|one, other| far(one).total_cmp(&far(other)));
        own.or_else(nearest).map_or(0.0, |at| self.shares[at])
    }

    fn nearest(&self, share: f64) -> usize {
        let far = |at: &usize| (self.shares[*at] - share).abs();
        (0..self.shares.len()).min_by(|one, other| far(one).total_cmp(&far(other))).unwrap_or(0)
    }

    /// The point nearest to a place on the way.
    pub fn at(&self, share: f64) -> TradePoint {
        self.points[self.nearest(share)]
    }

    /// The point that many hundredths further; at least the next one, as long as there is one.
    pub fn moved(&self, share: f64, by: f64) -> TradePoint {
        let (here, there) = (self.nearest(share), self.nearest((share + by).clamp(0.0, 1.0)));
        let last = self.points.len() - 1;
        let found = match (by > 0.0, here == there) {
            (_, false) => there,
            (true, true) => (here + 1).min(last),
            (false, true) => here.saturating_sub(1),
        };
        self.points[found]
    }

    /// The point whose score across is nearest to this one.
    pub fn with_score(&self, score: f64) -> TradePoint {
        let far = |at: &usize| (self.values[*at][0] - score).abs();
        let found = (0..self.points.len()).min_by(|one, other| far(one).total_cmp(&far(other)));
        self.points[found.unwrap_or(0)]
    }

    /// Places of the measured points.
    pub fn ticks(&self) -> Vec<f64> {
        let pairs = self.points.iter().zip(&self.shares);
        pairs.filter(|(point, _)| matches!(point, TradePoint::Measured(_))).map(|(_, share)| *share).collect()
    }

    /// The named stops: best upward, even, best across.
    pub fn stops(&self, map: &TradeMap) -> [f64; 3] {
        let even = trade_named::even(map).and_then(|point| {
            let at = self.points.iter().position(|one| *one == point)?;
            Some(self.shares[at])
        });
        [0.0, even.unwrap_or(0.5), 1.0]
    }

    /// What a key does on the slider.
    pub fn by_key(&self, key: &str, shift: bool, share: f64, stops: &[f64; 3]) -> Option<TradePoint> {
        let step = if shift { 0.1 } else { 0.01 };
        let next = stops.iter().copied().find(|stop| *stop > share + 1e-9).unwrap_or(1.0);
        let before = stops.iter().rev().copied().find(|stop| *stop < share - 1e-9).unwrap_or(0.0);
        Some(match key {
            "ArrowRight" | "ArrowUp" => self.moved(share, step),
            "ArrowLeft" | "ArrowDown" => self.moved(share, -step),
            "Home" => self.at(0.0),
            "End" => self.at(1.0),
            "PageUp" => self.at(next),
            "PageDown" => self.at(before),
            _ => return None,
        })
    }
}

/// A score that was typed: `91`, `91 %`, `90,5` or `0.91`.
pub fn typed(text: &str) -> Option<f64> {
    super::strength::typed(text).filter(|score| *score <= 1.0)
}

/// A share of a chart as a place in percent.
pub fn percent(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::trade_named::tests::map;
    use super::*;
    use protocol::score::{Estimate, Measured};
    use protocol::trade::{TradeEstimate, TradeMix};

    /// Five estimates on an arc, one measured mix outside it, one that is beaten.
    fn arc() -> TradeMap {
        let estimate = |x: f64, y: f64| TradeEstimate {
            strengths: vec![x, y],
            values: vec![Estimate::new(x), Estimate::new(y)],
            misses: Some(vec![0.01, 0.02]),
        };
        let mix = |x: u64, y: u64| TradeMix {
            strengths: vec![0.3, 0.31],
            scores: [x, y].map(|correct| Measured::share(correct, 1000).unwrap()).to_vec(),
            expected: None,
        };
        let mut map = map(2);
        map.front = vec![
            estimate(0.95, 0.75),
            estimate(0.94, 0.85),
            estimate(0.9, 0.92),
            estimate(0.85, 0.94),
            estimate(0.8, 0.95),
        ];
        map.measured = vec![mix(920, 910), mix(850, 850)];
        map
    }

    #[test]
    fn axes_are_round_and_hold_what_matters() {
        let axis = Axis::of([0.816, 0.953].into_iter());
        assert!((axis.low - 0.8).abs() < 1e-9 && (axis.high - 1.0).abs() < 1e-9, "{axis:?}");
        assert_eq!(axis.lines().len(), 5);
        assert_eq!(Axis::of(std::iter::empty()), Axis::FULL);
        assert_eq!((axis.share(0.1), axis.share(2.0)), (0.0, 1.0));
        assert!(axis.is_beyond(0.7) && !axis.is_beyond(0.8));
        let narrow = Axis::of([0.9].into_iter());
        assert!(narrow.low < 0.9 && narrow.high > 0.9, "{narrow:?}");
        let perfect = Axis::of([1.0, 0.99].into_iter());
        assert!(perfect.high <= 1.0 && perfect.low < 0.99, "{perfect:?}");
    }

    #[test]
    fn what_is_far_below_the_best_does_not_stretch_the_axes() {
        let frame = Frame::of(&map(2), [0, 1], false);
        assert!(frame.x.low > 0.5, "a specialist alone at 45 % does not count: {frame:?}");
        assert_eq!(Frame::of(&map(2), [0, 1], true).x, Axis::FULL);
        assert!(frame.is_beyond(&[0.4, 0.9]) && !frame.is_beyond(&[0.9, 0.9]));
        assert!(frame.grid().starts_with('M'));
    }

    #[test]
    fn beaten_mixes_are_told_from_the_best_and_references_are_no_marks() {
        let map = arc();
        let found = marks(&map, &Frame::of(&map, [0, 1], true));
        assert_eq!(found.iter().map(|mark| mark.is_best).collect::<Vec<_>>(), [true, false]);
        assert!(is_reference(&[0.0, 1.0]) && is_reference(&[0.0, 0.0]) && !is_reference(&[0.5, 0.5]));
        assert!(!is_reference(&[1.0, 1.0]));
        let names: Vec<Reference> = references(&map, [0, 1]).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [Reference::Start, Reference::Equal], "nobody measured the specialists on each other");
    }

    #[test]
    fn the_front_is_drawn_from_the_left_with_its_band() {
        let map = arc();
        let frame = Frame::of(&map, [0, 1], true);
        assert!(front_line(&map, &frame).starts_with("M800.0 50.0L850.0 60.0"), "{}", front_line(&map, &frame));
        assert!(band(&map, &frame).ends_with('Z'));
        assert_eq!(some_estimates(&map, &frame, 3).len(), 3);
        let mut unknown = arc();
        unknown.front[2].misses = None;
        assert_eq!(band(&unknown, &frame), "");
        assert_eq!(front_line(&TradeMap { front: vec![], ..arc() }, &frame), "");
    }

    #[test]
    fn the_bend_has_a_price() {
        let (point, price) = knee(&arc(), [0, 1]).unwrap();
        assert_eq!(point, TradePoint::Estimate(2));
        assert!((price - (0.92 - 0.75) / (0.95 - 0.9)).abs() < 1e-9, "{price}");
        assert_eq!(knee(&map(2), [0, 1]), None, "a straight front has none");
    }

    #[test]
    fn the_way_leads_from_left_to_right_over_measured_and_expected_mixes() {
        let map = arc();
        let way = Way::of(&map, [0, 1]).unwrap();
        assert_eq!(way.at(0.0), TradePoint::Estimate(4));
        assert_eq!(way.at(1.0), TradePoint::Estimate(0));
        assert_eq!(way.ticks().len(), 1);
        let here = way.share(TradePoint::Measured(0), [0.92, 0.91]);
        assert!(here > 0.3 && here < 0.7 && way.at(here) == TradePoint::Measured(0), "{here}");
        let beside = way.share(TradePoint::Measured(1), [0.85, 0.85]);
        assert!(beside < here, "a beaten mix stands at the nearest place");
        assert_eq!(Way::of(&TradeMap { front: vec![], ..arc() }, [0, 1]), None);
    }

    #[test]
    fn keys_always_move_on_and_stop_at_the_ends() {
        let map = arc();
        let way = Way::of(&map, [0, 1]).unwrap();
        let stops = way.stops(&map);
        let mut share = 0.0;
        let mut seen = vec![way.at(0.0)];
        for _ in 0..10 {
            let point = way.by_key("ArrowRight", false, share, &stops).unwrap();
            share = way.share(point, [0.0, 0.0]);
            seen.push(point);
        }
        assert_eq!(seen.last(), Some(&TradePoint::Estimate(0)));
        assert_eq!(seen.iter().filter(|point| **point == TradePoint::Measured(0)).count(), 1);
        assert_eq!(way.by_key("PageUp", false, 0.0, &stops), Some(way.at(stops[1])));
        assert_eq!(way.by_key("PageDown", false, stops[1], &stops), Some(way.at(0.0)));
        assert_eq!(way.by_key("End", false, 0.0, &stops), Some(TradePoint::Estimate(0)));
        assert_eq!(way.by_key("Tab", false, 0.0, &stops), None);
    }

    #[test]
    fn a_typed_score_and_a_click_find_the_nearest_point() {
        let map = arc();
        let way = Way::of(&map, [0, 1]).unwrap();
        assert_eq!(way.with_score(typed("94 %").unwrap()), TradePoint::Estimate(1));
        assert_eq!((typed("120"), typed("x")), (None, None));
        let frame = Frame::of(&map, [0, 1], true);
        assert_eq!(hit(&map, &frame, (0.85, 0.15), 1.6), Some(TradePoint::Measured(1)));
        assert_eq!(hit(&map, &frame, (0.96, 0.26), 1.6), Some(TradePoint::Estimate(0)));
    }
}
