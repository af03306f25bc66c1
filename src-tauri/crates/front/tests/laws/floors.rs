use front::{remaining, settle};
use proptest::prelude::*;

fn cases() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<Option<f64>>)> {
    (1usize..=8).prop_flat_map(|skills| {
        let score = || (0i32..=6).prop_map(|x| f64::from(x) / 7.0);
        let rows = prop::collection::vec(prop::collection::vec(score(), skills), 0..20);
        (rows, prop::collection::vec(prop::option::of(score()), skills))
    })
}

proptest! {
    #[test]
    fn what_remains_is_what_keeps_every_floor((values, floors) in cases()) {
        let keeps = |row: &Vec<f64>| row.iter().zip(&floors).all(|(x, floor)| floor.is_none_or(|floor| *x >= floor));
        let brute: Vec<usize> = (0..values.len()).filter(|&at| keeps(&values[at])).collect();
        prop_assert_eq!(remaining(&values, &floors).unwrap().candidates, brute);
    }

    #[test]
    fn the_reach_of_a_skill_is_what_is_left_without_its_own_floor((values, floors) in cases()) {
        let left = remaining(&values, &floors).unwrap();
        for skill in 0..floors.len() {
            let mut without = floors.clone();
            without[skill] = None;
            let open = remaining(&values, &without).unwrap().candidates;
            let most = open.iter().map(|&at| values[at][skill]).reduce(f64::max);
            let least = open.iter().map(|&at| values[at][skill]).reduce(f64::min);
            prop_assert_eq!(left.reach[skill].map(|reach| reach.most), most);
            prop_assert_eq!(left.reach[skill].map(|reach| reach.least), least);
        }
    }

    #[test]
    fn a_higher_floor_never_brings_anything_back((values, floors) in cases(), up in 0.0f64..0.5) {
        let before = remaining(&values, &floors).unwrap();
        let mut raised = floors.clone();
        raised[0] = Some(floors[0].unwrap_or(0.0) + up);
        let after = remaining(&values, &raised).unwrap();
        prop_assert!(after.candidates.iter().all(|at| before.candidates.contains(at)));
        for (before, after) in before.reach.iter().zip(&after.reach).skip(1) {
            prop_assert!(after.is_none_or(|after| before.is_some_and(|before| after.most <= before.most)));
        }
    }

    #[test]
    fn a_settled_floor_leaves_a_candidate((values, floors) in cases(), wish in 0.0f64..2.0) {
        if let Some(settled) = settle(&values, &floors, 0, wish).unwrap() {
            let mut set = floors.clone();
            set[0] = Some(settled);
            prop_assert!(settled <= wish && !remaining(&values, &set).unwrap().candidates.is_empty());
        }
    }
}
