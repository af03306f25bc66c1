//! Plans and runs on models in memory, against plain loops.

mod models;
mod outside;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use checkpoint::{MemorySink, Sink, Source};
use kernels::CpuEngine;
use merge::{Budget, Error, Models, Outcome, Plan, Prepared, plan, run};
use models::{Model, bits_of, f32s, model};
use outside::{Fragile, Listener};
use protocol::failure::FailureCode;
use protocol::model::Dtype;
use protocol::recipe::{From as ScopeFrom, Layout, OutputDtype, Recipe, Scope};

/// A disk that is full after so many writes.
struct FullAfter(usize);

impl Sink for FullAfter {
    fn write(&mut self, _: usize, _: &str, _: &[u8]) -> Result<(), checkpoint::Error> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| checkpoint::Error::Io {
            place: "disk".into(),
            source: std::io::ErrorKind::StorageFull.into(),
            writing: true,
        })?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), checkpoint::Error> {
        Ok(())
    }
}

/// Nothing may come here, not even the end.
struct Unwritten;

impl Sink for Unwritten {
    fn write(&mut self, _: usize, name: &str, _: &[u8]) -> Result<(), checkpoint::Error> {
        panic!("{name} was written")
    }

    fn finish(&mut self) -> Result<(), checkpoint::Error> {
        panic!("a cancelled run was finished")
    }
}

const SMALL: Budget = Budget { chunk_bytes: 96, in_flight: 4 };
const LARGE: Budget = Budget { chunk_bytes: 32 << 20, in_flight: 4 };

fn models<'a>(base: Option<&'a Model>, experts: &'a [Model]) -> Models<'a> {
    let names = ["one", "two", "three"];
    Models {
        base: base.map(|model| model as &dyn Source),
        experts: names.into_iter().zip(experts.iter().map(|model| model as &dyn Source)).collect(),
    }
}

fn recipe(method: &str, strengths: &[f64]) -> Recipe {
    let names = [("one", ""), ("two", ""), ("three", "")];
    let mut recipe = Recipe::new(method, (method == "task_arithmetic").then_some(""), &names[..strengths.len()]);
    for (expert, &strength) in recipe.experts.iter_mut().zip(strengths) {
        expert.strength = Some(strength);
    }
    recipe
}

fn ran(plan: &Plan, models: &Models) -> (MemorySink, Outcome) {
    let mut sink = MemorySink::default();
    let outcome = run(plan, &Prepared::default(), models, Box::new(CpuEngine::new()), &mut sink, &Listener::default())
        .expect("a sound run");
    (sink, outcome)
}

fn mixed(recipe: &Recipe, models: &Models, budget: &Budget) -> MemorySink {
    let plan = plan(recipe, models, budget).expect("a sound recipe");
    ran(&plan, models).0
}

fn bytes<'a>(sink: &'a MemorySink, name: &str) -> &'a [u8] {
    sink.tensors.get(&(0, name.to_owned())).expect("the tensor was written")
}

/// Three models with odd lengths, integers and a tensor of one number.
fn family() -> (Model, Vec<Model>) {
    let shapes: [(&str, &[u64]); 4] =
        [("a.weight", &[7, 11]), ("b.bias", &[13]), ("c.scale", &[]), ("d.empty", &[0, 4])];
    let one = |seed: u64| model(&format!("m{seed}"), seed, &shapes, Dtype::F32);
    (one(1), vec![one(2), one(3), one(4)])
}

#[test]
fn task_arithmetic_is_the_plain_loop_bit_for_bit() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let strengths = [0.4, -0.3, 1.5];
    let sink = mixed(&recipe("task_arithmetic", &strengths), &models, &SMALL);
    let expected = |name: &str, strengths: &[f64]| -> Vec<u32> {
        let rows: Vec<Vec<f32>> = experts.iter().map(|expert| f32s(expert, name)).collect();
        let mix = |(at, &b): (usize, &f32)| {
            let change = rows.iter().zip(strengths).fold(0f32, |sum, (row, &c)| sum + c as f32 * (row[at] - b));
            (b + change).to_bits()
        };
        f32s(&base, name).iter().enumerate().map(mix).collect()
    };
    for name in ["a.weight", "b.bias", "c.scale", "d.empty"] {
        assert_eq!(bits_of(bytes(&sink, name)), expected(name, &strengths), "{name}");
    }
    assert_ne!(bits_of(bytes(&sink, "a.weight")), expected("a.weight", &[0.4, -0.3, 1.4]), "the comparison is blind");
}

