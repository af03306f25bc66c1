//! The models of a mix, opened once and kept in memory where they fit.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use checkpoint::{Checkpoint, MemorySource, Overlay, Source};
use kernels::Engine;
use merge::{Budget, Control as _, Models as Sources, Needs, Prepared};
use protocol::event::Phase;
use protocol::failure::Failure;
use protocol::model::TensorSpec;
use protocol::recipe::{Expert, Recipe};
use protocol::words::problems;

use super::skill::Specialist;
use super::voice::Home;
use crate::mix::{Layer, Opened};
use crate::teller::{Quiet, Teller};
use crate::{failure, machine};

/// What is left free for the rest of the program and for others.
const SPARE_BYTES: u64 = 512 << 20;
/// A network in `f32` beside the mix it is made of, and room for what runs through it.
const BYTES_A_NUMBER: u64 = 12;

/// Models of a recipe.
pub(super) struct Models {
    places: Vec<Option<String>>,
    opened: Opened,
    /// The same tensors in memory, in the same order; `None` where they would not fit.
    held: Option<Vec<Arc<MemorySource>>>,
    /// For each expert its tensors with those of its private layer in their place; `None` without a layer.
    tinted: Vec<Option<Overlay>>,
    /// For each expert the tensors that only it has.
    private: Vec<Vec<String>>,
    /// Names of tensors that are private because of a layer.
    layers: BTreeSet<String>,
    /// What methods had to know of these models, with layers or without.
    prepared: RefCell<Vec<((Needs, bool), Prepared)>>,
}

impl Models {
    /// Opens the models of a recipe and reads them into memory, if they fit.
    ///
    /// # Errors
    /// What speaks against the recipe or the models; cancelled.
    pub fn open(recipe: &Recipe, teller: &Teller) -> Result<Self, Failure> {
        let opened = Opened::open(recipe)?;
        let alignment = merge::align(&opened.models(recipe));
        if !alignment.problems.is_empty() {
            return Err(Failure { problems: alignment.problems });
        }
        let held = if fits(&opened)? { Some(hold(&opened, teller)?) } else { None };
        let tinted = tinted(&opened, held.as_deref(), teller)?;
        let (places, private, layers) = (places(recipe), alignment.private, alignment.layers);
        Ok(Self { places, opened, held, tinted, private, layers, prepared: RefCell::default() })
    }

    /// Whether these are the models of this recipe, as they are on disk now.
    pub fn are_of(&self, recipe: &Recipe) -> bool {
        places(recipe) == self.places && self.opened.unchanged().is_ok()
    }

    /// Whether they are in memory.
    pub fn are_held(&self) -> bool {
        self.held.is_some()
    }

    /// The models as mixes take them: with the layers that `recipe` names. References are mixed without any.
    pub fn sources<'a>(&'a self, recipe: &'a Recipe) -> Sources<'a> {
        let source = |at: usize, expert: &Expert| match &self.tinted[at] {
            Some(tinted) if expert.layer.is_some() => tinted,
            _ => self.expert(at),
        };
        let experts = recipe.experts.iter().enumerate();
        let experts = experts.map(|(at, expert)| (expert.skill.as_str(), source(at, expert))).collect();
        Sources { base: self.base(), experts }
    }

    /// Names of the tensors that are private in the mix of `recipe` because of a layer.
    pub fn layers_of(&self, recipe: &Recipe) -> BTreeSet<String> {
        if has_layers(recipe) { self.layers.clone() } else { BTreeSet::new() }
    }

    /// What the method of `recipe` has to know of `sources`, which are these models; found once.
    ///
    /// # Errors
    /// What ends a sweep over the models.
    pub fn prepared(
        &self,
        recipe: &Recipe,
        sources: &Sources,
        engine: &mut dyn Engine,
        budget: &Budget,
        teller: &Teller,
    ) -> Result<Prepared, Failure> {
        let needs = (Needs::of(recipe), has_layers(recipe));
        let known = self.prepared.borrow().iter().find(|(known, _)| *known == needs).map(|(_, found)| found.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let found = merge::prepare(recipe, sources, Box::new(engine), budget, &Quiet(teller));
        let found = found.map_err(|error| Failure::from(failure::run(&error)))?;
        self.prepared.borrow_mut().push((needs, found.clone()));
        Ok(found)
    }

    /// The tensors of the base.
    pub fn base(&self) -> Option<&dyn Source> {
        self.opened.base.as_ref().map(|_| self.source(0))
    }

    /// The tensors of an expert, as it is without its layer.
    pub fn expert(&self, at: usize) -> &dyn Source {
        self.source(at + usize::from(self.opened.base.is_some()))
    }

    /// An expert as one that can be asked.
    pub fn specialist(&self, at: usize) -> Specialist<'_> {
        let home = Home { own: &self.opened.experts[at], base: self.opened.base.as_ref() };
        let private = self.private.get(at).map_or(&[][..], Vec::as_slice);
        Specialist { home, source: self.expert(at), private, at }
    }

