//! The engine on the processor: candle's matrix products and automatic differentiation, our own everything else.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::back::{Found, back};
use super::head::{self, Head};
use super::lanes;
use super::walk::{Walked, Weights, array, from_batch, from_value, recorded, recorded_from, tensor};
use super::{Engine, Slope};
use crate::Error;
use crate::net::{Array, Batch, Input, Network, Tokens};

/// A network with weights, ready to run; can be shared between threads.
#[derive(Debug, Clone)]
pub struct CandleNet {
    network: Network,
    weights: Weights,
}

/// What a walk through network and head yields.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Input of the first block and output of every block, `[b, n, d]` each (perceptron: `[b, d]` after every layer).
    pub hidden: Vec<Array>,
    /// `[b, features]`.
    pub features: Array,
    /// `[b, classes]`.
    pub logits: Array,
}

/// Logits, and the gradient of a loss with respect to every parameter, of its parameter's shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// `[b, classes]`.
    pub logits: Array,
    /// By name of the body's parameter.
    pub body: BTreeMap<String, Array>,
    /// By name of the head's parameter.
    pub head: BTreeMap<String, Array>,
}

impl CandleNet {
    /// A network with the weights that `weights` gives by name; see [`crate::net::weights_of`].
    ///
    /// # Errors
    /// What `weights` says; [`Error::Engine`] if shapes contradict each other.
    pub fn load(network: &Network, weights: impl FnMut(&str) -> Result<Array, Error>) -> Result<Self, Error> {
        let by_name = head::load(&network.parameters(), weights)?;
        Ok(Self { weights: Weights::new(&network.body, by_name)?, network: network.clone() })
    }

    /// The network that it runs.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// A weight of the body.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn weight(&self, name: &str) -> Result<Array, Error> {
        array(self.weights.get(name)?)
    }

    /// Features `[b, features]`; a [`Head`] turns them into logits.
    ///
    /// # Errors
    /// [`Error::Batch`] if the batch is not what the network takes, [`Error::Engine`] if shapes contradict each other.
    pub fn features(&self, batch: &Batch) -> Result<Array, Error> {
        check(&self.network.input, batch)?;
        let parts = lanes::each(lanes::split(batch), |part| array(&self.walk(&part)?.value))?;
        Ok(lanes::stack(parts))
    }

    /// Hidden states, features and logits.
    ///
    /// # Errors
    /// As [`Self::features`].
    pub fn forward(&self, batch: &Batch, head: &Head) -> Result<Output, Error> {
        check(&self.network.input, batch)?;
        let parts = lanes::each(lanes::split(batch), |part| {
            let Walked { value, hidden } = self.walk(&part)?;
            let logits = array(&from_value(&head.ops, &head.weights, value.clone())?)?;
            let hidden = hidden.iter().map(array).collect::<Result<Vec<Array>, Error>>()?;
            Ok(Output { hidden, features: array(&value)?, logits })
        })?;
        Ok(together(parts))
    }

    /// Gradients of a loss for this batch. `slope` gets the logits `[b, classes]` and returns the derivative of the
    /// loss with respect to each of them, of the same shape.
    ///
    /// # Errors
    /// As [`Self::features`]; [`Error::Missing`] with the name of a parameter that no gradient reached;
    /// [`Error::Misfit`] if `slope` returns another shape.
    pub fn gradients(
        &self,
        batch: &Batch,
        head: &Head,
        slope: impl FnOnce(&Array) -> Array,
    ) -> Result<Gradients, Error> {
        self.derive(batch, head, |logits| Ok(slope(logits)))
    }

    fn derive(
        &self,
        batch: &Batch,
        head: &Head,
        slope: impl FnOnce(&Array) -> Result<Array, Error>,
    ) -> Result<Gradients, Error> {
        check(&self.network.input, batch)?;
        let parts = lanes::split(batch);
        let forward = lanes::each(parts.iter().collect(), |part| {
            let (features, of_body) = recorded(&self.network.body, &self.weights, part)?;
            let (logits, of_head) = recorded_from(&head.ops, &head.weights, features)?;
            Ok((array(&logits)?, of_body, of_head))
        })?;
        let (plain, tapes): (Vec<Array>, Vec<_>) =
            forward.into_iter().map(|(logits, of_body, of_head)| (logits, (of_body, of_head))).unzip();
        let slopes = shares(&lanes::stack(plain.clone()), slope, &plain)?;
        let parts = lanes::each(slopes.into_iter().zip(tapes).collect(), |(slope, (of_body, of_head))| {
            let (mut body, mut last) = (Found::new(), Found::new());
            let slope = back(of_head, &head.weights, tensor(&slope)?, &mut last)?;
            back(of_body, &self.weights, slope, &mut body)?;
            Ok((body, last))
        })?;
        let logits = lanes::stack(plain);
        let (bodies, heads): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let (body, head) = (whole(sums(bodies), &self.weights)?, whole(sums(heads), &head.weights)?);
        Ok(Gradients { logits, body, head })
    }

    fn walk(&self, batch: &Batch) -> Result<Walked, Error> {
        from_batch(&self.network.body, &self.weights, batch)
    }
}

