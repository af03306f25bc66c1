//! Model files on a real disk: hostile, read, found, written.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod finding;
mod hostile;
mod packing;
mod reading;
mod writing;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;

/// One tensor for a fixture: name, number type, shape. Its bytes follow from the name.
type Spec<'a> = (&'a str, safetensors::Dtype, Vec<usize>);

/// Bytes that differ from tensor to tensor and from place to place.
fn bytes(name: &str, length: usize) -> Vec<u8> {
    let seed = name.bytes().fold(17u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    (0..length as u64).map(|at| (seed.wrapping_add(at).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

/// A weight file, made by the `safetensors` library.
fn library_file(tensors: &[Spec], metadata: &[(&str, &str)]) -> Vec<u8> {
    let bodies: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(name, dtype, shape)| bytes(name, shape.iter().product::<usize>() * dtype.bitsize() / 8))
        .collect();
    let views = tensors
        .iter()
        .zip(&bodies)
        .map(|((name, dtype, shape), body)| (*name, TensorView::new(*dtype, shape.clone(), body).unwrap()));
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    safetensors::serialize(views, (!metadata.is_empty()).then_some(metadata)).unwrap()
}

/// A small model of one file.
fn small_file(names: &[&str]) -> Vec<u8> {
    let specs: Vec<Spec> = names.iter().map(|name| (*name, safetensors::Dtype::F32, vec![2, 3])).collect();
    library_file(&specs, &[])
}

/// Writes a file, and the folders above it.
fn put(folder: &Path, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, contents).unwrap();
    path
}

/// Every path below a folder with the contents of files, sorted.
fn everything(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path));
            all.push((path, None));
        } else {
            let contents = std::fs::read(&path).unwrap();
            all.push((path, Some(contents)));
        }
    }
    all.sort();
    all
}
