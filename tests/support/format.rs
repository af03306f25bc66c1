//! The safetensors format in forty lines: an implementation apart from the product's, so that both can be wrong only
//! in different ways. Panics where a file is not as expected; that is what a test wants.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// One tensor: number type by its name in the format, shape, little-endian bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    pub dtype: String,
    pub shape: Vec<u64>,
    pub bytes: Vec<u8>,
}

/// Tensors by name.
pub type Tensors = BTreeMap<String, Tensor>;

impl Tensor {
    /// F32 numbers.
    pub fn f32(shape: &[u64], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { dtype: "F32".into(), shape: shape.into(), bytes }
    }

    /// The numbers, decoded exactly.
    pub fn values(&self) -> Vec<f64> {
        let halves = || self.bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        match self.dtype.as_str() {
            "F32" => {
                let words = self.bytes.chunks_exact(4);
                words.map(|four| f64::from(f32::from_le_bytes([four[0], four[1], four[2], four[3]]))).collect()
            }
            "F16" => halves().map(|bits| half::f16::from_bits(bits).to_f64()).collect(),
            "BF16" => halves().map(|bits| half::bf16::from_bits(bits).to_f64()).collect(),
            other => panic!("{other} is not a number type that is mixed"),
        }
    }

    /// Whether it holds numbers that are mixed.
    pub fn is_mixed(&self) -> bool {
        ["F32", "F16", "BF16"].contains(&self.dtype.as_str())
    }
}

/// Names in the order in which the safetensors library lays tensors out: wide types first, then by name.
fn file_order(tensors: &Tensors) -> Vec<&String> {
    let width = |tensor: &Tensor| match tensor.dtype.as_str() {
        "F64" | "I64" | "U64" => 8u8,
        "F32" | "I32" | "U32" => 4,
        "F16" | "BF16" | "I16" | "U16" => 2,
        _ => 1,
    };
    let mut names: Vec<&String> = tensors.keys().collect();
    names.sort_by_key(|name| (std::cmp::Reverse(width(&tensors[*name])), name.as_str()));
    names
}

/// The whole file.
pub fn to_bytes(tensors: &Tensors) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut elements = Vec::new();
    for name in file_order(tensors) {
        let tensor = &tensors[name];
        let from = elements.len();
        elements.extend_from_slice(&tensor.bytes);
        let entry = json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [from, elements.len()]});
        header.insert(name.clone(), entry);
    }
    with_header(&Value::Object(header).to_string(), &elements)
}

/// A file with this header, right or wrong.
pub fn with_header(header: &str, elements: &[u8]) -> Vec<u8> {
    let padded = format!("{header}{}", " ".repeat(header.len().wrapping_neg() % 8));
    let mut bytes = (padded.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(padded.as_bytes());
    bytes.extend_from_slice(elements);
    bytes
}

/// Header and data section of a file.
pub fn split(bytes: &[u8]) -> (Value, &[u8]) {
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header = serde_json::from_slice(&bytes[8..8 + length]).expect("a header is JSON");
    (header, &bytes[8 + length..])
}

/// The tensors of a file.
pub fn from_bytes(bytes: &[u8]) -> Tensors {
    let (header, elements) = split(bytes);
    let header = header.as_object().expect("a header is an object").clone();
    let tensors = header.into_iter().filter(|(name, _)| name != "__metadata__");
    tensors.map(|(name, entry)| (name, tensor(&entry, elements))).collect()
}

fn tensor(entry: &Value, elements: &[u8]) -> Tensor {
    let number = |value: &Value| value.as_u64().expect("a number");
    let list = |key: &str| entry[key].as_array().expect("a list").iter().map(number).collect::<Vec<u64>>();
    let offsets = list("data_offsets");
    Tensor {
        dtype: entry["dtype"].as_str().expect("a number type").to_owned(),
        shape: list("shape"),
        bytes: elements[offsets[0] as usize..offsets[1] as usize].to_vec(),
    }
}

/// The tensors of the file at `path`.
pub fn read(path: &Path) -> Tensors {
    from_bytes(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Writes the tensors to `path`, whose folder is made.
pub fn write(path: &Path, tensors: &Tensors) {
    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder can be made");
    fs::write(path, to_bytes(tensors)).expect("a scratch file can be written");
}
