//! Rows of the table of points, and their order.

use protocol::trade::{TradeMap, TradePoint};

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Measured ones first, in the order they were measured.
    Known,
    /// The score in this skill.
    Skill(usize),
    /// The lowest share of the specialists' scores.
    Worst,
}

/// The lowest share of the specialists' scores that a point has.
pub fn worst(map: &TradeMap, point: TradePoint) -> f64 {
    let values = map.values(point).unwrap_or_default();
    let shares = values.iter().zip(&map.skills).map(|(value, skill)| value / skill.expert.value().max(1e-3));
    shares.fold(f64::INFINITY, f64::min)
}

/// All points in this order; best first, or worst first where `ascending`.
pub fn sorted(map: &TradeMap, by: By, ascending: bool) -> Vec<TradePoint> {
    let mut points: Vec<TradePoint> = map.points().collect();
    let key = |point: &TradePoint| match by {
        By::Known => 0.0,
        By::Skill(skill) => map.values(*point).and_then(|values| values.get(skill).copied()).unwrap_or_default(),
        By::Worst => worst(map, *point),
    };
    // Sorting is stable: what is equal stays in the order of the map.
    points.sort_by(|x, y| key(y).total_cmp(&key(x)));
    if ascending {
        points.reverse();
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::trade_named::tests::map;

    #[test]
    fn points_are_sorted_by_what_is_asked_for() {
        let map = map(2);
        let known = sorted(&map, By::Known, false);
        assert_eq!(known[0], TradePoint::Measured(0));
        assert!(matches!(known.last(), Some(TradePoint::Estimate(2))));
        assert_eq!(sorted(&map, By::Skill(0), false)[0], TradePoint::Measured(1), "the specialist of the first skill");
        assert_eq!(sorted(&map, By::Worst, false)[0], TradePoint::Estimate(1));
        let up = sorted(&map, By::Skill(0), true);
        assert_eq!(up.last(), Some(&TradePoint::Measured(1)));
        assert_eq!(up.len(), known.len());
    }
}