#[test]
fn an_average_divides_by_the_sum_of_the_weights() {
    let (_, experts) = family();
    let models = models(None, &experts);
    let sink = mixed(&recipe("average", &[2.0, 1.0, 1.0]), &models, &SMALL);
    let rows: Vec<Vec<f32>> = experts.iter().map(|expert| f32s(expert, "a.weight")).collect();
    let expected: Vec<u32> =
        (0..77).map(|at| (0f32 + 0.5 * rows[0][at] + 0.25 * rows[1][at] + 0.25 * rows[2][at]).to_bits()).collect();
    assert_eq!(bits_of(bytes(&sink, "a.weight")), expected);
}

#[test]
fn chunks_never_change_a_byte() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let recipe = recipe("task_arithmetic", &[0.1, 0.2, 0.3]);
    let whole = mixed(&recipe, &models, &LARGE);
    for chunk_bytes in [1, 33, 64, 100, 1_000] {
        let split = mixed(&recipe, &models, &Budget { chunk_bytes, in_flight: 2 });
        assert_eq!(split.tensors, whole.tensors, "chunks of {chunk_bytes} bytes");
    }
}

#[test]
fn experts_equal_to_the_base_give_the_base_to_the_bit() {
    let (base, experts) = family();
    let same = [base.clone(), base.clone()];
    let unchanged = mixed(&recipe("task_arithmetic", &[0.7, 1.3]), &models(Some(&base), &same), &SMALL);
    let zero = mixed(&recipe("task_arithmetic", &[0.0, 0.0]), &models(Some(&base), &experts[..2]), &SMALL);
    for name in ["a.weight", "b.bias", "c.scale"] {
        assert_eq!(bytes(&unchanged, name), base.bytes(name), "{name}");
        assert_eq!(bytes(&zero, name), base.bytes(name), "{name}");
    }
}

#[test]
fn experts_without_strength_are_not_read() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let reads = |strengths: &[f64]| plan(&recipe("task_arithmetic", strengths), &models, &LARGE).expect("sound").reads;
    assert_eq!(reads(&[0.0, 0.0, 0.0]) * 2, reads(&[0.5, 0.0, 0.0]));
    assert_eq!(reads(&[0.0, 0.0, 0.0]) * 4, reads(&[0.5, 0.5, 0.5]));
}

#[test]
fn number_types_meet_in_f32_and_are_rounded_once() {
    let shape: [(&str, &[u64]); 1] = [("a.weight", &[9])];
    let base = model("base", 1, &shape, Dtype::BF16);
    let experts = [model("e", 2, &shape, Dtype::F16), model("f", 3, &shape, Dtype::F32)];
    let sink = mixed(&recipe("task_arithmetic", &[0.5, 0.25]), &models(Some(&base), &experts), &SMALL);
    let [b, e, f] = [f32s(&base, "a.weight"), f32s(&experts[0], "a.weight"), f32s(&experts[1], "a.weight")];
    let expected: Vec<u8> = (0..9)
        .flat_map(|at| {
            let sum = 0f32 + 0.5 * (e[at] - b[at]) + 0.25 * (f[at] - b[at]);
            half::bf16::from_f32(b[at] + sum).to_le_bytes()
        })
        .collect();
    assert_eq!(bytes(&sink, "a.weight"), expected);
}

#[test]
fn integers_come_from_the_base() {
    let ids: [(&str, &[u64]); 1] = [("position_ids", &[5])];
    let shape: [(&str, &[u64]); 1] = [("a.weight", &[4])];
    let whole = |seed: u64| model("m", seed, &shape, Dtype::F32).with(model("m", seed, &ids, Dtype::I64));
    let base = whole(1);
    let experts = [whole(2), whole(3)];
    let sink = mixed(&recipe("task_arithmetic", &[0.5, 0.5]), &models(Some(&base), &experts), &SMALL);
    assert_eq!(bytes(&sink, "position_ids"), base.bytes("position_ids"));
    assert_ne!(base.bytes("position_ids"), experts[0].bytes("position_ids"), "the fixture is blind");
}

#[test]
fn a_converted_copy_keeps_signed_zeros() {
    let shape: [(&str, &[u64]); 1] = [("a.weight", &[3])];
    let base = model("base", 1, &shape, Dtype::F32).set("a.weight", &[-0.0, 1.0, 65_504.0]);
    let experts = [base.clone(), base.clone()];
    let mut recipe = recipe("task_arithmetic", &[0.0, 0.0]);
    recipe.output.dtype = OutputDtype::F16;
    let sink = mixed(&recipe, &models(Some(&base), &experts), &SMALL);
    assert_eq!(bytes(&sink, "a.weight"), [0x8000u16, 0x3c00, 0x7bff].map(u16::to_le_bytes).concat());
}

