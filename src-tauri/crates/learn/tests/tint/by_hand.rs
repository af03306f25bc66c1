//! The numbers worked by hand for a two by two encoder: loss, slopes, head, first steps (Model Tinting, arXiv:2412.19098).

use std::collections::HashMap;

use learn::Error;
use learn::engine::{CandleNet, Head};
use learn::net::{Array, Batch, Family, Input, Linear, Network, Op};
use learn::tint::{Course, Feed, Pupil, Resident, Teacher, Trainer};
use protocol::tint::TintSettings;

/// One sample: (1, 0.9).
struct Sample;

impl Feed for Sample {
    fn batch(&self, _: usize, _: &[usize]) -> Result<Batch, Error> {
        Ok(Batch::Vectors(Array::new([1, 2], vec![1.0, 0.9])?))
    }
}

fn array(values: [f32; 4]) -> Array {
    Array::new([2, 2], values.to_vec()).expect("four numbers")
}

/// Loss, slopes and coefficients after one step, and the head's weights then.
fn one_step(head: [f32; 4], expert: [f32; 2]) -> (f64, Vec<f64>, Vec<f32>, Vec<f32>) {
    let change = |values: [f32; 4]| HashMap::from([("w".to_owned(), values.to_vec())]);
    let changes = Resident {
        base: HashMap::from([("w".to_owned(), array([1.0, 0.0, 0.0, 1.0]))]),
        changes: vec![change([0.4, 0.0, 0.0, -0.2]), change([0.0, 0.5, -0.5, 0.0])],
    };
    let network = Network {
        family: Family::Mlp,
        input: Input::Vectors { width: 2 },
        body: vec![Op::Linear(Linear { weight: "w".into(), bias: None })],
        features: 2,
        head: vec![],
    };
    let head = Head::linear(&array(head), None).expect("a matrix");
    let mut teacher = Teacher::default();
    teacher.hear(&expert, 2, false).expect("finite");
    let layer = head.tensors().expect("plain tensors");
    let net = CandleNet::load(&network, |name| Ok(changes.base[name].clone())).expect("one tensor");
    let settings = TintSettings { layer_rate: Some(0.01), ..TintSettings::default() };
    let pupils = vec![Pupil { head, teacher, layer }];
    let course = Course { changes: &changes, network, learns: vec![true; 2], pupils, feed: &Sample, settings };
    let mut trainer = Trainer::new(course, Box::new(net), |_| Some(vec![0.3; 2])).expect("one tensor");
    let (visit, slopes) = trainer.slopes_of(0, &[0]).expect("it runs");
    trainer.learn_from(0, &[0]).expect("it runs");
    let after = trainer.state.coefficients[0].values.values.clone();
    (visit.loss.expect("it takes part"), slopes[0].clone(), after, trainer.state.layers[0][0].values.values.clone())
}

fn near(found: &[f64], expected: &[f64]) {
    for (found, expected) in found.iter().zip(expected) {
        // The numbers are given to six places.
        assert!((found - expected).abs() < 2e-6, "{found} and {expected}");
    }
}

#[test]
fn a_visit_of_the_first_task() {
    let (loss, slopes, after, head) = one_step([1.0, 0.0, 0.0, 1.0], [1.4, 0.72]);
    near(&[loss], &[0.452_209]);
    near(&slopes, &[-0.210_992, -0.345_590]);
    near(&after.iter().map(|&value| value.into()).collect::<Vec<f64>>(), &[0.31, 0.31]);
    near(&head.iter().map(|&value| value.into()).collect::<Vec<f64>>(), &[1.01, 0.01, -0.01, 0.99]);
}

#[test]
fn a_visit_of_the_second_task() {
    let (loss, slopes, after, _) = one_step([1.0, 1.0, 1.0, -1.0], [1.85, 1.05]);
    near(&[loss], &[0.222_005]);
    near(&slopes, &[0.071_672, 0.199_089]);
    near(&after.iter().map(|&value| value.into()).collect::<Vec<f64>>(), &[0.29, 0.29]);
}
