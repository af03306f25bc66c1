//! The model of a skill out of a pack is the model that is saved for that skill, bit for bit.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod models;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checkpoint::pack::{Contents, INDEX_FILE, Index, IndexBase, IndexSkill, Pack, PackChunk, PackPlan, PackWriter};
use checkpoint::{MemorySink, Output, Source, file_order};
use kernels::{CpuEngine, Engine};
use merge::{Action, Budget, Control, Error, MaskChunk, Models, Prepared, Restoration, align, plan, prepare, run};
use protocol::model::{Dtype, TensorSpec};
use protocol::pack::{PackSizes, Rule};
use protocol::recipe::{ChangeType, OutputDtype, Recipe};

use models::{Model, model};

/// Chunks of one block, so that a tensor takes several.
const BUDGET: Budget = Budget { chunk_bytes: 4 * 4 * 65_536, in_flight: 2 };

struct Goes;

impl Control for Goes {
    fn proceed(&self) -> bool {
        true
    }
}

/// A matrix, a long vector of more than one chunk, and a single number.
const SHAPES: [(&str, &[u64]); 3] = [("enc.layer.0.w", &[300, 301]), ("enc.norm", &[70_003]), ("enc.scale", &[])];

/// A base, three specialists of which some numbers are those of the base, and a head for the first.
struct Zoo {
    base: Model,
    experts: Vec<Model>,
}

impl Zoo {
    fn new(dtype: Dtype) -> Self {
        let base = model("base", 1, &SHAPES, dtype).with(model("base", 9, &[("ids", &[3])], Dtype::I64));
        let expert = |seed: u64| {
            let mut tuned = base.clone();
            for (name, _) in SHAPES {
                let own = models::f32s(&base, name);
                let other = models::f32s(&model("x", seed, &SHAPES, Dtype::F32), name);
                let mixed = own.iter().zip(other).enumerate();
                let values: Vec<f32> = mixed.map(|(at, (&a, b))| if at % 5 == 0 { a } else { a + 0.1 * b }).collect();
                tuned = tuned.set(name, &values);
            }
            tuned.with(model("x", seed, &[("head.bias", &[seed])], dtype))
        };
        Self { experts: (2..5).map(expert).collect(), base }
    }

    fn models(&self) -> Models<'_> {
        let experts = ["A", "B", "C"].into_iter().zip(&self.experts);
        let experts = experts.map(|(skill, model)| (skill, model as &dyn Source)).collect();
        Models { base: Some(&self.base), experts }
    }

    fn engine(&self) -> Box<dyn Engine> {
        Box::new(CpuEngine::new())
    }

    fn prepared(&self, recipe: &Recipe) -> Prepared {
        prepare(recipe, &self.models(), self.engine(), &BUDGET, &Goes).unwrap()
    }

    /// The tensors of every skill as they are saved, folder by folder.
    fn saved(&self, recipe: &Recipe) -> Vec<BTreeMap<String, Vec<u8>>> {
        let plan = plan(recipe, &self.models(), &BUDGET).unwrap();
        let mut sink = MemorySink::new();
        run(&plan, &self.prepared(recipe), &self.models(), self.engine(), &mut sink, &Goes).unwrap();
        (0..3).map(|skill| of_target(&sink, skill)).collect()
    }

    /// Writes a pack of the recipe.
    fn pack(&self, recipe: &Recipe, change: ChangeType, folder: &Path) -> PathBuf {
        let prepared = self.prepared(recipe);
        let plan = self.pack_plan(change);
        let passes = plan.passes();
        let mut output = Output::create(folder, vec![]).unwrap();
        let mut writer = PackWriter::create(&mut output, plan.clone()).unwrap();
        let mut take = |chunk: MaskChunk| {
            let masks: Vec<&[u8]> = (0..3).map(|t| chunk.mask(t)).collect();
            let span = chunk.span.clone();
            let unfit = writer.take(&PackChunk {
                tensor: chunk.tensor,
                span,
                pass: chunk.pass,
                change: chunk.change,
                masks: &masks,
            });
            assert_eq!(unfit?, 0);
            Ok(())
        };
        merge::masks(&self.models(), recipe, &prepared, self.engine(), &BUDGET, &Goes, passes, &mut take).unwrap();
        for (at, expert) in self.experts.iter().enumerate() {
            assert!(writer.head(&mut output, at, expert, &mut |_| true).unwrap());
        }
        let written = writer.finish().unwrap();
        let files = written.read_back(output.partial(), &mut |_| true).unwrap().unwrap();
        let skill = |(at, skill): (usize, &str)| IndexSkill {
            skill: skill.to_owned(),
            selectivity: None,
            rescaler: prepared.rescalers.get(at).map(|&factor| factor.into()),
            kept: written.kept[at],
            masks: plan.mask_file(at),
            head: plan.head_file(at),
            settings: vec![],
        };
        let contents = Contents {
            rule: Rule::of(recipe).unwrap(),
            change,
            dtype: recipe.output.dtype,
            base: IndexBase::default(),
            copied: vec!["ids".into()],
            skills: ["A", "B", "C"].into_iter().enumerate().map(skill).collect(),
            parents: vec![],
            sizes: PackSizes::default(),
        };
        output.text(INDEX_FILE, &Index::new(contents, files).text()).unwrap();
        output.publish().unwrap()
    }

    fn pack_plan(&self, change: ChangeType) -> PackPlan {
        let alignment = align(&self.models());
        let mut body: Vec<TensorSpec> =
            alignment.body.iter().filter(|one| one.action == Action::Merge).map(|one| one.spec.clone()).collect();
        body.sort_by(file_order);
        let head = |(model, names): (&Model, &Vec<String>)| {
            names.iter().map(|name| model.find(name).unwrap().spec.clone()).collect::<Vec<_>>()
        };
        PackPlan {
            change,
            body,
            slugs: ["a", "b", "c"].map(str::to_owned).into(),
            heads: self.experts.iter().zip(&alignment.private).map(head).collect(),
            metadata: BTreeMap::new(),
        }
    }

    /// The tensors of every skill as they come out of a pack.
    fn restored(&self, pack: &Pack) -> Result<Vec<BTreeMap<String, Vec<u8>>>, Error> {
        let one = |skill: &str| {
            let skill = pack.skill(skill)?;
            let head = pack.head(skill)?;
            let head = head.as_ref().map(|head| head as &dyn Source);
            let restoration = Restoration::new(pack, skill, &self.base, head)?;
            let mut sink = MemorySink::new();
            let outcome = restoration.run(&mut sink, &Goes)?;
            assert_eq!(outcome.checksums.len(), restoration.plan().steps.len());
            Ok(of_target(&sink, 0))
        };
        ["A", "B", "C"].into_iter().map(one).collect()
    }
}

