//! Parallel axes: one for each skill, in shares of its specialist. Which lines are drawn, and the band of the rest.

use protocol::score::Measured;
use protocol::trade::{TradeMap, TradePoint, TradeSkill};

use super::trade_floors::{Cloud, LEAST};

/// Most lines at once.
pub const MOST_LINES: usize = 12;
/// Best mixes after the floors that are always among them, as far as there is room.
const BEST: usize = 10;
/// How far from a line a click still means it, as a share of the height.
const NEAR: f64 = 0.06;
/// What is stretched is drawn in a square of this side.
pub const SIDE: f64 = 1000.0;

/// The scale that all axes share: shares of the specialists' scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Scale {
    /// The scale of a cloud, or all from 0.
    pub fn of(cloud: &Cloud, is_full: bool) -> Self {
        Self { low: if is_full { 0.0 } else { cloud.low }, high: cloud.high }
    }

    /// Height of a share from above, 0 to 1, between the ends.
    pub fn y(&self, share: f64) -> f64 {
        1.0 - ((share - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The share at a height from above.
    pub fn share(&self, y: f64) -> f64 {
        self.low + (1.0 - y.clamp(0.0, 1.0)) * (self.high - self.low)
    }

    /// Whether a share is between the ends.
    pub fn holds(&self, share: f64) -> bool {
        (self.low - 1e-9..=self.high + 1e-9).contains(&share)
    }

    /// Shares at which lines are drawn, the lowest first.
    pub fn lines(&self) -> Vec<f64> {
        let step = [0.05, 0.1, 0.2].into_iter().find(|step| self.high - self.low <= 6.5 * step).unwrap_or(0.25);
        let first = (self.low / step - 1e-6).ceil();
        let count = ((self.high + 1e-9) / step).floor() - first;
        (0..=count.max(0.0) as usize).map(|at| (first + at as f64) * step).collect()
    }
}

/// What the lines are compared with: shares of the specialists' scores, in the order of the skills.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct References {
    /// The starting model; `None` for all skills without one.
    pub start: Vec<Option<f64>>,
    /// The equal mix.
    pub equal: Vec<Option<f64>>,
}

/// What the lines of a map are compared with.
pub fn references(map: &TradeMap) -> References {
    let share = |skill: &TradeSkill, score: Measured| score.value() / skill.expert.value().max(LEAST);
    References {
        start: map.skills.iter().map(|skill| skill.base.map(|base| share(skill, base))).collect(),
        equal: map.skills.iter().map(|skill| Some(share(skill, skill.equal))).collect(),
    }
}

/// Where marks of one kind are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// There are none.
    Absent,
    /// Outside the ends of every axis.
    Outside,
    /// On one axis at least.
    Here,
}

/// Where marks of one kind are on a scale.
pub fn seen(shares: &[Option<f64>], scale: Scale) -> Seen {
    let is_here = |share: &f64| scale.holds(*share);
    match shares.iter().flatten().count() {
        0 => Seen::Absent,
        _ if shares.iter().flatten().any(is_here) => Seen::Here,
        _ => Seen::Outside,
    }
}

/// Where the axis at a place stands, as a share of the width.
pub fn x(place: usize, count: usize) -> f64 {
    if count > 1 { place as f64 / (count - 1) as f64 } else { 0.5 }
}

/// Shares \[t\] as a line over the axes in their order.
pub fn line(shares: &[f64], order: &[usize], scale: Scale) -> String {
    let at = |(place, skill): (usize, &usize)| {
        let share = shares.get(*skill).copied().unwrap_or(0.0);
        format!("{:.1} {:.1}", x(place, order.len()) * SIDE, scale.y(share) * SIDE)
    };
    let places: Vec<String> = order.iter().enumerate().map(at).collect();
    if places.is_empty() { String::new() } else { format!("M{}", places.join("L")) }
}

