//! The models of a mix, opened once and kept in memory where they fit.

use std::cell::RefCell;

use checkpoint::{Checkpoint, MemorySource, Source};
use kernels::Engine;
use merge::{Budget, Control as _, Models as Sources, Needs, Prepared};
use protocol::event::Phase;
use protocol::failure::Failure;
use protocol::model::TensorSpec;
use protocol::recipe::Recipe;
use protocol::words::problems;

use super::skill::Specialist;
use super::voice::Home;
use crate::mix::Opened;
use crate::teller::{Quiet, Teller};
use crate::{failure, machine, recipe};

/// What is left free for the rest of the program and for others.
const SPARE_BYTES: u64 = 512 << 20;
/// A network in `f32` beside the mix it is made of, and room for what runs through it.
const BYTES_A_NUMBER: u64 = 12;

/// Models of a recipe.
pub(super) struct Models {
    paths: Vec<String>,
    opened: Opened,
    /// The same tensors in memory, in the same order; `None` where they would not fit.
    held: Option<Vec<MemorySource>>,
    /// For each expert the tensors that only it has.
    private: Vec<Vec<String>>,
    /// What methods had to know of these models.
    prepared: RefCell<Vec<(Needs, Prepared)>>,
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
        let paths = recipe::paths(recipe).map(str::to_owned).collect();
        Ok(Self { paths, opened, held, private: alignment.private, prepared: RefCell::default() })
    }

    /// Whether these are the models of this recipe, as they are on disk now.
    pub fn are_of(&self, recipe: &Recipe) -> bool {
        let has_base = recipe.base.is_some() == self.opened.base.is_some();
        has_base && recipe::paths(recipe).eq(self.paths.iter().map(String::as_str)) && self.opened.unchanged().is_ok()
    }

    /// Whether they are in memory.
    pub fn are_held(&self) -> bool {
        self.held.is_some()
    }

    /// The models as mixes take them.
    pub fn sources<'a>(&'a self, recipe: &'a Recipe) -> Sources<'a> {
        let skills = recipe.experts.iter().map(|expert| expert.skill.as_str());
        Sources { base: self.base(), experts: skills.enumerate().map(|(at, skill)| (skill, self.expert(at))).collect() }
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
        let needs = Needs::of(recipe);
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

    /// The tensors of an expert.
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
            Some(held) => &held[at],
            None => match (at, &self.opened.base) {
                (0, Some(base)) => base,
                (at, base) => &self.opened.experts[at - usize::from(base.is_some())],
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
    let models: u64 = opened.all().map(Checkpoint::file_bytes).sum();
    Ok(needs.saturating_add(models) <= free)
}

fn hold(opened: &Opened, teller: &Teller) -> Result<Vec<MemorySource>, Failure> {
    teller.begin(Phase::Load, opened.all().map(Checkpoint::file_bytes).sum());
    opened.all().map(|model| read_whole(model, teller)).collect()
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
