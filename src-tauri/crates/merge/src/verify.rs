//! Reads what was written, as a stranger would, and compares it with what was computed.

use std::path::Path;
use std::thread;

use checkpoint::{Checkpoint, Source, Target, files_of, sha256};
use half::{bf16, f16};
use kernels::{Float, scan_not_finite};
use protocol::model::{Dtype, TensorSpec};
use protocol::report::{Check, CheckName, WrittenFile};
use protocol::words::checks as words;

use crate::Error;
use crate::align::Models;
use crate::anatomy::vocabulary_rows;
use crate::plan::{Plan, Step};
use crate::run::{Advance, Control, Outcome};

/// Bytes read at once.
const PIECE: u64 = 4 << 20;
/// Elements of each tensor that are compared with the inputs.
const SAMPLE: u64 = 4_096;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The four checks, in the order of [`CheckName`].
    pub checks: Vec<Check>,
    /// Every named file with its size and SHA-256, in the order given.
    pub files: Vec<WrittenFile>,
}

/// Opens every target under `partial` again, compares names, types, shapes and the checksum of every tensor with the
/// run, compares the settings beside it with its word list and labels, counts numbers that are not finite, measures the
/// distance to every input on samples, and hashes the files `names` (relative to `partial`).
///
/// # Errors
/// [`Error::ReadsBackDifferently`] names the first tensor that differs; [`Error::InputNotFinite`] a copied part that
/// holds NaN or infinity; [`Error::Cancelled`].
pub fn verify(
    plan: &Plan,
    outcome: &Outcome,
    partial: &Path,
    names: &[String],
    models: &Models,
    control: &dyn Control,
) -> Result<Verified, Error> {
    let reader = Reader { plan, outcome, partial, models, control };
    thread::scope(|scope| {
        let hashes = scope.spawn(|| hash_all(partial, names, control));
        let checks = reader.checks();
        let files = hashes.join().map_err(|_| Error::Stopped("hashing"))?;
        Ok(Verified { checks: checks?, files: files? })
    })
}

fn hash_all(partial: &Path, names: &[String], control: &dyn Control) -> Result<Vec<WrittenFile>, Error> {
    let hash = |name: &String| {
        let mut bytes = 0;
        let mut go_on = |done| {
            bytes = done;
            control.proceed()
        };
        let sha256 = sha256(&partial.join(name), &mut go_on)?.ok_or(Error::Cancelled)?;
        Ok(WrittenFile { path: name.clone(), bytes, sha256 })
    };
    names.iter().map(hash).collect()
}

struct Reader<'a> {
    plan: &'a Plan,
    outcome: &'a Outcome,
    partial: &'a Path,
    models: &'a Models<'a>,
    control: &'a dyn Control,
}

impl Reader<'_> {
    fn checks(&self) -> Result<Vec<Check>, Error> {
        let mut done = 0;
        let mut settings = Settings::default();
        let mut distances = vec![Distance::default(); self.models.sources().len()];
        for (at, target) in self.plan.targets.iter().enumerate() {
            let written = self.open(target)?;
            self.compare_contents(&written, target)?;
            settings.look(&written);
            for (step_at, step) in self.plan.steps.iter().enumerate().filter(|(_, step)| step.targets.contains(&at)) {
                self.compare_numbers(&written, step_at, step)?;
                if at == 0 {
                    self.measure(&written, step, &mut distances)?;
                }
                done += step.spec.bytes();
                self.tell(done, step_at);
            }
        }
        Ok(self.results(&settings, &distances))
    }

    fn open(&self, target: &Target) -> Result<Checkpoint, Error> {
        let folder = self.partial.join(&target.folder);
        let path = match files_of(target).as_slice() {
            [(only, _)] => self.partial.join(only),
            _ => folder,
        };
        Ok(Checkpoint::open(&path)?)
    }

    /// Names, types and shapes are those of the plan.
    fn compare_contents(&self, written: &Checkpoint, target: &Target) -> Result<(), Error> {
        let mut planned: Vec<&TensorSpec> = target.tensors.iter().collect();
        planned.sort_by(|a, b| a.name.cmp(&b.name));
        let found = written.entries().iter().map(|entry| &entry.spec);
        match planned.iter().copied().zip(found).find(|(planned, found)| planned != found) {
            None if planned.len() == written.entries().len() => Ok(()),
            pair => Err(differs(written, pair.map_or("", |(planned, _)| &planned.name))),
        }
    }

    /// The bytes of one tensor give the checksum of the run, and are finite.
    fn compare_numbers(&self, written: &Checkpoint, at: usize, step: &Step) -> Result<(), Error> {
        let name = &step.spec.name;
        let entry = written.find(name).ok_or_else(|| differs(written, name))?;
        let mut checksum = crc32fast::Hasher::new();
        let mut not_finite = 0;
        let mut piece = Vec::new();
        for start in (0..step.spec.bytes()).step_by(PIECE as usize) {
            if !self.control.proceed() {
                return Err(Error::Cancelled);
            }
            piece.resize(PIECE.min(step.spec.bytes() - start) as usize, 0);
            written.read(entry, start, &mut piece)?;
            checksum.update(&piece);
            not_finite += count_not_finite(step.spec.dtype, &piece);
        }
        if self.outcome.checksums.get(at) != Some(&checksum.finalize()) {
            return Err(differs(written, name));
        }
        if not_finite > 0 { Err(self.blame(step)) } else { Ok(()) }
    }

    /// Mixed numbers were looked at while mixing, so only a copied part can hold these.
    fn blame(&self, step: &Step) -> Error {
        let source = match &step.work {
            crate::Work::Copy { source, .. } => *source,
            crate::Work::Mix(mix) => mix.sources[0],
        };
        let tensor = step.spec.name.clone();
        let place = |source: &&dyn Source| source.place_of(&tensor).to_owned();
        let place = self.models.sources().get(source).map_or_else(String::new, place);
        Error::InputNotFinite { place, tensor }
    }

    /// Adds the distances of one written tensor to every input that has it.
    fn measure(&self, written: &Checkpoint, step: &Step, distances: &mut [Distance]) -> Result<(), Error> {
        if !step.spec.dtype.is_mixable() {
            return Ok(());
        }
        let ours = sample(written, &step.spec.name)?;
        for (source, distance) in self.models.sources().iter().zip(distances) {
            if source.find(&step.spec.name).is_some() {
                distance.add(&ours, &sample(*source, &step.spec.name)?);
            }
        }
        Ok(())
    }

    fn tell(&self, done: u64, at: usize) {
        let part = &self.plan.steps[at].spec.name;
        let parts = self.plan.steps.len();
        self.control.advanced(Advance { done, total: self.plan.writes, part, part_at: at + 1, parts });
    }

    fn results(&self, settings: &Settings, distances: &[Distance]) -> Vec<Check> {
        let tensors: usize = self.plan.targets.iter().map(|target| target.tensors.len()).sum();
        let numbers: u64 = self.plan.steps.iter().map(|step| step.spec.elements() * step.targets.len() as u64).sum();
        let bytes: u64 = self.plan.targets.iter().flat_map(files_of).map(|(_, bytes)| bytes).sum();
        let names = self.models.names();
        let closest = names.iter().zip(distances).min_by(|a, b| a.1.relative().total_cmp(&b.1.relative()));
        let (differs, value) = match closest {
            Some((name, distance)) => (distance.relative() > 0.0, words::closest(name, distance.relative())),
            None => (true, String::new()),
        };
        vec![
            settings.check(tensors as u64),
            Check { name: CheckName::SizesMatch, passed: true, value: words::sizes(bytes) },
            Check { name: CheckName::AllFinite, passed: true, value: words::numbers(numbers) },
            Check { name: CheckName::Differs, passed: differs, value },
        ]
    }
}

