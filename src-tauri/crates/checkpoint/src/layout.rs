//! Which tensor goes where in which file, and the exact bytes of headers and indexes; pure.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use protocol::model::TensorSpec;
use serde::Serialize;

use crate::names::{INDEX, Part, WEIGHTS};

/// One set of weight files to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Folder within the output folder, with `/` between parts; empty for the output folder itself.
    pub folder: String,
    /// Name of the files without ending, such as `model`.
    pub stem: String,
    /// The tensors, in any order; names are unique.
    pub tensors: Vec<TensorSpec>,
    /// Metadata of every header.
    pub metadata: BTreeMap<String, String>,
    /// A new file is begun before its tensors would exceed this many bytes; 0: everything in one file.
    ///
    /// A tensor that is larger alone gets a file of its own.
    pub shard_bytes: u64,
}

/// One weight file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Path within the output folder, with `/` between parts.
    pub path: String,
    /// Length field and JSON text.
    pub header: Vec<u8>,
    /// Tensors in order.
    pub tensors: Vec<TensorSpec>,
    /// Bytes of the whole file.
    pub bytes: u64,
}

/// All files of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Weight files in order.
    pub shards: Vec<Shard>,
    /// Path and text of the index, if there is more than one shard.
    pub index: Option<(String, String)>,
}

/// Order of tensors in a file, as the `safetensors` library writes them: number type descending, then name.
pub fn file_order(a: &TensorSpec, b: &TensorSpec) -> Ordering {
    b.dtype.cmp(&a.dtype).then_with(|| a.name.cmp(&b.name))
}

/// Relative paths and exact sizes of the files of a target; the last is the index if there is more than one shard.
///
/// # Example
/// ```
/// # use checkpoint::{Target, files_of};
/// # use protocol::model::{Dtype, TensorSpec};
/// let tensors = vec![TensorSpec::new("a", Dtype::F32, [2]), TensorSpec::new("b", Dtype::F32, [2])];
/// let target = Target { stem: "model".into(), tensors, shard_bytes: 8, ..Target::default() };
/// let names: Vec<String> = files_of(&target).into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names[1], "model-00002-of-00002.safetensors");
/// assert_eq!(names[2], "model.safetensors.index.json");
/// ```
pub fn files_of(target: &Target) -> Vec<(String, u64)> {
    let layout = layout(target);
    let shards = layout.shards.into_iter().map(|shard| (shard.path, shard.bytes));
    shards.chain(layout.index.map(|(path, text)| (path, text.len() as u64))).collect()
}

/// Plans all files of a target.
pub(crate) fn layout(target: &Target) -> Layout {
    let groups = split(target);
    let parts = groups.len();
    let place = |name: String| if target.folder.is_empty() { name } else { format!("{}/{name}", target.folder) };
    let shards = groups.into_iter().enumerate().map(|(at, tensors)| {
        let header = header(&tensors, &target.metadata);
        let bytes = header.len() as u64 + tensors.iter().map(TensorSpec::bytes).sum::<u64>();
        Shard { path: place(shard_name(&target.stem, at + 1, parts)), header, tensors, bytes }
    });
    let shards: Vec<Shard> = shards.collect();
    let index = (parts > 1).then(|| (place(format!("{}{INDEX}", target.stem)), index(&shards)));
    Layout { shards, index }
}

/// Tensors of each file: greedy, in file order.
fn split(target: &Target) -> Vec<Vec<TensorSpec>> {
    let mut tensors = target.tensors.clone();
    tensors.sort_by(file_order);
    let most = if target.shard_bytes == 0 { u64::MAX } else { target.shard_bytes };
    let mut groups = vec![Vec::new()];
    let mut filled = 0u64;
    for spec in tensors {
        let bytes = spec.bytes();
        let Some(group) = groups.last_mut().filter(|group| group.is_empty() || filled.saturating_add(bytes) <= most)
        else {
            filled = bytes;
            groups.push(vec![spec]);
            continue;
        };
        filled = filled.saturating_add(bytes);
        group.push(spec);
    }
    groups
}

fn shard_name(stem: &str, part: usize, parts: usize) -> String {
    match parts {
        1 => format!("{stem}{WEIGHTS}"),
        _ => Part { stem: stem.to_owned(), part, parts, digits: 5 }.name(part),
    }
}

/// A tensor in a header, with its fields in the library's order.
#[derive(Serialize)]
struct Place<'a> {
    dtype: &'static str,
    shape: &'a [u64],
    data_offsets: (u64, u64),
}

/// Length field and JSON text of a header, as the `safetensors` library writes them; metadata is sorted by key.
pub(crate) fn header(tensors: &[TensorSpec], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut parts = Vec::with_capacity(tensors.len() + 1);
    if !metadata.is_empty() {
        parts.push(format!("\"__metadata__\":{}", json(metadata)));
    }
    let mut begin = 0;
    for spec in tensors {
        let end = begin + spec.bytes();
        let place = Place { dtype: spec.dtype.name(), shape: &spec.shape, data_offsets: (begin, end) };
        parts.push(format!("{}:{}", json(&spec.name), json(&place)));
        begin = end;
    }
    let mut text = format!("{{{}}}", parts.join(",")).into_bytes();
    // Spaces up to the next multiple of 8, so that the tensors are aligned.
    text.resize(text.len().next_multiple_of(8), b' ');
    [&(text.len() as u64).to_le_bytes(), &text[..]].concat()
}

