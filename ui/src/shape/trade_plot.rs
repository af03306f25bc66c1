//! Places in a scatter of two skills: axes, points, the line of mixes that none beats in both.

use front::{Curve, dominates, non_dominated};
use protocol::trade::{TradeMap, TradePoint};

/// Least width of an axis, and what it grows by beyond what it has to show.
const LEAST: f64 = 0.08;
const ROOM: f64 = 0.25;
/// Ends of an axis are multiples of this.
const STEP: f64 = 0.05;
/// Most numbers along an axis.
const TICKS: usize = 6;

/// The ends of an axis, scores from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// At the beginning.
    pub least: f64,
    /// At the end.
    pub most: f64,
}

impl Scale {
    /// An axis that shows these scores: all of 0 to 1, or the part that they lie in.
    pub fn of(scores: impl Iterator<Item = f64>, is_full: bool) -> Self {
        let (low, high) = scores.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if is_full || low > high {
            return Self { least: 0.0, most: 1.0 };
        }
        let width = (high - low).max(LEAST);
        let most = (((high + ROOM * width) / STEP).ceil() * STEP).min(1.0);
        let least = (((low - ROOM * width) / STEP).floor() * STEP).min(most - LEAST).max(0.0);
        Self { least, most }
    }

    /// 0 at the beginning of the axis, 1 at its end; outside for scores that lie outside.
    pub fn share(self, score: f64) -> f64 {
        (score - self.least) / (self.most - self.least)
    }

    /// The score at a share of the axis.
    pub fn score(self, share: f64) -> f64 {
        self.least + share * (self.most - self.least)
    }

    /// Whether a score lies on the axis.
    pub fn holds(self, score: f64) -> bool {
        (-1e-9..=1.0 + 1e-9).contains(&self.share(score))
    }

    /// Where numbers stand.
    pub fn ticks(self) -> Vec<f64> {
        let width = self.most - self.least;
        let step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25].into_iter().find(|step| width / step <= TICKS as f64 + 0.5);
        let step = step.unwrap_or(0.25);
        let first = (self.least / step - 1e-9).ceil() as i64;
        let last = (self.most / step + 1e-9).floor() as i64;
        (first..=last).map(|at| at as f64 * step).collect()
    }
}

/// A point of the map in a scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Which it is.
    pub point: TradePoint,
    /// Scores in the skill across and the skill up.
    pub at: [f64; 2],
    /// Half the widths of their bands.
    pub band: [f64; 2],
    /// Whether another mix is better in all skills.
    pub beaten: bool,
}

/// One standard error of a measured score.
fn error(score: f64, examples: u64) -> f64 {
    (score * (1.0 - score)).max(0.0).sqrt() / (examples.max(1) as f64).sqrt()
}

/// Half the width of the band of a point in a skill; 0 where nothing is known of it.
pub fn band(map: &TradeMap, point: TradePoint, skill: usize) -> f64 {
    match point {
        TradePoint::Measured(at) => {
            let score = map.measured.get(at).and_then(|mix| mix.scores.get(skill)).map(|score| score.value());
            score.zip(map.skills.get(skill)).map_or(0.0, |(score, skill)| error(score, skill.examples))
        }
        TradePoint::Estimate(at) => {
            let misses = map.front.get(at).and_then(|one| one.misses.as_ref());
            misses.and_then(|misses| misses.get(skill)).copied().unwrap_or(0.0)
        }
    }
}

/// All points of the map by their scores in two skills.
pub fn seen(map: &TradeMap, across: usize, up: usize) -> Vec<Seen> {
    let points: Vec<(TradePoint, Vec<f64>)> =
        map.points().filter_map(|point| Some((point, map.values(point)?))).collect();
    let rows: Vec<&[f64]> = points.iter().map(|(_, values)| values.as_slice()).collect();
    let kept = non_dominated(&rows).unwrap_or_default();
    let one = |(at, (point, values)): (usize, &(TradePoint, Vec<f64>))| {
        let pair = |of: &dyn Fn(usize) -> f64| [of(across), of(up)];
        Some(Seen {
            point: *point,
            at: [*values.get(across)?, *values.get(up)?],
            band: pair(&|skill| band(map, *point, skill)),
            beaten: kept.binary_search(&at).is_err(),
        })
    };
    points.iter().enumerate().filter_map(one).collect()
}

/// The points that none beats in both skills, the worst in the skill across first: the way of the slider.
pub fn line(seen: &[Seen]) -> Vec<Seen> {
    let is_best = |one: &&Seen| !seen.iter().any(|other| dominates(&other.at, &one.at));
    let mut best: Vec<Seen> = seen.iter().filter(is_best).copied().collect();
    best.sort_by(|x, y| x.at[0].total_cmp(&y.at[0]).then(y.at[1].total_cmp(&x.at[1])));
    best.dedup_by(|later, one| later.at == one.at);
    best
}

