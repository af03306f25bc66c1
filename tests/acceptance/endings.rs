//! Mixes that end early: cancelled, no space, forbidden or taken folders. Nothing is left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use checkpoint::{Checkpoint, Error, MemorySink, Output, Sink, Source};
use jobs::{Context, Switch};
use kernels::CpuEngine;
use merge::{Advance, Budget, Control, Models, Plan};
use protocol::event::{JobEvent, Phase};
use protocol::failure::FailureCode;

use crate::support::models::{Build, Family};
use crate::support::{jobs as job, scratch};

/// A folder for outputs with nothing else in it, and a family to mix.
fn prepared(scratch: &Path) -> (PathBuf, Family) {
    let outputs = scratch.join("outputs");
    fs::create_dir(&outputs).expect("a scratch folder can be made");
    (outputs, Family::write(&scratch.join("in"), Build::default(), &[3, 5]))
}

/// A context whose switch is turned by `turn` when an event comes.
fn listening(scratch: &Path, turn: impl Fn(&JobEvent, &Switch) + Send + Sync + 'static) -> Context {
    let control = Arc::new(Switch::new());
    let switch = Arc::clone(&control);
    Context { control, events: Box::new(move |event| turn(&event, &switch)), ..job::context(scratch, "cpu") }
}

#[test]
fn cancel_in_any_phase_leaves_nothing() {
    for phase in Phase::SAVING {
        let scratch = scratch::folder();
        let (outputs, family) = prepared(scratch.path());
        let seen = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&seen);
        let cx = listening(scratch.path(), move |event, switch| {
            if matches!(event, JobEvent::Progress(progress) if progress.phase == phase) {
                count.fetch_add(1, Ordering::Relaxed);
                switch.cancel();
            }
        });
        let recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
        let result = jobs::mix(&recipe, &outputs.join("mix"), &cx);
        assert!(seen.load(Ordering::Relaxed) > 0, "no progress in {phase:?}");
        // What comes after the last look at the switch is done: then the model is there, whole.
        match result {
            Ok(_) => assert_eq!((scratch::names(&outputs), phase), (vec!["mix".to_owned()], Phase::Publish)),
            Err(failure) => {
                assert_eq!(job::codes(&failure), [FailureCode::Cancelled], "{phase:?}");
                assert_eq!(scratch::names(&outputs), [""; 0], "{phase:?}");
            }
        }
    }
}

#[test]
fn a_job_cancelled_before_it_starts_writes_nothing() {
    let scratch = scratch::folder();
    let (outputs, family) = prepared(scratch.path());
    let cx = job::context(scratch.path(), "cpu");
    cx.control.cancel();
    let recipe = job::recipe("average", None, &family.experts);
    let failure = jobs::mix(&recipe, &outputs.join("mix"), &cx).expect_err("it was cancelled");
    assert_eq!(job::codes(&failure), [FailureCode::Cancelled]);
    assert_eq!(scratch::names(&outputs), [""; 0]);
}

/// Lets so many pieces of work pass, then cancels.
struct After(AtomicU64);

impl Control for After {
    fn proceed(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn advanced(&self, _: Advance) {}
}

/// Calls `use_it` with the models and plan of a mix in small chunks.
fn planned(family: &Family, use_it: impl FnOnce(&Plan, &Models)) {
    let opened: Vec<Checkpoint> =
        family.all().iter().map(|path| Checkpoint::open(path).expect("a tiny model opens")).collect();
    let experts = ["a", "b"].into_iter().zip(opened[1..].iter().map(|model| model as &dyn Source)).collect();
    let models = Models { base: Some(&opened[0]), experts };
    let recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    let plan = merge::plan(&recipe, &models, &Budget { chunk_bytes: 1 << 16, in_flight: 4 });
    use_it(&plan.unwrap_or_else(|problems| panic!("{problems:#?}")), &models);
}

#[test]
fn cancel_after_any_number_of_chunks_leaves_nothing() {
    let scratch = scratch::folder();
    let (outputs, family) = prepared(scratch.path());
    planned(&family, |plan, models| {
        let all = plan.steps.len() as u64;
        for chunks in 0..all {
            let mut output = Output::create(&outputs.join("mix"), plan.targets.clone()).expect("a free name");
            assert_eq!(scratch::names(&outputs).len(), 1, "one hidden folder");
            let control = After(AtomicU64::new(chunks));
            let result = merge::run(
                plan,
                &merge::Prepared::default(),
                models,
                Box::new(CpuEngine::new()),
                &mut output,
                &control,
            );
            assert!(matches!(result, Err(merge::Error::Cancelled)), "after {chunks} of {all}: {result:?}");
            drop(output);
            assert_eq!(scratch::names(&outputs), [""; 0], "after {chunks} of {all}");
        }
    });
}

/// A disk that is full after some bytes.
struct Full {
    inner: MemorySink,
    left: usize,
}

impl Sink for Full {
    fn write(&mut self, target: usize, name: &str, bytes: &[u8]) -> Result<(), Error> {
        match self.left.checked_sub(bytes.len()) {
            Some(left) => self.left = left,
            None => {
                let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(Error::Io { place: "a disk".into(), source, writing: true });
            }
        }
        self.inner.write(target, name, bytes)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.inner.finish()
    }
}

#[test]
fn a_full_disk_ends_the_run_with_its_cause() {
    let scratch = scratch::folder();
    let (_, family) = prepared(scratch.path());
    planned(&family, |plan, models| {
        for left in [0, 100, plan.writes as usize - 1] {
            let mut sink = Full { inner: MemorySink::new(), left };
            let control = After(AtomicU64::new(u64::MAX));
            let error =
                merge::run(plan, &merge::Prepared::default(), models, Box::new(CpuEngine::new()), &mut sink, &control)
                    .expect_err("it is full");
            assert!(matches!(&error, merge::Error::File(file) if file.is_disk_full()), "{error:?}");
        }
        let mut sink = Full { inner: MemorySink::new(), left: plan.writes as usize };
        let control = After(AtomicU64::new(u64::MAX));
        merge::run(plan, &merge::Prepared::default(), models, Box::new(CpuEngine::new()), &mut sink, &control)
            .expect("it just fits");
    });
}

// A limit on the size of files stands in for a full disk: the same write is refused, for root too. The shell sets it
// for the child alone and lets the refusal come as an error instead of a signal.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_leaves_nothing_and_says_so() {
    let scratch = scratch::folder();
    let outputs = scratch.path().join("outputs");
    fs::create_dir(&outputs).expect("a scratch folder can be made");
    // Weights of 400 kB and more; the limit is 64 blocks of 512 bytes.
    let family = Family::write(&scratch.path().join("in"), Build { width: 220, ..Build::default() }, &[0, 0]);
    let recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    let file = scratch.path().join("recipe.json");
    fs::write(&file, serde_json::to_string(&recipe).expect("a recipe is plain")).expect("a scratch file");
    let run = |limit: &str| {
        let line = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" mix \"$1\" --out \"$2\" --engine cpu --json");
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).arg(job::program()).arg(&file).arg(outputs.join("mix"));
        command.env("TINCTURE_HOME", scratch.path().join("home")).output().expect("sh starts")
    };
    let output = run("64");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text} {}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("\"disk_full\""), "{text}");
    assert_eq!(scratch::names(&outputs), [""; 0]);
    // The control: without the limit the same command saves.
    let output = run("unlimited");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(scratch::names(&outputs), ["mix"]);
}

