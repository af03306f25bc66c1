//! Sweeps over models in memory, against plain loops in `f64`.

mod models;
mod outside;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use checkpoint::Source;
use kernels::{Apply, Counts, CpuEngine, Digit, Engine, EngineCard, Gram, Magnitudes, Masking, Measure, Tally};
use merge::{Budget, Error, Models, Statistics, statistics};
use models::{Model, f32s, model};
use outside::{Fragile, Listener};
use protocol::failure::FailureCode;
use protocol::model::Dtype;
use protocol::statistics::Products;

/// One block of four models of any type at a time.
const SMALL: Budget = Budget { chunk_bytes: 1, in_flight: 2 };
const LARGE: Budget = Budget { chunk_bytes: 32 << 20, in_flight: 4 };

/// More than two blocks, an odd count, one element.
const SHAPES: [(&str, &[u64]); 3] = [("a.0.weight", &[3, 50_001]), ("b.bias", &[7]), ("c.scale", &[])];

const SKILLS: [&str; 3] = ["one", "two", "three"];

/// A base in F32, experts that differ from it by a little, in all types that are mixed.
fn family() -> (Model, Vec<Model>) {
    let base = model("base", 1, &SHAPES, Dtype::F32);
    let tuned = |place: &str, seed: u64, dtype: Dtype| {
        let (mut tuned, noise) = (model(place, seed, &SHAPES, dtype), model(place, seed, &SHAPES, Dtype::F32));
        for (name, _) in SHAPES {
            let moved: Vec<f32> =
                f32s(&base, name).iter().zip(f32s(&noise, name)).map(|(x, noise)| x + 0.03 * noise).collect();
            tuned = tuned.set(name, &moved);
        }
        tuned
    };
    let experts = [("e1", 2, Dtype::F32), ("e2", 3, Dtype::BF16), ("e3", 4, Dtype::F16)];
    let experts = experts.map(|(place, seed, dtype)| tuned(place, seed, dtype)).to_vec();
    (base, experts)
}

fn models<'a>(base: Option<&'a Model>, experts: &'a [Model]) -> Models<'a> {
    let experts = SKILLS.into_iter().zip(experts.iter().map(|model| model as &dyn Source)).collect();
    Models { base: base.map(|model| model as &dyn Source), experts }
}

fn swept(models: &Models, budget: &Budget) -> Statistics {
    statistics(models, Box::new(CpuEngine::new()), budget, &Listener::default()).expect("a sound sweep")
}

/// The sums of one tensor by plain loops, with the bound of `gram.wgsl` for each: value, tolerance.
fn expected(base: &Model, experts: &[Model], name: &str) -> (Vec<Vec<(f64, f64)>>, f64) {
    let row = |model: &Model| f32s(model, name).into_iter().map(f64::from).collect::<Vec<f64>>();
    let base = row(base);
    let changes: Vec<Vec<f64>> =
        experts.iter().map(|expert| row(expert).iter().zip(&base).map(|(x, b)| x - b).collect()).collect();
    let product = |a: &[f64], b: &[f64]| {
        let terms = || a.iter().zip(b).map(|(a, b)| a * b);
        (terms().sum(), 48.0 * 2f64.powi(-23) * terms().map(f64::abs).sum::<f64>())
    };
    let gram = changes.iter().map(|a| changes.iter().map(|b| product(a, b)).collect()).collect();
    (gram, product(&base, &base).0)
}

/// The first sum of `found` that is not as expected.
fn difference(found: &Products, base: &Model, experts: &[Model]) -> Option<String> {
    let (gram, square) = expected(base, experts, &found.name);
    for (i, row) in gram.iter().enumerate() {
        for (j, &(value, tolerance)) in row.iter().enumerate() {
            let error = (found.gram[i][j] - value).abs();
            if error > tolerance || error.is_nan() {
                return Some(format!("{} {i} {j}: {} for {value} ± {tolerance}", found.name, found.gram[i][j]));
            }
        }
    }
    let error = (found.base - square).abs();
    (error > 48.0 * 2f64.powi(-23) * square).then(|| format!("{}: base {} for {square}", found.name, found.base))
}

