//! Which examples a visit shows and in which order skills are visited: functions of the seed, nothing is remembered.
//!
//! Examples are drawn without replacement, pass after pass, as the later of the two published programs does; a visit
//! that crosses the end of a pass takes the rest from the next one.

use crate::chance::mixed;

/// A seed for one purpose.
fn seed_of(parts: [u64; 4]) -> u64 {
    parts.into_iter().fold(0, |seed, part| mixed(seed ^ part))
}

/// The numbers below `count` in an order that only the seed decides (Fisher and Yates).
pub fn shuffled(count: usize, mut seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        seed = mixed(seed);
        // The high half of a product: below `at + 1`, and as good as even for counts of examples.
        let other = ((u128::from(seed) * (at as u128 + 1)) >> 64) as usize;
        all.swap(at, other);
    }
    all
}

/// The order in which round `round` visits so many skills.
pub fn skills(count: usize, seed: u64, round: u32) -> Vec<usize> {
    shuffled(count, seed_of([1, seed, u64::from(round), 0]))
}

/// Places of the examples that visit `visit` of a skill shows: `batch` of `count`, all if there are not more.
pub fn examples(count: usize, batch: usize, seed: u64, skill: usize, visit: u64) -> Vec<usize> {
    let batch = batch.min(count);
    let (mut pass, mut order) = (u64::MAX, Vec::new());
    let mut one = |place: u64| {
        let wanted = place / count as u64;
        if wanted != pass {
            (pass, order) = (wanted, shuffled(count, seed_of([2, seed, skill as u64, wanted])));
        }
        order[(place % count as u64) as usize]
    };
    let start = visit * batch as u64;
    (start..start + batch as u64).map(&mut one).collect()
}

/// Numbers from −1 to 1 that only the seed decides.
pub fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed_of([3, seed, 0, 0]);
    let mut next = || {
        state = mixed(state);
        ((state >> 40) as f64 / f64::from(1 << 23) - 1.0) as f32
    };
    (0..count).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_shows_every_example_once_and_the_seed_decides_the_order() {
        let pass = |seed, skill| (0..5).flat_map(|visit| examples(20, 4, seed, skill, visit)).collect::<Vec<_>>();
        let (first, again, other) = (pass(1, 0), pass(1, 0), pass(2, 0));
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<_>>());
        assert_eq!(first, again);
        assert!(first != other && first != pass(1, 1) && first != sorted);
    }

    #[test]
    fn a_visit_across_the_end_of_a_pass_goes_on_with_the_next() {
        let two: Vec<usize> = (0..5).flat_map(|visit| examples(10, 4, 7, 0, visit)).collect();
        let mut first = two[..10].to_vec();
        first.sort_unstable();
        assert_eq!(first, (0..10).collect::<Vec<_>>());
        assert_eq!(examples(3, 32, 7, 0, 5).len(), 3, "never more than there are");
    }

    #[test]
    fn every_skill_is_visited_once_a_round() {
        let orders: Vec<Vec<usize>> = (0..20).map(|round| skills(4, 3, round)).collect();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
        }
        assert!(orders.iter().any(|order| order != &orders[0]));
        assert!(noise(1000, 1).iter().all(|number| (-1.0..=1.0).contains(number)));
    }
}
