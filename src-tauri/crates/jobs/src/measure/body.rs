//! The weights of a model that is measured: as its files have them, or as a mix in memory.

use std::collections::{BTreeMap, BTreeSet};

use checkpoint::{MemorySink, Source};
use kernels::Engine;
use learn::engine::{CandleNet, Head};
use learn::net::{Array, Network, decode, weights_of};
use merge::Budget;
use protocol::failure::Failure;
use protocol::measure::Subject;
use protocol::model::TensorSpec;
use protocol::recipe::{Layout, Output, Recipe};
use protocol::words::problems;

use super::faults::{self, Refusal};
use super::models::Models;
use super::voice::Voice;
use crate::failure;
use crate::recipe::without_layers;
use crate::teller::{Quiet, Teller};

/// Weights by name.
pub(super) enum Body<'a> {
    /// Of one model.
    Model(&'a dyn Source),
    /// Of a mix.
    Mix(Mixed),
}

/// A mix in memory, rounded to the number types that would be saved.
pub(super) struct Mixed {
    /// Types and shapes, by target and name.
    specs: BTreeMap<(usize, String), TensorSpec>,
    tensors: MemorySink,
    /// For each target the expert whose private parts it has; `None` for a body that is that of all.
    skills: Vec<Option<usize>>,
    /// Names of tensors that are private because of a layer.
    layers: BTreeSet<String>,
}

impl Mixed {
    /// The targets in which tensors of an expert's model are: one of its own, and a common one.
    fn targets(&self, expert: usize) -> impl Iterator<Item = usize> {
        let holds = move |skill: &Option<usize>| skill.is_none_or(|skill| skill == expert);
        self.skills.iter().enumerate().filter(move |(_, skill)| holds(skill)).map(|(target, _)| target)
    }

    fn weight(&self, expert: usize, name: &str) -> Result<Array, learn::Error> {
        let place = |target: usize| Some((self.specs.get(&(target, name.to_owned()))?, target));
        let found = self.targets(expert).find_map(place);
        let bytes = found.and_then(|(spec, target)| Some((spec, self.tensors.bytes(target, name)?)));
        let (spec, bytes) = bytes.ok_or_else(|| learn::Error::Missing { name: name.to_owned() })?;
        let shape: Vec<usize> = spec.shape.iter().map(|&length| length as usize).collect();
        Array::new(shape, decode(name, spec.dtype, bytes)?)
    }

    /// Whether these tensors are in a body that is that of all.
    fn are_common(&self, names: &[&str]) -> bool {
        let in_first = |name: &&str| self.specs.contains_key(&(0, (*name).to_owned()));
        self.skills.first() == Some(&None) && names.iter().all(in_first)
    }

    /// Whether the head of this network is private because of a layer.
    fn has_own_head(&self, network: &Network) -> bool {
        network.head_parameters().iter().any(|&name| self.layers.contains(name))
    }
}

impl Body<'_> {
    /// The expert whose network this body gives to `expert`: 0 where it is the same for all.
    fn owner(&self, network: &Network, expert: usize) -> usize {
        match self {
            Self::Model(_) => 0,
            Self::Mix(mixed) if mixed.are_common(&network.parameters()) => 0,
            Self::Mix(_) => expert,
        }
    }

    /// Names of the tensors of a common mix, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let specs = match self {
            Self::Mix(mixed) => Some(&mixed.specs),
            Self::Model(_) => None,
        };
        let all = specs.into_iter().flat_map(BTreeMap::keys);
        all.filter(|(target, _)| *target == 0).map(|(_, name)| name.as_str())
    }

    /// A tensor of an expert's model as the networks take it.
    ///
    /// # Errors
    /// [`learn::Error::Missing`], [`learn::Error::Misfit`] or [`learn::Error::Read`].
    pub fn weight(&self, expert: usize, name: &str) -> Result<Array, learn::Error> {
        match self {
            Self::Model(source) => weights_of(*source)(name),
            Self::Mix(mixed) => mixed.weight(expert, name),
        }
    }

    /// The head behind this body for an expert: that of its layer in the mix, else its own.
    fn head(&self, voice: &Voice, expert: usize) -> Result<Head, learn::Error> {
        let weights = |name: &str| self.weight(expert, name);
        match self {
            Self::Mix(mixed) if mixed.has_own_head(&voice.network) => Head::load(&voice.network, weights),
            _ => voice.head(weights),
        }
    }
}