/// How far along a line each of its points lies, 0 to 1, in equal steps of distance.
pub fn along(line: &[Seen]) -> Vec<f64> {
    let Ok(curve) = Curve::new(line.iter().map(|one| one.at).collect()) else { return Vec::new() };
    (0..line.len()).map(|at| curve.share(at).unwrap_or_default()).collect()
}

/// The point of a line nearest to a share of its length; `None` without points.
pub fn nearest(along: &[f64], share: f64) -> Option<usize> {
    (0..along.len()).min_by(|&x, &y| (along[x] - share).abs().total_cmp(&(along[y] - share).abs()))
}

/// The point of a line that is nearest to a point beside it.
pub fn beside(line: &[Seen], at: [f64; 2]) -> Option<usize> {
    let far = |one: &Seen| (one.at[0] - at[0]).hypot(one.at[1] - at[1]);
    (0..line.len()).min_by(|&x, &y| far(&line[x]).total_cmp(&far(&line[y])))
}

/// Where a key takes the slider from point `at`; `stops` are points of the line with a name, ascending. `None`: the key
/// is not one of the slider's. Arrows move by a hundredth of the line, with Shift by a tenth, and at least one point.
pub fn by_key(key: &str, shift: bool, at: usize, along: &[f64], stops: &[usize]) -> Option<usize> {
    let last = along.len().checked_sub(1)?;
    let step = if shift { 0.1 } else { 0.01 };
    let moved = |forward: bool| {
        let wish = along[at] + if forward { step } else { -step };
        let found = nearest(along, wish.clamp(0.0, 1.0)).unwrap_or(at);
        match (forward, found == at) {
            (true, true) => (at + 1).min(last),
            (false, true) => at.saturating_sub(1),
            _ => found,
        }
    };
    match key {
        "ArrowRight" | "ArrowUp" => Some(moved(true)),
        "ArrowLeft" | "ArrowDown" => Some(moved(false)),
        "Home" => Some(0),
        "End" => Some(last),
        "PageUp" => Some(stops.iter().copied().find(|stop| *stop > at).unwrap_or(last)),
        "PageDown" => Some(stops.iter().rev().copied().find(|stop| *stop < at).unwrap_or(0)),
        _ => None,
    }
}

/// The bend of a line: which point, and how many points of the skill up one more of the skill across costs past it.
pub fn bend(line: &[Seen]) -> Option<(usize, f64)> {
    let knee = Curve::new(line.iter().map(|one| one.at).collect()).ok()?.knee()?;
    knee.prices[0].is_finite().then_some((knee.at, knee.prices[0]))
}

/// Something that stands in every scatter for comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// Scores in the skill across and the skill up.
    pub at: [f64; 2],
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// The starting model.
    Base,
    /// The mix in which every specialist has the method's own strength.
    Equal,
    /// The specialist of this skill, alone.
    Alone(usize),
}

/// The marks of a scatter, as far as they were measured.
pub fn marks(map: &TradeMap, across: usize, up: usize) -> Vec<Mark> {
    let pair = |of: &dyn Fn(usize) -> Option<f64>| Some([of(across)?, of(up)?]);
    let base = pair(&|skill| Some(map.skills.get(skill)?.base?.value()));
    let equal = pair(&|skill| Some(map.skills.get(skill)?.equal.value()));
    let alone = [across, up].map(|own| {
        let specialist = map.skills.get(own)?.specialist;
        let at = pair(&|skill| Some((*map.skills.get(skill)?.alone.get(specialist)?)?.value()))?;
        Some(Mark { kind: MarkKind::Alone(own), at })
    });
    let of = |kind, at: Option<[f64; 2]>| at.map(|at| Mark { kind, at });
    [of(MarkKind::Base, base), of(MarkKind::Equal, equal)].into_iter().chain(alone).flatten().collect()
}

/// The axes of a scatter: they show the line and the equal mix, and everything where the whole range is asked for.
pub fn scales(line: &[Seen], marks: &[Mark], is_full: bool) -> [Scale; 2] {
    let equal = marks.iter().filter(|mark| mark.kind == MarkKind::Equal).map(|mark| mark.at);
    let all: Vec<[f64; 2]> = line.iter().map(|one| one.at).chain(equal).collect();
    [0, 1].map(|axis| Scale::of(all.iter().map(|at| at[axis]), is_full))
}