#[test]
fn folders_that_cannot_be_written_to_are_refused_for_everybody() {
    let scratch = scratch::folder();
    let (outputs, family) = prepared(scratch.path());
    let recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    let file = outputs.join("a file");
    fs::write(&file, "x").expect("a scratch file can be written");
    let mut places = vec![file.join("mix")];
    if cfg!(target_os = "linux") {
        // The kernel's own folders take no files, from root neither.
        places.push("/proc/mix".into());
        places.push("/sys/mix".into());
    }
    for out in places {
        let failure =
            jobs::mix(&recipe, &out, &job::context(scratch.path(), "cpu")).expect_err("no folder can be made");
        let codes = job::codes(&failure);
        let expected = [FailureCode::FolderForbidden, FailureCode::CannotWrite];
        assert!(codes.len() == 1 && expected.contains(&codes[0]), "{}: {failure:#?}", out.display());
    }
    assert_eq!(scratch::names(&outputs), ["a file"]);
}

#[test]
fn a_name_that_is_taken_is_never_written_over() {
    let scratch = scratch::folder();
    let (outputs, family) = prepared(scratch.path());
    let recipe = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    let out = outputs.join("mix");
    fs::create_dir(&out).expect("a scratch folder can be made");
    fs::write(out.join("mine.txt"), "mine").expect("a scratch file can be written");
    let before = scratch::fingerprints(&outputs);
    let failure = jobs::mix(&recipe, &out, &job::context(scratch.path(), "cpu")).expect_err("the name is taken");
    assert_eq!(job::codes(&failure), [FailureCode::NameTaken]);
    assert_eq!(scratch::fingerprints(&outputs), before);
    // An empty folder of the name is no obstacle.
    fs::remove_file(out.join("mine.txt")).expect("it is ours");
    job::mix(&recipe, &out, &job::context(scratch.path(), "cpu"));
}

#[test]
fn recipes_that_cannot_be_mixed_are_refused_before_anything_is_written() {
    let scratch = scratch::folder();
    let (outputs, family) = prepared(scratch.path());
    let good = job::recipe("task_arithmetic", Some(&family.base), &family.experts);
    type Spoil = fn(&mut protocol::recipe::Recipe);
    let cases: [(FailureCode, Spoil); 5] = [
        (FailureCode::NoBase, |recipe| recipe.base = None),
        (FailureCode::UnknownMethod, |recipe| recipe.method.name = "quantum".into()),
        (FailureCode::BadStrength, |recipe| recipe.experts[0].strength = Some(1e9)),
        (FailureCode::SkillTwice, |recipe| recipe.experts[0].skill = recipe.experts[1].skill.clone()),
        (FailureCode::TooFewModels, |recipe| recipe.experts.clear()),
    ];
    for (code, spoil) in cases {
        let mut recipe = good.clone();
        spoil(&mut recipe);
        let failure = jobs::mix(&recipe, &outputs.join("mix"), &job::context(scratch.path(), "cpu"));
        assert_eq!(job::codes(&failure.expect_err("it cannot be mixed")), [code]);
        assert_eq!(scratch::names(&outputs), [""; 0], "{code:?}");
    }
}