fn of_target(sink: &MemorySink, target: usize) -> BTreeMap<String, Vec<u8>> {
    let own = sink.tensors.iter().filter(|((at, _), _)| *at == target);
    own.map(|((_, name), bytes)| (name.clone(), bytes.clone())).collect()
}

fn recipe(method: &str, parameters: &str, dtype: OutputDtype) -> Recipe {
    let mut recipe = Recipe::new(method, Some("base"), &[("A", "a"), ("B", "b"), ("C", "c")]);
    recipe.method.parameters = serde_json::from_str(parameters).unwrap();
    recipe.output.dtype = dtype;
    recipe
}

const RULES: [(&str, &str); 4] = [
    ("tall_masks", r#"{"selectivity": {"A": 0.2, "B": 0.6}}"#),
    ("tall_masks", r#"{"on": "ties", "density": 0.4}"#),
    ("emr", "{}"),
    ("tall_masks", "{}"),
];

#[test]
fn a_restored_skill_is_the_saved_skill_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in [Dtype::F32, Dtype::BF16, Dtype::F16] {
        let zoo = Zoo::new(dtype);
        for (at, (method, parameters)) in RULES.into_iter().enumerate() {
            let recipe = recipe(method, parameters, OutputDtype::Same);
            let pack = zoo.pack(&recipe, ChangeType::F32, &folder.path().join(format!("{dtype} {at}")));
            let (saved, restored) = (zoo.saved(&recipe), zoo.restored(&Pack::open(&pack).unwrap()).unwrap());
            assert_eq!(saved[0].keys().collect::<Vec<_>>(), restored[0].keys().collect::<Vec<_>>());
            assert!(saved == restored, "{method} {parameters} {dtype}");
            assert!(
                saved[0] != saved[1] && saved[0]["ids"] == saved[1]["ids"],
                "skills differ, else this shows nothing"
            );
        }
    }
}

#[test]
fn another_output_type_is_rounded_once() {
    let folder = tempfile::tempdir().unwrap();
    let zoo = Zoo::new(Dtype::F32);
    for (at, dtype) in [OutputDtype::BF16, OutputDtype::F16].into_iter().enumerate() {
        let recipe = recipe("emr", "{}", dtype);
        let pack = zoo.pack(&recipe, ChangeType::F32, &folder.path().join(at.to_string()));
        assert!(zoo.saved(&recipe) == zoo.restored(&Pack::open(&pack).unwrap()).unwrap(), "{dtype:?}");
    }
}

#[test]
fn a_pack_of_other_masks_gives_another_model() {
    let folder = tempfile::tempdir().unwrap();
    let zoo = Zoo::new(Dtype::F32);
    let saved = zoo.saved(&recipe("tall_masks", "{}", OutputDtype::Same));
    for (at, (method, parameters)) in
        [("tall_masks", r#"{"selectivity": 0.41}"#), ("emr", "{}")].into_iter().enumerate()
    {
        let other = recipe(method, parameters, OutputDtype::Same);
        let pack = zoo.pack(&other, ChangeType::F32, &folder.path().join(at.to_string()));
        assert!(saved != zoo.restored(&Pack::open(&pack).unwrap()).unwrap(), "{method} {parameters}");
    }
}

/// Whether every restored number is as close to the saved one as the type of the stored change promises.
fn within(
    zoo: &Zoo,
    saved: &BTreeMap<String, Vec<u8>>,
    restored: &BTreeMap<String, Vec<u8>>,
    change: ChangeType,
) -> bool {
    SHAPES.iter().all(|&(name, shape)| {
        let numbers = |bytes: &[u8]| -> Vec<f32> {
            bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)).collect()
        };
        let (saved, restored) = (numbers(&saved[name]), numbers(&restored[name]));
        let base = models::f32s(&zoo.base, name);
        let row = if shape.len() < 2 { saved.len() } else { saved.len() / shape[0] as usize };
        // The change of all weights together is not known here: at most the sum of what the specialists changed.
        let experts: Vec<Vec<f32>> = zoo.experts.iter().map(|expert| models::f32s(expert, name)).collect();
        let changed = |at: usize| experts.iter().map(|expert| (expert[at] - base[at]).abs()).sum();
        let most: Vec<f32> = (0..saved.len()).map(changed).collect();
        (0..saved.len()).all(|at| {
            let first = at / row * row;
            let of_row = most[first..first + row].iter().fold(0f32, |a, &b| a.max(b));
            let step = match change {
                ChangeType::F32 => 0.0,
                ChangeType::F16 => most[at] * 0.5f32.powi(11) + 0.5f32.powi(25),
                ChangeType::Int8 => of_row / 127.0 * (0.5 + 1e-4),
            };
            // And the one addition, on either side.
            (saved[at] - restored[at]).abs() <= step + (saved[at].abs() + of_row) * f32::EPSILON
        })
    })
}

#[test]
fn rounded_changes_stay_within_half_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let zoo = Zoo::new(Dtype::F32);
    let recipe = recipe("tall_masks", "{}", OutputDtype::Same);
    let saved = zoo.saved(&recipe);
    for change in [ChangeType::F16, ChangeType::Int8] {
        let pack = zoo.pack(&recipe, change, &folder.path().join(format!("{change:?}")));
        let restored = zoo.restored(&Pack::open(&pack).unwrap()).unwrap();
        for (saved, restored) in saved.iter().zip(&restored) {
            assert!(within(&zoo, saved, restored, change), "{change:?}");
            assert!(!within(&zoo, saved, restored, ChangeType::F32), "rounding shows, else the bound shows nothing");
        }
    }
}