    /// In the order of [`Opened::all`].
    fn source(&self, at: usize) -> &dyn Source {
        match &self.held {
            Some(held) => held[at].as_ref(),
            None => match (at, &self.opened.base) {
                (0, Some(base)) => base,
                (at, base) => self.opened.experts[at - usize::from(base.is_some())].as_ref(),
            },
        }
    }
}

/// Names, types and shapes of all tensors of a model.
pub(super) fn specs(source: &dyn Source) -> Vec<TensorSpec> {
    source.entries().iter().map(|entry| entry.spec.clone()).collect()
}

/// Whether all models fit into memory beside one network.
///
/// # Errors
/// If not even the network fits.
fn fits(opened: &Opened) -> Result<bool, Failure> {
    let numbers = |model: &Checkpoint| model.entries().iter().map(|entry| entry.spec.elements()).sum::<u64>();
    let network = opened.all().map(numbers).max().unwrap_or(0).saturating_mul(BYTES_A_NUMBER);
    let needs = network.saturating_add(SPARE_BYTES);
    let free = machine::free_memory();
    if needs > free {
        return Err(problems::not_enough_memory(needs, free).into());
    }
    let models: u64 = opened.inputs().map(Checkpoint::file_bytes).sum();
    Ok(needs.saturating_add(models) <= free)
}

fn hold(opened: &Opened, teller: &Teller) -> Result<Vec<Arc<MemorySource>>, Failure> {
    teller.begin(Phase::Load, opened.inputs().map(Checkpoint::file_bytes).sum());
    opened.all().map(|model| read_whole(model, teller).map(Arc::new)).collect()
}

/// Every expert with its layer, in memory where the models are.
fn tinted(
    opened: &Opened,
    held: Option<&[Arc<MemorySource>]>,
    teller: &Teller,
) -> Result<Vec<Option<Overlay>>, Failure> {
    let one = |(at, layer): (usize, &Option<Layer>)| -> Result<Option<Overlay>, Failure> {
        let Some(layer) = layer else { return Ok(None) };
        let (own, over): (Arc<dyn Source>, Arc<dyn Source>) = match held {
            Some(held) => {
                let own = &held[at + usize::from(opened.base.is_some())];
                (Arc::clone(own) as _, Arc::new(read_whole(&layer.file, teller)?))
            }
            None => (Arc::clone(&opened.experts[at]) as _, Arc::clone(&layer.file) as _),
        };
        // The layer was put over the same expert when it was opened.
        Overlay::new(own, over).map(Some).map_err(|_| problems::bug("a layer does not fit".into()).into())
    };
    opened.layers.iter().enumerate().map(one).collect()
}

/// The paths of base, experts and layers, each at its own place.
fn places(recipe: &Recipe) -> Vec<Option<String>> {
    let base = recipe.base.as_ref().map(|base| base.path.clone());
    let experts = recipe.experts.iter().flat_map(|expert| [Some(expert.path.clone()), expert.layer.clone()]);
    std::iter::once(base).chain(experts).collect()
}

fn has_layers(recipe: &Recipe) -> bool {
    recipe.experts.iter().any(|expert| expert.layer.is_some())
}

fn read_whole(model: &Checkpoint, teller: &Teller) -> Result<MemorySource, Failure> {
    let one = |entry: &checkpoint::Entry| {
        if !teller.proceed() {
            return Err(problems::cancelled().into());
        }
        let mut bytes = vec![0; entry.spec.bytes() as usize];
        model.read(entry, 0, &mut bytes).map_err(|error| Failure::from(failure::file(&error)))?;
        teller.count(entry.spec.bytes());
        Ok((entry.spec.clone(), bytes))
    };
    let tensors = model.entries().iter().map(one).collect::<Result<_, Failure>>()?;
    Ok(MemorySource::new(model.place(), tensors))
}
