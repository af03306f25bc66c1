//! What must hold for any mix.

use checkpoint::Checkpoint;
use learn::Error;
use learn::tint::{State, mixed};
use protocol::tint::{TintSettings, TintWay};

use crate::sample::{SKILLS, Sample};

fn settings(way: TintWay) -> TintSettings {
    TintSettings { way, batch: 8, seed: 3, ..TintSettings::default() }
}

/// The state in these bytes, through a file.
fn reopened(bytes: &[u8]) -> State {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("state.safetensors");
    std::fs::write(&file, bytes).expect("a writable folder");
    State::of_file(&Checkpoint::open(&file).expect("a weight file")).expect("its own bytes").0
}

fn rounds(trainer: &mut learn::tint::Trainer, count: usize) {
    (0..count).for_each(|_| drop(trainer.round().expect("it runs")));
}

#[test]
fn going_on_from_a_kept_state_ends_with_the_same_bits() {
    let sample = Sample::open();
    for way in [TintWay::Tint, TintWay::Adamerging, TintWay::Body] {
        let mut whole = sample.trainer(settings(way), 0.25);
        rounds(&mut whole, 3);
        let mut first = sample.trainer(settings(way), 0.25);
        rounds(&mut first, 2);
        let kept = first.state.to_bytes("").expect("plain numbers");
        let mut second = sample.trainer(settings(way), 0.25);
        second.resume(reopened(&kept)).expect("the same tensors");
        assert!(second.state != whole.state, "negative control: two rounds are not three");
        rounds(&mut second, 1);
        assert_eq!(second.state, whole.state, "{way:?}");
    }
}

#[test]
fn a_state_of_another_tint_is_refused() {
    let sample = Sample::open();
    let state = sample.trainer(settings(TintWay::AdamergingTask), 0.25).state.clone();
    let refused = sample.trainer(settings(TintWay::Tint), 0.25).resume(state);
    assert!(matches!(refused, Err(Error::State { .. })));
}

#[test]
fn every_way_trains_what_it_says_and_nothing_else() {
    let sample = Sample::open();
    let body: u64 = sample.changes.base.values().map(|tensor| tensor.values.len() as u64).sum();
    let heads: u64 = (0..SKILLS.len())
        .flat_map(|skill| sample.head(skill).tensors().expect("plain tensors"))
        .map(|(_, tensor)| tensor.values.len() as u64)
        .sum();
    let rows = 4 * sample.changes.base.len() as u64;
    let expected = [
        (TintWay::Tint, rows + heads),
        (TintWay::Layers, heads),
        (TintWay::Coefficients, rows),
        (TintWay::Adamerging, rows),
        (TintWay::AdamergingTask, 4),
        (TintWay::Body, body + heads),
    ];
    for (way, trained) in expected {
        let mut trainer = sample.trainer(settings(way), 0.25);
        assert_eq!(trainer.trained(), trained, "{way:?}");
        let before = trainer.state.clone();
        rounds(&mut trainer, 1);
        let coefficients = before.coefficients != trainer.state.coefficients;
        let layers = before.layers != trainer.state.layers;
        let is_of_coefficients = !matches!(way, TintWay::Layers | TintWay::Body);
        let is_of_layers = matches!(way, TintWay::Tint | TintWay::Layers | TintWay::Body);
        assert_eq!((coefficients, layers), (is_of_coefficients, is_of_layers), "{way:?}");
        assert_eq!(before.body != trainer.state.body, way == TintWay::Body);
    }
}

#[test]
fn a_private_block_is_no_longer_mixed_and_starts_from_the_specialist() {
    let sample = Sample::open();
    let names: Vec<&str> = sample.network.parameters().into_iter().filter(|name| name.contains(".layer.3.")).collect();
    let start = |name: &str| mixed(&sample.changes, name, &[1.0, 0.0, 0.0, 0.0]).expect("a tensor of the body");
    let layer = |_: &learn::engine::Head| names.iter().map(|&name| (name.to_owned(), start(name))).collect();
    let mut trainer = sample.trainer_with(settings(TintWay::Tint), 0.25, layer);
    assert!(names.len() == 16 && names.iter().all(|name| trainer.coefficients(name).is_none()));
    assert_eq!(trainer.state.coefficients.len(), sample.changes.base.len() - 16);
    let before = trainer.state.layers.clone();
    rounds(&mut trainer, 1);
    let moved = |at: usize| {
        let pairs = before[at].iter().zip(&trainer.state.layers[at]);
        pairs.filter(|(before, after)| before.values != after.values).count()
    };
    assert_eq!((0..4).map(moved).min(), Some(16), "every tensor of every skill's own block learns");
}

#[test]
fn a_mix_with_all_strengths_zero_and_no_step_is_the_base() {
    let sample = Sample::open();
    for (name, base) in &sample.changes.base {
        assert_eq!(mixed(&sample.changes, name, &[0.0; 4]).expect("there"), *base, "{name}");
    }
}

#[test]
fn numbers_that_run_away_are_told() {
    let sample = Sample::open();
    let settings = TintSettings { layer_rate: Some(1e38), ..settings(TintWay::Tint) };
    let mut trainer = sample.trainer(settings, 0.25);
    let end = (0..5).find_map(|_| trainer.round().err());
    assert!(matches!(end, Some(Error::NotFinite)), "{end:?}");
}
