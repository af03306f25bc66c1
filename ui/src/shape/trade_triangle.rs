//! Three priorities that add up to 1: the triangle with its cells, linked sliders, the best mix for each.

use front::{Estimate, Measured, Point};
use protocol::trade::{TradeMap, TradePoint};

use super::trade_floors::Cloud;

/// Cells along an edge of the triangle.
pub const CELLS: usize = 12;
/// Height of the triangle, where its base is 1.
pub const HEIGHT: f64 = 0.866_025_4;

/// Priorities of three skills: top, left, right corner.
pub type Weights = [f64; 3];

/// Finds the best mix for priorities.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    cloud: Cloud,
    points: Vec<Point>,
}

impl Preferences {
    /// The points of a map.
    pub fn of(map: &TradeMap) -> Self {
        let cloud = Cloud::of(map);
        // How many examples there are does not count here.
        let one = |(point, values): (&TradePoint, &Vec<f64>)| match point {
            TradePoint::Measured(_) => {
                Measured::new(vec![0.0], values.clone(), vec![1; values.len()]).ok().map(Point::Measured)
            }
            TradePoint::Estimate(_) => Estimate::restored(vec![0.0], values.clone(), None).ok().map(Point::Estimate),
        };
        let points: Option<Vec<Point>> = cloud.points.iter().zip(&cloud.values).map(one).collect();
        Self { points: points.unwrap_or_default(), cloud }
    }

