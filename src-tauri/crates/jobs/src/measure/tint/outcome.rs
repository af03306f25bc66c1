//! From what was trained to a recipe with small layers beside it.

use std::path::{Path, PathBuf};

use learn::tint::{Slot, file_of};
use protocol::failure::Failure;
use protocol::recipe::{Recipe, Scope};
use protocol::score::Part;
use protocol::tint::{TintLayer, TintMemory, TintWay, Tinted};

use super::lesson::Lesson;
use super::training::Trained;
use crate::{failure, kept};

impl Lesson<'_> {
    /// The recipe of the best round, its layers written to `place`; without rows yet.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn outcome(&self, trained: Trained, place: &Path) -> Result<Tinted, Failure> {
        let mut recipe = self.with_strengths(&trained.coefficients);
        let layers = self.write_layers(&trained.state.layers, place)?;
        for layer in &layers {
            let own = recipe.experts.iter_mut().filter(|expert| expert.skill == layer.skill);
            own.for_each(|expert| expert.layer = Some(layer.file.clone()));
        }
        Ok(Tinted {
            recipe,
            rounds: trained.rounds,
            best_round: trained.best_round,
            seed: self.settings.seed,
            trained_parameters: trained.trained,
            parameters: self.parameters(),
            transductive: self.settings.part == Part::Judge,
            rows: vec![],
            layers,
            grid: trained.grid,
            judged: trained.judged,
            empty: trained.empty,
            memory: TintMemory { forecast: self.memory(), peak: None },
            seconds: 0.0,
            warnings: vec![],
        })
    }

    /// The recipe with a strength of its own for every tensor and skill.
    fn with_strengths(&self, coefficients: &[(String, Vec<f32>)]) -> Recipe {
        let mut recipe = self.start.clone();
        if matches!(self.settings.way, TintWay::Layers | TintWay::Body) && self.settings.start.is_none() {
            return recipe;
        }
        let scope = |(name, row): &(String, Vec<f32>)| Scope {
            pattern: name.clone(),
            strengths: Some(
                recipe.experts.iter().map(|expert| expert.skill.clone()).zip(row.iter().map(exact)).collect(),
            ),
            from: recipe.origin(name),
        };
        let own = coefficients.iter().map(scope).collect::<Vec<_>>();
        let rest = recipe.scopes.take().unwrap_or_default();
        // What was written for tensors that are not mixed here still holds for them.
        recipe.scopes = Some(own.into_iter().chain(rest).collect());
        recipe
    }

    /// Writes the private layer of every skill that has a trained one.
    fn write_layers(&self, layers: &[Vec<Slot>], place: &Path) -> Result<Vec<TintLayer>, Failure> {
        let names = self.names();
        let slugs = merge::slugs(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut written = Vec::new();
        for ((skill, slug), slots) in names.into_iter().zip(slugs).zip(layers).filter(|(_, slots)| !slots.is_empty()) {
            let file: PathBuf = place.join("layers").join(format!("{slug}.safetensors"));
            let bytes = file_of(slots.iter().map(|slot| (slot.name.as_str(), &slot.values)), [("format", "pt")]);
            kept::write(&file, &bytes).map_err(|error| Failure::from(failure::cannot_write(&file, &error)))?;
            written.push(TintLayer { skill, file: file.display().to_string() });
        }
        Ok(written)
    }
}

/// The shortest decimal number that is this one in single precision: a recipe is read by people too.
fn exact(value: &f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(*value))
}