#[test]
fn sums_are_those_of_plain_loops_whatever_the_number_types() {
    let (base, experts) = family();
    let found = swept(&models(Some(&base), &experts), &LARGE);
    let names: Vec<(&str, u64)> = found.tensors.iter().map(|tensor| (&*tensor.name, tensor.elements)).collect();
    assert_eq!(names, [("a.0.weight", 150_003), ("b.bias", 7), ("c.scale", 1)]);
    for tensor in &found.tensors {
        assert_eq!(difference(tensor, &base, &experts), None);
    }
    // The control: another expert, or two in another order, are seen.
    let mut other = experts.clone();
    other.swap(0, 1);
    assert!(found.tensors.iter().all(|tensor| difference(tensor, &base, &other).is_some()));
    let other = [experts[0].clone(), experts[1].clone(), model("x", 9, &SHAPES, Dtype::F16)];
    assert!(found.tensors.iter().all(|tensor| difference(tensor, &base, &other).is_some()));
}

#[test]
fn the_budget_changes_no_bit() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let whole = swept(&models, &LARGE);
    let listener = Listener::default();
    let small = statistics(&models, Box::new(CpuEngine::new()), &SMALL, &listener).expect("a sound sweep");
    assert_eq!(small.tensors, whole.tensors);
    // Three blocks of the first tensor, and one chunk of each of the others.
    assert_eq!(listener.done.lock().expect("no panic").len(), 5);
}

#[test]
fn another_order_of_the_experts_gives_the_same_bits_in_that_order() {
    let (base, experts) = family();
    let reversed: Vec<Model> = experts.iter().rev().cloned().collect();
    let (one, other) = (swept(&models(Some(&base), &experts), &LARGE), swept(&models(Some(&base), &reversed), &LARGE));
    for (one, other) in one.tensors.iter().zip(&other.tensors) {
        let turned: Vec<Vec<f64>> = other.gram.iter().rev().map(|row| row.iter().rev().copied().collect()).collect();
        assert_eq!((&one.gram, one.base), (&turned, other.base));
    }
}

#[test]
fn only_what_is_mixed_is_measured() {
    let shape: [(&str, &[u64]); 1] = [("a.weight", &[4])];
    let ids: [(&str, &[u64]); 1] = [("position_ids", &[3])];
    let head: [(&str, &[u64]); 1] = [("classifier.weight", &[2, 2])];
    let body = |seed: u64| model("m", seed, &shape, Dtype::F32).with(model("m", 1, &ids, Dtype::I64));
    let experts = [2, 3].map(|seed| body(seed).with(model("m", seed, &head, Dtype::F32)));
    let base = body(1);
    let found = swept(&models(Some(&base), &experts), &LARGE);
    assert_eq!(found.tensors.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>(), ["a.weight"]);
    assert_eq!(found.reads, 3 * 16);
}

