//! Tiny models, written with the format's own library, and what tests ask of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use jobs::Context;
use protocol::failure::{Failure, FailureCode};
use protocol::model::Inspection;
use protocol::recipe::Recipe;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// Width of the tiny models.
pub const WIDTH: usize = 8;
/// Blocks of the tiny models.
pub const LAYERS: usize = 2;

/// One tensor: shape, type, numbers.
#[derive(Clone)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    pub numbers: Vec<f32>,
}

impl Tensor {
    fn bytes(&self) -> Vec<u8> {
        let numbers = self.numbers.iter();
        match self.dtype {
            Dtype::F16 => numbers.flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect(),
            Dtype::BF16 => numbers.flat_map(|&x| bf16::from_f32(x).to_le_bytes()).collect(),
            Dtype::I64 => numbers.flat_map(|&x| (x as i64).to_le_bytes()).collect(),
            Dtype::F64 => numbers.flat_map(|&x| f64::from(x).to_le_bytes()).collect(),
            _ => numbers.flat_map(|&x| x.to_le_bytes()).collect(),
        }
    }
}

/// A model in the making.
#[derive(Clone, Default)]
pub struct Model {
    pub tensors: BTreeMap<String, Tensor>,
    pub config: Option<String>,
    pub readme: Option<String>,
}

impl Model {
    /// Two blocks, an embedding and position numbers; all numbers follow from `seed`.
    pub fn body(seed: u32) -> Self {
        let mut model = Self::default().tensor("enc.embed.weight", &[5, WIDTH], seed);
        for layer in 0..LAYERS {
            model = model.tensor(&format!("enc.layer.{layer}.dense.weight"), &[WIDTH, WIDTH], seed + 1).tensor(
                &format!("enc.layer.{layer}.norm.weight"),
                &[WIDTH],
                seed + 2,
            );
        }
        let positions = Tensor { shape: vec![3], dtype: Dtype::I64, numbers: vec![0.0, 1.0, 2.0] };
        model.tensors.insert("enc.position_ids".into(), positions);
        model.config = Some(format!(
            r#"{{"architectures":["TinyModel"],"model_type":"tiny","hidden_size":{WIDTH},"torch_dtype":"float32"}}"#
        ));
        model
    }

    /// This body, changed a little: what fine-tuning does.
    pub fn tuned(&self, seed: u32) -> Self {
        let mut tuned = self.clone();
        for (name, tensor) in tuned.tensors.iter_mut().filter(|(_, tensor)| tensor.dtype != Dtype::I64) {
            let change = numbers(tensor.numbers.len(), seed + name.len() as u32 * 31);
            tensor.numbers.iter_mut().zip(change).for_each(|(number, change)| *number += 0.1 * change);
        }
        tuned
    }

    /// With a head that answers with `labels`.
    pub fn head(self, labels: usize, seed: u32) -> Self {
        self.tensor("classifier.weight", &[labels, WIDTH], seed).tensor("classifier.bias", &[labels], seed + 1)
    }

    pub fn tensor(mut self, name: &str, shape: &[usize], seed: u32) -> Self {
        let numbers = numbers(shape.iter().product(), seed);
        self.tensors.insert(name.into(), Tensor { shape: shape.to_vec(), dtype: Dtype::F32, numbers });
        self
    }

    /// With all floats in another type.
    pub fn typed(mut self, dtype: Dtype) -> Self {
        self.tensors.values_mut().filter(|tensor| tensor.dtype == Dtype::F32).for_each(|tensor| tensor.dtype = dtype);
        self
    }

    /// The weights as a file.
    pub fn bytes(&self) -> Vec<u8> {
        let bytes: Vec<(&String, &Tensor, Vec<u8>)> =
            self.tensors.iter().map(|(name, tensor)| (name, tensor, tensor.bytes())).collect();
        let views = bytes.iter().map(|(name, tensor, bytes)| {
            (name.as_str(), TensorView::new(tensor.dtype, tensor.shape.clone(), bytes).expect("shape and bytes agree"))
        });
        safetensors::serialize(views, None).expect("plain tensors")
    }

