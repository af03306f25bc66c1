//! The models of a recipe, opened by their headers.

use std::path::Path;

use checkpoint::{Checkpoint, Source};
use merge::Models;
use protocol::failure::{Failure, Problem};
use protocol::recipe::Recipe;

use crate::inspect::name_of;
use crate::{failure, recipe};

/// Gives the tensors of all models the names that the others use (see [`merge::renamings`]).
pub(crate) fn name_alike(models: &mut [&mut Checkpoint]) {
    let sources: Vec<&dyn Source> = models.iter().map(|model| &**model as &dyn Source).collect();
    let renamings = merge::renamings(&sources);
    for (model, renaming) in models.iter_mut().zip(renamings) {
        if let Some(renaming) = renaming {
            model.rename(|name| renaming.apply(name));
        }
    }
}

/// The models of a recipe: the base if there is one, and the experts in order.
pub(crate) struct Opened {
    pub base: Option<Checkpoint>,
    pub experts: Vec<Checkpoint>,
}

impl Opened {
    /// Checks the recipe itself, then opens every model.
    ///
    /// # Errors
    /// All problems at once.
    pub fn open(recipe: &Recipe) -> Result<Self, Failure> {
        let mut problems: Vec<Problem> = protocol::check::check(recipe);
        let mut models = Vec::new();
        for path in recipe::paths(recipe) {
            match Checkpoint::open(Path::new(path)) {
                Ok(model) => models.push(model),
                Err(error) => problems.push(failure::file(&error)),
            }
        }
        if !problems.is_empty() {
            return Err(Failure { problems });
        }
        name_alike(&mut models.iter_mut().collect::<Vec<_>>());
        let mut models = models.into_iter();
        let base = recipe.base.as_ref().and_then(|_| models.next());
        Ok(Self { base, experts: models.collect() })
    }

    /// The models as `merge` takes them, with the skills of the recipe.
    pub fn models<'a>(&'a self, recipe: &'a Recipe) -> Models<'a> {
        let experts = recipe.experts.iter().zip(&self.experts);
        Models {
            base: self.base.as_ref().map(|base| base as &dyn Source),
            experts: experts.map(|(expert, model)| (expert.skill.as_str(), model as &dyn Source)).collect(),
        }
    }

    /// The base first if there is one, then the experts.
    pub fn all(&self) -> impl Iterator<Item = &Checkpoint> {
        self.base.iter().chain(&self.experts)
    }

    /// Names for people, in the order of [`Opened::all`].
    pub fn names(&self) -> Vec<String> {
        self.all().map(|model| name_of(model.root(), model.metadata())).collect()
    }

    /// The model whose settings and word lists go with a body that belongs to nobody alone.
    pub fn lead(&self) -> Option<&Checkpoint> {
        self.base.as_ref().or(self.experts.first())
    }

    /// Whether all files are still those that were opened.
    pub fn unchanged(&self) -> Result<(), Failure> {
        let changed: Vec<Problem> =
            self.all().filter_map(|model| model.unchanged().err()).map(|error| failure::file(&error)).collect();
        if changed.is_empty() { Ok(()) } else { Err(Failure { problems: changed }) }
    }
}