    /// The best mix, and what its weakest skill keeps.
    pub fn best(&self, weights: &[f64]) -> Option<(TradePoint, f64)> {
        let at = front::preferred(&self.points, &self.cloud.specialists, weights).ok()?;
        let worst = self.cloud.shares(at).into_iter().fold(f64::INFINITY, f64::min);
        Some((self.cloud.points[at], worst))
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Priorities at its corners.
    pub corners: [Weights; 3],
    /// Priorities in its middle.
    pub middle: Weights,
    /// The best mix for these.
    pub point: TradePoint,
    /// What its weakest skill keeps.
    pub worst: f64,
}

/// All cells with their mixes; none without points.
pub fn cells(preferences: &Preferences) -> Vec<Cell> {
    let count = CELLS as f64;
    let corner = |(top, left): (usize, usize)| {
        let (top, left) = (top as f64 / count, left as f64 / count);
        [top, left, (1.0 - top - left).max(0.0)]
    };
    let mut found = Vec::new();
    for top in 0..CELLS {
        for left in 0..CELLS - top {
            let upright = Some([(top, left), (top + 1, left), (top, left + 1)]);
            let hanging = (top + left + 1 < CELLS).then_some([(top + 1, left), (top, left + 1), (top + 1, left + 1)]);
            for places in [upright, hanging].into_iter().flatten() {
                let corners = places.map(corner);
                let middle = [0, 1, 2].map(|at| corners.iter().map(|one| one[at]).sum::<f64>() / 3.0);
                if let Some((point, worst)) = preferences.best(&middle) {
                    found.push(Cell { corners, middle, point, worst });
                }
            }
        }
    }
    found
}

/// Least and most that the weakest skill keeps.
pub fn ends(cells: &[Cell]) -> (f64, f64) {
    let all = || cells.iter().map(|cell| cell.worst);
    (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
}

/// Step of the colour scale, 0 to 7, within the ends.
pub fn step(worst: f64, (low, high): (f64, f64)) -> usize {
    if high - low < 1e-9 {
        return 7;
    }
    (((worst - low) / (high - low) * 8.0) as usize).min(7)
}

/// Place of priorities in a box of width 1 and height [`HEIGHT`], from its upper left corner.
pub fn place(weights: &Weights) -> (f64, f64) {
    let [top, left, right] = *weights;
    (0.5 * top + right + 0.0 * left, (1.0 - top) * HEIGHT)
}

/// Priorities at a place; a place outside leads to the nearest edge.
pub fn weights_at(x: f64, y: f64) -> Weights {
    let top = 1.0 - y / HEIGHT;
    let right = x - 0.5 * top;
    let left = 1.0 - top - right;
    let inside = [top, left, right].map(|weight| weight.max(0.0));
    let sum: f64 = inside.iter().sum();
    if sum > 0.0 { inside.map(|weight| weight / sum) } else { [1.0 / 3.0; 3] }
}

/// Moves one priority; those that are not locked make room in their proportions. The sum stays 1.
pub fn linked(weights: &[f64], locks: &[bool], at: usize, wish: f64) -> Vec<f64> {
    let is_locked = |other: usize| locks.get(other).copied().unwrap_or(false);
    let free: Vec<usize> = (0..weights.len()).filter(|other| *other != at && !is_locked(*other)).collect();
    if at >= weights.len() || free.is_empty() {
        return weights.to_vec();
    }
    let held: f64 = (0..weights.len()).filter(|other| *other != at && is_locked(*other)).map(|one| weights[one]).sum();
    let most = (1.0 - held).max(0.0);
    let mut found = weights.to_vec();
    found[at] = wish.clamp(0.0, most);
    let rest = most - found[at];
    let before: f64 = free.iter().map(|other| weights[*other]).sum();
    for other in &free {
        found[*other] = if before > 1e-9 { rest * weights[*other] / before } else { rest / free.len() as f64 };
    }
    found
}

/// What a key does to the handle: up and down move the top, left and right between the other two.
pub fn by_key(key: &str, shift: bool, weights: &Weights) -> Option<Weights> {
    let step = if shift { 0.1 } else { 0.01 };
    let [top, left, right] = *weights;
    let to_top = |wish: f64| {
        let all = linked(weights, &[], 0, wish);
        [all[0], all[1], all[2]]
    };
    Some(match key {
        "ArrowUp" => to_top(top + step),
        "ArrowDown" => to_top(top - step),
        "ArrowLeft" => [top, left + step.min(right), right - step.min(right)],
        "ArrowRight" => [top, left - step.min(left), right + step.min(left)],
        "Home" => [1.0 / 3.0; 3],
        _ => return None,
    })
}

/// Whole percent that add up to 100.
pub fn whole(weights: &[f64]) -> Vec<u32> {
    let mut found: Vec<u32> = weights.iter().map(|weight| (weight * 100.0 + 1e-6).floor().max(0.0) as u32).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let rest = |at: usize| weights[at] * 100.0 - f64::from(found[at]);
    order.sort_by(|one, other| rest(*other).total_cmp(&rest(*one)));
    let missing = 100u32.saturating_sub(found.iter().sum());
    for at in order.into_iter().take(missing as usize) {
        found[at] += 1;
    }
    found
}

/// The cell nearest to priorities among those whose best mix is this point.
pub fn cell_of<'a>(cells: &'a [Cell], point: TradePoint, weights: &Weights) -> Option<&'a Cell> {
    let far = |cell: &&Cell| (0..3).map(|at| (cell.middle[at] - weights[at]).powi(2)).sum::<f64>();
    cells.iter().filter(|cell| cell.point == point).min_by(|one, other| far(one).total_cmp(&far(other)))
}

