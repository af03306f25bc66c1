//! What config and headers say about a model, with the defaults of the transformers library where they are silent.

use protocol::model::TensorSpec;
use serde_json::Value;

use super::detect::Why;
use super::{Activation, Op};

/// Config and tensors of one model.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub config: &'a Value,
    pub specs: &'a [TensorSpec],
}

impl<'a> Facts<'a> {
    /// The same tensors with the config of a part (CLIP keeps one for each tower).
    pub fn part(self, key: &str) -> Self {
        Self { config: self.config.get(key).unwrap_or(self.config), ..self }
    }

    pub fn count(self, key: &str, default: usize) -> usize {
        self.config.get(key).and_then(Value::as_u64).map_or(default, |number| number as usize)
    }

    pub fn number(self, key: &str, default: f32) -> f32 {
        self.config.get(key).and_then(Value::as_f64).map_or(default, |number| number as f32)
    }

    /// The function of this name.
    pub fn activation(self, key: &str, default: Activation) -> Result<Activation, Why> {
        let Some(name) = self.config.get(key).and_then(Value::as_str) else { return Ok(default) };
        match name {
            "gelu" | "gelu_python" => Ok(Activation::Gelu),
            "quick_gelu" => Ok(Activation::QuickGelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Activation::TanhGelu),
            "relu" => Ok(Activation::Relu),
            "tanh" => Ok(Activation::Tanh),
            other => Err(Why::Activation { name: other.into() }),
        }
    }

    pub fn has(self, name: &str) -> bool {
        self.specs.iter().any(|spec| spec.name == name)
    }

    /// Lengths of the axes of a tensor.
    pub fn shape(self, name: &str) -> Result<Vec<usize>, Why> {
        let spec = self.specs.iter().find(|spec| spec.name == name);
        let spec = spec.ok_or_else(|| Why::Missing { name: name.into() })?;
        Ok(spec.shape.iter().map(|&length| length as usize).collect())
    }

    /// Length of one axis of a tensor, counted from its end.
    pub fn axis_from_end(self, name: &str, axis: usize) -> Result<usize, Why> {
        let shape = self.shape(name)?;
        shape.iter().rev().nth(axis).copied().ok_or_else(|| Why::Contradiction { what: format!("shape of {name}") })
    }

    /// The first of these beginnings of names under which `name` exists.
    pub fn prefix<'b>(self, candidates: &[&'b str], name: &str) -> Result<&'b str, Why> {
        let found = candidates.iter().find(|prefix| self.has(&format!("{prefix}{name}")));
        found.copied().ok_or_else(|| Why::Missing { name: name.into() })
    }

    /// How many numbered blocks there are under a place, such as `encoder.layer`.
    pub fn blocks(self, place: &str, name: &str) -> usize {
        (0..).take_while(|at| self.has(&format!("{place}.{at}.{name}"))).count()
    }

    /// Number of heads, once it is known to divide the width.
    pub fn heads(self, key: &str, default: usize, width: usize) -> Result<usize, Why> {
        let heads = self.count(key, default);
        let fits = heads > 0 && width.is_multiple_of(heads);
        fits.then_some(heads)
            .ok_or_else(|| Why::Contradiction { what: format!("{heads} attention heads for width {width}") })
    }

    /// Pixels of a picture's sides: `[height, width]`; a square of this many patches where the config is silent.
    pub fn picture(self, patch: usize, patches: usize) -> Result<(usize, usize), Why> {
        let size = self.config.get("image_size");
        let pair = size.and_then(Value::as_array).map(|pair| pair.iter().filter_map(Value::as_u64).collect::<Vec<_>>());
        let side = patches.isqrt() * patch;
        let (height, width) = match (size.and_then(Value::as_u64), pair.as_deref()) {
            (Some(side), _) => (side as usize, side as usize),
            (None, Some(&[height, width])) => (height as usize, width as usize),
            _ => (side, side),
        };
        let counted = (height / patch.max(1)) * (width / patch.max(1));
        let what = || format!("pictures of {height} by {width} pixels for {patches} patches of {patch}");
        if counted == patches { Ok((height, width)) } else { Err(Why::Contradiction { what: what() }) }
    }

    /// Whether every parameter of a list is there.
    pub fn complete(self, ops: &[Op]) -> Result<(), Why> {
        let missing = ops.iter().flat_map(Op::parameters).find(|name| !self.has(name));
        missing.map_or(Ok(()), |name| Err(Why::Missing { name: name.into() }))
    }
}