fn differs(written: &Checkpoint, tensor: &str) -> Error {
    Error::ReadsBackDifferently { tensor: tensor.to_owned(), file: written.place().to_owned() }
}

fn count_not_finite(dtype: Dtype, piece: &[u8]) -> u64 {
    Float::try_from(dtype).map_or(0, |float| scan_not_finite(float, piece, piece.len() / float.bytes()))
}

/// The first numbers of a tensor; empty for types that are not mixed.
fn sample(source: &dyn Source, name: &str) -> Result<Vec<f32>, Error> {
    let Some(entry) = source.find(name).filter(|entry| entry.spec.dtype.is_mixable()) else {
        return Ok(Vec::new());
    };
    let count = entry.spec.elements().min(SAMPLE);
    let mut bytes = vec![0; (count * entry.spec.dtype.bytes()) as usize];
    source.read(entry, 0, &mut bytes)?;
    Ok(decode(entry.spec.dtype, &bytes))
}

fn decode(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    let halves = || bytes.as_chunks::<2>().0.iter().copied();
    match dtype {
        Dtype::F16 => halves().map(|two| f16::from_le_bytes(two).to_f32()).collect(),
        Dtype::BF16 => halves().map(|two| bf16::from_le_bytes(two).to_f32()).collect(),
        _ => bytes.as_chunks::<4>().0.iter().copied().map(f32::from_le_bytes).collect(),
    }
}

/// Whether the settings beside the written models say of them what their tensors are.
#[derive(Debug, Default)]
struct Settings {
    /// There are settings beside a model.
    found: bool,
    /// The first contradiction: what is counted, by the settings, by the tensors.
    contradiction: Option<(&'static str, u64, u64)>,
}

impl Settings {
    /// Compares the length of the word list and the number of labels, where settings and tensors both tell.
    fn look(&mut self, written: &Checkpoint) {
        let Some(config) = written.config() else { return };
        self.found = true;
        let specs = || written.entries().iter().map(|entry| &entry.spec);
        let words = config.get("vocab_size").and_then(|size| size.as_u64());
        let labels = config.get("id2label").and_then(|list| list.as_object()).map(|list| list.len() as u64);
        let rows = specs().find(|spec| spec.name == "classifier.weight").and_then(|spec| spec.shape.first().copied());
        let counted =
            [(words::WORDS, words, vocabulary_rows(specs())), (words::LABELS, labels.filter(|&count| count > 0), rows)];
        let differing = |(what, told, is): (&'static str, Option<u64>, Option<u64>)| {
            let (told, is) = (told?, is?);
            (told != is).then_some((what, told, is))
        };
        self.contradiction = self.contradiction.or_else(|| counted.into_iter().find_map(differing));
    }

    fn check(&self, tensors: u64) -> Check {
        let value = match self.contradiction {
            Some((what, told, is)) => words::contradiction(what, told, is),
            None => words::opens(tensors, self.found),
        };
        Check { name: CheckName::OpensAgain, passed: self.contradiction.is_none(), value }
    }
}

/// Sums of squares over samples: of the differences and of the input.
#[derive(Debug, Clone, Copy, Default)]
struct Distance {
    difference: f64,
    input: f64,
}

impl Distance {
    fn add(&mut self, ours: &[f32], input: &[f32]) {
        for (&a, &b) in ours.iter().zip(input) {
            self.difference += (f64::from(a) - f64::from(b)).powi(2);
            self.input += f64::from(b).powi(2);
        }
    }

    /// Length of the difference over the length of the input.
    fn relative(&self) -> f64 {
        if self.difference == 0.0 { 0.0 } else { (self.difference / self.input.max(f64::MIN_POSITIVE)).sqrt() }
    }
}