/// The lines that are drawn: the selected point, the pinned ones, then the best that keep the floors.
pub fn shown(cloud: &Cloud, left: &[usize], selected: Option<TradePoint>, pins: &[TradePoint]) -> Vec<TradePoint> {
    let mut found: Vec<TradePoint> = Vec::new();
    let wanted = selected.into_iter().chain(pins.iter().copied()).chain(cloud.best(left, BEST));
    for point in wanted {
        if found.len() < MOST_LINES && !found.contains(&point) && cloud.place(point).is_some() {
            found.push(point);
        }
    }
    found
}

/// The rest as bands around its middle: of all that keep the floors, and of the inner half of them.
pub fn bands(cloud: &Cloud, left: &[usize], order: &[usize], scale: Scale) -> [String; 2] {
    if left.is_empty() || order.len() < 2 {
        return [String::new(), String::new()];
    }
    let shares: Vec<Vec<f64>> = left.iter().map(|at| cloud.shares(*at)).collect();
    let sorted: Vec<Vec<f64>> = order
        .iter()
        .map(|skill| {
            let mut own: Vec<f64> = shares.iter().map(|row| row[*skill]).collect();
            own.sort_by(f64::total_cmp);
            own
        })
        .collect();
    [0.0, 0.25].map(|cut| {
        let at = |part: f64| -> Vec<f64> {
            sorted.iter().map(|own| own[(part * (own.len() - 1) as f64).round() as usize]).collect()
        };
        between(&at(1.0 - cut), &at(cut), scale)
    })
}

/// The area between two lines, their values in the order of the axes.
fn between(upper: &[f64], lower: &[f64], scale: Scale) -> String {
    let order: Vec<usize> = (0..upper.len()).collect();
    let back: Vec<String> = order
        .iter()
        .rev()
        .map(|place| format!("{:.1} {:.1}", x(*place, upper.len()) * SIDE, scale.y(lower[*place]) * SIDE))
        .collect();
    format!("{}L{}Z", line(upper, &order, scale), back.join("L"))
}

/// The line at a place of the chart, among those drawn; `None` where the place is far from all of them.
pub fn hit(
    cloud: &Cloud,
    lines: &[TradePoint],
    order: &[usize],
    scale: Scale,
    place: (f64, f64),
) -> Option<TradePoint> {
    let count = order.len();
    let along = (place.0.clamp(0.0, 1.0) * (count.max(2) - 1) as f64).min((count.max(2) - 1) as f64 - 1e-9);
    let (from, part) = (along.floor() as usize, along.fract());
    let far = |point: &TradePoint| {
        let shares = cloud.place(*point).map(|at| cloud.shares(at)).unwrap_or_default();
        let y = |place: usize| scale.y(order.get(place).and_then(|skill| shares.get(*skill)).copied().unwrap_or(0.0));
        (y(from) * (1.0 - part) + y((from + 1).min(count.max(1) - 1)) * part - place.1).abs()
    };
    let nearest = lines.iter().map(|point| (far(point), *point)).min_by(|one, other| one.0.total_cmp(&other.0));
    nearest.filter(|(far, _)| *far <= NEAR).map(|(_, point)| point)
}

#[cfg(test)]
mod tests {
    use super::super::trade_named::tests::map;
    use super::*;

    const SCALE: Scale = Scale { low: 0.8, high: 1.0 };

    #[test]
    fn the_scale_is_round_and_turns_around() {
        let said: Vec<String> = SCALE.lines().iter().map(|line| format!("{line:.2}")).collect();
        assert_eq!(said, ["0.80", "0.85", "0.90", "0.95", "1.00"]);
        assert!((SCALE.share(SCALE.y(0.93)) - 0.93).abs() < 1e-12);
        assert_eq!((SCALE.y(0.1), SCALE.y(1.2)), (1.0, 0.0));
        assert_eq!(Scale { low: 0.0, high: 1.0 }.lines().len(), 6);
        let cloud = Cloud::of(&map(4));
        assert_eq!(Scale::of(&cloud, true).low, 0.0);
        assert!(Scale::of(&cloud, false).low > 0.5);
    }

