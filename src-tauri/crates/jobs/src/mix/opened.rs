//! The models of a recipe, opened by their headers.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use checkpoint::{Checkpoint, Overlay, Source, Unfit};
use merge::Models;
use protocol::failure::{Failure, Problem};
use protocol::recipe::{Expert, Recipe};
use protocol::words::{card, problems as words};

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

/// The private layer of one expert.
pub(crate) struct Layer {
    /// Its file.
    pub file: Arc<Checkpoint>,
    /// Its name for people.
    name: String,
    /// The expert with this layer in place of its own tensors.
    whole: Overlay,
}

impl Layer {
    /// Puts a layer over an expert whose tensors have the names that all models use.
    fn over(own: &Arc<Checkpoint>, file: Checkpoint, expert: &Expert) -> Result<Self, Box<Problem>> {
        let file = Arc::new(file);
        let whole = Overlay::new(Arc::clone(own) as Arc<dyn Source>, Arc::clone(&file) as Arc<dyn Source>);
        let whole = whole.map_err(|unfit| Box::new(does_not_fit(&unfit, &expert.skill, file.place())))?;
        Ok(Self { file, name: card::own_layer(&expert.skill), whole })
    }
}

fn does_not_fit(unfit: &[Unfit], skill: &str, place: &str) -> Problem {
    let pairs: Vec<_> = unfit.iter().map(|one| (&one.layer, one.own.as_ref())).collect();
    words::layer_misfit(skill, place, &pairs)
}

/// The models of a recipe: the base if there is one, and the experts in order, with their private layers.
pub(crate) struct Opened {
    pub base: Option<Checkpoint>,
    /// The experts as they are by themselves.
    pub experts: Vec<Arc<Checkpoint>>,
    /// The layer of each expert, in the same order.
    pub layers: Vec<Option<Layer>>,
}

impl Opened {
    /// Checks the recipe itself, then opens every model and every layer.
    ///
    /// # Errors
    /// All problems at once.
    pub fn open(recipe: &Recipe) -> Result<Self, Failure> {
        let mut problems: Vec<Problem> = protocol::check::check(recipe);
        let mut files = Vec::new();
        for path in recipe::paths(recipe) {
            match Checkpoint::open(Path::new(path)) {
                Ok(file) => files.push(file),
                Err(error) => problems.push(failure::file(&error)),
            }
        }
        if !problems.is_empty() {
            return Err(Failure { problems });
        }
        let models = usize::from(recipe.base.is_some()) + recipe.experts.len();
        let layers = files.split_off(models);
        name_alike(&mut files.iter_mut().collect::<Vec<_>>());
        let mut files = files.into_iter();
        let base = recipe.base.as_ref().and_then(|_| files.next());
        let experts: Vec<Arc<Checkpoint>> = files.map(Arc::new).collect();
        let layers = put_over(&experts, layers, recipe)?;
        Ok(Self { base, experts, layers })
    }

    /// The models as `merge` takes them, with the skills of the recipe and its layers.
    pub fn models<'a>(&'a self, recipe: &'a Recipe) -> Models<'a> {
        let experts = recipe.experts.iter().enumerate();
        Models {
            base: self.base.as_ref().map(|base| base as &dyn Source),
            experts: experts.map(|(at, expert)| (expert.skill.as_str(), self.expert(at))).collect(),
        }
    }

    /// An expert with its layer.
    fn expert(&self, at: usize) -> &dyn Source {
        match &self.layers[at] {
            Some(layer) => &layer.whole,
            None => self.experts[at].as_ref(),
        }
    }

    /// The base first if there is one, then the experts.
    pub fn all(&self) -> impl Iterator<Item = &Checkpoint> {
        self.base.iter().chain(self.experts.iter().map(Arc::as_ref))
    }

    /// Everything that goes into a mix: the models in the order of [`Opened::all`], then the layers.
    pub fn inputs(&self) -> impl Iterator<Item = &Checkpoint> {
        self.all().chain(self.layers.iter().flatten().map(|layer| layer.file.as_ref()))
    }

    /// Names for people, in the order of [`Opened::inputs`].
    pub fn names(&self) -> Vec<String> {
        let models = self.all().map(|model| name_of(model.root(), model.metadata()));
        models.chain(self.layers.iter().flatten().map(|layer| layer.name.clone())).collect()
    }

    /// Names of the tensors that layers bring, sorted: they are not mixed, whatever stands in them.
    pub fn private(&self) -> BTreeSet<&str> {
        let layers = self.layers.iter().flatten();
        layers.flat_map(|layer| layer.file.entries()).map(|entry| entry.spec.name.as_str()).collect()
    }

    /// The model whose settings and word lists go with a body that belongs to nobody alone.
    pub fn lead(&self) -> Option<&Checkpoint> {
        self.all().next()
    }

    /// Whether all files are still those that were opened.
    pub fn unchanged(&self) -> Result<(), Failure> {
        let changed: Vec<Problem> =
            self.inputs().filter_map(|file| file.unchanged().err()).map(|error| failure::file(&error)).collect();
        if changed.is_empty() { Ok(()) } else { Err(Failure { problems: changed }) }
    }
}

/// The layer of every expert that has one; `files` are those layers in order.
fn put_over(
    experts: &[Arc<Checkpoint>],
    files: Vec<Checkpoint>,
    recipe: &Recipe,
) -> Result<Vec<Option<Layer>>, Failure> {
    let (mut files, mut layers, mut problems) = (files.into_iter(), Vec::new(), Vec::new());
    for (own, expert) in experts.iter().zip(&recipe.experts) {
        let file = expert.layer.as_ref().and_then(|_| files.next());
        match file.map(|file| Layer::over(own, file, expert)).transpose() {
            Ok(layer) => layers.push(layer),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() { Ok(layers) } else { Err(Failure { problems }) }
}
