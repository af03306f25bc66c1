//! Everything that a tint has learnt so far, and how it is kept.

use checkpoint::Checkpoint;
use protocol::model::{Dtype, TensorSpec};
use serde::{Deserialize, Serialize};

use super::adam::Moments;
use crate::Error;
use crate::net::{Array, weights_of};

/// Key of the metadata that holds counters.
const COUNTERS: &str = "tincture.tint";

/// A tensor that is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// Its numbers.
    pub values: Array,
    /// What Adam remembers of it.
    pub moments: Moments,
}

impl Slot {
    /// A tensor at its start.
    pub fn new(name: impl Into<String>, values: Array) -> Self {
        let moments = Moments::new(values.values.len());
        Self { name: name.into(), values, moments }
    }

    /// One step of Adam.
    pub fn step(&mut self, gradient: &[f32], rate: f64) {
        self.moments.step(&mut self.values.values, gradient, rate);
    }
}

/// What is trained, and how far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// Rounds done.
    pub round: u32,
    /// Visits so far of each skill.
    pub visits: Vec<u64>,
    /// Visits in which no example took part.
    pub empty: u64,
    /// Coefficients: one row for every tensor (one for all, task-wise), a number for each expert.
    pub coefficients: Vec<Slot>,
    /// Private layers of each skill.
    pub layers: Vec<Vec<Slot>>,
    /// The common body, where its weights themselves are trained.
    pub body: Vec<Slot>,
}

/// What is kept beside the tensors.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counters {
    round: u32,
    visits: Vec<u64>,
    empty: u64,
    /// Group, name, steps: in the order of the state.
    slots: Vec<(String, String, u64)>,
    /// What the caller keeps.
    note: String,
}

impl State {
    /// All tensors with the name of their group.
    fn slots(&self) -> impl Iterator<Item = (String, &Slot)> {
        let layers = self.layers.iter().enumerate();
        let layers = layers.flat_map(|(skill, slots)| slots.iter().map(move |slot| (format!("layer {skill}"), slot)));
        let coefficients = self.coefficients.iter().map(|slot| ("coefficients".to_owned(), slot));
        coefficients.chain(layers).chain(self.body.iter().map(|slot| ("body".to_owned(), slot)))
    }

    /// Numbers that are trained.
    pub fn trained(&self) -> u64 {
        self.slots().map(|(_, slot)| slot.values.values.len() as u64).sum()
    }

    /// Whether every number is one.
    pub fn is_finite(&self) -> bool {
        self.slots().all(|(_, slot)| slot.values.values.iter().all(|value| value.is_finite()))
    }