impl Engine for CandleNet {
    fn set(&mut self, weights: Vec<(String, Array)>) -> Result<(), Error> {
        let mut by_name = self.weights.all().clone();
        for (name, weight) in weights {
            let tensor = Tensor::from_vec(weight.values, weight.shape, &candle_core::Device::Cpu)?;
            let place = by_name.get_mut(&name).ok_or(Error::Missing { name })?;
            *place = tensor;
        }
        self.weights = Weights::new(&self.network.body, by_name)?;
        Ok(())
    }

    fn features(&self, batch: &Batch) -> Result<Array, Error> {
        self.features(batch)
    }

    fn gradients(&self, batch: &Batch, head: &Head, slope: &mut Slope<'_>) -> Result<Gradients, Error> {
        self.derive(batch, head, slope)
    }
}

/// Outputs of parts as one, in order.
fn together(parts: Vec<Output>) -> Output {
    let states = parts.first().map_or(0, |part| part.hidden.len());
    let state = |at: usize| lanes::stack(parts.iter().map(|part| part.hidden[at].clone()).collect());
    let hidden = (0..states).map(state).collect();
    let (features, logits) = parts.into_iter().map(|part| (part.features, part.logits)).unzip();
    Output { hidden, features: lanes::stack(features), logits: lanes::stack(logits) }
}

/// The derivatives of a loss with respect to all logits, cut into those of each part.
fn shares(
    logits: &Array,
    slope: impl FnOnce(&Array) -> Result<Array, Error>,
    parts: &[Array],
) -> Result<Vec<Array>, Error> {
    let slope = slope(logits)?;
    if slope.shape != logits.shape {
        let fault = format!("{:?} for {:?}", slope.shape, logits.shape);
        return Err(Error::Misfit { name: "slope".into(), fault });
    }
    let mut from = 0;
    let share = |part: &Array| {
        let to = from + part.shape.first().copied().unwrap_or(0);
        let rows = lanes::rows(&slope, from, to);
        from = to;
        rows
    };
    Ok(parts.iter().map(share).collect())
}

/// The sum over parts, in their order.
fn sums(parts: Vec<BTreeMap<String, Array>>) -> BTreeMap<String, Array> {
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    for part in parts {
        for (sum, more) in all.values_mut().zip(part.into_values()) {
            sum.values.iter_mut().zip(more.values).for_each(|(sum, more)| *sum += more);
        }
    }
    all
}

/// The derivatives, if every weight has one.
fn whole(found: Found, weights: &Weights) -> Result<Found, Error> {
    match weights.all().keys().find(|name| !found.contains_key(*name)) {
        Some(name) => Err(Error::Missing { name: name.clone() }),
        None => Ok(found),
    }
}

/// Whether a batch is what the network takes.
fn check(input: &Input, batch: &Batch) -> Result<(), Error> {
    let fault = match (input, batch) {
        _ if batch.is_empty() => Some("no examples".into()),
        (&Input::Pictures { channels, height, width }, Batch::Pictures(array)) => {
            let expected = [batch.len(), channels, height, width];
            (array.shape != expected).then(|| format!("{:?} instead of {expected:?}", array.shape))
        }
        (&Input::Vectors { width }, Batch::Vectors(array)) => {
            let expected = [batch.len(), width];
            (array.shape != expected).then(|| format!("{:?} instead of {expected:?}", array.shape))
        }
        (&Input::Tokens { longest, words, .. }, Batch::Tokens(tokens)) => token_fault(tokens, longest, words),
        _ => Some(format!("another kind of example than {input:?}")),
    };
    fault.map_or(Ok(()), |fault| Err(Error::Batch { fault }))
}

fn token_fault(tokens: &Tokens, longest: usize, words: usize) -> Option<String> {
    let count = tokens.ids.len();
    let kinds = tokens.kinds.as_ref().map_or(count, Vec::len);
    if tokens.length == 0 || !count.is_multiple_of(tokens.length) || tokens.mask.len() != count || kinds != count {
        return Some(format!("{count} tokens, {} of a mask, {kinds} kinds", tokens.mask.len()));
    }
    if tokens.length > longest {
        return Some(format!("sentences of {} tokens where {longest} are possible", tokens.length));
    }
    let unknown = tokens.ids.iter().find(|&&id| id as usize >= words);
    unknown.map(|id| format!("token {id} of a list of {words}"))
}
