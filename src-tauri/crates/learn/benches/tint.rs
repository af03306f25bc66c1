//! Pictures a second through whole visits of a tint: mixing, forward, backward, slopes of coefficients, Adam.
//!
//! `cargo bench -p learn --bench tint`, beside `docs/studies/tint_steps.py` for PyTorch's forward and backward. The rest
//! of a visit is what `gradients` of the bench `forward` does not hold.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use learn::Error;
use learn::engine::{CandleNet, Head};
use learn::net::{Array, Batch, Network};
use learn::tint::{Course, Feed, Pupil, Resident, Teacher, Trainer};
use protocol::tint::TintSettings;
use support::{BATCH, clip, noise, pictures, report, sample};

const CLASSES: usize = 10;

/// The same pictures for every visit.
struct Same(Batch);

impl Feed for Same {
    fn batch(&self, _: usize, _: &[usize]) -> Result<Batch, Error> {
        Ok(self.0.clone())
    }
}

fn resident(network: &Network, net: &CandleNet, experts: usize) -> Resident {
    let mut changes = Resident { changes: vec![HashMap::new(); experts], ..Resident::default() };
    for name in network.parameters() {
        let Ok(base) = net.weight(name) else { continue };
        for own in &mut changes.changes {
            own.insert(name.to_owned(), noise(base.values.len(), 1e-3));
        }
        changes.base.insert(name.to_owned(), base);
    }
    changes
}

fn measure(name: &str, (network, net): (Network, CandleNet), side: usize, experts: usize) {
    let changes = resident(&network, &net, experts);
    let weight = Array::new([CLASSES, network.features], noise(CLASSES * network.features, 0.1)).expect("a matrix");
    let head = Head::linear(&weight, None).expect("a matrix");
    let mut teacher = Teacher::default();
    teacher.hear(&noise(BATCH * CLASSES, 1.0), CLASSES, false).expect("finite");
    let layer = head.tensors().expect("plain tensors");
    let feed = Same(pictures(side));
    let course = Course {
        changes: &changes,
        network,
        learns: vec![true; experts],
        pupils: vec![Pupil { head, teacher, layer }],
        feed: &feed,
        settings: TintSettings { filter: false, ..TintSettings::default() },
    };
    let start = |_: &str| Some(vec![1.0 / experts as f32; experts]);
    let trainer = Trainer::new(course, Box::new(net), start).expect("all tensors are there");
    let trainer = std::cell::RefCell::new(trainer);
    let items: Vec<usize> = (0..BATCH).collect();
    report(&format!("{name}, {experts} specialists, visits"), Duration::from_millis(700), || {
        std::hint::black_box(trainer.borrow_mut().learn_from(0, &items).expect("it runs"));
    });
}

fn main() {
    measure("sample ViT, 32 pixels", sample(), 32, 4);
    measure("CLIP ViT-B/32, 224 pixels", clip(), 224, 2);
}
