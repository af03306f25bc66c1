//! The weights of a model that is measured: as its files have them, or as a mix in memory.

use std::collections::BTreeMap;

use checkpoint::{MemorySink, Source};
use kernels::Engine;
use learn::engine::{CandleNet, Head};
use learn::net::{Array, decode, weights_of};
use merge::Budget;
use protocol::failure::Failure;
use protocol::measure::Subject;
use protocol::methods;
use protocol::model::TensorSpec;
use protocol::recipe::{Layout, Output, Recipe};
use protocol::words::problems;

use super::faults::{self, Refusal};
use super::models::Models;
use super::voice::Voice;
use crate::failure;
use crate::teller::{Quiet, Teller};

/// Weights by name.
pub(super) enum Body<'a> {
    /// Of one model.
    Model(&'a dyn Source),
    /// Of a mix, rounded to the number type that would be saved.
    /// Where every skill has a body of its own, target t is that of expert t; else target 0 is that of all.
    Mix { specs: BTreeMap<String, TensorSpec>, tensors: MemorySink, per_skill: bool },
}

impl Body<'_> {
    /// The target that holds the body of an expert.
    fn target(&self, expert: usize) -> usize {
        match self {
            Self::Mix { per_skill: true, .. } => expert,
            _ => 0,
        }
    }

    /// Names of the tensors of a mix, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let specs = match self {
            Self::Mix { specs, .. } => Some(specs),
            Self::Model(_) => None,
        };
        specs.into_iter().flat_map(|specs| specs.keys().map(String::as_str))
    }

    /// A tensor of a target as the networks take it.
    ///
    /// # Errors
    /// [`learn::Error::Missing`], [`learn::Error::Misfit`] or [`learn::Error::Read`].
    pub fn weight(&self, target: usize, name: &str) -> Result<Array, learn::Error> {
        match self {
            Self::Model(source) => weights_of(*source)(name),
            Self::Mix { specs, tensors, .. } => {
                let missing = || learn::Error::Missing { name: name.to_owned() };
                let spec = specs.get(name).ok_or_else(missing)?;
                let bytes = tensors.bytes(target, name).ok_or_else(missing)?;
                let shape: Vec<usize> = spec.shape.iter().map(|&length| length as usize).collect();
                Array::new(shape, decode(name, spec.dtype, bytes)?)
            }
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
pub(super) fn mix(recipe: &Recipe, models: &Models, engine: &mut dyn Engine, teller: &Teller) -> Result<Body<'static>, Failure> {
    let recipe = in_memory(recipe);
    let sources = models.sources(&recipe);
    let budget = Budget::of(engine.binding_bytes());
    let plan = merge::plan(&recipe, &sources, &budget).map_err(|problems| Failure { problems })?;
    let mut tensors = MemorySink::new();
    let prepared = models.prepared(&recipe, &sources, engine, &budget, teller)?;
    merge::run(&plan, &prepared, &sources, Box::new(engine), &mut tensors, &Quiet(teller))
        .map_err(|error| Failure::from(failure::run(&error)))?;
    let per_skill = methods::find(&recipe.method.name).is_some_and(|method| method.per_skill);
    let of_body = plan.steps.into_iter().filter(|step| per_skill || step.targets.contains(&0));
    let specs = of_body.map(|step| (step.spec.name.clone(), step.spec)).collect();
    Ok(Body::Mix { specs, tensors, per_skill })
}

/// The recipe as it is mixed in memory: one body, in one piece.
pub(super) fn in_memory(recipe: &Recipe) -> Recipe {
    let output = Output { layout: Layout::Shared, shard_bytes: None, ..recipe.output.clone() };
    Recipe { output, ..recipe.clone() }
}

/// The same mix with every specialist at the same strength, that of the method's default.
pub(super) fn equal(recipe: &Recipe) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.scopes = None;
    recipe.experts.iter_mut().for_each(|expert| expert.strength = None);
    recipe
}

/// Runs the networks of several specialists with the same weights, and builds each only once.
pub(super) struct Runner<'a> {
    body: &'a Body<'a>,
    /// The network that was built last, and the target whose weights it has.
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
        let target = self.body.target(expert);
        let weights = |name: &str| self.body.weight(target, name);
        let head = voice.head(weights).map_err(fault)?;
        let is_same = |net: &(usize, CandleNet)| net.0 == target && net.1.network().body == voice.network.body;
        let net = match self.net.take().filter(is_same) {
            Some((_, net)) => net,
            None => CandleNet::load(&voice.network, weights).map_err(fault)?,
        };
        Ok((&self.net.insert((target, net)).1, head))
    }
}