    /// The bytes of a weight file that holds the state, and `note` for the caller; equal states give equal bytes.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn to_bytes(&self, note: &str) -> Result<Vec<u8>, Error> {
        let mut counters =
            Counters { round: self.round, visits: self.visits.clone(), empty: self.empty, ..Counters::default() };
        counters.note = note.to_owned();
        let mut held: Vec<(String, Array)> = Vec::new();
        for (at, (group, slot)) in self.slots().enumerate() {
            counters.slots.push((group, slot.name.clone(), slot.moments.steps));
            let flat = |values: &[f32]| Array { shape: vec![values.len()], values: values.to_vec() };
            held.push((format!("{at}.value"), slot.values.clone()));
            held.push((format!("{at}.first"), flat(&slot.moments.first)));
            held.push((format!("{at}.second"), flat(&slot.moments.second)));
        }
        let counters = serde_json::to_string(&counters).map_err(|error| Error::State { fault: error.to_string() })?;
        Ok(file_of(held.iter().map(|(name, array)| (name.as_str(), array)), [(COUNTERS, counters.as_str())]))
    }

    /// The state and the note that a file of [`State::to_bytes`] holds, opened as any weight file.
    ///
    /// # Errors
    /// [`Error::State`] if it holds none, [`Error::Read`].
    pub fn of_file(file: &Checkpoint) -> Result<(Self, String), Error> {
        let fault = |fault: String| Error::State { fault };
        let text = file.metadata().get(COUNTERS).ok_or_else(|| fault("no counters".into()))?;
        let counters: Counters = serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
        let read = |name: String| weights_of(file)(&name);
        let mut state = Self {
            round: counters.round,
            layers: vec![Vec::new(); counters.visits.len()],
            visits: counters.visits,
            empty: counters.empty,
            ..Self::default()
        };
        for (at, (group, name, steps)) in counters.slots.into_iter().enumerate() {
            let (first, second) = (read(format!("{at}.first"))?.values, read(format!("{at}.second"))?.values);
            let slot = Slot { name, values: read(format!("{at}.value"))?, moments: Moments { first, second, steps } };
            state.group(&group).ok_or_else(|| fault(format!("an unknown group {group}")))?.push(slot);
        }
        Ok((state, counters.note))
    }

    fn group(&mut self, name: &str) -> Option<&mut Vec<Slot>> {
        match name {
            "coefficients" => Some(&mut self.coefficients),
            "body" => Some(&mut self.body),
            layer => self.layers.get_mut(layer.strip_prefix("layer ")?.parse::<usize>().ok()?),
        }
    }

    /// Whether `other` trains the same tensors of the same shapes.
    pub fn is_like(&self, other: &Self) -> bool {
        let shapes = |state: &Self| -> Vec<(String, String, Vec<usize>)> {
            state.slots().map(|(group, slot)| (group, slot.name.clone(), slot.values.shape.clone())).collect()
        };
        shapes(self) == shapes(other)
    }
}

/// The bytes of a weight file with these tensors in single precision, and one entry of metadata.
pub fn file_of<'a>(tensors: impl Iterator<Item = (&'a str, &'a Array)>, [(key, value)]: [(&str, &str); 1]) -> Vec<u8> {
    let bytes = |array: &Array| array.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let shape = |array: &Array| array.shape.iter().map(|&length| length as u64).collect::<Vec<u64>>();
    let held: Vec<(TensorSpec, Vec<u8>)> =
        tensors.map(|(name, array)| (TensorSpec::new(name, Dtype::F32, shape(array)), bytes(array))).collect();
    checkpoint::small_file(&held, &[(key.to_owned(), value.to_owned())].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let slot = |name: &str, values: &[f32]| {
            let mut slot = Slot::new(name, Array::new([values.len()], values.to_vec()).expect("a row"));
            slot.step(&vec![0.5; values.len()], 0.01);
            slot
        };
        State {
            round: 50,
            visits: vec![50, 49],
            empty: 1,
            coefficients: vec![slot("a", &[0.1, 0.2]), slot("b", &[0.3, 0.4])],
            layers: vec![vec![slot("weight", &[1.0, 2.0, 3.0])], vec![]],
            body: vec![slot("a", &[5.0])],
        }
    }

    #[test]
    fn what_is_kept_comes_back_to_the_bit() {
        let bytes = state().to_bytes("of a recipe").expect("plain numbers");
        assert_eq!(bytes, state().to_bytes("of a recipe").expect("plain numbers"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("state.safetensors");
        std::fs::write(&file, &bytes).expect("a writable folder");
        let opened = Checkpoint::open(&file).expect("a weight file");
        assert_eq!(State::of_file(&opened).expect("its own bytes"), (state(), "of a recipe".to_owned()));
        std::fs::write(&file, &bytes[..bytes.len() - 1]).expect("a writable folder");
        assert!(Checkpoint::open(&file).is_err(), "a torn file is refused");
        assert_eq!(state().trained(), 8);
    }

    #[test]
    fn states_of_other_tensors_are_told_apart() {
        let mut other = state();
        other.coefficients[0].values.values[0] = 0.9;
        assert!(other.is_like(&state()) && other.is_finite());
        other.coefficients[0].name = "c".into();
        assert!(!other.is_like(&state()));
        other.body[0].values.values[0] = f32::NAN;
        assert!(!other.is_finite());
    }
}
