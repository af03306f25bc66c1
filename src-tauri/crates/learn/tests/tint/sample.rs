//! The bundled sample as a tint takes it, with examples that a formula makes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use checkpoint::{Checkpoint, Source};
use learn::Error;
use learn::engine::{CandleNet, Head};
use learn::net::{Array, Batch, Network, detect, weights_of};
use learn::tint::{Course, Feed, Pupil, Resident, Teacher, Trainer};
use protocol::model::TensorSpec;
use protocol::tint::TintSettings;

/// Skills in the order of the golden file.
pub const SKILLS: [&str; 4] = ["fashion_mnist", "letters_latin", "letters_hiragana", "optdigits"];
/// Pictures of a batch.
pub const BATCH: usize = 8;
/// Batches of each skill.
const ROUNDS: usize = 4;

/// The models, opened.
pub struct Sample {
    pub network: Network,
    pub changes: Resident,
    experts: Vec<Checkpoint>,
}

/// Examples number `8 r + n`: picture n of round r, by the formula of the golden file.
pub struct Formula;

impl Feed for Formula {
    fn batch(&self, skill: usize, items: &[usize]) -> Result<Batch, Error> {
        let values = items.iter().flat_map(|&item| picture(skill, item / BATCH, item % BATCH)).collect();
        Ok(Batch::Pictures(Array::new([items.len(), 3, 32, 32], values)?))
    }
}

fn picture(s: usize, r: usize, n: usize) -> Vec<f32> {
    let (across, down) = ((1 + (3 * n + s) % 7) as f64, (1 + (5 * n + 2 * s) % 6) as f64);
    let shift = 0.5 * n as f64 + 1.3 * s as f64 + 2.4 * r as f64 + 0.3;
    let pixel = |c: usize, y: usize, k: usize| {
        (0.11 * across * k as f64 + 0.07 * down * y as f64 + 0.9 * c as f64 + shift).sin() as f32
    };
    let places = (0..3).flat_map(|c| (0..32).flat_map(move |y| (0..32).map(move |k| (c, y, k))));
    places.map(|(c, y, k)| pixel(c, y, k)).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample")
}

fn specs(model: &Checkpoint) -> Vec<TensorSpec> {
    model.entries().iter().map(|entry| entry.spec.clone()).collect()
}

impl Sample {
    /// Base and experts of the sample, under the names that experts use.
    pub fn open() -> Self {
        let open = |path: PathBuf| Checkpoint::open(&path).expect("the sample is part of the repository");
        let mut base = open(folder().join("base"));
        let experts: Vec<Checkpoint> = SKILLS.iter().map(|skill| open(folder().join("experts").join(skill))).collect();
        let network = detect(experts[0].config(), &specs(&experts[0])).expect("a vision transformer");
        let prefixed = |name: &str| if name.starts_with("vit.") { name.to_owned() } else { format!("vit.{name}") };
        base.rename(prefixed);
        let read = |model: &Checkpoint, name: &str| weights_of(model)(name).expect("a tensor of the body");
        let mut changes = Resident { changes: vec![HashMap::new(); SKILLS.len()], ..Resident::default() };
        for name in network.parameters() {
            let start = read(&base, name);
            for (expert, own) in experts.iter().zip(&mut changes.changes) {
                let change =
                    read(expert, name).values.iter().zip(&start.values).map(|(own, base)| own - base).collect();
                own.insert(name.to_owned(), change);
            }
            changes.base.insert(name.to_owned(), start);
        }
        Self { network, changes, experts }
    }

    /// The head of a specialist.
    pub fn head(&self, skill: usize) -> Head {
        Head::load(&self.network, weights_of(&self.experts[skill])).expect("every expert has a head")
    }

    /// What a specialist says to all batches of its skill.
    pub fn teacher(&self, skill: usize) -> Teacher {
        let net = CandleNet::load(&self.network, weights_of(&self.experts[skill])).expect("its body is whole");
        let items: Vec<usize> = (0..ROUNDS * BATCH).collect();
        let batch = Formula.batch(skill, &items).expect("a formula does not fail");
        let logits = net.forward(&batch, &self.head(skill)).expect("it runs").logits;
        let mut teacher = Teacher::default();
        teacher.hear(&logits.values, logits.width(), true).expect("finite");
        teacher
    }

    /// A trainer that starts with the same coefficient everywhere; heads are private.
    pub fn trainer(&self, settings: TintSettings, start: f32) -> Trainer<'_> {
        self.trainer_with(settings, start, |head| head.tensors().expect("plain tensors"))
    }

    /// The same with another private layer.
    pub fn trainer_with(
        &self,
        settings: TintSettings,
        start: f32,
        layer: impl Fn(&Head) -> Vec<(String, Array)>,
    ) -> Trainer<'_> {
        let pupil = |skill: usize| {
            let head = self.head(skill);
            Pupil { layer: layer(&head), head, teacher: self.teacher(skill) }
        };
        let course = Course {
            changes: &self.changes,
            network: self.network.clone(),
            learns: vec![true; SKILLS.len()],
            pupils: (0..SKILLS.len()).map(pupil).collect(),
            feed: &Formula,
            settings,
        };
        let net = CandleNet::load(&self.network, |name| Ok(self.changes.base[name].clone())).expect("a whole body");
        Trainer::new(course, Box::new(net), |_| Some(vec![start; SKILLS.len()])).expect("all tensors are there")
    }
}