struct Stops;

impl Control for Stops {
    fn proceed(&self) -> bool {
        false
    }
}

#[test]
fn a_base_of_other_shapes_is_refused_and_a_stop_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let zoo = Zoo::new(Dtype::F32);
    let pack = zoo.pack(&recipe("emr", "{}", OutputDtype::Same), ChangeType::F32, &folder.path().join("p"));
    let pack = Pack::open(&pack).unwrap();
    let skill = pack.skill("A").unwrap();
    let restoration = Restoration::new(&pack, skill, &zoo.base, None).unwrap();
    assert!(matches!(restoration.run(&mut MemorySink::new(), &Stops), Err(Error::Cancelled)));
    let other =
        model("other", 1, &[("enc.layer.0.w", &[300, 300]), ("enc.norm", &[7]), ("enc.scale", &[])], Dtype::F32);
    assert!(matches!(Restoration::new(&pack, skill, &other, None), Err(Error::Pack(_))));
}

#[test]
fn a_result_out_of_range_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut zoo = Zoo::new(Dtype::F32);
    zoo.experts[0] = zoo.experts[0].set("enc.scale", &[1e6]);
    let pack = zoo.pack(&recipe("tall_masks", "{}", OutputDtype::F16), ChangeType::F32, &folder.path().join("p"));
    let found = zoo.restored(&Pack::open(&pack).unwrap());
    assert!(matches!(found, Err(Error::OutputNotFinite { dtype: Dtype::F16, .. })), "{:?}", found.err());
}