/// The bytes of a weight file that is made in memory: tensors in this order, each with as many bytes as its type and shape
/// say, and metadata.
pub fn small_file(tensors: &[(TensorSpec, Vec<u8>)], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let specs: Vec<TensorSpec> = tensors.iter().map(|(spec, _)| spec.clone()).collect();
    let mut bytes = header(&specs, metadata);
    tensors.iter().for_each(|(_, own)| bytes.extend_from_slice(own));
    bytes
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and maps with text keys always have a JSON form")
}

/// The index as Hugging Face libraries expect and write it.
fn index(shards: &[Shard]) -> String {
    #[derive(Serialize)]
    struct Sizes {
        total_size: u64,
    }
    #[derive(Serialize)]
    struct Index<'a> {
        metadata: Sizes,
        weight_map: BTreeMap<&'a str, &'a str>,
    }
    let tensors = || shards.iter().flat_map(|shard| shard.tensors.iter().map(move |spec| (spec, shard)));
    let name = |shard: &'_ Shard| shard.path.rfind('/').map_or(0, |at| at + 1);
    let index = Index {
        metadata: Sizes { total_size: tensors().map(|(spec, _)| spec.bytes()).sum() },
        weight_map: tensors().map(|(spec, shard)| (spec.name.as_str(), &shard.path[name(shard)..])).collect(),
    };
    serde_json::to_string_pretty(&index).expect("texts and numbers always have a JSON form") + "\n"
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use protocol::model::Dtype;

    pub(crate) fn specs() -> impl Strategy<Value = Vec<TensorSpec>> {
        let one = (0..Dtype::ALL.len(), proptest::collection::vec(0u64..5, 0..4));
        proptest::collection::btree_map("[a-z.\"é]{1,8}", one, 0..12).prop_map(|tensors| {
            tensors.into_iter().map(|(name, (dtype, shape))| TensorSpec::new(name, Dtype::ALL[dtype], shape)).collect()
        })
    }

    fn target(tensors: Vec<TensorSpec>, shard_bytes: u64) -> Target {
        Target { folder: "a/b".into(), stem: "model".into(), tensors, shard_bytes, ..Target::default() }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(20263), ..ProptestConfig::default() })]

        #[test]
        fn every_tensor_is_in_exactly_one_shard_without_holes(tensors in specs(), shard_bytes in 0u64..400) {
            let layout = layout(&target(tensors.clone(), shard_bytes));
            let mut placed: Vec<TensorSpec> = layout.shards.iter().flat_map(|shard| shard.tensors.clone()).collect();
            let mut sorted = tensors;
            sorted.sort_by(file_order);
            prop_assert_eq!(&placed, &sorted);
            placed.dedup();
            prop_assert_eq!(placed.len(), sorted.len());
            for shard in &layout.shards {
                let held: u64 = shard.tensors.iter().map(TensorSpec::bytes).sum();
                prop_assert_eq!(shard.bytes, shard.header.len() as u64 + held);
                prop_assert!(shard_bytes == 0 || held <= shard_bytes || shard.tensors.iter().filter(|s| s.bytes() > 0).count() == 1);
                let parsed = crate::header::parse("x".as_ref(), &shard.header[8..]).unwrap();
                let read: Vec<TensorSpec> = parsed.tensors.iter().map(|(spec, _)| spec.clone()).collect();
                let mut written = shard.tensors.clone();
                // Tensors without elements share their position; the parser orders those by name.
                let by_name = |list: &mut Vec<TensorSpec>| list.sort_by(|a, b| a.name.cmp(&b.name));
                let mut read_sorted = read.clone();
                by_name(&mut read_sorted);
                by_name(&mut written);
                prop_assert_eq!(read_sorted, written);
            }
        }
    }

    #[test]
    fn splitting_is_greedy_and_named_like_the_usual_shards() {
        let tensors: Vec<TensorSpec> = ["a", "b", "c"].map(|name| TensorSpec::new(name, Dtype::F32, [2])).into();
        let names =
            |bytes| files_of(&target(tensors.clone(), bytes)).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(24), ["a/b/model.safetensors"]);
        assert_eq!(
            names(23),
            [
                "a/b/model-00001-of-00002.safetensors",
                "a/b/model-00002-of-00002.safetensors",
                "a/b/model.safetensors.index.json"
            ]
        );
        assert_eq!(names(1).len(), 4);
        assert_eq!(names(0), names(24));
    }

    #[test]
    fn the_index_has_the_usual_form() {
        let tensors: Vec<TensorSpec> = ["b", "a"].map(|name| TensorSpec::new(name, Dtype::F32, [2])).into();
        let expected = r#"{
  "metadata": {
    "total_size": 16
  },
  "weight_map": {
    "a": "model-00001-of-00002.safetensors",
    "b": "model-00002-of-00002.safetensors"
  }
}
"#;
        let (path, text) = layout(&target(tensors, 8)).index.unwrap();
        assert_eq!((path.as_str(), text.as_str()), ("a/b/model.safetensors.index.json", expected));
    }
}