/// The weights of a subject of `recipe`.
///
/// # Errors
/// As [`mix`].
pub(super) fn of<'a>(
    subject: &Subject,
    recipe: &Recipe,
    models: &'a Models,
    engine: &mut dyn Engine,
    teller: &Teller,
) -> Result<Body<'a>, Failure> {
    let missing = || Failure::from(problems::bug("no such model".into()));
    match subject {
        Subject::Base => models.base().map(Body::Model).ok_or_else(missing),
        Subject::Expert(skill) => {
            let at = recipe.experts.iter().position(|expert| expert.skill == *skill).ok_or_else(missing)?;
            Ok(Body::Model(models.expert(at)))
        }
        Subject::Mix => mix(recipe, models, engine, teller),
        Subject::Equal => mix(&equal(recipe), models, engine, teller),
    }
}

/// Mixes a recipe in memory, with the kernels and the rounding that a save would use.
///
/// # Errors
/// What speaks against the recipe, or ends a run.
pub(super) fn mix(
    recipe: &Recipe,
    models: &Models,
    engine: &mut dyn Engine,
    teller: &Teller,
) -> Result<Body<'static>, Failure> {
    let recipe = in_memory(recipe);
    let sources = models.sources(&recipe);
    let budget = Budget::of(engine.binding_bytes());
    let plan = merge::plan(&recipe, &sources, &budget).map_err(|problems| Failure { problems })?;
    let mut tensors = MemorySink::new();
    let prepared = models.prepared(&recipe, &sources, engine, &budget, teller)?;
    merge::run(&plan, &prepared, &sources, Box::new(engine), &mut tensors, &Quiet(teller))
        .map_err(|error| Failure::from(failure::run(&error)))?;
    let mut specs = BTreeMap::new();
    for step in plan.steps {
        specs.extend(step.targets.iter().map(|&target| ((target, step.spec.name.clone()), step.spec.clone())));
    }
    Ok(Body::Mix(Mixed { specs, tensors, skills: plan.skills, layers: models.layers_of(&recipe) }))
}

/// The recipe as it is mixed in memory: one body, in one piece.
pub(super) fn in_memory(recipe: &Recipe) -> Recipe {
    let output = Output { layout: Layout::Shared, shard_bytes: None, ..recipe.output.clone() };
    Recipe { output, ..recipe.clone() }
}

/// The same mix with every specialist at the same strength, that of the method's default, and without private layers.
pub(super) fn equal(recipe: &Recipe) -> Recipe {
    let mut recipe = without_layers(recipe);
    recipe.scopes = None;
    recipe.experts.iter_mut().for_each(|expert| expert.strength = None);
    recipe
}

/// Runs the networks of several specialists with the same weights, and builds each only once.
pub(super) struct Runner<'a> {
    body: &'a Body<'a>,
    /// The network that was built last, and the expert whose weights it has.
    net: Option<(usize, CandleNet)>,
}

impl<'a> Runner<'a> {
    /// A runner for these weights.
    pub fn new(body: &'a Body<'a>) -> Self {
        Self { body, net: None }
    }

    /// The network of the specialist `expert` with these weights, and its head.
    ///
    /// # Errors
    /// Why it does not run.
    pub fn run(&mut self, voice: &Voice, expert: usize) -> Result<(&CandleNet, Head), Refusal> {
        let fault = |error: learn::Error| faults::network(&voice.place, &voice.name, &error);
        let owner = self.body.owner(&voice.network, expert);
        let head = self.body.head(voice, expert).map_err(fault)?;
        let is_same = |net: &(usize, CandleNet)| net.0 == owner && net.1.network().body == voice.network.body;
        let net = match self.net.take().filter(is_same) {
            Some((_, net)) => net,
            None => CandleNet::load(&voice.network, |name| self.body.weight(expert, name)).map_err(fault)?,
        };
        Ok((&self.net.insert((owner, net)).1, head))
    }
}
