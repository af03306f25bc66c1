//! The order of the axes: skills that rise and fall together stand beside each other, opposed ones apart.

use protocol::trade::{TradeMap, TradePoint};

/// Up to this many skills the best order of all is found.
const EXACT: usize = 12;

/// Skills in the order that sets the most opposed ones apart; the first and the last may be exchanged without a
/// difference, so the smaller one comes first.
pub fn by_conflict(map: &TradeMap) -> Vec<usize> {
    let count = map.skills.len();
    if count < 3 {
        return (0..count).collect();
    }
    let together = agreement(map);
    let mut order = if count <= EXACT { best(&together) } else { nearest(&together) };
    if order.first() > order.last() {
        order.reverse();
    }
    order
}

/// How much each two skills rise and fall together over the front: their correlation, -1 to 1.
fn agreement(map: &TradeMap) -> Vec<Vec<f64>> {
    let points: Vec<TradePoint> = match map.front.len() {
        0 => (0..map.measured.len()).map(TradePoint::Measured).collect(),
        front => (0..front).map(TradePoint::Estimate).collect(),
    };
    let rows: Vec<Vec<f64>> = points.into_iter().filter_map(|point| map.values(point)).collect();
    let count = map.skills.len();
    let mean = |skill: usize| rows.iter().map(|row| row[skill]).sum::<f64>() / rows.len().max(1) as f64;
    let means: Vec<f64> = (0..count).map(mean).collect();
    let shared = |x: usize, y: usize| rows.iter().map(|row| (row[x] - means[x]) * (row[y] - means[y])).sum::<f64>();
    let of = |x: usize, y: usize| {
        let spread = (shared(x, x) * shared(y, y)).sqrt();
        if spread > 1e-12 { shared(x, y) / spread } else { 0.0 }
    };
    (0..count).map(|x| (0..count).map(|y| of(x, y)).collect()).collect()
}

/// The order with the largest sum over neighbours: over sets of skills, each with its last one (Held and Karp 1962).
fn best(together: &[Vec<f64>]) -> Vec<usize> {
    let count = together.len();
    let mut sums = vec![vec![f64::NEG_INFINITY; count]; 1 << count];
    let mut before = vec![vec![usize::MAX; count]; 1 << count];
    for (at, row) in (0..count).map(|at| (at, 1usize << at)) {
        sums[row][at] = 0.0;
    }
    for set in 1..1usize << count {
        for last in (0..count).filter(|last| set & (1 << last) != 0) {
            let here = sums[set][last];
            for next in (0..count).filter(|next| set & (1 << next) == 0) {
                let (with, sum) = (set | 1 << next, here + together[last][next]);
                if sum > sums[with][next] + 1e-12 {
                    (sums[with][next], before[with][next]) = (sum, last);
                }
            }
        }
    }
    let mut set = (1usize << count) - 1;
    let better = |x: usize, y: usize| if sums[set][y] > sums[set][x] + 1e-12 { y } else { x };
    let mut here = (0..count).reduce(better).unwrap_or(0);
    let mut order = Vec::with_capacity(count);
    while here != usize::MAX {
        order.push(here);
        let next = before[set][here];
        set &= !(1 << here);
        here = next;
    }
    order
}

/// For many skills: always the one that agrees most with the one before.
fn nearest(together: &[Vec<f64>]) -> Vec<usize> {
    let mut open: Vec<usize> = (1..together.len()).collect();
    let mut order = vec![0];
    while !open.is_empty() {
        let last = order[order.len() - 1];
        let better = |x: usize, y: usize| if together[last][open[y]] > together[last][open[x]] { y } else { x };
        let at = (0..open.len()).reduce(better).unwrap_or(0);
        order.push(open.remove(at));
    }
    order
}

/// Moves the axis at a place by one; where it is then.
pub fn shift(order: &mut [usize], skill: usize, to_right: bool) -> Option<usize> {
    let at = order.iter().position(|one| *one == skill)?;
    let to = if to_right { Some(at + 1).filter(|to| *to < order.len())? } else { at.checked_sub(1)? };
    order.swap(at, to);
    Some(to)
}

#[cfg(test)]
mod tests {
    use super::super::trade_named::tests::map;
    use super::*;
    use protocol::score::Estimate;

    /// Skills 0 and 2 rise together, 1 and 3 fall with them.
    fn opposed() -> TradeMap {
        let mut map = map(4);
        for (at, one) in map.front.iter_mut().enumerate() {
            let up = 0.1 * at as f64;
            one.values = [0.5 + up, 0.9 - up, 0.5 + 1.1 * up, 0.9 - 0.9 * up].map(Estimate::new).to_vec();
        }
        map
    }

    #[test]
    fn opposed_skills_are_not_neighbours_more_than_once() {
        let order = by_conflict(&opposed());
        let is_up = |skill: usize| skill.is_multiple_of(2);
        let changes = order.windows(2).filter(|pair| is_up(pair[0]) != is_up(pair[1])).count();
        assert_eq!(changes, 1, "{order:?}");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3]);
    }

    #[test]
    fn few_skills_and_points_keep_their_order() {
        assert_eq!(by_conflict(&map(2)), [0, 1]);
        assert_eq!(by_conflict(&TradeMap { front: vec![], measured: vec![], ..map(3) }).len(), 3);
        let many = by_conflict(&map(14));
        assert_eq!(many.len(), 14);
    }

    #[test]
    fn an_axis_moves_by_one_and_not_beyond_the_ends() {
        let mut order = [2, 0, 1];
        assert_eq!(shift(&mut order, 0, true), Some(2));
        assert_eq!(order, [2, 1, 0]);
        assert_eq!((shift(&mut order, 0, true), shift(&mut order, 2, false)), (None, None));
    }
}
