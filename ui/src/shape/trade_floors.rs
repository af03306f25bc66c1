//! Floors: what each skill must have, what is still within reach, and why a floor goes no further.

use front::{Reach, Remaining};
use protocol::trade::{TradeMap, TradePoint};

/// A share needs a specialist's score above 0.
pub(super) const LEAST: f64 = 1e-3;
/// Share of the scores that a scale may leave out below.
const LEFT_OUT: f64 = 0.1;

/// All points of a map as numbers, and the scale that their shares are shown on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cloud {
    /// The points, the measured ones first.
    pub points: Vec<TradePoint>,
    /// Their scores \[n\]\[t\].
    pub values: Vec<Vec<f64>>,
    /// Scores of the specialists, none of them 0.
    pub specialists: Vec<f64>,
    /// Lower end of the scale of shares.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
}

impl Cloud {
    /// The points of a map.
    pub fn of(map: &TradeMap) -> Self {
        let points: Vec<TradePoint> = map.points().collect();
        let values: Vec<Vec<f64>> = points.iter().filter_map(|point| map.values(*point)).collect();
        let specialists: Vec<f64> = map.specialists_scores().into_iter().map(|score| score.max(LEAST)).collect();
        let of_scale = if map.front.is_empty() { 0 } else { map.measured.len() };
        let mut shares: Vec<f64> =
            values[of_scale.min(values.len())..].iter().flat_map(|row| shares(row, &specialists)).collect();
        shares.sort_by(f64::total_cmp);
        let lowest = shares.get((shares.len() as f64 * LEFT_OUT) as usize).copied().unwrap_or(0.0);
        let highest = shares.last().copied().unwrap_or(1.0);
        let low = ((lowest * 20.0 + 1e-9).floor() / 20.0).clamp(0.0, 0.9);
        let high = ((highest * 20.0 - 1e-9).ceil() / 20.0).clamp(1.0, 1.5);
        Self { points, values, specialists, low, high }
    }

    /// Shares of the specialists' scores of one point.
    pub fn shares(&self, at: usize) -> Vec<f64> {
        self.values.get(at).map(|row| shares(row, &self.specialists)).unwrap_or_default()
    }

    /// Where a point stands among all.
    pub fn place(&self, point: TradePoint) -> Option<usize> {
        self.points.iter().position(|one| *one == point)
    }

    /// What floors leave over; everything where they cannot be read.
    pub fn left(&self, floors: &[Option<f64>]) -> Remaining {
        let all = || Remaining { candidates: (0..self.values.len()).collect(), reach: vec![None; floors.len()] };
        front::remaining(&self.values, floors).unwrap_or_else(|_| all())
    }

    /// The point whose weakest skill keeps most, among some; of equals the one with the larger mean.
    pub fn evenest(&self, among: &[usize]) -> Option<TradePoint> {
        let order =
            |one: &usize, other: &usize| standing(&self.shares(*one)).total_cmp(&standing(&self.shares(*other)));
        among.iter().max_by(|one, other| order(one, other)).map(|at| self.points[*at])
    }

    /// The best points among some, by their weakest skill.
    pub fn best(&self, among: &[usize], count: usize) -> Vec<TradePoint> {
        let mut all: Vec<(f64, usize)> = among.iter().map(|at| (standing(&self.shares(*at)), *at)).collect();
        all.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        all.into_iter().take(count).map(|(_, at)| self.points[at]).collect()
    }

    /// How many of some points were measured, and how many are estimates.
    pub fn counts(&self, among: &[usize]) -> (usize, usize) {
        let measured = among.iter().filter(|at| matches!(self.points[**at], TradePoint::Measured(_))).count();
        (measured, among.len() - measured)
    }
}

/// Shares \[t\] of the specialists' scores.
fn shares(values: &[f64], specialists: &[f64]) -> Vec<f64> {
    values.iter().zip(specialists).map(|(value, own)| value / own).collect()
}

/// Weakest share first, a little of the mean to settle ties.
fn standing(shares: &[f64]) -> f64 {
    let worst = shares.iter().copied().fold(f64::INFINITY, f64::min);
    worst + 1e-3 * shares.iter().sum::<f64>() / shares.len().max(1) as f64
}

/// What became of a floor that was moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// All floors now.
    pub floors: Vec<Option<f64>>,
    /// Where it was stopped: the most that fits, and the floors of which skills stop it.
    pub stopped: Option<(f64, Vec<usize>)>,
}

