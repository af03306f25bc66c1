//! A head in a file of its own.

use std::path::Path;

use checkpoint::{Checkpoint, Source};

use crate::Error;
use crate::engine::Head;
use crate::net::weights_of;

/// Names of the weight that are known, with those of its bias.
const NAMES: [(&str, &str); 2] = [("weight", "bias"), ("classifier.weight", "classifier.bias")];

/// The linear head in a file such as `head.safetensors`: `weight` `[classes, d]` and perhaps `bias` `[classes]`, or the
/// same with `classifier.` in front.
///
/// # Errors
/// [`Error::Read`] if the file cannot be opened, [`Error::Missing`] if there is no weight, [`Error::Misfit`] if the
/// shapes contradict each other or the file holds other tensors too: they would be part of the head and be left out.
pub fn head_of_file(path: &Path) -> Result<Head, Error> {
    let file = Checkpoint::open(path)?;
    let has = |name: &str| file.find(name).is_some();
    let names = NAMES.iter().find(|(weight, _)| has(weight));
    let &(weight, bias) = names.ok_or_else(|| Error::Missing { name: NAMES[0].0.into() })?;
    if let Some(other) = file.entries().iter().find(|entry| ![weight, bias].contains(&entry.spec.name.as_str())) {
        let fault = format!("beside {weight} there is {}", other.spec.name);
        return Err(Error::Misfit { name: "head".into(), fault });
    }
    let read = weights_of(&file);
    let bias = if has(bias) { Some(read(bias)?) } else { None };
    Head::linear(&read(weight)?, bias.as_ref())
}