#[test]
fn without_a_base_and_with_strangers_there_is_nothing_to_measure() {
    let (base, experts) = family();
    let run = |models: &Models| statistics(models, Box::new(CpuEngine::new()), &LARGE, &Listener::default());
    assert!(matches!(run(&models(None, &experts)), Err(Error::NoBase)));
    let wide: [(&str, &[u64]); 1] = [("a.0.weight", &[5])];
    let stranger = [model("stranger", 2, &wide, Dtype::F32)];
    match run(&models(Some(&base), &stranger)) {
        Err(Error::DoNotFit { problems }) => assert_eq!(problems[0].code, FailureCode::BuiltDifferently),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lost_card_is_replaced_by_the_processor_for_the_same_chunk() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let calm = swept(&models, &SMALL);
    let listener = Listener::default();
    let engine = Box::new(Fragile { inner: CpuEngine::new(), calls: 0, lost_at: 3 });
    let found = statistics(&models, engine, &SMALL, &listener).expect("the processor takes over");
    assert_eq!(found.tensors, calm.tensors);
    assert_eq!((calm.fallback_chunks, found.fallback_chunks), (0, 3));
    assert_eq!(*listener.warnings.lock().expect("no panic"), [FailureCode::GpuLost]);
}

/// A card that takes next to nothing at once, or whose sums leave its range.
struct Weak {
    inner: CpuEngine,
    binding_bytes: u64,
}

impl Engine for Weak {
    fn card(&self) -> &EngineCard {
        self.inner.card()
    }

    fn binding_bytes(&self) -> u64 {
        self.binding_bytes
    }

    fn apply(&mut self, work: &Apply, x: &[u8], y: &mut [u8]) -> Result<Tally, kernels::Error> {
        self.inner.apply(work, x, y)
    }

    fn gram(&mut self, work: &Measure, x: &[u8]) -> Result<Gram, kernels::Error> {
        assert!(x.len() as u64 <= self.binding_bytes, "{} bytes are too many", x.len());
        let mut gram = self.inner.gram(work, x)?;
        gram.blocks.iter_mut().flatten().for_each(|sum| *sum = f64::INFINITY);
        Ok(gram)
    }

    fn magnitudes(&mut self, work: &Measure, digit: Digit, x: &[u8]) -> Result<Magnitudes, kernels::Error> {
        self.inner.magnitudes(work, digit, x)
    }

    fn masks(&mut self, work: &Masking, x: &[u8], y: &mut [u8]) -> Result<Tally, kernels::Error> {
        self.inner.masks(work, x, y)
    }

    fn count_masks(&mut self, work: &Masking, columns: &[f32], x: &[u8]) -> Result<Counts, kernels::Error> {
        self.inner.count_masks(work, columns, x)
    }
}

#[test]
fn the_processor_does_what_a_card_cannot() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let expected = swept(&models, &SMALL).tensors;
    for binding_bytes in [1 << 10, 1 << 30] {
        let engine = Box::new(Weak { inner: CpuEngine::new(), binding_bytes });
        let found = statistics(&models, engine, &SMALL, &Listener::default()).expect("the processor steps in");
        assert_eq!(found.tensors, expected, "{binding_bytes}");
    }
}

#[test]
fn cancelling_ends_the_sweep_within_the_buffers_that_are_under_way() {
    let (base, experts) = family();
    for until in 0..5 {
        let listener = Listener { until: Some(until), ..Listener::default() };
        let result = statistics(&models(Some(&base), &experts), Box::new(CpuEngine::new()), &SMALL, &listener);
        assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
        assert!(listener.done.lock().expect("no panic").len() <= until, "chunks were measured after the cancel");
    }
}

#[test]
fn numbers_that_are_not_finite_are_traced_to_their_model() {
    let (base, mut experts) = family();
    experts[1] = experts[1].set("b.bias", &[1.0, 2.0, f32::INFINITY, 0.0, 0.0, 0.0, 0.0]);
    let result = statistics(&models(Some(&base), &experts), Box::new(CpuEngine::new()), &LARGE, &Listener::default());
    match result {
        Err(Error::InputNotFinite { place, tensor }) => assert_eq!((&*place, &*tensor), ("e2", "b.bias")),
        other => panic!("expected the spoiled model, got {other:?}"),
    }
}

#[test]
fn a_source_that_fails_ends_the_sweep_with_its_own_words() {
    let (base, experts) = family();
    let calls = Arc::new(AtomicUsize::new(0));
    let failing: Vec<Model> = experts.iter().map(|expert| expert.clone().failing_after(4, &calls)).collect();
    let result = statistics(&models(Some(&base), &failing), Box::new(CpuEngine::new()), &SMALL, &Listener::default());
    assert!(matches!(&result, Err(Error::File(checkpoint::Error::Changed { .. }))), "{result:?}");
}

#[test]
fn memory_is_a_few_chunks_and_progress_reaches_the_total() {
    let (base, experts) = family();
    let listener = Listener::default();
    let engine = Box::new(CpuEngine::new());
    let found = statistics(&models(Some(&base), &experts), engine, &SMALL, &listener).expect("a sound sweep");
    // Two chunks of a block of four rows, decoded to F32, and a row of 16 bits on its way there.
    assert_eq!(found.peak_bytes, 2 * 4 * 65_536 * 4 + 65_536 * 2);
    let done = listener.done.lock().expect("no panic").clone();
    assert!(done.is_sorted());
    // Two models of 4 bytes an element and two of 2.
    assert_eq!((done.last().copied(), found.reads), (Some((150_003 + 7 + 1) * 12), (150_003 + 7 + 1) * 12));
}