#[test]
fn scopes_change_strengths_and_copy_from_the_base() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let mut scoped = recipe("task_arithmetic", &[0.5, 0.5, 0.5]);
    scoped.scopes = Some(vec![
        Scope { pattern: "a.*".into(), strengths: None, from: ScopeFrom::Base },
        Scope { pattern: "*.bias".into(), strengths: Some([("two".to_owned(), 0.1)].into()), from: ScopeFrom::Mix },
    ]);
    let sink = mixed(&scoped, &models, &SMALL);
    let other = mixed(&recipe("task_arithmetic", &[0.5, 0.1, 0.5]), &models, &SMALL);
    let plain = mixed(&recipe("task_arithmetic", &[0.5, 0.5, 0.5]), &models, &SMALL);
    assert_eq!(bytes(&sink, "a.weight"), base.bytes("a.weight"));
    assert_eq!(bytes(&sink, "b.bias"), bytes(&other, "b.bias"));
    assert_eq!(bytes(&sink, "c.scale"), bytes(&plain, "c.scale"));
}

#[test]
fn a_lost_card_is_replaced_by_the_processor_for_the_same_chunk() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let plan = plan(&recipe("task_arithmetic", &[0.4, 0.3, 0.2]), &models, &SMALL).expect("sound");
    let (expected, calm) = ran(&plan, &models);
    let listener = Listener::default();
    let engine = Box::new(Fragile { inner: CpuEngine::new(), calls: 0, lost_at: 3 });
    let mut sink = MemorySink::default();
    let outcome =
        run(&plan, &Prepared::default(), &models, engine, &mut sink, &listener).expect("the processor takes over");
    assert_eq!(sink.tensors, expected.tensors);
    assert_eq!((calm.fallback_chunks, outcome.fallback_chunks), (0, outcome.chunks - 2));
    assert_eq!(*listener.warnings.lock().expect("no panic"), [FailureCode::GpuLost]);
}

#[test]
fn cancelling_ends_the_run_within_the_buffers_that_are_under_way() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let plan = plan(&recipe("task_arithmetic", &[0.4, 0.3, 0.2]), &models, &SMALL).expect("sound");
    let listener = Listener { until: Some(3), ..Listener::default() };
    let mut sink = MemorySink::default();
    let result = run(&plan, &Prepared::default(), &models, Box::new(CpuEngine::new()), &mut sink, &listener);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    assert!(listener.done.lock().expect("no panic").len() <= 3, "chunks were written after the cancel");
}

#[test]
fn a_run_that_is_cancelled_at_once_never_finishes_its_sink() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let plan = plan(&recipe("task_arithmetic", &[0.4, 0.3, 0.2]), &models, &SMALL).expect("sound");
    // The threads meet in another order each time: once the end of the queue came before the word of the cancel.
    for _ in 0..300 {
        let listener = Listener { until: Some(0), ..Listener::default() };
        let result = run(&plan, &Prepared::default(), &models, Box::new(CpuEngine::new()), &mut Unwritten, &listener);
        assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    }
}

#[test]
fn a_full_disk_is_reported_as_such() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let plan = plan(&recipe("task_arithmetic", &[0.4, 0.3, 0.2]), &models, &SMALL).expect("sound");
    let result =
        run(&plan, &Prepared::default(), &models, Box::new(CpuEngine::new()), &mut FullAfter(2), &Listener::default());
    assert!(matches!(&result, Err(Error::File(error)) if error.is_disk_full()), "{result:?}");
}

#[test]
fn numbers_that_are_not_finite_are_traced_to_their_model() {
    let shape: [(&str, &[u64]); 1] = [("a.weight", &[4])];
    let base = model("/m/base", 1, &shape, Dtype::F32);
    let spoiled = model("/m/spoiled", 2, &shape, Dtype::F32).set("a.weight", &[1.0, f32::NAN, 2.0, 3.0]);
    let experts = [model("/m/good", 3, &shape, Dtype::F32), spoiled];
    let models = models(Some(&base), &experts);
    let plan = plan(&recipe("task_arithmetic", &[0.5, 0.5]), &models, &LARGE).expect("sound");
    let result = run(
        &plan,
        &Prepared::default(),
        &models,
        Box::new(CpuEngine::new()),
        &mut MemorySink::default(),
        &Listener::default(),
    );
    match result {
        Err(Error::InputNotFinite { place, tensor }) => assert_eq!((&*place, &*tensor), ("/m/spoiled", "a.weight")),
        other => panic!("expected the spoiled model, got {other:?}"),
    }
}

