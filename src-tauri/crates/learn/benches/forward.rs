//! Pictures a second through the sample's vision transformer and through one of the size of CLIP's ViT-B/32.
//!
//! `cargo bench -p learn --bench forward`: median of five runs and the spread, forward, and forward with gradients.
//! A word behind `--` leaves out what does not have it in its name.

mod support;

use std::time::Duration;

use learn::engine::{CandleNet, Head};
use learn::net::{Array, Network};
use support::{clip, noise, pictures, report, sample};

fn measure(name: &str, (network, net): (Network, CandleNet), side: usize) {
    let batch = pictures(side);
    let weight = Array::new([10, network.features], noise(10 * network.features, 0.1)).expect("ten classes");
    let head = Head::linear(&weight, None).expect("a matrix");
    let time = Duration::from_millis(700);
    report(&format!("{name}, forward"), time, || {
        std::hint::black_box(net.features(&batch).expect("it runs"));
    });
    report(&format!("{name}, gradients"), time, || {
        let slope = |logits: &Array| logits.clone();
        std::hint::black_box(net.gradients(&batch, &head, slope).expect("it runs"));
    });
}

fn main() {
    measure("sample ViT, 32 pixels", sample(), 32);
    measure("CLIP ViT-B/32, 224 pixels", clip(), 224);
}