/// Corners of the band around the estimates of a line: along its upper edge, back along the lower one. Its width is that
/// of the neighbours together, so that it reads as a band.
pub fn ribbon(line: &[Seen]) -> Vec<[f64; 2]> {
    let own: Vec<&Seen> = line.iter().filter(|one| matches!(one.point, TradePoint::Estimate(_))).collect();
    let reach = own.len() / 8;
    let band = |at: usize, axis: usize| {
        let near = &own[at.saturating_sub(reach)..(at + reach + 1).min(own.len())];
        near.iter().map(|one| one.band[axis]).sum::<f64>() / near.len() as f64
    };
    let corner = |at: usize, sign: f64| [0, 1].map(|axis| own[at].at[axis] + sign * band(at, axis));
    let upper = (0..own.len()).map(|at| corner(at, 1.0));
    upper.chain((0..own.len()).rev().map(|at| corner(at, -1.0))).collect()
}

/// A box in a drawing: left, top, right, bottom.
pub type Area = [f64; 4];

/// A text in a drawing: where it begins or ends, its first baseline, and whether it ends there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// Where it begins, or ends.
    pub x: f64,
    /// Baseline of its first line.
    pub y: f64,
    /// Whether it ends at `x`.
    pub ends: bool,
}

/// Height of a line of text.
pub const LINE: f64 = 14.0;

/// Most of its area that a text which may be left out covers of others.
const CROWDED: f64 = 0.15;
/// Sides and rows, counted from the point, that are tried for a text.
const PLACES: [(f64, f64); 10] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (1.0, 1.0),
    (-1.0, 1.0),
    (1.0, -1.0),
    (-1.0, -1.0),
    (1.0, 2.0),
    (-1.0, 2.0),
    (1.0, -2.0),
    (-1.0, -2.0),
];

/// The place for a text of this width and so many lines beside a point, inside `room`, where it covers least of what is
/// `taken`; what it covers then is taken too.
pub fn label(point: (f64, f64), size: (f64, usize), room: Area, taken: &mut Vec<Area>) -> Label {
    let (label, area, _) = best_place(point, size, room, taken);
    taken.push(area);
    label
}

/// The same for a text that may be left out: `None` where it would cover others.
pub fn label_if_free(point: (f64, f64), size: (f64, usize), room: Area, taken: &mut Vec<Area>) -> Option<Label> {
    let (label, area, cost) = best_place(point, size, room, taken);
    let is_free = cost <= CROWDED * (area[2] - area[0]) * (area[3] - area[1]);
    if is_free {
        taken.push(area);
    }
    is_free.then_some(label)
}

fn best_place(point: (f64, f64), (width, lines): (f64, usize), room: Area, taken: &[Area]) -> (Label, Area, f64) {
    let height = LINE * lines as f64;
    let areas = PLACES.map(|(side, down)| {
        let left = if side > 0.0 { point.0 + 12.0 } else { point.0 - 12.0 - width };
        let middle = point.1 + down * (height / 2.0 + 9.0);
        [left, middle - height / 2.0, left + width, middle + height / 2.0]
    });
    let cost = |area: &Area| taken.iter().map(|other| shared(area, other)).sum::<f64>() + 1e3 * outside(area, &room);
    let best = (0..areas.len()).min_by(|&x, &y| cost(&areas[x]).total_cmp(&cost(&areas[y]))).unwrap_or(0);
    let (area, ends) = (areas[best], PLACES[best].0 < 0.0);
    (Label { x: if ends { area[2] } else { area[0] }, y: area[1] + 11.0, ends }, area, cost(&area))
}

/// How much of two boxes is common.
fn shared(x: &Area, y: &Area) -> f64 {
    let width = x[2].min(y[2]) - x[0].max(y[0]);
    let height = x[3].min(y[3]) - x[1].max(y[1]);
    width.max(0.0) * height.max(0.0)
}

