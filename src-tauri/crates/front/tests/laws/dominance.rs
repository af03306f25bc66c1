use front::{dominates, non_dominated};
use proptest::prelude::*;

/// Few different values, so that ties and equal points are common.
fn clouds() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (1usize..=5).prop_flat_map(|skills| {
        prop::collection::vec(prop::collection::vec((-3i32..=3).prop_map(f64::from), skills), 0..24)
    })
}

/// The definition, one pair at a time.
fn brute(scores: &[Vec<f64>]) -> Vec<usize> {
    let beaten = |at: usize| scores.iter().any(|other| dominates(other, &scores[at]));
    let repeated = |at: usize| scores[..at].contains(&scores[at]);
    (0..scores.len()).filter(|&at| !beaten(at) && !repeated(at)).collect()
}

fn rows(scores: &[Vec<f64>], kept: &[usize]) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = kept.iter().map(|&at| scores[at].clone()).collect();
    rows.sort_by(|x, y| x.partial_cmp(y).unwrap());
    rows
}

proptest! {
    #[test]
    fn the_filter_agrees_with_the_definition(scores in clouds()) {
        prop_assert_eq!(non_dominated(&scores).unwrap(), brute(&scores));
    }

    #[test]
    fn another_order_leaves_the_front_alone(scores in clouds(), seed in any::<u64>()) {
        let mut shuffled: Vec<(f64, Vec<f64>)> =
            scores.iter().enumerate().map(|(at, row)| (crate::draw::unit(seed, at), row.clone())).collect();
        shuffled.sort_by(|x, y| x.0.total_cmp(&y.0));
        let shuffled: Vec<Vec<f64>> = shuffled.into_iter().map(|(_, row)| row).collect();
        let (first, second) = (non_dominated(&scores).unwrap(), non_dominated(&shuffled).unwrap());
        prop_assert_eq!(rows(&scores, &first), rows(&shuffled, &second));
    }

    #[test]
    fn copies_leave_the_front_alone(scores in clouds()) {
        let twice: Vec<Vec<f64>> = scores.iter().chain(&scores).cloned().collect();
        prop_assert_eq!(non_dominated(&twice).unwrap(), non_dominated(&scores).unwrap());
    }

    #[test]
    fn other_units_leave_the_front_alone(scores in clouds(), factors in prop::collection::vec(1u8..=9, 5)) {
        let scaled: Vec<Vec<f64>> =
            scores.iter().map(|row| row.iter().zip(&factors).map(|(x, f)| f64::from(*f) * x + 7.0).collect()).collect();
        prop_assert_eq!(non_dominated(&scaled).unwrap(), non_dominated(&scores).unwrap());
        // Negative control: higher is better, so turning the sign must matter whenever two points differ in one skill.
        let turned: Vec<[f64; 1]> = scores.iter().map(|row| [-row[0]]).collect();
        let plain: Vec<[f64; 1]> = scores.iter().map(|row| [row[0]]).collect();
        if plain.iter().any(|row| *row != plain[0]) {
            prop_assert_ne!(non_dominated(&turned).unwrap(), non_dominated(&plain).unwrap());
        }
    }
}