    #[test]
    fn at_most_twelve_lines_the_selected_and_the_pinned_first() {
        let mut big = map(4);
        big.front = (0..40).map(|at| big.front[at % 3].clone()).collect();
        let cloud = Cloud::of(&big);
        let all: Vec<usize> = (0..cloud.points.len()).collect();
        let pins = [TradePoint::Measured(1), TradePoint::Measured(2), TradePoint::Measured(99)];
        let lines = shown(&cloud, &all, Some(TradePoint::Measured(3)), &pins);
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!(lines[..3], [TradePoint::Measured(3), TradePoint::Measured(1), TradePoint::Measured(2)]);
        assert_eq!(shown(&cloud, &[], None, &[]), []);
    }

    #[test]
    fn lines_and_bands_follow_the_order_of_the_axes() {
        assert_eq!(line(&[0.8, 1.0, 0.9], &[1, 2, 0], SCALE), "M0.0 0.0L500.0 500.0L1000.0 1000.0");
        let cloud = Cloud::of(&map(4));
        let left: Vec<usize> = (0..cloud.points.len()).collect();
        let [all, inner] = bands(&cloud, &left, &[0, 1, 2, 3], SCALE);
        assert!(all.starts_with("M0.0") && all.ends_with('Z') && inner != all);
        assert_eq!(bands(&cloud, &[], &[0, 1], SCALE), [String::new(), String::new()]);
    }

    #[test]
    fn a_click_finds_the_nearest_line() {
        let cloud = Cloud::of(&map(4));
        let lines = [TradePoint::Estimate(0), TradePoint::Estimate(2)];
        let scale = Scale { low: 0.5, high: 1.3 };
        // The first falls over the skills, the second rises.
        assert_eq!(hit(&cloud, &lines, &[0, 1, 2, 3], scale, (0.0, scale.y(0.94))), Some(TradePoint::Estimate(0)));
        assert_eq!(hit(&cloud, &lines, &[0, 1, 2, 3], scale, (1.0, scale.y(1.2))), Some(TradePoint::Estimate(2)));
        assert_eq!(hit(&cloud, &[], &[0, 1], scale, (0.5, 0.5)), None);
    }

    #[test]
    fn a_click_beside_all_lines_means_none() {
        let cloud = Cloud::of(&map(4));
        let scale = Scale { low: 0.5, high: 1.3 };
        let near = |y: f64| hit(&cloud, &[TradePoint::Estimate(1)], &[0, 1, 2, 3], scale, (0.4, y));
        let on = scale.y(0.85 / 0.95);
        assert_eq!((near(on + 0.05), near(on - 0.05)), (Some(TradePoint::Estimate(1)), Some(TradePoint::Estimate(1))));
        assert_eq!((near(on + 0.07), near(on - 0.07)), (None, None));
    }

    #[test]
    fn what_lines_are_compared_with_is_in_shares_and_may_be_off_the_axes() {
        let mut map = map(4);
        let found = references(&map);
        assert!(found.start.iter().flatten().all(|share| (share - 80.0 / 190.0).abs() < 1e-12));
        assert!(found.equal.iter().flatten().all(|share| (share - 150.0 / 190.0).abs() < 1e-12));
        assert_eq!((found.start.len(), found.equal.len()), (4, 4));
        let scale = Scale { low: 0.7, high: 1.0 };
        assert_eq!((seen(&found.start, scale), seen(&found.equal, scale)), (Seen::Outside, Seen::Here));
        assert_eq!(seen(&found.start, Scale { low: 0.0, high: 1.0 }), Seen::Here);
        map.skills.iter_mut().for_each(|skill| skill.base = None);
        assert_eq!(seen(&references(&map).start, scale), Seen::Absent);
    }
}