    pub fn save(&self, folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).expect("a writable folder");
        fs::write(folder.join("model.safetensors"), self.bytes()).expect("a writable folder");
        for (name, text) in [("config.json", &self.config), ("README.md", &self.readme)] {
            if let Some(text) = text {
                fs::write(folder.join(name), text).expect("a writable folder");
            }
        }
        folder.to_owned()
    }
}

/// A picture of one gray, as a BMP file of 24 bits.
pub fn bitmap(side: u32, gray: u8) -> Vec<u8> {
    let row = (side * 3).next_multiple_of(4);
    let size = 54 + row * side;
    let mut bytes = b"BM".to_vec();
    let words = [size, 0, 54, 40, side, side, 1 | 24 << 16, 0, row * side, 0, 0, 0, 0];
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(std::iter::repeat_n(gray, (row * side) as usize));
    bytes
}

/// Numbers between -1 and 1 from a small generator.
pub fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// A temporary folder with models in it, and a place for what the program keeps.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn save(&self, name: &str, model: &Model) -> PathBuf {
        model.save(&self.path(name))
    }

    /// A base and two specialists with heads of different sizes.
    pub fn zoo(&self) -> Recipe {
        let base = Model::body(1);
        self.save("models/base", &base);
        self.save("models/flowers", &base.tuned(10).head(3, 50));
        self.save("models/street_signs", &base.tuned(20).head(4, 60));
        self.recipe(
            "task_arithmetic",
            Some("models/base"),
            &[("Flowers", "models/flowers"), ("Street signs", "models/street_signs")],
        )
    }

    pub fn recipe(&self, method: &str, base: Option<&str>, experts: &[(&str, &str)]) -> Recipe {
        let place = |name: &str| self.path(name).display().to_string();
        let places: Vec<(&str, String)> = experts.iter().map(|(skill, name)| (*skill, place(name))).collect();
        let experts: Vec<(&str, &str)> = places.iter().map(|(skill, path)| (*skill, path.as_str())).collect();
        Recipe::new(method, base.map(place).as_deref(), &experts)
    }

    pub fn cx(&self) -> Context {
        Context { engine: "cpu".into(), ..Context::new(self.path("app")) }
    }

    /// Names of everything directly in a folder, sorted, hidden things included.
    pub fn list(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// Every file under a folder with its bytes, by relative path.
pub fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name =
                    path.strip_prefix(folder).expect("it is under the folder").to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read(&path).expect("a readable file"));
            }
        }
    }
    found
}

/// Numbers of one tensor of a written file, decoded.
pub fn read(file: &Path, name: &str) -> Vec<f32> {
    let bytes = fs::read(file).expect("a readable file");
    let file = SafeTensors::deserialize(&bytes).expect("the format's own library reads it");
    let tensor = file.tensor(name).expect("the tensor is there");
    match tensor.dtype() {
        Dtype::F32 => tensor.data().as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect(),
        Dtype::BF16 => tensor.data().as_chunks().0.iter().map(|&two| bf16::from_le_bytes(two).to_f32()).collect(),
        other => panic!("{other:?} is not expected here"),
    }
}

/// Names of the tensors of a written file.
pub fn names(file: &Path) -> Vec<String> {
    let bytes = fs::read(file).expect("a readable file");
    let file = SafeTensors::deserialize(&bytes).expect("the format's own library reads it");
    let mut names: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

/// Codes of an inspection's problems, most serious first.
pub fn codes(found: &Inspection) -> Vec<FailureCode> {
    found.problems.iter().map(|problem| problem.code).collect()
}

/// Codes of a failure.
pub fn failed<T: std::fmt::Debug>(result: Result<T, Failure>) -> Vec<FailureCode> {
    result.expect_err("it cannot work").problems.iter().map(|problem| problem.code).collect()
}