/// How far a box leaves another.
fn outside(x: &Area, room: &Area) -> f64 {
    [room[0] - x[0], room[1] - x[1], x[2] - room[2], x[3] - room[3]].iter().map(|out| out.max(0.0)).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::shape::trade_named::tests::map;

    fn points(all: &[[f64; 2]]) -> Vec<Seen> {
        let one = |(at, place): (usize, &[f64; 2])| Seen {
            point: TradePoint::Estimate(at),
            at: *place,
            band: [0.01, 0.02],
            beaten: false,
        };
        all.iter().enumerate().map(one).collect()
    }

    #[test]
    fn an_axis_shows_what_there_is_and_ends_on_round_numbers() {
        // 0.83 less a quarter of 0.08 is 0.81, 0.91 and a quarter more 0.93.
        let scale = Scale::of([0.83, 0.91].into_iter(), false);
        let off = (scale.least - 0.8).abs().max((scale.most - 0.95).abs());
        assert!(off < 1e-9, "{scale:?}");
        assert_eq!(Scale::of([0.82].into_iter(), true), Scale { least: 0.0, most: 1.0 });
        assert_eq!(Scale::of(std::iter::empty(), false), Scale { least: 0.0, most: 1.0 });
        let narrow = Scale::of([0.999, 1.0].into_iter(), false);
        assert!(narrow.most <= 1.0 && narrow.most - narrow.least >= LEAST - 1e-9, "{narrow:?}");
        assert!(scale.holds(0.8) && scale.holds(0.95) && !scale.holds(0.7));
        assert!((scale.score(scale.share(0.87)) - 0.87).abs() < 1e-12);
        let ticks = Scale { least: 0.7, most: 1.0 }.ticks();
        assert_eq!(ticks.len(), 7);
        assert!((ticks[0] - 0.7).abs() < 1e-9 && (ticks[6] - 1.0).abs() < 1e-9, "{ticks:?}");
    }

    #[test]
    fn the_line_leads_from_one_skill_to_the_other_past_what_is_beaten() {
        let all = points(&[[0.9, 0.2], [0.4, 0.4], [0.2, 0.9], [0.6, 0.7], [0.6, 0.7]]);
        let line = line(&all);
        assert_eq!(line.iter().map(|one| one.at).collect::<Vec<_>>(), [[0.2, 0.9], [0.6, 0.7], [0.9, 0.2]]);
        let along = along(&line);
        let whole = 0.2f64.hypot(0.4) + 0.3f64.hypot(0.5);
        assert!((along[1] - 0.2f64.hypot(0.4) / whole).abs() < 1e-12 && along[2] == 1.0);
        assert_eq!((nearest(&along, 0.4), nearest(&along, 0.95), nearest(&[], 0.5)), (Some(1), Some(2), None));
        assert_eq!(beside(&line, [0.5, 0.6]), Some(1));
        assert_eq!(ribbon(&line).len(), 6);
        let corner = ribbon(&line)[0];
        assert!((corner[0] - 0.21).abs() < 1e-12 && (corner[1] - 0.92).abs() < 1e-12, "{corner:?}");
        let measured = Seen { point: TradePoint::Measured(0), ..line[1] };
        assert_eq!(ribbon(&[line[0], measured, line[2]]).len(), 4, "only estimates have a band");
    }

    #[test]
    fn keys_move_by_distance_and_never_stand_still() {
        let along = [0.0, 0.004, 0.5, 0.52, 1.0];
        let go = |key, shift, at| by_key(key, shift, at, &along, &[0, 3, 4]);
        assert_eq!((go("ArrowRight", false, 0), go("ArrowRight", false, 1)), (Some(1), Some(2)));
        assert_eq!((go("ArrowLeft", false, 2), go("ArrowLeft", false, 0)), (Some(1), Some(0)));
        assert_eq!(go("ArrowRight", true, 2), Some(3), "a tenth ends nearest to the next point");
        assert_eq!((go("End", false, 1), go("Home", false, 3)), (Some(4), Some(0)));
        assert_eq!(
            (go("PageUp", false, 1), go("PageDown", false, 4), go("PageUp", false, 4)),
            (Some(3), Some(3), Some(4))
        );
        assert_eq!((go("x", false, 1), by_key("End", false, 0, &[], &[])), (None, None));
    }

    #[test]
    fn texts_stand_where_they_cover_nothing() {
        let room = [0.0, 0.0, 400.0, 200.0];
        let mut taken = Vec::new();
        let first = label((100.0, 100.0), (80.0, 1), room, &mut taken);
        assert_eq!(first, Label { x: 112.0, y: 104.0, ends: false });
        let second = label((100.0, 100.0), (80.0, 1), room, &mut taken);
        assert_eq!((second.x, second.ends), (88.0, true), "the right side is taken");
        let at_the_end = label((390.0, 100.0), (80.0, 2), room, &mut Vec::new());
        assert!(at_the_end.ends, "there is no room to the right");
        let crowd = vec![[0.0, 0.0, 400.0, 200.0]];
        assert_eq!(label_if_free((100.0, 100.0), (80.0, 1), room, &mut crowd.clone()), None);
        assert!(label_if_free((100.0, 100.0), (80.0, 1), room, &mut Vec::new()).is_some());
        assert_eq!(shared(&[0.0, 0.0, 2.0, 2.0], &[1.0, 1.0, 3.0, 3.0]), 1.0);
    }

    #[test]
    fn what_is_beaten_in_all_skills_is_told_apart() {
        let map = map(2);
        let seen = seen(&map, 0, 1);
        assert_eq!(seen.len(), map.measured.len() + map.front.len());
        assert!(seen[0].beaten, "the equal mix has 75 % in both, an estimate 85 %");
        assert!(!seen[1].beaten, "a specialist is best in its own skill");
        assert!((seen[0].band[0] - (0.75f64 * 0.25 / 200.0).sqrt()).abs() < 1e-12);
        let kinds: Vec<MarkKind> = marks(&map, 0, 1).iter().map(|mark| mark.kind).collect();
        assert_eq!(kinds, [MarkKind::Base, MarkKind::Equal], "nobody measured the specialists on both");
    }
}