/// Moves the floor of a skill to a score, as far as that is within reach; at or below `least` there is no floor.
pub fn moved(cloud: &Cloud, floors: &[Option<f64>], skill: usize, wish: f64, least: f64) -> Moved {
    let mut found = floors.to_vec();
    if skill >= found.len() {
        return Moved { floors: found, stopped: None };
    }
    if wish <= least + 1e-9 {
        found[skill] = None;
        return Moved { floors: found, stopped: None };
    }
    let settled = front::settle(&cloud.values, floors, skill, wish).ok().flatten();
    let Some(settled) = settled else { return Moved { floors: found, stopped: None } };
    // A floor below the scale would be one that nobody sees.
    found[skill] = (settled > least + 1e-9).then_some(settled);
    let stoppers = || front::stoppers(&cloud.values, floors, skill).unwrap_or_default();
    let stopped = (settled < wish - 1e-9).then(|| (settled, stoppers()));
    Moved { floors: found, stopped }
}

/// What a key does to a floor on a scale from `low` to `high`.
pub fn by_key(key: &str, shift: bool, now: Option<f64>, low: f64, high: f64, reach: Option<Reach>) -> Option<f64> {
    let step = if shift { 0.1 } else { 0.01 };
    // Arrows lead to whole percent, also from a floor that stopped between two.
    let here = now.unwrap_or(low);
    let up = ((here / step + 1e-6).floor() + 1.0) * step;
    let down = ((here / step - 1e-6).ceil() - 1.0) * step;
    Some(match key {
        "ArrowRight" | "ArrowUp" => up.min(high),
        "ArrowLeft" | "ArrowDown" => down.max(low),
        "PageUp" => (here + 0.1).min(high),
        "PageDown" => (here - 0.1).max(low),
        "Home" => low,
        "End" => reach.map_or(high, |reach| reach.most),
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::trade_named::tests::map;
    use super::*;

    #[test]
    fn the_cloud_knows_all_points_and_a_round_scale() {
        let cloud = Cloud::of(&map(3));
        assert_eq!((cloud.points.len(), cloud.values.len()), (7, 7));
        assert!((cloud.low - 0.7).abs() < 1e-9 && (cloud.high - 1.1).abs() < 1e-9, "{} {}", cloud.low, cloud.high);
        assert_eq!(cloud.counts(&[0, 5, 6]), (1, 2));
        assert_eq!(cloud.place(TradePoint::Estimate(0)), Some(4));
        assert_eq!(Cloud::of(&TradeMap { measured: vec![], front: vec![], ..map(3) }).points.len(), 0);
    }

    #[test]
    fn a_floor_stops_at_what_the_others_allow_and_says_which() {
        let cloud = Cloud::of(&map(2));
        // Estimates (0.9, 0.8), (0.85, 0.85), (0.8, 0.9); a specialist alone has 0.95 and 0.45.
        let first = moved(&cloud, &[None, None], 0, 0.85, 0.5);
        assert_eq!((first.floors.clone(), first.stopped), (vec![Some(0.85), None], None));
        let second = moved(&cloud, &first.floors, 1, 0.92, 0.5);
        assert_eq!(second.stopped, Some((0.85, vec![0])));
        assert_eq!(second.floors, [Some(0.85), Some(0.85)]);
        let off = moved(&cloud, &second.floors, 0, 0.5, 0.5);
        assert_eq!(off.floors, [None, Some(0.85)]);
        let most = moved(&cloud, &[None, None], 0, 0.99, 0.5);
        assert_eq!(most.stopped, Some((0.95, vec![])), "nothing but the mixes themselves stops it");
        let unseen = moved(&cloud, &[Some(0.95), None], 1, 0.9, 0.5);
        assert_eq!((unseen.floors[1], unseen.stopped), (None, Some((0.45, vec![0]))));
        assert_eq!(moved(&cloud, &[None], 7, 0.9, 0.5).floors, [None]);
    }

    #[test]
    fn what_is_left_is_counted_and_its_evenest_found() {
        let cloud = Cloud::of(&map(2));
        let left = cloud.left(&[Some(0.84), None]);
        assert_eq!(cloud.evenest(&left.candidates), Some(TradePoint::Estimate(1)));
        assert_eq!(cloud.best(&left.candidates, 2), [TradePoint::Estimate(1), TradePoint::Estimate(0)]);
        assert_eq!(cloud.evenest(&[]), None);
    }

    #[test]
    fn keys_lead_to_whole_percent() {
        let key = |key, shift, now| by_key(key, shift, now, 0.7, 1.0, None).unwrap();
        assert!((key("ArrowUp", false, Some(0.853)) - 0.86).abs() < 1e-9);
        assert!((key("ArrowUp", false, Some(0.86)) - 0.87).abs() < 1e-9);
        assert!((key("ArrowDown", false, Some(0.853)) - 0.85).abs() < 1e-9);
        assert!((key("ArrowDown", false, Some(0.85)) - 0.84).abs() < 1e-9);
        assert!((key("ArrowUp", true, None) - 0.8).abs() < 1e-9);
        assert_eq!((key("Home", false, Some(0.9)), key("End", false, None)), (0.7, 1.0));
        assert_eq!(by_key("x", false, None, 0.7, 1.0, None), None);
    }
}