/// Where measured mixes are best: the middle of their cells.
pub fn measured_places(cells: &[Cell]) -> Vec<(TradePoint, (f64, f64))> {
    let mut found: Vec<(TradePoint, Weights, f64)> = Vec::new();
    for cell in cells.iter().filter(|cell| matches!(cell.point, TradePoint::Measured(_))) {
        match found.iter_mut().find(|(point, ..)| *point == cell.point) {
            Some((_, sum, count)) => {
                sum.iter_mut().zip(cell.middle).for_each(|(sum, one)| *sum += one);
                *count += 1.0;
            }
            None => found.push((cell.point, cell.middle, 1.0)),
        }
    }
    found.into_iter().map(|(point, sum, count)| (point, place(&sum.map(|one| one / count)))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::trade_named::tests::map;
    use super::*;

    fn sum(weights: &[f64]) -> f64 {
        weights.iter().sum()
    }

    #[test]
    fn the_triangle_is_full_of_cells_and_each_is_a_mix() {
        let found = cells(&Preferences::of(&map(3)));
        assert_eq!(found.len(), CELLS * CELLS);
        assert!(found.iter().all(|cell| (sum(&cell.middle) - 1.0).abs() < 1e-9));
        let (low, high) = ends(&found);
        assert!(low < high && high <= 1.0, "{low} {high}");
        assert_eq!((step(low, (low, high)), step(high, (low, high)), step(0.5, (0.5, 0.5))), (0, 7, 7));
        assert!(cells(&Preferences::of(&TradeMap { measured: vec![], front: vec![], ..map(3) })).is_empty());
        let own = cell_of(&found, found[40].point, &found[40].middle).unwrap();
        assert_eq!(own.middle, found[40].middle);
        assert!(cell_of(&found, TradePoint::Measured(99), &[1.0, 0.0, 0.0]).is_none());
    }

    #[test]
    fn the_whole_priority_of_one_skill_is_its_best_mix() {
        let map = map(3);
        let preferences = Preferences::of(&map);
        let (point, worst) = preferences.best(&[1.0, 0.0, 0.0]).unwrap();
        assert_eq!(point, TradePoint::Measured(1));
        assert!((worst - 90.0 / 190.0).abs() < 1e-9, "{worst}");
        let places = measured_places(&cells(&preferences));
        assert!(places.iter().any(|(point, (_, y))| *point == TradePoint::Measured(1) && *y < 0.4), "{places:?}");
    }

    #[test]
    fn places_lead_to_priorities_and_back() {
        for weights in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.45, 0.3, 0.25]] {
            let (x, y) = place(&weights);
            let back = weights_at(x, y);
            assert!(back.iter().zip(weights).all(|(one, other)| (one - other).abs() < 1e-9), "{weights:?} {back:?}");
        }
        let outside = weights_at(-3.0, 9.0);
        assert!((sum(&outside) - 1.0).abs() < 1e-9 && outside.iter().all(|weight| *weight >= 0.0), "{outside:?}");
    }

    #[test]
    fn linked_priorities_always_add_up_to_one() {
        let moved = linked(&[0.45, 0.3, 0.25], &[false; 3], 0, 0.6);
        assert!((sum(&moved) - 1.0).abs() < 1e-12 && (moved[1] / moved[2] - 1.2).abs() < 1e-9, "{moved:?}");
        let held = linked(&[0.45, 0.3, 0.25], &[false, true, false], 0, 0.9);
        assert!((held[0] - 0.7).abs() < 1e-12 && held[1] == 0.3 && held[2].abs() < 1e-12, "{held:?}");
        let stuck = linked(&[0.45, 0.3, 0.25], &[false, true, true], 0, 0.9);
        assert_eq!(stuck, [0.45, 0.3, 0.25]);
        let from_none = linked(&[1.0, 0.0, 0.0], &[false; 3], 0, 0.4);
        assert!(from_none.iter().zip([0.4, 0.3, 0.3]).all(|(one, other)| (one - other).abs() < 1e-12));
    }

    #[test]
    fn arrows_move_the_handle_and_keep_the_sum() {
        let now = [0.4, 0.35, 0.25];
        let up = by_key("ArrowUp", false, &now).unwrap();
        assert!((up[0] - 0.41).abs() < 1e-12 && (sum(&up) - 1.0).abs() < 1e-12);
        assert_eq!(by_key("ArrowLeft", true, &[0.5, 0.45, 0.05]).unwrap(), [0.5, 0.5, 0.0]);
        assert!(by_key("ArrowRight", true, &now).unwrap()[2] > 0.34);
        assert_eq!(by_key("Tab", false, &now), None);
    }

    #[test]
    fn whole_percent_add_up_to_a_hundred() {
        assert_eq!(whole(&[1.0 / 3.0; 3]).iter().sum::<u32>(), 100);
        assert_eq!(whole(&[0.45, 0.3, 0.25]), [45, 30, 25]);
        assert_eq!(whole(&[0.996, 0.002, 0.002]), [100, 0, 0]);
    }
}
