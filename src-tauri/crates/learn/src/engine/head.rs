//! Heads: the private last part of a skill, from features to logits.

use std::collections::HashMap;

use super::walk::{Weights, array, from_value, tensor};
use crate::Error;
use crate::net::{Array, Linear, Network, Op};

/// From features `[b, d]` to logits `[b, classes]`.
#[derive(Debug, Clone)]
pub struct Head {
    pub(super) ops: Vec<Op>,
    pub(super) weights: Weights,
}

impl Head {
    /// A single linear map: `weight` `[classes, d]`, `bias` `[classes]` (none: 0).
    ///
    /// CLIP's zero-shot head has text features as rows, times `exp(logit_scale)`.
    ///
    /// # Errors
    /// [`Error::Misfit`] if the shapes are others.
    pub fn linear(weight: &Array, bias: Option<&Array>) -> Result<Self, Error> {
        let classes = weight.shape.first().copied().unwrap_or(0);
        let fits = weight.shape.len() == 2 && bias.is_none_or(|bias| bias.shape == [classes]);
        if !fits {
            let fault = format!("weight {:?}, bias {:?}", weight.shape, bias.map(|bias| &bias.shape));
            return Err(Error::Misfit { name: "head".into(), fault });
        }
        let name = |_: &Array| "bias".to_owned();
        let ops = vec![Op::Linear(Linear { weight: "weight".into(), bias: bias.map(name) })];
        let mut by_name = HashMap::from([("weight".to_owned(), tensor(weight)?)]);
        if let Some(bias) = bias {
            by_name.insert("bias".into(), tensor(bias)?);
        }
        Ok(Self { weights: Weights::new(&ops, by_name)?, ops })
    }

    /// The head that a model brings along; `weights` gives its tensors by name.
    ///
    /// # Errors
    /// [`Error::Missing`] if the network has no head of its own, else what `weights` says.
    pub fn load(network: &Network, weights: impl FnMut(&str) -> Result<Array, Error>) -> Result<Self, Error> {
        if network.head.is_empty() {
            return Err(Error::Missing { name: "head".into() });
        }
        let by_name = load(&network.head_parameters(), weights)?;
        Ok(Self { weights: Weights::new(&network.head, by_name)?, ops: network.head.clone() })
    }

    /// Its tensors by name, in order of use.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn tensors(&self) -> Result<Vec<(String, Array)>, Error> {
        let names = self.ops.iter().flat_map(Op::parameters);
        names.map(|name| Ok((name.to_owned(), array(self.weights.get(name)?)?))).collect()
    }

    /// The same head with these tensors in place of its own.
    ///
    /// # Errors
    /// [`Error::Missing`] with a name that is not one of [`Head::tensors`], [`Error::Engine`].
    pub fn with<'a>(&self, tensors: impl IntoIterator<Item = (&'a str, &'a Array)>) -> Result<Self, Error> {
        let mut by_name = self.weights.all().clone();
        for (name, values) in tensors {
            let place = by_name.get_mut(name).ok_or_else(|| Error::Missing { name: name.to_owned() })?;
            *place = tensor(values)?;
        }
        Ok(Self { weights: Weights::new(&self.ops, by_name)?, ops: self.ops.clone() })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        let last = self.ops.iter().rev().find_map(|op| match op {
            Op::Linear(map) => self.weights.get(&map.weight).ok(),
            _ => None,
        });
        last.and_then(|weight| weight.dims().first().copied()).unwrap_or(0)
    }

    /// Numbers of the features that it takes.
    pub fn width(&self) -> usize {
        let first = self.ops.iter().find_map(|op| match op {
            Op::Linear(map) => self.weights.get(&map.weight).ok(),
            _ => None,
        });
        first.and_then(|weight| weight.dims().last().copied()).unwrap_or(0)
    }

    /// Logits `[b, classes]` of features `[b, d]`.
    ///
    /// # Errors
    /// [`Error::Engine`] if the features have another width.
    pub fn apply(&self, features: &Array) -> Result<Array, Error> {
        array(&from_value(&self.ops, &self.weights, tensor(features)?)?)
    }
}

/// Tensors of these names.
pub fn load(
    names: &[&str],
    mut weights: impl FnMut(&str) -> Result<Array, Error>,
) -> Result<HashMap<String, candle_core::Tensor>, Error> {
    let one = |name: &&str| {
        let Array { shape, values } = weights(name)?;
        let tensor = candle_core::Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?;
        Ok(((*name).to_owned(), tensor))
    };
    names.iter().map(one).collect()
}
