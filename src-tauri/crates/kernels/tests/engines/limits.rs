//! The border of what engines take, and what happens when a card is lost.

use kernels::{Apply, CpuEngine, Engine, Error, Float, Kernel, row_bytes};
use protocol::model::Dtype;

use crate::support::{Case, PLAIN, Stream, on_both, on_card, open_card};

fn small() -> Case {
    let rows = Stream(1).rows(Float::F32, 2, 100);
    Case { kernel: Kernel::WeightedSum, input: Float::F32, output: Float::F32, coefficients: vec![0.5, 0.5], rows }
}

#[test]
fn a_lost_card_says_so_from_then_on_and_the_processor_steps_in() {
    let Some(mut card) = open_card() else { return };
    let case = small();
    let before = case.run(&mut card);
    card.lose();
    let mut y = vec![0; row_bytes(100, Float::F32)];
    for _ in 0..2 {
        let name = card.card().name.clone();
        match card.apply(&case.work(), &vec![0; 800], &mut y) {
            Err(Error::Lost { card }) => assert_eq!(card, name),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(case.run(&mut CpuEngine::new()), before);
}

#[test]
fn a_card_can_be_opened_again_after_a_loss() {
    let Some(mut card) = open_card() else { return };
    card.lose();
    drop(card);
    let mut again = open_card().expect("the first one was there");
    assert_eq!(small().run(&mut again), small().run(&mut CpuEngine::new()));
}

#[test]
fn an_engine_moves_to_another_thread() {
    let Some(card) = open_card() else { return };
    let mut engine: Box<dyn Engine> = Box::new(card);
    let there = std::thread::spawn(move || small().run(engine.as_mut())).join().unwrap();
    assert_eq!(there, small().run(&mut CpuEngine::new()));
}

#[test]
fn the_second_dimension_of_the_grid_changes_no_byte() {
    let Some(mut card) = open_card() else { return };
    let rows = Stream(3).rows(Float::BF16, 3, 65_537);
    let cases = PLAIN.map(|kernel| {
        let coefficients = [0.3, 0.7, -0.1][..kernel.coefficients(3)].to_vec();
        Case { kernel, input: Float::BF16, output: Float::F32, coefficients, rows: rows.clone() }
    });
    let before = cases.each_ref().map(|case| case.run(&mut card));
    card.narrow_grid(3);
    let after = cases.each_ref().map(|case| case.run(&mut card));
    assert!(before == after);
}

#[test]
fn more_groups_than_one_dimension_holds_are_all_computed() {
    on_card(|card| {
        // One group more than 65,535: 64 MiB of x.
        let elements = 65_535 * 256 * 2 + 2 * 256;
        let pattern = |at: usize| ((at as u64).wrapping_mul(0x9e37_79b9) >> 13) as u16 % 0x7f00 + 0x80;
        let x: Vec<u8> = (0..elements).flat_map(|at| pattern(at).to_le_bytes()).collect();
        assert!(x.len() as u64 <= card.binding_bytes(), "the card takes {} bytes", card.binding_bytes());
        let mut y = vec![0; x.len()];
        let float = Float::BF16;
        let work = Apply {
            kernel: Kernel::WeightedSum,
            sources: 1,
            elements,
            input: float,
            output: float,
            coefficients: &[1.0],
        };
        let tally = card.apply(&work, &x, &mut y).unwrap();
        assert_eq!((0..x.len()).find(|&at| x[at] != y[at]), None);
        let wanted = (0..elements).filter(|&at| pattern(at) & 0x7f80 == 0x7f80).count();
        assert_eq!(tally.not_finite, wanted as u64);
    });
}

#[test]
fn small_work_after_large_work_sees_nothing_of_it() {
    on_card(|card| {
        let mut large = small();
        large.rows = Stream(2).rows(Float::F32, 2, 200_000);
        let before = small().run(card);
        large.run(card);
        assert_eq!(small().run(card), before);
    });
}

#[test]
fn work_that_does_not_fit_together_is_refused_untouched() {
    on_both(|engine| {
        let case = small();
        let (x, mut y) = (vec![0; 800], vec![7; 400]);
        let mut refuse = |work: Apply, x: &[u8], y: &mut [u8]| engine.apply(&work, x, y).unwrap_err();
        let wrong = |error, name| matches!(error, Error::WrongLength { what, .. } if what == name);
        assert!(wrong(refuse(case.work(), &x[..796], &mut y), "x"));
        assert!(wrong(refuse(case.work(), &x, &mut y[..396]), "y"));
        assert!(wrong(refuse(Apply { coefficients: &[1.0], ..case.work() }, &x, &mut y), "coefficients"));
        let none = Apply { sources: 0, coefficients: &[], ..case.work() };
        assert!(matches!(refuse(none, &[], &mut y), Error::NoSources { kernel: "weighted_sum" }));
        assert_eq!(y, [7; 400]);
    });
}

#[test]
fn more_than_a_card_takes_at_once_is_refused() {
    on_card(|card| {
        let elements = card.binding_bytes() as usize / 4 + 2;
        let x = vec![0; elements * 4];
        let work = Apply { sources: 1, elements, coefficients: &[1.0], ..small().work() };
        let refused = card.apply(&work, &x, &mut vec![0; elements * 4]);
        assert!(matches!(refused, Err(Error::TooLarge { .. })), "{refused:?}");
    });
}

#[test]
fn floats_are_the_number_types_that_are_mixed() {
    for dtype in Dtype::ALL {
        match Float::try_from(dtype) {
            Ok(float) => {
                assert!(dtype.is_mixable() && Dtype::from(float) == dtype && float.bytes() as u64 == dtype.bytes())
            }
            Err(error) => assert!(!dtype.is_mixable() && matches!(error, Error::NotMixed { .. })),
        }
    }
}

#[test]
fn rows_are_whole_words() {
    for float in Float::ALL {
        assert_eq!(row_bytes(0, float), 0);
        assert_eq!(row_bytes(1, float), 2 * float.bytes());
        assert_eq!(row_bytes(2, float), 2 * float.bytes());
    }
}
