//! Which path an id stands for. The page holds ids only.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use protocol::failure::Failure;
use protocol::measure::Given;
use protocol::model::ModelId;
use protocol::project::Project;
use protocol::recipe::Recipe;
use protocol::words::problems;

/// All places that this session has seen.
#[derive(Default)]
pub struct Places(Mutex<HashMap<ModelId, PathBuf>>);

impl Places {
    /// Registers `path`, and says by which id the page may speak of it.
    pub fn register(&self, path: &Path) -> ModelId {
        let id = jobs::model_id(path);
        self.keep(id.clone(), path);
        id
    }

    /// Registers `path` under the id that the core gave it.
    pub fn keep(&self, id: ModelId, path: &Path) {
        if let Ok(mut known) = self.0.lock() {
            known.insert(id, path.to_owned());
        }
    }

    /// The path behind `id`.
    ///
    /// # Errors
    /// [`protocol::failure::FailureCode::FileChanged`] for an id that was never given out.
    pub fn path(&self, id: &ModelId) -> Result<PathBuf, Failure> {
        let found = self.0.lock().ok().and_then(|known| known.get(id).cloned());
        found.ok_or_else(|| problems::file_changed(&id.0, true).into())
    }

    /// The paths behind all `ids`, or every id that stands for nothing.
    pub fn paths(&self, ids: &[ModelId]) -> Result<Vec<PathBuf>, Failure> {
        let (mut paths, mut unknown) = (Vec::new(), Vec::new());
        for id in ids {
            match self.path(id) {
                Ok(path) => paths.push(path),
                Err(failure) => unknown.extend(failure.problems),
            }
        }
        if unknown.is_empty() { Ok(paths) } else { Err(Failure { problems: unknown }) }
    }

    /// `recipe` with paths in place of ids.
    pub fn recipe_out(&self, mut recipe: Recipe) -> Result<Recipe, Failure> {
        for path in paths_of(&mut recipe) {
            *path = self.text(path)?;
        }
        Ok(recipe)
    }

    /// `recipe` with ids in place of paths.
    pub fn recipe_in(&self, mut recipe: Recipe) -> Recipe {
        for path in paths_of(&mut recipe) {
            *path = self.register(Path::new(&*path)).0;
        }
        recipe
    }

    /// Examples with paths in place of ids.
    pub fn given_out(&self, mut given: Vec<Given>) -> Result<Vec<Given>, Failure> {
        for given in &mut given {
            given.path = self.text(&given.path)?;
        }
        Ok(given)
    }

    /// `project` with paths in place of ids.
    pub fn project_out(&self, mut project: Project) -> Result<Project, Failure> {
        project.recipe = self.recipe_out(project.recipe)?;
        for examples in &mut project.examples {
            (examples.model, examples.path) = (self.text(&examples.model)?, self.text(&examples.path)?);
        }
        for model in &mut project.models {
            model.path = self.text(&model.path)?;
        }
        Ok(project)
    }

    /// `project` with ids in place of paths.
    pub fn project_in(&self, mut project: Project) -> Project {
        project.recipe = self.recipe_in(project.recipe);
        let id = |path: &str| self.register(Path::new(path)).0;
        for examples in &mut project.examples {
            (examples.model, examples.path) = (id(&examples.model), id(&examples.path));
        }
        for model in &mut project.models {
            model.path = self.register(Path::new(&model.path)).0;
        }
        project
    }

    fn text(&self, id: &str) -> Result<String, Failure> {
        Ok(self.path(&ModelId(id.to_owned()))?.to_string_lossy().into_owned())
    }
}

/// Every path in `recipe`, those of private layers too.
fn paths_of(recipe: &mut Recipe) -> impl Iterator<Item = &mut String> {
    let base = recipe.base.iter_mut().map(|base| &mut base.path);
    base.chain(recipe.experts.iter_mut().flat_map(|expert| std::iter::once(&mut expert.path).chain(&mut expert.layer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::failure::FailureCode;

    fn recipe() -> Recipe {
        let experts = [("a", "/models/a"), ("b", "/models/b")];
        let mut recipe = Recipe::new("task_arithmetic", Some("/models/base"), &experts);
        recipe.experts[1].layer = Some("/models/layers/b.safetensors".into());
        recipe
    }

    #[test]
    fn ids_stand_for_paths_both_ways() {
        let places = Places::default();
        let inside = places.recipe_in(recipe());
        assert!(!format!("{inside:?}").contains("/models"), "{inside:?}");
        assert_ne!(inside.experts[0].path, inside.experts[1].path);
        assert_eq!(places.recipe_out(inside).expect("all are registered"), recipe());
    }

    #[test]
    fn a_path_in_place_of_an_id_is_refused() {
        let places = Places::default();
        places.register(Path::new("/models/a"));
        let refusal = places.recipe_out(recipe()).expect_err("paths are no ids");
        assert_eq!(refusal.problems[0].code, FailureCode::FileChanged);
    }

    #[test]
    fn every_unknown_id_is_named() {
        let places = Places::default();
        let known = places.register(Path::new("/models/a"));
        let unknown = |id: &str| ModelId(id.to_owned());
        let refusal = places.paths(&[unknown("x"), known, unknown("y")]).expect_err("two are unknown");
        assert_eq!(refusal.problems.len(), 2);
    }
}
