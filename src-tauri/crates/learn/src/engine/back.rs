//! The way back along a list of operations: from the derivative of a loss with respect to the last value to those with
//! respect to all weights.
//!
//! Candle's own way back makes a tensor of zeros for every step and adds to it, on threads of its own that wait for each
//! other actively; with two lanes that took a third of the time. Here every derivative is written once.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{CustomOp2 as _, CustomOp3 as _, Device, Tensor};

use super::attention::Attend;
use super::bias::BiasThen;
use super::norm::LayerNorm;
use super::views::{column_sums, sum, view};
use super::walk::{Then, Weights};
use crate::Error;
use crate::net::{Activation, Array, Attention, Linear};

/// What one operation leaves for the way back.
#[derive(Debug)]
pub enum Saved<'a> {
    /// Squares `[rows, inner]` that were mapped.
    Patches { squares: Tensor, map: &'a Linear },
    /// Rows of a table that were taken, or added, one for each token.
    Rows { table: &'a str, ids: Vec<u32> },
    /// A token in front of all others.
    Prepend { token: &'a str },
    /// The first rows of a table were added to every example.
    Positions { table: &'a str, length: usize },
    /// The input.
    LayerNorm { x: Tensor, weight: &'a str, bias: &'a str, epsilon: f32 },
    /// The input, and its product with the weights before the bias.
    Linear { x: Tensor, product: Tensor, map: &'a Linear, then: Then },
    /// The input, and queries, keys and values before their biases.
    Attend { x: Tensor, product: Tensor, attention: &'a Attention, mask: Option<Arc<[bool]>> },
    /// The input.
    Activate { x: Tensor, activation: Activation },
    /// The value was put on the stack.
    Keep,
    /// The top of the stack was added.
    AddKept,
    /// These rows of `[b · length, d]` were taken.
    Chosen { rows: Vec<u32>, length: usize },
    /// Every token entered with this share.
    Mean { shares: Vec<f32> },
    /// The input.
    Normalise { x: Tensor },
}

/// Derivatives by name of the weight.
pub type Found = BTreeMap<String, Array>;

/// Goes back along `tape`; `slope` is the derivative with respect to the last value. Gives that with respect to the first
/// one, where it was a value, and puts those of weights into `found`.
pub fn back(tape: Vec<Saved<'_>>, weights: &Weights, slope: Tensor, found: &mut Found) -> Result<Tensor, Error> {
    let mut way = Way { weights, found, slope, kept: Vec::new() };
    for saved in tape.into_iter().rev() {
        way.step(saved)?;
    }
    Ok(way.slope)
}

struct Way<'a> {
    weights: &'a Weights,
    found: &'a mut Found,
    /// The derivative with respect to the value at hand.
    slope: Tensor,
    /// Those of values on the stack.
    kept: Vec<Tensor>,
}

impl Way<'_> {
    fn step(&mut self, saved: Saved<'_>) -> Result<(), Error> {
        match saved {
            Saved::Patches { squares, map } => self.patches(&squares, map),
            Saved::Rows { table, ids } => self.rows(table, &ids),
            Saved::Prepend { token } => self.prepend(token),
            Saved::Positions { table, length } => self.positions(table, length),
            Saved::LayerNorm { x, weight, bias, epsilon } => self.layer_norm(&x, weight, bias, epsilon),
            Saved::Linear { x, product, map, then } => self.linear(&x, &product, map, then),
            Saved::Attend { x, product, attention, mask } => self.attend(&x, &product, attention, mask),
            Saved::Activate { x, activation } => self.activate(&x, activation),
            Saved::Keep => self.keep(),
            Saved::AddKept => {
                self.kept.push(self.slope.clone());
                Ok(())
            }
            Saved::Chosen { rows, length } => self.chosen(&rows, length),
            Saved::Mean { shares } => self.mean(&shares),
            Saved::Normalise { x } => self.normalise(&x),
        }
    }

    /// Adds to the derivative of a weight.
    fn give(&mut self, name: &str, values: Vec<f32>) -> Result<(), Error> {
        match self.found.get_mut(name) {
            Some(known) => known.values.iter_mut().zip(values).for_each(|(known, more)| *known += more),
            None => {
                let array = Array::new(self.weights.get(name)?.dims().to_vec(), values)?;
                self.found.insert(name.to_owned(), array);
            }
        }
        Ok(())
    }

    /// The derivative of a matrix `[out, inner]` whose product with `x` `[rows, inner]` has the derivative `slope`
    /// `[rows, out]`.
    fn give_matrix(&mut self, name: &str, x: &Tensor, slope: &Tensor) -> Result<(), Error> {
        let gradient = matrix(slope)?.t()?.matmul(&matrix(x)?)?;
        let values = view(&gradient)?.to_vec();
        self.give(name, values)
    }

    fn give_columns(&mut self, name: &str, slope: &Tensor) -> Result<(), Error> {
        let width = slope.dim(candle_core::D::Minus1)?;
        let sums = column_sums(&view(slope)?, width);
        self.give(name, sums)
    }

    fn patches(&mut self, squares: &Tensor, map: &Linear) -> Result<(), Error> {
        let slope = self.slope.clone();
        self.give_matrix(&map.weight, squares, &slope)?;
        map.bias.as_ref().map_or(Ok(()), |bias| self.give_columns(bias, &slope))
    }

    /// A row of a table gets the derivatives of all tokens that it went to.
    fn rows(&mut self, table: &str, ids: &[u32]) -> Result<(), Error> {
        let shape = self.weights.get(table)?;
        let width = shape.dim(candle_core::D::Minus1)?;
        let mut into = vec![0.0_f32; shape.elem_count()];
        for (slope, &id) in view(&self.slope)?.chunks_exact(width).zip(ids) {
            let row = &mut into[id as usize * width..][..width];
            row.iter_mut().zip(slope).for_each(|(row, slope)| *row += slope);
        }
        self.give(table, into)
    }

    fn prepend(&mut self, token: &str) -> Result<(), Error> {
        let (examples, length, width) = self.slope.dims3()?;
        let mut sums = vec![0.0_f32; width];
        let mut rest = Vec::with_capacity(examples * (length - 1) * width);
        for example in view(&self.slope)?.chunks_exact(length * width) {
            sums.iter_mut().zip(example).for_each(|(sum, slope)| *sum += slope);
            rest.extend_from_slice(&example[width..]);
        }
        self.slope = Tensor::from_vec(rest, (examples, length - 1, width), &Device::Cpu)?;
        self.give(token, sums)
    }

    fn positions(&mut self, table: &str, length: usize) -> Result<(), Error> {
        let width = self.slope.dim(candle_core::D::Minus1)?;
        let mut sums = column_sums(&view(&self.slope)?, length * width);
        sums.resize(self.weights.get(table)?.elem_count(), 0.0);
        self.give(table, sums)
    }

    fn layer_norm(&mut self, x: &Tensor, weight: &str, bias: &str, epsilon: f32) -> Result<(), Error> {
        let (scale, shift) = (self.weights.get(weight)?, self.weights.get(bias)?);
        let (slope, of_scale, of_shift) = LayerNorm(epsilon).bwd(x, scale, shift, x, &self.slope)?;
        self.turn(slope)?;
        self.give_tensor(weight, of_scale)?;
        self.give_tensor(bias, of_shift)
    }

    fn linear(&mut self, x: &Tensor, product: &Tensor, map: &Linear, then: Then) -> Result<(), Error> {
        match then {
            Then::Activate(activation) => {
                let bias = self.weights.bias(map)?;
                let (slope, of_bias) = BiasThen(Some(activation)).bwd(product, &bias, product, &self.slope)?;
                self.turn(slope)?;
                map.bias.as_ref().map_or(Ok(()), |name| self.give_tensor(name, of_bias))?;
            }
            Then::AddKept | Then::Nothing => {
                if let Then::AddKept = then {
                    self.kept.push(self.slope.clone());
                }
                let slope = self.slope.clone();
                map.bias.as_ref().map_or(Ok(()), |bias| self.give_columns(bias, &slope))?;
            }
        }
        let slope = self.slope.clone();
        self.give_matrix(&map.weight, x, &slope)?;
        let weight = self.weights.get(&map.weight)?;
        self.slope = matrix(&slope)?.matmul(weight)?.reshape(x.shape())?;
        Ok(())
    }

    fn attend(
        &mut self,
        x: &Tensor,
        product: &Tensor,
        attention: &Attention,
        mask: Option<Arc<[bool]>>,
    ) -> Result<(), Error> {
        let (weight, bias) = self.weights.joined(attention)?;
        let attend = Attend { heads: attention.heads, sight: attention.sight, mask };
        let (slope, of_bias) = attend.bwd(product, bias, product, &self.slope)?;
        let slope = slope.ok_or_else(lost)?;
        let of_weight = matrix(&slope)?.t()?.matmul(&matrix(x)?)?;
        let of_bias = of_bias.ok_or_else(lost)?;
        let (of_weight, of_bias) = (view(&of_weight)?, view(&of_bias)?);
        let maps = [&attention.query, &attention.key, &attention.value];
        let (weights, biases) = (of_weight.chunks_exact(of_weight.len() / 3), of_bias.chunks_exact(of_bias.len() / 3));
        for (map, (of_weight, of_bias)) in maps.into_iter().zip(weights.zip(biases)) {
            self.give(&map.weight, of_weight.to_vec())?;
            map.bias.as_ref().map_or(Ok(()), |name| self.give(name, of_bias.to_vec()))?;
        }
        self.slope = matrix(&slope)?.matmul(weight)?.reshape(x.shape())?;
        Ok(())
    }

    fn activate(&mut self, x: &Tensor, activation: Activation) -> Result<(), Error> {
        let nothing = Tensor::zeros(x.dim(candle_core::D::Minus1)?, x.dtype(), x.device())?;
        let (slope, _) = BiasThen(Some(activation)).bwd(x, &nothing, x, &self.slope)?;
        self.turn(slope)
    }

    fn keep(&mut self) -> Result<(), Error> {
        let kept = self.kept.pop().ok_or_else(lost)?;
        self.slope = sum(&self.slope, &kept)?;
        Ok(())
    }

    fn chosen(&mut self, rows: &[u32], length: usize) -> Result<(), Error> {
        let (examples, width) = self.slope.dims2()?;
        let mut into = vec![0.0_f32; examples * length * width];
        for (slope, &row) in view(&self.slope)?.chunks_exact(width).zip(rows) {
            into[row as usize * width..][..width].copy_from_slice(slope);
        }
        self.slope = Tensor::from_vec(into, (examples, length, width), &Device::Cpu)?;
        Ok(())
    }

    fn mean(&mut self, shares: &[f32]) -> Result<(), Error> {
        let (examples, width) = self.slope.dims2()?;
        let length = shares.len() / examples.max(1);
        let into = {
            let slope = view(&self.slope)?;
            let rows = slope.chunks_exact(width).zip(shares.chunks_exact(length));
            let token = |(row, share): (&[f32], &f32)| row.iter().map(|slope| slope * share).collect::<Vec<f32>>();
            rows.flat_map(|(row, shares)| shares.iter().flat_map(move |share| token((row, share))))
                .collect::<Vec<f32>>()
        };
        self.slope = Tensor::from_vec(into, (examples, length, width), &Device::Cpu)?;
        Ok(())
    }

    /// With y = x / |x|: dx = (g − y (y · g)) / |x|.
    fn normalise(&mut self, x: &Tensor) -> Result<(), Error> {
        let width = x.dim(candle_core::D::Minus1)?;
        let into: Vec<f32> = {
            let (x, slope) = (view(x)?, view(&self.slope)?);
            let row = |(x, slope): (&[f32], &[f32])| {
                let length = x.iter().map(|x| x * x).sum::<f32>().sqrt();
                let along = x.iter().zip(slope).map(|(x, g)| x * g).sum::<f32>() / (length * length);
                x.iter().zip(slope).map(|(x, g)| (g - x * along) / length).collect::<Vec<f32>>()
            };
            x.chunks_exact(width).zip(slope.chunks_exact(width)).flat_map(row).collect()
        };
        self.slope = Tensor::from_vec(into, x.shape(), &Device::Cpu)?;
        Ok(())
    }

    fn turn(&mut self, slope: Option<Tensor>) -> Result<(), Error> {
        self.slope = slope.ok_or_else(lost)?;
        Ok(())
    }

    fn give_tensor(&mut self, name: &str, gradient: Option<Tensor>) -> Result<(), Error> {
        let gradient = gradient.ok_or_else(lost)?;
        let values = view(&gradient)?.to_vec();
        self.give(name, values)
    }
}

/// `[.., d]` as a matrix of rows.
fn matrix(x: &Tensor) -> Result<Tensor, Error> {
    Ok(x.reshape(((), x.dim(candle_core::D::Minus1)?))?)
}

fn lost() -> Error {
    Error::Engine { fault: "a derivative was lost on the way back".into() }
}
