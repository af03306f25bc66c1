//! A graphics card that goes away half-way.

use checkpoint::{Checkpoint, MemorySink, Source};
use kernels::{Apply, Counts, CpuEngine, Digit, Engine, EngineCard, Error, Gram, Magnitudes, Masking, Measure, Tally};
use merge::{Advance, Budget, Control, Models, Outcome};
use protocol::failure::{FailureCode, Problem};
use std::sync::Mutex;

use crate::support::models::{Build, Family};
use crate::support::{jobs as job, scratch};

/// An engine that is lost after some pieces of work; until then it is the processor.
struct Failing {
    inner: CpuEngine,
    left: u64,
}

impl Engine for Failing {
    fn card(&self) -> &EngineCard {
        self.inner.card()
    }

    fn binding_bytes(&self) -> u64 {
        self.inner.binding_bytes()
    }

    fn apply(&mut self, work: &Apply, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        let Some(left) = self.left.checked_sub(1) else {
            y.fill(0xff);
            return Err(Error::Lost { card: "a card".into() });
        };
        self.left = left;
        self.inner.apply(work, x, y)
    }

    fn gram(&mut self, work: &Measure, x: &[u8]) -> Result<Gram, Error> {
        self.inner.gram(work, x)
    }

    fn magnitudes(&mut self, work: &Measure, digit: Digit, x: &[u8]) -> Result<Magnitudes, Error> {
        self.inner.magnitudes(work, digit, x)
    }

    fn masks(&mut self, work: &Masking, x: &[u8], y: &mut [u8]) -> Result<Tally, Error> {
        self.inner.masks(work, x, y)
    }

    fn count_masks(&mut self, work: &Masking, columns: &[f32], x: &[u8]) -> Result<Counts, Error> {
        self.inner.count_masks(work, columns, x)
    }
}

/// Lets everything pass and remembers what it was told.
#[derive(Default)]
struct Told(Mutex<Vec<FailureCode>>);

impl Control for Told {
    fn proceed(&self) -> bool {
        true
    }

    fn advanced(&self, _: Advance) {}

    fn warn(&self, problem: Problem) {
        self.0.lock().expect("nobody panics while holding it").push(problem.code);
    }
}

/// Mixes a tiny family with an engine that is lost after `calls` pieces of work.
fn run(family: &Family, calls: u64) -> (Outcome, MemorySink, Vec<FailureCode>) {
    let opened: Vec<Checkpoint> =
        family.all().iter().map(|path| Checkpoint::open(path).expect("a tiny model opens")).collect();
    let experts = ["a", "b"].into_iter().zip(opened[1..].iter().map(|model| model as &dyn Source)).collect();
    let models = Models { base: Some(&opened[0]), experts };
    let recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    let budget = Budget { chunk_bytes: 1 << 20, in_flight: 4 };
    let plan = merge::plan(&recipe, &models, &budget).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let (mut sink, told) = (MemorySink::new(), Told::default());
    let engine = Box::new(Failing { inner: CpuEngine::new(), left: calls });
    let outcome = merge::run(&plan, &merge::Prepared::default(), &models, engine, &mut sink, &told)
        .expect("the processor takes over");
    (outcome, sink, told.0.into_inner().expect("nobody panicked"))
}

#[test]
fn a_card_lost_at_any_chunk_gives_the_same_bytes() {
    let scratch = scratch::folder();
    let family = Family::write(scratch.path(), Build::default(), &[0, 0]);
    let (whole, expected, quiet) = run(&family, u64::MAX);
    assert_eq!((whole.fallback_chunks, quiet.len()), (0, 0));
    assert!(whole.chunks >= 7, "{} chunks", whole.chunks);
    for calls in 0..whole.chunks {
        let (outcome, sink, told) = run(&family, calls);
        assert_eq!(outcome.fallback_chunks, whole.chunks - calls, "lost after {calls}");
        assert_eq!(sink.tensors, expected.tensors, "lost after {calls}");
        assert_eq!(told, [FailureCode::GpuLost], "lost after {calls}");
    }
}
