use front::{contributions, generational_distance, hypervolume, inverted_generational_distance, win_rate};
use proptest::prelude::*;

fn clouds(most_skills: usize, most_points: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
    (1..=most_skills).prop_flat_map(move |skills| {
        prop::collection::vec(
            prop::collection::vec((-2i32..=8).prop_map(|x| f64::from(x) / 8.0), skills),
            1..most_points,
        )
    })
}

/// Inclusion and exclusion over all subsets: Σ ±Π of the least sides.
fn brute(scores: &[Vec<f64>]) -> f64 {
    let skills = scores[0].len();
    let of_subset = |subset: u32| -> f64 {
        let members = || (0..scores.len()).filter(|at| subset >> at & 1 == 1);
        let side = |skill: usize| members().map(|at| scores[at][skill]).fold(f64::INFINITY, f64::min).max(0.0);
        let sign = if subset.count_ones() % 2 == 1 { 1.0 } else { -1.0 };
        sign * (0..skills).map(side).product::<f64>()
    };
    (1..1u32 << scores.len()).map(of_subset).sum()
}

fn zero(scores: &[Vec<f64>]) -> Vec<f64> {
    vec![0.0; scores[0].len()]
}

/// Up to 2⁹ terms of at most 1, and fewer than a thousand boxes: a thousand roundings.
const TOLERANCE: f64 = 1e3 * f64::EPSILON;

proptest! {
    #[test]
    fn the_volume_agrees_with_inclusion_and_exclusion(scores in clouds(8, 10)) {
        let found = hypervolume(&scores, &zero(&scores)).unwrap();
        prop_assert!((found - brute(&scores)).abs() <= TOLERANCE, "{found} {}", brute(&scores));
    }

    #[test]
    fn another_point_never_shrinks_the_volume(scores in clouds(6, 12)) {
        let volume = |part: &[Vec<f64>]| hypervolume(part, &zero(&scores)).unwrap();
        let (fewer, all) = (volume(&scores[..scores.len() - 1]), volume(&scores));
        prop_assert!(all >= fewer - TOLERANCE, "{fewer} {all}");
        // A point that beats everything there is, in every skill, must grow it.
        let better: Vec<Vec<f64>> = scores.iter().cloned().chain([vec![1.5; scores[0].len()]]).collect();
        prop_assert!(volume(&better) > all);
    }

    #[test]
    fn the_volume_follows_the_units_and_not_the_order(scores in clouds(5, 10)) {
        let plain = hypervolume(&scores, &zero(&scores)).unwrap();
        let scaled: Vec<Vec<f64>> = scores.iter().rev().map(|row| row.iter().map(|x| 4.0 * x).collect()).collect();
        let found = hypervolume(&scaled, &zero(&scores)).unwrap() / 4f64.powi(scores[0].len() as i32);
        prop_assert!((found - plain).abs() <= TOLERANCE, "{plain} {found}");
    }

    #[test]
    fn no_contribution_is_larger_than_the_volume(scores in clouds(4, 8)) {
        let whole = hypervolume(&scores, &zero(&scores)).unwrap();
        for share in contributions(&scores, &zero(&scores)).unwrap() {
            prop_assert!((-TOLERANCE..=whole + TOLERANCE).contains(&share), "{share} {whole}");
        }
    }

    #[test]
    fn a_front_is_no_distance_from_itself_and_wins_and_losses_fit_together(
        first in prop::collection::vec(prop::array::uniform3(0u8..=4), 1..8),
        second in prop::collection::vec(prop::array::uniform3(0u8..=4), 1..8),
    ) {
        let floats = |rows: &[[u8; 3]]| rows.iter().map(|row| row.map(f64::from)).collect::<Vec<_>>();
        let (first, second) = (floats(&first), floats(&second));
        prop_assert_eq!(generational_distance(&first, &first), Ok(0.0));
        let there = generational_distance(&first, &second).unwrap();
        prop_assert_eq!(Ok(there), inverted_generational_distance(&second, &first));
        let (won, lost) = (win_rate(&first, &second).unwrap(), win_rate(&second, &first).unwrap());
        prop_assert!(won + lost <= 1.0 + 1e-12);
    }
}

/// The measure for eight skills, by a way of its own: 200,000 darts. Deviation of a share p: √(p(1−p)/n).
#[test]
fn the_volume_of_forty_points_in_eight_skills_is_where_darts_land() {
    const DARTS: usize = 200_000;
    let scores: Vec<Vec<f64>> = (0..40)
        .map(|at| {
            let draw = crate::draw::mix(11, at, 8);
            let length = draw.iter().map(|x| x * x).sum::<f64>().sqrt();
            draw.iter().map(|x| 1.6 * x / length).collect()
        })
        .collect();
    let found = hypervolume(&scores, &[0.0; 8]).unwrap();
    let lands = |at: &usize| {
        let dart: Vec<f64> = crate::draw::mix(12, *at, 8).iter().map(|x| 1.2 * x).collect();
        scores.iter().any(|row| row.iter().zip(&dart).all(|(score, x)| x < score))
    };
    let share = (0..DARTS).filter(lands).count() as f64 / DARTS as f64;
    let volume = share * 1.2f64.powi(8);
    let deviation = (share * (1.0 - share) / DARTS as f64).sqrt() * 1.2f64.powi(8);
    assert!(scores.iter().flatten().all(|score| *score <= 1.2), "the darts' box holds every point");
    assert!(found > 0.0 && (found - volume).abs() < 5.0 * deviation, "{found} {volume} ±{deviation}");
}