#[test]
fn a_result_beyond_its_type_is_the_strengths_fault() {
    let shape: [(&str, &[u64]); 1] = [("a.weight", &[2])];
    let base = model("base", 1, &shape, Dtype::F16).set("a.weight", &[0.0, 1.0]);
    let experts = [model("e", 2, &shape, Dtype::F16).set("a.weight", &[60_000.0, 1.0])];
    let models = models(Some(&base), &experts);
    let result = |strength: f64| {
        let plan = plan(&recipe("task_arithmetic", &[strength]), &models, &LARGE).expect("sound");
        run(
            &plan,
            &Prepared::default(),
            &models,
            Box::new(CpuEngine::new()),
            &mut MemorySink::default(),
            &Listener::default(),
        )
    };
    assert!(matches!(result(1.5), Err(Error::OutputNotFinite { dtype: Dtype::F16, .. })));
    assert!(result(1.0).is_ok());
}

#[test]
fn memory_is_what_the_plan_said_and_progress_reaches_the_total() {
    let (base, experts) = family();
    let models = models(Some(&base), &experts);
    let plan = plan(&recipe("task_arithmetic", &[0.4, 0.3, 0.2]), &models, &SMALL).expect("sound");
    let listener = Listener::default();
    let outcome =
        run(&plan, &Prepared::default(), &models, Box::new(CpuEngine::new()), &mut MemorySink::default(), &listener)
            .expect("sound");
    assert_eq!(outcome.peak_bytes, plan.memory);
    let done = listener.done.lock().expect("no panic").clone();
    assert!(done.is_sorted());
    assert_eq!(done.last(), Some(&plan.writes));
    assert_eq!(plan.writes, (77 + 13 + 1) * 4);
}

#[test]
fn private_parts_go_to_their_skill_in_both_layouts() {
    let shape: [(&str, &[u64]); 1] = [("a.weight", &[4])];
    let head = |seed: u64, rows: u64| {
        let head: [(&str, &[u64]); 1] = [("classifier.weight", &[rows, 2])];
        model("m", seed, &shape, Dtype::F32).with(model("m", seed + 10, &head, Dtype::F32))
    };
    let base = model("base", 1, &shape, Dtype::F32);
    let experts = [head(2, 3), head(3, 3)];
    let models = models(Some(&base), &experts);
    let mut recipe = recipe("task_arithmetic", &[0.5, 0.5]);
    let per_skill = plan(&recipe, &models, &LARGE).expect("sound");
    let folders: Vec<(&str, &str)> = per_skill.targets.iter().map(|t| (&*t.folder, &*t.stem)).collect();
    assert_eq!(folders, [("one", "model"), ("two", "model")]);
    let (sink, _) = ran(&per_skill, &models);
    let at = |target: usize, name: &str| sink.tensors[&(target, name.to_owned())].clone();
    assert_eq!(at(0, "a.weight"), at(1, "a.weight"));
    assert_eq!(at(0, "classifier.weight"), experts[0].bytes("classifier.weight"));
    assert_eq!(at(1, "classifier.weight"), experts[1].bytes("classifier.weight"));
    recipe.output.layout = Layout::Shared;
    let shared = plan(&recipe, &models, &LARGE).expect("sound");
    let names: Vec<Vec<&str>> =
        shared.targets.iter().map(|t| t.tensors.iter().map(|spec| &*spec.name).collect()).collect();
    assert_eq!(names, [["a.weight"], ["classifier.weight"], ["classifier.weight"]]);
    assert_eq!(shared.targets[2].folder, "heads");
}

#[test]
fn a_source_that_fails_ends_the_run_with_its_own_words() {
    let (base, experts) = family();
    let sound = models(Some(&base), &experts);
    let plan = plan(&recipe("task_arithmetic", &[0.4, 0.3, 0.2]), &sound, &SMALL).expect("sound");
    let calls = Arc::new(AtomicUsize::new(0));
    let failing: Vec<Model> = experts.iter().map(|expert| expert.clone().failing_after(5, &calls)).collect();
    let result = run(
        &plan,
        &Prepared::default(),
        &models(Some(&base), &failing),
        Box::new(CpuEngine::new()),
        &mut MemorySink::default(),
        &Listener::default(),
    );
    assert!(matches!(&result, Err(Error::File(checkpoint::Error::Changed { .. }))), "{result:?}");
}
