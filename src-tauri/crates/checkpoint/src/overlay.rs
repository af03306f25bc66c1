//! A model some of whose tensors are another file's: a private layer over a specialist.

use std::sync::Arc;

use protocol::model::TensorSpec;

use crate::{Entry, Error, Source};

/// A tensor of a layer that has no place in the model below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// As the layer has it.
    pub layer: TensorSpec,
    /// As the model has it; `None` if it has no tensor of this name.
    pub own: Option<TensorSpec>,
}

/// A model in which the tensors of a layer stand in place of its own; both stay as they are.
pub struct Overlay {
    model: Arc<dyn Source>,
    layer: Arc<dyn Source>,
    entries: Vec<Entry>,
}

impl Overlay {
    /// Puts `layer` over `model`, by name. Number types may differ as long as both are of fractions or both whole.
    ///
    /// # Errors
    /// Every tensor of the layer that the model lacks or has in another shape.
    pub fn new(model: Arc<dyn Source>, layer: Arc<dyn Source>) -> Result<Self, Vec<Unfit>> {
        let unfit: Vec<Unfit> = layer.entries().iter().filter_map(|entry| unfit(model.as_ref(), &entry.spec)).collect();
        if !unfit.is_empty() {
            return Err(unfit);
        }
        // Files of the layer are counted after those of the model.
        let files = model.entries().iter().map(|entry| entry.file + 1).max().unwrap_or(0);
        let shown = |entry: &Entry| match layer.find(&entry.spec.name) {
            Some(own) => Entry { file: files + own.file, ..own.clone() },
            None => entry.clone(),
        };
        let entries = model.entries().iter().map(shown).collect();
        Ok(Self { model, layer, entries })
    }
}

fn unfit(model: &dyn Source, layer: &TensorSpec) -> Option<Unfit> {
    let own = model.find(&layer.name).map(|entry| entry.spec.clone());
    let fits = |own: &TensorSpec| own.shape == layer.shape && own.dtype.is_float() == layer.dtype.is_float();
    (!own.as_ref().is_some_and(fits)).then(|| Unfit { layer: layer.clone(), own })
}

impl Source for Overlay {
    fn place(&self) -> &str {
        self.model.place()
    }

    fn place_of(&self, name: &str) -> &str {
        if self.is_private(name) { self.layer.place() } else { self.model.place_of(name) }
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn is_private(&self, name: &str) -> bool {
        self.layer.find(name).is_some()
    }

    fn read(&self, entry: &Entry, at: u64, into: &mut [u8]) -> Result<(), Error> {
        match self.layer.find(&entry.spec.name) {
            Some(own) => self.layer.read(own, at, into),
            None => self.model.read(entry, at, into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemorySource;
    use protocol::model::Dtype;

    fn source(place: &str, tensors: &[(&str, Dtype, u64, u8)]) -> Arc<dyn Source> {
        let tensor = |&(name, dtype, length, byte): &(&str, Dtype, u64, u8)| {
            let spec = TensorSpec::new(name, dtype, [length]);
            let bytes = vec![byte; spec.bytes() as usize];
            (spec, bytes)
        };
        Arc::new(MemorySource::new(place, tensors.iter().map(tensor).collect()))
    }

    fn model() -> Arc<dyn Source> {
        source("m", &[("a", Dtype::F32, 2, 1), ("b", Dtype::F32, 3, 2), ("n", Dtype::I64, 1, 3)])
    }

    fn read(source: &dyn Source, name: &str) -> Vec<u8> {
        let entry = source.find(name).expect("a tensor of the fixture");
        let mut bytes = vec![0; entry.spec.bytes() as usize];
        source.read(entry, 0, &mut bytes).expect("it is in memory");
        bytes
    }

    #[test]
    fn tensors_of_the_layer_stand_in_place_of_the_models_own() {
        let over = Overlay::new(model(), source("l", &[("b", Dtype::BF16, 3, 9)])).expect("it fits");
        assert_eq!(over.entries().iter().map(|entry| entry.spec.name.as_str()).collect::<Vec<_>>(), ["a", "b", "n"]);
        assert_eq!((read(&over, "a"), read(&over, "b")), (vec![1; 8], vec![9; 6]));
        assert_eq!(over.find("b").map(|entry| entry.spec.dtype), Some(Dtype::BF16));
        assert_eq!((over.is_private("a"), over.is_private("b")), (false, true));
        assert_eq!((over.place(), over.place_of("a"), over.place_of("b")), ("m", "m", "l"));
        let files: Vec<usize> = over.entries().iter().map(|entry| entry.file).collect();
        assert!(files[1] > files[0].max(files[2]), "{files:?}");
    }

    #[test]
    fn unknown_tensors_other_shapes_and_other_kinds_are_all_named() {
        let layer = source("l", &[("a", Dtype::F32, 3, 0), ("n", Dtype::F32, 1, 0), ("x", Dtype::F32, 1, 0)]);
        let unfit = Overlay::new(model(), layer).err().expect("three do not fit");
        let told: Vec<(&str, bool)> = unfit.iter().map(|one| (one.layer.name.as_str(), one.own.is_some())).collect();
        assert_eq!(told, [("a", true), ("n", true), ("x", false)]);
    }
}
